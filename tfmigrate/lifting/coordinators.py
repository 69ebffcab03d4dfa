"""Coordinators of queue threads: without queues there is nothing to start, stop or join."""

from __future__ import annotations

import ast

import libcst as cst

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.shapes import passes
from tfmigrate.lifting.writing import Action, Source, write

_GONE = frozenset(
    {
        "tf.train.Coordinator",
        "tf.train.Coordinator.request_stop",
        "tf.train.Coordinator.join",
        "tf.train.start_queue_runners",
        "tf.train.queue_runner.start_queue_runners",
    }
)
_QUEUES = ("tf.train.batch", "tf.train.shuffle_batch", "tf.train.maybe_", "tf.train.QueueRunner")
_STOPS = "tf.train.Coordinator.should_stop"
_END = "tf.errors.OutOfRangeError"


def uncoordinated(text: str, facts: Facts) -> str | None:
    """The program without coordinators; None if it has none, or still has queues."""
    symbols = {node: facts.symbol(node) or "" for node in ast.walk(facts.tree)}
    asked = {
        node
        for node, symbol in symbols.items()
        if symbol in _GONE or symbol == _STOPS or symbol.startswith("tf.train.Coordinator.")
    }
    queues = any(
        symbol.startswith(_QUEUES) or "_input_producer" in symbol or symbol.endswith("Queue")
        for symbol in symbols.values()
    )
    if not asked or queues:
        return None
    actions: dict[ast.stmt, Action] = {}
    replaced: dict[ast.expr, str] = {}
    done: set[ast.AST] = set()
    for node in ast.walk(facts.tree):
        if isinstance(node, (ast.Assign, ast.Expr)) and isinstance(node.value, ast.Call):
            if facts.symbol(node.value.func) in _GONE:
                actions[node] = Action(removed=True)
                done |= {node.value.func, *ast.walk(node.value)}
        elif isinstance(node, ast.While) and _is_stop(node.test, facts):
            replaced[node.test] = "True"
            done |= set(ast.walk(node.test))
        elif isinstance(node, ast.If) and _leaves(node, facts):
            actions[node] = Action(removed=True)
            done |= set(ast.walk(node.test))
        elif isinstance(node, ast.ExceptHandler) and _only_stops(node, facts):
            # other errors came out of `join`, the end did not
            assert node.type is not None
            replaced[node.type] = _END
    if asked - done:
        return None
    changed = write(Source(text), replaced, actions)
    return cst.parse_module(changed).visit(_Tidy()).code


def _is_stop(test: ast.expr, facts: Facts) -> bool:
    """``not coord.should_stop()``."""
    if not isinstance(test, ast.UnaryOp) or not isinstance(test.op, ast.Not):
        return False
    call = test.operand
    return isinstance(call, ast.Call) and facts.symbol(call.func) == _STOPS


def _leaves(node: ast.If, facts: Facts) -> bool:
    """``if coord.should_stop(): break``."""
    called = isinstance(node.test, ast.Call) and facts.symbol(node.test.func) == _STOPS
    return (
        called and len(node.body) == 1 and isinstance(node.body[0], ast.Break) and not node.orelse
    )


def _only_stops(node: ast.ExceptHandler, facts: Facts) -> bool:
    """``except Exception as e: coord.request_stop(e)``."""
    if node.name is None or node.type is None or len(node.body) != 1:
        return False
    body = node.body[0]
    return (
        isinstance(body, ast.Expr)
        and isinstance(body.value, ast.Call)
        and facts.symbol(body.value.func) == "tf.train.Coordinator.request_stop"
        and len(body.value.args) == 1
    )


class _Tidy(cst.CSTTransformer):
    """Takes away what is left empty of a ``try``."""

    def leave_ExceptHandler(
        self, original_node: cst.ExceptHandler, updated_node: cst.ExceptHandler
    ) -> cst.ExceptHandler:
        """An error whose name nothing reads needs none."""
        named = updated_node.name is not None and passes(updated_node.body)
        return updated_node.with_changes(name=None) if named else updated_node

    def leave_Try(
        self, original_node: cst.Try, updated_node: cst.Try
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        """``finally: pass`` goes, and the ``try`` with it if nothing is caught."""
        node = updated_node
        if node.finalbody is None or not passes(node.finalbody.body):
            return node
        if node.handlers or node.orelse:
            return node.with_changes(finalbody=None)
        body = list(node.body.body)
        first = body[0]
        lines = [*node.leading_lines, *getattr(first, "leading_lines", ())]
        body[0] = first.with_changes(leading_lines=lines)
        return cst.FlattenSentinel(body)  # type: ignore[arg-type]
