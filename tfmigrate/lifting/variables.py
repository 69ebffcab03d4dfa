"""``tf.get_variable`` as ``tf.Variable``: the initial value and the name written out."""

from __future__ import annotations

import ast
from collections.abc import Callable

from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.binding import arguments

_PARAMETERS = ("name", "shape", "dtype", "initializer", "regularizer", "trainable")
_IGNORED = frozenset({"collections", "caching_device", "partitioner", "validate_shape"})
_PASSED_ON = ("trainable", "constraint")
_RANDOM = {
    "tf.random_normal_initializer": ("tf.random.normal", ("mean", "stddev", "seed", "dtype")),
    "tf.truncated_normal_initializer": (
        "tf.random.truncated_normal",
        ("mean", "stddev", "seed", "dtype"),
    ),
    "tf.random_uniform_initializer": (
        "tf.random.uniform",
        ("minval", "maxval", "seed", "dtype"),
    ),
}
_FILLED = {
    "tf.zeros_initializer": "tf.zeros",
    "tf.initializers.zeros": "tf.zeros",
    "tf.ones_initializer": "tf.ones",
    "tf.initializers.ones": "tf.ones",
}
_OBJECTS = {
    "tf.contrib.layers.xavier_initializer": "tf.keras.initializers.GlorotUniform()",
    "tf.contrib.layers.xavier_initializer_conv2d": "tf.keras.initializers.GlorotUniform()",
    "tf.glorot_uniform_initializer": "tf.keras.initializers.GlorotUniform()",
    "tf.glorot_normal_initializer": "tf.keras.initializers.GlorotNormal()",
    "tf.orthogonal_initializer": "tf.keras.initializers.Orthogonal()",
}
Symbol = Callable[[ast.AST], "str | None"]
Text = Callable[[ast.AST], str]


def variable_for(
    call: ast.Call, symbol: Symbol, text: Text, scopes: tuple[str, ...], default: str = ""
) -> str:
    """The text of the ``tf.Variable`` that a call of ``tf.get_variable`` makes.

    Args:
        call: the call.
        symbol: the symbol that an expression is.
        text: the source text of an expression.
        scopes: the names of the variable scopes around it, outermost first.
        default: the text of the initializer of those scopes, empty if they set none.

    Raises:
        Unliftable: what the initial value is cannot be told.
    """
    given = arguments(call, _PARAMETERS)
    if "name" not in given:
        raise Unliftable(call, "a variable without a name")
    if "regularizer" in given:
        raise Unliftable(call, "a variable whose regularizer adds to a collection of losses")
    extra = [f"name={_name(given['name'], scopes, text)}"]
    extra += [f"{each}={text(given[each])}" for each in _PASSED_ON if each in given]
    unknown = set(given) - {*_PARAMETERS, *_PASSED_ON, *_IGNORED, "use_resource"}
    if unknown:
        raise Unliftable(call, f"`{min(unknown)}` of a variable")
    value = _value(given, symbol, text, call, default)
    return f"tf.Variable({', '.join([value, *extra])})"


def _name(node: ast.expr, scopes: tuple[str, ...], text: Text) -> str:
    """The name, with those of the scopes around it."""
    if not scopes:
        return text(node)
    prefix = "/".join(scopes) + "/"
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        quote = text(node)[0]
        return f"{quote}{prefix}{node.value}{quote}"
    return f'"{prefix}" + {text(node)}'


def _value(
    given: dict[str, ast.expr], symbol: Symbol, text: Text, call: ast.Call, default: str
) -> str:
    """The text of the initial value."""
    initializer = given.get("initializer")
    dtype = f", dtype={text(given['dtype'])}" if "dtype" in given else ""
    if "shape" not in given:
        if initializer is None:
            raise Unliftable(call, "a variable without a shape")
        return text(initializer) + dtype
    shape = text(given["shape"])
    if isinstance(given["shape"], ast.Constant) and isinstance(given["shape"].value, int):
        shape = f"[{shape}]"
    if initializer is None:
        made = default or "tf.keras.initializers.GlorotUniform()"
        return f"{made}({shape}{dtype})"
    if isinstance(initializer, ast.Call):
        return _made(initializer, symbol(initializer.func) or "", shape, dtype, text, call)
    known = symbol(initializer) or ""
    if known in _FILLED:
        return f"{_FILLED[known]}({shape}{dtype})"
    return f"{text(initializer)}({shape}{dtype})"


def _made(
    node: ast.Call, symbol: str, shape: str, dtype: str, text: Text, call: ast.Call
) -> str:
    """The value that an initializer made on the spot gives."""
    if symbol in _FILLED:
        return f"{_FILLED[symbol]}({shape}{dtype})"
    if symbol in _OBJECTS and not node.args and not node.keywords:
        return f"{_OBJECTS[symbol]}({shape}{dtype})"
    if symbol == "tf.constant_initializer":
        given = arguments(node, ("value", "dtype"))
        if "value" in given:
            return f"tf.constant({text(given['value'])}, shape={shape}{dtype or ', dtype=tf.float32'})"
    if symbol in _RANDOM:
        name, parameters = _RANDOM[symbol]
        given = arguments(node, parameters)
        passed = [f", {each}={text(given[each])}" for each in parameters[:3] if each in given]
        return f"{name}({shape}{''.join(passed)}{dtype})"
    if symbol.startswith("tf."):
        return f"{text(node)}({shape}{dtype})"
    raise Unliftable(call, "the initial value of a variable, made by a function of the program")
