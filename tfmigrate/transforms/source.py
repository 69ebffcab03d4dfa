"""Places in a source text: from nodes to offsets, and from offsets to spans."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from itertools import accumulate

from tfmigrate.engine.spans import Lines
from tfmigrate.model import Edit, Span

Piece = tuple[int, int, str]
"""A stretch of the text by its offsets, and what stands there instead."""


class Source:
    """One source text, addressed by offsets in characters counted from 0."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines

    @cached_property
    def text(self) -> str:
        """The whole text."""
        return "\n".join(self.lines.lines)

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(len(line) + 1 for line in self.lines.lines)]

    def offset(self, row: int, byte: int) -> int:
        """The offset of a position as ``ast`` gives it."""
        return self._starts[row - 1] + self.lines.column(row, byte) - 1

    def start(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias) -> int:
        """Where a node begins."""
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias) -> int:
        """Where a node ends."""
        return self.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)

    def of(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias) -> str:
        """The text of a node."""
        return self.text[self.start(node) : self.end(node)]

    def line_start(self, offset: int) -> int:
        """Where the line of ``offset`` begins."""
        return self._starts[bisect_right(self._starts, offset) - 1]

    def line_end(self, offset: int) -> int:
        """Where the line of ``offset`` ends, before its newline."""
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found

    def column(self, offset: int) -> int:
        """How many characters stand before ``offset`` in its line."""
        return offset - self.line_start(offset)

    def indentation(self, offset: int) -> str:
        """The white space that the line of ``offset`` begins with."""
        line = self.text[self.line_start(offset) : self.line_end(offset)]
        return line[: len(line) - len(line.lstrip())]

    def starts_line(self, offset: int) -> bool:
        """Whether only white space stands before ``offset`` in its line."""
        return not self.text[self.line_start(offset) : offset].strip()

    def span(self, start: int, end: int) -> Span:
        """The rows and columns of a stretch."""
        row, end_row = (bisect_right(self._starts, each) for each in (start, end))
        columns = (each - self._starts[at - 1] + 1 for each, at in ((start, row), (end, end_row)))
        column, end_column = columns
        return Span(row, column, end_row, end_column)

    def edits(self, pieces: Iterable[Piece]) -> tuple[Edit, ...]:
        """Edits from pieces, in order; those that touch each other become one."""
        merged: list[Piece] = []
        for start, end, content in sorted(pieces, key=lambda each: each[:2]):
            if merged and merged[-1][1] >= start:
                before = merged.pop()
                start, end, content = before[0], max(before[1], end), before[2] + content
            merged.append((start, end, content))
        found = (each for each in merged if self.text[each[0] : each[1]] != each[2])
        return tuple(Edit(self.span(start, end), content) for start, end, content in found)
