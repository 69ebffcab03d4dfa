"""Shapes of tensors that variables are made of: asked of the function that computes the tensor.

``dim = int(np.prod(pool.get_shape()[1:]))`` is a number, known before anything runs, because the
graph knows the shapes of its tensors. So does a traced function: it is asked for its output shape.
"""

from __future__ import annotations

import ast

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.makers import MAKES
from tfmigrate.lifting.model import Fetch, Kind, RunSite, Stage, Step
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.scope import Scope
from tfmigrate.lifting.uses import shapes_below, uses

_STATIC = ("tf.TensorShape", "tf.Dimension")
OUTPUT_SHAPE = "get_concrete_function().output_shapes"


def probe(scope: Scope) -> None:
    """Turn the shapes that variables depend on into run sites of functions."""
    for step in scope.steps:
        if _is_variable(step, scope.facts):
            _settle(step, scope, set())


def _is_variable(step: Step, facts: Facts) -> bool:
    """Whether a step makes a variable, by itself or by a function that does nothing else."""
    value = getattr(step.node, "value", None)
    if step.header or not isinstance(value, ast.Call) or step.kind not in (Kind.STATE, Kind.STAGED):
        return False
    if facts.role(value) in (Role.VARIABLE, Role.GET_VARIABLE):
        return True
    helper = facts.called(value)
    if helper is None or facts.instance(value) != "tf.Variable":
        return False
    return helper.makes_state and helper.roles <= MAKES


def _settle(step: Step, scope: Scope, seen: set[Step]) -> bool:
    """Make a step one that needs no run; whether that is possible."""
    if step in seen:
        return False
    seen.add(step)
    shapes = shapes_below(step.node)
    hidden = {id(part) for each in shapes for part in ast.walk(each)}
    for node in ast.walk(step.node):
        if id(node) in hidden or not isinstance(node, (ast.Name, ast.Attribute)):
            continue
        path = step.path(node)
        for other in scope.reaching(path, step.index) if path is not None else ():
            if other.kind is Kind.PLACEHOLDER:
                return False
            fixed = other.kind is Kind.KEPT and other.stage is Stage.FIXED
            if (other.kind is Kind.STAGED or fixed) and not _settle(other, scope, seen):
                return False
    staged = [each for each in shapes if _is_staged(each, step, scope)]
    if step.kind is Kind.STATE and not staged:
        return True
    if step.kind is Kind.KEPT:
        pass
    elif not _is_variable(step, scope.facts):
        if not isinstance(step.node, ast.Assign) or _computes(step.node, hidden, scope.facts):
            return False
        step.kind, step.stage = Kind.KEPT, Stage.HOST
    else:
        step.kind, step.stage = Kind.STATE, Stage.STATE
    for each in staged:
        tensor = each.func.value if isinstance(each, ast.Call) else each.value  # type: ignore[attr-defined]
        fed: dict[str, ast.expr] = {path: ast.Constant(None) for path in scope.placeholders}
        fetch = Fetch(tensor, step.path(tensor), operation=False)
        scope.sites.append(RunSite(each, step, [fetch], "one", feeds=fed, probe=True))  # type: ignore[arg-type]
    return True


def _is_staged(shape: ast.expr, step: Step, scope: Scope) -> bool:
    """Whether a shape is that of a tensor that a run computes."""
    kinds = {
        other.kind
        for path in step.paths(uses(shape).reads)
        for other in scope.reaching(path, step.index)
    }
    return Kind.STAGED in kinds


def _computes(node: ast.Assign, hidden: set[int], facts: Facts) -> bool:
    """Whether a statement computes tensors, rather than numbers from shapes."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and id(each) not in hidden:
            symbol = facts.symbol(each.func) or ""
            if symbol.startswith("tf.") and not symbol.startswith(_STATIC):
                return True
    return False
