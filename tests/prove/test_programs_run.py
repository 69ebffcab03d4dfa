"""Programs and snippets under the TensorFlow that is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfmigrate.prove import processes
from tfmigrate.prove.compare import Tolerance
from tfmigrate.prove.processes import Program, ProveError, Run
from tfmigrate.prove.verdict import Verdict, judge

pytestmark = pytest.mark.tensorflow

GRAPH = """
import numpy as np
import tensorflow as tf
import matplotlib.pyplot as plt

x = tf.placeholder(tf.float32, [None, 4])
w = tf.get_variable("w", [4, 3])
b = tf.Variable(tf.truncated_normal([3]))
y = tf.nn.dropout(tf.matmul(x, w) + b, keep_prob=0.7)
loss = tf.reduce_mean(tf.square(y))
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
tf.summary.scalar("loss", loss)
merged = tf.summary.merge_all()
saver = tf.train.Saver()
losses = []
with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    writer = tf.summary.FileWriter("logs", session.graph)
    for step in range(3):
        value, _, summary = session.run([loss, train, merged], {x: np.ones((5, 4))})
        writer.add_summary(summary, step)
        losses.append(value)
        print(step, value)
    saver.save(session, "./model")
figure, axes = plt.subplots(1, 2)
axes[0].plot(losses)
plt.title("loss")
"""
EAGER = """
import tensorflow as tf
import matplotlib.pyplot as plt

w = tf.Variable(tf.keras.initializers.GlorotUniform()([4, 3]))
b = tf.Variable(tf.random.truncated_normal([3]))
optimizer = tf.keras.optimizers.SGD(0.1)


@tf.function
def train(x):
    with tf.GradientTape() as tape:
        y = tf.nn.dropout(tf.matmul(x, w) + b, rate=0.3)
        loss = tf.reduce_mean(tf.square(y))
    optimizer.apply_gradients(zip(tape.gradient(loss, [w, b]), [w, b]))
    return loss


writer = tf.summary.create_file_writer("logs")
losses = []
for step in range(3):
    losses.append(train(tf.ones((5, 4))).numpy())
    with writer.as_default():
        tf.summary.scalar("loss", losses[-1], step=step)
    print(step, losses[-1])
tf.train.Checkpoint(w=w, b=b).write("./model")
figure, axes = plt.subplots(1, 2)
axes[0].plot(losses)
plt.title("loss")
"""
CELLS = """
import numpy as np
import tensorflow as tf

x = np.linspace(-1, 1, 30).reshape(2, 5, 3).astype("float32")
for layer in (tf.keras.layers.LSTM(4), tf.keras.layers.GRU(4), tf.keras.layers.SimpleRNN(4)):
    layer(x)
    print(np.round(np.concatenate(layer.get_weights()[:2]).sum(), 3))

units, inputs = 4, 3
joint = tf.keras.initializers.GlorotUniform()([inputs + units, 4 * units])
i, j, f, o = tf.split(joint, 4, axis=1)
lstm = tf.keras.layers.LSTM(4)
lstm(x)
kernel, recurrent, _ = lstm.get_weights()
print(np.abs(np.concatenate([kernel, recurrent]) - np.concatenate([i, f, j, o], 1)).max())
"""
DRAWN = """
import random
import numpy as np
import tensorflow as tf

print(tf.random.normal([2, 3]).numpy().mean() - tf.random.normal([2, 3]).numpy().mean())
print(np.abs(tf.random.normal([50, 40])).mean(), tf.random.uniform([50, 40]).numpy().mean())
print(np.abs(tf.random.truncated_normal([500])).max() <= 2)
print(tf.random.uniform([4], 0, 10, tf.int32).numpy())
print(tf.data.Dataset.range(3).shuffle(9).batch(3).get_single_element().numpy())
print(tf.random.categorical([[0.0, 9.0, 0.0]], 5).numpy(), tf.random.shuffle([3, 1, 2]).numpy())
print(tf.random.gamma([300], 4.0).numpy().mean(), tf.random.poisson([300], 4.0).numpy().mean())
print(tf.random.stateless_uniform([2], [1, 2]).numpy() - tf.random.uniform([2]).numpy())
print(tf.random.Generator.from_seed(1).normal([2]).numpy() - tf.random.normal([2]).numpy())
print(random.random(), np.random.rand())
"""
OTHERS = {
    "arguments": "import sys, helper\nprint(sys.argv[1:], helper.NAME, open('data.txt').read())",
    "exits": "import sys\nprint('bye')\nsys.exit(3)",
    "says why": "raise SystemExit('no such thing')",
    "fails": "import tensorflow as tf\nprint(1)\ntf.log(2.0)",
    "kills itself": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "takes too long": "import time\ntime.sleep(60)",
    "defines a main": "if __name__ == '__main__':\n    print(__file__[-10:])",
}


def written(folder: Path, sources: dict[str, str]) -> dict[str, Program]:
    data = folder / "data.txt"
    data.write_text("5")
    (folder / "helper.py").write_text("NAME = 'ours'")
    found = {}
    for key, source in sources.items():
        path = folder / key / "program.py"
        path.parent.mkdir()
        path.write_text(source)
        timeout = 3 if key == "takes too long" else 100
        found[key] = Program(
            path, ("--epochs", "3"), modules=(folder,), data=(data,), timeout=timeout
        )
    return found


@pytest.fixture(scope="module")
def native(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Programs, each by itself, all with one import of TensorFlow."""
    sources = {"eager": EAGER, "cells": CELLS, "drawn": DRAWN, **OTHERS}
    every = written(tmp_path_factory.mktemp("native"), sources)
    return dict(zip(every, processes.programs(list(every.values())), strict=True))


@pytest.fixture(scope="module")
def compat(tmp_path_factory: pytest.TempPathFactory) -> Run:
    every = written(tmp_path_factory.mktemp("compat"), {"graph": GRAPH})
    return processes.programs(list(every.values()), compat=True)[0]


def test_a_graph_and_eager_code_come_to_the_same(native: dict[str, Run], compat: Run) -> None:
    outcome = judge(compat, native["eager"], Tolerance(relative=1e-5))
    assert (outcome.verdict, outcome.reason) == (Verdict.SAME, "")


def test_what_is_taken_down(native: dict[str, Run], compat: Run) -> None:
    for run in (native["eager"], compat):
        assert run.version.startswith("2.")
        assert len(run.out.splitlines()) == 3
        assert [step for _, step, _ in run.scalars] == [0, 1, 2]
        assert [plot[0] for plot in run.plots] == ["plot", "title"]
        assert run.plots[0][1][0] == 3
        assert sorted(value[0] for value in (run.variables or {}).values()) == [[3], [4, 3]]


def test_a_mistake_in_a_rate_shows(tmp_path: Path, compat: Run) -> None:
    wrong = written(tmp_path, {"wrong": EAGER.replace("rate=0.3", "rate=0.7")})
    (run,) = processes.programs(list(wrong.values()))
    outcome = judge(compat, run, Tolerance())
    assert outcome.verdict is Verdict.RUNS
    assert outcome.reason.startswith("line 1: ")


def test_random_numbers(native: dict[str, Run]) -> None:
    lines = native["drawn"].out.splitlines()
    assert float(lines[0]) == 0
    mean, uniform = map(float, lines[1].split())
    assert abs(mean - 0.798) < 0.05
    assert abs(uniform - 0.5) < 0.03
    assert lines[2] == "True"
    assert all(0 <= int(each) < 10 for each in lines[3].strip("[]").split())
    assert lines[4] == "[0 1 2]"
    assert lines[5] == "[[1 1 1 1 1]] [3 1 2]"
    assert all(abs(float(each) - 4) < 0.4 for each in lines[6].split())
    assert lines[7:9] == ["[0. 0.]", "[0. 0.]"]
    assert len(lines) == 10


def test_recurrent_cells_start_as_in_tensorflow_1(native: dict[str, Run]) -> None:
    lines = native["cells"].out.splitlines()
    assert len(lines) == 4
    assert float(lines[3]) < 1e-6


def test_arguments_modules_and_data(native: dict[str, Run]) -> None:
    assert native["arguments"].out == "['--epochs', '3'] ours 5\n"
    assert native["defines a main"].out == "program.py\n"


def test_how_programs_end(native: dict[str, Run]) -> None:
    assert (native["exits"].code, native["exits"].error) == (3, "")
    assert native["says why"].error == "SystemExit: no such thing"
    failed = native["fails"]
    assert failed.error.startswith("AttributeError: module 'tensorflow' has no attribute 'log'")
    assert failed.out == "1\n"
    assert "runner.py" not in failed.err
    assert "program.py" in failed.err
    for key in ("kills itself", "takes too long"):
        assert native[key].code == 1
        assert native[key].error.startswith("ended by the system, or longer than ")


SNIPPETS = {
    "array": "x = F * 2.0\nx",
    "inner": "TWICE",
    "tuple": "(F, [1, 'a', None], {'b': b'c'})",
    "sparse": "tf.SparseTensor([[0, 1]], [2.0], [1, 3])",
    "dataset": "tf.data.Dataset.from_tensor_slices(([1, 2], [0.5, 1.5]))",
    "variable": "tf.Variable([1.0], name='v')",
    "many": "tf.ones([100])",
    "dtype": "[tf.float32, tf.TensorShape([1, None])]",
    "nan": "tf.constant([float('nan'), 1.0])",
    "crash": "import os\nos._exit(3)\n1",
    "wrong": "tf.constant([1.0]) + undefined",
    "nothing": "x = 1",
    "function": "print",
}
INPUTS = {"F": "tf.constant([1.5, 2.5])", "TWICE": "F + F"}


def test_snippets() -> None:
    native = processes.snippets(SNIPPETS, inputs=INPUTS)
    graph = processes.snippets(SNIPPETS, inputs=INPUTS, compat=True)
    assert native.keys() == graph.keys() == SNIPPETS.keys()
    for found in (native, graph):
        values = {key: answer.value for key, answer in found.items() if not answer.error}
        floats = {"dtype": "float32", "shape": [2], "numbers": [3.0, 5.0]}
        assert values["array"] == values["inner"] == floats
        assert values["tuple"][1:] == [[1, "a", None], {"b": {"bytes": ["c"]}}]
        assert values["sparse"]["sparse"][1]["numbers"] == [2.0]
        assert [each[0]["numbers"] for each in values["dataset"]] == [[1], [2]]
        assert values["variable"]["numbers"] == [1.0]
        assert values["many"]["sum"] == 100
        assert len(values["many"]["numbers"]) < 100
        assert values["dtype"] == [{"dtype": "float32"}, {"shape": [1, None]}]
        assert values["nan"]["numbers"] == ["nan", 1.0]
        assert found["crash"].error == "crashed"
        assert found["wrong"].error == "NameError: name 'undefined' is not defined"
        assert "does not end with an expression" in found["nothing"].error
        assert found["function"].error.startswith("TypeError: no value")


def test_interpreters_that_cannot_be_used(tmp_path: Path) -> None:
    program = written(tmp_path, {"eager": EAGER})["eager"]
    with pytest.raises(ProveError, match="cannot be run"):
        processes.programs([program], python=str(tmp_path / "python"))
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\necho 'No module named tensorflow' >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(ProveError, match="ran nothing: No module named tensorflow"):
        processes.programs([program], python=str(broken))
    with pytest.raises(ProveError, match="ran nothing: No module named tensorflow"):
        processes.snippets(SNIPPETS, inputs=INPUTS, python=str(broken))
