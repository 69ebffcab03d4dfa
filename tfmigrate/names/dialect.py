"""Which dialect a file speaks, from what it refers to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tfmigrate.atlas import Atlas
from tfmigrate.model import Dialect
from tfmigrate.names.globs import compile_all
from tfmigrate.names.knowledge import COMPAT, Knowledge, plain
from tfmigrate.names.values import Names, Reference, Role

_SURE = compile_all(
    "tf.Session",
    "tf.InteractiveSession",
    "tf.placeholder",
    "tf.disable_v2_behavior",
    "tf.disable_eager_execution",
)
_LIKELY = compile_all("tf.get_variable", "tf.variable_scope", "tf.layers.*")


def infer(names: Names, knowledge: Knowledge) -> Dialect:
    """The dialect of a file in which the resolver found ``names``.

    Names that only TensorFlow 1 had speak for ``tf1``, names that only TensorFlow 2 has for
    ``tf2``; the more frequent wins, ``tf1`` on a tie, because such a name is dead where ``tf2``
    names are alive. What a ``try`` guards, and what is only guessed, says nothing.
    """
    every = names.references
    if not every:
        return Dialect.NONE
    certain = [each for each in every if not (each.guarded or each.guessed or is_member(each))]
    eras = Counter(era_of(each.symbol, each.rest, knowledge) for each in certain)
    if eras["old"] and eras["old"] >= eras["new"] and not names.declared_v2:
        return Dialect.TF1
    return Dialect.COMPAT if speaks_graph_mode(certain) else Dialect.TF2


def is_member(reference: Reference) -> bool:
    """Whether a reference is to a member of an object."""
    return reference.role is Role.MEMBER


def speaks_graph_mode(references: Iterable[Reference]) -> bool:
    """Whether references to ``tf.compat.v1`` show that the file builds graphs.

    Sessions and placeholders do. Where ``tf.compat.v1`` is imported beside ``tf``, as native code
    does for a corner of it, nothing else counts.
    """
    compat = [each for each in references if each.symbol.startswith(COMPAT)]
    symbols = [plain(each.symbol) for each in compat]
    if any(pattern.match(symbol) for symbol in symbols for pattern in _SURE):
        return True
    imported = {each.root for each in references if each.role is Role.IMPORT}
    if COMPAT in imported:
        return "tf" not in imported
    return any(pattern.match(symbol) for symbol in symbols for pattern in _LIKELY)


def era_of(symbol: str, rest: str, knowledge: Knowledge) -> str:
    """``"old"`` for a name that TensorFlow 2.0 no longer had, ``"new"`` for one 1.15 had not."""
    if symbol.startswith(COMPAT) or not symbol.startswith("tf."):
        return ""
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
