"""Small words that the transforms share: how a symbol is spelled, how a call is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

Spell: TypeAlias = "Callable[[str], str]"
"""What a file calls a canonical symbol: ``tf.keras.layers.LSTM`` to ``T.keras.layers.LSTM``."""


def as_is(symbol: str) -> str:
    """The spelling of a file that imports TensorFlow as ``tf``."""
    return symbol


def call_text(function: str, arguments: Iterable[tuple[str, str]]) -> str:
    """A call: pairs of a keyword and a text; an empty keyword stands for a positional argument."""
    return f"{function}({', '.join(f'{key}={text}' if key else text for key, text in arguments)})"
