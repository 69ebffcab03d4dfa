"""Control flow that returned one tensor where it was given a list of one (TFM510)."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tfmigrate.catalogue import Match
from tfmigrate.engine.context import Context
from tfmigrate.engine.detectors.base import Found, Program, argument
from tfmigrate.engine.detectors.evidence import is_tensor

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_KEPT = ("return_same_structure", "strict")
"""Parameters of TensorFlow 1 that ask for what TensorFlow 2 does."""


def single_structure(program: Program, context: Context, match: Match) -> Found:
    """``tf.while_loop(c, b, [i])``, and branches of ``tf.cond`` that return ``[x]``.

    Not ``tf.case``: it takes the list away outside a ``tf.function``, and keeps it inside one.
    """
    for call, symbol in program.calls(match):
        if any(each.arg in _KEPT or each.arg is None for each in call.keywords):
            continue
        if symbol.endswith("while_loop"):
            single = is_single_tensor(program, context, argument(call, 2, "loop_vars"))
        else:
            single = any(returns_single(program, each) for each in given_to_cond(call))
        if single:
            yield call.func, symbol


def is_single(node: ast.AST | None) -> bool:
    """Whether an expression is a list or tuple of exactly one element."""
    return (
        isinstance(node, (ast.List, ast.Tuple))
        and len(node.elts) == 1
        and not isinstance(node.elts[0], ast.Starred)
    )


def is_single_tensor(program: Program, context: Context, node: ast.expr | None) -> bool:
    """Whether loop variables are evidently one tensor in a list.

    A loop of TensorFlow 1 took the list away only if there was one tensor in it all told, so one
    element that holds several, such as a tuple of states, was safe.
    """
    found = program.evident(node)
    if not isinstance(found, (ast.List, ast.Tuple)) or len(found.elts) != 1:
        return False
    return is_tensor(program, context, found.elts[0])


def given_to_cond(call: ast.Call) -> Iterator[ast.expr]:
    """The two branches of ``tf.cond``."""
    for position, names in ((1, ("true_fn", "fn1")), (2, ("false_fn", "fn2"))):
        branch = argument(call, position, *names)
        if branch is not None:
            yield branch


def returns_single(program: Program, branch: ast.expr) -> bool:
    """Whether a function evidently returns a list of one element, wherever it returns."""
    function = program.evident(branch)
    if isinstance(function, ast.Lambda):
        return is_single(function.body)
    if not isinstance(function, _FUNCTIONS):
        return False
    returned = [each.value for each in returns(function)]
    return bool(returned) and all(is_single(each) for each in returned)


def returns(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.Return]:
    """The ``return`` statements of a function itself, not of those inside it."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return):
            yield node
        elif isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            continue
        elif isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            waiting.extend(ast.iter_child_nodes(node))
