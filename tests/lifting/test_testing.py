"""Tests: a graph in each method, evaluated in place where that is the same."""

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


CLASS = """import tensorflow as tf


class SomeTest(tf.test.TestCase):
    def test_it(self):
"""
CASES = {
    "evaluated in place": (
        "with self.test_session() as sess:\n    y = tf.square([2, 3])\n"
        "    self.assertAllEqual(sess.run(y), [4, 9])",
        "y = tf.square([2, 3])\nself.assertAllEqual(y.numpy(), [4, 9])",
    ),
    "the tensor evaluates itself": (
        "with self.cached_session():\n    y = tf.range(3)\n    self.assertEqual(3, len(y.eval()))",
        "y = tf.range(3)\nself.assertEqual(3, len(y.numpy()))",
    ),
    "by the test": (
        "with self.session() as sess:\n    v = tf.Variable([1.0])\n"
        "    sess.run(tf.global_variables_initializer())\n"
        "    sess.run(v.assign_add([1.0]))\n    self.assertAllClose(self.evaluate(v), [2.0])",
        "v = tf.Variable([1.0])\nv.assign_add([1.0])\nself.assertAllClose(v.numpy(), [2.0])",
    ),
    "in a graph of its own": (
        "with tf.Graph().as_default(), self.test_session() as sess:\n    y = tf.ones([2])\n"
        "    self.assertAllClose(sess.run(y + y), [2.0, 2.0])",
        "y = tf.ones([2])\nself.assertAllClose((y + y).numpy(), [2.0, 2.0])",
    ),
}


def method(lines: str) -> str:
    """A test case with one method."""
    return CLASS + "".join(f"        {line}\n" for line in lines.splitlines())


@pytest.mark.parametrize("name", CASES)
def test_lifted(name: str) -> None:
    before, after = CASES[name]
    found = outcome(method(before))
    assert isinstance(found, Lifted), found
    assert found.text == method(after)


def test_methods_are_programs_of_their_own() -> None:
    one = (
        "with self.test_session() as sess:\n    x = tf.placeholder(tf.float32, [])\n"
        "    y = x * 2.0\n    self.assertEqual(4.0, sess.run(y, {x: 2.0}))"
    )
    text = method(one) + method(one).removeprefix(CLASS).join(["    def test_more(self):\n", ""])
    found = outcome(text)
    assert isinstance(found, Lifted), found
    assert found.text.count("        def y(x):\n            return x * 2.0\n") == 2
    assert "self.x" not in found.text


def test_gradients_of_what_is_fixed() -> None:
    found = outcome(
        method(
            "with self.test_session() as sess:\n    x = tf.constant(3.0)\n    y = x * x\n"
            "    g = tf.gradients(y, x)[0]\n    self.assertAllClose(sess.run(g), 6.0)"
        )
    )
    assert isinstance(found, Lifted), found
    assert "x = tf.constant(3.0)\n\n        @tf.function" in found.text
    assert "tape.watch(x)\n                y = x * x\n" in found.text


def test_checks_of_the_graph_are_not_dropped() -> None:
    found = outcome(
        method(
            "with self.test_session() as sess:\n    x = tf.placeholder(tf.float32, [2])\n"
            "    y = x * 2.0\n    self.assertEqual(y, y)\n    sess.run(y, {x: [1.0, 2.0]})"
        )
    )
    assert isinstance(found, Blocked)
    assert found.findings[0].span.row == 9
