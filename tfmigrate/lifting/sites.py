"""What a run site fetches and feeds."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tfmigrate.lifting.feeds import fed
from tfmigrate.lifting.model import Fetch, RunSite, Step, Unliftable
from tfmigrate.lifting.roles import Role

if TYPE_CHECKING:
    from tfmigrate.lifting.scope import Scope

_RUN_PARAMETERS = ("fetches", "feed_dict", "options", "run_metadata")
_EVAL_PARAMETERS = ("feed_dict", "session")


def read_site(call: ast.Call, step: Step, scope: Scope) -> RunSite:
    """The run site of a call.

    Raises:
        Unliftable: what is fetched or fed is not understood.
    """
    given = _arguments(call, scope)
    fetched = given.get("fetches")
    if fetched is None:
        if not isinstance(call.func, ast.Attribute):
            raise Unliftable(call, "a session run without fetches")
        fetched = call.func.value
    if "run_metadata" in given:
        raise Unliftable(call, "run metadata is collected by the profiler now")
    site = RunSite(call, step, [], "one")
    _fetches(fetched, site, scope)
    feed = given.get("feed_dict")
    if feed is not None:
        _feeds(feed, site, scope)
    return site


def _arguments(call: ast.Call, scope: Scope) -> dict[str, ast.expr]:
    """The arguments of a run site by name."""
    role = scope.facts.role(call)
    names = _RUN_PARAMETERS if role is Role.RUN else _EVAL_PARAMETERS
    if any(isinstance(each, ast.Starred) for each in call.args):
        raise Unliftable(call, "the arguments of a run site are unpacked")
    given = dict(zip(names, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None:
            raise Unliftable(call, "the arguments of a run site are unpacked")
        given[keyword.arg] = keyword.value
    return {
        name: value
        for name, value in given.items()
        if not (isinstance(value, ast.Constant) and value.value is None)
    }


def _fetches(node: ast.expr, site: RunSite, scope: Scope) -> None:
    """Read what is fetched: one thing, or a list, tuple or dictionary of things."""
    if isinstance(node, (ast.List, ast.Tuple)):
        site.shape = "list" if isinstance(node, ast.List) else "tuple"
        for each in node.elts:
            if isinstance(each, (ast.List, ast.Tuple, ast.Dict, ast.Starred)):
                raise Unliftable(each, "fetches within fetches")
            site.fetches.append(_fetch(each, site, scope))
    elif isinstance(node, ast.Dict):
        site.shape = "dict"
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                raise Unliftable(node, "the fetches of a run site are unpacked")
            site.keys.append(key)
            site.fetches.append(_fetch(value, site, scope))
    elif literal := _literal(node, site.step, scope):
        _fetches(literal, site, scope)
    else:
        site.fetches.append(_fetch(node, site, scope))


def _literal(node: ast.expr, step: Step, scope: Scope) -> ast.expr | None:
    """The list, tuple or dictionary of fetches that a name stands for."""
    path = step.path(node)
    if path is None:
        return None
    found = scope.reaching(path, step.index)
    if len(found) != 1 or not isinstance(found[0].node, ast.Assign):
        return None
    value = found[0].node.value
    return value if isinstance(value, (ast.List, ast.Tuple, ast.Dict)) else None


def _fetch(node: ast.expr, site: RunSite, scope: Scope) -> Fetch:
    """One thing that is fetched."""
    if isinstance(node, ast.Constant):
        raise Unliftable(node, "a tensor is fetched by its name in the graph")
    path = site.step.path(node)
    if path is None:
        operation = scope.facts.role(node) in (Role.MINIMIZE, Role.APPLY_GRADIENTS, Role.GROUP)
        return Fetch(node, None, operation)
    return Fetch(node, path, path in scope.operations or path in scope.initializers)


def _feeds(node: ast.expr, site: RunSite, scope: Scope) -> None:
    """Read what is fed."""
    found = fed(node, site.step, scope)
    site.feeds = {**found.always, **found.sometimes}
    site.sometimes = frozenset(found.sometimes)
    if not isinstance(node, ast.Dict):
        site.feed = node
