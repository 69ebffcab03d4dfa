"""Datasets, iterators and their elements each in a statement of their own, with a name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.functions import Text
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import names_in, path_of
from tfmigrate.lifting.writing import Action, Source, write

_INSTEAD = {"iter": "iterator", "next": "element"}
_RESULT = {"tf.data.make_one_shot_iterator", "tf.data.make_initializable_iterator"}
_ONCE = (
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.IfExp,
    ast.BoolOp,
)


def separate(text: str, facts: Facts) -> str | None:
    """Give one dataset, iterator or element a name; None if all that need one have one."""
    if facts.roles.isdisjoint((Role.NEXT, Role.ITERATOR)):
        return None
    hidden = _hidden(facts)
    if hidden:
        taken = names_in([facts.tree]) | set(facts.functions)
        return write(Source(text), {node: _free(_INSTEAD[node.id], taken) for node in hidden}, {})
    for statement in facts.nodes:
        if not isinstance(statement, (ast.Assign, ast.AugAssign, ast.Expr, ast.Return)):
            continue
        for call in _calls(statement):
            names = _unpacked(call, facts)
            if names:
                return _spread(text, facts, statement, call, names)
            wanted = _nameless(call, statement, facts)
            if wanted is not None:
                node, name = wanted
                return _named(text, facts, statement, node, name)
    return None


def _hidden(facts: Facts) -> list[ast.Name]:
    """The names of iterators and elements that hide a function they are drawn with."""
    found = set()
    for node in ast.walk(facts.tree):
        if isinstance(node, ast.Assign) and facts.role(node.value) in (Role.NEXT, Role.ITERATOR):
            for each in node.targets:
                found |= {n.id for n in ast.walk(each) if isinstance(n, ast.Name)}
    found &= set(_INSTEAD)
    return [n for n in ast.walk(facts.tree) if isinstance(n, ast.Name) and n.id in found]


def _free(wanted: str, taken: set[str]) -> str:
    """A name that is not taken."""
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    """The calls of a statement that are made once when it runs."""
    work: list[ast.AST] = [statement]
    while work:
        node = work.pop()
        if isinstance(node, _ONCE):
            continue
        if isinstance(node, ast.Call):
            yield node
        work.extend(ast.iter_child_nodes(node))


def _nameless(call: ast.Call, statement: ast.stmt, facts: Facts) -> tuple[ast.expr, str] | None:
    """What has to have a name for a call to be followed, and a name that suggests itself."""
    role = facts.role(call)
    if role not in (Role.NEXT, Role.ITERATOR):
        return None
    whole = isinstance(statement, ast.Assign) and statement.value is call
    if role is Role.NEXT:
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if owner is not None and path_of(owner) is None and facts.role(owner) is Role.ITERATOR:
            return owner, "iterator"
        if not whole or not _flat(statement.targets):  # type: ignore[attr-defined]
            return call, "element"
        return None
    if not whole:
        return None
    symbol = facts.symbol(call.func) or ""
    dataset = call.func.value if isinstance(call.func, ast.Attribute) else None
    if symbol in _RESULT or symbol == "tf.data.Iterator.make_initializer":
        dataset = call.args[0] if call.args else None
    elif symbol.startswith("tf.data.Iterator."):
        return None
    if dataset is not None and path_of(dataset) is None:
        return dataset, "dataset"
    return None


def _unpacked(call: ast.Call, facts: Facts) -> list[str]:
    """The parameters that an element is unpacked into: ``model(*iterator.get_next())``."""
    if len(call.args) != 1 or call.keywords or not isinstance(call.args[0], ast.Starred):
        return []
    helper = facts.called(call)
    if helper is None or facts.role(call.args[0].value) is not Role.NEXT:
        return []
    given = helper.node.args
    if given.vararg or given.posonlyargs or given.defaults:
        return []
    return [each.arg for each in given.args]


def _flat(targets: list[ast.expr]) -> bool:
    """Whether an assignment unpacks into names only, if it unpacks at all."""
    if len(targets) != 1:
        return False
    target = targets[0]
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    return all(path_of(each) is not None for each in parts)


def _spread(text: str, facts: Facts, statement: ast.stmt, call: ast.Call, wanted: list[str]) -> str:
    """The program with names for the parts of an element that a function takes."""
    taken = names_in([statement, *facts.tree.body]) | set(facts.functions)
    names = []
    for each in wanted:
        name = _free(each, taken)
        names.append(name)
        taken.add(name)
    assert isinstance(call.args[0], ast.Starred)
    source = Text(text)
    joined = ", ".join(names)
    action = Action(before=[f"{joined} = {source(call.args[0].value)}"])
    return write(Source(text), {call: f"{source(call.func)}({joined})"}, {statement: action})


def _named(text: str, facts: Facts, statement: ast.stmt, node: ast.expr, wanted: str) -> str:
    """The program with a statement that gives an expression a name."""
    taken = names_in([facts.tree]) | set(facts.functions)
    name = _free(wanted, taken)
    action = Action(before=[f"{name} = {Text(text)(node)}"])
    return write(Source(text), {node: name}, {statement: action})
