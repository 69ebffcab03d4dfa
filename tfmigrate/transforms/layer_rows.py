"""What ``rules/layers.toml`` says of each layer function; its head describes the fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

from tfmigrate.catalogue import CatalogueError
from tfmigrate.catalogue.load import parse_toml, rules_folder

FILE = "layers.toml"
FORMS = (
    "layer",
    "object",
    "op",
    "pool",
    "dropout",
    "batch-norm",
    "layer-norm",
    "group-norm",
    "contrib",
    "separable",
    "repeat",
    "stack",
    "refused",
)


@dataclass(frozen=True, slots=True)
class LayerRow:
    """One layer function or class, and what becomes of its parameters."""

    symbol: str
    form: str = "layer"
    make: str = ""
    op: str = ""
    name: str = ""
    leading: tuple[str, ...] = ()
    weights: bool = True
    inputs: str = "inputs"
    args: Mapping[str, str] = field(default_factory=dict)
    add: Mapping[str, str] = field(default_factory=dict)
    call: Mapping[str, str] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)
    refuse: Mapping[str, str] = field(default_factory=dict)
    trains: bool = False
    scoped: str = ""
    initialized: tuple[str, ...] = ()
    regularized: tuple[str, ...] = ()
    reason: str = ""

    @property
    def contrib(self) -> bool:
        """Whether it is a function of ``tf.contrib``."""
        return self.symbol.startswith("tf.contrib.")


_FIELDS = {each.name for each in fields(LayerRow)} - {"symbol"} | {"like"}


@lru_cache(maxsize=1)
def load() -> Mapping[str, LayerRow]:
    """Every entry by its symbol, read once a process.

    Raises:
        CatalogueError: the file is missing or an entry cannot be understood.
    """
    path = rules_folder() / FILE
    try:
        tables = parse_toml(path, path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(f"{path}: {error}") from error
    return {symbol: row(symbol, tables) for symbol in tables}


def row(symbol: str, tables: Mapping[str, Any]) -> LayerRow:
    """The entry of ``symbol``, with what it takes of the one that it is like.

    Raises:
        CatalogueError: a field or a form is unknown, or there is no entry of that name.
    """
    data = merged(symbol, tables)
    unknown = sorted(set(data) - _FIELDS)
    if unknown:
        raise CatalogueError(f"{FILE}: {symbol}: unknown field {unknown[0]!r}")
    if data.get("form", "layer") not in FORMS:
        raise CatalogueError(f"{FILE}: {symbol}: unknown form {data['form']!r}")
    for key in ("leading", "initialized", "regularized"):
        data[key] = tuple(data.get(key, ()))
    return LayerRow(symbol, **data)


def merged(symbol: str, tables: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an entry on top of those of the entry it is like; tables are joined."""
    if symbol not in tables:
        raise CatalogueError(f"{FILE}: there is no entry {symbol!r}")
    own = dict(tables[symbol])
    other = own.pop("like", None)
    if other is None:
        return own
    found = merged(other, tables)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = {**found[key], **value} if both else value
    return found
