"""Recurrent networks of TensorFlow 1 as Keras layers: cells, their runs, their states.

``tf.nn.dynamic_rnn(cell, x)`` becomes a layer made once and its call. Its value keeps the
structure that the program knows, ``LSTMStateTuple(c, h)`` included, where the program uses it.
Keras returns outputs, ``h`` and ``c``, repeats the last output behind a sequence's end unless it
is told otherwise, and is batch-major; all of it was measured, 1.15.5 against 2.21.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from tfmigrate.names import plain
from tfmigrate.transforms import recurrent_cells as cells
from tfmigrate.transforms.bound import call_text
from tfmigrate.transforms.layer_model import Refused
from tfmigrate.transforms.layer_values import Arg, Reading, Refusal, bind, canonical
from tfmigrate.transforms.recurrent_model import STATE, CellCall, Kind, RunCall, StateCall
from tfmigrate.transforms.recurrent_runs import SHAPES, Run

__all__ = [
    "STATE_TUPLE",
    "CellCall",
    "Kind",
    "RunCall",
    "StateCall",
    "cell",
    "is_run",
    "run",
    "step",
    "zero_state",
]

STATE_TUPLE = StateCall("LSTMStateTuple", ("lstm_state_tuple",))
"""What to write for ``tf.nn.rnn_cell.LSTMStateTuple``."""


def cell(
    call: ast.Call, symbol: str, reading: Reading, initializer: ast.expr | None = None
) -> CellCall | Refused:
    """The Keras cell for the constructor call of a TensorFlow 1 cell or wrapper.

    ``initializer`` is the one that the variable scope around it gives to kernels. Constructors
    among the arguments are rewritten with it.
    """
    try:
        return cells.cell(call, symbol, reading, initializer)
    except Refusal as refusal:
        return Refused(f"`{symbol}`: {refusal}")


def is_run(symbol: str) -> bool:
    """Whether ``symbol`` is a function that unrolls a cell."""
    return plain(symbol).rpartition(".")[2] in SHAPES


def run(
    call: ast.Call,
    symbol: str,
    reading: Reading,
    *,
    state: bool = True,
    fold: bool = False,
    initializer: ast.expr | None = None,
) -> RunCall | Refused:
    """The layers and the expression for a call that unrolls a cell.

    ``state`` says whether the program uses more of the result than the outputs; without it the
    new expression is the outputs alone. ``fold`` allows to look through the name of a cell that
    nothing else uses (``reading.value``) and to take cell and loop in one: ``LSTM(n)`` instead of
    ``RNN(cell)``. ``initializer`` is that of the variable scope around the cells.
    """
    name = plain(symbol).rpartition(".")[2]
    shape = SHAPES.get(name)
    if shape is None:
        return Refused(f"`{symbol}`: write the loop, with a Keras cell")
    try:
        given = bind(call, _parameters(symbol, reading), reading)
        return shape(Run(given, reading, state, fold, initializer))
    except Refusal as refusal:
        return Refused(f"`{symbol}`: {refusal}")


def zero_state(call: ast.Call, reading: Reading) -> StateCall | Refused:
    """The new expression for ``cell.zero_state(batch_size, dtype)``."""
    try:
        given = bind(call, ("batch_size", "dtype"), reading)
    except Refusal as refusal:
        return Refused(f"`zero_state`: {refusal}")
    if not isinstance(call.func, ast.Attribute) or "batch_size" not in given:
        return Refused("`zero_state`: the size of the batch is not given")
    owner = Arg(call.func.value, reading)
    text = f"{owner.operand}.get_initial_state(batch_size={given['batch_size'].text})"
    kind = cells.kind_of(owner)
    if kind is Kind.SINGLE:
        return StateCall(f"{text}[0]")
    if kind is Kind.PAIR:
        return StateCall(f"LSTMStateTuple(*{text}[::-1])", STATE_TUPLE.support)
    if kind is Kind.JOINED:
        return StateCall(call_text(reading.spell("tf.concat"), [("", text), ("axis", "1")]))
    return StateCall(f"cell_state({text})", STATE)


def step(call: ast.Call, reading: Reading) -> StateCall | Refused:
    """The new expression for ``cell(inputs, state)``, one step that the program takes itself."""
    try:
        given = bind(call, ("inputs", "state", "scope"), reading)
    except Refusal as refusal:
        return Refused(f"one step of a cell: {refusal}")
    if "inputs" not in given or "state" not in given:
        return Refused("one step of a cell: inputs and state are not given")
    owner = Arg(call.func, reading)
    kind = cells.kind_of(owner)
    texts = [given["inputs"].text, given["state"].text]
    if kind is Kind.SINGLE:
        return StateCall(f"{owner.operand}({', '.join(texts)})")
    if kind is Kind.JOINED:
        return Refused("one step of a cell: its state is one tensor (`state_is_tuple=False`)")
    return StateCall(f"rnn_step({', '.join([owner.text, *texts])})", (*STATE, "rnn_step"))


def _parameters(symbol: str, reading: Reading) -> Iterable[str]:
    """The names of a function's parameters on TensorFlow 1.15."""
    atlas = reading.context.atlas
    for each in (plain(symbol), canonical(plain(symbol), reading.context)):
        signature = atlas.signature(each, atlas.releases[0])
        if signature is not None:
            return signature.names
    raise Refusal("its parameters are not known")
