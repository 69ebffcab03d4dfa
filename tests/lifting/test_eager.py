"""Programs that were eager already: their optimizers, gradients and networks, or why they stay."""

from __future__ import annotations

import pytest

from tfmigrate.engine import context
from tfmigrate.engine.fixing import FixOptions, fix_text
from tfmigrate.lifting import Blocked, Lifted, lift

HEAD = "import tensorflow as tf\n\ntf.enable_eager_execution()\ntfe = tf.contrib.eager\n\n"
VARIABLE = "v = tfe.Variable(1.0)\n"


def lifted(text: str) -> str:
    """The native text of a program, without the import at its head."""
    result = lift(HEAD + text, context.load("2.21"))
    assert isinstance(result, Lifted), getattr(result, "findings", None)
    assert "enable_eager" not in result.text
    return result.text.partition("import tensorflow as tf\n")[2].lstrip("\n")


def reason(text: str) -> str:
    """Why a program stays as it is."""
    result = lift(HEAD + text, context.load("2.21"))
    assert isinstance(result, Blocked), getattr(result, "text", None)
    (finding,) = result.findings
    assert finding.code == "TFM408"
    return finding.message


MINIMIZE = """\
optimizer = tf.train.AdamOptimizer(0.1)
step = tf.train.get_or_create_global_step()
for _ in range(3):
    optimizer.minimize(lambda: v * v, global_step=step)  # once
"""
MINIMIZED = """\
optimizer = tf.keras.optimizers.Adam(0.1, epsilon=1e-8)
step = tf.Variable(0, trainable=False, dtype=tf.int64, name="global_step")
for _ in range(3):
    with tf.GradientTape() as tape:
        loss = v * v
    variables = tape.watched_variables()
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    step.assign_add(1)  # once
"""
GRADIENTS = """\
def loss(x, y):
    return (x * v - y) ** 2


grad = tfe.implicit_gradients(loss)
print(grad(1.0, 2.0))
"""
GRADIENTS_AFTER = """\
def loss(x, y):
    return (x * v - y) ** 2


def grad(x, y):
    with tf.GradientTape() as tape:
        value = loss(x, y)
    variables = tape.watched_variables()
    return list(zip(tape.gradient(value, variables), variables))


print(grad(1.0, 2.0))
"""
NETWORK = """\
class Net(tfe.Network):
    def __init__(self):
        super(Net, self).__init__()
        self.fc = self.track_layer(tf.layers.Dense(3, activation=tf.nn.relu))
        self.drop = tf.layers.Dropout(0.5)

    def call(self, x, training):
        return self.drop(self.fc(x), training)


net = Net()
print(net(tf.ones([1, 2]), False))
"""
NETWORK_AFTER = """\
class Net(tf.keras.Model):
    def __init__(self):
        super(Net, self).__init__()
        self.fc = tf.keras.layers.Dense(3, activation=tf.nn.relu)
        self.drop = tf.keras.layers.Dropout(0.5)

    def call(self, x, training):
        return self.drop(self.fc(x), training=training)


net = Net()
print(net(tf.ones([1, 2]), training=False))
"""
LAYER = """\
class Scale(tf.keras.layers.Layer):
    def build(self, input_shape):
        self.w = self.add_weight('w', [input_shape[-1].value], initializer='ones')
        self.rank = len(input_shape.as_list())

    def call(self, x):
        return x * self.w
"""
LAYER_AFTER = """\
class Scale(tf.keras.layers.Layer):
    def build(self, input_shape):
        self.w = self.add_weight(name='w', shape=[input_shape[-1]], initializer='ones')
        self.rank = len(list(input_shape))

    def call(self, x):
        return x * self.w
"""
RATE = """\
step = tf.train.get_or_create_global_step()
rate = tf.train.piecewise_constant(step, [2], [0.5, 0.1])
optimizer = tf.train.GradientDescentOptimizer(rate)
"""
RATE_AFTER = """\
step = tf.Variable(0, trainable=False, dtype=tf.int64, name="global_step")
rate = lambda: tf.keras.optimizers.schedules.PiecewiseConstantDecay([2], [0.5, 0.1])(step)
optimizer = tf.keras.optimizers.SGD(rate)
"""
TABLE = """\
table = tf.keras.layers.Embedding(5, 2)
optimizer = tf.train.AdamOptimizer(0.1)
with tf.GradientTape() as tape:
    loss = tf.reduce_sum(table(tf.constant([1, 1])))
optimizer.apply_gradients(zip(tape.gradient(loss, table.variables), table.variables))
"""
TABLE_AFTER = """\
table = tf.keras.layers.Embedding(5, 2)
optimizer = tf.keras.optimizers.Adam(0.1, epsilon=1e-8)
with tf.GradientTape() as tape:
    loss = tf.reduce_sum(table(tf.constant([1, 1])))
optimizer.apply_gradients([
    (tf.convert_to_tensor(g) if isinstance(g, tf.IndexedSlices) else g, v)
    for g, v in zip(tape.gradient(loss, table.variables), table.variables)
])
"""
SAVER = """\
saver = tfe.Saver([w])
path = saver.save("/tmp/model")
saver.restore(path)
"""
SAVER_AFTER = """\
saver = tf.train.Checkpoint(variables=[w])
path = saver.write("/tmp/model")
saver.read(path)
"""
STEPS = """\
def train():
    tf.train.get_or_create_global_step().assign_add(1)


for _ in range(3):
    train()
print(tf.train.get_global_step())
"""
STEPS_AFTER = """\
global_step = tf.Variable(0, trainable=False, dtype=tf.int64, name="global_step")

def train():
    global_step.assign_add(1)


for _ in range(3):
    train()
print(global_step)
"""
SOME = """\
def f(x, flag):
    return x * x if flag else x


g = tfe.gradients_function(f, params=[0])
print(g(3.0, True))
"""
SOME_AFTER = """\
def f(x, flag):
    return x * x if flag else x


def g(x, flag):
    x = tf.convert_to_tensor(x)
    with tf.GradientTape() as tape:
        tape.watch([x])
        value = f(x, flag)
    return tape.gradient(value, [x])


print(g(3.0, True))
"""
CASES = {
    "gradients by some arguments": (SOME, SOME_AFTER),
    "saver of the latest": (
        "tfe.Saver([w]).save(folder, global_step=2)\n"
        "tfe.Saver([w]).restore(tf.train.latest_checkpoint(folder))\n",
        "tf.train.Checkpoint(variables=[w]).save(folder)\n"
        "tf.train.Checkpoint(variables=[w]).restore(tf.train.latest_checkpoint(folder))\n",
    ),
    "minimize": (MINIMIZE, MINIMIZED),
    "implicit gradients": (GRADIENTS, GRADIENTS_AFTER),
    "network": (NETWORK, NETWORK_AFTER),
    "layer of its own": (LAYER, LAYER_AFTER),
    "decaying rate": (RATE, RATE_AFTER),
    "looked up rows": (TABLE, TABLE_AFTER),
    "saver": (SAVER, SAVER_AFTER),
    "global step of several": (STEPS, STEPS_AFTER),
    "metric": (
        "mean = tfe.metrics.Mean('loss')\nmean.init_variables()\n",
        "mean = tf.keras.metrics.Mean('loss', dtype=tf.float64)\nmean.reset_state()\n",
    ),
    "rate in a variable": (
        "rate = tf.Variable(0.1)\noptimizer = tf.train.MomentumOptimizer(rate, 0.9)\n",
        "rate = tf.Variable(0.1)\noptimizer = Momentum(lambda: rate, momentum=0.9)\n",
    ),
    "recurrent layer": (
        "gru = tf.keras.layers.GRU(3, recurrent_activation='sigmoid')\n",
        "gru = tf.keras.layers.GRU(3, recurrent_activation='sigmoid', reset_after=False)\n",
    ),
    "function without variables": (
        "def call(x, on):\n  return tf.layers.dropout(x, 0.4, training=on)\n",
        "def call(x, on):\n  return tf.nn.dropout(x, rate=0.4 if on else 0.0)\n",
    ),
    "weights": ("model.save_weights('w.h5')\n", "model.save_weights('w.weights.h5')\n"),
    "layer without variables": (
        "y = tf.layers.flatten(tf.ones([1, 2, 2]))\n",
        "y = tf.keras.layers.Flatten()(tf.ones([1, 2, 2]))\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_native(before: str, after: str) -> None:
    assert lifted(before) == after


REFUSED = {
    "layer function": ("y = tf.layers.dense(tf.ones([1, 2]), 3)\n", "new variables at each call"),
    "slots": (f"{MINIMIZE}print(optimizer.get_slot(v, 'm'))\n", "`get_slot` of an optimizer"),
    "decorator": ("@tfe.gradients_function\ndef f(x):\n    return x\n", "gradients as a decorator"),
    "arguments by name": (
        "g = tfe.gradients_function(abs, params=['x'])\n",
        "by which arguments is differentiated",
    ),
    "sets of variables": (
        "opt = tf.train.AdamOptimizer(0.1)\n"
        "opt.minimize(lambda: a * b, var_list=[a])\nopt.minimize(lambda: a * b, var_list=[b])\n",
        "one optimizer changes different variables",
    ),
    "rows with momentum": (
        TABLE.replace("AdamOptimizer(0.1)", "MomentumOptimizer(0.1, 0.9)"),
        "Keras changes all of them",
    ),
    "restored too early": (
        f"{NETWORK.partition('print')[0]}tf.train.Checkpoint(net=net).restore('/tmp/a')\n",
        "restored before it was called",
    ),
    "property of models": (
        NETWORK.replace("self.fc", "self.layers"),
        "`self.layers` is a property of models",
    ),
    "function that is another one later": (
        f"{GRADIENTS}loss = grad(1.0, 2.0)\nprint(grad(3.0, 4.0))\n",
        "`loss` becomes something else later",
    ),
    "initializer of several": (
        "init = tf.contrib.layers.xavier_initializer()\na = tf.Variable(init([2]))\n",
        "draws the same numbers for all its variables",
    ),
    "configuration": (
        "config = tf.ConfigProto(device_count={'GPU': 0})\ntf.enable_eager_execution(config)\n",
        "the configuration of the session",
    ),
    "summaries that nothing records": (
        "tf.contrib.summary.scalar('loss', 1.0)\n",
        "nothing in this file says when",
    ),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_refused(text: str, why: str) -> None:
    assert why in reason(text)


def test_graph_programs_are_not_eager() -> None:
    text = (
        f"{HEAD}x = tf.placeholder(tf.float32)\nwith tf.Session() as s:\n    s.run(x, {{x: 1}})\n"
    )
    result = lift(text, context.load("2.21"))
    assert not isinstance(result, Blocked) or result.findings[0].code == "TFM203"


def test_a_tensor_is_not_minimized_where_nothing_says_that_it_is_eager() -> None:
    text = "import tensorflow as tf\ntfe = tf.contrib.eager\n"
    text += "def train(loss):\n    return tf.train.AdamOptimizer().minimize(loss)\n"
    result = lift(text, context.load("2.21"))
    assert isinstance(result, Blocked)
    assert "`minimize`" in result.findings[0].message


def test_indentation_of_the_file() -> None:
    text = "def loss():\n  return v * v\n\n\noptimizer = tf.train.AdamOptimizer(0.1)\n"
    assert "as tape:\n  loss_value = loss()\n" in lifted(f"{text}optimizer.minimize(loss)\n")


def test_whole_pipeline_leaves_nothing() -> None:
    text = f"{HEAD}{VARIABLE}{MINIMIZE}for x in tfe.Iterator(tf.data.Dataset.range(2)):\n    x\n"
    fixed = fix_text(text, context.load("2.21"), FixOptions())
    assert "contrib" not in fixed.text and "tfe" not in fixed.text
    assert not [each for each in fixed.left if each.severity.value == "error"]
    again = fix_text(fixed.text, context.load("2.21"), FixOptions())
    assert again.text == fixed.text
