"""An eager program: how it is known, and the steps that make it native."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from tfmigrate.engine import edits, program
from tfmigrate.engine.context import Context
from tfmigrate.engine.edits import Offsets
from tfmigrate.engine.selection import Selection
from tfmigrate.lifting.eager import flags, gradients, leftovers, networks, optimizers, state
from tfmigrate.lifting.eager.reading import Reader
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.renaming import dimensions
from tfmigrate.lifting.roles import Role
from tfmigrate.model import Applicability, Dialect, Finding

_GRAPH = frozenset({Role.SESSION, Role.RUN, Role.EVAL, Role.PLACEHOLDER})
_STEPS: tuple[Callable[[Reader], None], ...] = (
    state.restores,
    networks.by_keyword,
    networks.networks,
    optimizers.trained,
    optimizers.methods,
    gradients.functions,
    optimizers.constructors,
    networks.layer_objects,
    networks.own_layers,
    networks.recurrent,
    networks.weights,
    state.metrics,
    state.savers,
    state.summaries,
    state.global_step,
    leftovers.switches,
)
_ROWS = frozenset(
    {
        "tf.data.make_one_shot_iterator",
        "tf.data.Dataset.make_one_shot_iterator",
        "tf.keras.layers.CuDNNGRU",
        "tf.keras.layers.CuDNNLSTM",
        "tf.contrib.summary.flush",
        "tf.Dimension.value",
        "tf.assign",
        "tf.assign_add",
        "tf.assign_sub",
    }
)
"""Symbols whose fixes are unsafe only because of what graphs, saved models or sessions do."""
_DRAWN = frozenset(
    {
        "tf.contrib.layers.xavier_initializer",
        "tf.contrib.layers.xavier_initializer_conv2d",
        "tf.contrib.layers.variance_scaling_initializer",
        "tf.glorot_normal_initializer",
        "tf.glorot_uniform_initializer",
        "tf.truncated_normal_initializer",
    }
)
"""Initializers that draw the same numbers whenever they are called: safe where that is once."""
_PASSES = 6


@dataclass(frozen=True)
class Native:
    """The text of the whole file, and what it needs beside itself."""

    text: str
    imports: tuple[str, ...] = ()
    support: tuple[str, ...] = ()


def is_eager(facts: Facts) -> bool:
    """Whether a program was eager on TensorFlow 1: it says so, or uses what only worked so."""
    symbols = {facts.symbol(each.node) or "" for each in facts.references.values()}
    if facts.roles & _GRAPH:
        return False
    if symbols & leftovers.ENABLES:
        return True
    if any(each.startswith("tf.contrib.eager") for each in symbols) or imports_eager(facts):
        return True
    tape = "tf.GradientTape" in symbols
    return tape and any(map(optimizers.is_optimizer, symbols))


def imports_eager(facts: Facts) -> bool:
    """Whether ``contrib.eager`` is imported."""
    return any(each.symbol.startswith("tf.contrib.eager") for each in facts.names.references)


@dataclass(frozen=True)
class Kept:
    """What is not understood, and the text in which it stands, on the way to the native one."""

    stop: Unliftable
    text: str


def native(text: str, context: Context) -> Native | Kept:
    """Make an eager program native; what stops that, if anything in it is not understood."""
    imports: dict[str, None] = {}
    support: dict[str, None] = {}
    for step in (*_STEPS, _dimensions, _rows, leftovers.imports):
        reader = Reader(text, context, imports, support)
        try:
            step(reader)
            text = reader.changed()
        except Unliftable as stop:
            return Kept(stop, text)
    return Native(text, tuple(imports), tuple(support))


def _dimensions(reader: Reader) -> None:
    """Dimensions of shapes are numbers."""
    changed = dimensions(reader.text, reader.facts)
    if changed is not None:
        reader.pieces.append((0, len(reader.text), changed))


def _rows(reader: Reader) -> None:
    """Make the fixes of rows that are safe in a program that has no graph."""
    text = reader.text
    plain = flags.parsed_first(reader)
    _check_drawn(reader)
    for _ in range(_PASSES):
        checked = program.check(text, reader.context, Selection(), Dialect.TF1)
        ready = [each for each in checked.findings if _is_ready(each, plain)]
        chosen = edits.choose(ready, Offsets(text), lambda _: True)
        if not chosen.findings:
            break
        for each in chosen.findings:
            if each.fix is not None:
                reader.imports.update(dict.fromkeys(each.fix.imports))
                reader.support.update(dict.fromkeys(each.fix.support))
        text = edits.apply(text, chosen.changes)
    if text != reader.text:
        reader.pieces.append((0, len(reader.text), text))


def _is_ready(finding: Finding, plain_flags: bool) -> bool:
    """Whether the fix of a finding is to be made here; the safe ones were made before."""
    if finding.fix is None:
        return False
    if plain_flags and flags.is_flags(finding.symbol):
        return True
    known = finding.symbol in _ROWS or finding.symbol in _DRAWN
    return finding.fix.applicability is Applicability.UNSAFE and known


def _check_drawn(reader: Reader) -> None:
    """Refuse initializers that are kept, and may be called for several variables."""
    for call, symbol in reader.calls():
        row = reader.context.catalogue.row(symbol) if symbol else None
        if symbol not in _DRAWN and (row is None or row.symbol not in _DRAWN):
            continue
        parent = reader.parents[call]
        if not isinstance(parent, (ast.Call, ast.keyword)):
            reason = "one initializer draws the same numbers for all its variables in Keras"
            raise Unliftable(call, reason)
