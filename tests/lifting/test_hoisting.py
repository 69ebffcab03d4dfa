"""What scopes say of what is made inside them, and shapes that are known before anything runs."""

from __future__ import annotations

import pytest

from tfmigrate.engine import context
from tfmigrate.lifting import Blocked, Lifted, lift

HEAD = """import numpy as np
import tensorflow as tf
from tensorflow.contrib import slim

x = tf.placeholder(tf.float32, [None, 4])
"""
TAIL = """
loss = tf.reduce_mean(tf.square(y))
train_op = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(3):
        sess.run(train_op, feed_dict={x: np.ones([2, 4])})
"""


def outcome(body: str) -> Lifted | Blocked | None:
    """What lifting makes of a network."""
    return lift(HEAD + body + TAIL, context.load("2.21"))


# the network, what the result has, what it has not
CASES = {
    "arg_scope": (
        """
with slim.arg_scope([slim.fully_connected], activation_fn=tf.nn.tanh):
    h = slim.fully_connected(x, 3, scope="h")
    y = slim.fully_connected(h, 2, activation_fn=None, scope="y")
""",
        ['tf.keras.layers.Dense(3, activation=tf.nn.tanh, name="h")', 'Dense(2, name="y")'],
        ["arg_scope", "with slim"],
    ),
    "a function that makes a scope": (
        """
def scope(rate):
    with slim.arg_scope([slim.fully_connected], weights_regularizer=slim.l2_regularizer(rate)) as s:
        return s


with slim.arg_scope(scope(0.1)):
    y = slim.fully_connected(x, 3)
""",
        ["kernel_regularizer=tf.keras.regularizers.L2("],
        ["def scope", "arg_scope"],
    ),
    "a scope around the call of a function": (
        """
def net(x):
    return slim.fully_connected(x, 3)


with slim.arg_scope([slim.fully_connected], activation_fn=None):
    y = net(x)
""",
        ["self.dense = tf.keras.layers.Dense(3)"],
        ["relu"],
    ),
    "initializer of a variable scope": (
        """
with tf.variable_scope("net", initializer=tf.constant_initializer(0.5)):
    w = tf.get_variable("w", [4, 3])
    y = tf.layers.dense(tf.matmul(x, w), 2)
""",
        [
            'w = tf.Variable(tf.constant(0.5, shape=[4, 3], dtype=tf.float32), name="net/w")',
            "kernel_initializer=tf.constant_initializer(0.5)",
        ],
        ["variable_scope"],
    ),
    "initializer of the scope around a call": (
        """
def net(x):
    return tf.matmul(x, tf.get_variable("w", [4, 3]))


with tf.variable_scope("net", initializer=tf.zeros_initializer()):
    y = net(x)
""",
        ["tf.Variable(tf.zeros([4, 3])"],
        [],
    ),
    "one initializer for several is made for each": (
        """
init = tf.contrib.layers.xavier_initializer()
a = tf.get_variable("a", [4, 3], initializer=init)
b = tf.get_variable("b", [4, 3], initializer=init)
y = tf.matmul(x, a + b)
""",
        [
            'a = tf.Variable(tf.keras.initializers.GlorotUniform()([4, 3]), name="a")',
            'b = tf.Variable(tf.keras.initializers.GlorotUniform()([4, 3]), name="b")',
        ],
        ["init ="],
    ),
    "the shape of a tensor": (
        """
h = tf.reshape(tf.concat([x, x], 1), [-1, 2, 4])
size = int(np.prod(h.get_shape()[1:]))
w = tf.Variable(tf.zeros([size, 2]))
y = tf.matmul(tf.reshape(h, [-1, size]), w)
""",
        [
            "size = int(np.prod(model.get_concrete_function().output_shapes[1:]))",
            "w = tf.Variable(tf.zeros([size, 2]))",
            "@tf.function(input_signature=[x_spec])\ndef model(x):",
        ],
        ["get_shape"],
    ),
    "variables of the same name": (
        """
with tf.variable_scope("one"):
    weights = tf.get_variable("weights", [4, 3])
    h = tf.matmul(x, weights)
with tf.variable_scope("two"):
    weights = tf.get_variable("weights", [3, 2])
    y = tf.matmul(h, weights)
""",
        [
            "weights = tf.Variable(tf.keras.initializers.GlorotUniform()([4, 3])",
            'name="one/weights")',
            "two_weights = tf.Variable(",
            "variables = [weights, two_weights]",
        ],
        [],
    ),
    "the name of a scope": (
        """
with tf.variable_scope("net") as scope:
    y = tf.layers.dense(x, 3)
    y = tf.identity(y, name=scope.name)
""",
        ['tf.identity(y, name="net")'],
        ["scope"],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_lifted(case: tuple[str, list[str], list[str]]) -> None:
    body, wanted, unwanted = case
    result = outcome(body)
    assert isinstance(result, Lifted), result
    for each in wanted:
        assert each in result.text, result.text
    for each in unwanted:
        assert each not in result.text, result.text


REFUSED = {
    "several scopes around one function": (
        """
def net(x):
    return tf.matmul(x, tf.get_variable("w", [4, 4]))


with tf.variable_scope("a", initializer=tf.zeros_initializer()):
    h = net(x)
with tf.variable_scope("b", initializer=tf.ones_initializer()):
    y = net(h)
""",
        "several defaults",
    ),
    "a scope that is computed": (
        """
def layers():
    return [slim.fully_connected]


with slim.arg_scope(layers(), activation_fn=None):
    y = slim.fully_connected(x, 3)
""",
        "arg scope is not understood",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_refused(case: tuple[str, str]) -> None:
    body, reason = case
    result = outcome(body)
    assert isinstance(result, Blocked), getattr(result, "text", result)
    assert reason in result.findings[0].message
