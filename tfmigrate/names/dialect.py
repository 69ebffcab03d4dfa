"""Which dialect a file speaks, from what it refers to."""

from __future__ import annotations

from collections.abc import Iterable

from tfmigrate.atlas import Atlas
from tfmigrate.model import Dialect
from tfmigrate.names.knowledge import COMPAT, Knowledge, compile_glob, plain
from tfmigrate.names.values import Reference, Role

_GRAPH_MODE = (
    "tf.Session",
    "tf.InteractiveSession",
    "tf.placeholder",
    "tf.get_variable",
    "tf.variable_scope",
    "tf.global_variables_initializer",
    "tf.disable_v2_behavior",
    "tf.disable_eager_execution",
    "tf.layers.*",
    "tf.train.*Optimizer",
)
_GRAPH_MODE_PATTERNS = [compile_glob(each) for each in _GRAPH_MODE]


def infer(references: Iterable[Reference], knowledge: Knowledge) -> Dialect:
    """The dialect of a file with these references.

    Names that only TensorFlow 1 had speak for ``tf1``, names that only TensorFlow 2 has for
    ``tf2``; the more frequent wins, ``tf1`` on a tie, because such a name is dead where ``tf2``
    names are alive. What a ``try`` guards, and what is only guessed, says nothing.
    """
    old = new = compat = 0
    used = False
    for reference in references:
        used = True
        if reference.guarded or reference.guessed or reference.role is Role.MEMBER:
            continue
        symbol = reference.symbol
        if symbol.startswith(COMPAT):
            compat += speaks_graph_mode(reference)
            continue
        if not symbol.startswith("tf."):
            continue
        era = era_of(symbol, reference.rest, knowledge)
        old += era == "old"
        new += era == "new"
    if not used:
        return Dialect.NONE
    if old and old >= new:
        return Dialect.TF1
    return Dialect.COMPAT if compat else Dialect.TF2


def speaks_graph_mode(reference: Reference) -> bool:
    """Whether a reference to ``tf.compat.v1`` shows that the file builds graphs."""
    if reference.symbol == COMPAT:
        return reference.role is Role.IMPORT
    symbol = plain(reference.symbol)
    return any(pattern.match(symbol) for pattern in _GRAPH_MODE_PATTERNS)


def era_of(symbol: str, rest: str, knowledge: Knowledge) -> str:
    """``"old"`` for a name that TensorFlow 2.0 no longer had, ``"new"`` for one 1.15 had not."""
    atlas: Atlas = knowledge.atlas
    entry = atlas.entry(symbol)
    if entry is None:
        return "old" if symbol in knowledge.symbols else ""
    if rest and symbol.startswith("tf.contrib"):
        return "old"
    oldest = atlas.releases[0]
    if entry.releases == (oldest,):
        return "old"
    return "" if oldest in entry.releases else "new"
