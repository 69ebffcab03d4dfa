"""Parsing, and what to say where it fails."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from tfmigrate.engine.spans import Lines
from tfmigrate.model import Finding, Severity, Span

_DEPTH = 12_000
"""Levels of recursion: enough for an expression nested 1,000 deep, far below what a stack holds."""

_PYTHON_2 = (
    (re.compile(r"\bprint\b\s*(?:>>|[^\s(=.,:)\]]|$)"), "a print statement"),
    (re.compile(r"\bexcept\b[^:()]+,\s*\w+\s*:"), "`except Error, name`"),
    (re.compile(r"\braise\b\s+[\w.]+\s*,"), "`raise Error, value`"),
    (re.compile(r"\bexec\b\s+[^(\s=]"), "an exec statement"),
    (re.compile(r"<>"), "`<>`"),
    (re.compile(r"\b0[0-7]+\b"), "an octal number such as 0777"),
    (re.compile(r"\b[0-9]+[lL]\b"), "a long integer such as 10L"),
    (re.compile(r"\b[uU][rR]['\"]"), "a ur'' string"),
    (re.compile(r"`[^`]+`"), "backticks for repr()"),
    (re.compile(r"\b(?:def\s+\w+|lambda)\s*\(?[^)]*\((?:\w+\s*,\s*)+\w*\)"), "a tuple parameter"),
)


class ParseError(Exception):
    """A source text that is no Python 3 program; carries the finding that says so."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def parse(text: str, lines: Lines) -> ast.Module:
    """Parse ``text``.

    Raises:
        ParseError: it is not Python 3, or nested too deeply.
    """
    try:
        with warnings.catch_warnings(), deep_recursion():
            # invalid escapes in strings and the like are the business of other tools
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise ParseError(explain(error, lines)) from None
    except (RecursionError, MemoryError):
        raise ParseError(too_deep()) from None
    except ValueError as error:
        raise ParseError(at(1, 1, "TFM001", f"cannot be parsed: {error}")) from None


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Let the passes over the tree go as deep as the parser did."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, _DEPTH))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def too_deep() -> Finding:
    """For a program nested deeper than any person writes."""
    return at(1, 1, "TFM008", "nested too deeply to be read: the file was not checked")


def explain(error: SyntaxError, lines: Lines) -> Finding:
    """A syntax error as a finding: Python 2 if the line says so, else what the parser says."""
    row = min(max(error.lineno or 1, 1), max(len(lines.lines), 1))
    column = max(error.offset or 1, 1)
    found = python_2(lines, row)
    if found is not None:
        old_row, what = found
        text = f"this is Python 2 ({what}): convert it with 2to3 first, then run tfmigrate"
        return at(old_row, len(lines[old_row]) - len(lines[old_row].lstrip()) + 1, "TFM002", text)
    if "too many nested" in str(error.msg) or "too many statically nested" in str(error.msg):
        return at(row, column, "TFM008", f"{error.msg}: the file was not checked")
    return at(row, column, "TFM001", f"syntax error: {error.msg}")


def python_2(lines: Lines, row: int) -> tuple[int, str] | None:
    """The line of a Python 2 construct at or right before ``row``, and its name."""
    for candidate in (row, row - 1):
        code = re.sub(r"#.*", "", lines[candidate])
        for pattern, what in _PYTHON_2:
            if pattern.search(code):
                return candidate, what
    return None


def at(row: int, column: int, code: str, message: str) -> Finding:
    """A finding about the file, at one character."""
    return Finding(code, message, Span(row, column, row, column + 1), Severity.ERROR)
