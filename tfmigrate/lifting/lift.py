"""One program: its text in, the text of native TensorFlow 2 or the reason why not out."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from tfmigrate.engine.context import Context
from tfmigrate.engine.spans import Lines
from tfmigrate.lifting import eager, estimators
from tfmigrate.lifting.emission import Emission
from tfmigrate.lifting.facts import RUNS, Facts
from tfmigrate.lifting.functions import Text, plan
from tfmigrate.lifting.initial import check as check_initial
from tfmigrate.lifting.left import check_effects, check_left
from tfmigrate.lifting.loops import loops
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.normal import facts_of, normalise
from tfmigrate.lifting.queues import check as check_queues
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.scope import analyse, graph_scopes
from tfmigrate.lifting.specs import name_fed, name_specs
from tfmigrate.lifting.writing import Action, Source, write
from tfmigrate.model import Dialect, Finding, Severity, Span

_GRAPH = frozenset({Role.SESSION, Role.RUN, Role.EVAL, Role.OPERATION_RUN, Role.PLACEHOLDER})


@dataclass(frozen=True)
class Lifted:
    """The text of the whole file after the lift, and the findings that it resolves.

    ``imports`` and ``support`` are what the new text needs beside itself.
    """

    text: str
    findings: tuple[Finding, ...] = ()
    imports: tuple[str, ...] = ()
    support: tuple[str, ...] = ()


@dataclass(frozen=True)
class Blocked:
    """Why a graph program stays as it is: findings at the constructs that stop the lift."""

    findings: tuple[Finding, ...]


def lift(text: str, context: Context, dialect: object = None) -> Lifted | Blocked | None:
    """Lift the graph program of a file.

    Args:
        text: the source, with ``\\n`` for newlines; it parses.
        context: facts, rules and target release.
        dialect: what the file speaks; in TensorFlow 2 there are Estimators only.

    Returns None if there is no graph program in it.
    """
    facts = facts_of(text, context)
    if estimators.has_estimators(facts):
        return _without_estimators(text, context)
    if dialect is Dialect.TF2:
        return None
    if eager.is_eager(facts):
        return _native(text, context)
    if not facts.roles & _GRAPH:
        return None
    if not facts.roles & RUNS:
        # a library of functions that other files call: nothing says what is fed and fetched
        return Blocked((_finding(nothing_runs(facts.tree, facts), text, text),))
    try:
        normal, facts = normalise(text, facts, context)
    except Unliftable as stop:
        return Blocked((_finding(stop, text, text),))
    try:
        return _lifted(normal, facts, context)
    except Unliftable as stop:
        return Blocked((_finding(stop, normal, text),))


def _native(text: str, context: Context) -> Lifted | Blocked:
    """A program that was eager on TensorFlow 1."""
    found = eager.native(text, context)
    if isinstance(found, eager.Kept):
        return Blocked((_finding(found.stop, found.text, text, "eager"),))
    return Lifted(found.text, imports=found.imports, support=found.support)


def _without_estimators(text: str, context: Context) -> Lifted | Blocked:
    """A program of Estimators."""
    normal = text
    try:
        normal = estimators.normalise(text, context)
        found = estimators.lifted(normal, facts_of(normal, context), context)
    except Unliftable as stop:
        return Blocked((_finding(stop, normal, text),))
    return Lifted(found.text, imports=found.imports, support=found.support)


def _lifted(text: str, facts: Facts, context: Context) -> Lifted:
    """A program, lifted scope by scope."""
    support: dict[str, None] = {}
    imports: dict[str, None] = {}
    drawn: set[str] = set()
    check_queues(facts)
    check_applied(facts)
    replaced: dict[ast.expr, str] = {}
    actions: dict[ast.stmt, Action] = {}
    for node in graph_scopes(facts):
        scope = analyse(node, facts)
        if not scope.sites:
            raise nothing_runs(node, facts)
        check_initial(scope)
        program = plan(scope)
        name_specs(program)
        name_fed(program, Text(text))
        emission = Emission(program, Text(text), context)
        emission.run()
        check_effects(program)
        check_left(emission)
        replaced.update(emission.replaced)
        actions.update(emission.actions)
        support.update(dict.fromkeys(emission.support))
        imports.update(dict.fromkeys(emission.imports))
        drawn |= emission.program.draws.names if emission.program.draws is not None else set()
    lifted = loops(write(Source(text), replaced, actions), drawn)
    return Lifted(lifted, imports=tuple(imports), support=tuple(support))


def check_applied(facts: Facts) -> None:
    """Layers of Keras have no ``apply``; where it cannot be told what is applied, nothing is done.

    Raises:
        Unliftable: the program makes layer objects and applies something that may be one.
    """
    for node in facts.nodes:
        if isinstance(node, ast.Call) and facts.symbol(node.func) == "tf.case":
            raise Unliftable(node, "`tf.case`, whose branches have to be tensors now")
    if not any(role is Role.LAYER_OBJECT for _, role in facts.roles_below(facts.tree)):
        return
    for node in facts.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "apply" and facts.symbol(node.func) is None:
                raise Unliftable(node, "`apply` of what may be a layer: call it instead")


def nothing_runs(node: ast.AST, facts: Facts) -> Unliftable:
    """That a graph is built and never run."""
    return Unliftable(first_graph(node, facts), "nothing in this file runs it")


def first_graph(node: ast.AST, facts: Facts) -> ast.AST:
    """The first construct of a scope that belongs to a graph."""
    found = [each for each, role in facts.roles_below(node) if role in _GRAPH]
    return min(found, key=lambda each: getattr(each, "lineno", 0))


def _finding(stop: Unliftable, normal: str, text: str, what: str = "graph") -> Finding:
    """The finding that says what stops a lift, where it stands in the file."""
    span = Lines(normal).span(stop.node)  # type: ignore[arg-type]
    if normal != text:
        line = Lines(normal)[span.row].strip()
        rows = [row for row, each in enumerate(text.split("\n"), 1) if line and line in each]
        row = min(rows, key=lambda each: abs(each - span.row), default=1)
        column = max(Lines(text)[row].find(line), 0) + 1
        span = Span(row, column, row, column + len(line))
    message = f"the {what} program cannot be lifted: {stop.reason}"
    return Finding("TFM203" if what == "graph" else "TFM408", message, span, Severity.ERROR)
