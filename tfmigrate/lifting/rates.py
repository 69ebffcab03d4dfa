"""Learning rates: what an optimizer is made with, when the rate is no number.

A schedule of the steps that the optimizer itself counts is a Keras schedule. Keras calls anything
else that can be called at each step, which is what a variable needs; a rate that the graph
computes, or that is fed, is given to the optimizer before it is used.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.model import Kind, Stage, Step, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import path_of, uses

if TYPE_CHECKING:
    from tfmigrate.lifting.scope import Scope

Text = Callable[[ast.AST], str]

GLOBAL_STEP = 'tf.Variable(0, dtype=tf.int64, trainable=False, name="global_step")'
"""What ``tf.train.get_or_create_global_step()`` makes."""

_TRAINS = frozenset({Role.MINIMIZE, Role.APPLY_GRADIENTS})
_STEP_NAMES = ("global_step", "x")


class Rated(Enum):
    """How an optimizer gets its rate."""

    NUMBER = "a Python number"
    COUNTED = "a schedule of the optimizer's own steps"
    CALLED = "something that is read anew at each step"
    GIVEN = "computed by the function that trains, and assigned there"


@dataclass(frozen=True)
class Rate:
    """The rate of an optimizer: what it is, and the expression of it."""

    how: Rated
    node: ast.expr | None = None
    step: Step | None = None
    """The statement that makes the schedule."""


def schedule_call(node: ast.stmt, scope: Scope) -> ast.Call | None:
    """The schedule that a statement makes and names."""
    value = node.value if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
    if isinstance(value, ast.Call) and scope.facts.role(value) is Role.SCHEDULE:
        return value
    return None


def schedule_step(call: ast.Call, scope: Scope) -> ast.expr | None:
    """The expression of the step that a schedule is a function of."""
    symbol = scope.facts.symbol(call.func) or ""
    first = "piecewise" in symbol
    position = 0 if first else 1
    for keyword in call.keywords:
        if keyword.arg in _STEP_NAMES:
            return keyword.value
    return call.args[position] if len(call.args) > position else None


def optimizer_call(step: Step, scope: Scope) -> tuple[ast.Call, Step] | None:
    """The call that makes the optimizer of a training step, and the step that it is in."""
    value = getattr(step.node, "value", None)
    if not isinstance(value, ast.Call) or scope.facts.role(value) not in _TRAINS:
        return None
    owner = value.func.value if isinstance(value.func, ast.Attribute) else None
    if isinstance(owner, ast.Call) and scope.facts.role(owner) is Role.OPTIMIZER:
        return owner, step
    path = step.path(owner) if owner is not None else None
    found = scope.reaching(path, step.index) if path is not None else []
    for maker in found[:1]:
        made = getattr(maker.node, "value", None)
        if isinstance(made, ast.Call) and scope.facts.role(made) is Role.OPTIMIZER:
            return made, maker
    return None


def rate_node(call: ast.Call) -> ast.expr | None:
    """The expression of the rate in the call that makes an optimizer."""
    for keyword in call.keywords:
        if keyword.arg == "learning_rate":
            return keyword.value
    return call.args[0] if call.args and not isinstance(call.args[0], ast.Starred) else None


def rate_of(call: ast.Call, maker: Step, scope: Scope) -> Rate:
    """How an optimizer gets its rate.

    ``call`` makes it and ``maker`` is the step that the call is in.
    """
    node = rate_node(call)
    if node is None:
        return Rate(Rated.NUMBER)
    path = maker.path(node)
    found = scope.reaching(path, maker.index) if path is not None else []
    if len(found) == 1 and found[0].kind is Kind.STATE:
        schedule = schedule_call(found[0].node, scope)
        if schedule is None:
            return Rate(Rated.CALLED, node)
        if _counts(schedule, found[0], call, scope):
            return Rate(Rated.COUNTED, node, found[0])
        return Rate(Rated.CALLED, node, found[0])
    paths = maker.paths(uses(node).reads)
    for each in paths:
        for other in scope.reaching(each, maker.index):
            if other.kind in (Kind.PLACEHOLDER, Kind.STAGED):
                return Rate(Rated.GIVEN, node)
            if other.kind is Kind.STATE and other.stage is Stage.STATE and _varies(other, scope):
                return Rate(Rated.GIVEN, node)
    return Rate(Rated.NUMBER, node)


def _varies(step: Step, scope: Scope) -> bool:
    """Whether a step makes a variable or a schedule."""
    value = getattr(step.node, "value", None)
    return isinstance(value, ast.Call) and (
        scope.facts.instance(value) == "tf.Variable"
        or scope.facts.role(value) in (Role.SCHEDULE, Role.GLOBAL_STEP, Role.VARIABLE)
    )


def needed(step: Step, scope: Scope) -> set[str]:
    """What a training step reads besides its text: the rate that it gives to its optimizer."""
    found = optimizer_call(step, scope)
    if found is None:
        return set()
    call, maker = found
    rate = rate_of(call, maker, scope)
    if rate.how is not Rated.GIVEN or rate.node is None:
        return set()
    return maker.paths(uses(rate.node).reads)


def _counts(schedule: ast.Call, at: Step, call: ast.Call, scope: Scope) -> bool:
    """Whether the step of a schedule is what the optimizer of a call counts, and nothing else."""
    step = schedule_step(schedule, scope)
    path = at.path(step) if step is not None else None
    made = scope.reaching(path, at.index) if path is not None else []
    if len(made) != 1 or not _from_zero(made[0], scope):
        return False
    for other in scope.steps:
        value = getattr(other.node, "value", None)
        trained = optimizer_call(other, scope)
        mine = trained is not None and trained[0] is call
        counted = trained is not None and counted_path(other, scope) == path
        if mine != counted:
            return False
        if trained is None and isinstance(value, ast.AST):
            for each in ast.walk(value):
                if scope.facts.role(each) is Role.ASSIGN and path in other.paths(uses(each).reads):
                    return False
    return True


def counted_path(step: Step, scope: Scope) -> str | None:
    """The path of the global step that a training step counts up."""
    value = getattr(step.node, "value", None)
    if not isinstance(value, ast.Call):
        return None
    given = arguments(value, ("loss", "global_step"))
    return step.path(given["global_step"]) if "global_step" in given else None


def _from_zero(step: Step, scope: Scope) -> bool:
    """Whether a step makes a variable that begins at zero."""
    value = getattr(step.node, "value", None)
    if not isinstance(value, ast.Call):
        return False
    if scope.facts.role(value) is Role.GLOBAL_STEP:
        return True
    if scope.facts.role(value) is not Role.VARIABLE:
        return False
    start = next((each.value for each in value.keywords if each.arg == "initial_value"), None)
    start = start or (value.args[0] if value.args else None)
    if (
        isinstance(start, ast.Call)
        and scope.facts.symbol(start.func) == "tf.constant"
        and start.args
    ):
        start = start.args[0]
    return isinstance(start, ast.Constant) and start.value == 0


def readings(step: Step, scope: Scope) -> list[tuple[ast.expr, Step]]:
    """The places in a step where the value of a schedule is read, with the step that makes it."""
    found: list[tuple[ast.expr, Step]] = []
    skipped: set[ast.AST] = set()
    for each in ast.walk(step.node):
        if isinstance(each, ast.Call) and scope.facts.role(each) is Role.OPTIMIZER:
            rate = rate_node(each)
            if rate is not None and rate_of(each, step, scope).step is not None:
                skipped.add(rate)
    for each in ast.walk(step.node):
        if each in skipped or not isinstance(each, (ast.Name, ast.Attribute)):
            continue
        if not isinstance(each.ctx, ast.Load) or path_of(each) is None:
            continue
        path = step.path(each)
        reached = scope.reaching(path, step.index) if path is not None else []
        if len(reached) != 1 or schedule_call(reached[0].node, scope) is None:
            continue
        if reached[0].kind is Kind.STATE and path in reached[0].writes:
            found.append((each, reached[0]))
    return found


def value_text(node: ast.expr, maker: Step, scope: Scope, text: Text) -> str:
    """The value of a schedule: ``learning_rate(global_step)``.

    ``node`` is how the schedule is called, ``maker`` the step that makes it.
    """
    call = schedule_call(maker.node, scope)
    assert call is not None
    return f"{text(node)}({text(need_step(call, scope))})"


def rate_text(call: ast.Call, maker: Step, scope: Scope, text: Text) -> tuple[str | None, bool]:
    """The text of the rate that a Keras optimizer is made with, and whether the rate varies.

    None for the text if the old one will do. ``maker`` is the step that the call is in.
    """
    rate = rate_of(call, maker, scope)
    if rate.node is None or rate.how is Rated.NUMBER:
        node = rate.node
        return (float_text(node, maker, scope, text(node)) if node is not None else None), False
    if rate.how is Rated.GIVEN:
        return "0.0", True
    if rate.how is Rated.COUNTED:
        return text(rate.node), True
    if rate.step is not None:
        return f"lambda: {value_text(rate.node, rate.step, scope, text)}", True
    return f"lambda: {text(rate.node)}", True


def float_text(node: ast.expr, maker: Step, scope: Scope, text: str) -> str | None:
    """``float(rate)`` where the rate is an integer of Python, which Keras refuses."""
    path = maker.path(node)
    found = scope.reaching(path, maker.index) if path is not None else []
    values = [getattr(each.node, "value", None) for each in found]
    if any(isinstance(v, ast.Constant) and isinstance(v.value, int) for v in values):
        return f"float({text})"
    return None


def need_step(schedule: ast.Call, scope: Scope) -> ast.expr:
    """As :func:`schedule_step`, where there has to be one.

    Raises:
        Unliftable: the step is not given.
    """
    step = schedule_step(schedule, scope)
    if step is None:
        raise Unliftable(schedule, "a schedule of which step?")
    return step
