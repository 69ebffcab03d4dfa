"""Gradients: clipped, of gradients, by tensors, in loops and in functions."""

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


APPLIED = "sess.run(train, {x: np.ones([3, 2])})"
OPTIMIZER = "optimizer = tf.train.AdamOptimizer(0.1)\n"
CASES = {
    "pairs that are clipped": (
        OPTIMIZER + "pairs = optimizer.compute_gradients(loss)\n"
        "pairs = [(tf.clip_by_value(g, -1.0, 1.0), v) for g, v in pairs if g is not None]\n"
        "train = optimizer.apply_gradients(pairs)",
        APPLIED,
        ["pairs = list(zip(tape.gradient(loss, variables), variables))"],
    ),
    "gradients within an expression": (
        OPTIMIZER + "trained = tf.trainable_variables()\n"
        "clipped, _ = tf.clip_by_global_norm(tf.gradients(loss, trained), 1.0)\n"
        "train = optimizer.apply_gradients(zip(clipped, trained))",
        APPLIED,
        ["gradients = tape.gradient(loss, trained)", "trained = [W, b]"],
    ),
    "pairs taken apart": (
        OPTIMIZER + "grads, trained = zip(*optimizer.compute_gradients(loss))\n"
        "train = optimizer.apply_gradients(zip(grads, trained))",
        APPLIED,
        ["grads, trained = zip(*grads_and_vars)"],
    ),
    "by what is fed": (
        "slope = tf.gradients(loss, x)[0]",
        "sess.run(slope, {x: np.ones([3, 2])})",
        ["tape.watch(x)", "return tape.gradient(loss, x)"],
    ),
    "by a tensor": (
        "shifted = x + 1.0\nout = tf.reduce_sum(tf.matmul(shifted, W))\n"
        "slope, = tf.gradients(out, [shifted])",
        "sess.run(slope, {x: np.ones([3, 2])})",
        ["tape.watch(shifted)", "slope, = tape.gradient(out, [shifted])"],
    ),
    "of a gradient": (
        "slope = tf.gradients(y, x)[0]\npenalty = tf.reduce_sum(tf.square(slope))\n"
        "train = tf.train.AdamOptimizer(0.1).minimize(loss + penalty, var_list=[W])",
        APPLIED,
        ["with tf.GradientTape() as inner_tape:", "inner_tape.watch(x)", "[W]"],
    ),
    "several optimizers": (
        "first = tf.train.AdamOptimizer(0.1).minimize(loss, var_list=[W])\n"
        "second = tf.train.GradientDescentOptimizer(0.1).minimize(loss, var_list=[b])\n"
        "train = tf.group(first, second)",
        APPLIED,
        ["GradientTape(persistent=True)", "first_gradients", "second_gradients"],
    ),
    "one optimizer for two lists": (
        OPTIMIZER + "first = optimizer.minimize(loss, var_list=[W])\n"
        "train = optimizer.minimize(loss, var_list=[b])",
        APPLIED + "\nsess.run(first, {x: np.ones([3, 2])})",
        ["optimizer.build([W, b])"],
    ),
    "all variables in a loss": (
        "total = loss + tf.add_n([tf.nn.l2_loss(v) for v in tf.trainable_variables()])\n"
        "train = tf.train.AdamOptimizer(0.1).minimize(total)",
        APPLIED,
        ["[tf.nn.l2_loss(v) for v in [W, b]]"],
    ),
}
REFUSED = {
    "an optimizer whose variables differ": (
        OPTIMIZER
        + "first = optimizer.minimize(loss, var_list=list(tf.trainable_variables())[:1])\n"
        "h = tf.layers.dense(x, 1)\ntrain = optimizer.minimize(tf.reduce_sum(h))",
        "one optimizer for variables that are not the same each time",
    ),
    "what gradients stop at": (
        "slope = tf.gradients(loss, W, stop_gradients=[b])\ntrain = tf.group(W.assign(slope[0]))",
        "gradients that stop at tensors",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_lifted(name: str) -> None:
    body, runs, has = CASES[name]
    text = lifted(body, runs)
    assert [each for each in has if each not in text] == [], text


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    body, why = REFUSED[name]
    runs = "with tf.Session() as sess:\n    sess.run(train, {x: np.ones([3, 2])})\n"
    if "first" in body:
        runs += "    sess.run(first, {x: np.ones([3, 2])})\n"
    assert why in reason(f"{HEAD}{body}\n{runs}")[1]


def test_a_gradient_by_way_of_what_is_outside_of_a_loop() -> None:
    body = (
        "optimizer = tf.train.AdamOptimizer(0.1)\ntowers = []\n"
        "for i in range(2):\n    part = tf.reduce_sum(y[i:])\n"
        "    towers.append(optimizer.compute_gradients(part))\n"
        "train = optimizer.apply_gradients(towers[0])\n"
    )
    runs = "with tf.Session() as sess:\n    sess.run(train, {x: np.ones([3, 2])})\n"
    assert "from outside of the loop" in reason(HEAD + body + runs)[1]
