"""One program: its text in, the text of native TensorFlow 2 or the reason why not out."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from tfmigrate.engine.context import Context
from tfmigrate.engine.spans import Lines
from tfmigrate.lifting.emission import Emission
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.functions import Text, plan
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.scope import analyse
from tfmigrate.lifting.specs import name_specs
from tfmigrate.lifting.writing import Source, write
from tfmigrate.model import Finding, Severity
from tfmigrate.names import resolve

_GRAPH = frozenset({Role.SESSION, Role.RUN, Role.EVAL, Role.OPERATION_RUN, Role.PLACEHOLDER})


@dataclass(frozen=True)
class Lifted:
    """The text of the whole file after the lift, and the findings that it resolves."""

    text: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Blocked:
    """Why a graph program stays as it is: findings at the constructs that stop the lift."""

    findings: tuple[Finding, ...]


def lift(text: str, context: Context, dialect: object = None) -> Lifted | Blocked | None:
    """Lift the graph program of a file.

    Args:
        text: the source, with ``\\n`` for newlines; it parses.
        context: facts, rules and target release.
        dialect: what the file speaks; not asked yet.

    Returns None if there is no graph program in it.
    """
    tree = ast.parse(text)
    facts = Facts(tree, resolve(tree, context.knowledge))
    if not any(role in _GRAPH for _, role in facts.roles_below(tree)):
        return None
    source_text = Text(text)
    try:
        scope = analyse(tree, facts)
        program = plan(scope)
        name_specs(program)
        emission = Emission(program, source_text, context)
        emission.run()
        return Lifted(write(Source(text), emission.replaced, emission.actions))
    except Unliftable as stop:
        return Blocked((_finding(stop, text),))


def _finding(stop: Unliftable, text: str) -> Finding:
    """The finding that says what stops a lift."""
    node = stop.node
    message = f"the graph program cannot be lifted: {stop.reason}"
    return Finding("TFM203", message, Lines(text).span(node), Severity.ERROR)  # type: ignore[arg-type]
