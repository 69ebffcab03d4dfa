"""What the resolver has to know about symbols: where they end, and what calling them makes."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field
from fnmatch import translate

from tfmigrate.atlas import Atlas, Kind
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


class Globs:
    """A table keyed by symbols and patterns of symbols; the most specific key wins."""

    def __init__(self, table: Mapping[str, str]) -> None:
        self._exact = {key: value for key, value in table.items() if "*" not in key}
        patterns = sorted((key for key in table if "*" in key), key=len, reverse=True)
        self._patterns = [(compile_glob(key), table[key]) for key in patterns]
        self._memo: dict[str, str | None] = {}

    def get(self, symbol: str) -> str | None:
        """The value for ``symbol``, or None where no key fits."""
        found = self._exact.get(symbol)
        if found is not None:
            return found
        if symbol not in self._memo:
            self._memo[symbol] = next(
                (value for pattern, value in self._patterns if pattern.match(symbol)), None
            )
        return self._memo[symbol]


def compile_glob(glob: str) -> re.Pattern[str]:
    """A pattern of symbols as a regular expression.

    ``*`` is any run of characters within one part of a dotted name; a final ``.*`` is everything
    below, at any depth.
    """
    deep = glob.endswith(".*")
    parts = (glob[:-2] if deep else glob).split(".")
    each = (translate(part).replace(".*", "[^.]*") for part in parts)
    bodies = [re.sub(r"^\(\?s:(.*)\)\\[Zz]$", r"\1", one) for one in each]
    return re.compile(r"\.".join(bodies) + (r"\..+" if deep else "") + r"\Z")


def compile_all(*globs: str) -> tuple[re.Pattern[str], ...]:
    """Several patterns of symbols."""
    return tuple(compile_glob(each) for each in globs)


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
        self._isa = Globs(types.isa)
        self._returns = Globs(types.returns)
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
        if rest:
            return None
        symbol = plain(symbol)
        returned = self._returns.get(symbol)
        if symbol in self.types.returns:
            kind = self.types.returns[symbol]
        elif self.is_class(symbol):
            kind = self._isa.get(symbol) or symbol
        elif returned is not None:
            kind = returned
        elif symbol.startswith("tf.") and symbol.rpartition(".")[2][:1].islower():
            kind = TENSOR
        else:
            kind = ""
        return Instance(kind) if kind else None

    def is_class(self, symbol: str) -> bool:
        """Whether ``symbol`` is a class of some release."""
        entry = self.atlas.entry(symbol)
        return entry is not None and entry.kind is Kind.CLASS

    def base(self, dotted: str) -> str:
        """The class that objects of ``dotted`` count as objects of."""
        symbol = plain(self.split(dotted)[0])
        return self._isa.get(symbol) or symbol

    def returned(self, type_: str, member: str) -> Instance | None:
        """What calling a method returns; arithmetic and unknown methods return nothing known."""
        kind = self._returns.get(f"{type_}.{member}")
        return Instance(kind) if kind else None

    def property(self, type_: str, member: str) -> Instance | None:
        """What an attribute of an object is."""
        kind = self.types.properties.get(f"{type_}.{member}")
        return Instance(kind) if kind else None

    def item(self, type_: str) -> Instance | None:
        """What indexing an object, or unpacking it, gives."""
        kind = self.types.items.get(type_)
        return Instance(kind) if kind else None
