"""Looking things up in the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from tfmigrate.catalogue import rows
from tfmigrate.catalogue.load import read
from tfmigrate.catalogue.rows import Match, Pattern, Row
from tfmigrate.names.globs import Globs
from tfmigrate.names.knowledge import Types

_MAX_HOPS = 8


class Catalogue:
    """The rules, looked up by canonical symbol or by code.

    Rows are decoded when they are first asked for: a file uses a few dozen of thousands.
    """

    def __init__(self, data: Mapping[str, Any], digest: str) -> None:
        self.digest = digest
        self.symbols: Mapping[str, Any] = data["symbols"]
        self._patterns: Mapping[str, Any] = data["patterns"]
        self._types: Mapping[str, Any] = data["types"]
        self._rows: dict[str, Row | None] = {}
        self._claims: dict[tuple[str, str], tuple[Pattern, Match] | None] = {}
        self._on_calls: dict[str, tuple[tuple[Pattern, Match], ...]] = {}

    @cached_property
    def patterns(self) -> Mapping[str, Pattern]:
        """Every pattern by its code."""
        return {
            code: rows.pattern(code, data["front"], data["page"])
            for code, data in sorted(self._patterns.items())
        }

    @cached_property
    def prefixes(self) -> tuple[str, ...]:
        """The letters that codes start with: ``TFM``, and those of extra rules."""
        return tuple(sorted({code.rstrip("0123456789") for code in self._patterns}))

    @cached_property
    def types(self) -> Types:
        """The tables of ``types.toml``."""
        return Types(**self._types)

    @cached_property
    def roots(self) -> frozenset[str]:
        """The import names other than ``tensorflow`` that rows speak of."""
        first = {symbol.partition(".")[0] for symbol in self.symbols}
        return frozenset(first - {"tf"})

    def row(self, symbol: str) -> Row | None:
        """The row of ``symbol``: its own, that of its other spelling, or its namespace's."""
        if symbol not in self._rows:
            key = self._key(symbol)
            self._rows[symbol] = rows.row(key, self.symbols[key]) if key else None
        return self._rows[symbol]

    def _key(self, symbol: str, hops: int = 0) -> str | None:
        """The key of the row that speaks for ``symbol``."""
        if hops > _MAX_HOPS:
            return None
        data = self.symbols.get(symbol)
        if data is not None:
            return self._key(data["same"], hops + 1) if "same" in data else symbol
        namespace = symbol
        while "." in namespace:
            namespace = namespace.rpartition(".")[0]
            data = self.symbols.get(f"{namespace}.*")
            if data is None:
                continue
            if "same" not in data:
                return f"{namespace}.*"
            other = data["same"].removesuffix(".*") + symbol[len(namespace) :]
            found = self._key(other, hops + 1)
            if found is not None:
                return found
        return None

    def claim(self, symbol: str, dialect: str) -> tuple[Pattern, Match] | None:
        """The pattern that gives references to ``symbol`` their code, and the match that does."""
        key = (symbol, dialect)
        if key not in self._claims:
            fitting = [
                (rank, claim)
                for rank, claim in self._claiming.find(symbol)
                if not claim[1].dialects or dialect in claim[1].dialects
            ]
            best = max(fitting, key=lambda each: each[0], default=None)
            self._claims[key] = None if best is None else best[1]
        return self._claims[key]

    @cached_property
    def _claiming(self) -> Globs[tuple[Pattern, Match]]:
        return Globs(
            (glob, (pattern, match))
            for pattern in self.patterns.values()
            for match in pattern.matches
            if match.claims
            for glob in match.symbols
        )

    def on_calls(self, symbol: str) -> tuple[tuple[Pattern, Match], ...]:
        """The additional matches that look at the arguments of calls to ``symbol``."""
        if symbol not in self._on_calls:
            found = (value for _, value in self._calls.find(symbol))
            self._on_calls[symbol] = tuple(dict.fromkeys(found))
        return self._on_calls[symbol]

    @cached_property
    def _calls(self) -> Globs[tuple[Pattern, Match]]:
        return Globs(
            (glob, (pattern, match)) for pattern, match in self.additional for glob in match.symbols
        )

    @cached_property
    def additional(self) -> list[tuple[Pattern, Match]]:
        """The matches that add findings: on arguments, attributes, or by a detector."""
        return [
            (pattern, match)
            for pattern in self.patterns.values()
            for match in pattern.matches
            if not match.claims
        ]


def load(extra: Iterable[Path] = ()) -> Catalogue:
    """The catalogue, with the tables of other folders on top.

    Raises:
        CatalogueError: a rule file cannot be read or understood.
    """
    data, digest = read(tuple(extra))
    return Catalogue(data, digest)
