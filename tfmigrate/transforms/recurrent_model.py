"""What comes of rewriting cells and their runs: values only."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import Enum

from tfmigrate.transforms.layer_model import Creation

TUPLE = "tf.nn.rnn_cell.LSTMStateTuple"
STATE = ("lstm_state_tuple", "rnn_state")
"""The blocks of support code that turn states of any structure into those of Keras and back."""


class Kind(Enum):
    """What the state of a cell was on TensorFlow 1."""

    SINGLE = "single"
    """One tensor: GRU, basic RNN."""
    PAIR = "pair"
    """``LSTMStateTuple(c, h)``; Keras has ``[h, c]``."""
    JOINED = "joined"
    """``c`` and ``h`` in one tensor: ``state_is_tuple=False``."""
    STACK = "stack"
    """A tuple with one state for each cell."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CellCall:
    """A Keras cell, to be made once, or an expression that makes some.

    ``constructor`` is the text, ``kind`` what the state was. ``layer`` is the layer that is cell
    and loop in one (``tf.keras.layers.LSTM``; empty where there is none), ``arguments`` those of
    either. ``keep_probs`` are the probabilities of dropout by parameter: one that is fed has to
    be a ``tf.Variable``, assigned before the step. ``frees`` are the names that the text reads,
    ``support`` the blocks of ``rules/support`` that it needs, in their order.
    """

    constructor: str
    kind: Kind
    layer: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    keep_probs: tuple[tuple[str, ast.expr], ...] = ()
    frees: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunCall:
    """One run of a cell over time, split into the layers made once and what is evaluated.

    ``call`` is a format string: ``{0}``, ``{1}`` ... stand for the ``creations``, the numbers
    behind them for the ``temporaries``: pairs of a suggested name and an expression (a format
    string as well) that is needed more than once, to be assigned right before. The value of
    ``call`` has the structure that the program knows (``outputs, state``), or is the outputs
    alone if no state was wanted. ``batch`` is then the same as one tensor [batch, time, units],
    where ``call`` makes a list of it. ``folded`` says that the constructor of the cell went into
    the layer, so that the statement that made the cell can go. ``keep_probs``, ``support`` and
    ``notes`` are those of a cell.
    """

    creations: tuple[Creation, ...]
    call: str
    temporaries: tuple[tuple[str, str], ...] = ()
    batch: str | None = None
    folded: bool = False
    keep_probs: tuple[tuple[str, ast.expr], ...] = ()
    support: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def text(self, *names: str) -> str:
        """The new expression, with layers and temporaries called ``names``, in this order."""
        return self.call.format(*names)

    def assigned(self, *names: str) -> tuple[tuple[str, str], ...]:
        """The temporaries, each with its name and its text; ``names`` as for ``text``."""
        taken = names[len(self.creations) :]
        texts = (text.format(*names) for _, text in self.temporaries)
        return tuple(zip(taken, texts, strict=True))


@dataclass(frozen=True, slots=True)
class StateCall:
    """A new expression about the state of a cell, and the support code that it needs."""

    text: str
    support: tuple[str, ...] = ()
