"""A normal form for graph programs: what can be said in one way only is easier to follow."""

from __future__ import annotations

import ast

from tfmigrate.engine import syntax
from tfmigrate.engine.context import Context
from tfmigrate.engine.spans import Lines
from tfmigrate.lifting import elements
from tfmigrate.lifting.coordinators import uncoordinated
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.gathering import gather
from tfmigrate.lifting.inlining import inline
from tfmigrate.lifting.loop_names import own_loop_names
from tfmigrate.lifting.losses import canonical
from tfmigrate.lifting.monitored import plain_sessions
from tfmigrate.lifting.pairs import only_variables
from tfmigrate.lifting.queues import datasets
from tfmigrate.lifting.renaming import (
    dimensions,
    listings,
    named_updates,
    rename,
    scope_names,
)
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.separate import one_step, separate
from tfmigrate.lifting.state_feeds import joined
from tfmigrate.lifting.templates import written_out
from tfmigrate.lifting.versions import settled
from tfmigrate.lifting.writing import Action, Source, split_lines, write
from tfmigrate.names import resolve

_ROUNDS = 40
"""Functions that are written out one after the other."""
_NESTED = 4
"""Calls within calls that get statements of their own."""


def facts_of(text: str, context: Context) -> Facts:
    """What is known of a text."""
    tree = syntax.parse(text, Lines(text))
    return Facts(tree, resolve(tree, context.knowledge))


def normalise(text: str, facts: Facts, context: Context) -> tuple[str, Facts]:
    """The same program with a statement a line, a placeholder a statement, builders written out."""
    for change in (plain_sessions, _lines, _tuples, dimensions, scope_names, canonical):
        changed = change(text, facts)
        if changed is not None:
            text, facts = changed, facts_of(changed, context)
    changed = joined(text, facts)
    if changed is not None:
        text, facts = changed, facts_of(changed, context)
    for _ in range(_ROUNDS):
        changed = gather(text, facts) or written_out(text, facts)
        if changed is None:
            break
        text, facts = changed, facts_of(changed, context)
    changed = settled(text, facts, context)
    if changed is not None:
        text, facts = changed, facts_of(changed, context)
    for _ in range(_ROUNDS):
        changed = inline(text, facts)
        if changed is None:
            break
        text, facts = changed, facts_of(changed, context)
    for change in (*[datasets] * _NESTED, uncoordinated):
        changed = change(text, facts)
        if changed is not None:
            text, facts = changed, facts_of(changed, context)
    for _ in range(_ROUNDS):
        changed = elements.separate(text, facts)
        if changed is None:
            break
        text, facts = changed, facts_of(changed, context)
    for change in (
        one_step,
        own_loop_names,
        rename,
        listings,
        named_updates,
        *[separate] * _NESTED,
        only_variables,
    ):
        changed = change(text, facts)
        if changed is not None:
            text, facts = changed, facts_of(changed, context)
    return text, facts


def _lines(text: str, facts: Facts) -> str | None:
    """A statement a line; None if it is so already."""
    rows = [
        (node.lineno, node.end_lineno)
        for node in facts.nodes
        if isinstance(node, ast.stmt) and not hasattr(node, "body")
    ]
    starts = [row for row, _ in rows]
    shared = len(starts) != len(set(starts))
    inline_body = any(
        isinstance(node, (ast.If, ast.For, ast.While, ast.With))
        and node.body[0].lineno == node.lineno
        for node in facts.nodes
    )
    return split_lines(text) if shared or inline_body else None


def _tuples(text: str, facts: Facts) -> str | None:
    """``x, y = tf.placeholder(...), tf.placeholder(...)`` as two statements."""
    actions: dict[ast.stmt, Action] = {}
    for node in facts.nodes:
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            continue
        target, value = node.targets[0], node.value
        if not isinstance(target, (ast.Tuple, ast.List)) or not isinstance(
            value, (ast.Tuple, ast.List)
        ):
            continue
        if len(target.elts) != len(value.elts):
            continue
        if not any(role is Role.PLACEHOLDER for _, role in facts.roles_below(value)):
            continue
        texts = [
            f"{ast.get_source_segment(text, name)} = {ast.get_source_segment(text, what)}"
            for name, what in zip(target.elts, value.elts, strict=True)
        ]
        actions[node] = Action(removed=True, texts=texts)
    return write(Source(text), {}, actions) if actions else None
