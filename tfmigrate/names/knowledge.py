"""What the resolver has to know about symbols: where they end, and what calling them makes."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field

from tfmigrate.atlas import Atlas, Kind
from tfmigrate.names.globs import Globs
from tfmigrate.names.values import Instance

TENSOR = "tf.Tensor"
COMPAT = "tf.compat.v1"
_V2 = "tf.compat.v2"


def plain(symbol: str) -> str:
    """The TensorFlow 1 spelling of a symbol: ``tf.compat.v1.log`` is ``tf.log``."""
    if symbol.startswith(COMPAT) and symbol[len(COMPAT) : len(COMPAT) + 1] in ("", "."):
        return "tf" + symbol[len(COMPAT) :]
    return symbol


def canonical(module: str) -> str:
    """The canonical spelling of a dotted path: ``tensorflow`` and ``tf.compat.v2`` are ``tf``."""
    if module == "tensorflow" or module.startswith("tensorflow."):
        module = "tf" + module[len("tensorflow") :]
    if module == _V2 or module.startswith(_V2 + "."):
        module = "tf" + module[len(_V2) :]
    return module


@dataclass(frozen=True)
class Types:
    """The tables of ``rules/types.toml``."""

    isa: Mapping[str, str] = field(default_factory=dict)
    returns: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    unique: Mapping[str, str] = field(default_factory=dict)
    guess: Mapping[str, str] = field(default_factory=dict)
    keywords: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)
    objects: Mapping[str, Collection[str]] = field(default_factory=dict)


class Knowledge:
    """The atlas and the type tables, with what was asked before remembered.

    ``roots`` are the import names whose symbols the catalogue speaks of, beside ``tensorflow``;
    ``symbols`` what it has rows for, which includes names older than the oldest release known.
    """

    def __init__(
        self,
        atlas: Atlas,
        types: Types,
        roots: frozenset[str] = frozenset(),
        symbols: Container[str] = frozenset(),
    ) -> None:
        self.atlas = atlas
        self.types = types
        self.roots = roots
        self.symbols = symbols
        self._isa = Globs(types.isa.items())
        self._returns = Globs(types.returns.items())
        self._split: dict[str, tuple[str, str]] = {}
        self._made: dict[str, Instance | None] = {}

    def split(self, dotted: str) -> tuple[str, str]:
        """The longest symbol that some release knows, and what the source says beyond it."""
        found = self._split.get(dotted)
        if found is None:
            found = self._split[dotted] = self._longest(dotted)
        return found

    def _longest(self, dotted: str) -> tuple[str, str]:
        inside = dotted == "tf" or dotted.startswith("tf.")
        known = self.atlas.resolve(dotted)[0] if inside else ""
        prefix = dotted
        while len(prefix) > len(known) and plain(prefix) not in self.symbols:
            prefix = prefix.rpartition(".")[0]
        longest = prefix or dotted
        return longest, dotted[len(longest) + 1 :]

    def made(self, dotted: str) -> Instance | None:
        """What calling ``dotted`` returns, where that is an object of a known class."""
        if dotted not in self._made:
            self._made[dotted] = self._make(dotted)
        return self._made[dotted]

    def _make(self, dotted: str) -> Instance | None:
        symbol, rest = self.split(dotted)
        symbol = plain(dotted if rest else symbol)
        returned = self._returns.best(symbol)
        if symbol in self.types.returns:
            kind = self.types.returns[symbol]
        elif self.is_class(symbol):
            kind = self._isa.best(symbol) or symbol
        elif returned is not None:
            kind = returned
        elif not rest and symbol.startswith("tf.") and symbol.rpartition(".")[2][:1].islower():
            kind = TENSOR
        else:
            kind = ""
        return Instance(kind, origin=symbol) if kind else None

    def is_class(self, symbol: str) -> bool:
        """Whether ``symbol`` is a class of some release."""
        entry = self.atlas.entry(symbol)
        return entry is not None and entry.kind is Kind.CLASS

    def base(self, dotted: str) -> str:
        """The class that objects of ``dotted`` count as objects of."""
        symbol = plain(self.split(dotted)[0])
        return self._isa.best(symbol) or symbol

    def returned(self, type_: str, member: str) -> Instance | None:
        """What calling a method returns; arithmetic and unknown methods return nothing known."""
        kind = self._returns.best(f"{type_}.{member}")
        return Instance(kind) if kind else None

    def property(self, type_: str, member: str) -> Instance | None:
        """What an attribute of an object is."""
        kind = self.types.properties.get(f"{type_}.{member}")
        return Instance(kind) if kind else None

    def item(self, type_: str) -> Instance | None:
        """What indexing an object, or unpacking it, gives."""
        kind = self.types.items.get(type_)
        return Instance(kind) if kind else None
