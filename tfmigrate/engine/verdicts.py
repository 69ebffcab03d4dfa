"""What has become of the symbol that a reference resolves to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tfmigrate.atlas import Kind
from tfmigrate.catalogue import Match, Pattern, Row
from tfmigrate.engine.context import Context
from tfmigrate.model import Dialect
from tfmigrate.names import Reference, Role, plain
from tfmigrate.names.knowledge import COMPAT

GRAPH_DIALECTS = (Dialect.TF1, Dialect.COMPAT)
_PRIVATE = ("tf.python", "tf.core", "tf.tools", "tf.compiler", "tf.lite.python")


class Fate(Enum):
    """What a symbol is on the target release."""

    REMOVED = "removed"
    COMPAT_ONLY = "only in tf.compat.v1"
    COMPAT_ALIAS = "also outside tf.compat.v1"
    RAISES = "raises"
    UNKNOWN = "unknown"
    OTHER_MEANING = "another meaning"
    MEMBER = "no such member"
    FOREIGN = "another distribution"
    PRIVATE = "private"
    NO_IMPORT = "an attribute that no import statement finds"


@dataclass(frozen=True, slots=True)
class Verdict:
    """That a reference is retired: how, and what the catalogue says of it.

    ``symbol`` is the name that the user should read: the TensorFlow 1 spelling.
    """

    symbol: str
    fate: Fate
    alive: bool
    row: Row | None
    pattern: Pattern | None
    match: Match | None


def dialect_of(reference: Reference, dialect: Dialect) -> Dialect:
    """The dialect that a reference speaks: that of its file, or what its spelling says."""
    return Dialect.TF2 if reference.declared_v2 else dialect


def judge(reference: Reference, context: Context, dialect: Dialect) -> Verdict | None:
    """What is to be said of the symbol of ``reference``; None if it is fine where it stands."""
    if reference.role in (Role.ALIAS, Role.DYNAMIC):
        return None
    if reference.guessed and dialect not in GRAPH_DIALECTS:
        return None
    if any(_fine(other, context, dialect) for other in reference.alternatives):
        return None
    fate = fate_of(reference, context, dialect)
    if fate is None:
        return None
    symbol = full_name(reference, context)
    row = row_for(reference, symbol, fate, context)
    claim = context.catalogue.claim(symbol, dialect.value)
    if claim is None and row is not None and not row.symbol.endswith("*"):
        claim = context.catalogue.claim(row.symbol, dialect.value)
    pattern, match = claim if claim is not None else (None, None)
    if fate is Fate.PRIVATE:
        alive = private_alive(reference, context)
    else:
        alive = not reference.rest and usable(reference, context)
    return Verdict(symbol, fate, alive, row, pattern, match)


def row_for(reference: Reference, symbol: str, fate: Fate, context: Context) -> Row | None:
    """The row that speaks for a symbol, else for its class or for its public twin."""
    row = context.catalogue.row(symbol)
    if fate is Fate.MEMBER and row is None:
        return context.catalogue.row(plain(reference.root))
    if fate is Fate.REMOVED and (row is None or row.symbol.endswith("*")):
        return renamed_owner(symbol, context) or row
    if fate is Fate.PRIVATE and (row is None or row.symbol.endswith("*")):
        public = context.atlas.twin(symbol)
        if public is not None and context.atlas.alive(public, context.target):
            return Row(symbol, to=public)
        return (context.catalogue.row(public) if public is not None else None) or row
    return row


def renamed_owner(symbol: str, context: Context) -> Row | None:
    """The row of a member of a class that is only called otherwise: it goes with the class."""
    owner, _, member = symbol.rpartition(".")
    entry = context.atlas.entry(owner)
    if entry is None or entry.kind is not Kind.CLASS:
        return None
    row = context.catalogue.row(owner)
    if row is None or row.symbol.endswith("*") or not row.is_rename or row.fix is None:
        return None
    successor = f"{row.to}.{member}"
    if not context.atlas.alive(successor, context.target):
        return None
    return Row(symbol, to=successor, fix=row.fix, needs=row.needs)


def _fine(dotted: str, context: Context, dialect: Dialect) -> bool:
    """Whether the other thing that a name may be, from a fallback import, is alive."""
    symbol, rest = context.knowledge.split(dotted)
    return not rest and context.atlas.alive(symbol, context.target)


def full_name(reference: Reference, context: Context) -> str:
    """The symbol in its TensorFlow 1 spelling, with what no release knows of it."""
    symbol, rest = reference.symbol, reference.rest
    entry = context.atlas.entry(symbol)
    if rest and (entry is None or entry.kind is Kind.MODULE):
        symbol = f"{symbol}.{rest}" if symbol else rest
    return plain(symbol)


def fate_of(reference: Reference, context: Context, dialect: Dialect) -> Fate | None:
    """How the symbol fares on the target release; None if there is nothing to say."""
    symbol = reference.symbol
    if not (symbol == "tf" or symbol.startswith("tf.")):
        known = context.catalogue.row(full_name(reference, context))
        return Fate.FOREIGN if known is not None else None
    if reference.role is Role.MEMBER:
        return member_fate(reference, context, dialect)
    if is_private(full_name(reference, context)):
        return private_fate(reference, context, dialect)
    entry = context.atlas.entry(symbol)
    if entry is None:
        return Fate.REMOVED
    if reference.rest and entry.kind is Kind.MODULE:
        return unknown_fate(reference, context)
    if not usable(reference, context):
        return dead_fate(symbol, context)
    if import_fails(reference, context):
        return Fate.NO_IMPORT
    if symbol == COMPAT:
        return Fate.COMPAT_ALIAS if reference.role is Role.IMPORT else None
    if symbol.startswith(COMPAT + "."):
        return compat_fate(reference, context)
    return Fate.OTHER_MEANING if means_otherwise(symbol, context, dialect) else None


def is_private(symbol: str) -> bool:
    """Whether a symbol is in a part of the package that is not public API."""
    return any(symbol == each or symbol.startswith(f"{each}.") for each in _PRIVATE)


def usable(reference: Reference, context: Context) -> bool:
    """Whether the target release has the symbol, in the way that the source asks for it.

    Some modules are no attribute until somebody imports them (``tensorflow.keras.saving``).
    """
    atlas, target = context.atlas, context.target
    if atlas.alive(reference.symbol, target):
        return True
    imported = reference.role is Role.IMPORT or atlas.importable(reference.root, target)
    return imported and atlas.importable(reference.symbol, target)


def import_fails(reference: Reference, context: Context) -> bool:
    """Whether an import statement raises for what is there as an attribute."""
    if reference.role is not Role.IMPORT or reference.guarded:
        return False
    symbol, root = reference.symbol, reference.root
    name = symbol[len(root) + 1 :] if symbol != root else ""
    return context.atlas.import_fails(root, context.target, name)


def dead_fate(symbol: str, context: Context) -> Fate:
    """Why a symbol that some release had is not usable on the target."""
    target = context.target
    if context.atlas.exists(symbol, target):
        return Fate.RAISES
    alias = COMPAT + symbol[2:] if not symbol.startswith(COMPAT) else symbol
    if context.atlas.alive(alias, target):
        return Fate.COMPAT_ONLY
    if context.atlas.exists(alias, target):
        return Fate.RAISES
    entry = context.atlas.entry(symbol)
    first = entry.releases[0] if entry is not None else target
    releases = context.atlas.releases
    return Fate.UNKNOWN if releases.index(first) > releases.index(target) else Fate.REMOVED


def compat_fate(reference: Reference, context: Context) -> Fate | None:
    """A living ``tf.compat.v1`` name: whether ``tf`` has it, too.

    Where the name that the source starts with is all of ``tf.compat.v1``, the import is reported
    and a name that ``tf`` has as well needs no change of its own.
    """
    symbol = reference.symbol
    entry = context.atlas.entry(symbol)
    if entry is not None and entry.kind is Kind.MODULE:
        return None
    native = plain(symbol)
    if not context.atlas.alive(native, context.target):
        return Fate.COMPAT_ONLY
    if means_otherwise(native, context, Dialect.COMPAT):
        return Fate.OTHER_MEANING
    return None if reference.root == COMPAT else Fate.COMPAT_ALIAS


def means_otherwise(symbol: str, context: Context, dialect: Dialect) -> bool:
    """Whether a living name meant something else to the dialect of the file."""
    if dialect not in GRAPH_DIALECTS:
        return False
    claim = context.catalogue.claim(symbol, dialect.value)
    if claim is not None and claim[1].dialects:
        return True
    row = context.catalogue.symbols.get(symbol)
    return row is not None and row.get("to", symbol) != symbol


def unknown_fate(reference: Reference, context: Context) -> Fate | None:
    """A name that no release has, below a module that some release has."""
    symbol, rest = reference.symbol, reference.rest
    if not usable(reference, context):
        return dead_fate(symbol, context)
    if reference.stored or rest.startswith("_"):
        return None
    return Fate.UNKNOWN


def private_fate(reference: Reference, context: Context, dialect: Dialect) -> Fate | None:
    """An import from the inside of TensorFlow: dead, or alive and not for use."""
    if private_alive(reference, context) and dialect not in GRAPH_DIALECTS:
        return None
    return Fate.PRIVATE


def private_alive(reference: Reference, context: Context) -> bool:
    """Whether the target release has it; what is below a class is not known."""
    entry = context.atlas.entry(reference.symbol)
    below = entry is not None and entry.kind is not Kind.MODULE
    known = not reference.rest or below
    return known and context.atlas.alive(reference.symbol, context.target)


def member_fate(reference: Reference, context: Context, dialect: Dialect) -> Fate | None:
    """A method or attribute of an object of a known class."""
    symbol = reference.symbol
    if reference.rest:
        symbol = f"{symbol}.{reference.rest}"
    entry = context.atlas.entry(symbol)
    owned = symbol in context.catalogue.symbols
    if entry is None:
        return Fate.MEMBER if owned else None
    if context.atlas.alive(symbol, context.target):
        return living_member_fate(symbol, context, dialect)
    on_objects = symbol.rpartition(".")[2] in context.knowledge.types.objects.get(
        reference.root, ()
    )
    if on_objects or not (owned or not carried_over(reference, context)):
        return None
    return Fate.MEMBER


def living_member_fate(symbol: str, context: Context, dialect: Dialect) -> Fate | None:
    """A member that is there, but is of no use without a graph.

    A pattern that names it says so; so does a row that speaks of more than arguments, but for
    Keras, whose members are the same with and without graphs.
    """
    if dialect not in GRAPH_DIALECTS:
        return None
    claim = context.catalogue.claim(symbol, dialect.value)
    if claim is not None and symbol in claim[1].symbols:
        return Fate.MEMBER
    row = context.catalogue.row(symbol)
    exact = row is not None and not row.symbol.endswith("*")
    speaks = exact and row is not None and not row.args and not symbol.startswith("tf.keras.")
    return Fate.MEMBER if speaks else None


def carried_over(reference: Reference, context: Context) -> bool:
    """Whether the class that takes the place of a retired one has the same member."""
    row = context.catalogue.row(plain(reference.root))
    if row is None or not row.to:
        return False
    member = reference.symbol.rpartition(".")[2]
    return context.atlas.alive(f"{row.to}.{member}", context.target)
