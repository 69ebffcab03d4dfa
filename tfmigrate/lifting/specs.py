"""Placeholders as specifications of what functions take."""

from __future__ import annotations

import ast

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.functions import Program, Text, parameter
from tfmigrate.lifting.model import Kind, Step, Unliftable
from tfmigrate.lifting.uses import uses

_PARAMETERS = {
    "tf.placeholder": ("dtype", "shape", "name"),
    "tf.sparse_placeholder": ("dtype", "shape", "name"),
    "tf.placeholder_with_default": ("input", "shape", "name"),
}
_FLOATS = frozenset(
    {
        "tf.add",
        "tf.subtract",
        "tf.multiply",
        "tf.divide",
        "tf.matmul",
        "tf.tanh",
        "tf.sigmoid",
        "tf.exp",
        "tf.nn.relu",
        "tf.nn.tanh",
        "tf.nn.sigmoid",
        "tf.nn.softmax",
        "tf.nn.bias_add",
        "tf.nn.conv2d",
        "tf.nn.dropout",
        "tf.layers.dense",
        "tf.random_normal",
        "tf.random.normal",
        "tf.random_uniform",
        "tf.random.uniform",
        "tf.reduce_mean",
    }
)
"""What gives floats of 32 bits where nothing asks for more."""
_TYPES = {
    "float": "tf.float32",
    "double": "tf.float64",
    "half": "tf.float16",
    **{
        name: f"tf.{name}"
        for name in [
            "float16",
            "float32",
            "float64",
            "int8",
            "int16",
            "int32",
            "int64",
            "uint8",
            "uint16",
            "bool",
            "string",
            "complex64",
        ]
    },
}


def name_specs(program: Program) -> None:
    """Give the specification of each placeholder a name."""
    for path in program.scope.placeholders:
        if path in program.scope.iterators.elements:
            continue
        step = program.scope.placeholders[path]
        call = step.node.value  # type: ignore[attr-defined]
        if program.scope.facts.symbol(call.func) == "tf.placeholder_with_default":
            if _default_type(arguments(call, ("input", "shape", "name")).get("input")) is None:
                continue
        if path in program.settled or not any(path in part.takes for part in program.parts):
            continue
        name = program.unique(f"{parameter(path)}_spec")
        program.specs[path] = f"self.{name}" if step.names.cls else name


def name_fed(program: Program, text: Text) -> None:
    """Specify what is fed in the place of a tensor that the graph computes: a float, as it is."""
    if "float64" in text.source or "double" in text.source:
        return
    scope = program.scope
    for part in program.parts:
        for path in part.takes:
            if path in program.specs or path in scope.placeholders:
                continue
            steps = [s for site in part.sites[:1] for s in scope.reaching(path, site.step.index)]
            if steps and all(_computes_float(step, program) for step in steps):
                program.specs[path] = "tf.TensorSpec(None, tf.float32)"


def _computes_float(step: Step, program: Program) -> bool:
    """Whether a statement computes a tensor by arithmetic, which gives a float here."""
    value = getattr(step.node, "value", None)
    if step.kind is not Kind.STAGED or not isinstance(step.node, ast.Assign):
        return False
    if isinstance(value, ast.BinOp):
        return True
    symbol = program.scope.facts.symbol(value.func) if isinstance(value, ast.Call) else None
    return symbol in _FLOATS


def inline_spec(path: str, program: Program, text: Text) -> str | None:
    """The specification of what a method takes, written out where the class is defined.

    Raises:
        Unliftable: it reads something that is not there yet.
    """
    name = program.specs.get(path)
    if name is None or path not in program.scope.placeholders:
        return name
    step = program.scope.placeholders[path]
    late = names_read(step, program)
    if late and not step.names.cls:
        raise Unliftable(step.node, f"a class takes what depends on `{late[0]}`")
    (written,) = _written(step, name, program, text)
    return written.partition(" = ")[2]


def names_read(step: Step, program: Program) -> list[str]:
    """The names beside modules that the shape of a placeholder reads."""
    value = step.node.value  # type: ignore[attr-defined]
    read = uses(*value.args, *(each.value for each in value.keywords)).reads
    imported = program.scope.facts.imported
    return sorted(each for each in read if each.partition(".")[0] not in imported)


def spec_of(step: Step, program: Program, text: Text) -> list[str]:
    """The statement that takes the place of a placeholder; none if nothing takes it."""
    node = step.node
    assert isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
    if len(node.targets) != 1 or len(step.writes) != 1:
        raise Unliftable(node, "a placeholder with several names")
    (path,) = step.writes
    name = program.specs.get(path)
    outside = any(path in part.takes and not program.owners[part] for part in program.parts)
    wrapped = step.names.cls and names_read(step, program)
    if name is None or not (outside or wrapped):
        return []
    return _written(step, name, program, text)


def _written(step: Step, name: str, program: Program, text: Text) -> list[str]:
    """The statement that makes a specification."""
    node = step.node
    assert isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
    symbol = program.scope.facts.symbol(node.value.func) or ""
    given = arguments(node.value, _PARAMETERS[symbol])
    dtype = _type(given, text, node)
    shape = text(given["shape"]) if "shape" in given else "None"
    if symbol == "tf.sparse_placeholder":
        return [f"{name} = tf.SparseTensorSpec({shape}, {dtype})"]
    label = f", name={text(given['name'])}" if "name" in given else ""
    return [f"{name} = tf.TensorSpec({shape}, {dtype}{label})"]


def _type(given: dict[str, ast.expr], text: Text, node: ast.stmt) -> str:
    """The text of the type of a placeholder."""
    if "input" in given:
        return _default_type(given["input"]) or "tf.float32"
    dtype = given.get("dtype")
    if dtype is None:
        raise Unliftable(node, "a placeholder without a type")
    if isinstance(dtype, ast.Constant) and isinstance(dtype.value, str):
        return _TYPES.get(dtype.value, text(dtype))
    return text(dtype)


def _default_type(node: ast.expr | None) -> str | None:
    """The type of a literal default."""
    if isinstance(node, ast.Constant):
        kinds = {bool: "tf.bool", int: "tf.int32", float: "tf.float32", str: "tf.string"}
        return kinds.get(type(node.value))
    return None
