"""Losses in collections: those of regularizers, of ``tf.losses``, and those that programs add."""

from __future__ import annotations

import pytest

from tfmigrate.engine import context
from tfmigrate.engine.fixing import FixOptions, fix_text
from tfmigrate.lifting import Lifted, lift

HEAD = """import numpy as np
import tensorflow as tf
"""
DATA = """
x = tf.placeholder(tf.float32, [None, 4])
y = tf.placeholder(tf.float32, [None, 2])
"""
TAIL = """
train_op = tf.train.GradientDescentOptimizer(0.1).minimize(total)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(3):
        sess.run(train_op, feed_dict={x: np.ones([2, 4]), y: np.ones([2, 2])})
"""


def program(functions: str, body: str) -> str:
    """A program that trains on a loss called ``total``."""
    return f"{HEAD}{functions}{DATA}{body}{TAIL}"


# functions, what comes before the training, what the result has
CASES = {
    "regularized layers": (
        "",
        """
h = tf.layers.dense(x, 3, kernel_regularizer=tf.contrib.layers.l2_regularizer(0.1))
out = tf.layers.dense(h, 2)
total = tf.reduce_mean(tf.square(out - y)) + tf.losses.get_regularization_loss()
""",
        ["total = tf.reduce_mean(tf.square(out - y)) + tf.add_n(dense.losses)"],
    ),
    "the collection by its key": (
        "",
        """
h = tf.layers.dense(x, 3, kernel_regularizer=tf.contrib.layers.l2_regularizer(0.1))
out = tf.layers.dense(h, 2, kernel_regularizer=tf.contrib.layers.l1_regularizer(0.1))
penalties = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
total = tf.reduce_mean(tf.square(out - y)) + tf.add_n(penalties)
""",
        ["penalties = [*dense.losses, *dense_2.losses]"],
    ),
    "a regularized variable": (
        "",
        """
w = tf.get_variable("w", [4, 2], regularizer=tf.contrib.layers.l2_regularizer(0.1))
total = tf.reduce_mean(tf.square(tf.matmul(x, w) - y)) + tf.losses.get_regularization_loss()
""",
        ["tf.add_n([tf.keras.regularizers.L2(0.05)(w)])"],
    ),
    "the regularizer of a scope": (
        "",
        """
with tf.variable_scope("net", regularizer=tf.contrib.layers.l2_regularizer(0.1)):
    w = tf.get_variable("w", [4, 3])
    b = tf.get_variable("b", [3], regularizer=tf.no_regularizer)
out = tf.layers.dense(tf.matmul(x, w) + b, 2)
total = tf.reduce_mean(tf.square(out - y)) + tf.losses.get_regularization_loss()
""",
        ["tf.add_n([tf.keras.regularizers.L2(0.05)(w)])"],
    ),
    "a function that regularizes": (
        """

def net(x, scale, regularizer=None):
    h = tf.layers.dense(x, 3, kernel_regularizer=tf.contrib.layers.l2_regularizer(scale))
    w = tf.get_variable("w", [3, 2], regularizer=regularizer)
    return tf.matmul(h, w)

""",
        """
out = net(x, 0.1)
total = tf.reduce_mean(tf.square(out - y)) + tf.losses.get_regularization_loss()
""",
        [
            "    def losses(self):",
            "return [*self.dense.losses, "
            "*([self.regularizer(self.w)] if self.regularizer is not None else [])]",
            "        self.regularizer = regularizer",
            "tf.add_n(net.losses)",
        ],
    ),
    "a collection in straight code": (
        "",
        """
w = tf.Variable(tf.zeros([4, 2]))
tf.add_to_collection("losses", 0.1 * tf.nn.l2_loss(w))
error = tf.reduce_mean(tf.square(tf.matmul(x, w) - y))
tf.add_to_collection("losses", error)
total = tf.add_n(tf.get_collection("losses"))
""",
        ["loss = 0.1 * tf.nn.l2_loss(w)", "total = tf.add_n([loss, error])"],
    ),
    "a collection that functions add to": (
        """

def layer(x, units, name, decay=0.1):
    with tf.variable_scope(name):
        w = tf.get_variable("w", [x.get_shape()[1].value, units])
        tf.add_to_collection("losses", decay * tf.nn.l2_loss(w))
        return tf.matmul(x, w)

""",
        """
out = layer(layer(x, 3, "one"), 2, "two")
tf.add_to_collection("losses", tf.reduce_mean(tf.square(out - y)))
total = tf.add_n(tf.get_collection("losses"))
""",
        [
            "    def __call__(self, x, units, decay=0.1, *, losses):",
            "        losses.append(decay * tf.nn.l2_loss(self.w))",
            "        losses = []",
            "        losses.append(tf.reduce_mean(tf.square(out - y)))",
            "        total = tf.add_n(losses)",
        ],
    ),
    "losses that add themselves": (
        "",
        """
h = tf.layers.dense(x, 2, kernel_regularizer=tf.contrib.layers.l2_regularizer(0.1))
tf.losses.mean_squared_error(y, h)
tf.losses.add_loss(0.1 * tf.reduce_mean(h))
total = tf.losses.get_total_loss()
""",
        ["loss_ = tf.compat.v1.losses.mean_squared_error(y, h)", "*dense.losses])"],
    ),
    "without those of regularizers": (
        "",
        """
h = tf.layers.dense(x, 2, kernel_regularizer=tf.contrib.layers.l2_regularizer(0.1))
error = tf.losses.mean_squared_error(y, h)
total = tf.losses.get_total_loss(add_regularization_losses=False)
""",
        ["total = tf.add_n([error])"],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_lifted(case: tuple[str, str, list[str]]) -> None:
    functions, body, wanted = case
    result = lift(program(functions, body), context.load("2.21"))
    assert isinstance(result, Lifted), result
    for each in wanted:
        assert each in result.text, result.text
    assert "collection" not in result.text


TOTAL = """
h = tf.layers.dense(x, 2)
tf.losses.mean_squared_error(y, h)
total = tf.losses.get_total_loss()
"""


def test_a_loss_that_adds_itself_is_not_rewritten_before_its_collection() -> None:
    fixed = fix_text(program("", TOTAL), context.load("2.21"), FixOptions())
    assert "tf.keras.losses.MeanSquaredError()(y, h)" in fixed.text
    assert "total = tf.add_n([loss])" in fixed.text
    assert "tf.losses" not in fixed.text.replace("tf.keras.losses", "")


def test_where_nothing_is_lifted_it_stays() -> None:
    text = program("", TOTAL).replace("sess.run(train_op,", "sess.run(os.environ['OP'],")
    fixed = fix_text(f"import os\n{text}", context.load("2.21"), FixOptions())
    assert "tf.losses.mean_squared_error(y, h)" in fixed.text


def test_variables_in_a_collection_are_no_losses() -> None:
    body = """
w = tf.Variable(tf.zeros([4, 2]))
tf.add_to_collection("variables", w)
total = tf.reduce_mean(tf.square(tf.matmul(x, w) - y))
held = tf.get_collection("variables")
"""
    result = lift(program("", body), context.load("2.21"))
    # it is the collection of all variables, which is more than what is added here
    assert not isinstance(result, Lifted) or "[w]" not in result.text
