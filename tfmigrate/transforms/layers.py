"""Layer functions of TensorFlow 1, split into a Keras layer made once and its call.

``tf.layers.dense(x, 128, tf.nn.relu)`` made its variables at each call, in a graph that was built
once. In eager code the two are apart: ``dense = tf.keras.layers.Dense(128, activation=tf.nn.relu)``
stands outside, ``dense(x)`` inside the function that runs. What each function becomes is data, in
``rules/layers.toml``.
"""

from __future__ import annotations

import ast

from tfmigrate.engine.context import Context
from tfmigrate.names import Names
from tfmigrate.transforms import layer_rows
from tfmigrate.transforms.bound import Spell, as_is
from tfmigrate.transforms.bound_once import bound_once
from tfmigrate.transforms.layer_make import Defaults
from tfmigrate.transforms.layer_model import Creation, Inputs, LayerCall, Refused
from tfmigrate.transforms.layer_stacks import split_call
from tfmigrate.transforms.layer_values import Reading, Refusal, canonical, unknown

__all__ = [
    "Creation",
    "Defaults",
    "Inputs",
    "LayerCall",
    "Reading",
    "Refused",
    "is_layer",
    "reading_of",
    "split",
]

_ANYWHERE = Inputs()
_NOTHING: Defaults = {}


def reading_of(
    text: str,
    names: Names,
    context: Context,
    spell: Spell = as_is,
    tree: ast.Module | None = None,
) -> Reading:
    """The reading of a file as it stands: its text, and what the resolver found in its tree.

    With ``tree``, names that are bound once are looked through.
    """
    symbols = {
        id(each.node): f"{each.symbol}.{each.rest}".rstrip(".")
        for each in names.references
        if isinstance(each.node, ast.expr) and not each.guessed
    }
    return Reading(
        context,
        source=lambda node: ast.get_source_segment(text, node) or ast.unparse(node),
        symbol=lambda node: symbols.get(id(node)),
        spell=spell,
        value=unknown if tree is None else bound_once(tree),
    )


def is_layer(symbol: str, reading: Reading) -> bool:
    """Whether ``symbol`` is a layer function or class of which ``split`` knows something."""
    return canonical(symbol, reading.context) in layer_rows.load()


def split(
    call: ast.Call,
    symbol: str,
    reading: Reading,
    defaults: Defaults = _NOTHING,
    inputs: Inputs = _ANYWHERE,
) -> LayerCall | Refused:
    """Split one call of a layer function, or the making of a layer object.

    Args:
        call: the call in the program.
        symbol: what it calls, in any spelling (``tf.contrib.slim.convolution2d``).
        reading: the texts to write for expressions of the program, and what they refer to.
        defaults: of the ``arg_scope`` around the call: canonical symbol, parameter, value.
        inputs: what is known of the input.

    Returns:
        the split, or why there is none.
    """
    try:
        return split_call(call, symbol, reading, defaults, inputs)
    except Refusal as refusal:
        return Refused(f"`{symbol}`: {refusal}")
