"""What layer functions become gives the numbers that TensorFlow 1.15.5 gave.

``recorded_layers.json`` is what ``record_layers.py`` printed; the same weights are set on both
sides. The objects are made once, outside, and called in a ``tf.function`` that knows no batch size.
"""

from __future__ import annotations

import ast
import json
import math
import runpy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tfmigrate.engine.context import load
from tfmigrate.names import resolve
from tfmigrate.transforms import layer_rows
from tfmigrate.transforms.layers import LayerCall, Reading, is_layer, reading_of, split

HERE = Path(__file__).parent
RECORDED = json.loads((HERE / "recorded_layers.json").read_text(encoding="utf-8"))
CASES: list[dict[str, Any]] = RECORDED["cases"]
CONTEXT = load("2.21")
HEAD = "import tensorflow as tf\nfrom tensorflow.contrib import layers as tcl, slim\n"


@dataclass(frozen=True)
class Lab:
    """TensorFlow, NumPy, and the functions that the recorder used."""

    tf: Any
    np: Any
    recorder: dict[str, Any]


@pytest.fixture(scope="module")
def lab() -> Lab:
    import numpy
    import tensorflow

    return Lab(tensorflow, numpy, runpy.run_path(str(HERE / "record_layers.py")))


def split_in(code: str) -> tuple[LayerCall, str]:
    """The split of the layer call in some code, and the code with it in place."""
    text = HEAD + code
    tree = ast.parse(text)
    reading = reading_of(text, resolve(tree, CONTEXT.knowledge), CONTEXT)
    call, symbol = layer_call(tree, reading)
    found = split(call, symbol, reading)
    assert isinstance(found, LayerCall), found
    new = found.text(*(f"o{index}" for index in range(len(found.creations))))
    old = ast.get_source_segment(text, call)
    assert old is not None
    return found, code.replace(old, new)


def layer_call(tree: ast.Module, reading: Reading) -> tuple[ast.Call, str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            symbol = reading.symbol(node.func)
            if symbol is not None and is_layer(symbol, reading):
                return node, symbol
    raise AssertionError("no layer function in the code")


def role_of(layer: Any, weight: Any, recorder: dict[str, Any]) -> str:
    """What a weight is to its layer, as the recorder calls it."""
    if type(layer).__name__ == "DepthwiseConv2D" and weight.name == "kernel":
        return "depthwise_kernel"
    return str(recorder["role_of"](weight.name))


def run(case: dict[str, Any], lab: Lab) -> dict[str, Any]:
    """What the new code gives, in the form of the recorder."""
    tf, np, recorder = lab.tf, lab.np, lab.recorder
    found, code = split_in(case["code"])
    spec = tf.TensorSpec([None, *case["shape"][1:]], tf.float32)
    x = tf.constant(recorder["data"](case["shape"]))
    names: dict[str, Any] = {"tf": tf, "np": np, "is_training": case["is_training"]}
    objects = [eval(each.constructor, names) for each in found.creations]
    names |= {f"o{index}": each for index, each in enumerate(objects)}
    for each, made in zip(objects, found.creations, strict=True):
        assert made.weights or not each.weights
    step = tf.function(eval(f"lambda x: {code}", names), input_signature=[spec])
    output = step(x)
    pairs = [
        (role_of(layer, weight, recorder), weight)
        for layer in objects
        for weight in layer.weights
        if "seed" not in weight.name
    ]
    got: dict[str, Any] = {}
    if case["kind"] == "drawn":
        every = {role: weight.numpy() for role, weight in pairs} or {"y": output.numpy()}
        return {role: recorder["spread"](value) for role, value in every.items()}
    if case["kind"] == "initial":
        got |= {f"initial {role}": recorder["listed"](weight.numpy()) for role, weight in pairs}
    counts: dict[str, int] = {}
    for role, weight in pairs if case["kind"] in ("set", "fused") else ():
        counts[role] = counts.get(role, -1) + 1
        weight.assign(recorder["weights"](role, tuple(weight.shape), counts[role]))
    output = step(x)
    losses = [float(loss) for layer in objects for loss in layer.losses]
    assert found.regularized or not losses
    got["penalty"] = sum(losses)
    got["shape"], got["output"] = list(output.shape), recorder["listed"](output.numpy())
    got["trainable"] = sum(len(layer.trainable_variables) for layer in objects)
    moving = [(role, weight) for role, weight in pairs if role.startswith("moving_")]
    return got | {role: recorder["listed"](weight.numpy()) for role, weight in moving}


@pytest.mark.tensorflow
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['code']}-{case['is_training']}")
def test_numbers(case: dict[str, Any], lab: Lab) -> None:
    expected, got = case["got"], run(case, lab)
    if case["kind"] == "fused":
        # the kernel of TensorFlow 1 added the unbiased variance of the batch to the average
        count = math.prod(case["shape"][:-1])
        kept = 0.9 * lab.recorder["weights"]("moving_variance", (case["shape"][-1],), 0)
        added = lab.np.array(got["moving_variance"]) - kept
        got["moving_variance"] = list(kept + added * count / (count - 1))
    assert set(got) == set(expected)
    for key, old in expected.items():
        if case["kind"] == "drawn":
            # other draws of the same distribution
            scale = max(abs(old[2]), abs(old[3]))
            assert got[key] == pytest.approx(old, abs=0.03 * scale, rel=0.15), key
        else:
            assert got[key] == pytest.approx(old, rel=1e-4, abs=2e-5), key


def test_every_entry_is_recorded() -> None:
    assert RECORDED["tensorflow"] == "1.15.5"
    seen = set()
    for case in CASES:
        text = HEAD + case["code"]
        tree = ast.parse(text)
        reading = reading_of(text, resolve(tree, CONTEXT.knowledge), CONTEXT)
        for node in ast.walk(tree):
            if isinstance(node, (ast.Attribute, ast.Name)):
                symbol = reading.symbol(node)
                row = symbol and CONTEXT.catalogue.row(symbol)
                seen.add(row.symbol if row else symbol)
    rows = layer_rows.load()
    assert {symbol for symbol, row in rows.items() if row.form != "refused"} <= seen


def test_splits_do_not_need_tensorflow_1() -> None:
    for case in CASES:
        found, code = split_in(case["code"])
        texts = [code, *(each.constructor for each in found.creations)]
        assert not [text for text in texts if "slim." in text or "tcl." in text], case["code"]
