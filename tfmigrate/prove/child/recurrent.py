"""Keras RNN cells that start from the weights of the TensorFlow 1 cell of the same size.

A TensorFlow 1 cell draws one kernel for input and state together; Keras draws two, and has the
gates in another order. Random numbers would differ anyway, so this takes the difference out, for
weights with Keras' own default initialisers only. Biases, activations and states are left alone.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

CELLS = {
    "LSTMCell": (("ijfo",), "ifjo"),
    "GRUCell": (("ru", "c"), "urc"),
    "SimpleRNNCell": (("h",), "h"),
}
"""The kernels of the TensorFlow 1 cell, a letter a gate, and the order of the gates in Keras."""


def install() -> None:
    """Change how the cells of every Keras that is installed are built."""
    for name, (kernels, order) in CELLS.items():
        for cell in _classes(name):
            _start_alike(cell, kernels, order)


def _classes(name: str) -> list[Any]:
    """The cells of a name, of each Keras that is here."""
    places = [
        f"{keras}.src.layers.rnn.{module}"
        for keras in ("keras", "tf_keras")
        for module in ("gru", "lstm", "simple_rnn")
    ]
    found = []
    for place in (*places, "tensorflow.python.keras.layers.recurrent"):
        if place.startswith("keras.") or place.partition(".")[0] in sys.modules:
            try:
                module = importlib.import_module(place)
            except ImportError:
                continue
            if hasattr(module, name):
                found.append(getattr(module, name))
    return found


def _start_alike(cell: Any, kernels: tuple[str, ...], order: str) -> None:
    build = cell.build

    def wrapped(self: Any, input_shape: Any) -> Any:
        ours = (self.kernel_initializer, self.recurrent_initializer)
        if _are_defaults(*ours):
            inputs, units = int(input_shape[-1]), int(self.units)

            def kernel(*_: Any, **__: Any) -> Any:
                return _joint(inputs, units, kernels, order)[:inputs]

            def recurrent_kernel(*_: Any, **__: Any) -> Any:
                return _joint(inputs, units, kernels, order)[inputs:]

            self.kernel_initializer, self.recurrent_initializer = kernel, recurrent_kernel
        try:
            return build(self, input_shape)
        finally:
            self.kernel_initializer, self.recurrent_initializer = ours

    cell.build = wrapped


def _are_defaults(kernel: Any, recurrent: Any) -> bool:
    names = (type(kernel).__name__, type(recurrent).__name__)
    return names[0].startswith("Glorot") and names[1].startswith("Orthogonal")


def _joint(inputs: int, units: int, kernels: tuple[str, ...], order: str) -> Any:
    """The kernels of the TensorFlow 1 cell, their gates in Keras' order."""
    from tensorflow.python.ops import array_ops, random_ops

    gates: dict[str, Any] = {}
    for letters in kernels:
        rows, columns = inputs + units, len(letters) * units
        limit = (6.0 / (rows + columns)) ** 0.5
        drawn = random_ops.random_uniform([rows, columns], -limit, limit)
        parts = array_ops.split(drawn, len(letters), axis=1)
        gates.update((letter, parts[place]) for place, letter in enumerate(letters))
    return array_ops.concat([gates[letter] for letter in order], axis=1)
