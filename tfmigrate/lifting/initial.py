"""Initial values: an initializer that runs twice sets variables back, and cannot just go."""

from __future__ import annotations

import ast

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Kind, RunSite, Step, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.savers import restores_all
from tfmigrate.lifting.scope import Scope
from tfmigrate.lifting.slices import slice_of
from tfmigrate.lifting.steps import heads

_CHANGES = frozenset({Role.ASSIGN, Role.MINIMIZE, Role.APPLY_GRADIENTS})
_DRAWN = frozenset({Role.RANDOM, Role.GET_VARIABLE, Role.LAYER, Role.LAYER_OBJECT, Role.CELL})
_STATE = frozenset({Role.VARIABLE, Role.GET_VARIABLE, Role.LAYER, Role.LAYER_OBJECT, Role.CELL})
_LOOPS = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp)


def check(scope: Scope) -> None:
    """Make sure that leaving out the initializers changes nothing.

    Raises:
        Unliftable: one of them runs again, when variables have other values than at first.
    """
    ran: list[tuple[Step, frozenset[str]]] = []
    for step in scope.steps:
        what = initialized(step, scope)
        if what is None or not what:
            continue
        before = [other for other, paths in ran if overlap(paths, what)]
        again = bool(before) or repeated(step, scope)
        ran.append((step, what))
        if again and changed(step, before, scope) and not restored(step, scope):
            raise Unliftable(
                step.node, "variables are given their initial values again after they have changed"
            )


def initialized(step: Step, scope: Scope) -> frozenset[str] | None:
    """The paths that a statement initializes, ``*`` for all; None if it runs no initializer."""
    if step.kind is not Kind.DROPPED or step.header or not isinstance(step.node, ast.Expr):
        return None
    value = step.node.value
    role = scope.facts.role(value)
    if role is Role.RUN and isinstance(value, ast.Call) and value.args:
        return _targets(value.args[0], step, scope)
    if role is Role.OPERATION_RUN and isinstance(value, ast.Call):
        assert isinstance(value.func, ast.Attribute)
        return _targets(value.func.value, step, scope)
    return None


def _targets(node: ast.expr, step: Step, scope: Scope) -> frozenset[str]:
    """What an initializer sets."""
    facts = scope.facts
    path = step.path(node)
    if path is not None and path in scope.initializers:
        found = [other for other in scope.reaching(path, step.index) if other is not step]
        values = [getattr(other.node, "value", None) for other in found]
        return frozenset().union(*(_targets(v, step, scope) for v in values if v is not None))
    if isinstance(node, (ast.List, ast.Tuple)):
        return frozenset().union(*(_targets(each, step, scope) for each in node.elts))
    if isinstance(node, ast.Call) and facts.role(node) is Role.GROUP:
        return frozenset().union(*(_targets(each, step, scope) for each in node.args))
    if isinstance(node, ast.Attribute) and facts.role(node) is Role.INITIALIZER_PROPERTY:
        return frozenset({step.path(node.value) or "*"})
    symbol = facts.symbol(getattr(node, "func", node)) or ""
    if "table" in symbol:
        return frozenset()
    if "local" in symbol:
        return frozenset({"<local>"}) if _has_local(facts) else frozenset()
    return frozenset({"*"})


def _has_local(facts: Facts) -> bool:
    """Whether a program has local variables: those of metrics, or its own."""
    symbols = (facts.symbol(node) or "" for node in facts.nodes)
    return any(
        each.startswith("tf.metrics.") or each == "tf.get_local_variable" for each in symbols
    )


def overlap(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether two initializers set some variable both."""
    both = {"*", "<local>"}
    if "*" in one and other - {"<local>"}:
        return True
    if "*" in other and one - {"<local>"}:
        return True
    return bool((one & other) - (both - {"<local>"}))


def repeated(step: Step, scope: Scope) -> bool:
    """Whether a statement runs more often than the variables are made."""
    made = [other for other in scope.steps if other.index < step.index and _makes(other, scope)]
    for block in step.blocks:
        if all(block in other.blocks for other in made) and made:
            continue
        if isinstance(block, _LOOPS):
            return True
        if isinstance(block, ast.FunctionDef) and called_again(block, scope.facts):
            return True
    return False


def _makes(step: Step, scope: Scope) -> bool:
    """Whether a step makes variables."""
    if step.header or isinstance(step.node, ast.FunctionDef):
        return False
    return any(role in _STATE for part in heads(step) for _, role in scope.facts.roles_below(part))


def called_again(node: ast.FunctionDef, facts: Facts) -> bool:
    """Whether a function is called more than once, as far as the file says."""
    calls = [
        each
        for each in facts.nodes
        if isinstance(each, ast.Call)
        and isinstance(each.func, (ast.Name, ast.Attribute))
        and (each.func.id if isinstance(each.func, ast.Name) else each.func.attr) == node.name
    ]
    inside = {
        id(each) for loop in facts.nodes if isinstance(loop, _LOOPS) for each in ast.walk(loop)
    }
    return len(calls) > 1 or any(id(call) in inside for call in calls)


def changed(step: Step, before: list[Step], scope: Scope) -> bool:
    """Whether variables may have other values than those they began with."""
    roles = {role for _, role in scope.facts.roles_below(scope.node)}
    if roles & _DRAWN:
        # other values would be drawn
        return True
    first = min((other.index for other in before), default=-1)
    last = step.index
    for block in step.blocks:
        # what stands later in a loop or function has run when it runs again
        inside = [other.index for other in scope.steps if block in other.blocks]
        last = max([last, *inside])
    deferred = any(isinstance(block, ast.FunctionDef) for block in step.blocks)
    return any(
        changes(site, scope) for site in scope.sites if deferred or first < site.step.index <= last
    )


def changes(site: RunSite, scope: Scope) -> bool:
    """Whether a run site changes variables."""
    nodes = [site.call, *(each.node for each in slice_of(site, scope))]
    return any(role in _CHANGES for node in nodes for _, role in scope.facts.roles_below(node))


def restored(step: Step, scope: Scope) -> bool:
    """Whether all variables are read from a checkpoint right after a statement."""
    for other in scope.steps[step.index + 1 :]:
        if other.blocks != step.blocks:
            return False
        if restores_all(other, scope):
            return True
        ran = any(site.step is other for site in scope.sites)
        if ran or other.header or _makes(other, scope):
            return False
    return False
