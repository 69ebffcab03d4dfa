"""Programs that are left: what they use cannot be seen, or would be gone."""

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


REFUSED = {
    "a parameter": (
        "def write(sess, summary):\n    return sess.run(summary, {x: np.ones([3, 2])})\n",
        "write(sess, other)",
        "cannot be seen here",
    ),
    "an object of another file": (
        "import models\nmodel = models.Model(3)\n",
        "sess.run(model.loss)",
        "`model.loss` is fetched",
    ),
    "a call of another file": (
        "import other\nother.register(y)\n",
        "sess.run(loss, {x: np.ones([3, 2])})",
        "a call that may do something when the graph is built",
    ),
    "a session handed on": (
        "import other\n",
        "other.export(sess)\nsess.run(loss, {x: np.ones([3, 2])})",
        "`sess` is used for something that is no run",
    ),
    "a shape that Python uses": (
        "width = int(y.get_shape()[1])\n",
        "sess.run(loss, {x: np.ones([3, 2])})\nprint(width)",
        "",
    ),
    "the name of a tensor": (
        "",
        "print(sess.run(loss, {x: np.ones([3, 2])}))\nprint('named', y.name)",
        "",
    ),
    "something new in each round": (
        "",
        "print([sess.run(y[i], {x: np.ones([3, 2])}) for i in range(3)])",
        "built from `i`",
    ),
    "something new at each run": (
        "",
        "for i in range(3):\n    sess.run(y * i, {x: np.ones([3, 2])})",
        "built from `i`",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    body, runs, why = REFUSED[name]
    indented = "".join(f"    {line}\n" for line in runs.splitlines())
    row, message = reason(f"{HEAD}{body}with tf.Session() as sess:\n{indented}")
    assert row > HEAD.count("\n")
    assert why in message


def test_what_shows_nothing_but_a_tensor_goes() -> None:
    text = lifted("print(y)\nprint('y', y)\n", "print(sess.run(loss, {x: np.ones([3, 2])}))")
    assert text.count("print(") == 1


def test_variables_are_read_where_they_are() -> None:
    text = lifted("", "print([sess.run(W[i]) for i in range(2)])\n")
    assert "print([W[i].numpy() for i in range(2)])" in text
