"""Training around the step itself: summaries of all variables, results of operations, sessions."""

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


TRAIN = "train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)"
CASES = {
    "results kept with those of operations": (
        TRAIN,
        "out = sess.run([train, loss], {x: np.ones([3, 2])})\nprint(out[1])",
        ["out = [None, train_step(np.ones([3, 2])).numpy()]"],
    ),
    "one of the results": (
        TRAIN,
        "print(sess.run([train, loss], {x: np.ones([3, 2])})[1])",
        ["print(train_step(np.ones([3, 2])).numpy())"],
    ),
    "summaries of every variable": (
        TRAIN + "\nfor v in tf.trainable_variables():\n"
        "    tf.summary.histogram(v.op.name, v)\nmerged = tf.summary.merge_all()",
        "writer = tf.summary.FileWriter('logs')\n"
        "_, s = sess.run([train, merged], {x: np.ones([3, 2])})\nwriter.add_summary(s, 1)",
        ["for v in [W, b]:", 'tf.summary.histogram(v.name.split(":")[0], v)'],
    ),
    "summaries that a function makes": (
        "def shown(t):\n    tf.summary.scalar('mean', tf.reduce_mean(t))\n"
        + TRAIN
        + "\nshown(y)\nmerged = tf.summary.merge_all()",
        "writer = tf.summary.FileWriter('logs')\n"
        "writer.add_summary(sess.run(merged, {x: np.ones([3, 2])}), 1)\n"
        "sess.run(train, {x: np.ones([3, 2])})",
        ["with writer.as_default(step=step):\n        shown(y)\n"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_lifted(name: str) -> None:
    body, runs, has = CASES[name]
    text = lifted(body, runs)
    assert [each for each in has if each not in text] == [], text


def test_a_session_that_stops() -> None:
    text = (
        "import tensorflow as tf\nw = tf.Variable(1.0)\nloss = tf.square(w)\n"
        "step = tf.train.get_or_create_global_step()\n"
        "train = tf.train.GradientDescentOptimizer(0.1).minimize(loss, global_step=step)\n"
        "hooks = [tf.train.StopAtStepHook(last_step=5)]\n"
        "with tf.train.MonitoredTrainingSession(hooks=hooks) as sess:\n"
        "    while not sess.should_stop():\n        sess.run(train)\n"
    )
    found = outcome(text)
    assert isinstance(found, Lifted), found
    assert "while step.numpy() < 5:\n    train_step()\n" in found.text
    assert "hooks" not in found.text


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("checkpoint_dir='m'", "monitored with `checkpoint_dir`"),
        ("hooks=[tf.train.LoggingTensorHook({'w': w}, 10)]", "a hook that has no counterpart"),
    ],
)
def test_sessions_that_do_more(given: str, why: str) -> None:
    text = (
        "import tensorflow as tf\nw = tf.Variable(1.0)\n"
        f"with tf.train.MonitoredTrainingSession({given}) as sess:\n    sess.run(w)\n"
    )
    row, message = reason(text)
    assert row == 3 and why in message


def test_devices_chosen_by_a_function() -> None:
    text = (
        "import tensorflow as tf\n"
        "def on(device):\n    def choose(op):\n"
        "        return '/cpu:0' if op.type == 'Variable' else device\n"
        "    return choose\n"
        "def but_variables(device):\n    def choose(op):\n"
        "        if op.type == 'Variable':\n            return '/cpu:0'\n        return device\n"
        "    return choose\n"
        "x = tf.placeholder(tf.float32, [])\n"
        "with tf.device({}('/gpu:0')):\n    y = x * 2.0\n"
        "with tf.Session() as sess:\n    sess.run(y, {{x: 1.0}})\n"
    )
    found = outcome(text.format("but_variables"))
    assert isinstance(found, Lifted), found
    assert "with tf.device('/gpu:0'):" in found.text and "but_variables" not in found.text
    assert "chooses the device" in reason(text.format("on"))[1]
