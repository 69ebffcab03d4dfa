"""Optimizers and schedules on real TensorFlow: the numbers that 1.15.5 gave.

recorded_optimizers.json has them, and says what was computed.
"""

from __future__ import annotations

import ast
import importlib
import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfmigrate.catalogue import support
from tfmigrate.engine.context import load
from tfmigrate.names import resolve
from tfmigrate.transforms.layers import Reading, reading_of
from tfmigrate.transforms.optimizers import Optimizer, Schedule, optimizer, schedule

pytestmark = pytest.mark.tensorflow

RECORDED = json.loads((Path(__file__).parent / "recorded_optimizers.json").read_text("utf-8"))
ROWS = [[0, 1, 1], [1, 2, 2], [0, 3, 3], [2, 2, 1], [4, 0, 4], [1, 1, 1]]


def cases(kind: str) -> pytest.MarkDecorator:
    found = [pytest.param(case, id=case["source"]) for case in RECORDED[kind]]
    return pytest.mark.parametrize("case", found)


@pytest.fixture(scope="module")
def tf() -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        module = importlib.import_module("tensorflow")
    except ImportError:
        pytest.fail('these tests need TensorFlow: pip install "tfmigrate[prove]"', pytrace=False)
    assert module.__version__.startswith("2.21."), "the recorded numbers are to hold on 2.21"
    return module


def read(text: str) -> tuple[ast.Call, str, Reading]:
    source = f"import tensorflow as tf\n{text}\n"
    tree = ast.parse(source)
    context = load("2.21")
    reading = reading_of(source, resolve(tree, context.knowledge), context)
    call = next(each for each in ast.walk(tree) if isinstance(each, ast.Call))
    return call, reading.symbol(call.func) or "", reading


def make(tf: Any, text: str, **options: Any) -> tuple[Any, Optimizer]:
    call, symbol, reading = read(text)
    found = optimizer(call, symbol, reading, **options)
    assert isinstance(found, Optimizer), found
    space = {"tf": tf}
    for each in found.support:
        exec(support.load()[each].code, space)
    return eval(found.constructor, space), found


def problem(tf: Any) -> tuple[Any, Any]:
    """A variable, and the loss as a function without parameters."""
    a = np.cos(np.arange(24) * 0.9).reshape(6, 4).astype(np.float32)
    b = np.sin(np.arange(6)).reshape(6, 1).astype(np.float32)
    w = tf.Variable(np.linspace(-1, 1, 4).reshape(4, 1).astype(np.float32))
    return w, lambda: tf.reduce_mean(tf.square(tf.matmul(a, w) - b))


def close(new: Any, old: list[float]) -> None:
    np.testing.assert_allclose(np.ravel(new), old, rtol=2e-5, atol=3e-6)


@cases("constant")
def test_constant_rates(tf: Any, case: dict[str, Any]) -> None:
    made, _ = make(tf, case["source"])
    w, loss = problem(tf)

    def step() -> None:
        with tf.GradientTape() as tape:
            value = loss()
        made.apply_gradients([(tape.gradient(value, w), w)])

    run = tf.function(step)
    for _ in range(6):
        run()
    close(w.numpy(), case["weights"])


@cases("changing")
def test_rates_that_are_fed(tf: Any, case: dict[str, Any]) -> None:
    made, _ = make(tf, case["source"], rate="0.0", varies=True)
    w, loss = problem(tf)

    def step(rate: Any) -> None:
        made.learning_rate = rate
        with tf.GradientTape() as tape:
            value = loss()
        made.apply_gradients([(tape.gradient(value, w), w)])

    run = tf.function(step, input_signature=[tf.TensorSpec([], tf.float32)])
    for rate in RECORDED["rates"]:
        run(rate)
    close(w.numpy(), case["weights"])


@cases("changing")
def test_rates_in_a_variable(tf: Any, case: dict[str, Any]) -> None:
    rate = tf.Variable(0.0)
    call, symbol, reading = read(case["source"])
    found = optimizer(call, symbol, reading, rate="lambda: rate", varies=True)
    assert isinstance(found, Optimizer)
    space = {"tf": tf, "rate": rate}
    for each in found.support:
        exec(support.load()[each].code, space)
    made = eval(found.constructor, space)
    w, loss = problem(tf)

    def step() -> None:
        with tf.GradientTape() as tape:
            value = loss()
        made.apply_gradients([(tape.gradient(value, w), w)])

    run = tf.function(step)
    for each in RECORDED["rates"]:
        rate.assign(each)
        run()
    close(w.numpy(), case["weights"])


@cases("looked_up")
def test_tables(tf: Any, case: dict[str, Any]) -> None:
    made, found = make(tf, case["source"])
    table = tf.Variable((np.arange(10) / 10.0).reshape(5, 2).astype(np.float32))

    def step(rows: Any) -> None:
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(tf.nn.embedding_lookup(table, rows) - 1.0))
        gradient = tape.gradient(loss, table)
        if found.sparse == "densify":
            gradient = tf.convert_to_tensor(gradient)
        made.apply_gradients([(gradient, table)])

    assert found.sparse != "differs"
    run = tf.function(step, input_signature=[tf.TensorSpec([3], tf.int32)])
    for rows in ROWS:
        run(rows)
    close(table.numpy(), case["weights"])


@cases("decays")
def test_schedules(tf: Any, case: dict[str, Any]) -> None:
    call, symbol, reading = read(case["source"])
    found = schedule(call, symbol, reading)
    assert isinstance(found, Schedule)
    space = {"tf": tf, "math": math, "step": tf.Variable(0, dtype=tf.int64)}
    rates = []
    for number in range(6):
        space["step"].assign(number)
        rates.append(float(eval(found.value("step"), space)))
    close(rates, case["rates"])
    made = tf.keras.optimizers.SGD(eval(found.constructor, space))
    w, loss = problem(tf)

    def step() -> None:
        with tf.GradientTape() as tape:
            value = loss()
        made.apply_gradients([(tape.gradient(value, w), w)])

    run = tf.function(step)
    for _ in range(6):
        run()
    close(w.numpy(), case["weights"])
