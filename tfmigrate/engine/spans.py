"""From nodes of the syntax tree to spans: characters instead of bytes."""

from __future__ import annotations

import ast

from tfmigrate.model import Span


class Lines:
    """The lines of one source text, for turning the positions of ``ast`` into columns."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")

    def __getitem__(self, row: int) -> str:
        """Line ``row``, counted from 1, without its newline; empty beyond the end."""
        return self.lines[row - 1] if 0 < row <= len(self.lines) else ""

    def column(self, row: int, offset: int) -> int:
        """The column, counted from 1 in characters, of a byte offset counted from 0."""
        line = self[row]
        if line.isascii():
            return offset + 1
        return len(line.encode()[:offset].decode(errors="ignore")) + 1

    def span(self, node: ast.expr | ast.stmt | ast.alias | ast.keyword) -> Span:
        """Where a node stands."""
        row, end_row = node.lineno, node.end_lineno or node.lineno
        end = node.end_col_offset if node.end_col_offset is not None else node.col_offset
        return Span(row, self.column(row, node.col_offset), end_row, self.column(end_row, end))

    def name_of(self, keyword: ast.keyword) -> Span:
        """Where the name of a keyword argument stands."""
        whole = self.span(keyword)
        end = whole.column + len(keyword.arg or "")
        return Span(whole.row, whole.column, whole.row, end)
