"""Which expressions are evidently tensors."""

from __future__ import annotations

import ast

from tfmigrate.engine.context import Context
from tfmigrate.engine.detectors.base import Program
from tfmigrate.names import Instance

_TENSORS = ("tf.Tensor", "tf.Variable")


def is_tensor(program: Program, context: Context, node: ast.expr) -> bool:
    """Whether an expression is evidently a tensor or a variable.

    The resolver takes most functions for operations, but some return plain Python
    (``tf.get_static_value``, ``tf.as_dtype``): these have no name to give to a node.
    """
    value = program.names.values.get(id(node))
    if not isinstance(value, Instance) or value.type not in _TENSORS or value.guessed:
        return False
    if value.origin:
        return makes_tensors(value.origin, context)
    if isinstance(node, ast.BinOp):
        return is_tensor(program, context, node.left) or is_tensor(program, context, node.right)
    if isinstance(node, ast.UnaryOp):
        return is_tensor(program, context, node.operand)
    if isinstance(node, ast.Subscript):
        return is_tensor(program, context, node.value)
    return True


def makes_tensors(symbol: str, context: Context) -> bool:
    """Whether a function returns a tensor of its own: then the caller may name it."""
    if symbol in context.knowledge.types.returns:
        return True
    signature = context.atlas.signature(symbol, context.atlas.releases[0])
    if signature is None or signature.accepts("name"):
        return True
    # what is made in a scope is a tensor, what is looked up in one is a list
    return signature.accepts("scope") and not symbol.rpartition(".")[2].startswith("get_")
