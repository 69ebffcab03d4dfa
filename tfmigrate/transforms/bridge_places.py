"""Where a symbol is to be had in graph mode on the target release, if anywhere."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from tfmigrate.atlas import Kind, Signature
from tfmigrate.catalogue import support
from tfmigrate.engine.context import Context
from tfmigrate.engine.verdicts import is_private
from tfmigrate.model import Applicability, Dialect
from tfmigrate.names import Reference, plain
from tfmigrate.names.knowledge import COMPAT, TENSOR
from tfmigrate.transforms.bridge_names import (
    CORE,
    EVALUATION,
    KERAS_2,
    LEGACY,
    LITERALS,
    MODULES,
    PATHS,
    SIMPLE,
    SLIM,
    SLIM_PLAIN,
    SUPPORT,
    WITHOUT_LEGACY,
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A name that works in graph mode: its canonical path.

    ``support`` is the block of ``rules/support`` that defines it; then ``path`` is a name of the
    file itself. Where ``literal`` is set, ``path`` is an expression.
    """

    path: str
    support: str = ""
    literal: bool = False

    @property
    def legacy(self) -> bool:
        """Whether it comes from ``tf_keras``."""
        name = plain(self.path)
        return below(name, LEGACY) and name != "tf.keras" and not below(name, WITHOUT_LEGACY)

    @property
    def shim(self) -> bool:
        """Whether ``tf_slim`` needs to be helped with it."""
        root, _, name = self.path.partition(".")
        return root == "tf_slim" and bool(name) and name not in SLIM_PLAIN


def below(symbol: str, namespaces: Iterable[str]) -> bool:
    """Whether a symbol is one of the namespaces, or in one."""
    return any(symbol == each or symbol.startswith(f"{each}.") for each in namespaces)


class Places:
    """The places of symbols, for one file."""

    def __init__(self, context: Context, dialect: Dialect) -> None:
        self.context = context
        self.swaps = dialect is Dialect.TF1
        """Whether ``import tensorflow`` becomes ``import tensorflow.compat.v1``."""

    def module(self, symbol: str) -> str:
        """What an imported module becomes; empty if it has no successor."""
        if symbol == "tf":
            return COMPAT if self.swaps else symbol
        name = public(symbol, self.context)
        if name in MODULES:
            return MODULES[name]
        if is_private(symbol):
            return symbol if self.alive(symbol) else ""
        spot = self.core(symbol)
        return spot.path if spot is not None else ""

    def spot(self, symbol: str, calls: Iterable[ast.Call | None]) -> Spot | None:
        """The place of a symbol that is called in these ways (None: not called); None if gone."""
        if not below(symbol, ("tf",)):
            return Spot(symbol)
        spot = self.core(symbol)
        if spot is not None:
            return spot
        name = public(plain(symbol), self.context)
        if name in LITERALS:
            return Spot(LITERALS[name], literal=True)
        if name in SUPPORT:
            block, defined = SUPPORT[name]
            return Spot(defined, block)
        if name in SIMPLE and all(is_simple(call, SIMPLE[name]) for call in calls):
            return self.core(SIMPLE[name][0])
        if name in CORE:
            return self.core(CORE[name])
        if is_private(name):
            return self.private(symbol)
        return slim(name) or elsewhere(name) or self.renamed(name)

    def core(self, symbol: str) -> Spot | None:
        """A symbol that TensorFlow still has: through ``tf.compat.v1`` if it can be."""
        if symbol == COMPAT or symbol.startswith(f"{COMPAT}."):
            return Spot(symbol) if self.lives(symbol) else None
        if below(symbol, ("tf.compat",)):
            # they are the same under tf.compat.v1, which has a `compat` of its own
            return Spot(f"{COMPAT}{symbol[2:]}" if self.swaps else symbol)
        if is_private(symbol):
            return Spot(symbol) if self.alive(symbol) else None
        compat = COMPAT + symbol[2:]
        if not self.swaps and self.lives(symbol):
            return Spot(symbol)
        if self.lives(compat):
            return Spot(compat)
        return Spot(f"tf.compat.v2{symbol[2:]}") if self.alive(symbol) else None

    def lives(self, symbol: str) -> bool:
        """Whether a symbol works in graph mode, with ``tf_keras`` if need be."""
        if below(plain(symbol), LEGACY) and not below(plain(symbol), WITHOUT_LEGACY):
            return self.context.atlas.alive(symbol, KERAS_2)
        return self.alive(symbol)

    def alive(self, symbol: str) -> bool:
        """Whether the target release has a symbol, as an attribute or for import."""
        atlas, target = self.context.atlas, self.context.target
        return atlas.alive(symbol, target) or atlas.importable(symbol, target)

    def private(self, symbol: str) -> Spot | None:
        """What a private name is called in public."""
        twin = self.context.atlas.twin(symbol)
        return self.core(twin) if twin is not None else None

    def renamed(self, symbol: str) -> Spot | None:
        """The successor that the catalogue knows, where the old arguments fit it as they are.

        It has to be the same in ``tf.compat.v1`` as in ``tf``, for which the row was written.
        """
        row, atlas, target = (
            self.context.catalogue.row(symbol),
            self.context.atlas,
            self.context.target,
        )
        if row is None or not row.is_rename or row.fix is not Applicability.SAFE or row.args:
            return None
        native, compat = row.to, COMPAT + row.to[2:]
        if not native.startswith("tf.") or below(native, LEGACY) or not self.alive(compat):
            return None
        if atlas.signature(native, target) != atlas.signature(compat, target):
            return None
        old, new = atlas.signature(symbol, atlas.releases[0]), atlas.signature(compat, target)
        if old is not None and (new is None or new.names[: len(old.names)] != old.names):
            return None
        return self.core(native)

    def signature(self, spot: Spot) -> Signature | None:
        """How what is at a place is called."""
        release = KERAS_2 if spot.legacy else self.context.target
        if not spot.path.startswith("tf.") or spot.support:
            return None
        return self.context.atlas.signature(spot.path, release)

    def member_lives(self, reference: Reference) -> bool:
        """Whether an object still has a member; what nobody speaks of is taken to be there."""
        symbol = plain(reference.symbol)
        atlas = self.context.atlas
        owner = public(plain(reference.root), self.context)
        if reference.rest:
            return True
        if owner in SUPPORT:
            return f"def {symbol.rpartition('.')[2]}(" in support.load()[SUPPORT[owner][0]].code
        if reference.guessed or owner == TENSOR or atlas.entry(symbol) is None:
            return True
        if symbol not in self.context.catalogue.symbols:
            return True
        compat = COMPAT + symbol[2:]
        return self.lives(compat) or self.lives(symbol) or atlas.alive(compat, KERAS_2)


def slim(name: str) -> Spot | None:
    """The place of a name of ``tf.contrib`` in ``tf_slim``."""
    namespace, _, last = name.rpartition(".")
    for module, names in (SLIM.get(namespace, ("", ())), _evaluation(namespace)):
        if last in names:
            return Spot(f"{module}.{last}")
    return None


def elsewhere(name: str) -> Spot | None:
    """The place of a name whose module has moved into another package as it was."""
    namespace, _, last = name.rpartition(".")
    module = MODULES.get(namespace, "tf")
    return None if below(module, ("tf", "tf_slim")) else Spot(f"{module}.{last}")


def _evaluation(namespace: str) -> tuple[str, frozenset[str]]:
    return EVALUATION if namespace == "tf.contrib.training" else ("", frozenset())


def public(symbol: str, context: Context) -> str:
    """The public name of what is spelled by its file (``tf.contrib.rnn.python.ops.rnn_cell``)."""
    if not symbol.startswith("tf.contrib.") or ".python" not in symbol:
        return symbol
    for path, name in PATHS.items():
        if below(symbol, (path,)):
            return name + symbol[len(path) :]
    namespace, _, rest = symbol.partition(".python")
    if not rest:
        return namespace
    found = f"{namespace}.{rest.rpartition('.')[2]}"
    entry = context.atlas.entry(found)
    if entry is not None:
        return found
    own = context.atlas.entry(symbol)
    is_module = own is None or own.kind is Kind.MODULE
    return namespace if is_module and namespace in MODULES else symbol


def is_simple(call: ast.Call | None, limits: tuple[str, tuple[str, ...], tuple[str, ...]]) -> bool:
    """Whether a call passes no more than what the simpler successor takes in the same way."""
    _, positional, keywords = limits
    if call is None or any(isinstance(each, ast.Starred) for each in call.args):
        return False
    names = {each.arg for each in call.keywords}
    return len(call.args) <= len(positional) and names <= {*keywords, *positional}


def is_module(symbol: str, context: Context) -> bool:
    """Whether a symbol is a module; the public name decides of what is spelled by its file."""
    found = public(symbol, context)
    if found != symbol and found not in MODULES:
        return False
    entry = context.atlas.entry(symbol)
    return found in MODULES or (entry is not None and entry.kind is Kind.MODULE)
