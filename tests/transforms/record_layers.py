"""Run every layer function on TensorFlow 1.15.5 and print what comes out, as JSON.

``python record_layers.py > recorded_layers.json`` with an interpreter that has it (Python 3.7).
``test_layers_numbers.py`` runs what the functions become on TensorFlow 2 with the same weights.

The cases are in ``layer_cases.txt`` and ``scoped_programs.txt``. Variables are set to ``weights``,
unless a case is about initial values: ``initial`` compares them, ``drawn`` how far they are spread.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def weights(role: str, shape: Sequence[int], index: int) -> Any:
    """The values of a weight: any, but the same on both sides."""
    values = np.sin(np.arange(int(np.prod(shape))) * 0.7 + index + len(role)).reshape(shape)
    if role in ("moving_variance", "gamma"):
        values = 0.5 + values * values
    return values.astype(np.float32)


def data(shape: Sequence[int]) -> Any:
    """The input of a case."""
    return np.cos(np.arange(int(np.prod(shape))) * 0.9).reshape(shape).astype(np.float32) * 2


def role_of(name: str) -> str:
    """What a variable is to its layer, in the words of Keras."""
    last = name.partition(":")[0].rpartition("/")[2]
    words = {"weights": "kernel", "biases": "bias", "depthwise_weights": "depthwise_kernel"}
    words["pointwise_weights"] = "pointwise_kernel"
    return words.get(last, last)


def listed(value: Any) -> list[float]:
    """Numbers as JSON has them, a sample of them if they are many."""
    numbers = np.asarray(value, np.float64).ravel()
    sample: list[float] = np.round(numbers[:: max(1, numbers.size // 29)], 6).tolist()
    return sample


def spread(value: Any) -> list[float]:
    """How numbers are spread: mean, standard deviation, two percentiles, share of zeros."""
    value = np.asarray(value, np.float64)
    low, high = np.percentile(value, [2, 98])
    every = [value.mean(), value.std(), low, high, np.mean(value == 0)]
    return [round(float(each), 5) for each in every]


def run(
    tf: Any, kind: str, shape: Sequence[int], code: str, is_training: bool | None
) -> dict[str, Any]:
    """What one case gives: the output, the penalty, and the moving averages after a step."""
    from tensorflow.contrib import layers, slim

    tf.reset_default_graph()
    tf.set_random_seed(1)
    names: dict[str, Any] = {
        "tf": tf,
        "np": np,
        "tcl": layers,
        "slim": slim,
        "is_training": is_training,
    }
    names["x"] = tf.placeholder(tf.float32, [None, *shape[1:]])
    if kind == "program":
        exec(code, names)
        code = "net(x)"
    names["y"] = eval(code, names)
    counts: dict[str, int] = {}
    assigned: list[Any] = []
    for variable in tf.global_variables():
        role = role_of(variable.name)
        counts[role] = counts.get(role, -1) + 1
        if kind in ("set", "fused", "program"):
            value = weights(role, variable.shape.as_list(), counts[role])
            assigned.append(tf.assign(variable, value))
    penalties = tf.losses.get_regularization_losses()
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    feed = {names["x"]: data(shape)}
    found: dict[str, Any] = {}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(assigned)
        if kind == "drawn":
            every = {role_of(each.name): sess.run(each) for each in tf.global_variables()}
            every = every or {"y": sess.run(names["y"], feed)}
            return {role: spread(value) for role, value in every.items()}
        if kind == "initial":
            for each in tf.global_variables():
                found["initial " + role_of(each.name)] = listed(sess.run(each))
        found["penalty"] = round(float(sum(sess.run(each, feed) for each in penalties)), 6)
        output = sess.run([names["y"], updates], feed)[0]
        found["shape"], found["output"] = list(output.shape), listed(output)
        found["trainable"] = len(tf.trainable_variables())
        for each in tf.global_variables():
            if "moving_" in each.name:
                found[role_of(each.name)] = listed(sess.run(each))
    return found


def cases() -> Iterator[tuple[str, list[int], str, bool | None]]:
    """Kind, shape, code and ``is_training`` of every case in ``layer_cases.txt``."""
    kind = ""
    for line in Path(__file__).with_name("layer_cases.txt").read_text().splitlines():
        if line.startswith("["):
            kind = line.strip("[]")
        elif line and not line.startswith("#"):
            size, code = line.split(None, 1)
            free = re.sub(r"""is_training['"]?[:=] ?(True|False)|is_training=""", "", code)
            for way in (True, False) if "is_training" in free else (None,):
                yield kind, [int(each) for each in size.split("x")], code, way
    programs = Path(__file__).with_name("scoped_programs.txt").read_text()
    for program in programs.split("=== ")[1:]:
        yield "program", [2, 6, 6, 3], program.partition("\n")[2].strip() + "\n", None


def main() -> None:
    """Print every case with what came of it."""
    import tensorflow as tf

    tf.logging.set_verbosity(tf.logging.ERROR)
    lines = []
    for kind, shape, code, way in cases():
        got = run(tf, kind, shape, code, way)
        assert all(math.isfinite(each) for each in got.get("output", []))
        case = {"kind": kind, "shape": shape, "code": code, "is_training": way, "got": got}
        lines.append(json.dumps(case))
        print(code, file=sys.stderr)
    print('{"tensorflow": ' + json.dumps(tf.__version__) + ', "cases": [')
    print(",\n".join(lines))
    print("]}")


if __name__ == "__main__":
    main()
