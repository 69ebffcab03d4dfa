"""Gradients of tables that rows are looked up in: TensorFlow 1 added up the same row's parts.

Keras squares the parts of a row that occurs twice one by one, so that optimizers which look at
squares go another way unless each gradient is made dense first. Measured, 1.15.5 against 2.21.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Literal

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Kind, Step
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.scope import Scope

_LOOKUPS = frozenset(
    {
        "tf.contrib.layers.embed_sequence",
        "tf.contrib.layers.embedding_lookup_unique",
        "tf.contrib.layers.safe_embedding_lookup_sparse",
        "tf.gather",
        "tf.gather_nd",
        "tf.nn.embedding_lookup",
        "tf.nn.embedding_lookup_sparse",
        "tf.nn.nce_loss",
        "tf.nn.safe_embedding_lookup_sparse",
        "tf.nn.sampled_softmax_loss",
    }
)
_MAKES = frozenset({Role.VARIABLE, Role.GET_VARIABLE})
_SAME = frozenset(
    {"tf.train.GradientDescentOptimizer", "tf.train.ProximalGradientDescentOptimizer"}
)
_DENSE = frozenset(
    {"tf.train.AdagradOptimizer", "tf.train.AdadeltaOptimizer", "tf.train.AdamOptimizer"}
)
Sparse = Literal["same", "dense", "differs"]


def treatment(symbol: str) -> Sparse:
    """What an optimizer needs for gradients of looked up rows to train as on TensorFlow 1."""
    if symbol in _SAME:
        return "same"
    return "dense" if symbol in _DENSE else "differs"


def dense(gradients: str) -> str:
    """The text of a list of gradients in which no row occurs twice."""
    each = "tf.convert_to_tensor(g) if isinstance(g, tf.IndexedSlices) else g"
    return f"[\n    {each}\n    for g in {gradients}\n]"


def dense_pairs(pairs: str) -> str:
    """As :func:`dense`, for pairs of gradients and variables."""
    each = "(tf.convert_to_tensor(g) if isinstance(g, tf.IndexedSlices) else g, v)"
    return f"[\n    {each}\n    for g, v in {pairs}\n]"


def looks_up(steps: Iterable[Step], scope: Scope) -> bool:
    """Whether some steps look up rows of variables."""
    for step in steps:
        for call, helper in _calls(step.node, scope.facts, set()):
            if scope.facts.symbol(call.func) not in _LOOKUPS:
                continue
            arguments = [*call.args, *(each.value for each in call.keywords)]
            if helper or any(_is_variable(each, step, scope) for each in arguments):
                return True
            if (scope.facts.symbol(call.func) or "").startswith("tf.contrib"):
                return True
    return False


def _is_variable(node: ast.expr, step: Step, scope: Scope) -> bool:
    """Whether an argument is a variable, or is made from one that is kept."""
    if isinstance(node, ast.Call) and scope.facts.role(node) in _MAKES:
        return True
    path = step.path(node.value if isinstance(node, ast.Subscript) else node)
    found = scope.reaching(path, step.index) if path is not None else []
    return any(
        each.kind is Kind.STATE
        or any(role in _MAKES for _, role in scope.facts.roles_below(each.node))
        for each in found
    )


def _calls(node: ast.AST, facts: Facts, seen: set[ast.AST]) -> Iterator[tuple[ast.Call, bool]]:
    """The calls below a node, and in the functions of the file that these call."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            yield each, False
            helper = facts.called(each)
            if helper is not None and helper.node not in seen:
                seen.add(helper.node)
                for call, _ in _calls(helper.node, facts, seen):
                    yield call, True
