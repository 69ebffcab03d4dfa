"""Check one program: source text in, findings out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tfmigrate.atlas import Kind
from tfmigrate.engine import arguments, formatted, patterns, suppressions, symbols, syntax
from tfmigrate.engine.context import Context
from tfmigrate.engine.detectors import Program
from tfmigrate.engine.selection import Selection
from tfmigrate.engine.spans import Lines
from tfmigrate.engine.verdicts import GRAPH_DIALECTS, dialect_of
from tfmigrate.model import Dialect, Finding, Severity
from tfmigrate.names import Names, Role, resolve
from tfmigrate.names import dialect as dialects
from tfmigrate.transforms.remedies import spelling_of


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found in one program."""

    dialect: Dialect
    findings: tuple[Finding, ...]
    suppressed: int = 0
    failed: bool = False


def check(
    text: str,
    context: Context,
    selection: Selection,
    dialect: Dialect | None = None,
    extra: tuple[Finding, ...] = (),
) -> Checked:
    """Check a program.

    Args:
        text: the source, with ``\\n`` for newlines.
        context: facts, rules and target release.
        selection: which codes are wanted.
        dialect: the dialect that the configuration says; None to infer it.
        extra: what was found in the text by other means, to be silenced and sorted with the rest.
    """
    lines = Lines(text)
    try:
        tree = syntax.parse(text, lines)
    except syntax.ParseError as error:
        return Checked(dialect or Dialect.NONE, (error.finding,), failed=True)
    try:
        with syntax.deep_recursion():
            names = resolve(tree, context.knowledge)
            spoken = dialect or dialects.infer(names, context.knowledge)
            every = findings(Program(tree, names, spoken), context, lines)
            found = formatted.settled(list(every), text, tree, lines)
    except RecursionError:
        return Checked(dialect or Dialect.NONE, (syntax.too_deep(),), failed=True)
    prefixes = context.catalogue.prefixes
    stay, gone = suppressions.settle((*distinct(found), *extra), text, selection, prefixes)
    return Checked(spoken, stay, gone)


def findings(program: Program, context: Context, lines: Lines) -> Iterator[Finding]:
    """Every finding of every rule, in no particular order.

    Where a pattern's own match and the symbol are at the same place, one of them is enough: the
    pattern knows better of a name that is alive, the symbol of one that is not.
    """
    names, dialect = program.names, program.dialect
    spelling_of(lines, context).know(program.tree, names)
    extra = {}
    if names.references:
        extra = {(each.span, each.symbol): each for each in patterns.check(program, context, lines)}
    spoken_for = {span for span, _ in extra}
    for reference in names.references:
        spoken = dialect_of(reference, dialect)
        found = symbols.check(reference, context, spoken, lines)
        if found is not None:
            place = (found.span, found.symbol)
            if place not in extra or found.severity is Severity.ERROR:
                extra.pop(place, None)
                yield found
            elif extra[place].fix is None:
                extra[place] = replace(extra[place], fix=found.fix)
            if found.code != symbols.ALIAS:
                continue
        for each in arguments.check(reference, context, spoken, lines):
            if each.span not in spoken_for:
                yield each
    yield from extra.values()
    yield from unresolvable(names, dialect, context, lines)


def unresolvable(
    names: Names, dialect: Dialect, context: Context, lines: Lines
) -> Iterator[Finding]:
    """What hides which symbols a file uses: star imports, and ``getattr`` with a computed name."""
    for reference in names.references:
        if reference.role is Role.STAR:
            module = "tensorflow" + reference.symbol[2:]
            if not reference.symbol.startswith("tf"):
                continue
            yield Finding(
                "TFM006",
                f"`from {module} import *` hides which symbols the file uses:"
                " import them by name so that they can be checked",
                lines.span(reference.node),
                Severity.WARNING if dialect in GRAPH_DIALECTS else Severity.INFO,
                reference.symbol,
            )
        elif reference.role is Role.DYNAMIC and dialect in GRAPH_DIALECTS:
            entry = context.atlas.entry(reference.symbol)
            if entry is None or entry.kind is not Kind.MODULE or reference.rest:
                continue
            yield Finding(
                "TFM010",
                f"`getattr` with a computed name on `{reference.symbol}`:"
                " check by hand that each name it may get exists in TensorFlow 2",
                lines.span(reference.node),
                Severity.INFO,
                reference.symbol,
            )


def distinct(found: list[Finding]) -> list[Finding]:
    """Without repetitions, and one finding for a code, symbol and place."""
    kept: dict[tuple[object, ...], Finding] = {}
    for each in found:
        kept.setdefault((each.code, each.span, each.symbol), each)
    return list(kept.values())
