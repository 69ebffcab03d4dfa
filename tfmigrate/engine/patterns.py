"""Findings of the patterns' own matches: on an argument, on an attribute, or by a detector."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from itertools import takewhile

from tfmigrate.catalogue import Match, Pattern
from tfmigrate.engine.calls import parameter_at, signatures
from tfmigrate.engine.context import Context
from tfmigrate.engine.detectors import DETECTORS, Program
from tfmigrate.engine.spans import Lines
from tfmigrate.engine.verdicts import GRAPH_DIALECTS, dialect_of
from tfmigrate.model import Dialect, Finding
from tfmigrate.names import Reference, plain
from tfmigrate.transforms.remedies import matched, spelling_of
from tfmigrate.transforms.turning import turned


def check(program: Program, context: Context, lines: Lines) -> Iterator[Finding]:
    """Every additional finding in one file."""
    dialect = program.dialect
    for pattern, match in context.catalogue.additional:
        if not spoken(match, dialect):
            continue
        for name in match.attributes:
            for attribute in program.names.attributes.get(name, ()):
                yield finding(pattern, match, attribute, None, lines)
        if match.detector:
            for node, symbol in DETECTORS[match.detector](program, context, match):
                found = finding(pattern, match, node, symbol, lines)
                fix = turned(node, symbol, spelling_of(lines, context))
                yield replace(found, fix=fix)
    for reference in program.names.references:
        call = reference.call
        if call is None or reference.rest or not applies(reference, dialect):
            continue
        symbol = plain(reference.symbol)
        for pattern, match in context.catalogue.on_calls(symbol):
            own = dialect_of(reference, dialect)
            if not spoken(match, own):
                continue
            at = on_call(reference, call, match, context)
            if at is not None:
                found = finding(pattern, match, at, symbol, lines)
                yield matched(found, reference, own, spelling_of(lines, context))
                continue
            hidden = unseen(reference, call, match, context)
            if hidden is not None:
                found = finding(pattern, match, hidden, symbol, lines)
                yield replace(found, message=f"{found.message} ({may_hold(hidden)})")


def spoken(match: Match, dialect: Dialect) -> bool:
    """Whether a match is for files of this dialect."""
    return not match.dialects or dialect.value in match.dialects


def applies(reference: Reference, dialect: Dialect) -> bool:
    """Whether a reference is certain enough for this file."""
    return dialect in GRAPH_DIALECTS or not reference.guessed


def on_call(
    reference: Reference, call: ast.Call, match: Match, context: Context
) -> ast.expr | ast.keyword | None:
    """The node that ``match`` points at in a call, None if it does not match."""
    if match.detector:
        return None
    given = call.args[reference.bound :]
    given = list(takewhile(lambda each: not isinstance(each, ast.Starred), given))
    if match.positional and len(given) >= match.positional:
        return given[match.positional - 1]
    if match.argument:
        return argument(reference, call, given, match.argument, context)
    if match.not_argument:
        spread = any(each.arg is None for each in call.keywords) or len(given) < len(call.args)
        passed = argument(reference, call, given, match.not_argument, context)
        return None if spread or passed is not None else call.func
    return None


def unseen(
    reference: Reference, call: ast.Call, match: Match, context: Context
) -> ast.expr | ast.keyword | None:
    """The ``*args`` or ``**kwargs`` of a call that may hold what ``match`` is about.

    Only where the function is alive, and so would take it for something else without a word, in
    files that were written for graphs.
    """
    graph = match.dialects and all(Dialect(each) in GRAPH_DIALECTS for each in match.dialects)
    if not graph or not context.atlas.alive(plain(reference.symbol), context.target):
        return None
    old = signatures(reference, context).old
    name = match.argument or parameter_at(old, match.positional - 1) or ""
    place = old.position(name) if old is not None else None
    passed = {each.arg for each in call.keywords}
    row = context.catalogue.row(plain(reference.symbol))
    change = row.args.get(name) if row is not None else None
    if place is None or name in passed or (change is not None and change.to in passed):
        return None
    given = call.args[reference.bound :]
    for each in given[: place + 1]:
        if isinstance(each, ast.Starred):
            return each
    spread = (each for each in call.keywords if each.arg is None)
    return next(spread, None) if match.argument and len(given) <= place else None


def may_hold(node: ast.expr | ast.keyword) -> str:
    """That something may be in ``*args`` or ``**kwargs``."""
    inner = node.value if isinstance(node, (ast.Starred, ast.keyword)) else node
    star = "*" if isinstance(node, ast.Starred) else "**"
    return f"if `{star}{ast.unparse(inner)}` holds it: look by hand"


def argument(
    reference: Reference, call: ast.Call, given: list[ast.expr], name: str, context: Context
) -> ast.expr | ast.keyword | None:
    """The argument called ``name`` of a call, by keyword or by position."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword
    both = signatures(reference, context)
    for signature in (both.old, both.new):
        position = signature.position(name) if signature is not None else None
        if position is not None:
            return given[position] if position < len(given) else None
    return None


def finding(
    pattern: Pattern,
    match: Match,
    node: ast.expr | ast.keyword | ast.stmt | ast.alias,
    symbol: str | None,
    lines: Lines,
) -> Finding:
    """The finding of a pattern at ``node``."""
    said = match.message or pattern.summary
    if symbol is not None:
        said = said.replace("{symbol}", symbol)
        if f"`{symbol}" not in said:
            said = f"`{symbol}`: {said}"
    return Finding(pattern.code, said, lines.span(node), pattern.severity, symbol)
