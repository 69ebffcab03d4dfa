"""``try`` around what older releases of TensorFlow did not have: what 1.15 does is kept."""

from __future__ import annotations

import ast

from tfmigrate.engine.context import Context
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.writing import Action, Piece, Source, write

_CAUGHT = frozenset(
    {"Exception", "AttributeError", "ImportError", "NameError", "TypeError", "ValueError"}
)
"""What a missing function, or one with other parameters or results, raised."""
_RUNS = frozenset(
    {Role.RUN, Role.EVAL, Role.OPERATION_RUN, Role.SESSION, Role.SAVER_CALL, Role.WRITER}
)
_RESULTS = {
    "dynamic_rnn": 2,
    "static_rnn": 2,
    "bidirectional_dynamic_rnn": 2,
    "static_bidirectional_rnn": 3,
    "stack_bidirectional_dynamic_rnn": 3,
}
"""How many values the functions returned whose results changed between releases."""


def settled(text: str, facts: Facts, context: Context) -> str | None:
    """The program without such ``try`` statements; None if it has none."""
    actions: dict[ast.stmt, Action] = {}
    for node in facts.nodes:
        if isinstance(node, ast.Try) and _is_about_versions(node, facts, context):
            pieces = [Piece(node=each) for each in (*node.body, *node.orelse)]
            actions[node] = Action(removed=True, pieces=pieces)
    return write(Source(text), {}, actions) if actions else None


def _is_about_versions(node: ast.Try, facts: Facts, context: Context) -> bool:
    """Whether the body of a ``try`` does nothing but build with what 1.15 has."""
    if node.finalbody or not all(_catches(each) for each in node.handlers):
        return False
    if not all(isinstance(each, (ast.Assign, ast.Expr)) for each in node.body):
        return False
    calls = [e for part in node.body for e in ast.walk(part) if isinstance(e, ast.Call)]
    builds = calls and all(
        _works(each, facts, context)
        and (facts.role(each) not in _RUNS or _initializes(each, facts))
        for each in calls
    )
    return bool(builds) and not any(_unpacks_wrong(each, facts) for each in node.body)


def _initializes(call: ast.Call, facts: Facts) -> bool:
    """Whether a run gives variables their initial values, under whichever name."""
    role = facts.role(call)
    what: ast.expr | None = None
    if role is Role.OPERATION_RUN and isinstance(call.func, ast.Attribute):
        what = call.func.value
    elif role is Role.RUN and call.args:
        what = call.args[0]
    return isinstance(what, ast.Call) and facts.role(what) is Role.INITIALIZE


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches what another release would raise."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return all(
        each is None or (isinstance(each, ast.Name) and each.id in _CAUGHT) for each in kinds
    )


def _works(call: ast.Call, facts: Facts, context: Context) -> bool:
    """Whether a call is one of a function of 1.15, with parameters that it has."""
    symbol, atlas = facts.symbol(call.func), context.atlas
    first = atlas.releases[0]
    if symbol is None or not symbol.startswith("tf.") or not atlas.alive(symbol, first):
        return False
    signature = atlas.signature(symbol, first)
    if signature is None or any(isinstance(each, ast.Starred) for each in call.args):
        return False
    names = set(signature.names)
    return len(call.args) <= len(names) and all(each.arg in names for each in call.keywords)


def _unpacks_wrong(node: ast.stmt, facts: Facts) -> bool:
    """Whether the results of a call are bound to fewer or more names than there are."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return False
    name = (facts.symbol(node.value.func) or "").rpartition(".")[2]
    target = node.targets[0]
    if name not in _RESULTS or not isinstance(target, (ast.Tuple, ast.List)):
        return False
    return len(target.elts) != _RESULTS[name]
