"""Batch normalization: a Keras layer updates its moving averages whenever it is told to train."""

from __future__ import annotations

import pytest

from tfmigrate.engine import context
from tfmigrate.lifting import Blocked, Lifted, lift
from tfmigrate.lifting.updates import told_at_run, without_updates

HEAD = """import numpy as np
import tensorflow as tf

x = tf.placeholder(tf.float32, [None, 4])
training = tf.placeholder(tf.bool)
h = tf.layers.batch_normalization(tf.layers.dense(x, 3), training=training)
loss = tf.reduce_mean(tf.square(h))
optimizer = tf.train.GradientDescentOptimizer(0.1)
"""
SESSION = """
flag = bool(np.random.rand() > 0.5)
data = np.ones([2, 4])
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
"""
UPDATES = "tf.get_collection(tf.GraphKeys.UPDATE_OPS)"
TRAIN = "    sess.run(train_op, {x: data, training: True})\n"
TEST = "    print(sess.run(loss, {x: data, training: False}))\n"
TRAIN_LOSS = "    print(sess.run(loss, {x: data, training: True}))\n"
CONTROLLED = f"""
update_ops = {UPDATES}
with tf.control_dependencies(update_ops):
    train_op = optimizer.minimize(loss)
"""
INLINE = f"""
with tf.control_dependencies({UPDATES}):
    train_op = optimizer.minimize(loss)
"""
FETCHED = f"""
train_op = optimizer.minimize(loss)
extra_update_ops = {UPDATES}
"""
FORGOTTEN = """
train_op = optimizer.minimize(loss)
"""
FETCH = "    sess.run([train_op, extra_update_ops], {x: data, training: True})\n"
FLAG = "    sess.run(train_op, {x: data, training: flag})\n"
PLAIN = "tf.keras.layers.BatchNormalization()"

# how it is trained, what is run, what the result has
CASES = {
    "control dependencies": (CONTROLLED, TRAIN + TEST, [PLAIN]),
    "without a name": (INLINE, TRAIN + TEST, [PLAIN]),
    "fetched": (FETCHED, FETCH + TEST, [PLAIN]),
    "never updated": (
        FORGOTTEN,
        TRAIN + TEST,
        ["tf.keras.layers.BatchNormalization(momentum=1.0)"],
    ),
    "never trained": (FORGOTTEN, TEST, [PLAIN]),
    "told when it runs": (
        CONTROLLED,
        FLAG + TEST,
        ["training=True) if training else batch_norm(", "training_spec"],
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_lifted(case: tuple[str, str, list[str]]) -> None:
    train, run, wanted = case
    result = lift(HEAD + train + SESSION + run, context.load("2.21"))
    assert isinstance(result, Lifted), result
    for each in wanted:
        assert each in result.text, result.text
    for gone in ("UPDATE_OPS", "update_ops", "control_dependencies"):
        assert gone not in result.text


def test_statistics_of_a_batch_without_updates_are_refused() -> None:
    result = lift(HEAD + CONTROLLED + SESSION + TRAIN + TRAIN_LOSS, context.load("2.21"))
    assert isinstance(result, Blocked)
    assert "without updating the moving averages" in result.findings[0].message


CLASS = """import numpy as np
import tensorflow as tf


class Model(object):
    def __init__(self, size):
        self.x = tf.placeholder(tf.float32, [None, 4])
        self.training = tf.placeholder(tf.bool)
        h = tf.layers.dense(self.x, size)
        h = tf.layers.batch_normalization(h, training=self.training)
        self.loss = tf.reduce_mean(tf.square(h))
        update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        with tf.control_dependencies(update_ops):
            self.train_op = tf.train.GradientDescentOptimizer(0.1).minimize(self.loss)

    def fit(self, sess, x):
        sess.run(self.train_op, {self.x: x, self.training: True})


model = Model(3)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    model.fit(sess, np.ones([2, 4]))
"""


def test_updates_of_a_class_are_seen() -> None:
    result = lift(CLASS, context.load("2.21"))
    assert isinstance(result, Lifted), result
    assert PLAIN in result.text
    assert "update_ops" not in result.text


def test_normalizer_params_that_nothing_reads_any_more_go() -> None:
    text = """import numpy as np
import tensorflow as tf
from tensorflow.contrib import slim


def net(x, training):
    bn = {"is_training": training, "decay": 0.9, "updates_collections": None}
    return slim.fully_connected(x, 3, normalizer_fn=slim.batch_norm, normalizer_params=bn)


def main():
    x = tf.placeholder(tf.float32, [None, 4])
    training = tf.placeholder(tf.bool)
    loss = tf.reduce_mean(tf.square(net(x, training)))
    train_op = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(train_op, {x: np.ones([2, 4]), training: True})


main()
"""
    result = lift(text, context.load("2.21"))
    assert isinstance(result, Lifted), result
    assert "training=training))" in result.text
    assert "bn =" not in result.text


def test_some_of_the_updates_are_refused() -> None:
    some = CONTROLLED.replace("UPDATE_OPS)", 'UPDATE_OPS, "scope")')
    result = lift(HEAD + some + SESSION + TRAIN, context.load("2.21"))
    assert isinstance(result, Blocked)
    assert "the updates of one scope only" in result.findings[0].message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("k.BatchNormalization()", "k.BatchNormalization(momentum=1.0)"),
        ("k.BatchNormalization(axis=1)", "k.BatchNormalization(axis=1, momentum=1.0)"),
        ("k.BatchNormalization(momentum=decay, a=1)", "k.BatchNormalization(momentum=1.0, a=1)"),
        ("k.BatchNormalization(name='b')", "k.BatchNormalization(momentum=1.0, name='b')"),
        ("k.Dense(3)", "k.Dense(3)"),
    ],
)
def test_without_updates(before: str, after: str) -> None:
    assert without_updates(before) == after


NORM = "tf.keras.layers.BatchNormalization()"


@pytest.mark.parametrize(
    ("call", "objects", "after"),
    [
        ("{0}(x, training=t)", [NORM], "{0}(x, training=True) if t else {0}(x, training=False)"),
        (
            "tf.nn.relu({1}({0}(x), training=t))",
            ["tf.keras.layers.Dense(3)", NORM],
            "tf.nn.relu(({1}({0}(x), training=True) if t else {1}({0}(x), training=False)))",
        ),
        ("{0}(x, training=t)", ["tf.keras.layers.Dropout(0.1)"], None),
        ("{0}(x)", [NORM], None),
    ],
)
def test_told_at_run(call: str, objects: list[str], after: str | None) -> None:
    assert told_at_run(call, "t", objects) == after
