"""What switched eager execution on, and what is left of ``tf.contrib.eager``."""

from __future__ import annotations

import ast

from tfmigrate.lifting.eager.reading import Reader, public
from tfmigrate.lifting.model import Unliftable
from tfmigrate.names import Role
from tfmigrate.transforms import removing

ENABLES = frozenset(
    {
        "tf.enable_eager_execution",
        "tf.contrib.eager.enable_eager_execution",
        "tf.enable_v2_behavior",
        "tf.enable_resource_variables",
        "tf.enable_v2_tensorshape",
        "tf.enable_tensor_equality",
        "tf.enable_control_flow_v2",
    }
)
_EAGER = "tf.contrib.eager"
_SILENT = ("tf.contrib.eager.DEVICE_PLACEMENT_SILENT", "tf.contrib.eager.SYNC")
_HARMLESS = frozenset({"allow_soft_placement", "log_device_placement", "gpu_options"})


def switches(reader: Reader) -> None:
    """``tf.enable_eager_execution()`` goes, with the configuration that is only made for it."""
    for call, symbol in reader.calls():
        if symbol not in ENABLES:
            continue
        statement = reader.statement(call)
        if not (isinstance(statement, ast.Expr) and statement.value is call):
            raise Unliftable(call, "the value of switching eager execution on is used")
        for each in (*call.args, *(keyword.value for keyword in call.keywords)):
            _configuration(each, reader)
        reader.remove(statement)


def _configuration(node: ast.expr, reader: Reader) -> None:
    """Remove the configuration of sessions that is passed, if it says nothing about numbers.

    Raises:
        Unliftable: it may.
    """
    symbol = reader.symbol(node.func if isinstance(node, ast.Call) else node)
    if isinstance(node, ast.Constant) or symbol in _SILENT:
        return
    if isinstance(node, ast.Call) and symbol == "tf.ConfigProto":
        strange = [each for each in node.keywords if each.arg not in _HARMLESS]
        if node.args or strange:
            raise Unliftable(node, "this configuration of the session has to become `tf.config`")
        return
    if not isinstance(node, ast.Name):
        raise Unliftable(node, "what eager execution is switched on with is not understood")
    removed = []
    for each in reader.facts.nodes:
        if not isinstance(each, ast.Name) or each.id != node.id or each is node:
            continue
        statement = reader.statement(each)
        if not isinstance(statement, ast.Assign) or not _only_sets(statement, node.id, reader):
            raise Unliftable(each, "the configuration of the session is used elsewhere")
        if statement not in removed:
            removed.append(statement)
    for statement in removed:
        reader.remove(statement)


def _only_sets(statement: ast.Assign, name: str, reader: Reader) -> bool:
    """Whether a statement makes a configuration, or sets a harmless field of it."""
    target = statement.targets[0] if len(statement.targets) == 1 else None
    if isinstance(target, ast.Name):
        value = statement.value
        if not (isinstance(value, ast.Call) and reader.symbol(value.func) == "tf.ConfigProto"):
            return False
        return not value.args and all(each.arg in _HARMLESS for each in value.keywords)
    path = ast.unparse(target) if target is not None else ""
    simple = isinstance(statement.value, (ast.Constant, ast.Attribute, ast.Name))
    return simple and path.startswith(tuple(f"{name}.{field}" for field in _HARMLESS))


def imports(reader: Reader) -> None:
    """Imports of ``contrib.eager``, and names for it, that nothing uses any more."""
    for reference in reader.facts.names.references:
        if public(reference.symbol) != _EAGER or reference.rest:
            continue
        node = reference.node
        if reference.role is Role.IMPORT and isinstance(node, ast.alias):
            statement = next(
                each
                for each in reader.facts.nodes
                if isinstance(each, (ast.Import, ast.ImportFrom)) and node in each.names
            )
            name = node.asname or node.name.partition(".")[0]
            if len(statement.names) != 1 or _is_used(name, reader):
                raise Unliftable(statement, f"`{name}` is still used")
            _remove_import(statement, name, reader)
        elif isinstance(node, ast.Attribute):
            parent = reader.parents.get(node)
            if not (isinstance(parent, ast.Assign) and parent.value is node):
                continue
            target = parent.targets[0]
            if not isinstance(target, ast.Name) or len(parent.targets) != 1:
                raise Unliftable(parent, "`contrib.eager` is kept in something")
            if _is_used(target.id, reader):
                raise Unliftable(parent, f"`{target.id}` is still used")
            reader.remove(parent)


def _remove_import(statement: ast.Import | ast.ImportFrom, name: str, reader: Reader) -> None:
    """Remove an import; ``import tensorflow.contrib.eager`` still imports TensorFlow."""
    alias = statement.names[0]
    if isinstance(statement, ast.Import) and alias.asname is None:
        reader.replace(statement, f"import {name}")
        return
    source = reader.source
    piece = removing.rows(source.start(statement), source.end(statement), source)
    if piece is None:
        raise Unliftable(statement, "something else stands on its line")
    reader.remove(statement)


def _is_used(name: str, reader: Reader) -> bool:
    """Whether a name is read anywhere, but as the beginning of what is known by other names."""
    if name == "tensorflow":
        return False
    return any(
        isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Load)
        for each in reader.facts.nodes
    )
