"""Tests: each method of a test case is a program of its own, if it keeps nothing of a graph."""

from __future__ import annotations

import ast

from tfmigrate.lifting.facts import Facts, methods_of
from tfmigrate.lifting.roles import Role

_RUNS = frozenset({Role.RUN, Role.EVAL, Role.OPERATION_RUN})
_MAKES = frozenset({Role.PLACEHOLDER, Role.SESSION, Role.VARIABLE, Role.GET_VARIABLE, *_RUNS})


def test_methods(node: ast.ClassDef, facts: Facts) -> list[ast.FunctionDef]:
    """The methods of a test case that run a graph, if each has a graph of its own.

    Empty if the class is no test case, if it keeps tensors or sessions in attributes, or if its
    methods hand them to each other.
    """
    if not any(
        (facts.symbol(base) or ast.unparse(base)).endswith("TestCase") for base in node.bases
    ):
        return []
    methods = methods_of(node)
    for each in ast.walk(node):
        keeps = isinstance(each, ast.Assign) and any(_is_own(target) for target in each.targets)
        if keeps and any(facts.symbol(part) is not None for part in ast.walk(each)):
            return []
    running = [each for each in methods.values() if _roles(each, facts) & _MAKES]
    called = {
        each.func.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)
    }
    if any(each.name in called for each in running):
        return []
    return [each for each in running if _roles(each, facts) & _RUNS]


def _is_own(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    )


def _roles(node: ast.AST, facts: Facts) -> set[Role]:
    return {role for each in ast.walk(node) if (role := facts.role(each)) is not None}
