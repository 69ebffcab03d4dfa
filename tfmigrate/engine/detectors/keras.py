"""Keras layers in a program that runs a Session (TFM512)."""

from __future__ import annotations

import ast

from tfmigrate.catalogue import Match
from tfmigrate.engine.context import Context
from tfmigrate.engine.detectors.base import Found, Program

_RUNS = (
    "tf.Session.run",
    "tf.Session.partial_run",
    "tf.Session.make_callable",
    "tf.Tensor.eval",
    "tf.Variable.eval",
    "tf.Operation.run",
)
_REGULARIZER = "_regularizer"


def keras_in_graph(program: Program, context: Context, match: Match) -> Found:
    """A layer whose updates a Session never runs."""
    if runs_a_session(program):
        for call, symbol in program.calls(match):
            yield call.func, symbol


def keras_regularizer_in_graph(program: Program, context: Context, match: Match) -> Found:
    """A layer with a regularizer, whose penalty no collection gets."""
    if runs_a_session(program):
        for call, symbol in program.calls(match):
            for keyword in call.keywords:
                if (keyword.arg or "").endswith(_REGULARIZER) and not is_none(keyword.value):
                    yield keyword, symbol


def runs_a_session(program: Program) -> bool:
    """Whether a file has a run site."""
    return any(each in program.by_symbol for each in _RUNS)


def is_none(node: ast.expr) -> bool:
    """Whether an expression is ``None``."""
    return isinstance(node, ast.Constant) and node.value is None
