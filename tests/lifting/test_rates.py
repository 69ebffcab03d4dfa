"""Learning rates that are no numbers: schedules, variables, what is fed or computed."""

from __future__ import annotations

import pytest

from tfmigrate.engine import context
from tfmigrate.lifting import Blocked, Lifted, lift

HEAD = """import numpy as np
import tensorflow as tf

x = tf.placeholder(tf.float32, [None, 2])
W = tf.Variable(tf.ones([2, 1]))
b = tf.Variable(tf.zeros([1]))
step = tf.Variable(0, trainable=False)
y = tf.matmul(x, W) + b
loss = tf.reduce_mean(tf.square(y))
"""


def outcome(text: str) -> Lifted | Blocked | None:
    """What lifting makes of a program."""
    return lift(text, context.load("2.21"))


def lifted(body: str, runs: str) -> str:
    """The text of a lifted program: what is built, and what is run."""
    indented = "".join(f"    {line}\n" for line in runs.splitlines())
    start = "with tf.Session() as sess:\n    sess.run(tf.global_variables_initializer())\n"
    found = outcome(f"{HEAD}{body}\n{start}{indented}")
    assert isinstance(found, Lifted), found
    compile(found.text, "lifted", "exec")
    return found.text


def reason(text: str) -> tuple[int, str]:
    """The line and the reason for which a program is left."""
    found = outcome(text)
    assert isinstance(found, Blocked), found
    return found.findings[0].span.row, found.findings[0].message


TRAIN = "sess.run(train, {x: np.ones([3, 2])})"
CASES = {
    "a schedule of the steps that are counted": (
        "rate = tf.train.exponential_decay(0.1, step, 3, 0.5)\n"
        "train = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=step)",
        TRAIN,
        ["SGD(rate)", "rate = tf.keras.optimizers.schedules.ExponentialDecay("],
        ["lambda"],
    ),
    "a schedule made on the spot": (
        "train = tf.train.AdamOptimizer(tf.train.polynomial_decay(0.1, step, 3)).minimize("
        "loss, global_step=step)",
        TRAIN,
        ["learning_rate = tf.keras.optimizers.schedules.PolynomialDecay(", "Adam(learning_rate"],
        ["lambda"],
    ),
    "a schedule of steps that something else counts": (
        "count = tf.assign_add(step, 1)\n"
        "rate = tf.train.exponential_decay(0.1, step, 3, 0.5)\n"
        "train = tf.train.GradientDescentOptimizer(rate).minimize(loss)",
        TRAIN + "\nsess.run(count)",
        ["SGD(lambda: rate(step))", "step.assign_add(1)"],
        [],
    ),
    "a schedule of a step that begins elsewhere": (
        "begin = tf.Variable(5, trainable=False)\n"
        "rate = tf.train.exponential_decay(0.1, begin, 3, 0.5)\n"
        "train = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=begin)",
        TRAIN,
        ["SGD(lambda: rate(begin))", "begin.assign_add(1)"],
        [],
    ),
    "a rate that is fetched": (
        "rate = tf.train.exponential_decay(0.1, step, 3, 0.5)\n"
        "train = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=step)",
        "_, now = sess.run([train, rate], {x: np.ones([3, 2])})\nprint(sess.run(rate))",
        ["current_rate = rate(step)", "print(rate(step).numpy())"],
        [],
    ),
    "a rate that is fed": (
        "rate = tf.placeholder(tf.float32, [])\n"
        "train = tf.train.AdamOptimizer(rate).minimize(loss)",
        "sess.run(train, {x: np.ones([3, 2]), rate: 0.1})",
        ["Adam(0.0", "optimizer.learning_rate = rate", "def train_step(x, rate)"],
        [],
    ),
    "a rate that the graph computes": (
        "rate = 0.1 / (1.0 + tf.cast(step, tf.float32))\n"
        "train = tf.train.GradientDescentOptimizer(rate).minimize(loss, global_step=step)",
        TRAIN,
        ["SGD(0.0)", "rate = 0.1 / (1.0 + tf.cast(step, tf.float32))"],
        ["lambda"],
    ),
    "a rate in a variable": (
        "rate = tf.Variable(0.1, trainable=False)\n"
        "train = tf.train.MomentumOptimizer(rate, 0.9).minimize(loss)",
        "sess.run(rate.assign(0.05))\n" + TRAIN,
        ["Momentum(lambda: rate", "rate.assign(0.05)"],
        [],
    ),
    "an integer": (
        "rate = 1\ntrain = tf.train.GradientDescentOptimizer(rate).minimize(loss)",
        TRAIN,
        ["SGD(float(rate))"],
        [],
    ),
    "the global step of the graph": (
        "count = tf.train.get_or_create_global_step()\n"
        "train = tf.train.AdamOptimizer(0.1).minimize("
        "loss, global_step=tf.train.get_global_step())",
        TRAIN + "\nprint(tf.train.global_step(sess, count))",
        [
            'count = tf.Variable(0, dtype=tf.int64, trainable=False, name="global_step")',
            "count.assign_add(1)",
            "print(count.numpy())",
        ],
        ["get_global_step"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_lifted(name: str) -> None:
    body, runs, has, has_not = CASES[name]
    text = lifted(body, runs)
    assert [each for each in has if each not in text] == [], text
    assert [each for each in has_not if each in text] == [], text
