"""Suppression comments: ``# tfmigrate: ignore[TFM201]``, ``# noqa: TFM201``, and whole files."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass

from tfmigrate.engine.selection import Selection
from tfmigrate.model import Finding, Severity, Span

_IGNORE = re.compile(r"#\s*tfmigrate:\s*ignore(?P<file>-file)?(?:\s*\[(?P<codes>[^\]]*)\])?")
_NOQA = re.compile(
    r"#\s*noqa(?::\s*(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?", re.IGNORECASE
)
_CODE = re.compile(r"[A-Z]+[0-9]+")
UNUSED = "TFM007"


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
    malformed: tuple[str, ...] = ()
    """What stands in the brackets and is no code."""

    @property
    def place(self) -> Span:
        """Where the comment stands."""
        return Span(self.row, self.column, self.row, self.end_column)

    def covers(self, finding: Finding) -> bool:
        """Whether the comment speaks of this finding."""
        placed = self.whole_file or finding.span.row <= self.row <= finding.span.end_row
        return placed and (self.everything or finding.code in self.codes)

    @property
    def everything(self) -> bool:
        """Whether the comment names no code, and so speaks of all."""
        return not self.codes and not self.malformed


def find(text: str, prefixes: tuple[str, ...], *, python: bool = True) -> tuple[Suppression, ...]:
    """The suppression comments of a source text.

    ``prefixes`` are the letters of the codes that rules have; a ``noqa`` for other tools is left
    alone. A text that is not ``python`` (a requirements file) is one whose comments start with
    ``#`` all the same.
    """
    if "tfmigrate:" not in text and "noqa" not in text.lower():
        return ()
    return tuple(
        found
        for row, column, comment in (comments(text) if python else line_comments(text))
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


def line_comments(text: str) -> list[tuple[int, int, str]]:
    """The same for a text of another language: from the first ``#`` to the end of each line."""
    return [
        (row, line.index("#") + 1, line[line.index("#") :])
        for row, line in enumerate(text.split("\n"), 1)
        if "#" in line
    ]


def parse(row: int, column: int, comment: str, prefixes: tuple[str, ...]) -> Iterable[Suppression]:
    """The suppressions that one comment holds."""
    for match in _IGNORE.finditer(comment):
        words = (match["codes"] or "").upper().replace(",", " ").split()
        codes = tuple(word for word in words if _CODE.fullmatch(word))
        malformed = tuple(word for word in words if word not in codes)
        if match["codes"] is not None and not words:
            malformed = ("[]",)
        start, end = column + match.start(), column + match.end()
        yield Suppression(row, start, end, codes, match["file"] is not None, True, malformed)
    for match in _NOQA.finditer(comment):
        every = tuple(re.findall(r"[A-Z]+[0-9]+", (match["codes"] or "").upper()))
        ours = tuple(code for code in every if code.startswith(prefixes))
        if every and not ours:
            continue
        start = column + match.start()
        yield Suppression(row, start, start + len(match[0]), ours, False, bool(ours))


def settle(
    found: Iterable[Finding],
    text: str,
    selection: Selection,
    prefixes: tuple[str, ...],
    *,
    python: bool = True,
) -> tuple[tuple[Finding, ...], int]:
    """The findings of a text that are wanted and not silenced in it, by position.

    A comment is unused if it silences nothing of all that was found, wanted or not.

    Args:
        found: everything that was found in ``text``.
        text: the source.
        selection: which codes are wanted.
        prefixes: the letters of the codes that rules have.
        python: whether the text is a program.

    Returns:
        The findings, among them those for unused suppressions, and how many were silenced.
    """
    stay, silenced = apply(found, find(text, prefixes, python=python))
    wanted = (each for each in stay if selection.wants(each.code))
    ordered = sorted(wanted, key=lambda each: (each.span, each.code))
    return tuple(ordered), sum(selection.wants(each.code) for each in silenced)


def apply(
    findings: Iterable[Finding], suppressions: tuple[Suppression, ...]
) -> tuple[list[Finding], list[Finding]]:
    """The findings that stay, among them those for unused suppressions, and those that go."""
    used: set[tuple[Suppression, str]] = set()
    stay: list[Finding] = []
    silenced: list[Finding] = []
    for finding in findings:
        covering = [each for each in suppressions if each.covers(finding)]
        (silenced if covering else stay).append(finding)
        used.update((each, finding.code) for each in covering)
    stay.extend(unused(suppressions, used))
    return stay, silenced


def unused(
    suppressions: tuple[Suppression, ...], used: set[tuple[Suppression, str]]
) -> Iterable[Finding]:
    """A finding for each of our suppressions, or code in one, that suppressed nothing."""
    for each in suppressions:
        if not each.ours:
            continue
        idle = [code for code in each.codes if (each, code) not in used]
        anything = any(suppression is each for suppression, _ in used)
        if each.malformed:
            what = ", ".join(word.lower() for word in each.malformed)
            said = f"suppression without effect: {what} is no rule code such as TFM201"
        elif idle or (not each.codes and not anything):
            what = f" of {', '.join(idle)}" if idle else ""
            said = f"unused suppression{what}: nothing is found here that it would silence"
        else:
            continue
        yield Finding(UNUSED, said, each.place, Severity.WARNING)
