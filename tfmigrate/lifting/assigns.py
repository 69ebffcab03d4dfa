"""Assignments: operations that change variables when they are run, as calls of the variables."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Kind, RunSite, Step, Unliftable
from tfmigrate.lifting.roles import Role

if TYPE_CHECKING:
    from tfmigrate.lifting.scope import Scope

Text = Callable[[ast.AST], str]

_ASSIGN = ("ref", "value", "validate_shape", "use_locking", "name")
_SCATTER = ("ref", "indices", "updates", "use_locking", "name")
_PLAIN = {"tf.assign": "assign", "tf.assign_add": "assign_add", "tf.assign_sub": "assign_sub"}
_EFFECTS = frozenset({Role.ASSIGN, Role.AVERAGE_APPLY})
_GROUPS = frozenset({"tf.group", "tf.no_op"})


def changes(step: Step, facts: Facts) -> bool:
    """Whether running a step changes variables by an assignment."""
    return any(role in _EFFECTS for _, role in facts.roles_below(step.node))


def is_group(node: ast.AST | None, facts: Facts) -> bool:
    """Whether an expression is an operation that only stands for others."""
    return isinstance(node, ast.Call) and facts.symbol(node.func) in _GROUPS


def assignment(call: ast.Call, facts: Facts, text: Text) -> str | None:
    """``variable.assign(value)`` for ``tf.assign(variable, value)``; None for other calls.

    Raises:
        Unliftable: an assignment that a variable does not have.
    """
    symbol = facts.symbol(call.func) or ""
    name = symbol.removeprefix("tf.")
    if symbol in _PLAIN:
        given = arguments(call, _ASSIGN)
        loose = given.get("validate_shape")
        if isinstance(loose, ast.Constant) and loose.value is False:
            raise Unliftable(call, "an assignment that changes the shape of a variable")
        if "ref" not in given or "value" not in given:
            raise Unliftable(call, "what is assigned to what?")
        return f"{_owner(given['ref'], text)}.{_PLAIN[symbol]}({text(given['value'])})"
    if not name.startswith("scatter_") or facts.role(call) is not Role.ASSIGN:
        return None
    given = arguments(call, _SCATTER)
    if not {"ref", "indices", "updates"} <= set(given):
        raise Unliftable(call, "what is scattered where?")
    owner, indices, updates = (
        _owner(given["ref"], text),
        text(given["indices"]),
        text(given["updates"]),
    )
    if name.startswith("scatter_nd"):
        return f"{owner}.{name}({indices}, {updates})"
    return f"{owner}.{name}(tf.IndexedSlices({updates}, {indices}))"


def _owner(node: ast.expr, text: Text) -> str:
    plain = isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call))
    return text(node) if plain else f"({text(node)})"


def is_operation_name(node: ast.AST) -> bool:
    """Whether an expression is ``x.op.name``, which only what is in a graph has."""
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "name"
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "op"
        and isinstance(node.value.value, ast.Name)
    )


def discard(site: RunSite, scope: Scope) -> None:
    """Note what a run site fetches only to have it done: its value goes nowhere."""
    node = site.step.node
    unused: set[int] = set()
    if isinstance(node, ast.Expr) and node.value is site.call:
        unused = set(range(len(site.fetches)))
    elif isinstance(node, ast.Assign) and node.value is site.call and len(node.targets) == 1:
        target = node.targets[0]
        targets = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
        if len(targets) == len(site.fetches):
            unused = {
                index
                for index, each in enumerate(targets)
                if isinstance(each, ast.Name) and each.id == "_"
            }
    for index in unused:
        fetch = site.fetches[index]
        if fetch.path is None:
            continue
        found = scope.reaching(fetch.path, site.step.index)
        if found and all(each.kind is Kind.STAGED and changes(each, scope.facts) for each in found):
            fetch.operation = True


def agree(sites: list[RunSite]) -> None:
    """Where one of several run sites of the same wants a value, all of them are given it."""
    wanted: set[tuple[str | None, ...]] = set()
    for site in sites:
        key = tuple(each.path or ast.dump(each.node) for each in site.fetches)
        wanted |= {(*key, str(i)) for i, each in enumerate(site.fetches) if not each.operation}
    for site in sites:
        key = tuple(each.path or ast.dump(each.node) for each in site.fetches)
        for index, fetch in enumerate(site.fetches):
            if (*key, str(index)) in wanted:
                fetch.operation = False


def effect_lines(step: Step, facts: Facts, text: Text) -> list[tuple[str, str]] | None:
    """An assignment whose value nobody reads, as what it does: heads of loops, and lines.

    None if the statement is better left as it is.
    """
    value = getattr(step.node, "value", None)
    if not isinstance(step.node, (ast.Assign, ast.Expr)) or value is None:
        return None
    return _effects(value, facts, text)


def _effects(value: ast.expr, facts: Facts, text: Text) -> list[tuple[str, str]] | None:
    if isinstance(value, ast.Call) and facts.role(value) in _EFFECTS:
        return [("", text(value))]
    if is_group(value, facts):
        assert isinstance(value, ast.Call)
        found: list[tuple[str, str]] = []
        for each in value.args:
            inner = _effects(each.value if isinstance(each, ast.Starred) else each, facts, text)
            if inner is None:
                return None
            found.extend(inner)
        return found
    if isinstance(value, (ast.List, ast.Tuple)):
        several = [_effects(each, facts, text) for each in value.elts]
        if any(each is None for each in several):
            return None
        return [pair for each in several for pair in each or []]
    if isinstance(value, (ast.ListComp, ast.GeneratorExp)) and len(value.generators) == 1:
        generator = value.generators[0]
        inner = _effects(value.elt, facts, text)
        if inner is None or generator.ifs or any(head for head, _ in inner) or len(inner) != 1:
            return None
        head = f"for {text(generator.target)} in {text(generator.iter)}:"
        return [(head, inner[0][1])]
    if isinstance(value, (ast.Name, ast.Attribute)):
        return []
    return None
