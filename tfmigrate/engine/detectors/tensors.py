"""Tensors that are compared or hashed like objects (TFM505), and items of shapes (TFM506)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tfmigrate.catalogue import Match
from tfmigrate.engine.context import Context
from tfmigrate.engine.detectors.base import Found, Program
from tfmigrate.engine.detectors.bindings import end_of, start_of
from tfmigrate.engine.detectors.evidence import is_tensor
from tfmigrate.names import Instance, Symbol, plain

_PLACEHOLDERS = ("tf.placeholder", "tf.placeholder_with_default", "tf.sparse_placeholder")
_EAGER = ("tf.enable_eager_execution", "tf.contrib.eager", "tf.contrib.eager.*")
_RUNS = {"run", "eval", "partial_run"}
_FEED = "feed"
_COLLECTIONS = ("tf.get_collection", "tf.get_collection_ref")
_NOT_LISTS = ("initialize", "report")


def tensor_equality(program: Program, context: Context, match: Match) -> Found:
    """Comparison and hashing of tensors.

    Identity on TensorFlow 1; on TensorFlow 2 elementwise, and an error.
    """
    for comparison in program.names.comparisons:
        if compares_tensors(program, context, comparison):
            yield comparison, None
    for node in program.names.hashing:
        if isinstance(node, ast.Dict):
            keys = [
                each for each in node.keys if each is not None and is_tensor(program, context, each)
            ]
            if not is_fed(program, node, keys):
                yield from ((key, None) for key in keys)
        elif isinstance(node, ast.Subscript):
            fed = is_fed(program, node, [node.slice]) or is_eager(program)
            if not fed and is_tensor(program, context, node.slice):
                yield node.slice, None
        elif not isinstance(node, ast.Call) or hashes_tensors(program, context, node):
            yield node, None


def shape_item(program: Program, context: Context, match: Match) -> Found:
    """Comparisons and truth tests of an item of a static shape."""
    yield from ((node, None) for node in program.names.dimensions)


def compares_tensors(program: Program, context: Context, node: ast.Compare) -> bool:
    """Whether one of the comparisons in ``a == b != c`` is between tensors."""
    left = node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        if isinstance(op, (ast.Eq, ast.NotEq)):
            # with None the answer is the same: no tensor equals it
            known = is_tensor(program, context, left) or is_tensor(program, context, right)
            if known and not (is_constant(left) or is_constant(right)):
                return True
        if isinstance(op, (ast.In, ast.NotIn)):
            searched = any(is_tensor(program, context, each) for each in elements(right))
            if searched or is_tensor(program, context, left):
                return True
        left = right
    return False


def is_constant(node: ast.expr) -> bool:
    """Whether an expression is ``None`` or a string."""
    return isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, str))


def elements(node: ast.expr) -> Iterable[ast.expr]:
    """The elements of a list or tuple that is written out."""
    return node.elts if isinstance(node, (ast.List, ast.Tuple)) else ()


def hashes_tensors(program: Program, context: Context, call: ast.Call) -> bool:
    """Whether ``set(...)``, ``list.index(x)`` or ``list.remove(x)`` gets tensors."""
    if isinstance(call.func, ast.Attribute):
        searched = is_tensor(program, context, call.args[0])
        return searched and (call.func.attr != "remove" or stands_alone(program, call))
    if len(call.args) != 1 or last_name(call.func) in program.names.functions:
        return False
    given = call.args[0]
    if isinstance(given, (ast.ListComp, ast.GeneratorExp)):
        return is_tensor(program, context, given.elt)
    found = program.evident(given)
    if isinstance(found, (ast.List, ast.Tuple)):
        return any(is_tensor(program, context, each) for each in found.elts)
    return isinstance(found, ast.Call) and lists_variables(program, found)


def stands_alone(program: Program, call: ast.Call) -> bool:
    """Whether the result of a call is thrown away, as that of ``list.remove`` is bound to be."""
    *_, last = surroundings(program.tree, call)
    return isinstance(last, ast.Expr)


def lists_variables(program: Program, call: ast.Call) -> bool:
    """Whether a call returns a list of variables: ``tf.trainable_variables()`` and its like."""
    callee = program.names.values.get(id(call.func))
    if not isinstance(callee, Symbol):
        return False
    symbol = plain(callee.name)
    if symbol in _COLLECTIONS:
        key = call.args[0] if call.args else None
        return isinstance(key, ast.Attribute) and key.attr.endswith("VARIABLES")
    name = symbol.rpartition(".")[2]
    return name.endswith("variables") and not name.startswith(_NOT_LISTS)


def is_eager(program: Program) -> bool:
    """Whether a file runs eagerly, where a tensor is an index like any number."""
    return any(symbol == _EAGER[0] or symbol.startswith(_EAGER[1]) for symbol in program.by_symbol)


def is_fed(program: Program, node: ast.expr, keys: list[ast.expr]) -> bool:
    """Whether a dict is for ``feed_dict``: it has a placeholder, or its surroundings say so."""
    for key in keys:
        value = program.names.values.get(id(key))
        if isinstance(value, Instance) and value.origin in _PLACEHOLDERS:
            return True
    if isinstance(node, ast.Subscript):
        return is_feed_name(node.value)
    return any(feeds(each, node) for each in surroundings(program.tree, node))


def feeds(around: ast.AST, node: ast.expr) -> bool:
    """Whether something around a dict takes it for a feed."""
    if isinstance(around, ast.keyword):
        return _FEED in (around.arg or "").lower()
    if isinstance(around, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return _FEED in around.name.lower()
    if isinstance(around, ast.Assign):
        return any(is_feed_name(each) for each in around.targets)
    if isinstance(around, (ast.AnnAssign, ast.AugAssign)):
        return is_feed_name(around.target)
    if isinstance(around, ast.Call):
        function = around.func
        if isinstance(function, ast.Attribute) and is_feed_name(function.value):
            return True
        return node in around.args and last_name(function) in _RUNS
    return False


def is_feed_name(node: ast.expr) -> bool:
    """Whether a name or an attribute says that it is a feed."""
    return _FEED in last_name(node).lower()


def last_name(node: ast.expr) -> str:
    """The last part of a name, ``""`` if there is none."""
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def surroundings(tree: ast.Module, node: ast.expr) -> Iterator[ast.AST]:
    """What a node stands in, from the module inwards."""
    around: ast.AST | None = tree
    while around is not None and around is not node:
        yield around
        around = next((each for each in ast.iter_child_nodes(around) if holds(each, node)), None)


def holds(around: ast.AST, node: ast.expr) -> bool:
    """Whether a node stands in another, by their places."""
    if not isinstance(around, (ast.expr, ast.stmt, ast.keyword, ast.ExceptHandler)):
        # arguments, comprehensions and the cases of a match have no place of their own
        return any(holds(each, node) for each in ast.iter_child_nodes(around))
    return start_of(around) <= start_of(node) and end_of(node) <= end_of(around)
