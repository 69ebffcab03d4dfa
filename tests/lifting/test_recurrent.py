"""Recurrent networks: cells stay where they are made, runs become layers, states stay states."""

from __future__ import annotations

import pytest

from tfmigrate.engine import context
from tfmigrate.lifting import Blocked, Lifted, lift

HEAD = """import numpy as np
import tensorflow as tf
x = tf.placeholder(tf.float32, [None, 5, 3])
y = tf.placeholder(tf.float32, [None, 1])
keep = tf.placeholder(tf.float32, [])
"""
TAIL = """
loss = tf.reduce_mean(tf.square(prediction - y))
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    sess.run(train, {x: np.ones([2, 5, 3]), y: np.ones([2, 1])})
"""
TAIL_KEEP = TAIL.replace("y: np", "keep: 0.5, y: np")


def outcome(text: str) -> Lifted:
    """The outcome of lifting a program that is lifted."""
    result = lift(text, context.load("2.21"))
    assert isinstance(result, Lifted), getattr(result, "findings", None)
    compile(result.text, "lifted", "exec")
    return result


def lifted(middle: str, tail: str = TAIL) -> str:
    """The text of a program whose network is given."""
    return outcome(HEAD + middle + tail).text


def reason(text: str) -> str:
    """Why a program is not lifted."""
    result = lift(text, context.load("2.21"))
    assert isinstance(result, Blocked), result
    return result.findings[0].message


LAYERS = {
    "the cell goes into the layer": (
        """cell = tf.nn.rnn_cell.BasicLSTMCell(8)
outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
prediction = tf.reduce_sum(outputs[:, -1], axis=1, keepdims=True)
""",
        ["lstm = tf.keras.layers.LSTM(8, return_sequences=True)\n", "    outputs = lstm(x)\n"],
        ["LSTMCell", "_ ="],
    ),
    "the layer is called after its cell": (
        """decoder_cell = tf.nn.rnn_cell.BasicLSTMCell(8)
outputs = tf.nn.dynamic_rnn(decoder_cell, x, dtype=tf.float32)[0]
prediction = tf.reduce_sum(outputs[:, -1], axis=1, keepdims=True)
""",
        ["decoder_lstm = tf.keras.layers.LSTM(8", "outputs = decoder_lstm(x)\n"],
        ["[0]"],
    ),
    "a cell with another use stays": (
        """cell = tf.nn.rnn_cell.GRUCell(8)
outputs, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
prediction = tf.reduce_sum(state, axis=1, keepdims=True) / cell.output_size
""",
        [
            "cell = tf.keras.layers.GRUCell(8, reset_after=False",
            "rnn = tf.keras.layers.RNN(cell, return_sequences=True, return_state=True)",
            "outputs, state = rnn(x)",
        ],
        ["GRU(8"],
    ),
    "the state of an LSTM is a pair with names": (
        """cell = tf.nn.rnn_cell.LSTMCell(8)
_, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
prediction = tf.reduce_sum(state.h, axis=1, keepdims=True)
""",
        ["_, state = with_state_tuple(lstm(x))", "state.h"],
        [],
    ),
    "zeros to begin with are what a layer begins with": (
        """cell = tf.nn.rnn_cell.LSTMCell(8)
zeros = cell.zero_state(tf.shape(x)[0], tf.float32)
outputs, _ = tf.nn.dynamic_rnn(cell, x, initial_state=zeros)
prediction = tf.reduce_sum(outputs[:, -1], axis=1, keepdims=True)
""",
        ["    outputs = rnn(x)\n"],
        ["zero", "initial_state"],
    ),
    "steps taken apart for the run alone stay together": (
        """steps = tf.unstack(x, 5, 1)
cell = tf.nn.rnn_cell.BasicLSTMCell(8)
outputs, _ = tf.nn.static_rnn(cell, steps, dtype=tf.float32)
prediction = tf.reduce_sum(outputs[-1], axis=1, keepdims=True)
""",
        ["outputs = lstm(x)", "outputs[:, -1]"],
        ["unstack"],
    ),
    "steps that are used otherwise stay apart": (
        """steps = tf.unstack(x, 5, 1)
cell = tf.nn.rnn_cell.BasicLSTMCell(8)
outputs, _ = tf.nn.static_rnn(cell, steps, dtype=tf.float32)
prediction = tf.reduce_sum(outputs[-1], axis=1, keepdims=True) + steps[0][:, :1]
""",
        ["steps = tf.unstack(x, 5, 1)", "lstm(tf.stack(steps, axis=1))"],
        [],
    ),
    "lengths become a mask": (
        """cell = tf.nn.rnn_cell.GRUCell(8)
lengths = tf.reduce_sum(tf.ones_like(x[:, :, 0], dtype=tf.int32), axis=1)
outputs, _ = tf.nn.dynamic_rnn(cell, x, sequence_length=lengths, dtype=tf.float32)
prediction = tf.reduce_sum(outputs[:, -1], axis=1, keepdims=True)
""",
        ["zero_output_for_mask=True", "mask=tf.sequence_mask(lengths, tf.shape(x)[1])"],
        [],
    ),
    "what an older release would need goes": (
        """cell = tf.nn.rnn_cell.GRUCell(8)
try:
    outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
except Exception:
    outputs = tf.nn.dynamic_rnn(cell, x)
prediction = tf.reduce_sum(outputs[:, -1], axis=1, keepdims=True)
""",
        ["outputs = gru(x)"],
        ["try", "except"],
    ),
    "the scope says how kernels begin": (
        """begin = tf.constant_initializer(0.1)
with tf.variable_scope("rnn", initializer=begin):
    cell = tf.nn.rnn_cell.BasicLSTMCell(8)
    outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
prediction = tf.reduce_sum(outputs[:, -1], axis=1, keepdims=True)
""",
        ["kernel_initializer=tf.constant_initializer(0.1), recurrent_initializer="],
        ["variable_scope"],
    ),
    "a class that a name stands for becomes a function": (
        """kind = tf.nn.rnn_cell.GRUCell if np.pi > 3 else tf.nn.rnn_cell.BasicLSTMCell
cell = kind(8)
outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
prediction = tf.reduce_sum(outputs[:, -1], axis=1, keepdims=True)
""",
        ["lambda units: tf.keras.layers.LSTMCell(units)", "cell = kind(8)", "rnn(x)"],
        ["rnn_cell"],
    ),
    "the sizes of a state keep their order": (
        """cell = tf.nn.rnn_cell.LSTMCell(8)
outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
prediction = tf.reduce_sum(outputs[:, -1], axis=1, keepdims=True) / cell.state_size.c
""",
        ["LSTMStateTuple(*cell.state_size[::-1]).c"],
        [],
    ),
}


@pytest.mark.parametrize("case", LAYERS)
def test_layers(case: str) -> None:
    middle, there, gone = LAYERS[case]
    text = lifted(middle)
    for each in there:
        assert each in text
    for each in gone:
        assert each not in text


def test_fed_probability_is_a_variable_that_is_assigned() -> None:
    text = lifted(
        """def make(units):
    cell = tf.nn.rnn_cell.LSTMCell(units)
    return tf.nn.rnn_cell.DropoutWrapper(cell, output_keep_prob=keep)
cell = tf.nn.rnn_cell.MultiRNNCell([make(units) for units in (4, 6)])
outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
prediction = tf.reduce_sum(outputs[:, -1], axis=1, keepdims=True)
""",
        TAIL_KEEP,
    )
    assert "cell_keep = tf.Variable(1.0, trainable=False)\n" in text
    assert "DropoutWrapper(cell, output_keep_prob=cell_keep)" in text
    assert text.index("cell_keep.assign(keep)") < text.index("outputs = rnn(x)")
    assert "train_step(x=np.ones([2, 5, 3]), keep=0.5, y=np.ones([2, 1]))" in text


def test_fed_probability_as_an_argument() -> None:
    text = lifted(
        """def make(units, probability):
    cell = tf.nn.rnn_cell.GRUCell(units)
    return tf.nn.rnn_cell.DropoutWrapper(cell, input_keep_prob=probability)
cell = make(4, 1 - keep)
outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
prediction = tf.reduce_sum(outputs[:, -1], axis=1, keepdims=True)
""",
        TAIL_KEEP,
    )
    assert "cell = make(4, cell_probability)" in text
    assert "cell_probability.assign(1 - keep)" in text


def test_function_becomes_a_class_with_its_cells() -> None:
    text = lifted(
        """def network(x, keep):
    cells = []
    for units in (4, 6):
        cell = tf.nn.rnn_cell.BasicLSTMCell(units)
        cells.append(tf.nn.rnn_cell.DropoutWrapper(cell, output_keep_prob=keep))
    stack = tf.nn.rnn_cell.MultiRNNCell(cells)
    outputs, _ = tf.nn.dynamic_rnn(stack, x, dtype=tf.float32)
    return tf.layers.dense(outputs[:, -1], 1)
prediction = network(x, keep)
""",
        TAIL_KEEP,
    )
    made, _, called = text.partition("def __call__(self, x, keep):")
    assert "class Network:\n    def __init__(self):\n        cells = []\n" in made
    assert "self.stack_rnn = tf.keras.layers.RNN(stack, return_sequences=True)" in made
    assert "self.cell_keep.assign(keep)\n        outputs = self.stack_rnn(x)\n" in called


def test_shared_cells_may_differ_in_their_probability() -> None:
    text = lifted(
        """def network(x, keep_prob, reuse=None):
    with tf.variable_scope("net", reuse=reuse):
        cell = tf.nn.rnn_cell.GRUCell(4)
        cell = tf.nn.rnn_cell.DropoutWrapper(cell, output_keep_prob=keep_prob)
        _, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
        return tf.layers.dense(state, 1)
prediction = network(x, 0.5) + 0 * network(x, 1.0, reuse=True)
"""
    )
    assert "network(x, 0.5) + 0 * network(x, 1.0)" in text
    assert text.count("Network()") == 1


STATE = """import numpy as np
import tensorflow as tf
x = tf.placeholder(tf.float32, [2, 5, 3])
cell = tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.LSTMCell(4) for _ in range(2)])
begin = cell.zero_state(2, tf.float32)
outputs, end = tf.nn.dynamic_rnn(cell, x, initial_state=begin)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    state = sess.run(begin)
    for _ in range(3):
        FEED
"""
FEEDS = {
    "as a whole": "out, state = sess.run([outputs, end], {x: np.ones([2, 5, 3]), begin: state})",
    "in parts": """feed = {x: np.ones([2, 5, 3])}
        for i, (c, h) in enumerate(begin):
            feed[c] = state[i].c
            feed[h] = state[i].h
        out, state = sess.run([outputs, end], feed)""",
    "in parts, with the values": """feed = {x: np.ones([2, 5, 3])}
        for layer, value in zip(begin, state):
            feed[layer.c] = value.c
            feed[layer.h] = value.h
        out, state = sess.run([outputs, end], feed_dict=feed)""",
}


@pytest.mark.parametrize("how", FEEDS)
def test_state_is_fed(how: str) -> None:
    text = outcome(STATE.replace("FEED", FEEDS[how])).text
    assert "begin_spec = tf.nest.map_structure(tf.type_spec_from_value, begin)" in text
    assert "initial_state=keras_state(begin)" in text
    assert "state = tf.nest.map_structure(lambda value: value.numpy(), begin)" in text
    assert "out, state = tf.nest.map_structure(lambda value: value.numpy(), " in text
    assert "enumerate" not in text
    assert "zip" not in text


def test_state_that_is_fed_from_the_second_time_on() -> None:
    text = outcome(
        STATE.replace("for _ in range(3)", "for i in range(3)").replace(
            "FEED",
            """if i == 0:
            feed = {x: np.ones([2, 5, 3])}
        else:
            feed = {x: np.ones([2, 5, 3]), begin: state}
        out, state = sess.run([outputs, end], feed_dict=feed)""",
        )
    ).text
    assert '"begin": begin if i == 0 else state}' in text


def test_functions_that_are_not_fed_a_state_begin_with_zeros() -> None:
    text = outcome(
        STATE.replace("FEED", FEEDS["as a whole"])
        .replace("outputs, end =", "found, end =")
        .replace(
            "with tf.S",
            "flat = tf.reshape(found, [-1, 4])\noutputs = tf.nn.softmax(flat)\nwith tf.S",
        )
        + "    print(sess.run(outputs, {x: np.zeros([2, 5, 3])}))\n"
    ).text
    assert "(x, begin):\n    found, end = with_state(" in text
    head, _, body = text.partition("def outputs(x):")
    assert head.endswith("@tf.function(input_signature=[x_spec])\n")
    assert "(x, begin)" in body


def test_steps_of_the_program_s_own() -> None:
    text = lifted(
        """cell = tf.nn.rnn_cell.BasicLSTMCell(4)
state = cell.zero_state(2, tf.float32)
with tf.variable_scope("steps"):
    for i in range(5):
        if i > 0:
            tf.get_variable_scope().reuse_variables()
        output, state = cell(x[:, i], state)
prediction = tf.reduce_sum(output, axis=1, keepdims=True)
"""
    )
    loop = "for i in range(5):"
    step = "output, state = rnn_step(cell, x[:, i], state)"
    assert f"        {loop}\n            {step}\n" in text
    assert "    state = LSTMStateTuple(" in text
    assert "reuse" not in text


def test_support_code_is_named() -> None:
    made = outcome(
        HEAD
        + """cell = tf.nn.rnn_cell.LSTMCell(8)
_, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
prediction = tf.reduce_sum(state.h, axis=1, keepdims=True)
"""
        + TAIL
    )
    assert set(made.support) >= {"lstm_state_tuple", "lstm_outputs"}


REFUSED = {
    "attention": (
        """cell = tf.contrib.seq2seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(4), x)
outputs, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
prediction = outputs[:, -1]
""",
        "AttentionWrapper` has no counterpart",
    ),
    "networks that share variables and are not alike": (
        """with tf.variable_scope("net"):
    first, _ = tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell(4), x, dtype=tf.float32)
with tf.variable_scope("net", reuse=True):
    cell = tf.nn.rnn_cell.GRUCell(4, activation=tf.nn.relu)
    second, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
prediction = first[:, -1] + second[:, -1]
""",
        "shared by networks that are not alike",
    ),
    "a cell in scopes that begin differently": (
        """cell = tf.nn.rnn_cell.GRUCell(4)
with tf.variable_scope("a", initializer=tf.constant_initializer(0.1)):
    first, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
with tf.variable_scope("b", initializer=tf.constant_initializer(0.2)):
    second, _ = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
prediction = first[:, -1] + second[:, -1]
""",
        "scopes with different initializers",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str) -> None:
    middle, why = REFUSED[case]
    assert why in reason(HEAD + middle + TAIL)


OBJECTS = """import numpy as np
import tensorflow as tf
class Net(object):
    def __init__(self, keep):
        self.x = tf.placeholder(tf.float32, [None, 5, 3])
        cell = tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.GRUCell(4), output_keep_prob=keep)
        self.out, _ = tf.nn.dynamic_rnn(cell, self.x, dtype=tf.float32)
with tf.variable_scope("net"):
    train = Net(0.5)
with tf.variable_scope("net", reuse=True):
    test = Net(1.0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    print(sess.run(test.out, {test.x: np.ones([2, 5, 3])}))
"""


def test_two_objects_that_share_variables_are_refused() -> None:
    assert "a second object of `Net`" in reason(OBJECTS)


SPARSE = """import tensorflow as tf
ids = tf.placeholder(tf.int32, [None])
table = tf.Variable(tf.ones([10, 3]))
loss = tf.reduce_sum(tf.nn.embedding_lookup(table, ids))
train = tf.train.OPTIMIZER.minimize(loss)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    sess.run(train, {ids: [1, 1, 2]})
"""


@pytest.mark.parametrize(
    ("optimizer", "dense"),
    [
        ("AdamOptimizer(0.1)", True),
        ("AdagradOptimizer(0.1)", True),
        ("GradientDescentOptimizer(0.1)", False),
    ],
)
def test_gradients_of_rows(optimizer: str, *, dense: bool) -> None:
    text = outcome(SPARSE.replace("OPTIMIZER", optimizer)).text
    assert ("tf.convert_to_tensor(g) if isinstance(g, tf.IndexedSlices) else g" in text) is dense


def test_dense_gradients_stay() -> None:
    text = outcome(
        SPARSE.replace("OPTIMIZER", "AdamOptimizer(0.1)").replace(
            "tf.nn.embedding_lookup(table, ids)", "table * tf.cast(tf.size(ids), tf.float32)"
        )
    ).text
    assert "IndexedSlices" not in text


def test_optimizers_that_left_rows_alone_are_refused() -> None:
    text = SPARSE.replace("OPTIMIZER", "MomentumOptimizer(0.1, 0.9)")
    assert "only changed the rows of a table that were looked up" in reason(text)
