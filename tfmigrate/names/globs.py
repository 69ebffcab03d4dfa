"""Patterns of symbols, and tables that are keyed by them.

``*`` is any run of characters within one part of a dotted name; a final ``.*`` is everything
below, at any depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Generic, TypeVar

T = TypeVar("T")


@lru_cache(maxsize=4096)
def compile_glob(glob: str) -> re.Pattern[str]:
    """A pattern of symbols as a regular expression."""
    deep = glob.endswith(".*")
    parts = (glob[:-2] if deep else glob).split(".")
    body = r"\.".join("[^.]*".join(map(re.escape, part.split("*"))) for part in parts)
    return re.compile(body + (r"\..+" if deep else "") + r"\Z")


def compile_all(*globs: str) -> tuple[re.Pattern[str], ...]:
    """Several patterns of symbols."""
    return tuple(compile_glob(each) for each in globs)


class Globs(Generic[T]):
    """Values keyed by symbols and patterns of symbols; a key may have several values."""

    def __init__(self, items: Iterable[tuple[str, T]]) -> None:
        self._exact: dict[str, list[T]] = {}
        self._below: dict[str, list[T]] = {}
        self._others: list[tuple[str, re.Pattern[str], T]] = []
        for glob, value in items:
            namespace = glob.removesuffix(".*")
            if "*" not in glob:
                self._exact.setdefault(glob, []).append(value)
            elif "*" not in namespace:
                self._below.setdefault(namespace, []).append(value)
            else:
                self._others.append((glob, compile_glob(glob), value))

    def find(self, symbol: str) -> Iterator[tuple[tuple[bool, int], T]]:
        """Each value whose key fits, with its rank: exact above all, then the longer key."""
        for value in self._exact.get(symbol, ()):
            yield (True, len(symbol)), value
        namespace = symbol.rpartition(".")[0]
        while namespace:
            for value in self._below.get(namespace, ()):
                yield (False, len(namespace) + 2), value
            namespace = namespace.rpartition(".")[0]
        for glob, pattern, value in self._others:
            if pattern.match(symbol):
                yield (False, len(glob)), value

    def best(self, symbol: str) -> T | None:
        """The value of the most specific key that fits; the first of equals."""
        found = max(self.find(symbol), key=lambda each: each[0], default=None)
        return None if found is None else found[1]
