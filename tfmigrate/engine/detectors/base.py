"""What every detector gets: the program, and the calls that its match is about."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from tfmigrate.catalogue import Match
from tfmigrate.engine.context import Context
from tfmigrate.engine.detectors.bindings import Bindings
from tfmigrate.model import Dialect
from tfmigrate.names import Names, Reference, plain
from tfmigrate.names.globs import compile_glob


@dataclass(frozen=True)
class Program:
    """One parsed file, what its names stand for, and the dialect it speaks."""

    tree: ast.Module
    names: Names
    dialect: Dialect

    @cached_property
    def by_symbol(self) -> dict[str, list[Reference]]:
        """The references to each symbol, in its TensorFlow 1 spelling."""
        found: dict[str, list[Reference]] = {}
        for reference in self.names.references:
            found.setdefault(plain(reference.symbol), []).append(reference)
        return found

    @cached_property
    def bindings(self) -> Bindings:
        """What is assigned to each name; read when a detector first asks."""
        return Bindings(self.tree, self.names.inner)

    def symbols(self, match: Match) -> Iterator[str]:
        """The symbols of this file that a match is about."""
        for glob in match.symbols:
            if "*" not in glob:
                if glob in self.by_symbol:
                    yield glob
                continue
            pattern = compile_glob(glob)
            yield from (each for each in self.by_symbol if pattern.match(each))

    def calls(self, match: Match) -> Iterator[tuple[ast.Call, str]]:
        """The calls of what a match is about, each with its symbol.

        A ``functools.partial`` is none: which arguments it gets, other places decide.
        """
        for symbol in dict.fromkeys(self.symbols(match)):
            for reference in self.by_symbol[symbol]:
                if reference.call is not None and not (reference.rest or reference.bound):
                    yield reference.call, symbol

    def evident(self, node: ast.expr | None) -> ast.AST | None:
        """The expression that a name evidently stands for, or the definition of a function.

        An expression that is not a name stands for itself.
        """
        return None if node is None else self.bindings.evident(node)


Found: TypeAlias = Iterator[tuple[ast.expr | ast.keyword, str | None]]
Detector: TypeAlias = Callable[[Program, Context, Match], Found]


def argument(call: ast.Call, position: int, *names: str) -> ast.expr | None:
    """The argument of a call by one of its names or by position; None if it is not plain to see."""
    for keyword in call.keywords:
        if keyword.arg in names:
            return keyword.value
    before = call.args[: position + 1]
    if len(before) <= position or any(isinstance(each, ast.Starred) for each in before):
        return None
    return before[position]


def integer(node: ast.AST | None) -> int | None:
    """The value of a whole number that is written out."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = integer(node.operand)
        return None if value is None else -value
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    return None
