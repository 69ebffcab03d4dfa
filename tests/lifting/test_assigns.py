"""Assignments: run for what they do, for their value, in lists and groups, in their order."""

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


FED = ", {x: np.ones([3, 2])})"
CASES = {
    "run for what it does": (
        "update = tf.assign(W, W * 2.0)",
        "sess.run(update)",
        ["    W.assign(W * 2.0)\n", "update()\n"],
        ["return"],
    ),
    "run for its value": (
        "update = tf.assign_add(step, 1)",
        "print(sess.run(update))",
        ["return step.assign_add(1)", "print(update().numpy())"],
        [],
    ),
    "once for each": (
        "update = tf.assign_add(step, 1)",
        "sess.run(update)\nprint(sess.run(update))",
        ["return step.assign_add(1)"],
        ["compute_update"],
    ),
    "a list of them": (
        "old = [W, b]\ncopies = [tf.Variable(tf.zeros([2, 1])), tf.Variable(tf.zeros([1]))]\n"
        "copy = [tf.assign(c, o) for c, o in zip(copies, old)]",
        "sess.run(copy)",
        ["    for c, o in zip(copies, old):\n        c.assign(o)\n"],
        ["return"],
    ),
    "a group of them": (
        "reset = tf.group(step.assign(0), W.assign(tf.zeros([2, 1])))",
        "sess.run(reset)",
        ["    step.assign(0)\n    W.assign(tf.zeros([2, 1]))\n"],
        ["tf.group"],
    ),
    "before what depends on it": (
        "count = step.assign_add(1)\n"
        "with tf.control_dependencies([count]):\n    now = loss * tf.cast(step, tf.float32)",
        "sess.run(now" + FED,
        ["    step.assign_add(1)\n    now = loss * tf.cast(step, tf.float32)\n"],
        ["control_dependencies"],
    ),
    "after what is computed beside it": (
        "update = W.assign(W * 2.0)",
        "now, _ = sess.run([loss, update]" + FED,
        ["tf.reduce_mean(tf.square(y))\n    W.assign(W * 2.0)\n    return loss\n"],
        [],
    ),
    "rows": (
        "update = tf.scatter_update(W, [0], [[3.0]])",
        "sess.run(update)",
        ["W.scatter_update(tf.IndexedSlices([[3.0]], [0]))"],
        [],
    ),
    "where it is run": (
        "",
        "for i in range(3):\n    sess.run(W.assign(W * float(i)))",
        ["for i in range(3):\n    W.assign(W * float(i))\n"],
        ["def "],
    ),
    "loaded": ("", "W.load(np.ones([2, 1]), sess)", ["W.assign(np.ones([2, 1]))"], ["load"]),
    "moving averages follow training": (
        "average = tf.train.ExponentialMovingAverage(0.9)\n"
        "train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)\n"
        "with tf.control_dependencies([train]):\n    both = average.apply()",
        "sess.run(both" + FED + "\nprint(sess.run(average.average(W)))",
        ["apply_gradients(zip(gradients, variables))\n    average.apply([W, b])\n"],
        ["average.apply()"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_lifted(name: str) -> None:
    body, runs, has, has_not = CASES[name]
    text = lifted(body, runs)
    assert [each for each in has if each not in text] == [], text
    assert [each for each in has_not if each in text] == [], text


def test_moving_averages_of_tensors() -> None:
    body = "average = tf.train.ExponentialMovingAverage(0.9)\nupdate = average.apply([loss])\n"
    runs = "with tf.Session() as sess:\n    sess.run(update, {x: np.ones([3, 2])})\n"
    assert reason(HEAD + body + runs) == (
        11,
        "the graph program cannot be lifted: moving averages of tensors",
    )


def test_the_shape_of_a_variable_changes() -> None:
    body = "update = tf.assign(W, tf.ones([3, 3]), validate_shape=False)\n"
    runs = "with tf.Session() as sess:\n    sess.run(update)\n"
    assert "changes the shape" in reason(HEAD + body + runs)[1]
