"""Programs of Estimators become classes with loops of their own, or stay as they are."""

from __future__ import annotations

import pytest

from tfmigrate.engine import context
from tfmigrate.lifting import Blocked, Lifted, lift

HEAD = """import numpy as np
import tensorflow as tf
data = np.ones([8, 2], np.float32)
"""
MODEL = """def model_fn(features, labels, mode, params):
    logits = tf.layers.dense(features["x"], params["classes"])
    {predictions}
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions=predictions)
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
    {metrics}
    if mode == tf.estimator.ModeKeys.EVAL:
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops=metrics)
    {train}
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)
"""
PARTS = {
    "predictions": 'predictions = {"class": tf.argmax(logits, 1)}',
    "metrics": 'metrics = {"accuracy": tf.metrics.accuracy(labels, predictions["class"])}',
    "train": "train_op = tf.train.GradientDescentOptimizer(0.1).minimize("
    "loss, tf.train.get_global_step())",
}
MADE = 'estimator = tf.estimator.Estimator(model_fn, params={"classes": 3})\n'
INPUT = """def input_fn():
    return tf.data.Dataset.from_tensor_slices(({"x": data}, np.zeros(8, np.int64))).batch(4)
"""
USED = "estimator.train(input_fn, steps=3)\nprint(estimator.evaluate(input_fn))\n"


def model(**parts: str) -> str:
    """A model function with some of its statements replaced."""
    text = MODEL
    for name, part in {**PARTS, **parts}.items():
        text = text.replace("{" + name + "}", part.replace("\n", "\n    "))
    return text


def program(*, made: str = MADE, inputs: str = INPUT, used: str = USED, **parts: str) -> str:
    """A program with some of its parts replaced."""
    return HEAD + model(**parts) + inputs + made + used


def lifted(text: str) -> str:
    """The lifted text of a program."""
    result = lift(text, context.load("2.21"))
    assert isinstance(result, Lifted), getattr(result, "findings", None)
    compile(result.text, "lifted", "exec")
    assert "tf.estimator" not in result.text
    return result.text


def reason(text: str) -> str:
    """Why a program is not lifted."""
    result = lift(text, context.load("2.21"))
    assert isinstance(result, Blocked), result
    return result.findings[0].message.removeprefix("the graph program cannot be lifted: ")


NUMPY = "tf.estimator.inputs.numpy_input_fn"
FOUND = "tf.data.Dataset.from_tensor_slices"
# what makes the input function, what uses it, and a line of the result
INPUTS = [
    (
        f'input_fn = {NUMPY}({{"x": data}}, data, batch_size=4, shuffle=False)\n',
        "estimator.train(input_fn)\n",
        f'dataset = {FOUND}(({{"x": data}}, data)).batch(4)',
    ),
    (
        f'train_input_fn = {NUMPY}(x={{"x": data}}, y=data, num_epochs=None, shuffle=True)\n',
        "estimator.train(input_fn=train_input_fn, steps=2)\n",
        ".repeat()",
    ),
    (
        "",
        f'estimator.train({NUMPY}({{"x": data}}, data, 4, 2, False))\n',
        f'estimator.train({FOUND}(({{"x": data}}, data)).repeat(2).batch(4))',
    ),
    (
        'def make(x):\n    return tf.estimator.inputs.pandas_input_fn(x, x["y"], shuffle=False)\n',
        "estimator.train(make(data))\n",
        f'return {FOUND}((dict(x), x["y"])).batch(128)',
    ),
    (
        "def inputs(n):\n"
        "    ds = tf.data.Dataset.from_tensor_slices((data, data)).batch(n)\n"
        "    it = ds.make_one_shot_iterator()\n"
        "    x, y = it.get_next()\n"
        '    return {"x": x}, y\n',
        "estimator.train(lambda: inputs(4), steps=1)\n",
        'return ds.map(lambda x, y: ({"x": x}, y))',
    ),
    (
        "def make(n):\n"
        "    def read():\n"
        "        return tf.data.Dataset.from_tensors((data, data)).repeat(n)\n"
        "    return read\n",
        "estimator.train(make(3))\n",
        "estimator.train(make(3)())",
    ),
    (
        "import functools\n" + INPUT.replace("()", "(n)", 1),
        "estimator.train(functools.partial(input_fn, n=3), steps=1)\n",
        "estimator.train(input_fn(n=3), steps=1)",
    ),
    (
        'def inputs():\n    x = tf.constant(data)\n    return {"x": x}, tf.constant([1, 2])\n',
        "estimator.train(inputs, steps=1)\n",
        'return tf.data.Dataset.from_tensors(({"x": x}, tf.constant([1, 2]))).repeat()',
    ),
]


@pytest.mark.parametrize(("inputs", "used", "line"), INPUTS)
def test_input_functions(inputs: str, used: str, line: str) -> None:
    assert line in lifted(program(inputs=inputs, used=used))


def test_what_modes_share_is_a_method() -> None:
    text = lifted(program())
    assert "    def __call__(self, features):\n        return self.dense(features" in text
    assert text.count("argmax") == 1
    assert "self.dense = tf.keras.layers.Dense(params" in text
    assert "train_op" not in text


def test_conditions_on_the_mode_become_training() -> None:
    change = (
        "training = mode == tf.estimator.ModeKeys.TRAIN\n"
        "logits = tf.layers.dropout(logits, 0.5, training=training)\n" + PARTS["predictions"]
    )
    text = lifted(program(predictions=change))
    assert "def __call__(self, features, training):" in text
    assert "self(features, training=True)" in text
    assert text.count("self(features, training=False)") == 2


CLIPPED = """optimizer = tf.train.AdamOptimizer(params["rate"])
pairs = optimizer.compute_gradients(loss)
pairs = [(tf.clip_by_value(g, -1.0, 1.0), v) for g, v in pairs]
train_op = optimizer.apply_gradients(pairs, global_step=tf.train.get_global_step())"""
DECAYED = """step = tf.train.get_global_step()
rate = tf.train.exponential_decay(0.1, step, 10, 0.5)
optimizer = tf.train.GradientDescentOptimizer(rate)
train_op = optimizer.minimize(loss, global_step=step)"""
TRAINED = [
    (CLIPPED, "pairs = list(zip(tape.gradient(loss, variables), variables))"),
    (CLIPPED, "self.optimizer.apply_gradients(pairs)"),
    (DECAYED, "rate = tf.keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=10"),
    (DECAYED, "self.optimizer = tf.keras.optimizers.SGD(rate)"),
]


@pytest.mark.parametrize(("train", "line"), TRAINED)
def test_training(train: str, line: str) -> None:
    assert line in lifted(program(train=train))


USES = [
    ("estimator.train(input_fn, max_steps=9)\n", "dataset.take(max(max_steps - int("),
    ("estimator.train(input_fn)\n", "    def train(self, dataset):\n        for features, labels"),
    ("for p in estimator.predict(input_fn):\n    print(p)\n", "yield dict(zip(predictions"),
    (
        "spec = tf.estimator.TrainSpec(input_fn, max_steps=5)\n"
        "tf.estimator.train_and_evaluate(estimator, spec, tf.estimator.EvalSpec(input_fn))\n",
        "estimator.train(input_fn(), max_steps=5)\nestimator.evaluate(input_fn(), steps=100)\n",
    ),
    (
        "tensors = {'loss': 'loss'}\n"
        "hook = tf.train.LoggingTensorHook(tensors, every_n_iter=10)\n"
        "estimator.train(input_fn, steps=5, hooks=[hook])\n",
        '.batch(4)\nestimator = Model({"classes": 3})\nestimator.train(input_fn(), steps=5)\n',
    ),
]


@pytest.mark.parametrize(("used", "lines"), USES)
def test_what_is_done_with_an_estimator(used: str, lines: str) -> None:
    assert lines in lifted(program(used=used))


def test_a_directory_that_lasts_holds_checkpoints() -> None:
    text = lifted(program(made=MADE.replace("model_fn,", "model_fn, '/tmp/model',")))
    assert "class Model(tf.Module):" in text
    assert "self.checkpoints.restore_or_initialize()" in text
    assert "estimator = Model({\"classes\": 3}, '/tmp/model')" in text
    passing = MADE.replace("model_fn,", "model_fn, tempfile.mkdtemp(),")
    assert "checkpoint" not in lifted(program(made="import tempfile\n" + passing))


COLUMNS = 'columns = [tf.feature_column.numeric_column("x", shape=[2])]\n'
CANNED = [
    (
        "DNNClassifier(feature_columns=columns, hidden_units=[8, 4], n_classes=3)",
        ["class DnnClassifier:", "self.dense_2 = tf.keras.layers.Dense(4,", "Adagrad("],
    ),
    (
        "DNNRegressor([8], columns, optimizer=tf.train.AdamOptimizer(0.01), dropout=0.5)",
        ["Adam(0.01, epsilon=1e-8)", "tf.keras.layers.Dropout(0.5)", "squared_difference"],
    ),
    (
        "LinearClassifier(columns)",
        ["LinearModel(params", "Ftrl(learning_rate=0.2)", '"auc": tf.keras.metrics.AUC()'],
    ),
    (
        "DNNLinearCombinedClassifier(linear_feature_columns=columns, dnn_feature_columns=columns,"
        " dnn_hidden_units=[4], dnn_optimizer='Adam')",
        [
            "class WideAndDeepClassifier:",
            "self.linear_optimizer = tf.keras.optimizers.Ftrl(learning_rate=0.005)",
            "self.optimizer = tf.keras.optimizers.Adam(learning_rate=0.001, epsilon=1e-8)",
            "return self.dense_2(net) + self.linear_model(features)",
        ],
    ),
    (
        "LinearRegressor(columns, optimizer='SGD')",
        ["SGD(learning_rate=0.2)", "loss = tf.reduce_sum(losses)"],
    ),
]


@pytest.mark.parametrize(("call", "lines"), CANNED)
def test_canned_estimators(call: str, lines: list[str]) -> None:
    text = lifted(HEAD + INPUT + COLUMNS + f"estimator = tf.estimator.{call}\n" + USED)
    for line in lines:
        assert line in text
    assert 'NumericColumn("x", shape=[2])' in text


REFUSED = [
    (program(used="print(1)\n"), "nothing in this file trains or asks the Estimator"),
    (program(used=USED + "models = [estimator]\n"), "an Estimator that is used in a way not"),
    (
        program(used="def go(m):\n    m.train(input_fn=input_fn)\ngo({}['a'])\n" + USED),
        "a method of what may be an Estimator",
    ),
    (program(used=USED + "estimator.export_saved_model('d', f)\n"), "`export_saved_model` of an"),
    (program(used="estimator.train(input_fn, hooks=[Mine()])\n"), "hooks that do more than to"),
    (program(used="estimator.train(other, steps=1)\n"), "`other` is not known to be an input"),
    (program(used=USED + "input_fn().take(1)\n"), "`input_fn` is also used for something else"),
    (program(used=USED + "model_fn(1, 2, 3, 4)\n"), "`model_fn` is also used for something else"),
    (program(used="x = estimator.train(input_fn, steps=1)\n"), "the Estimator that `train`"),
    (program(made=MADE.replace("model_fn,", "make(),")), "a model function that is not a"),
    (program(metrics="metrics = make()"), "the metrics of the evaluation are not written out"),
    (
        program(metrics='metrics = {"a": tf.metrics.mean_tensor(labels)}'),
        "`tf.metrics.mean_tensor` has no counterpart in Keras",
    ),
    (
        program(train=PARTS["train"].replace("))", "), [tf.trainable_variables()[0]])")),
        "only some of the variables are trained",
    ),
    (program(used=USED + "sess = tf.Session()\n"), "a session or placeholder beside an"),
    (
        HEAD
        + INPUT
        + COLUMNS
        + "e = tf.estimator.DNNClassifier([4], columns, weight_column='w')\n",
        "`weight_column` of `DNNClassifier`",
    ),
    (
        HEAD + INPUT + "c = tf.feature_column.shared_embedding_columns([], 3)\n"
        "e = tf.estimator.DNNClassifier([4], c)\ne.train(input_fn)\n",
        "`tf.feature_column.shared_embedding_columns` has no counterpart",
    ),
]


@pytest.mark.parametrize(("text", "why"), REFUSED, ids=[why for _, why in REFUSED])
def test_refused(text: str, why: str) -> None:
    assert why in reason(text)


def test_batch_normalization_needs_its_updates() -> None:
    normal = "logits = tf.layers.batch_normalization(logits, training=mode == 'train')\n"
    text = program(predictions=normal + PARTS["predictions"])
    assert reason(text) == "batch normalization whose averages were never updated"
    updated = PARTS["train"] + "\nupdates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)"
    assert "self.batch_norm(logits, training=training)" in lifted(
        program(predictions=normal + PARTS["predictions"], train=updated)
    )


def test_other_names_and_imports_stay() -> None:
    assert lift("import tensorflow as tf\nprint(tf.estimator)\n", context.load("2.21")) is None
