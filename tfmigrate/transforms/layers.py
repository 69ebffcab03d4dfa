"""Layer functions of TensorFlow 1, split into a Keras layer made once and its call.

``tf.layers.dense(x, 128, tf.nn.relu)`` made its variables at each call, in a graph that was built
once. In eager code the two are apart: ``dense = tf.keras.layers.Dense(128, activation=tf.nn.relu)``
stands outside, ``dense(x)`` inside the function that runs. What each function becomes is data, in
``rules/layers.toml``.
"""

from __future__ import annotations

import ast

from tfmigrate.engine.context import Context
from tfmigrate.names import Names, Role
from tfmigrate.transforms import layer_rows
from tfmigrate.transforms.bound import Spell, as_is
from tfmigrate.transforms.bound_once import bound_once
from tfmigrate.transforms.layer_make import Defaults
from tfmigrate.transforms.layer_model import Creation, Inputs, LayerCall, Refused
from tfmigrate.transforms.layer_stacks import split_call, unrolled
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
    "unroll",
    "variable_scope_defaults",
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

    With ``tree``, names that are bound once are looked through; other names that are assigned
    (``norm = slim.batch_norm if training else None``) may be anything.
    """
    symbols = {
        id(each.node): f"{each.symbol}.{each.rest}".rstrip(".")
        for each in names.references
        if isinstance(each.node, ast.expr) and not each.guessed
        if not (each.role is Role.ALIAS and isinstance(each.node, ast.Name))
    }
    value = unknown if tree is None else bound_once(tree)

    def symbol(node: ast.expr) -> str | None:
        return symbols.get(id(node)) or symbols.get(id(value(node)))

    def source(node: ast.expr) -> str:
        return ast.get_source_segment(text, node) or ast.unparse(node)

    return Reading(context, source, symbol, spell, value)


def variable_scope_defaults(
    initializer: ast.expr | str | None = None, regularizer: ast.expr | str | None = None
) -> Defaults:
    """What a ``variable_scope`` with an initializer or a regularizer gives the layers below it.

    It speaks where nothing else does: the kernels of ``tf.layers`` (contrib names an initializer
    of its own), and every weight that has no regularizer, biases included. Put what an
    ``arg_scope`` says on top.
    """
    found: dict[str, dict[str, ast.expr | str]] = {}
    for symbol, row in layer_rows.load().items():
        given = found.setdefault(symbol, {})
        if initializer is not None:
            given |= dict.fromkeys(row.initialized, initializer)
        if regularizer is not None:
            given |= dict.fromkeys(row.regularized, regularizer)
    return {symbol: given for symbol, given in found.items() if given}


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


def unroll(call: ast.Call, symbol: str, reading: Reading) -> str | Refused:
    """The text of a ``repeat`` or ``stack`` of a function of the program, as calls of that.

    ``slim.repeat(x, 2, block, 64, scope="b")`` is ``block(block(x, 64, scope="b/b_1"), 64,
    scope="b/b_2")``. For layer functions of TensorFlow there is ``split``.
    """
    try:
        return unrolled(call, symbol, reading)
    except Refusal as refusal:
        return Refused(f"`{symbol}`: {refusal}")
