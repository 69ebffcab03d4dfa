"""Rewrites that mean the same and are easier to lift: dimensions, names, lists of variables."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator

from tfmigrate.lifting.collected import filter_of, is_list_of_variables
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.updates import is_updates
from tfmigrate.lifting.writing import Action, Source, write

_MAKES = frozenset({Role.VARIABLE, Role.GET_VARIABLE})


def dimensions(text: str, facts: Facts) -> str | None:
    """``x.get_shape()[1].value`` as ``x.get_shape()[1]``, which is a number on TensorFlow 2."""
    replaced: dict[ast.expr, str] = {}
    for node in facts.nodes:
        if not isinstance(node, ast.Attribute) or node.attr != "value":
            continue
        known = facts.symbol(node) in ("tf.Dimension.value", "tf.compat.v1.Dimension.value")
        if known or _is_item_of_shape(node.value):
            replaced[node] = ast.get_source_segment(text, node.value) or ast.unparse(node.value)
    outer = {
        node: new
        for node, new in replaced.items()
        if not any(node in list(ast.walk(other))[1:] for other in replaced)
    }
    return write(Source(text), outer, {}) if outer else None


def _is_item_of_shape(node: ast.expr) -> bool:
    """Whether an expression is an item of the shape of something."""
    if not isinstance(node, ast.Subscript):
        return False
    of = node.value
    if isinstance(of, ast.Call):
        of = of.func
        return isinstance(of, ast.Attribute) and of.attr == "get_shape"
    return isinstance(of, ast.Attribute) and of.attr == "shape"


def rename(text: str, facts: Facts) -> str | None:
    """Variables that are given the same name one after the other, under names of their own.

    ``weights`` of one layer and ``weights`` of the next are two names in a program whose parts run
    at another time. Only straight code is renamed; None if there is nothing to rename.
    """
    replaced: dict[ast.expr, str] = {}
    scopes = [facts.tree.body, *(each.body for each in facts.functions.values())]
    for body in scopes:
        replaced |= _renamed(body, facts)
    return write(Source(text), replaced, {}) if replaced else None


def _renamed(body: list[ast.stmt], facts: Facts) -> dict[ast.expr, str]:
    """New names for the variables of one scope."""
    straight = list(_straight(body, facts, ()))
    definitions: dict[str, list[int]] = defaultdict(list)
    for index, (node, _) in enumerate(straight):
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and not isinstance(each.ctx, ast.Load):
                definitions[each.id].append(index)
    taken = set(facts.identifiers)
    found: dict[ast.expr, str] = {}
    for name, indexes in definitions.items():
        if len(indexes) < 2 or not all(_makes(straight[each][0], name, facts) for each in indexes):
            continue
        if any(_is_hidden(node, name) for node, _ in straight):
            continue
        for number, index in enumerate(indexes[1:], 1):
            end = indexes[number + 1] if number + 1 < len(indexes) else len(straight) - 1
            scope = "_".join(straight[index][1]).replace("/", "_")
            new = f"{scope}_{name}" if f"{scope}_{name}".isidentifier() else f"{name}_{number + 1}"
            while new in taken:
                new += "_"
            taken.add(new)
            for position in range(index, end + 1):
                for each in _names(straight[position][0], name):
                    stores = not isinstance(each.ctx, ast.Load)
                    if (position == index and stores) or (position > index and not stores):
                        found[each] = new
    return found


def _straight(
    body: list[ast.stmt], facts: Facts, scopes: tuple[str, ...]
) -> Iterator[tuple[ast.stmt, tuple[str, ...]]]:
    """The statements of straight code, with the variable scopes that they are in."""
    for node in body:
        if isinstance(node, ast.With):
            names = [
                str(item.context_expr.args[0].value)
                for item in node.items
                if isinstance(item.context_expr, ast.Call)
                and item.context_expr.args
                and isinstance(item.context_expr.args[0], ast.Constant)
                and facts.role(item.context_expr) in (Role.VARIABLE_SCOPE, Role.NAME_SCOPE)
            ]
            yield from _straight(node.body, facts, (*scopes, *names))
        else:
            yield node, scopes


def _makes(node: ast.stmt, name: str, facts: Facts) -> bool:
    """Whether a statement does nothing but give a variable a name."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return False
    (target,) = node.targets
    if not isinstance(target, ast.Name) or target.id != name:
        return False
    helper = facts.called(node.value)
    made = helper is not None and facts.instance(node.value) == "tf.Variable"
    return made or facts.role(node.value) in _MAKES


def _is_hidden(node: ast.stmt, name: str) -> bool:
    """Whether a name is read where a later value of it may be meant."""
    for each in ast.walk(node):
        inner = isinstance(each, (ast.FunctionDef, ast.Lambda, ast.ClassDef))
        if inner and any(True for _ in _names(each, name)):
            return True
    return False


def _names(node: ast.AST, name: str) -> Iterator[ast.Name]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and each.id == name:
            yield each


def listings(text: str, facts: Facts) -> str | None:
    """``[v for v in t_vars if ...]`` with the call that ``t_vars`` stands for."""
    bound: dict[str, list[ast.Assign]] = defaultdict(list)
    loads: dict[str, list[ast.Name]] = defaultdict(list)
    over: dict[str, list[ast.expr]] = defaultdict(list)
    for node in facts.nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            loads[node.id].append(node)
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            (target,) = node.targets
            if isinstance(target, ast.Name):
                bound[target.id].append(node)
        if isinstance(node, ast.ListComp) and filter_of(node) is not None:
            source = node.generators[0].iter
            if isinstance(source, ast.Name):
                over[source.id].append(source)
    replaced: dict[ast.expr, str] = {}
    actions: dict[ast.stmt, Action] = {}
    for name, places in over.items():
        made = bound[name]
        if len(made) != 1 or len(places) != len(loads[name]):
            continue
        if is_list_of_variables(made[0].value, facts):
            call = ast.get_source_segment(text, made[0].value) or ""
            replaced |= dict.fromkeys(places, call)
            actions[made[0]] = Action(removed=True)
    return write(Source(text), replaced, actions) if replaced else None


def named_updates(text: str, facts: Facts) -> str | None:
    """``with tf.control_dependencies(tf.get_collection(UPDATE_OPS))``: the list gets a name."""
    replaced: dict[ast.expr, str] = {}
    actions: dict[ast.stmt, Action] = {}
    taken = {each.id for each in facts.nodes if isinstance(each, ast.Name)}
    for node in facts.nodes:
        if not isinstance(node, ast.With):
            continue
        for item in node.items:
            call = item.context_expr
            if facts.role(call) is not Role.CONTROL or not isinstance(call, ast.Call):
                continue
            for each in call.args:
                if is_updates(each, facts):
                    name = "update_ops"
                    while name in taken:
                        name += "_"
                    taken.add(name)
                    source = ast.get_source_segment(text, each) or ""
                    actions.setdefault(node, Action()).before.append(f"{name} = {source}")
                    replaced[each] = name
    return write(Source(text), replaced, actions) if replaced else None


def scope_names(text: str, facts: Facts) -> str | None:
    """``scope.name`` inside ``with tf.variable_scope("conv1") as scope`` as that name."""
    replaced: dict[ast.expr, str] = {}
    for node in facts.nodes:
        if isinstance(node, ast.With):
            for item in node.items:
                name = _scope_name(item, facts)
                if name is not None:
                    target = item.optional_vars
                    assert isinstance(target, ast.Name)
                    for each in ast.walk(ast.Module(node.body, [])):
                        if not isinstance(each, ast.Attribute) or each.attr != "name":
                            continue
                        if isinstance(each.value, ast.Name) and each.value.id == target.id:
                            # an inner scope of the same name comes later, and wins
                            replaced[each] = ast.get_source_segment(text, name) or ""
    return write(Source(text), replaced, {}) if replaced else None


def _scope_name(item: ast.withitem, facts: Facts) -> ast.expr | None:
    """The name of a variable scope that is bound to a name, if it is plain."""
    call = item.context_expr
    if not isinstance(call, ast.Call) or not isinstance(item.optional_vars, ast.Name):
        return None
    if facts.role(call) not in (Role.VARIABLE_SCOPE, Role.NAME_SCOPE) or not call.args:
        return None
    name = call.args[0]
    return name if isinstance(name, (ast.Constant, ast.Name)) else None
