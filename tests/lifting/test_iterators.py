"""Iterators of datasets become loops over datasets, or Python's iterators."""

from __future__ import annotations

import pytest

from tfmigrate.engine import context
from tfmigrate.lifting import Blocked, Lifted, lift


def lifted(text: str) -> str:
    """The lifted text of a program."""
    result = lift(text, context.load("2.21"))
    assert isinstance(result, Lifted), getattr(result, "findings", None)
    return result.text


def reason(text: str) -> str:
    """Why a program is not lifted."""
    result = lift(text, context.load("2.21"))
    assert isinstance(result, Blocked)
    return result.findings[0].message


TRAINING = """import numpy as np
import tensorflow as tf
features = np.ones([10, 2], np.float32)
labels = np.ones([10], np.float32)
dataset = tf.data.Dataset.from_tensor_slices((features, labels)).batch(4)
x, y = dataset.make_one_shot_iterator().get_next()
w = tf.Variable(tf.zeros([2, 1]))
prediction = tf.matmul(x, w)[:, 0]
loss = tf.reduce_mean(tf.square(prediction - y))
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
"""
FED = """import numpy as np
import tensorflow as tf
x_data = np.ones([10, 2])
x_ph = tf.placeholder(tf.float32, [None, 2])
size = tf.placeholder(tf.int64)
dataset = tf.data.Dataset.from_tensor_slices(x_ph)
dataset = dataset.batch(size)
iterator = dataset.make_initializable_iterator()
x = iterator.get_next()
total = tf.reduce_sum(x * 2.0)
with tf.Session() as sess:
"""
CHOSEN = """import tensorflow as tf
handle = tf.placeholder(tf.string, shape=[])
train = tf.data.Dataset.range(5).repeat()
test = tf.data.Dataset.range(10)
iterator = tf.data.Iterator.from_string_handle(handle, train.output_types, train.output_shapes)
doubled = iterator.get_next() * 2
train_iterator = train.make_one_shot_iterator()
test_iterator = test.make_initializable_iterator()
with tf.Session() as sess:
    train_handle, test_handle = sess.run(
        [train_iterator.string_handle(), test_iterator.string_handle()])
"""
SWITCHED = """import tensorflow as tf
train = tf.data.Dataset.range(5)
test = tf.data.Dataset.range(10)
iterator = tf.data.Iterator.from_structure(train.output_types, train.output_shapes)
item = iterator.get_next()
train_init = iterator.make_initializer(train)
test_init = iterator.make_initializer(test)
with tf.Session() as sess:
"""
# a program's beginning, the body of its session, and the end of what becomes of it
CASES = {
    "a loop that catches the end": (
        TRAINING,
        """step = 0
while True:
    try:
        # one batch
        _, value = sess.run([train, loss])
        step += 1
    except tf.errors.OutOfRangeError:
        print("end", step)
        break
""",
        """step = 0
for x, y in dataset:
    # one batch
    value = train_step(x, y).numpy()
    step += 1
print("end", step)
""",
    ),
    "an end around the loop": (
        TRAINING,
        """try:
    while True:
        sess.run(train)
except tf.errors.OutOfRangeError:
    pass
print(sess.run(w))
""",
        """for x, y in dataset:
    train_step(x, y)
print(w.numpy())
""",
    ),
    "a loop with an end of its own": (
        TRAINING,
        """for _ in range(3):
    sess.run(train)
print(sess.run(prediction))
""",
        """for _ in range(3):
    x, y = next(iterator)
    train_step(x, y)
x, _ = next(iterator)
print(model(x).numpy())
""",
    ),
    "the end is caught, but not of the first statement": (
        TRAINING,
        """step = 0
while True:
    try:
        step += 1
        sess.run(train)
    except tf.errors.OutOfRangeError:
        break
print(step)
""",
        """step = 0
while True:
    try:
        step += 1
        x, y = next(iterator)
        train_step(x, y)
    except StopIteration:
        break
print(step)
""",
    ),
    "a run in a comprehension": (
        TRAINING,
        "print([sess.run(loss) for _ in range(2)])\n",
        "print([loss(*next(iterator)).numpy() for _ in range(2)])\n",
    ),
    "arrays that are fed when an iterator starts": (
        FED,
        """for epoch in range(2):
    sess.run(iterator.initializer, feed_dict={x_ph: x_data, size: 4})
    while True:
        try:
            value = sess.run(total)
            print(epoch, value)
        except tf.errors.OutOfRangeError:
            break
""",
        """for epoch in range(2):
    for x in make_dataset(x_data, 4):
        value = total(x).numpy()
        print(epoch, value)
""",
    ),
    "elements that are only looked at": (
        FED,
        """sess.run(iterator.initializer, {x_ph: x_data, size: 10})
print(sess.run(x))
""",
        """iterator = make_dataset(x_data, 10).as_numpy_iterator()
print(next(iterator))
""",
    ),
    "datasets that take turns": (
        SWITCHED,
        """for _ in range(2):
    sess.run(train_init)
    print(sess.run(item))
    sess.run(test_init)
    try:
        while True:
            value = sess.run(item)
            print(value)
    except tf.errors.OutOfRangeError:
        pass
""",
        """for _ in range(2):
    iterator = train.as_numpy_iterator()
    print(next(iterator))
    for value in test.as_numpy_iterator():
        print(value)
""",
    ),
    "an iterator by its handle": (
        CHOSEN,
        """for _ in range(2):
    print(sess.run(doubled, feed_dict={handle: train_handle}))
    sess.run(test_iterator.initializer)
    print(sess.run(doubled, {handle: test_handle}))
""",
        """for _ in range(2):
    print(doubled(next(train_iterator)).numpy())
    test_iterator = iter(test)
    print(doubled(next(test_iterator)).numpy())
""",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_drawn(name: str) -> None:
    """What draws from an iterator, and what starts it."""
    head, body, after = CASES[name]
    result = lifted(head + "".join(f"    {line}\n" for line in body.splitlines()))
    assert result.endswith(f"\n{after}")
    for gone in ("sess", "make_one_shot", "initializ", "get_next", "handle", "OutOfRange"):
        assert gone not in result


def test_what_is_fed_makes_the_dataset() -> None:
    """What was fed to placeholders of a dataset is passed to the function that makes it."""
    result = lifted(
        FED
        + "    sess.run(iterator.initializer, {x_ph: x_data, size: 10})\n"
        + "    print(sess.run(total))\n"
    )
    assert (
        """def make_dataset(x_ph, size):
    x_ph = tf.cast(x_ph, tf.float32)
    dataset = tf.data.Dataset.from_tensor_slices(x_ph)
    return dataset.batch(size)
"""
        in result
    )
    assert "x = next(iterator)" not in result
    assert "print(total(next(iterator)).numpy())" in result


def test_with_placeholders() -> None:
    """Beside a placeholder, the specification of the elements is the dataset's."""
    result = lifted(
        """import tensorflow as tf
dataset = tf.data.Dataset.range(100).batch(5)
x = dataset.make_one_shot_iterator().get_next()
rate = tf.placeholder(tf.float32)
y = tf.cast(x, tf.float32) * rate
with tf.Session() as sess:
    print(sess.run(y, {rate: 1}))
"""
    )
    assert "@tf.function(input_signature=[dataset.element_spec, rate_spec])" in result
    assert "print(model(next(iterator), 1).numpy())" in result or "(next(iterator), 1)" in result


def test_in_a_class() -> None:
    """An iterator that an object holds."""
    result = lifted(
        """import tensorflow as tf
class Model(object):
    def __init__(self):
        self.dataset = tf.data.Dataset.range(10).batch(2)
        self.iterator = self.dataset.make_initializable_iterator()
        self.x = self.iterator.get_next()
        self.w = tf.Variable(2.0)
        self.loss = tf.reduce_sum(tf.cast(self.x, tf.float32) * self.w)
        self.train_op = tf.train.GradientDescentOptimizer(0.1).minimize(self.loss)
    def train(self, sess):
        sess.run(self.iterator.initializer)
        while True:
            try:
                loss, _ = sess.run([self.loss, self.train_op])
                print(loss)
            except tf.errors.OutOfRangeError:
                break
model = Model()
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    model.train(sess)
"""
    )
    assert (
        """        self.iterator = iter(self.dataset)
        for x in self.iterator:
            loss = self.train_step(x).numpy()
            print(loss)
"""
        in result
    )


def test_a_name_that_hides_iter() -> None:
    """An iterator called ``iter`` gets another name."""
    result = lifted(
        """import tensorflow as tf
dataset = tf.data.Dataset.range(4)
iter = dataset.make_initializable_iterator()
x = iter.get_next() * 2
with tf.Session() as sess:
    sess.run(iter.initializer)
    print(sess.run(x))
"""
    )
    assert "iterator = iter(dataset)" in result


def test_functions_share_an_iterator() -> None:
    """An iterator that one function starts and another draws from."""
    result = lifted(
        """import tensorflow as tf
dataset = tf.data.Dataset.range(4)
iterator = dataset.make_initializable_iterator()
x = iterator.get_next() * 2
def start(sess):
    sess.run(iterator.initializer)
def show(sess):
    print(sess.run(x))
with tf.Session() as sess:
    start(sess)
    show(sess)
"""
    )
    assert "def start():\n    global iterator\n    iterator = iter(dataset)\n" in result


def test_initializers_that_functions_are_given() -> None:
    """A function that is given what starts an iterator is given the dataset."""
    result = lifted(
        """import tensorflow as tf
a = tf.data.Dataset.range(4)
b = tf.data.Dataset.range(6)
iterator = tf.data.Iterator.from_structure(a.output_types, a.output_shapes)
x = iterator.get_next()
y = x * 2
init_a = iterator.make_initializer(a)
init_b = iterator.make_initializer(b)
def epoch(sess, init, name):
    sess.run(init)
    total = 0
    try:
        while True:
            total += sess.run(y)
    except tf.errors.OutOfRangeError:
        pass
    print(name, total)
with tf.Session() as sess:
    for i in range(2):
        epoch(sess, init_a, "a")
        epoch(sess, init_b, "b")
"""
    )
    assert (
        """def epoch(init, name):
    total = 0
    for x in init:
        total += y(x).numpy()
    print(name, total)
"""
        in result
    )
    assert "init_a = a\ninit_b = b\n" in result


def test_initializers_that_methods_are_given() -> None:
    """The same in a class, whose iterator becomes an attribute."""
    result = lifted(
        """import tensorflow as tf
class Net(object):
    def __init__(self):
        self.get_data()
        self.y = self.x * 2
    def get_data(self):
        a = tf.data.Dataset.range(4)
        b = tf.data.Dataset.range(6)
        iterator = tf.data.Iterator.from_structure(a.output_types, a.output_shapes)
        self.x = iterator.get_next()
        self.init_a = iterator.make_initializer(a)
        self.init_b = iterator.make_initializer(b)
    def epoch(self, sess, init, name):
        sess.run(init)
        total = 0
        try:
            while True:
                total += sess.run(self.y)
        except tf.errors.OutOfRangeError:
            pass
        print(name, total)
    def train(self):
        with tf.Session() as sess:
            for i in range(2):
                self.epoch(sess, self.init_a, "a")
                self.epoch(sess, self.init_b, "b")
net = Net()
net.train()
"""
    )
    assert "self.init_a = a\n" in result
    assert "        self.iterator = iter(init)\n" in result
    assert "        for x in self.iterator:\n            total += self.y(x).numpy()\n" in result


REFUSED = [
    (
        "it starts anew in a second session",
        TRAINING + "    sess.run(train)\nwith tf.Session() as sess:\n    print(sess.run(loss))\n",
        "starts anew in each session",
    ),
    (
        "what is fed is not written out",
        FED + "    sess.run(iterator.initializer, feed)\n    print(sess.run(total))\n",
        "known only when the program runs",
    ),
    (
        "not all is fed",
        FED + "    sess.run(iterator.initializer, {x_ph: x_data})\n    print(sess.run(total))\n",
        "`size` is not fed",
    ),
    (
        "which iterator is read is not known",
        CHOSEN + "    print(sess.run(doubled, feed_dict={handle: handles()}))\n",
        "which iterator is read",
    ),
]


@pytest.mark.parametrize(
    ("text", "why"), [each[1:] for each in REFUSED], ids=[e[0] for e in REFUSED]
)
def test_what_is_refused(text: str, why: str) -> None:
    """What cannot be followed stays."""
    assert why in reason(text)
