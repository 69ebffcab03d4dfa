"""Dictionaries that run sites are fed with: which placeholders they hold, wherever they are made.

A dictionary that is written at the run site becomes arguments. One that is made elsewhere keeps
its place, with the names of parameters for keys: ``train_step(**feed)``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfmigrate.lifting.model import Naming, Step, Unliftable
from tfmigrate.lifting.uses import path_of

if TYPE_CHECKING:
    from tfmigrate.lifting.scope import Scope
    from tfmigrate.lifting.stages import Stages

_UNKNOWN = "what is fed is known only when the program runs"


@dataclass
class Fed:
    """What a dictionary holds: the paths that are always in it, and those that may be."""

    always: dict[str, ast.expr] = field(default_factory=dict)
    sometimes: dict[str, ast.expr] = field(default_factory=dict)


def fed(node: ast.expr, step: Step, scope: Scope) -> Fed:
    """What an expression that is fed holds.

    Raises:
        Unliftable: it cannot be told.
    """
    if isinstance(node, ast.Dict):
        return Fed(_literal(node, step.names))
    if isinstance(node, ast.Call):
        target = [each for each, _ in scope.facts.targets(node)]
        if len(target) == 1:
            return _returned(target[0], step, scope)
    path = step.path(node)
    if path is None:
        raise Unliftable(node, _UNKNOWN)
    found = Fed()
    bound = False
    for other in reversed(scope.reaching(path, step.index)):
        if path in other.writes and isinstance(other.node, ast.Assign):
            if bound:
                raise Unliftable(node, "what is fed is made in several places")
            found, bound = fed(other.node.value, other, scope), True
            continue
        added = _added(other.node, other.names)
        if added is None:
            raise Unliftable(other.node, _UNKNOWN)
        always = set(other.blocks) <= set(step.blocks)
        (found.always if always else found.sometimes).update(added)
    if not bound:
        raise Unliftable(node, _UNKNOWN)
    return found


def _literal(node: ast.Dict, names: Naming) -> dict[str, ast.expr]:
    """What a dictionary that is written out holds."""
    found = {}
    for key, value in zip(node.keys, node.values, strict=True):
        path = path_of(key) if key is not None else None
        if path is None:
            raise Unliftable(node, _UNKNOWN)
        found[names.get(path, path)] = value
    return found


def _added(node: ast.stmt, names: Naming) -> dict[str, ast.expr] | None:
    """What ``feed[x] = value`` or ``feed.update({...})`` adds; None for any other statement."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        path = path_of(node.targets[0].slice)
        return {names.get(path, path): node.value} if path is not None else None
    call = node.value if isinstance(node, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        if (
            call.func.attr == "update"
            and len(call.args) == 1
            and isinstance(call.args[0], ast.Dict)
        ):
            return _literal(call.args[0], names)
    return None


def _returned(node: ast.FunctionDef, step: Step, scope: Scope) -> Fed:
    """What the dictionary holds that a function returns."""
    names = _names_in(node, step, scope)
    outcomes = [
        _in_function(each.value, node, names)
        for each in ast.walk(node)
        if isinstance(each, ast.Return) and each.value is not None
    ]
    if not outcomes:
        raise Unliftable(node, _UNKNOWN)
    every = [{**each.always, **each.sometimes} for each in outcomes]
    always = {
        path: value
        for path, value in outcomes[0].always.items()
        if all(path in each.always for each in outcomes)
    }
    sometimes = {p: v for each in every for p, v in each.items() if p not in always}
    return Fed(always, sometimes)


def _names_in(node: ast.FunctionDef, step: Step, scope: Scope) -> Naming:
    """What names stand for in a function, as its own steps say if it has any."""
    for other in scope.steps:
        if other.node is not node and scope.facts.within.get(id(other.node)) is node:
            return other.names
    cls = next(
        (name for name, each in scope.facts.classes.items() if node in each.body), step.names.cls
    )
    return Naming({}, cls, node.name, step.names.instances)


def _in_function(value: ast.expr, node: ast.FunctionDef, names: Naming) -> Fed:
    """What an expression that a function returns holds."""
    if isinstance(value, ast.Dict):
        return Fed(_literal(value, names))
    if not isinstance(value, ast.Name):
        raise Unliftable(value, _UNKNOWN)
    found: Fed | None = None
    for each in ast.walk(node):
        if not isinstance(each, ast.stmt):
            continue
        if isinstance(each, ast.Assign) and path_of(each.targets[0]) == value.id:
            if not isinstance(each.value, ast.Dict) or found is not None:
                raise Unliftable(each, _UNKNOWN)
            found = Fed(_literal(each.value, names))
        elif _changes(each, value.id):
            added = _added(each, names)
            if added is None or found is None:
                raise Unliftable(each, _UNKNOWN)
            (found.always if each in node.body else found.sometimes).update(added)
    if found is None:
        raise Unliftable(value, _UNKNOWN)
    return found


def _changes(node: ast.stmt, name: str) -> bool:
    """Whether a simple statement changes what a name holds."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        return path_of(node.targets[0].value) == name
    call = node.value if isinstance(node, ast.Expr) else None
    if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
        return path_of(call.func.value) == name
    return False


def keys_below(node: ast.AST, stages: Stages) -> Iterator[ast.expr]:
    """The keys of dictionaries below some syntax that are placeholders."""
    for each in ast.walk(node):
        if isinstance(each, ast.Dict) and holds_feeds(each, stages):
            yield from (key for key in each.keys if key is not None)
        elif isinstance(each, ast.Assign) and stores_feed(each, stages):
            target = each.targets[0]
            assert isinstance(target, ast.Subscript)
            yield target.slice


def only_feeds(node: ast.FunctionDef, stages: Stages) -> bool:
    """Whether a function names tensors only as keys of what it feeds."""
    keys = {id(each) for key in keys_below(node, stages) for each in ast.walk(key)}
    return bool(keys) and not any(
        isinstance(each, ast.Name) and id(each) not in keys and stages.is_staged(each)
        for each in ast.walk(node)
    )


def holds_feeds(node: ast.Dict, stages: Stages) -> bool:
    """Whether the keys of a dictionary are tensors, and its values are not."""
    return (
        bool(node.keys)
        and all(key is not None and stages.is_path(key) for key in node.keys)
        and all(stages.is_tensor(key) for key in node.keys if key is not None)
        and not any(stages.is_staged(value) for value in node.values)
    )


def stores_feed(node: ast.Assign, stages: Stages) -> bool:
    """``feed[x] = value``: whether a tensor is the key, and the value none."""
    target = node.targets[0]
    return (
        len(node.targets) == 1
        and isinstance(target, ast.Subscript)
        and stages.is_path(target.slice)
        and stages.is_tensor(target.slice)
        and not stages.is_staged(node.value)
        and not stages.is_staged(target.value)
    )
