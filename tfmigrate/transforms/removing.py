"""Statements and decorators that have no successor and need none."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tfmigrate.names import Reference
from tfmigrate.transforms.plan import Left, is_pure
from tfmigrate.transforms.source import Piece, Source
from tfmigrate.transforms.spelling import Spelling

_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")


def removed(reference: Reference, spelling: Spelling) -> list[Piece]:
    """The pieces that remove the statement that a call is, or the decorator that a symbol is.

    Raises:
        Left: its value is used, or what is passed to it is a call.
    """
    node: ast.AST = reference.call or reference.node
    if not isinstance(node, ast.expr):
        raise Left("")
    if isinstance(node, ast.Call) and not all(
        map(is_pure, (*node.args, *(each.value for each in node.keywords)))
    ):
        raise Left("what is passed to it is a call")
    source = spelling.source
    for body in blocks(spelling.tree, node.lineno):
        for statement in body:
            for decorator in getattr(statement, "decorator_list", ()):
                if _is_at(decorator, node):
                    return [_rows(decorator, source, "@")]
            if isinstance(statement, ast.Expr) and _is_at(statement.value, node):
                if body is not spelling.tree.body and _is_all(body, statement):
                    return [(source.start(statement), source.end(statement), "pass")]
                return [_rows(statement, source)]
    raise Left("its value is used")


def blocks(tree: ast.Module, row: int) -> Iterator[list[ast.stmt]]:
    """The lists of statements around a row, the outermost first."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        for name in _BLOCKS:
            body = getattr(node, name, None)
            if not isinstance(body, list) or not body:
                continue
            if isinstance(body[0], ast.stmt):
                yield body
            waiting += [each for each in body if _first(each) <= row <= _last(each)]


def _first(node: ast.AST) -> int:
    """The first row of a statement, its decorators included."""
    decorators = getattr(node, "decorator_list", ())
    rows_: list[int] = [getattr(node, "lineno", 0), *(each.lineno for each in decorators)]
    return min(rows_)


def _last(node: ast.AST) -> int:
    """The last row of a statement, a handler or a case."""
    last = node.body[-1] if isinstance(node, ast.match_case) else node
    row: int | None = getattr(last, "end_lineno", None)
    return row or 0


def _is_at(node: ast.expr, other: ast.expr) -> bool:
    """Whether two nodes, perhaps of two readings of the file, are the same."""
    places = (
        (each.lineno, each.col_offset, each.end_lineno, each.end_col_offset)
        for each in (node, other)
    )
    one, two = places
    return one == two


def _is_all(body: list[ast.stmt], statement: ast.stmt) -> bool:
    """Whether a block might be empty without a statement: the others may have to go, too."""
    return all(isinstance(each, ast.Expr) for each in body if each is not statement)


def _rows(node: ast.expr | ast.stmt, source: Source, mark: str = "") -> Piece:
    """The piece that removes the rows of a statement, or of a decorator."""
    start = source.start(node)
    if mark:
        start = source.text.rindex(mark, 0, start)
    piece = rows(start, source.end(node), source)
    if piece is None:
        raise Left("something else stands on its line")
    return piece


def rows(start: int, end: int, source: Source) -> Piece | None:
    """The piece that removes the rows of a stretch; None if anything else stands on them.

    Of the blank lines around them one gap is left.
    """
    text = source.text
    if not source.starts_line(start) or text[end : source.line_end(end)].strip():
        return None
    first, last = source.line_start(start), min(source.line_end(end) + 1, len(text))
    above = text[:first]
    if not above or above.endswith("\n\n"):
        while last < len(text) and not text[last : source.line_end(last)].strip():
            last = min(source.line_end(last) + 1, len(text))
        if above:
            # of the two gaps the wider one stays
            gap = text[source.line_end(end) + 1 : last].count("\n")
            blank = len(above) - len(above.rstrip("\n")) - 1
            return (first, last, "\n" * max(0, gap - blank))
    return (first, last, "")
