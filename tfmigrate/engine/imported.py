"""Which imports a program has, where each is bound, and whether anything still uses it."""

from __future__ import annotations

import ast
import re
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

from tfmigrate.engine import guards, syntax
from tfmigrate.engine.spans import Lines

ImportNode: TypeAlias = "ast.Import | ast.ImportFrom"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = ("body", "orelse", "finalbody")
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Key:
    """What an import is known by from one text to the next: where it is, and what it says."""

    scope: tuple[str, ...]
    module: str
    member: str
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Binding:
    """One name that an import statement binds.

    ``module`` is the dotted path with the dots of a relative import, ``member`` what ``from``
    takes out of it (empty for ``import``), ``name`` what is bound. ``body`` is the list of
    statements that the import stands in. ``guarded`` says that it stands in a ``try``, ``nested``
    that it stands in a block, but not in one of a function.
    """

    node: ImportNode
    alias: ast.alias
    scope: tuple[str, ...]
    module: str
    member: str
    name: str
    used: bool
    body: tuple[ast.stmt, ...]
    guarded: bool
    nested: bool
    in_class: bool

    @property
    def key(self) -> Key:
        """What it is known by."""
        return Key(self.scope, self.module, self.member, self.alias.asname or self.name)

    @property
    def root(self) -> str:
        """The package that it comes from; empty for a relative import."""
        return self.module.partition(".")[0]

    @property
    def dotted(self) -> bool:
        """Whether it is ``import a.b``, which binds ``a``."""
        return not self.member and not self.alias.asname and "." in self.module


@dataclass(frozen=True)
class Imports:
    """The imports of a program, with what it takes to edit them."""

    text: str
    tree: ast.Module
    lines: Lines
    bindings: tuple[Binding, ...]
    top: symtable.SymbolTable
    exported: frozenset[str]

    def hidden(self, name: str, rows: Iterable[int]) -> bool:
        """Whether a function around one of ``rows`` binds ``name`` itself."""
        wanted = list(rows)
        return any(
            name in table.get_identifiers()
            and table.lookup(name).is_local()
            and any(first <= row <= last for row in wanted)
            for first, last, table in self.functions
        )

    @cached_property
    def functions(self) -> tuple[tuple[int, int, symtable.SymbolTable], ...]:
        """The first and the last row of every function, and its scope."""
        tables = {(each.get_name(), each.get_lineno()): each for each in guards.every(self.top)}
        return tuple(
            (each.lineno, each.end_lineno or 0, tables[each.name, each.lineno])
            for each in statements(self.tree.body)
            if isinstance(each, _FUNCTIONS) and (each.name, each.lineno) in tables
        )

    def at_top(self) -> Iterator[Binding]:
        """The imports of the module itself that always run."""
        return (each for each in self.bindings if not each.scope and not each.nested)


@lru_cache(maxsize=4)
def read(text: str) -> Imports:
    """The imports of a program (its newlines are ``\\n``), which has to parse."""
    lines = Lines(text)
    tree = syntax.parse(text, lines)
    top = guards.tables(text)
    with syntax.deep_recursion():
        reader = _Reader(tree, top)
        reader.block(tree.body, top, (), nested=False, guarded=False, in_class=False)
    return Imports(text, tree, lines, tuple(reader.found), top, reader.exported)


class _Reader:
    def __init__(self, tree: ast.Module, top: symtable.SymbolTable) -> None:
        self.found: list[Binding] = []
        self.top = top
        self.scopes = {
            (str(each.get_name()), each.get_lineno()): each
            for each in guards.every(top)
            if each.get_type() in ("function", "class")
        }
        self.tree = tree
        self.exported = frozenset(exported(tree))

    @cached_property
    def quoted(self) -> frozenset[str]:
        """The names in strings that stand for code."""
        return self.exported | quoted(self.tree)

    def block(
        self,
        body: list[ast.stmt],
        table: symtable.SymbolTable,
        scope: tuple[str, ...],
        *,
        nested: bool,
        guarded: bool,
        in_class: bool,
    ) -> None:
        """Note the imports of some statements, and of what is below them."""
        for node in body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self.note(node, body, table, scope, (nested, guarded, in_class))
            elif isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
                inner = self.scopes.get((node.name, node.lineno))
                if inner is not None:
                    path = (*scope, node.name)
                    is_class = isinstance(node, ast.ClassDef)
                    self.block(
                        node.body, inner, path, nested=False, guarded=False, in_class=is_class
                    )
            else:
                tries = guarded or hasattr(node, "handlers")
                for part in blocks(node):
                    self.block(part, table, scope, nested=True, guarded=tries, in_class=in_class)

    def note(
        self,
        node: ImportNode,
        body: list[ast.stmt],
        table: symtable.SymbolTable,
        scope: tuple[str, ...],
        place: tuple[bool, bool, bool],
    ) -> None:
        nested, guarded, in_class = place
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                module, member = "." * node.level + (node.module or ""), alias.name
                name = alias.asname or alias.name
            else:
                module, member = alias.name, ""
                name = alias.asname or alias.name.partition(".")[0]
            self.found.append(
                Binding(
                    node,
                    alias,
                    scope,
                    module,
                    member,
                    name,
                    name == "*" or in_class or uses(table, self.top, name) or name in self.quoted,
                    tuple(body),
                    guarded,
                    nested,
                    in_class,
                )
            )


def blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The statements directly below a compound statement, block by block."""
    for name in _BLOCKS:
        part = getattr(node, name, None)
        if isinstance(part, list) and part and isinstance(part[0], ast.stmt):
            yield part
    for each in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield each.body


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement: a tenth of what there is in a tree."""
    waiting = list(body)
    while waiting:
        each = waiting.pop()
        yield each
        for part in blocks(each):
            waiting += part


def uses(table: symtable.SymbolTable, top: symtable.SymbolTable, name: str) -> bool:
    """Whether what is bound to ``name`` in a scope is used there or further inside."""
    try:
        symbol = table.lookup(name)
    except KeyError:
        return True
    if symbol.is_referenced() or symbol.is_assigned():
        # assigned, too: a fallback, or a `del`
        return True
    if table is not top and not symbol.is_local():
        return True
    for inner in guards.every(table):
        if inner is table or name not in inner.get_identifiers():
            continue
        symbol = inner.lookup(name)
        if (symbol.is_global() and symbol.is_referenced()) if table is top else symbol.is_free():
            return True
    return False


def exported(tree: ast.Module) -> Iterator[str]:
    """The names in ``__all__``, in whatever way they get there."""
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Expr)):
            names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
            if "__all__" in names:
                for each in ast.walk(node):
                    if isinstance(each, ast.Constant) and isinstance(each.value, str):
                        yield each.value


def quoted(tree: ast.Module) -> frozenset[str]:
    """The names in annotations that are strings: ``def f(x: "tf.Tensor")``."""
    found: set[str] = set()
    for statement in statements(tree.body):
        for part in types_of(statement):
            for each in ast.walk(part):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    found.update(_WORD.findall(each.value))
    return frozenset(found)


def types_of(node: ast.stmt) -> Iterator[ast.expr]:
    """What a statement says of types."""
    if isinstance(node, ast.AnnAssign):
        yield node.annotation
    elif isinstance(node, _FUNCTIONS):
        if node.returns is not None:
            yield node.returns
        given = node.args
        every = (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
        yield from (each.annotation for each in every if each and each.annotation)
