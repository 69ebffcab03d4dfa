"""Which names a file binds, and where, so that new text neither collides nor is shadowed."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

Rows = tuple[int, int]

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_BINDING = {
    *_SCOPES,
    *_COMPREHENSIONS,
    ast.Import,
    ast.ImportFrom,
    ast.arg,
    ast.Global,
    ast.Nonlocal,
    ast.ExceptHandler,
    ast.MatchAs,
    ast.MatchStar,
}
_LEAVES = {ast.Constant, ast.Load, ast.Store, ast.Del, ast.Pass, str, int, type(None)}
"""What binds nothing and has nothing below it that does."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A name that an import binds: to which module or attribute, and in which rows it holds."""

    name: str
    dotted: str
    rows: Rows
    node: ast.Import | ast.ImportFrom


@dataclass(slots=True)
class Bindings:
    """The names of one file.

    ``others`` are the rows in which a name is bound to anything that is not an import;
    ``imported`` the imports of each name; ``used`` how often a name is read; ``module`` are the
    rows in which a name of the module itself holds.
    """

    module: Rows = (0, 0)
    imported: dict[str, list[Imported]] = field(default_factory=dict)
    others: dict[str, list[Rows]] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)

    def names_of(self, dotted: str, row: int) -> list[str]:
        """The names by which a module, or an attribute of one, can be read in a row."""
        return [
            name
            for name, every in self.imported.items()
            if any(each.dotted == dotted and covers(each.rows, row) for each in every)
            and self.means(name, dotted, row)
        ]

    def means(self, name: str, dotted: str, row: int) -> bool:
        """Whether a name is bound to this and to nothing else, as far as a row can see."""
        if any(covers(rows, row) for rows in self.others.get(name, ())):
            return False
        return all(
            each.dotted == dotted for each in self.imported.get(name, ()) if covers(each.rows, row)
        )

    def is_free(self, name: str, row: int) -> bool:
        """Whether an import at the top may bind a name that is to be read in a row.

        It is bound nowhere at the top of the file, nor in what encloses the row.
        """
        if any(covers(rows, row) for rows in self.others.get(name, ())):
            return False
        return not any(covers(each.rows, row) for each in self.imported.get(name, ()))


def covers(rows: Rows, row: int) -> bool:
    """Whether a row is among others."""
    return rows[0] <= row <= rows[1]


def collect(tree: ast.Module, last_row: int) -> Bindings:
    """The names that a file binds."""
    bindings = Bindings((0, last_row + 1))
    _Collector(bindings).visit(tree)
    return bindings


class _Collector:
    """Walks a tree with the rows of the scope that it is in."""

    def __init__(self, bindings: Bindings) -> None:
        self.bindings = bindings

    def visit(self, tree: ast.Module) -> None:
        """Note every binding of a module."""
        used = self.bindings.used
        waiting: list[tuple[ast.AST, Rows]] = [(tree, self.bindings.module)]
        while waiting:
            node, rows = waiting.pop()
            kind = node.__class__
            if kind is ast.Name:
                if node.ctx.__class__ is ast.Load:  # type: ignore[attr-defined]
                    name = node.id  # type: ignore[attr-defined]
                    used[name] = used.get(name, 0) + 1
                else:
                    self.other(node.id, rows)  # type: ignore[attr-defined]
                continue
            if kind is ast.Attribute:
                waiting.append((node.value, rows))  # type: ignore[attr-defined]
                continue
            inner = self.note(node, rows) if kind in _BINDING else rows
            for name in node._fields:
                value = getattr(node, name, None)
                if value.__class__ is list:
                    waiting += [(each, inner) for each in value if each.__class__ not in _LEAVES]
                elif isinstance(value, ast.AST) and value.__class__ not in _LEAVES:
                    waiting.append((value, inner))

    def note(self, node: ast.AST, rows: Rows) -> Rows:
        """Note what one node binds; the rows of the scope that it opens, or is in."""
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self.imports(node, rows)
        elif isinstance(node, _SCOPES):
            if not isinstance(node, ast.Lambda):
                self.other(node.name, rows)
            return (node.lineno, node.end_lineno or node.lineno)
        elif isinstance(node, ast.arg):
            self.other(node.arg, rows)
        elif isinstance(node, _COMPREHENSIONS):
            return (node.lineno, node.end_lineno or node.lineno)
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            for name in node.names:
                self.other(name, self.bindings.module)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            self.other(node.name, rows)
        return rows

    def other(self, name: str, rows: Rows) -> None:
        """Note a name that is bound to anything."""
        self.bindings.others.setdefault(name, []).append(rows)

    def imports(self, node: ast.Import | ast.ImportFrom, rows: Rows) -> None:
        """Note the names that an import statement binds."""
        for name, dotted in imported_names(node):
            found = Imported(name, dotted, rows, node)
            self.bindings.imported.setdefault(name, []).append(found)


def imported_names(node: ast.Import | ast.ImportFrom) -> Iterable[tuple[str, str]]:
    """The names that an import binds, each with what it is bound to."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield alias.asname or alias.name, f"{module}.{alias.name}"
        elif alias.asname:
            yield alias.asname, alias.name
        else:
            root = alias.name.partition(".")[0]
            yield root, root
