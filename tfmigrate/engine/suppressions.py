"""Suppression comments: ``# tfmigrate: ignore[TFM201]``, ``# noqa: TFM201``, and whole files."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass

from tfmigrate.model import Finding, Severity, Span

_IGNORE = re.compile(r"#\s*tfmigrate:\s*ignore(?P<file>-file)?(?:\s*\[(?P<codes>[^\]]*)\])?")
_NOQA = re.compile(
    r"#\s*noqa(?::\s*(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?", re.IGNORECASE
)
_UNUSED = "TFM007"


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment; ``codes`` is empty where it suppresses everything."""

    row: int
    column: int
    end_column: int
    codes: tuple[str, ...]
    whole_file: bool
    ours: bool
    """Written for tfmigrate alone, so that it is reported when it suppresses nothing."""

    def covers(self, finding: Finding) -> bool:
        """Whether the comment speaks of this finding."""
        placed = self.whole_file or finding.span.row <= self.row <= finding.span.end_row
        return placed and (not self.codes or finding.code in self.codes)


def find(text: str, prefixes: tuple[str, ...] = ("TFM",)) -> tuple[Suppression, ...]:
    """The suppression comments of a source text.

    ``prefixes`` are the letters of the codes that rules have; a ``noqa`` for other tools is left
    alone.
    """
    if "tfmigrate:" not in text and "noqa" not in text.lower():
        return ()
    return tuple(
        found
        for row, column, comment in comments(text)
        for found in parse(row, column, comment, prefixes)
    )


def comments(text: str) -> list[tuple[int, int, str]]:
    """Each comment with its row and column, counted from 1; up to a syntax error."""
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                found.append((token.start[0], token.start[1] + 1, token.string))
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


def parse(row: int, column: int, comment: str, prefixes: tuple[str, ...]) -> Iterable[Suppression]:
    """The suppressions that one comment holds."""
    for match in _IGNORE.finditer(comment):
        codes = tuple(re.findall(r"[A-Z]+[0-9]+", match["codes"] or ""))
        if match["codes"] is not None and not codes:
            continue
        start = column + match.start()
        yield Suppression(row, start, start + len(match[0]), codes, match["file"] is not None, True)
    for match in _NOQA.finditer(comment):
        every = tuple(re.findall(r"[A-Z]+[0-9]+", (match["codes"] or "").upper()))
        ours = tuple(code for code in every if code.startswith(prefixes))
        if every and not ours:
            continue
        start = column + match.start()
        yield Suppression(row, start, start + len(match[0]), ours, False, bool(ours))


def apply(
    findings: Iterable[Finding], suppressions: tuple[Suppression, ...], *, report_unused: bool
) -> tuple[list[Finding], int]:
    """The findings that stay, among them those for unused suppressions, and how many went.

    ``report_unused`` is off when only some rules ran: a suppression of another is not unused.
    """
    used: set[tuple[Suppression, str]] = set()
    stay: list[Finding] = []
    gone = 0
    for finding in findings:
        covering = [each for each in suppressions if each.covers(finding)]
        if covering:
            gone += 1
            used.update((each, finding.code) for each in covering)
        else:
            stay.append(finding)
    if report_unused:
        stay.extend(unused(suppressions, used))
    return stay, gone


def unused(
    suppressions: tuple[Suppression, ...], used: set[tuple[Suppression, str]]
) -> Iterable[Finding]:
    """A finding for each of our suppressions, or code in one, that suppressed nothing."""
    for each in suppressions:
        if not each.ours:
            continue
        idle = [code for code in each.codes if (each, code) not in used]
        anything = any(suppression is each for suppression, _ in used)
        if idle or (not each.codes and not anything):
            what = f" of {', '.join(idle)}" if idle else ""
            yield Finding(
                _UNUSED,
                f"unused suppression{what}: nothing is found here that it would silence",
                Span(each.row, each.column, each.row, each.end_column),
                Severity.WARNING,
            )
