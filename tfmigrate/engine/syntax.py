"""Parsing, and what to say where it fails."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from tfmigrate.engine.spans import Lines
from tfmigrate.model import Finding, Severity, Span

_DEPTH = 12_000
"""Levels of recursion: enough for an expression nested 1,000 deep, far below what a stack holds."""

_PYTHON_2 = (
    (r"\bprint\b\s*(?:>>|[^\s(=.,:)\]]|$)", "a print statement"),
    (r"\bexcept\b[^:()]+,\s*\w+\s*:", "`except Error, name`"),
    (r"\braise\b\s+[\w.]+\s*,", "`raise Error, value`"),
    (r"\bexec\b\s+[^(\s=]", "an exec statement"),
    (r"<>", "`<>`"),
    (r"\b0[0-7]+[lL]?\b", "an octal number such as 0777"),
    (r"\b(?:[0-9]+|0[xX][0-9a-fA-F]+)[lL]\b", "a long integer such as 10L"),
    (r"\b[uU][rR]''", "a ur'' string"),
    (r"`[^`]+`", "backticks for repr()"),
    (r"\b(?:def\s+\w+|lambda)\s*\(?[^)]*\((?:\w+\s*,\s*)+\w*\)", "a tuple parameter"),
)
"""What only Python 2 has, in a line whose strings are empty and whose comment is gone."""

_TOO_DEEP = re.compile(r"too many (?:statically )?nested|too many levels of indentation")
"""How the parser says it."""

_STRING = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")


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
        return _tree(text)
    except SyntaxError as error:
        raise ParseError(explain(error, lines)) from None
    except (RecursionError, MemoryError):
        raise ParseError(too_deep()) from None
    except ValueError as error:
        raise ParseError(at(1, 1, "TFM001", f"cannot be parsed: {error}")) from None


@lru_cache(maxsize=4)
def _tree(text: str) -> ast.Module:
    """The tree of a text, which nobody changes: a text is read several times while it is fixed."""
    with warnings.catch_warnings(), deep_recursion():
        # invalid escapes in strings and the like are the business of other tools
        warnings.simplefilter("ignore")
        return ast.parse(text)


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
    what = python_2(lines[row])
    if what is not None:
        text = (
            f"this is Python 2 ({what}): convert the file to Python 3 first, for instance with 2to3"
        )
        return at(row, len(lines[row]) - len(lines[row].lstrip()) + 1, "TFM002", text)
    if _TOO_DEEP.match(str(error.msg)):
        return at(row, column, "TFM008", f"{error.msg}: the file was not checked")
    return at(row, column, "TFM001", f"syntax error: {error.msg}")


def python_2(line: str) -> str | None:
    """The Python 2 construct that makes a line a syntax error, if there is one."""
    code = re.sub(r"#.*", "", _STRING.sub("''", line))
    return next((what for pattern, what in _PYTHON_2 if re.search(pattern, code)), None)


def at(row: int, column: int, code: str, message: str) -> Finding:
    """A finding about the file, at one character."""
    return Finding(code, message, Span(row, column, row, column + 1), Severity.ERROR)
