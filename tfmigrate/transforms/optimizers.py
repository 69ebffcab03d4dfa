"""Optimizers and learning rates of TensorFlow 1 as Keras objects, from call to text.

Names, renamed parameters and constants come from the rows of the catalogue; here is what a row
cannot say. All of it was measured: 1.15.5 against 2.21 with Keras 3.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tfmigrate.catalogue import Row
from tfmigrate.names import plain
from tfmigrate.transforms.bound import call_text
from tfmigrate.transforms.layer_model import Refused
from tfmigrate.transforms.layer_values import Arg, Reading, Refusal, bind

_OPTIMIZERS = "tf.keras.optimizers."
_SCHEDULES = "tf.keras.optimizers.schedules."
_SGD = "tf.keras.optimizers.SGD"
_FLOATS = frozenset({"learning_rate", "initial_learning_rate", "momentum"})
"""Keras raises on an int here (and on tensors, variables and ``np.float32``)."""
_FIRST = frozenset({"learning_rate", "initial_learning_rate", "boundaries", "values"})
"""What may stay without its keyword: everybody knows what comes first."""

Sparse = Literal["same", "densify", "differs"]

_SPARSE: dict[str, Sparse] = {
    "tf.keras.optimizers.Adam": "densify",
    "tf.keras.optimizers.Adagrad": "densify",
    "tf.keras.optimizers.Adadelta": "densify",
}
_SPARSE_ONLY = "tf.contrib.opt.LazyAdamOptimizer"
_INEXACT = frozenset({"tf.contrib.opt.NadamOptimizer"})
_DECAYED = (
    "weights decay after their gradient is computed, as resource variables did; plain variables "
    "of TensorFlow 1 decayed before it"
)


@dataclass(frozen=True, slots=True)
class Optimizer:
    """A Keras optimizer: the text that makes it, once, and how it has to be treated.

    ``learning_rate`` is the old expression of the rate, None if it was left to the default. Keras
    takes a Python float, a schedule, or any callable without parameters, read anew at each step:
    ``lambda: rate`` for a variable. A rate that is fed is assigned before the gradients are
    applied (``optimizer.learning_rate = rate``, inside a ``tf.function``, too).

    ``sparse`` is about gradients of looked-up tables (``tf.IndexedSlices``): ``same`` numbers as
    they are; the same once each is ``tf.convert_to_tensor(gradient)``, because Keras squares
    repeated rows one by one (``densify``); or other numbers either way, because TensorFlow 1 left
    alone the rows that were not looked up (``differs``). ``exact`` says that dense gradients give
    the same numbers, ``notes`` what differs. ``support`` names blocks of ``rules/support`` that
    the text needs.
    """

    constructor: str
    learning_rate: ast.expr | None
    sparse: Sparse
    exact: bool = True
    support: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Schedule:
    """A learning rate schedule: the text that makes it, and the step that it was a function of.

    Given to an optimizer it is called with ``optimizer.iterations``, which is 0 at the first step
    as ``global_step`` was, so nothing is off by one. ``imports`` are statements the text needs.
    """

    constructor: str
    step: ast.expr
    imports: tuple[str, ...] = ()

    def value(self, step: str) -> str:
        """The text of the rate at a step, which is any expression of a number."""
        return f"{self.constructor}({step})"


def optimizer(
    call: ast.Call,
    symbol: str,
    reading: Reading,
    *,
    rate: str | None = None,
    varies: bool = False,
) -> Optimizer | Refused:
    """The Keras optimizer for the constructor call of a TensorFlow 1 optimizer.

    ``symbol`` is what is called (``tf.train.AdamOptimizer``). ``rate`` is the text to write for
    the learning rate instead of the old one, ``varies`` says that the rate changes from step to
    step (a schedule, a variable, something that is fed).
    """
    symbol = plain(symbol)
    row = reading.context.catalogue.row(symbol)
    if row is None or not row.to.startswith(_OPTIMIZERS):
        return _no_counterpart(symbol, row)
    try:
        return _Writer(call, _given(call, symbol, row, reading), row, reading, rate, varies).made()
    except Refusal as refusal:
        return Refused(f"`{symbol}`: {refusal}")


def schedule(call: ast.Call, symbol: str, reading: Reading) -> Schedule | Refused:
    """The Keras schedule for a call of one of the decay functions of ``tf.train``."""
    symbol = plain(symbol)
    row = reading.context.catalogue.row(symbol)
    if row is None or not row.to.startswith(_SCHEDULES):
        return _no_counterpart(symbol, row)
    try:
        given = _given(call, symbol, row, reading)
        step = given.get("global_step") or given.get("x")
        if step is None:
            raise Refusal("the step is not given")
        text = _Writer(call, given, row, reading).call(reading.spell(row.to))
    except Refusal as refusal:
        return Refused(f"`{symbol}`: {refusal}")
    return Schedule(text, step.node, ("import math",) if "math.exp(" in text else ())


@dataclass(frozen=True, slots=True)
class _Writer:
    """One call, its arguments, the row that says what becomes of it, and the rate to write."""

    node: ast.Call
    given: dict[str, Arg]
    row: Row
    reading: Reading
    rate: str | None = None
    varies: bool = False

    def made(self) -> Optimizer:
        """Write an optimizer."""
        name = self.reading.spell(self.row.to)
        support: tuple[str, ...] = ()
        momentum = self.row.to == _SGD and "momentum" in self.given
        if self.row.symbol == "tf.train.RMSPropOptimizer":
            name, support = "RMSpropFromOnes", ("rmsprop",)
        elif momentum and self.varies:
            name, support = "Momentum", ("momentum",)
        sparse: Sparse = _SPARSE.get(self.row.to, "differs")
        if self.row.to == _SGD and not momentum:
            sparse = "same"
        if self.row.symbol == _SPARSE_ONLY:
            sparse = "differs"
        notes: tuple[str, ...] = ()
        if self.row.symbol in (*_INEXACT, _SPARSE_ONLY):
            notes = (self.row.note,)
        elif "weight_decay" in self.given:
            notes = (_DECAYED,)
        exact = not notes or self.row.symbol == _SPARSE_ONLY
        rate = self.given.get("learning_rate")
        return Optimizer(
            self.call(name), rate.node if rate else None, sparse, exact, support, notes
        )

    def call(self, function: str) -> str:
        """The new call: what is carried over, then the constants that have to be spelled out."""
        positional = len(self.node.args)
        written: list[tuple[str, str]] = []
        for index, (name, arg) in enumerate(self.given.items()):
            pair = self.argument(name, arg)
            if pair is not None:
                bare = index < positional and pair[0] in _FIRST
                written.append(("" if bare else pair[0], pair[1]))
        if self.rate is not None and "learning_rate" not in self.given:
            written.append(("", self.rate))
        keys = {key for key, _ in written}
        written += [(key, text) for key, text in self.added() if key not in keys]
        return call_text(function, sorted(written, key=lambda pair: bool(pair[0])))

    def added(self) -> Iterable[tuple[str, str]]:
        """The constants to spell out."""
        yield from self.row.add.items()
        start = self.given.get("initial_accumulator_value")
        if self.row.to == "tf.keras.optimizers.Adagrad" and start is not None:
            # 1e-7 is nothing beside the default of 0.1, but may be much beside this
            yield "epsilon", "0.0"

    def argument(self, name: str, arg: Arg) -> tuple[str, str] | None:
        """What becomes of one argument; None if it goes."""
        if name == "weight_decay":
            return name, self.decay(arg)
        change = self.row.args.get(name)
        if change is None:
            return name, self.number(name, arg)
        if change.to is None:
            if arg.literal in (0, None):
                return None
            raise Refusal(f"`{name}`: {change.note.removesuffix('.')}")
        if not change.to:
            return None
        if change.value == "{}":
            return change.to, self.number(change.to, arg)
        bare = arg.operand == arg.text
        value = change.value.replace("({})", "{}") if bare else change.value
        return change.to, value.replace("{}", arg.text)

    def number(self, name: str, arg: Arg) -> str:
        """The text of an argument that may have to be a Python float."""
        if name == "learning_rate" and self.rate is not None:
            return self.rate
        value = arg.literal
        if name in _FLOATS and isinstance(value, int) and not isinstance(value, bool):
            return f"{value}.0"
        return arg.text

    def decay(self, arg: Arg) -> str:
        """Weight decay: Keras multiplies it by the learning rate, TensorFlow 1 did not."""
        if self.varies:
            raise Refusal("weight decay was not multiplied by the rate, which changes here")
        rate = self.given.get("learning_rate")
        return f"{arg.operand} / {self.rate or (rate.operand if rate else '0.001')}"


def _given(call: ast.Call, symbol: str, row: Row, reading: Reading) -> dict[str, Arg]:
    """The arguments by parameter, as TensorFlow 1.15 called them."""
    atlas = reading.context.atlas
    signature = atlas.signature(symbol, atlas.releases[0])
    signature = signature or atlas.signature(row.symbol, atlas.releases[0])
    if signature is None:
        raise Refusal("its parameters are not known")
    given = bind(call, signature.names, reading)
    strange = sorted(set(given) - set(signature.names))
    if strange:
        raise Refusal(f"`{strange[0]}` is not one of its parameters")
    return given


def _no_counterpart(symbol: str, row: Row | None) -> Refused:
    note = row.note.removesuffix(".") if row is not None else ""
    return Refused(f"`{symbol}` has no counterpart in Keras" + (f": {note}" if note else ""))
