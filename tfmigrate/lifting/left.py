"""What stays of a program must not need what went: sessions, tensors, operations.

Where a statement that stays, or a run site, uses something that lifting cannot see or has taken
away, the program is left as it is, with the place and the reason.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfmigrate.lifting.model import Fetch, Kind, RunSite, Stage, Step, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.steps import heads
from tfmigrate.lifting.uses import path_of, uses

if TYPE_CHECKING:
    from tfmigrate.lifting.emission import Emission
    from tfmigrate.lifting.functions import Program
    from tfmigrate.lifting.stages import Stages

_GONE = frozenset({Kind.STAGED, Kind.TRAIN, Kind.DROPPED, Kind.PLACEHOLDER})
_STAYS = frozenset({Kind.KEPT, Kind.STATE})
_BUILTINS = frozenset(dir(builtins))
_STATIC = frozenset({"shape", "get_shape", "name", "dtype", "op", "ndims"})
_SAYS = ("tf.test.", "tf.logging.")
"""What checks and what logs when the graph is built."""
_SESSIONS = frozenset({Role.SESSION, Role.GRAPH, Role.AS_DEFAULT})
_PURE = frozenset({"np", "numpy", "math", "functools", "itertools", "collections", "operator"})
"""Modules whose functions only compute."""


def check_fetches(program: Program, stages: Stages) -> None:
    """Make sure that everything that is fetched is known.

    Raises:
        Unliftable: something comes from where lifting does not look.
    """
    for site in program.scope.sites:
        if site.probe or site in program.looked_at:
            continue
        stages.names = site.step.names
        for fetch in site.fetches:
            changing = _changing(fetch, site, program)
            if changing is not None:
                reason = f"what is fetched is built from `{changing}`, which is another at each run"
                raise Unliftable(fetch.node, reason)
            unknown = _unknown(fetch, site, program, stages)
            if unknown is not None:
                raise Unliftable(
                    fetch.node, f"`{unknown}` is fetched, and what it is cannot be seen here"
                )


def _changing(fetch: Fetch, site: RunSite, program: Program) -> str | None:
    """A Python value that an expression is built from which a function would not see change."""
    if fetch.path is not None or site in program.direct:
        return None
    scope = program.scope
    rounds = _rounds(site)
    for each in ast.walk(fetch.node):
        if isinstance(each, ast.Name) and each.id in rounds:
            return each.id
        path = site.step.path(each) if isinstance(each, ast.Name) else None
        for step in scope.reaching(path, site.step.index) if path is not None else ():
            within = set(step.blocks) & set(site.step.blocks) or step.node in site.step.blocks
            if step.kind is Kind.KEPT and step.stage is Stage.HOST and within:
                return path
    return None


def _rounds(site: RunSite) -> set[str]:
    """What the comprehensions around a run site bind."""
    found: set[str] = set()
    for each in ast.walk(site.step.node):
        if isinstance(each, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            around = any(part is site.call for part in ast.walk(each))
            within = any(part is each for part in ast.walk(site.call))
            if around and not within:
                found |= {
                    name.id
                    for generator in each.generators
                    for name in ast.walk(generator.target)
                    if isinstance(name, ast.Name)
                }
    return found


def _unknown(fetch: Fetch, site: RunSite, program: Program, stages: Stages) -> str | None:
    """What cannot be seen in a fetch; None if all of it can."""
    scope = program.scope
    if fetch.path is not None:
        if fetch.path in site.feeds or fetch.operation:
            return None
        found = scope.reaching(fetch.path, len(scope.steps))
        known = any(each.kind is not Kind.KEPT or each.stage is not Stage.HOST for each in found)
        return None if known else ast.unparse(fetch.node)
    own = uses(fetch.node).reads
    facts = scope.facts
    for each in ast.walk(fetch.node):
        if not isinstance(each, ast.Name) or each.id not in own:
            continue
        if each.id in facts.imported or each.id in facts.functions or each.id in facts.classes:
            continue
        path = site.step.path(each) or each.id
        known = each.id in _BUILTINS or each.id == "self" or each.id in _rounds(site)
        if not known and not scope.reaching(path, len(scope.steps)):
            return each.id
    if stages.of(fetch.node) is Stage.HOST and not isinstance(fetch.node, ast.Constant):
        symbols = any(scope.facts.symbol(each) is not None for each in ast.walk(fetch.node))
        return None if symbols else ast.unparse(fetch.node)
    return None


def check_effects(program: Program) -> None:
    """Make sure that what is left out would have done nothing.

    An operation that no run asks for never ran; a call of Python did when the graph was built.

    Raises:
        Unliftable: a call that may do more than build a part of the graph.
    """
    scope = program.scope
    used = {step for part in [*program.parts, *program.shared] for step in part.steps}
    for step in scope.steps:
        if step.kind is not Kind.STAGED or step in used or isinstance(step.node, ast.FunctionDef):
            continue
        for node in ast.walk(step.node):
            acts = isinstance(node, ast.Expr) and _acts(node, step, program)
            if acts or (isinstance(node, ast.Call) and _is_elsewhere(node, program)):
                reason = "a call that may do something when the graph is built"
                raise Unliftable(node, reason)


def _is_elsewhere(call: ast.Call, program: Program) -> bool:
    """Whether a call is one of a module that is neither TensorFlow nor free of effects."""
    func = call.func
    while isinstance(func, ast.Attribute):
        func = func.value
    facts = program.scope.facts
    if not isinstance(func, ast.Name) or func is call.func or facts.symbol(call.func) is not None:
        return False
    return func.id in facts.imported - _PURE and facts.role(call) is None


def _acts(node: ast.Expr, step: Step, program: Program) -> bool:
    """Whether a statement calls something that may do more than make tensors."""
    facts = program.scope.facts
    call = node.value
    if not isinstance(call, ast.Call):
        return False
    symbol = facts.symbol(call.func)
    if symbol is not None:
        return symbol.startswith(_SAYS)
    if isinstance(call.func, ast.Name) and call.func.id == "print":
        # it showed what the graph calls a tensor, if it showed nothing else
        return not all(_shows_tensor(each, step, program) for each in call.args)
    changed = uses(node).mutates - facts.imported
    return facts.called(call) is None and facts.role(call) is None and not changed


def _shows_tensor(node: ast.expr, step: Step, program: Program) -> bool:
    path = step.path(node)
    if path is None:
        return isinstance(node, ast.Constant) and isinstance(node.value, str)
    found = program.scope.reaching(path, step.index)
    return bool(found) and all(
        each.kind in (Kind.STAGED, Kind.PLACEHOLDER) and not _of_python(each) for each in found
    )


def _of_python(step: Step) -> bool:
    """Whether a statement asks for something that Python knew before the graph ran."""
    value = getattr(step.node, "value", None)
    builtin = isinstance(value, ast.Call) and isinstance(value.func, ast.Name)
    return (builtin and value.func.id in _BUILTINS) or any(  # type: ignore[union-attr]
        isinstance(each, ast.Attribute) and each.attr in _STATIC for each in ast.walk(step.node)
    )


def check_left(out: Emission) -> None:
    """Make sure that the statements that stay use nothing that went.

    Raises:
        Unliftable: one does.
    """
    for step in out.scope.steps:
        if step.kind not in _STAYS or isinstance(step.node, (ast.FunctionDef, ast.ClassDef)):
            continue
        action = out.actions.get(step.node)
        if action is not None and (action.removed or action.unwrapped):
            continue
        for node in _remaining(step, out):
            path = step.path(node)
            found = out.scope.reaching(path, step.index) if path is not None else []
            if found and all(each.kind in _GONE and not _stays(each, out) for each in found):
                raise Unliftable(node, _reason(path or "", found[0], step, out))


def _stays(step: Step, out: Emission) -> bool:
    """Whether something takes the place of a step that moves or goes."""
    action = out.actions.get(step.node)
    if action is None or action.unwrapped:
        return False
    return bool(action.texts or action.before or not action.removed)


def _reason(path: str, found: Step, step: Step, out: Emission) -> str:
    name = path.rpartition(".")[2] if "." in path else path
    roles = {role for _, role in out.scope.facts.roles_below(found.node)}
    if found.kind is Kind.DROPPED and roles & _SESSIONS:
        return f"`{name}` is used for something that is no run"
    if found.kind is Kind.DROPPED:
        return f"`{name}` is used, which nothing takes the place of"
    return f"`{name}` is a tensor of the graph, which Python uses outside of a run"


def _remaining(step: Step, out: Emission) -> Iterator[ast.expr]:
    """The names and attributes of a statement that nothing takes the place of."""
    work: list[ast.AST] = list(heads(step)) if step.header else [step.node]
    while work:
        node = work.pop()
        if node in out.replaced:
            continue
        named = isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load)
        if named and path_of(node) is not None:
            yield node  # type: ignore[misc]
        work.extend(ast.iter_child_nodes(node))
