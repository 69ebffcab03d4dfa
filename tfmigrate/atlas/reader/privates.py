"""What is in the modules behind the public API, and which public symbol is the same object."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from tfmigrate.atlas.private import is_private
from tfmigrate.atlas.reader.interpreter import ImportFailed, Interpreter
from tfmigrate.atlas.reader.values import External, Function, Module, Opaque, Value

_FUTURE = {"absolute_import", "division", "print_function", "unicode_literals", "annotations"}
_SECOND_CHOICE = ("tf.compat.", "tf.contrib.", "tf.raw_ops.", "tf.keras.", "tf.estimator.")
"""Where a symbol lives only in a second spelling, or as something else than the function itself."""


def read_privates(
    interpreter: Interpreter, public: Mapping[str, Value]
) -> dict[str, dict[str, str]]:
    """Private modules by symbol (``tf.python.ops.array_ops``): names, each to its public twin.

    ``public`` are the values of the public symbols; without any, no twin is looked for.
    """
    twins = _twins(public)
    found: dict[str, dict[str, str]] = {}
    for name in interpreter.tree.modules():
        symbol = "tf" + name.removeprefix("tensorflow")
        if not is_private(symbol) or symbol.endswith("_test"):
            continue
        try:
            module = interpreter.load(name)
        except ImportFailed:
            continue
        if isinstance(module, Module):
            found[symbol] = {
                name: _twin(symbol, value, twins, public)
                for name, value in module.names.items()
                if _is_listed(name)
            }
    return found


def _twin(
    module: str, value: Value, twins: Mapping[int, list[str]], public: Mapping[str, Value]
) -> str:
    """The public symbol for a value found in a private module; empty if there is none."""
    candidates = twins.get(id(value), [])
    package = ".".join(module.split(".")[:3]) + "."
    if package.startswith("tf.contrib."):
        candidates = sorted(candidates, key=lambda symbol: not symbol.startswith(package))
    if not candidates and public and isinstance(value, Function):
        # the implementation of a 2.x symbol, under a name that 1.15 gives to another function
        candidates = [name for name in _exported(value) if name in public]
    return candidates[0] if candidates else ""


def _exported(function: Function) -> list[str]:
    """The names in the ``tf_export`` of a function, shortest first."""
    if isinstance(function.node, ast.Lambda):
        return []
    names = [
        f"tf.{argument.value}"
        for decorator in function.node.decorator_list
        if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "tf_export"
        for argument in decorator.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    return sorted(names, key=lambda name: (len(name), name))


def _is_listed(name: str) -> bool:
    return not name.startswith("__") and name not in _FUTURE


def _twins(public: Mapping[str, Value]) -> dict[int, list[str]]:
    """The public spellings of each object, the best first: not contrib or Keras, and short."""
    found: dict[int, list[str]] = {}
    for symbol in sorted(public, key=lambda s: (s.startswith(_SECOND_CHOICE), len(s), s)):
        value = public[symbol]
        if symbol.startswith(("tf.raw_ops.", "tf.compat.")) or isinstance(value, External):
            continue
        if isinstance(value, Opaque) and value.literal is not None:
            continue
        found.setdefault(id(value), []).append(symbol)
    return found
