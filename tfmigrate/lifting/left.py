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
from tfmigrate.lifting.uses import path_of, uses

if TYPE_CHECKING:
    from tfmigrate.lifting.emission import Emission
    from tfmigrate.lifting.functions import Program
    from tfmigrate.lifting.stages import Stages

_GONE = frozenset({Kind.STAGED, Kind.TRAIN, Kind.DROPPED, Kind.PLACEHOLDER})
_STAYS = frozenset({Kind.KEPT, Kind.STATE})
_BUILTINS = frozenset(dir(builtins))
_SESSIONS = frozenset({Role.SESSION, Role.GRAPH, Role.AS_DEFAULT})


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
            unknown = _unknown(fetch, site, program, stages)
            if unknown is not None:
                raise Unliftable(
                    fetch.node, f"`{unknown}` is fetched, and what it is cannot be seen here"
                )


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
        known = each.id in _BUILTINS or each.id == "self"
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
        if step.kind is not Kind.STAGED or step in used or not isinstance(step.node, ast.Expr):
            continue
        call = step.node.value
        if not isinstance(call, ast.Call) or scope.facts.symbol(call.func) is not None:
            continue
        if isinstance(call.func, ast.Name) and call.func.id == "print":
            # it showed what the graph calls a tensor
            continue
        if scope.facts.called(call) is not None or scope.facts.role(call) is not None or step.mutates:
            continue
        raise Unliftable(call, "a call that may do something when the graph is built")


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
    return action is not None and bool(action.texts or action.before or not action.removed)


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
    from tfmigrate.lifting.scope import heads

    work: list[ast.AST] = list(heads(step)) if step.header else [step.node]
    while work:
        node = work.pop()
        if node in out.replaced:
            continue
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
            if path_of(node) is not None:
                yield node
        work.extend(ast.iter_child_nodes(node))
