"""New expressions and lines put into a text where they stand, without reading all of it again."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from tfmigrate.engine.spans import Lines

_PARENTHESISED = re.compile(r"(?<![\w\])])\(\s*\Z")


def spliced(
    text: str, replaced: Mapping[ast.expr, str], before: Mapping[ast.stmt, list[str]]
) -> str | None:
    """A text with new expressions, and new lines ahead of statements.

    Args:
        text: the text that the nodes come from.
        replaced: new texts for expressions.
        before: statements of one line to write ahead of others.

    Returns None where that is more than putting one line in: expressions of several lines, those
    within each other or within a formatted string, statements that share their line.
    """
    lines = Lines(text)
    changes: list[tuple[int, int, str]] = []
    starts = [0]
    for line in lines.lines:
        starts.append(starts[-1] + len(line) + 1)
    for node, new in replaced.items():
        span = lines.span(node)
        start = starts[span.row - 1] + span.column - 1
        end = starts[span.end_row - 1] + span.end_column - 1
        if not _fits(text, start, end, node, new):
            return None
        changes.append((start, end, new))
    for statement, written in before.items():
        row = lines.span(statement).row
        indentation = lines[row][: lines.span(statement).column - 1]
        if indentation.strip() or isinstance(statement, _COMPOUND) or "\n" in "".join(written):
            return None
        start = starts[row - 1]
        changes.append((start, start, "".join(f"{indentation}{each}\n" for each in written)))
    return _applied(text, sorted(changes))


_COMPOUND = (
    ast.If,
    ast.For,
    ast.While,
    ast.With,
    ast.Try,
    ast.FunctionDef,
    ast.ClassDef,
    ast.AsyncFunctionDef,
    ast.AsyncFor,
    ast.AsyncWith,
    ast.Match,
)


def _fits(text: str, start: int, end: int, node: ast.expr, new: str) -> bool:
    """Whether a new text can take the place of an expression as it is."""
    if "\n" in new or _PARENTHESISED.search(text, max(start - 80, 0), start):
        return False
    try:
        ast.parse(new, mode="eval")
        # the parser does not know the places of what is in a formatted string
        found = ast.parse(f"({text[start:end]})", mode="eval").body
    except SyntaxError:
        return False
    return ast.dump(found) == ast.dump(node)


def _applied(text: str, changes: list[tuple[int, int, str]]) -> str | None:
    """The text with its changes; None if one is within another."""
    parts, at = [], 0
    for start, end, new in changes:
        if start < at:
            return None
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])
