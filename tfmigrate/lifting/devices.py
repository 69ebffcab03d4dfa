"""Devices chosen by a function of each operation: what it says for everything but variables.

TensorFlow 2 takes names of devices only. ``tf.device(on_gpu_but_variables("/gpu:0"))`` with a
function of the file that gives back its parameter becomes ``tf.device("/gpu:0")``.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.roles import Role

if TYPE_CHECKING:
    from tfmigrate.lifting.emission import Emission


def write_devices(out: Emission) -> None:
    """Write names of devices in the place of functions that choose them.

    Raises:
        Unliftable: which device a function chooses cannot be told.
    """
    facts = out.scope.facts
    chosen: set[str] = set()
    for call in ast.walk(out.scope.node):
        if not isinstance(call, ast.Call) or facts.role(call) is not Role.DEVICE or not call.args:
            continue
        device = call.args[0]
        if isinstance(device, ast.Lambda) or facts.symbol(getattr(device, "func", device)):
            raise Unliftable(device, "a function that chooses the device of each operation")
        function = _function(device, out)
        if function is None:
            continue
        if isinstance(device, ast.Name):
            raise Unliftable(device, "a function that chooses the device of each operation")
        assert isinstance(device, ast.Call)
        out.replaced[device] = out.text(_chosen(device, function))
        chosen.add(function.name)
    for name in chosen:
        used = [
            each for each in ast.walk(facts.tree) if isinstance(each, ast.Name) and each.id == name
        ]
        if all(_in_device(each, out) for each in used):
            out.action(facts.functions[name]).removed = True


def _function(node: ast.expr, out: Emission) -> ast.FunctionDef | None:
    """The function of the file that an expression is, or calls."""
    name = node.func if isinstance(node, ast.Call) else node
    return out.scope.facts.functions.get(name.id) if isinstance(name, ast.Name) else None


def _in_device(node: ast.Name, out: Emission) -> bool:
    """Whether a name is that of a function in a ``tf.device`` that was written anew."""
    return any(isinstance(each, ast.Call) and each.func is node for each in out.replaced)


def _chosen(call: ast.Call, function: ast.FunctionDef) -> ast.expr:
    """The argument that a function, which makes functions of operations, gives back."""
    inner = [each for each in function.body if isinstance(each, ast.FunctionDef)]
    parameters = [each.arg for each in function.args.args]
    named = {
        each.value.id
        for part in inner
        for each in ast.walk(part)
        if isinstance(each, ast.Return) and isinstance(each.value, ast.Name)
    } & set(parameters)
    given = dict(zip(parameters, call.args, strict=False))
    given.update({each.arg: each.value for each in call.keywords if each.arg is not None})
    if len(named) != 1 or not named <= set(given):
        raise Unliftable(call, "a function that chooses the device of each operation")
    return given[named.pop()]
