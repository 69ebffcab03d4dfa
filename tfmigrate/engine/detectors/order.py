"""Arguments in the order, and by the names, of TensorFlow before 1.0 (TFM425)."""

from __future__ import annotations

import ast

from tfmigrate.catalogue import Match
from tfmigrate.engine.context import Context
from tfmigrate.engine.detectors.base import Found, Program, argument, integer

_COMPREHENSIONS = (ast.ListComp, ast.GeneratorExp)


def concat_dim_first(program: Program, context: Context, match: Match) -> Found:
    """``tf.concat(1, [a, b])`` and ``tf.concat(concat_dim=1, values=[a, b])``."""
    for call, symbol in program.calls(match):
        old = keyword(call, "concat_dim")
        if old is not None:
            yield old, symbol
            continue
        if not call.args or keyword(call, "axis") is not None:
            continue
        first, second = call.args[0], argument(call, 1, "values")
        if second is None or isinstance(first, ast.Starred):
            continue
        if is_dimension(program, first):
            swapped = not is_dimension(program, second)
        else:
            swapped = holds_tensors(second) and not is_sequence(program, first)
        if swapped:
            yield call, symbol


def split_dim_first(program: Program, context: Context, match: Match) -> Found:
    """``tf.split(1, 2, x)`` and ``tf.split(split_dim=1, num_split=2, value=x)``."""
    for call, symbol in program.calls(match):
        old = keyword(call, "split_dim") or keyword(call, "num_split")
        if old is not None:
            yield old, symbol
            continue
        value = argument(call, 2, "value")
        if value is None or not call.args or keyword(call, "axis") is not None:
            continue
        if is_dimension(program, call.args[0]) and not is_dimension(program, value):
            yield call, symbol


def reverse_with_booleans(program: Program, context: Context, match: Match) -> Found:
    """``tf.reverse(x, [False, True])``, which took a flag for each axis before 1.0."""
    for call, symbol in program.calls(match):
        old = keyword(call, "dims")
        axes = program.evident(argument(call, 1, "axis"))
        if old is not None:
            yield old, symbol
        elif isinstance(axes, (ast.List, ast.Tuple)) and any(is_flag(each) for each in axes.elts):
            yield call, symbol


def keyword(call: ast.Call, name: str) -> ast.keyword | None:
    """The keyword argument of that name."""
    return next((each for each in call.keywords if each.arg == name), None)


def is_flag(node: ast.expr) -> bool:
    """Whether an expression is ``True`` or ``False``."""
    return isinstance(node, ast.Constant) and isinstance(node.value, bool)


def is_dimension(program: Program, node: ast.expr) -> bool:
    """Whether an expression is evidently a whole number."""
    return integer(program.evident(node)) is not None


def holds_tensors(node: ast.expr) -> bool:
    """Whether an expression is a list of what to join: no axis looks like that."""
    if isinstance(node, (ast.List, ast.Tuple)):
        return len(node.elts) > 1
    return isinstance(node, _COMPREHENSIONS)


def is_sequence(program: Program, node: ast.expr) -> bool:
    """Whether an expression may be what to join, although it comes first."""
    found = program.evident(node)
    return isinstance(found, (ast.List, ast.Tuple, *_COMPREHENSIONS))
