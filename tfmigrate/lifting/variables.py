"""``tf.get_variable`` as ``tf.Variable``: the initial value and the name written out."""

from __future__ import annotations

import ast
from collections.abc import Callable

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.model import Unliftable
from tfmigrate.names import plain
from tfmigrate.transforms.layer_values import Arg, Reading, Refusal
from tfmigrate.transforms.layer_values import value as native

_PARAMETERS = ("name", "shape", "dtype", "initializer", "regularizer", "trainable")
_IGNORED = frozenset(
    {"collections", "caching_device", "partitioner", "validate_shape", "use_resource", "device"}
)
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
Text = Callable[[ast.expr], str]


def variable_for(
    call: ast.Call,
    reading: Reading,
    scopes: tuple[str, ...] = (),
    default: ast.expr | None = None,
) -> str:
    """The text of the ``tf.Variable`` that a call of ``tf.get_variable`` makes.

    Args:
        call: the call.
        reading: the texts of its arguments, and what they refer to.
        scopes: the names of the variable scopes around it, outermost first.
        default: the initializer of those scopes, if they set one.

    Raises:
        Unliftable: what the initial value is cannot be told.
    """
    given = arguments(call, _PARAMETERS)
    if "name" not in given:
        raise Unliftable(call, "a variable without a name")
    extra = [f"name={_name(given['name'], scopes, reading.source)}"]
    extra += [f"{each}={reading.source(given[each])}" for each in _PASSED_ON if each in given]
    unknown = set(given) - {*_PARAMETERS, *_PASSED_ON, *_IGNORED}
    if unknown:
        raise Unliftable(call, f"`{min(unknown)}` of a variable")
    if default is not None:
        given.setdefault("initializer", default)
    try:
        value = _value(given, reading, call)
    except Refusal as refusal:
        raise Unliftable(call, f"the initial value of a variable: {refusal}") from refusal
    return f"tf.Variable({', '.join([value, *extra])})"


def regularizer_of(call: ast.Call, reading: Reading, default: ast.expr | None) -> str | None:
    """The text of the regularizer of a variable; None if it has none.

    Raises:
        Unliftable: it is of a kind that has no successor.
    """
    given = next((each.value for each in call.keywords if each.arg == "regularizer"), default)
    if given is None or (isinstance(given, ast.Constant) and given.value is None):
        return None
    if plain(reading.symbol(given) or "") == "tf.no_regularizer":
        return None
    try:
        return native(Arg(given, reading))
    except Refusal as refusal:
        raise Unliftable(call, f"the regularizer of a variable: {refusal}") from refusal


def _name(node: ast.expr, scopes: tuple[str, ...], text: Text) -> str:
    """The name, with those of the scopes around it."""
    if not scopes:
        return text(node)
    prefix = "/".join(scopes) + "/"
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        quote = text(node)[0]
        return f"{quote}{prefix}{node.value}{quote}"
    return f'"{prefix}" + {text(node)}'


def _value(given: dict[str, ast.expr], reading: Reading, call: ast.Call) -> str:
    """The text of the initial value."""
    initializer = given.get("initializer")
    text = reading.source
    dtype = f", dtype={text(given['dtype'])}" if "dtype" in given else ""
    if "shape" not in given:
        if initializer is None:
            raise Unliftable(call, "a variable without a shape")
        return text(initializer) + dtype
    shape = text(given["shape"])
    if isinstance(given["shape"], ast.Constant) and isinstance(given["shape"].value, int):
        shape = f"[{shape}]"
    if initializer is None:
        return f"tf.keras.initializers.GlorotUniform()({shape}{dtype})"
    made = initializer.func if isinstance(initializer, ast.Call) else initializer
    symbol = plain(reading.symbol(made) or "")
    if symbol in _FILLED:
        return f"{_FILLED[symbol]}({shape}{dtype})"
    if isinstance(initializer, ast.Call) and symbol == "tf.constant_initializer":
        found = arguments(initializer, ("value", "dtype"))
        if "value" in found:
            filled = dtype or ", dtype=tf.float32"
            return f"tf.constant({text(found['value'])}, shape={shape}{filled})"
    if isinstance(initializer, ast.Call) and symbol in _RANDOM:
        name, parameters = _RANDOM[symbol]
        found = arguments(initializer, parameters)
        passed = [f", {each}={text(found[each])}" for each in parameters[:3] if each in found]
        return f"{name}({shape}{''.join(passed)}{dtype})"
    function = native(Arg(initializer, reading))
    if symbol and not isinstance(initializer, ast.Call) and not function.endswith(")"):
        function += "()"
    if isinstance(initializer, (ast.Lambda, ast.IfExp)):
        function = f"({function})"
    return f"{function}({shape}{dtype})"
