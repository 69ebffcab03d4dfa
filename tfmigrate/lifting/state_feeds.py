"""States of several cells that are fed part by part: ``feed[c] = values[i].c`` in a loop.

The structure as a whole is fed instead, ``feed[state] = values``, which is the same.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Sequence

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.writing import Action, Source, write

_PARTS = ("c", "h")


def joined(text: str, facts: Facts) -> str | None:
    """The program with such states fed as a whole; None if there are none."""
    actions: dict[ast.stmt, Action] = {}
    for node in ast.walk(facts.tree):
        if isinstance(node, ast.For):
            found = _loop(node)
            if found is not None:
                actions[node] = Action(removed=True, texts=[found])
        if isinstance(node, ast.If):
            found = _choice(node, text, facts)
            if found is not None:
                actions[node] = Action(removed=True, texts=[found])
        for block in _blocks(node):
            for first, second in itertools.pairwise(block):
                found = _pair(first, second)
                if found is not None and first not in actions:
                    actions[first] = Action(removed=True, texts=[found])
                    actions[second] = Action(removed=True)
    return write(Source(text), {}, actions) if actions else None


def _choice(node: ast.If, text: str, facts: Facts) -> str | None:
    """``if first: feed = {x: a}``, ``else: feed = {x: a, state: b}``: the state is always fed.

    What it begins with is fed where nothing else is.
    """
    feeds = [each[0] for each in (node.body, node.orelse) if len(each) == 1]
    named = [each for each in feeds if isinstance(each, ast.Assign)]
    if len(named) != 2 or ast.dump(named[0].targets[0]) != ast.dump(named[1].targets[0]):
        return None
    pairs = []
    for each in named:
        if not isinstance(each.value, ast.Dict) or None in each.value.keys:
            return None
        keys = [ast.unparse(key) for key in each.value.keys if key is not None]
        pairs.append(dict(zip(keys, each.value.values, strict=True)))
    common = pairs[0].keys() & pairs[1].keys()
    extra = (pairs[0].keys() | pairs[1].keys()) - common
    alike = all(ast.dump(pairs[0][key]) == ast.dump(pairs[1][key]) for key in common)
    if not common or not alike or len(extra) != 1:
        return None
    (state,) = extra
    if not _begins(state, facts):
        return None
    values = [_source(text, each[state]) if state in each else state for each in pairs]
    chosen = f"{values[0]} if {_source(text, node.test)} else {values[1]}"
    items = [f"{key}: {_source(text, pairs[0][key])}" for key in pairs[0] if key in common]
    target = _source(text, named[0].targets[0])
    return f"{target} = {{{', '.join([*items, f'{state}: {chosen}'])}}}"


def _source(text: str, node: ast.expr) -> str:
    """The text of an expression."""
    return ast.get_source_segment(text, node) or ast.unparse(node)


def _begins(state: str, facts: Facts) -> bool:
    """Whether a name, or an attribute, is the first state of a cell."""
    name = state.rpartition(".")[2]
    return any(
        isinstance(node, ast.Assign)
        and facts.role(node.value) is Role.CELL_STATE
        and any(ast.unparse(each).rpartition(".")[2] == name for each in node.targets)
        for node in facts.nodes
    )


def _blocks(node: ast.AST) -> list[list[ast.stmt]]:
    """The lists of statements of a node."""
    found = (getattr(node, name, None) for name in ("body", "orelse", "finalbody"))
    return [each for each in found if isinstance(each, list)]


def _store(node: ast.stmt) -> tuple[str, ast.expr, ast.expr] | None:
    """The dictionary, key and value of ``feed[key] = value``."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return None
    target = node.targets[0]
    if not isinstance(target, ast.Subscript):
        return None
    return ast.unparse(target.value), target.slice, node.value


def _pair(first: ast.stmt, second: ast.stmt) -> str | None:
    """``feed[state.c] = value.c`` and ``feed[state.h] = value.h`` as one statement."""
    stores = [_store(first), _store(second)]
    if stores[0] is None or stores[1] is None or stores[0][0] != stores[1][0]:
        return None
    keys = [_part(store[1]) for store in stores if store is not None]
    values = [_part(store[2]) for store in stores if store is not None]
    if not _complete(keys) or [part for _, part in keys] != [part for _, part in values]:
        return None
    if values[0][0] != values[1][0] or not all(
        isinstance(s[1], ast.Attribute) for s in stores if s
    ):
        return None
    return f"{stores[0][0]}[{keys[0][0]}] = {values[0][0]}"


def _part(node: ast.expr) -> tuple[str, str]:
    """A state, and which part of it an expression is; no part if it is none."""
    if isinstance(node, ast.Attribute) and node.attr in _PARTS:
        return ast.unparse(node.value), node.attr
    item = node.slice if isinstance(node, ast.Subscript) else None
    if isinstance(node, ast.Subscript) and isinstance(item, ast.Constant):
        number = item.value
        if isinstance(number, int) and not isinstance(number, bool) and number in (0, 1):
            return ast.unparse(node.value), _PARTS[number]
    return ast.unparse(node), ""


def _complete(parts: Sequence[tuple[str, str]]) -> bool:
    """Whether these are both parts of one state."""
    owners = {owner for owner, _ in parts}
    return len(owners) == 1 and sorted(part for _, part in parts) == sorted(_PARTS)


def _loop(node: ast.For) -> str | None:
    """What a loop over the states of all layers feeds as a whole."""
    stores = [_store(each) for each in node.body]
    known = [each for each in stores if each is not None]
    if not known or len(known) != len(stores) or node.orelse:
        return None
    if len({feed for feed, _, _ in known}) != 1 or not isinstance(node.iter, ast.Call):
        return None
    function, arguments = node.iter.func, node.iter.args
    target = node.target
    if not isinstance(function, ast.Name) or not isinstance(target, ast.Tuple):
        return None
    if len(target.elts) != 2 or node.iter.keywords:
        return None
    if function.id == "enumerate" and len(arguments) == 1 and isinstance(target.elts[0], ast.Name):
        keys = [_of(key, target.elts[1]) for _, key, _ in known]
        values = [_indexed(value, target.elts[0].id) for _, _, value in known]
        whole = {each[0] for each in values if each is not None}
        parts = [each[1] if each is not None else None for each in values]
        if len(whole) != 1:
            return None
        source = whole.pop()
    elif function.id == "zip" and len(arguments) == 2:
        keys = [_of(key, target.elts[0]) for _, key, _ in known]
        parts = [_of(value, target.elts[1]) for _, _, value in known]
        source = ast.unparse(arguments[1])
    else:
        return None
    found = [each for each in keys if each is not None]
    if keys != parts or len(found) != len(keys) or sorted(found) not in ([""], sorted(_PARTS)):
        return None
    return f"{known[0][0]}[{ast.unparse(arguments[0])}] = {source}"


def _of(node: ast.expr, target: ast.expr) -> str | None:
    """Which part of what a loop runs over an expression is; ``""`` for all of it."""
    if isinstance(target, (ast.Tuple, ast.List)):
        names = [ast.unparse(each) for each in target.elts]
        text = ast.unparse(node)
        return _PARTS[names.index(text)] if len(names) == 2 and text in names else None
    owner, part = _part(node)
    return part if owner == ast.unparse(target) else None


def _indexed(node: ast.expr, index: str) -> tuple[str, str] | None:
    """``values[i].c`` as ``values`` and ``c``."""
    part = ""
    if not _is_item(node, index):
        _, part = _part(node)
        if not part or not isinstance(node, (ast.Attribute, ast.Subscript)):
            return None
        node = node.value
    if not _is_item(node, index):
        return None
    assert isinstance(node, ast.Subscript)
    return ast.unparse(node.value), part


def _is_item(node: ast.expr, index: str) -> bool:
    """Whether an expression is ``values[i]``."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Name)
        and node.slice.id == index
    )
