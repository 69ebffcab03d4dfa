"""Functions that make variables become classes: made once, by what the input is like if need be."""

from __future__ import annotations

import ast

import pytest

from tfmigrate.engine import context
from tfmigrate.lifting import Blocked, Lifted, lift

HEAD = """import numpy as np
import tensorflow as tf

"""
RUN = """
x = tf.placeholder(tf.float32, [None, 4])
y = {call}
loss = tf.reduce_mean(tf.square(y))
train_op = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(3):
        sess.run(train_op, feed_dict={{x: np.ones([2, 4])}})
"""


def outcome(functions: str, call: str) -> Lifted | Blocked | None:
    """What lifting makes of functions and a call of one of them."""
    return lift(HEAD + functions + RUN.format(call=call), context.load("2.21"))


def lifted(functions: str, call: str) -> str:
    """The lifted text."""
    result = outcome(functions, call)
    assert isinstance(result, Lifted), result
    ast.parse(result.text)
    return result.text


# functions, the call of one of them, lines of the result
CASES = {
    "the shape of the input": (
        """
def linear(x, units, scope):
    with tf.variable_scope(scope):
        n_in = x.get_shape()[-1].value
        w = tf.get_variable("w", [n_in, units])
        b = tf.get_variable("b", [units], initializer=tf.zeros_initializer())
        return tf.matmul(x, w) + b
""",
        'linear(linear(x, 3, "one"), 2, "two")',
        [
            "        self.w = None",
            "    def __call__(self, x, units):",
            "        if self.w is None:",
            "            with tf.init_scope():",
            "                n_in = x.get_shape()[-1]",
            '                self.b = tf.Variable(tf.zeros([units]), name="b")',
            "        return tf.matmul(x, self.w) + self.b",
            "one = Linear()",
            "two = Linear()",
            "        y = two(one(x, 3), 2)",
        ],
    ),
    "a tensor as the initial value": (
        """
def layer(x, units):
    n_in = int(x.shape[1])
    initial = tf.truncated_normal([n_in, units], stddev=0.1)
    w = tf.Variable(initial)
    return tf.nn.relu(tf.matmul(x, w))
""",
        "layer(x, 3)",
        [
            "            with tf.init_scope():",
            "                n_in = int(x.shape[1])",
            "                initial = tf.truncated_normal([n_in, units], stddev=0.1)",
            "                self.w = tf.Variable(initial)",
        ],
    ),
    "a number that is used elsewhere, too": (
        """
def layer(x, units):
    n_in = int(x.shape[1])
    w = tf.get_variable("w", [n_in, units])
    return tf.matmul(x, w) / n_in
""",
        "layer(x, 3)",
        [
            "        n_in = int(x.shape[1])",
            "        if self.w is None:",
            "        return tf.matmul(x, self.w) / n_in",
        ],
    ),
    "a variable in a condition": (
        """
def layer(x, units, bias=True):
    w = tf.get_variable("w", [4, units])
    y = tf.matmul(x, w)
    if bias:
        y = y + tf.get_variable("b", [units])
    return y
""",
        "layer(x, 3)",
        [
            "        if bias:",
            "            if self.weight is None:",
            "            y = y + self.weight",
        ],
    ),
    "makers stay functions": (
        """
def weight(shape):
    return tf.Variable(tf.truncated_normal(shape, stddev=0.1))


def layer(x, units):
    w = weight([int(x.get_shape()[1]), units])
    return tf.matmul(x, w) + weight([units])
""",
        "layer(x, 3)",
        [
            "def weight(shape):",
            "                self.w = weight([int(x.get_shape()[1]), units])",
            "                self.weight = weight([units])",
        ],
    ),
    "a loop that names its layers": (
        """
def dense(x, units, name):
    with tf.variable_scope(name):
        w = tf.get_variable("w", [x.get_shape()[1], units])
        return tf.matmul(x, w)


def network(x, sizes):
    for i, size in enumerate(sizes):
        x = dense(x, size, "layer%d" % i)
    return x
""",
        "network(x, [3, 2])",
        [
            "        self.denses = [Dense() for i, size in enumerate(sizes)]",
            "        for (i, size), dense in zip(enumerate(sizes), self.denses):",
            "            x = dense(x, size)",
        ],
    ),
    "the same name is the same object": (
        """
def net(x, name, reuse=None):
    with tf.variable_scope(name, reuse=reuse):
        return tf.layers.dense(x, 3)
""",
        'net(x, "main") - net(x, "target") + net(x, "main", reuse=True)',
        [
            "main = Net()",
            "target = Net()",
            "        y = main(x) - target(x) + main(x)",
        ],
    ),
    "a template": (
        """
def net(x, units):
    return tf.layers.dense(x, units)


shared = tf.make_template("shared", net, units=3)
""",
        "shared(x)",
        ["net = Net(units=3)", "        y = net(x)"],
    ),
    "attributes of a function": (
        """
def net(x):
    return tf.layers.dense(x, 3)


net.width = 3
""",
        "net(x)",
        ["Net.width = 3"],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_lifted(case: tuple[str, str, list[str]]) -> None:
    functions, call, wanted = case
    text = lifted(functions, call)
    lines = [*text.splitlines(), *(each.rstrip() for each in text.splitlines())]
    for line in wanted:
        found = any(line in each for each in lines)
        assert found, f"{line!r} not in\n{text}"


def test_names_of_the_scopes_are_kept() -> None:
    text = lifted(
        """
def net(x):
    with tf.variable_scope("net"):
        w = tf.get_variable("w", [4, 3])
        return tf.matmul(x, w)
""",
        "net(x)",
    )
    assert 'name="net/w"' in text


REFUSED = {
    "any arguments": (
        """
def net(x, *sizes):
    return tf.layers.dense(x, sizes[0])
""",
        "net(x, 3)",
        "takes any arguments",
    ),
    "decorated": (
        """
def twice(function):
    return function


@twice
def net(x):
    return tf.layers.dense(x, 3)
""",
        "net(x)",
        "is decorated",
    ),
    "a tensor that is used elsewhere, too": (
        """
def layer(x, units):
    initial = tf.truncated_normal([int(x.shape[1]), units])
    w = tf.Variable(initial)
    return tf.matmul(x, w) + tf.reduce_sum(initial)
""",
        "layer(x, 3)",
        "a tensor that a variable is made of",
    ),
    "in a while loop": (
        """
def net(x):
    i = 0
    while i < 2:
        x = tf.layers.dense(x, 3)
        i += 1
    return x
""",
        "net(x)",
        "in a loop",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_refused(case: tuple[str, str, str]) -> None:
    functions, call, reason = case
    result = outcome(functions, call)
    assert isinstance(result, Blocked), getattr(result, "text", result)
    assert reason in result.findings[0].message
