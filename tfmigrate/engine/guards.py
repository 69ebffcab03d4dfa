"""What a text has to hold after each pass over it: it parses, and no name has become undefined."""

from __future__ import annotations

import builtins
import symtable
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache

from tfmigrate.engine import syntax
from tfmigrate.engine.edits import Change
from tfmigrate.engine.spans import Lines

_GIVEN = frozenset(dir(builtins)) | {
    "__annotations__",
    "__builtins__",
    "__cached__",
    "__class__",
    "__file__",
    "__path__",
    "WindowsError",
}
"""What a module has without defining it."""


class GuardError(Exception):
    """A text that fixing must not leave behind; the message says what is wrong with it."""


@lru_cache(maxsize=4)
def tables(text: str) -> symtable.SymbolTable:
    """The scopes of a program; raises SyntaxError for what is none."""
    with warnings.catch_warnings(), syntax.deep_recursion():
        warnings.simplefilter("ignore")
        return symtable.symtable(text, "<text>", "exec")


def undefined(text: str) -> frozenset[str]:
    """The global names that a program uses and never binds; none where a star import hides them.

    Raises:
        GuardError: it is no program.
    """
    try:
        top = tables(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise GuardError(f"the result does not parse: {error}") from None
    used: set[str] = set()
    bound = set(_GIVEN)
    for table in every(top):
        for symbol in table.get_symbols():
            if table is top or symbol.is_global():
                name = symbol.get_name()
                if symbol.is_referenced():
                    used.add(name)
                if symbol.is_assigned() or symbol.is_imported():
                    bound.add(name)
    missing = frozenset(used - bound)
    return frozenset() if missing and has_star_import(text) else missing


def every(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """A scope and all the scopes in it."""
    waiting = [table]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(each.get_children())


def has_star_import(text: str) -> bool:
    """Whether names may come from ``from module import *``."""
    import ast

    if "import *" not in text.replace("import  ", "import "):
        return False
    tree = syntax.parse(text, Lines(text))
    return any(
        isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        for node in ast.walk(tree)
    )


def hold(before: frozenset[str], text: str) -> None:
    """Check a text against the undefined names that there were before.

    Raises:
        GuardError: it does not parse, or uses a name that nothing defines.
    """
    new = undefined(text) - before
    if new:
        names = ", ".join(f"`{name}`" for name in sorted(new))
        raise GuardError(f"the result uses what is not defined in it: {names}")


def hold_lines(before: str, after: str, changes: Sequence[Change]) -> None:
    """Check that everything between the changes is what it was, character for character.

    Raises:
        GuardError: it is not, or the changes overlap.
    """
    at = shift = 0
    for each in (*changes, Change(len(before), len(before), "")):
        start = at + shift
        if each.start < at or before[at : each.start] != after[start : each.start + shift]:
            raise GuardError("the result differs where nothing was to be changed")
        shift += len(each.content) - (each.end - each.start)
        at = each.end
    if len(before) + shift != len(after):
        raise GuardError("the result differs where nothing was to be changed")
