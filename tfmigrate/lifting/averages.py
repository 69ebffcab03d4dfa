"""Moving averages: ``ExponentialMovingAverage`` with the variables it is to follow written out.

Outside of graphs it makes its variables when it is first applied. Applied once to variables that
nothing has changed it leaves everything as it is, so that is how they are made.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.collected import is_list_of_variables, listed
from tfmigrate.lifting.listing import VariableLists
from tfmigrate.lifting.model import Kind, Step, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import uses

if TYPE_CHECKING:
    from tfmigrate.lifting.emission import Emission


def write_averages(out: Emission) -> None:
    """Write what becomes of the moving averages of a scope.

    Raises:
        Unliftable: they are averages of tensors, or made where they cannot be followed.
    """
    facts = out.scope.facts
    read = any(facts.role(each) is Role.AVERAGE for each in ast.walk(facts.tree))
    for step in out.scope.steps:
        if step.header:
            continue
        inside = {each for each in ast.walk(step.node) if isinstance(each, ast.FunctionDef)}
        for call in ast.walk(step.node):
            if not isinstance(call, ast.Call) or facts.role(call) is not Role.AVERAGE_APPLY:
                continue
            if inside or step.kind is not Kind.STAGED:
                raise Unliftable(call, "moving averages that are updated within a function")
            _applied(call, step, out, read)


def _applied(call: ast.Call, step: Step, out: Emission, read: bool) -> None:
    """``average.apply(variables)``: the variables listed, and the averages made in advance."""
    assert isinstance(call.func, ast.Attribute)
    owner = out.text(call.func.value)
    given = arguments(call, ("var_list",))
    variables = given.get("var_list")
    if variables is None:
        listing = listed(VariableLists(out).weights(step), None, anywhere=False, node=call)
    else:
        _check(variables, step, out)
        listing = out.text(variables)
    out.replaced[call] = f"{owner}.apply({listing})"
    if read:
        staged = variables is not None and any(
            other.kind is Kind.STAGED
            for path in step.paths(uses(variables).reads)
            for other in out.scope.reaching(path, step.index)
        )
        if out.scope.layered or staged:
            raise Unliftable(call, "moving averages of variables that layers make when called")
        out.make(step, [f"{owner}.apply({listing})"])


def _check(node: ast.expr, step: Step, out: Emission) -> None:
    """Make sure that what is averaged are variables."""
    if is_list_of_variables(node, out.scope.facts):
        return
    for path in step.paths(uses(node).reads):
        for other in out.scope.reaching(path, step.index):
            value = getattr(other.node, "value", None)
            variables = is_list_of_variables(value, out.scope.facts)
            if other.kind in (Kind.STAGED, Kind.PLACEHOLDER) and not variables:
                raise Unliftable(node, "moving averages of tensors")
