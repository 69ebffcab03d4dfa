"""Device functions (TFM217)."""

from __future__ import annotations

import ast

from tfmigrate.catalogue import Match
from tfmigrate.engine.context import Context
from tfmigrate.engine.detectors.base import Found, Program, argument
from tfmigrate.names import Symbol, plain

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SETTER = "tf.train.replica_device_setter"


def device_function(program: Program, context: Context, match: Match) -> Found:
    """``tf.device`` with what can only be a function.

    A lambda, a function of the file, what a function of the file returns that is one, and what
    ``tf.train.replica_device_setter`` makes.
    """
    for call, symbol in program.calls(match):
        given = argument(call, 0, "device_name", "device_name_or_function")
        if given is not None and is_function(program, given):
            yield given, symbol


def is_function(program: Program, node: ast.expr) -> bool:
    """Whether an expression is evidently a function."""
    if isinstance(node, ast.Attribute):
        return False
    found = program.evident(node)
    if isinstance(found, ast.Call):
        callee = program.names.values.get(id(found.func))
        if isinstance(callee, Symbol):
            return plain(callee.name) == _SETTER
        if not isinstance(found.func, (ast.Name, ast.Attribute)):
            return False
        maker = program.evident(found.func)
        return isinstance(maker, _FUNCTIONS) and returns_function(maker)
    return isinstance(found, (ast.Lambda, *_FUNCTIONS))


def returns_function(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a function returns one that it defines, or a lambda."""
    nested: set[str] = set()
    returned: list[ast.expr | None] = []
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _FUNCTIONS):
            nested.add(node.name)
        elif isinstance(node, ast.Return):
            returned.append(node.value)
        elif isinstance(node, ast.ClassDef):
            continue
        elif isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)):
            waiting.extend(ast.iter_child_nodes(node))
    return any(
        isinstance(each, ast.Lambda) or (isinstance(each, ast.Name) and each.id in nested)
        for each in returned
    )
