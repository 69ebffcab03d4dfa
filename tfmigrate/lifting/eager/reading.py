"""One state of an eager program while it is rewritten, and the edits that are collected for it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from tfmigrate.engine.context import Context
from tfmigrate.engine.edits import Offsets
from tfmigrate.engine.spans import Lines
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.normal import facts_of
from tfmigrate.model import Span
from tfmigrate.names.values import Object
from tfmigrate.transforms import removing
from tfmigrate.transforms.layer_values import Reading as Values
from tfmigrate.transforms.layers import reading_of
from tfmigrate.transforms.source import Piece, Source
from tfmigrate.transforms.spelling import Spelling, Unspellable

_INNER = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_PRIVATE = (
    ("tf.contrib.eager.python.tfe", "tf.contrib.eager"),
    ("tf.contrib.eager.python.network", "tf.contrib.eager"),
    ("tf.contrib.eager.python.saver", "tf.contrib.eager"),
    ("tf.contrib.eager.python.metrics_impl", "tf.contrib.eager.metrics"),
    ("tf.contrib.eager.python.metrics", "tf.contrib.eager.metrics"),
)
Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module


@dataclass
class Reader:
    """A text, what is known of it, and the pieces that are to change.

    ``imports`` and ``support`` are what the new text needs beside itself.
    """

    text: str
    context: Context
    imports: dict[str, None] = field(default_factory=dict)
    support: dict[str, None] = field(default_factory=dict)
    pieces: list[Piece] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.facts: Facts = facts_of(self.text, self.context)
        self.source = Source(Lines(self.text))
        self.spelling = Spelling(self.source, self.context, self.facts.tree, self.facts.names)
        self.parents: dict[ast.AST, ast.AST] = {
            child: node for node in self.facts.nodes for child in ast.iter_child_nodes(node)
        }

    @property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return self.facts.tree

    def symbol(self, node: ast.AST) -> str:
        """The symbol that an expression is, "" for anything else."""
        return public(self.facts.symbol(node) or "")

    def calls(self) -> Iterator[tuple[ast.Call, str]]:
        """Every call, with the symbol that it calls."""
        for node in self.facts.nodes:
            if isinstance(node, ast.Call):
                yield node, self.symbol(node.func)

    def of(self, node: ast.expr | ast.stmt | ast.keyword) -> str:
        """The text of a node."""
        return self.source.of(node)

    def spell(self, symbol: str, node: ast.AST) -> str:
        """What the file calls a symbol at a place; the import that this takes is noted."""
        try:
            spelled = self.spelling.spell(symbol, getattr(node, "lineno", 1))
        except Unspellable as error:
            raise Unliftable(node, str(error)) from None
        self.imports.update(dict.fromkeys(spelled.imports))
        return spelled.text

    def class_of(self, node: ast.expr) -> str:
        """The class of the file that an expression is an object of, "" if that is not known."""
        value = self.facts.names.values.get(id(node))
        if isinstance(value, Object):
            return value.cls.name
        names = {
            each.func.id if isinstance(each, ast.Call) and isinstance(each.func, ast.Name) else ""
            for each in self.bound_to(node)
        }
        name = next(iter(names)) if len(names) == 1 else ""
        return name if name in self.facts.classes else ""

    def bound_to(self, node: ast.expr) -> list[ast.expr]:
        """Everything that a name or attribute is assigned in the file."""
        return self._assigned.get(ast.unparse(node), [])

    @cached_property
    def _assigned(self) -> dict[str, list[ast.expr]]:
        """What names and attributes are assigned, by their text."""
        found: dict[str, list[ast.expr]] = {}
        for node in self.facts.nodes:
            if not isinstance(node, ast.Assign):
                continue
            for target in node.targets:
                found.setdefault(ast.unparse(target), []).append(node.value)
        return found

    def values(self, node: ast.AST) -> Values:
        """How the transforms of layers and optimizers read this file."""
        names, tree = self.facts.names, self.tree
        return reading_of(
            self.text, names, self.context, lambda symbol: self.spell(symbol, node), tree
        )

    # ------------------------------------------------------------------ where things stand

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around a node, the innermost first."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that a node stands in."""
        for each in (node, *self.above(node)):
            if isinstance(each, ast.stmt):
                return each
        raise Unliftable(node, "it stands in no statement")

    def scope(self, node: ast.AST) -> Scope:
        """The function, class or module that a node stands in."""
        return next((each for each in self.above(node) if isinstance(each, _SCOPES)), self.tree)

    def in_loop(self, node: ast.AST) -> bool:
        """Whether a node stands in a loop or comprehension of its scope."""
        for each in self.above(node):
            if isinstance(each, _SCOPES):
                return False
            if isinstance(each, (*_LOOPS, *_INNER)):
                return True
        return False

    def simple(self, node: ast.expr) -> ast.stmt:
        """The statement that an expression is part of, on rows of its own, evaluated just once.

        Raises:
            Unliftable: nothing can be written before or after it.
        """
        for each in self.above(node):
            if isinstance(each, (*_INNER, ast.IfExp, ast.BoolOp)):
                raise Unliftable(node, "it stands within a larger expression")
            if isinstance(each, ast.stmt):
                break
        statement = self.statement(node)
        if not isinstance(statement, (ast.Expr, ast.Assign, ast.Return, ast.AugAssign)):
            raise Unliftable(node, "it stands in the head of a block")
        source = self.source
        end = source.end(statement)
        rest = source.text[end : source.line_end(end)].strip()
        if not source.starts_line(source.start(statement)) or rest.startswith(";"):
            raise Unliftable(node, "something else stands on its line")
        return statement

    def indent(self, node: ast.stmt) -> str:
        """The white space before a statement."""
        return self.source.indentation(self.source.start(node))

    def fresh(self, node: ast.AST, *names: str, apart: Iterable[str] = ()) -> str:
        """The first of some names that nothing in the scope of a node, or around it, has."""
        taken = set(apart)
        for each in self.above(node):
            if isinstance(each, _SCOPES):
                inside = ast.walk(each) if not isinstance(each, ast.Module) else each.body
                taken |= set(_bound(inside, everything=not isinstance(each, ast.Module)))
                taken |= {name.id for name in ast.walk(each) if isinstance(name, ast.Name)}
        for name in names:
            if name not in taken:
                return name
        number = 2
        while f"{names[0]}_{number}" in taken:
            number += 1
        return f"{names[0]}_{number}"

    def apart(self, node: ast.stmt) -> tuple[int, int]:
        """The blank lines to add before and after, if a function takes a statement's place."""
        wanted = 2 if node in self.tree.body else 1
        lines = self.source.lines
        above, row = 0, node.lineno - 1
        while row > 0 and not lines[row].strip():
            above, row = above + 1, row - 1
        first = row <= 0 or lines[row].lstrip().startswith("#") or lines[row].rstrip()[-1] == ":"
        last = node.end_lineno or node.lineno
        below, row = 0, last + 1
        while row <= len(lines.lines) and not lines[row].strip():
            below, row = below + 1, row + 1
        ends = row > len(lines.lines)
        return 0 if first else max(0, wanted - above), 0 if ends else max(0, wanted - below)

    def shaped(self, lines: Iterable[str]) -> list[str]:
        """Lines with the indentation that the file has, instead of four spaces."""
        return [_reindented(line, self._unit) for line in lines]

    @cached_property
    def _unit(self) -> int:
        """How far the first block of the file is indented."""
        for node in self.facts.nodes:
            body = getattr(node, "body", None)
            if isinstance(node, ast.stmt) and isinstance(body, list) and body:
                step = int(body[0].col_offset - node.col_offset)
                if 0 < step <= 8 and body[0].lineno > node.lineno:
                    return step
        return 4

    # ------------------------------------------------------------------ edits

    def replace(self, node: ast.expr | ast.stmt | ast.keyword, text: str) -> None:
        """Write something in the place of a node."""
        self.pieces.append((self.source.start(node), self.source.end(node), text))

    def offsets(self, span: Span) -> tuple[int, int]:
        """Where a span begins and ends."""
        at = Offsets(self.text)
        return at.at(span.row, span.column), at.at(span.end_row, span.end_column)

    def lines_after(self, node: ast.stmt, lines: Sequence[str]) -> None:
        """Write lines after a statement, indented as it is."""
        end = self.source.line_end(self.source.end(node))
        indent = self.indent(node)
        self.pieces.append((end, end, "".join(f"\n{indent}{line}" for line in lines)))

    def lines_before(self, node: ast.stmt, lines: Sequence[str]) -> None:
        """Write lines before a statement, indented as it is."""
        start = self.source.line_start(self.source.start(node))
        indent = self.indent(node)
        self.pieces.append((start, start, indented(self.shaped(lines), indent)))

    def remove(self, node: ast.stmt) -> None:
        """Remove a statement, with its rows; where its block would be empty stands ``pass``."""
        body = next(
            (body for body in removing.blocks(self.tree, node.lineno) if node in body), [node]
        )
        start, end = self.source.start(node), self.source.end(node)
        piece = removing.rows(start, end, self.source)
        if piece is None:
            raise Unliftable(node, "something else stands on its line")
        if len(body) == 1:
            piece = (start, end, "pass")
        self.pieces.append(piece)

    def remove_arguments(self, call: ast.Call, gone: Iterable[ast.expr | ast.keyword]) -> None:
        """Remove arguments of a call, each with a comma."""
        every: list[ast.expr | ast.keyword] = sorted(
            [*call.args, *call.keywords], key=lambda each: (each.lineno, each.col_offset)
        )
        removed = list(gone)
        for each in removed:
            index = every.index(each)
            start, end = self.source.start(each), self.source.end(each)
            if index:
                self.pieces.append((self.source.end(every[index - 1]), end, ""))
            elif len(every) > 1:
                self.pieces.append((start, self.source.start(every[1]), ""))
            else:
                self.pieces.append((start, end, ""))

    def changed(self) -> str:
        """The text with the pieces changed."""
        text = self.text
        at = len(text) + 1
        for start, end, content in sorted(self.pieces, key=lambda each: each[:2], reverse=True):
            if end > at:
                line = text[: start + 1].count("\n") + 1
                raise Unliftable(ast.Pass(lineno=line, col_offset=0), "two changes meet here")
            text = text[:start] + content + text[end:]
            at = start
        return text


def public(symbol: str) -> str:
    """A symbol of ``contrib.eager`` in the spelling of its documentation."""
    for private, name in _PRIVATE:
        if symbol == private or symbol.startswith(f"{private}."):
            return name + symbol[len(private) :]
    return symbol


def _reindented(line: str, unit: int) -> str:
    """A line with so many spaces for each four that it begins with."""
    body = line.lstrip(" ")
    return " " * ((len(line) - len(body)) // 4 * unit) + body


def indented(lines: Iterable[str], indent: str) -> str:
    """Lines of code, indented, each with its newline."""
    return "".join(f"{indent}{line}\n" if line else "\n" for line in lines)


def arguments(call: ast.Call, names: Sequence[str]) -> dict[str, ast.expr]:
    """The arguments of a call by parameter.

    Raises:
        Unliftable: there are more, or some cannot be seen.
    """
    found: dict[str, ast.expr] = {}
    if any(isinstance(each, ast.Starred) for each in call.args) or len(call.args) > len(names):
        raise Unliftable(call, "what is passed to it is not understood")
    found.update(zip(names, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None or keyword.arg not in names:
            raise Unliftable(call, "what is passed to it is not understood")
        found[keyword.arg] = keyword.value
    return {name: each for name, each in found.items() if not is_none(each)}


def is_none(node: ast.expr) -> bool:
    """Whether an expression is ``None``."""
    return isinstance(node, ast.Constant) and node.value is None


def plain_parameters(args: ast.arguments) -> list[str] | None:
    """The names of parameters; None if some have defaults or are passed in other ways."""
    if args.vararg or args.kwarg or args.kwonlyargs or args.posonlyargs or args.defaults:
        return None
    return [each.arg for each in args.args]


def flat(text: str) -> str:
    """The text of an expression, in parentheses if it could not stand on lines of its own."""
    if "\n" not in text:
        return text
    try:
        ast.parse(f"_ = {text}")
    except SyntaxError:
        return f"({text})"
    return text


def _bound(nodes: Iterable[ast.AST], *, everything: bool) -> Iterator[str]:
    """The names that functions, classes and parameters among some nodes bind."""
    for each in nodes:
        if isinstance(each, (ast.FunctionDef, ast.ClassDef)):
            yield each.name
        elif everything and isinstance(each, ast.arg):
            yield each.arg


Signature = Mapping[str, ast.expr]
