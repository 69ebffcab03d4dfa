"""Detectors: what a pattern finds that no symbol, argument or attribute name betrays.

A detector takes a program and the context and yields the nodes to report, each with the symbol it
concerns, if there is one. A pattern names it in a ``[[match]]`` table: ``detector = "..."``.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tfmigrate.engine.context import Context
from tfmigrate.model import Dialect
from tfmigrate.names import Names, plain


@dataclass(frozen=True, slots=True)
class Program:
    """One parsed file, what its names stand for, and the dialect it speaks."""

    tree: ast.Module
    names: Names
    dialect: Dialect

    def calls(self, symbol: str) -> Iterator[ast.Call]:
        """The calls of a symbol, in its TensorFlow 1 spelling."""
        for reference in self.names.references:
            if reference.call is not None and plain(reference.symbol) == symbol:
                yield reference.call


Found: TypeAlias = Iterator[tuple[ast.expr, str | None]]
Detector: TypeAlias = Callable[[Program, Context], Found]
_SEQUENCES = (ast.List, ast.Tuple, ast.ListComp, ast.GeneratorExp)


def tensor_equality(program: Program, context: Context) -> Found:
    """``==`` and ``!=`` with a tensor: identity on TensorFlow 1, elementwise on TensorFlow 2."""
    for node in program.names.comparisons:
        if any(isinstance(each, (ast.Eq, ast.NotEq)) for each in node.ops):
            yield node, None


def device_function(program: Program, context: Context) -> Found:
    """``tf.device`` with something that can only be a function."""
    for call in program.calls("tf.device"):
        given = [*call.args[:1], *(each.value for each in call.keywords)]
        for each in given:
            named = isinstance(each, ast.Name) and each.id in program.names.functions
            setter = isinstance(each, ast.Call) and id(each) in program.names.values
            if isinstance(each, ast.Lambda) or named or setter:
                yield each, "tf.device"


def concat_dim_first(program: Program, context: Context) -> Found:
    """``tf.concat(1, [a, b])``, the order of arguments before 1.0."""
    for call in program.calls("tf.concat"):
        if len(call.args) >= 2 and not isinstance(call.args[0], _SEQUENCES):
            first, second = call.args[:2]
            if is_integer(first) or isinstance(second, _SEQUENCES):
                yield call, "tf.concat"


def split_dim_first(program: Program, context: Context) -> Found:
    """``tf.split(1, 2, x)``, the order of arguments before 1.0."""
    for call in program.calls("tf.split"):
        if len(call.args) >= 3 and is_integer(call.args[0]) and not is_integer(call.args[2]):
            yield call, "tf.split"


def reverse_with_booleans(program: Program, context: Context) -> Found:
    """``tf.reverse(x, [False, True])``, which took a flag for each axis before 1.0."""
    for call in program.calls("tf.reverse"):
        axes = call.args[1] if len(call.args) > 1 else None
        if isinstance(axes, (ast.List, ast.Tuple)) and any(
            isinstance(each, ast.Constant) and isinstance(each.value, bool) for each in axes.elts
        ):
            yield call, "tf.reverse"


def is_integer(node: ast.expr) -> bool:
    """Whether an expression is a whole number, written out."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
    return isinstance(node, ast.Constant) and type(node.value) is int


DETECTORS: Mapping[str, Detector] = {
    "concat-dim-first": concat_dim_first,
    "device-function": device_function,
    "reverse-with-booleans": reverse_with_booleans,
    "split-dim-first": split_dim_first,
    "tensor-equality": tensor_equality,
}
