"""Which expressions are evidently tensors.

The resolver takes a name for a tensor if one branch makes it one, and most functions for
operations: good enough to find members, too much where ``==`` is to be judged.
"""

from __future__ import annotations

import ast

from tfmigrate.engine.context import Context
from tfmigrate.engine.detectors.base import Program
from tfmigrate.engine.detectors.bindings import Binding, is_own
from tfmigrate.names import Instance, Symbol

_TENSORS = ("tf.Tensor", "tf.Variable")
_DEPTH = 8


def is_tensor(program: Program, context: Context, node: ast.expr, depth: int = 0) -> bool:
    """Whether an expression is evidently a tensor or a variable, whichever way led to it."""
    value = program.names.values.get(id(node))
    if not isinstance(value, Instance) or value.type not in _TENSORS or value.guessed:
        return False
    if depth > _DEPTH or (value.origin and not makes_tensors(value.origin, context)):
        return False
    if isinstance(node, ast.Name) or (isinstance(node, ast.Attribute) and is_own(node)):
        reaching = program.bindings.reaching(node) if isinstance(node, ast.Name) else None
        bindings = [reaching] if reaching else program.bindings.possible(node)
        return all(binds_tensor(program, context, each, depth + 1) for each in bindings)
    if isinstance(node, ast.BinOp):
        sides = (node.left, node.right)
        return any(is_tensor(program, context, each, depth + 1) for each in sides)
    if isinstance(node, ast.IfExp):
        sides = (node.body, node.orelse)
        return all(is_tensor(program, context, each, depth + 1) for each in sides)
    if isinstance(node, ast.UnaryOp):
        return is_tensor(program, context, node.operand, depth + 1)
    if isinstance(node, ast.Subscript):
        return is_tensor(program, context, node.value, depth + 1)
    return not isinstance(node, ast.Call) or calls_tensorflow(program, node)


def binds_tensor(program: Program, context: Context, binding: Binding, depth: int) -> bool:
    """Whether a name that may be a tensor is one by this binding.

    Of a parameter and of the variable of a loop, the resolver only says so if it is certain.
    """
    value = binding.value if binding.value is not None else binding.source
    if value is None:
        return True
    return isinstance(value, ast.expr) and is_tensor(program, context, value, depth)


def calls_tensorflow(program: Program, call: ast.Call) -> bool:
    """Whether a call is of a symbol, or of a method of one of its objects.

    What a function of the file returns may be a tensor here and a number there.
    """
    callee = program.names.values.get(id(call.func))
    if isinstance(callee, (Symbol, Instance)):
        return True
    return callee is None and isinstance(call.func, ast.Attribute)


def makes_tensors(symbol: str, context: Context) -> bool:
    """Whether a function returns a tensor of its own: then the caller may name it.

    Some return plain Python, such as ``tf.get_static_value`` and ``tf.as_dtype``.
    """
    if symbol in context.knowledge.types.returns:
        return True
    signature = context.atlas.signature(symbol, context.atlas.releases[0])
    if signature is None or signature.accepts("name"):
        return True
    # what is made in a scope is a tensor, what is looked up in one is a list
    return signature.accepts("scope") and not symbol.rpartition(".")[2].startswith("get_")
