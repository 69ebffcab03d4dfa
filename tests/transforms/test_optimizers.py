"""Optimizers and schedules: the text that a call becomes, and what is refused."""

from __future__ import annotations

import ast

import pytest

from tfmigrate.catalogue import support
from tfmigrate.engine.context import load
from tfmigrate.names import resolve
from tfmigrate.transforms.layer_model import Refused
from tfmigrate.transforms.layers import Reading, reading_of
from tfmigrate.transforms.optimizers import Optimizer, Schedule, optimizer, schedule

CONTEXT = load("2.21")


def read(text: str) -> tuple[ast.Call, str, Reading]:
    source = f"import tensorflow as tf\n{text}\n"
    tree = ast.parse(source)
    statement = tree.body[-1]
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    reading = reading_of(source, resolve(tree, CONTEXT.knowledge), CONTEXT)
    symbol = reading.symbol(statement.value.func)
    assert symbol is not None
    return statement.value, symbol, reading


def made(text: str, rate: str | None = None, varies: bool = False) -> Optimizer:
    call, symbol, reading = read(text)
    found = optimizer(call, symbol, reading, rate=rate, varies=varies)
    assert isinstance(found, Optimizer), found
    return found


def refused(text: str, varies: bool = False) -> str:
    call, symbol, reading = read(text)
    found = optimizer(call, symbol, reading, varies=varies)
    assert isinstance(found, Refused)
    return found.reason


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tf.train.GradientDescentOptimizer(0.1)", "SGD(0.1)"),
        ("tf.train.GradientDescentOptimizer(learning_rate=lr)", "SGD(learning_rate=lr)"),
        ("tf.train.GradientDescentOptimizer(1)", "SGD(1.0)"),
        ("tf.train.GradientDescentOptimizer(0.1, True, name='sgd')", "SGD(0.1, name='sgd')"),
        ("tf.compat.v1.train.GradientDescentOptimizer(a + b)", "SGD(a + b)"),
        ("tf.train.AdamOptimizer()", "Adam(epsilon=1e-8)"),
        ("tf.train.AdamOptimizer(1e-3)", "Adam(1e-3, epsilon=1e-8)"),
        ("tf.train.AdamOptimizer(1e-3, .5, .9)", "Adam(1e-3, beta_1=.5, beta_2=.9, epsilon=1e-8)"),
        ("tf.train.AdamOptimizer(beta1=b, epsilon=e)", "Adam(beta_1=b, epsilon=e)"),
        ("tf.train.MomentumOptimizer(0.1, 0.9)", "SGD(0.1, momentum=0.9)"),
        (
            "tf.train.MomentumOptimizer(0.1, 1, use_nesterov=n)",
            "SGD(0.1, momentum=1.0, nesterov=n)",
        ),
        ("tf.train.AdagradOptimizer(0.1)", "Adagrad(0.1)"),
        (
            "tf.train.AdagradOptimizer(0.1, initial_accumulator_value=1e-6)",
            "Adagrad(0.1, initial_accumulator_value=1e-6, epsilon=0.0)",
        ),
        ("tf.train.AdadeltaOptimizer(0.1)", "Adadelta(0.1, epsilon=1e-8)"),
        ("tf.train.FtrlOptimizer(0.1, -0.4)", "Ftrl(0.1, learning_rate_power=-0.4)"),
        ("tf.train.ProximalGradientDescentOptimizer(0.1, 0.0)", "SGD(0.1)"),
        (
            "tf.contrib.opt.AdamWOptimizer(a + b, learning_rate=lr)",
            "AdamW(weight_decay=(a + b) / lr, learning_rate=lr, epsilon=1e-8)",
        ),
        ("tf.contrib.opt.AdaMaxOptimizer(0.1)", "Adamax(0.1, epsilon=1e-8)"),
        ("tf.contrib.optimizer_v2.AdamOptimizer(0.1)", "Adam(0.1, epsilon=1e-8)"),
    ],
)
def test_constructors(old: str, new: str) -> None:
    assert made(old).constructor == f"tf.keras.optimizers.{new}"


def test_rmsprop_starts_at_one() -> None:
    found = made("tf.train.RMSPropOptimizer(0.1, 0.8, momentum=0.5)")
    assert found.constructor == "RMSpropFromOnes(0.1, rho=0.8, momentum=0.5, epsilon=1e-10)"
    assert found.support == ("rmsprop",)
    assert support.load()["rmsprop"].defines == ("RMSpropFromOnes",)


@pytest.mark.parametrize(
    ("old", "rate", "new"),
    [
        ("tf.train.AdamOptimizer(lr)", "lambda: lr", "Adam(lambda: lr, epsilon=1e-8)"),
        ("tf.train.AdamOptimizer()", "0.0", "Adam(0.0, epsilon=1e-8)"),
        ("tf.train.GradientDescentOptimizer(learning_rate=lr)", "0.0", "SGD(learning_rate=0.0)"),
    ],
)
def test_another_rate(old: str, rate: str, new: str) -> None:
    assert made(old, rate, varies=True).constructor == f"tf.keras.optimizers.{new}"


def test_momentum_is_another_class_where_the_rate_varies() -> None:
    old = "tf.train.MomentumOptimizer(lr, 0.9, use_nesterov=True)"
    found = made(old, "lambda: lr", varies=True)
    assert found.constructor == "Momentum(lambda: lr, momentum=0.9, nesterov=True)"
    assert found.support == ("momentum",)
    assert made(old).support == ()
    assert isinstance(found.learning_rate, ast.Name)


def test_what_sparse_gradients_need() -> None:
    kinds = {
        name: made(f"tf.train.{name}Optimizer(0.1, 0.9)").sparse
        for name in ("GradientDescent", "Adam", "Adagrad", "Momentum", "RMSProp", "Ftrl")
    }
    assert kinds == {
        "GradientDescent": "same",
        "Adam": "densify",
        "Adagrad": "densify",
        "Momentum": "differs",
        "RMSProp": "differs",
        "Ftrl": "differs",
    }
    assert made("tf.contrib.opt.LazyAdamOptimizer(0.1)").sparse == "differs"


def test_another_algorithm_says_so() -> None:
    found = made("tf.contrib.opt.NadamOptimizer(0.1)")
    assert not found.exact
    assert "Not the same algorithm" in found.notes[0]
    assert made("tf.train.AdamOptimizer(0.1)").exact


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("tf.train.AdamOptimizer(*rates)", "passed with `*`"),
        ("tf.train.AdamOptimizer(**options)", "passed with `**`"),
        ("tf.train.AdamOptimizer(0.1, decay=0.5)", "`decay` is not one of its parameters"),
        ("tf.train.ProximalAdagradOptimizer(0.1, 0.1, l1)", "`l1_regularization_strength`"),
        ("tf.train.AdagradDAOptimizer(0.1, step)", "no counterpart"),
        ("tf.contrib.opt.MovingAverageOptimizer(opt)", "`use_ema=True"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    assert reason in refused(text)


def test_weight_decay_by_a_rate_that_varies_is_refused() -> None:
    assert "the rate" in refused("tf.contrib.opt.AdamWOptimizer(0.1, lr)", varies=True)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "tf.train.exponential_decay(0.1, step, 100, 0.96, staircase=True)",
            "ExponentialDecay(0.1, decay_steps=100, decay_rate=0.96, staircase=True)",
        ),
        (
            "tf.train.exponential_decay(learning_rate=lr, global_step=step, decay_steps=n, "
            "decay_rate=d)",
            "ExponentialDecay(initial_learning_rate=lr, decay_steps=n, decay_rate=d)",
        ),
        (
            "tf.train.polynomial_decay(1, step, 10, power=2.0)",
            "PolynomialDecay(1.0, decay_steps=10, power=2.0)",
        ),
        ("tf.train.cosine_decay(lr, step, 10)", "CosineDecay(lr, decay_steps=10)"),
        (
            "tf.train.piecewise_constant(step, [1, 2], [1., .5, .1])",
            "PiecewiseConstantDecay([1, 2], [1., .5, .1])",
        ),
        (
            "tf.train.piecewise_constant_decay(x=step, boundaries=b, values=v)",
            "PiecewiseConstantDecay(boundaries=b, values=v)",
        ),
    ],
)
def test_schedules(old: str, new: str) -> None:
    call, symbol, reading = read(old)
    found = schedule(call, symbol, reading)
    assert isinstance(found, Schedule)
    assert found.constructor == f"tf.keras.optimizers.schedules.{new}"
    assert ast.unparse(found.step) == "step"
    assert found.value("s") == f"{found.constructor}(s)"
    assert found.imports == ()


@pytest.mark.parametrize(("rate", "new"), [("0.5", "-0.5"), ("a + b", "-(a + b)")])
def test_natural_decay_is_exponential(rate: str, new: str) -> None:
    call, symbol, reading = read(f"tf.train.natural_exp_decay(0.1, step, 3, {rate})")
    found = schedule(call, symbol, reading)
    assert isinstance(found, Schedule)
    assert f"decay_rate=math.exp({new}))" in found.constructor
    assert found.imports == ("import math",)


def test_schedules_without_successor_are_refused() -> None:
    for name in ("linear_cosine_decay", "noisy_linear_cosine_decay"):
        call, symbol, reading = read(f"tf.train.{name}(0.1, step, 10)")
        assert isinstance(schedule(call, symbol, reading), Refused)


def test_the_file_decides_what_tensorflow_is_called() -> None:
    source = "import tensorflow as T\nT.train.AdamOptimizer(0.1)\n"
    tree = ast.parse(source)
    call = next(each for each in ast.walk(tree) if isinstance(each, ast.Call))
    names = resolve(tree, CONTEXT.knowledge)
    reading = reading_of(source, names, CONTEXT, lambda symbol: f"T{symbol[2:]}")
    found = optimizer(call, "tf.train.AdamOptimizer", reading)
    assert isinstance(found, Optimizer)
    assert found.constructor == "T.keras.optimizers.Adam(0.1, epsilon=1e-8)"
