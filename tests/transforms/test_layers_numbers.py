"""What layer functions become gives the numbers that TensorFlow 1.15.5 gave.

``recorded_layers.json`` is what ``record_layers.py`` printed; the same weights are set on both
sides. The objects are made once, outside, and called in a ``tf.function`` that knows no batch size.
"""

from __future__ import annotations

import ast
import json
import math
import runpy
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tfmigrate.engine.context import load
from tfmigrate.names import resolve
from tfmigrate.transforms import layer_rows
from tfmigrate.transforms.arg_scope import arg_scopes
from tfmigrate.transforms.layers import LayerCall, Reading, Refused, is_layer, reading_of, split

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
    new = with_objects(found, "")
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


def split_program(code: str) -> tuple[dict[str, LayerCall], str]:
    """The splits in a program with arg scopes, and the program with their calls in place."""
    text = HEAD + code
    tree = ast.parse(text)
    names = resolve(tree, CONTEXT.knowledge)
    reading = reading_of(text, names, CONTEXT, tree=tree)
    scoping = arg_scopes(tree, reading)
    found: dict[str, LayerCall] = {}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    written: dict[int, str] = {}

    def source(node: ast.expr) -> str:
        return written.get(id(node)) or str(ast.get_source_segment(text, node))

    for call in reversed(calls):
        symbol = reading.symbol(call.func)
        if symbol is not None and is_layer(symbol, reading):
            defaults = scoping.of(call)
            assert not isinstance(defaults, Refused), defaults
            got = split(call, symbol, replace(reading, source=source), defaults)
            assert isinstance(got, LayerCall), got
            key = f"{call.lineno}:{call.col_offset}"
            found[key] = got
            written[id(call)] = with_objects(got, key)

    class Rewrite(ast.NodeTransformer):
        def visit_Call(self, node: ast.Call) -> ast.AST:
            new = written.get(id(node))
            return self.generic_visit(node) if new is None else ast.parse(new, mode="eval").body

        def visit_With(self, node: ast.With) -> ast.AST:
            assert node in scoping.blocks
            return ast.If(ast.Constant(True), [self.visit(each) for each in node.body], [])

        def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
            node.decorator_list = []
            return None if node.name in scoping.makers else self.generic_visit(node)

    kept = ast.Module([each for each in tree.body if isinstance(each, ast.FunctionDef)], [])
    return found, ast.unparse(ast.fix_missing_locations(Rewrite().visit(kept)))


def made_once() -> tuple[Callable[..., Any], list[Any]]:
    """Stands for the objects that a program makes: each is made when it is first called."""
    objects: dict[tuple[str, int], Any] = {}

    def made(key: str, index: int, maker: Callable[[], Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if (key, index) not in objects:
                objects[key, index] = maker()
                every.append(objects[key, index])
            return objects[key, index](*args, **kwargs)

        return call

    every: list[Any] = []
    return made, every


def with_objects(found: LayerCall, key: str) -> str:
    """The call of a split on objects that are made when they are first called."""
    made = [
        f"made({key!r}, {index}, lambda: {each.constructor})"
        for index, each in enumerate(found.creations)
    ]
    return found.text(*made) if made else found.text()


def role_of(layer: Any, weight: Any, recorder: dict[str, Any]) -> str:
    """What a weight is to its layer, as the recorder calls it."""
    if type(layer).__name__ == "DepthwiseConv2D" and weight.name == "kernel":
        return "depthwise_kernel"
    return str(recorder["role_of"](weight.name))


def run(case: dict[str, Any], lab: Lab) -> dict[str, Any]:
    """What the new code gives, in the form of the recorder."""
    tf, np, recorder = lab.tf, lab.np, lab.recorder
    if case["kind"] == "program":
        splits, code = split_program(case["code"])
    else:
        found, code = split_in(case["code"])
        splits = {"": found}
    spec = tf.TensorSpec([None, *case["shape"][1:]], tf.float32)
    x = tf.constant(recorder["data"](case["shape"]))
    names: dict[str, Any] = {"tf": tf, "np": np, "is_training": case["is_training"]}
    names["made"], objects = made_once()
    if case["kind"] == "program":
        exec(code, names)
        code = "net(x)"
    program = eval(f"lambda x: {code}", names)
    program(x)

    def penalized(x: Any) -> Any:
        return program(x), [loss for layer in objects for loss in layer.losses]

    step = tf.function(penalized, input_signature=[spec])
    output, _ = step(x)
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
    for role, weight in pairs if case["kind"] in ("set", "fused", "program") else ():
        counts[role] = counts.get(role, -1) + 1
        weight.assign(recorder["weights"](role, tuple(weight.shape), counts[role]))
    output, losses = step(x)
    assert any(each.regularized for each in splits.values()) or not losses
    got["penalty"] = float(sum(losses))
    got["shape"], got["output"] = list(output.shape), recorder["listed"](output.numpy())
    got["trainable"] = sum(len(layer.trainable_variables) for layer in objects)
    moving = [(role, weight) for role, weight in pairs if role.startswith("moving_")]
    return got | {role: recorder["listed"](weight.numpy()) for role, weight in moving}


def name_of(case: dict[str, Any]) -> str:
    first, _, rest = case["code"].partition("\n")
    return f"{first}{' ...' if rest else ''}-{case['is_training']}"


@pytest.mark.tensorflow
@pytest.mark.parametrize("case", CASES, ids=name_of)
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


@pytest.mark.tensorflow
def test_dropout_without_a_layer(lab: Lab) -> None:
    found, _ = split_in("tf.layers.dropout(x, 0.3, training=is_training)")
    assert found.plain is not None
    x = lab.tf.ones([100, 100])
    on, off = (eval(found.plain, {"tf": lab.tf, "x": x, "is_training": way}) for way in (1, 0))
    assert lab.recorder["spread"](off.numpy()) == [1.0, 0.0, 1.0, 1.0, 0.0]
    assert float((on.numpy() == 0).mean()) == pytest.approx(0.3, abs=0.03)
    assert float(on.numpy().max()) == pytest.approx(1 / 0.7)


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
    for case in (each for each in CASES if each["kind"] != "program"):
        found, code = split_in(case["code"])
        texts = [code, *(each.constructor for each in found.creations)]
        assert not [text for text in texts if "slim." in text or "tcl." in text], case["code"]
