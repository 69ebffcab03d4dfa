"""Writing the lifted module with LibCST: statements move as they are, comments with them."""

from __future__ import annotations

import ast
import sys
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import cast

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from tfmigrate.engine.spans import Lines
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.splicing import spliced

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
_Key = tuple[int, int, int, int]


@dataclass
class Action:
    """What happens to one statement: it goes, its block is unwrapped, texts take its place.

    ``after`` are the functions that follow it, wherever it went; ``before``, ``texts`` and
    ``pieces`` what is written in its place, below its comments and ``comments``; ``without`` are
    parameters that a function loses; ``within`` says that the statement is one of the pieces, and
    its comments go with it.
    """

    removed: bool = False
    unwrapped: bool = False
    texts: list[str] = field(default_factory=list)
    after: list[Written] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    within: bool = False
    adding: list[str] = field(default_factory=list)
    """Parameters that a function gets."""
    following: list[str] = field(default_factory=list)
    leading: list[str] = field(default_factory=list)
    """What is written before it wherever it goes."""
    gone: bool = False
    """It is not written anywhere."""


@dataclass
class Written:
    """A function to write: its head, and statements of the program between written lines."""

    head: str
    body: list[Piece]


@dataclass
class Piece:
    """Part of a body: a written line, a statement of the program, or a block of such.

    ``replaced`` and ``actions`` are for this copy of the statement alone.
    """

    text: str = ""
    node: ast.stmt | None = None
    inner: list[Piece] = field(default_factory=list)
    header: ast.With | None = None
    returned: bool = False
    replaced: Mapping[ast.expr, str] | None = None
    actions: Mapping[ast.stmt, Action] = field(default_factory=dict)


class Source:
    """A module as LibCST parses it, with the nodes of ``ast`` found again by their place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = Lines(text)
        self.expressions: dict[_Key, cst.BaseExpression] = {}
        self.statements: dict[tuple[int, int], Statement] = {}
        self.rows: dict[cst.CSTNode, tuple[int, int]] = {}

    @cached_property
    def module(self) -> cst.Module:
        """The module; reading it and its places takes as long as all the rest of a lift."""
        wrapper = MetadataWrapper(cst.parse_module(self.text), unsafe_skip_copy=True)
        for node, place in wrapper.resolve(PositionProvider).items():
            start, end = place.start, place.end
            self.rows[node] = start.line, end.line
            if isinstance(node, cst.BaseExpression):
                self.expressions[start.line, start.column, end.line, end.column] = node
            elif isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
                self.statements[start.line, start.column] = node
        return wrapper.module

    def expression(self, node: ast.expr) -> cst.BaseExpression:
        """The expression that stands where ``node`` does.

        Raises:
            Unliftable: there is none (inside an f-string, positions are not told).
        """
        span = self.lines.span(node)
        key = span.row, span.column - 1, span.end_row, span.end_column - 1
        found = self.expressions.get(key)
        if found is None:
            raise Unliftable(node, "an expression inside a formatted string")
        return found

    def statement(self, node: ast.stmt) -> Statement:
        """The statement that stands where ``node`` does."""
        row, offset = node.lineno, node.col_offset
        found = self.statements.get((row, self.lines.column(row, offset) - 1))
        if found is None:
            raise Unliftable(node, "a statement that shares its line with another")
        return found


def write(
    source: Source,
    replaced: Mapping[ast.expr, str],
    actions: Mapping[ast.stmt, Action],
) -> str:
    """The text of the lifted module.

    Args:
        source: the module as it is.
        replaced: new texts for expressions.
        actions: what happens to statements; the others stay.
    """
    before = {node: action.before for node, action in actions.items()}
    if all(action == Action(before=action.before) for action in actions.values()):
        text = spliced(source.text, replaced, before)
        if text is not None:
            return text
    module = source.module
    expressions = expressions_for(source, replaced)
    by_statement = {source.statement(node): action for node, action in actions.items()}
    writer = _Writer(source, expressions, by_statement)
    return module.visit(writer).code


def expressions_for(
    source: Source, replaced: Mapping[ast.expr, str]
) -> dict[cst.CSTNode, cst.BaseExpression]:
    """New expressions by the nodes that they take the place of."""
    expressions: dict[cst.CSTNode, cst.BaseExpression] = {}
    for node, text in replaced.items():
        old = source.expression(node)
        expressions[old] = _parenthesised_like(_expression(text), old)
    return expressions


def _parsed(text: str) -> Statement:
    """A statement from its text."""
    return cst.parse_statement(text)


def _expression(text: str) -> cst.BaseExpression:
    try:
        return cst.parse_expression(text)
    except cst.ParserSyntaxError:
        return cst.parse_expression(f"({text})")


def _parenthesised_like(new: cst.BaseExpression, old: cst.BaseExpression) -> cst.BaseExpression:
    if old.lpar and not new.lpar and not isinstance(new, (cst.Call, cst.Name, cst.Attribute)):
        return new.with_changes(lpar=old.lpar, rpar=old.rpar)
    return new


class _Replace(cst.CSTTransformer):
    """Puts new expressions in the place of old ones."""

    def __init__(self, expressions: Mapping[cst.CSTNode, cst.BaseExpression]) -> None:
        super().__init__()
        self.expressions = expressions

    def on_leave(self, original_node, updated_node):  # type: ignore[no-untyped-def]
        """The replacement of a node, if it has one."""
        new = self.expressions.get(original_node)
        if new is not None:
            return new.deep_clone()
        return super().on_leave(original_node, updated_node)


class _Writer(_Replace):
    """Rebuilds each block of the module."""

    def __init__(
        self,
        source: Source,
        expressions: Mapping[cst.CSTNode, cst.BaseExpression],
        actions: Mapping[Statement, Action],
    ) -> None:
        super().__init__(expressions)
        self.source = source
        self.actions = actions
        self.blocks = 0
        """How many blocks around stay blocks."""
        places = map(source.rows.get, (*expressions, *actions))
        self.changed = sorted(place[0] for place in places if place is not None)

    def on_leave(self, original_node, updated_node):  # type: ignore[no-untyped-def]
        """The replacement of a node, if it has one."""
        if self.stays(original_node):
            self.blocks -= 1
        return super().on_leave(original_node, updated_node)  # type: ignore[no-untyped-call]

    def stays(self, node: cst.CSTNode) -> bool:
        """Whether a node is a block that stays one."""
        if not isinstance(node, cst.BaseCompoundStatement):
            return False
        action = self.actions.get(node)
        return action is None or not action.unwrapped

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Whether anything changes in a node: where nothing does, it stays as it is."""
        if self.stays(node):
            self.blocks += 1
        if not isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            return True
        first, last = self.source.rows.get(node, (0, sys.maxsize))
        index = bisect_left(self.changed, first)
        return index < len(self.changed) and self.changed[index] <= last

    def leave_Module(self, original_node: cst.Module, updated_node: cst.Module) -> cst.Module:
        """The statements of the module."""
        body, pending = self.assemble(original_node.body, updated_node.body, 2)
        if body and not original_node.header and not _is_function(original_node.body[0]):
            body[0] = _without_blank(body[0])
        return updated_node.with_changes(body=body, footer=[*pending, *updated_node.footer])

    def leave_IndentedBlock(
        self, original_node: cst.IndentedBlock, updated_node: cst.IndentedBlock
    ) -> cst.IndentedBlock:
        """The statements of a block; ``pass`` if none are left."""
        body, pending = self.assemble(
            original_node.body, updated_node.body, 1 if self.blocks else 2
        )
        if not body:
            body = [_parsed("pass")]
        return updated_node.with_changes(body=body, footer=[*pending, *updated_node.footer])

    def leave_If(self, original_node: cst.If, updated_node: cst.If) -> cst.If:
        """An ``else`` goes with all of its statements."""
        before, after = original_node.orelse, updated_node.orelse
        if not isinstance(before, cst.Else) or not isinstance(after, cst.Else):
            return updated_node
        empty = _is_empty(after.body) and not _is_empty(before.body)
        return updated_node.with_changes(orelse=None) if empty else updated_node

    def assemble(
        self,
        original: Sequence[cst.BaseStatement],
        updated: Sequence[cst.BaseStatement],
        blank: int,
    ) -> tuple[list[Statement], list[cst.EmptyLine]]:
        """The statements of a block, and the comments that are left over at its end."""
        result: list[Statement] = []
        pending: list[cst.EmptyLine] = []
        after_function = False
        gap = 0
        for old, new in zip(original, updated, strict=True):
            action = self.actions.get(cast("Statement", old))
            kept, comments = self.statements(cast("Statement", new), action)
            for text in action.following if action is not None else ():
                kept = [*kept, _parsed(text)]
            if not kept and isinstance(new, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
                gap = max(gap, _blank_at_start(new.leading_lines))
            for index, each in enumerate(kept):
                lines = [*pending, *each.leading_lines]
                if gap > _blank_at_start(lines):
                    lines = [*_blank(gap), *_trimmed(lines)]
                gap = 0
                if after_function and index == 0:
                    lines = [*_blank(blank), *_trimmed(lines)]
                result.append(each.with_changes(leading_lines=lines))
                pending, after_function = [], False
            pending.extend(comments)
            for function in action.after if action is not None else ():
                written = self.function(function)
                comments = _trimmed(pending)
                while comments and comments[-1].comment is None:
                    comments.pop()
                lines = [*_blank(blank if result else 0), *comments]
                result.append(written.with_changes(leading_lines=lines))
                pending, after_function = [], True
        return result, pending

    def statements(
        self, new: Statement, action: Action | None
    ) -> tuple[list[Statement], list[cst.EmptyLine]]:
        """What a statement becomes, and the comments that are left of it."""
        if action is None:
            return [new], []
        if action.unwrapped:
            return _unwrapped(new)
        if action.without and isinstance(new, cst.FunctionDef):
            kept_parameters = [
                each for each in new.params.params if each.name.value not in action.without
            ]
            if kept_parameters:
                last = kept_parameters[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
                kept_parameters[-1] = last
            params = new.params.with_changes(params=kept_parameters)
            return [new.with_changes(params=params)], []
        if action.adding and isinstance(new, cst.FunctionDef):
            return [new.with_changes(params=_with_parameters(new.params, action.adding))], []
        if action.removed and action.after and _is_function(new):
            # a class takes the place of the function, below the same comments
            return [], list(new.leading_lines)
        ahead = [] if action.removed else action.leading
        written = [_parsed(text) for text in [*action.before, *ahead, *action.texts]]
        kept: list[Statement] = [*written, *self.pieces(action.pieces)]
        if action.pieces and kept:
            own = [] if action.within else new.leading_lines
            lines = [*own, *(_comment(text) for text in action.comments)]
            first = kept[0].with_changes(leading_lines=[*lines, *kept[0].leading_lines])
            return [first, *kept[1:]], []
        if not action.removed:
            gap = _blank(2) if _is_function(new) else []
            kept = [*kept, new.with_changes(leading_lines=gap)] if kept else [new]
        if kept and (written or not action.removed):
            kept[0] = kept[0].with_changes(leading_lines=new.leading_lines)
            if action.texts and isinstance(new, cst.SimpleStatementLine):
                end = kept[len(written) - 1]
                if isinstance(end, cst.SimpleStatementLine):
                    kept[len(written) - 1] = end.with_changes(
                        trailing_whitespace=new.trailing_whitespace
                    )
        return kept, []

    def function(self, written: Written) -> Statement:
        """A written function."""
        node = _parsed(f"{written.head}\n    pass\n")
        body = self.pieces(written.body)
        if body:
            body[0] = _without_blank(body[0])
        block = cst.IndentedBlock(body or [_parsed("pass")])
        return node.with_changes(body=block)

    def pieces(self, pieces: Iterable[Piece]) -> list[Statement]:
        """The statements of a written body."""
        result: list[Statement] = []
        for piece in pieces:
            if piece.text and piece.node is not None and not piece.returned:
                lines = _trimmed(self.source.statement(piece.node).leading_lines)
                written = _parsed(piece.text)
                result.append(written.with_changes(leading_lines=lines))
            elif piece.node is not None:
                result.extend(self.moved(piece))
            elif piece.header is not None:
                header = self.source.statement(piece.header).visit(_Replace(self.expressions))
                assert isinstance(header, cst.With)
                body = [_without_blank(each) for each in self.pieces(piece.inner)]
                result.append(header.with_changes(body=cst.IndentedBlock(body), leading_lines=()))
            elif piece.inner:
                node = _parsed(f"{piece.text}\n    pass\n")
                body = [_without_blank(each) for each in self.pieces(piece.inner)]
                lines = _blank(1) if isinstance(node, cst.FunctionDef) and result else []
                result.append(node.with_changes(body=cst.IndentedBlock(body), leading_lines=lines))
            else:
                result.append(_parsed(piece.text))
        return result

    def moved(self, piece: Piece) -> list[Statement]:
        """A statement of the program as it stands in a function."""
        assert piece.node is not None
        original = self.source.statement(piece.node)
        action = self.actions.get(original)
        if action is not None and action.gone:
            return []
        expressions = self.expressions
        if piece.replaced is not None:
            expressions = expressions_for(self.source, piece.replaced)
        actions = self.inner_actions()
        actions.update((self.source.statement(n), each) for n, each in piece.actions.items())
        node = original.visit(_Writer(self.source, expressions, actions))
        assert isinstance(node, (cst.SimpleStatementLine, cst.BaseCompoundStatement))
        if action is not None and action.unwrapped:
            kept, _ = _unwrapped(node)
            return kept
        lines = _trimmed(node.leading_lines)
        if piece.returned:
            assert isinstance(node, cst.SimpleStatementLine)
            assign = node.body[0]
            if isinstance(assign, cst.Assign):
                node = node.with_changes(body=[cst.Return(assign.value)])
        first = [_parsed(text) for text in action.leading] if action is not None else []
        if first:
            first[0] = first[0].with_changes(leading_lines=lines)
            lines = []
        return [*first, node.with_changes(leading_lines=lines)]

    def inner_actions(self) -> dict[Statement, Action]:
        """What happens to the statements of a block wherever it moves: scopes are unwrapped."""
        return {node: action for node, action in self.actions.items() if not action.after}


def _with_parameters(params: cst.Parameters, names: list[str]) -> cst.Parameters:
    """The parameters of a function with some more at the end, by keyword if need be."""
    added = [cst.Param(cst.Name(name)) for name in names]
    if not params.kwonly_params and not any(each.default for each in params.params):
        return params.with_changes(params=[*params.params, *added])
    star = params.star_arg if params.kwonly_params else cst.ParamStar()
    return params.with_changes(kwonly_params=[*params.kwonly_params, *added], star_arg=star)


def _comment(text: str) -> cst.EmptyLine:
    return cst.EmptyLine(comment=cst.Comment(text))


def split_lines(text: str) -> str:
    """The same program with each simple statement on a line of its own."""
    return cst.parse_module(text).visit(_Lines()).code


class _Lines(cst.CSTTransformer):
    def leave_SimpleStatementLine(
        self, original_node: cst.SimpleStatementLine, updated_node: cst.SimpleStatementLine
    ) -> cst.SimpleStatementLine | cst.FlattenSentinel[cst.SimpleStatementLine]:
        """``a; b`` as two lines."""
        if len(updated_node.body) == 1:
            return updated_node
        lines = [cst.SimpleStatementLine([_alone(each)]) for each in updated_node.body]
        lines[0] = lines[0].with_changes(leading_lines=updated_node.leading_lines)
        lines[-1] = lines[-1].with_changes(trailing_whitespace=updated_node.trailing_whitespace)
        return cst.FlattenSentinel(lines)

    def leave_SimpleStatementSuite(
        self, original_node: cst.SimpleStatementSuite, updated_node: cst.SimpleStatementSuite
    ) -> cst.IndentedBlock:
        """``if x: y`` as two lines."""
        body = [cst.SimpleStatementLine([_alone(each)]) for each in updated_node.body]
        last = body[-1].with_changes(trailing_whitespace=updated_node.trailing_whitespace)
        return cst.IndentedBlock([*body[:-1], last])


def _alone(node: cst.BaseSmallStatement) -> cst.BaseSmallStatement:
    return node.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)


def _unwrapped(new: Statement) -> tuple[list[Statement], list[cst.EmptyLine]]:
    """The statements of the body of a ``with``, its comments before them."""
    assert isinstance(new, cst.With)
    if isinstance(new.body, cst.IndentedBlock):
        body = cast("list[Statement]", list(new.body.body))
        lines = list(new.leading_lines)
        if new.body.header.comment is not None:
            lines.append(cst.EmptyLine(comment=new.body.header.comment))
        footer = list(new.body.footer)
    else:
        body = [cst.SimpleStatementLine([each]) for each in new.body.body]  # type: ignore[list-item]
        lines, footer = list(new.leading_lines), []
    body = [each for each in body if not _is_pass(each)]
    if not body:
        return [], [*_comments(lines), *footer]
    body[0] = body[0].with_changes(leading_lines=[*lines, *_trimmed(body[0].leading_lines)])
    return body, footer


def _is_empty(body: cst.BaseSuite) -> bool:
    """Whether a block does nothing."""
    return len(body.body) == 1 and _is_pass(body.body[0])  # type: ignore[arg-type]


def _is_pass(node: Statement) -> bool:
    return (
        isinstance(node, cst.SimpleStatementLine)
        and len(node.body) == 1
        and isinstance(node.body[0], cst.Pass)
    )


def _is_function(node: cst.CSTNode) -> bool:
    return isinstance(node, (cst.FunctionDef, cst.ClassDef))


def _comments(lines: Iterable[cst.EmptyLine]) -> list[cst.EmptyLine]:
    return [line for line in lines if line.comment is not None]


def _blank(count: int) -> list[cst.EmptyLine]:
    return [cst.EmptyLine(indent=False) for _ in range(count)]


def _blank_at_start(lines: Iterable[cst.EmptyLine]) -> int:
    """How many blank lines come first."""
    count = 0
    for line in lines:
        if line.comment is not None:
            break
        count += 1
    return count


def _trimmed(lines: Iterable[cst.EmptyLine]) -> list[cst.EmptyLine]:
    """Lines without blank ones at their beginning."""
    result = list(lines)
    while result and result[0].comment is None:
        result.pop(0)
    return result


def _without_blank(node: Statement) -> Statement:
    return node.with_changes(leading_lines=_trimmed(node.leading_lines))
