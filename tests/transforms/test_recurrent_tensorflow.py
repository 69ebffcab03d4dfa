"""Recurrent networks on real TensorFlow: the numbers that 1.15.5 gave, from the new text.

The programs, their variables and what they computed were recorded on TensorFlow 1.15.5
(recorded_recurrent.json says how). Here they are rewritten, get the same weights, the joint
kernels split and the gates in Keras' order, and run eagerly and in a ``tf.function``.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np
import pytest

from tfmigrate.catalogue import support
from tfmigrate.engine.context import load
from tfmigrate.names import resolve
from tfmigrate.transforms import recurrent
from tfmigrate.transforms.layer_model import Refused
from tfmigrate.transforms.layer_values import Arg
from tfmigrate.transforms.layers import reading_of
from tfmigrate.transforms.recurrent_cells import kind_of

pytestmark = pytest.mark.tensorflow

RECORDED = json.loads((Path(__file__).parent / "recorded_recurrent.json").read_text("utf-8"))
CASES = {case["name"]: case for case in RECORDED["cases"]}
STATE_TUPLE = "tf.nn.rnn_cell.LSTMStateTuple"


@pytest.fixture(scope="module")
def tf() -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        module = importlib.import_module("tensorflow")
    except ImportError:
        pytest.fail('these tests need TensorFlow: pip install "tfmigrate[prove]"', pytrace=False)
    assert module.__version__.startswith("2.21."), "the recorded numbers are to hold on 2.21"
    return module


def value(number: int, shape: list[int]) -> Any:
    wave = 0.5 * np.sin(np.arange(int(np.prod(shape))) * 0.7 + number)
    return wave.reshape(shape).astype(np.float32)


@dataclass
class Program:
    """A program whose cells and runs are rewritten: what is made once, and what is computed."""

    source: str
    fold: bool
    made: list[str] = field(default_factory=list)
    computed: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    layers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.source = f"import tensorflow as tf\n{self.source}"
        self.tree = ast.parse(self.source)
        context = load("2.21")
        plain = reading_of(self.source, resolve(self.tree, context.knowledge), context)
        self.reading = replace(plain, value=self.bound)
        for statement in self.statements(self.tree.body[1:]):
            self.statement(statement)

    def statements(self, body: list[ast.stmt]) -> Iterator[ast.stmt]:
        for each in body:
            if isinstance(each, ast.With):
                yield from self.statements(each.body)
            else:
                yield each

    def bound(self, node: ast.expr) -> ast.expr | None:
        """The only expression that a name, or the result of a function, is bound to."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            for each in ast.walk(self.tree):
                if isinstance(each, ast.FunctionDef) and each.name == node.func.id:
                    return each.body[-1].value if isinstance(each.body[-1], ast.Return) else None
        found = [
            each.value
            for each in ast.walk(self.tree)
            if isinstance(each, ast.Assign) and ast.unparse(each.targets[0]) == ast.unparse(node)
        ]
        return found[0] if len(found) == 1 else None

    @property
    def initializer(self) -> ast.expr | None:
        """That of the variable scope."""
        for each in ast.walk(self.tree):
            if isinstance(each, ast.With) and isinstance(each.items[0].context_expr, ast.Call):
                return each.items[0].context_expr.keywords[0].value
        return None

    def statement(self, statement: ast.stmt) -> None:
        segment = ast.get_source_segment(self.source, statement) or ""
        made = isinstance(statement, ast.FunctionDef) or self.is_made(statement)
        for call, symbol in self.calls(statement):
            old = ast.get_source_segment(self.source, call) or ""
            if symbol and recurrent.is_run(symbol):
                segment = self.run(statement, call, symbol, segment, old)
                continue
            new, is_cell = self.rewritten(call, symbol)
            segment, made = segment.replace(old, new), made or is_cell
        (self.made if made else self.computed).append(segment)

    def is_made(self, statement: ast.stmt) -> bool:
        """Whether a statement binds a number, or a cell that a function makes."""
        bound = statement.value if isinstance(statement, ast.Assign) else None
        if bound is None or isinstance(bound, ast.Constant):
            return bound is not None
        if isinstance(bound, ast.Call) and ast.unparse(bound.func) == "make":
            return True
        return kind_of(Arg(bound, self.reading)) is not recurrent.Kind.UNKNOWN

    def calls(self, statement: ast.stmt) -> Iterator[tuple[ast.Call, str]]:
        """The calls to rewrite, those inside of others left out."""
        waiting: list[ast.AST] = [statement]
        while waiting:
            node = waiting.pop(0)
            if isinstance(node, ast.Call):
                symbol = self.reading.symbol(node.func) or ""
                if ".rnn" in symbol or "_rnn" in symbol or self.is_member(node):
                    yield node, symbol
                    continue
            waiting[:0] = list(ast.iter_child_nodes(node))

    def is_member(self, call: ast.Call) -> bool:
        if isinstance(call.func, ast.Attribute):
            return call.func.attr == "zero_state"
        return ast.unparse(call.func) == "cell"

    def rewritten(self, call: ast.Call, symbol: str) -> tuple[str, bool]:
        """The new text of a call, and whether it makes a cell."""
        if symbol.endswith(".zero_state"):
            symbol = ""
        if symbol == STATE_TUPLE:
            self.blocks += recurrent.STATE_TUPLE.support
            arguments = ", ".join(map(ast.unparse, call.args))
            return f"{recurrent.STATE_TUPLE.text}({arguments})", False
        if symbol:
            cell = recurrent.cell(call, symbol, self.reading, self.initializer)
            assert not isinstance(cell, Refused), cell
            self.blocks += cell.support
            return cell.constructor, True
        is_zero = isinstance(call.func, ast.Attribute)
        made = (recurrent.zero_state if is_zero else recurrent.step)(call, self.reading)
        assert not isinstance(made, Refused), made
        self.blocks += made.support
        return made.text, False

    def run(self, statement: ast.stmt, call: ast.Call, symbol: str, segment: str, old: str) -> str:
        """Note the layers of a run, and rewrite its statement."""
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        names = target.elts if isinstance(target, ast.Tuple) else []
        alone = len(names) > 1 and all(ast.unparse(each) == "_" for each in names[1:])
        made = recurrent.run(
            call,
            symbol,
            self.reading,
            state=not alone,
            fold=self.fold and self.used_once(call),
            initializer=self.initializer,
        )
        assert not isinstance(made, Refused), made
        self.blocks += made.support
        taken = []
        for creation in made.creations:
            name = f"{creation.name}{len(self.layers)}"
            self.layers.append(name)
            self.made.append(f"{name} = {creation.constructor}")
            taken.append(name)
        taken += [name for name, _ in made.temporaries]
        self.computed += [f"{name} = {text}" for name, text in made.assigned(*taken)]
        segment = segment.replace(old, made.text(*taken))
        return f"{ast.unparse(names[0])} {segment[segment.index('=') :]}" if alone else segment

    def used_once(self, call: ast.Call) -> bool:
        """Whether nothing else uses the cells of a run."""
        loads = [each.id for each in ast.walk(self.tree) if isinstance(each, ast.Name)]
        cells = [each.id for each in call.args if isinstance(each, ast.Name)]
        return all(loads.count(each) == 2 for each in cells if each not in "xyns")

    def text(self) -> str:
        """The program, its support code first."""
        known = support.load()
        blocks = [known[each] for each in dict.fromkeys(self.blocks)]
        imports = dict.fromkeys(line for each in blocks for line in each.imports)
        return "\n".join([*imports, *(each.code for each in blocks), *self.made])

    def function(self) -> str:
        body = "\n".join(self.computed).replace("\n", "\n    ")
        return f"def program():\n    {body}\n    return tf.nest.flatten(result)\n"


def run(tf: Any, case: dict[str, Any], fold: bool) -> tuple[list[Any], list[Any]]:
    """What a rewritten program computes, eagerly and in a ``tf.function``."""
    program = Program(case["source"], fold)
    x = np.cos(np.arange(24) * 0.9).reshape(2, 4, 3).astype(np.float32)
    space = {
        "tf": tf,
        "np": np,
        "x": tf.constant(x),
        "y": tf.constant(x.transpose(1, 0, 2)),
        "n": tf.constant([4, 2]),
        "s": tf.constant(value(9, [2, 3])),
    }
    exec(compiled(program.text()), space)
    exec(compiled(program.function()), space)
    space["program"]()
    if case["shapes"]:
        assign(space, program, case["shapes"])
    return space["program"](), tf.function(space["program"])()


def compiled(text: str) -> CodeType:
    return compile(text, "<rewritten>", "exec")


def assign(space: dict[str, Any], program: Program, shapes: list[list[int]]) -> None:
    """Give the cells the weights of TensorFlow 1, in the order in which it made them."""
    values = [value(number, shape) for number, shape in enumerate(shapes)]
    seen: list[int] = []
    layers = [space[name] for name in program.layers] or [space["cell"]]
    if isinstance(layers[0], list):
        layers = [each for pair in zip(*layers, strict=True) for each in pair]
    for layer in layers:
        for part in parts(layer):
            if id(part) not in seen:
                seen.append(id(part))
                values = given(part, values)
    assert values == [], f"{len(values)} variables were not used"


def parts(layer: Any) -> Iterator[Any]:
    """The cells and projections of a layer, in the order of their variables."""
    kind = type(layer).__name__
    if kind == "Bidirectional":
        for each in (layer.forward_layer, layer.backward_layer):
            yield from parts(each)
    elif kind == "StackedRNNCells":
        for each in layer.cells:
            yield from parts(each)
    elif kind == "ProjectionWrapper":
        yield from (each for each in [layer.before] if each is not None)
        yield from parts(layer.cell)
        yield from (each for each in [layer.after] if each is not None)
    elif hasattr(layer, "cell"):
        yield from parts(layer.cell)
    else:
        yield layer


def given(cell: Any, values: list[Any]) -> list[Any]:
    """Set the weights of one cell from the first values; the values that are left."""
    kind = type(cell).__name__
    if kind == "LSTMCell":
        kernel, bias, *rest = values
        kernel, bias = (gates(each, 4, (0, 2, 1, 3)) for each in (kernel, bias))
        forget = cell.get_weights()[2]
        cell.set_weights([kernel[: -cell.units], kernel[-cell.units :], bias + forget])
        return rest
    if kind == "GRUCell":
        kernel, bias, candidate, candidate_bias, *rest = values
        kernel = np.concatenate([gates(kernel, 2, (1, 0)), candidate], axis=1)
        bias = np.concatenate([gates(bias, 2, (1, 0)), candidate_bias])
        cell.set_weights([kernel[: -cell.units], kernel[-cell.units :], bias])
        return rest
    if kind == "SimpleRNNCell":
        kernel, bias, *rest = values
        cell.set_weights([kernel[: -cell.units], kernel[-cell.units :], bias])
        return rest
    count = len(cell.get_weights())
    cell.set_weights(values[:count])
    return values[count:]


def gates(array: Any, count: int, order: tuple[int, ...]) -> Any:
    """The gates along the last axis in another order."""
    blocks = np.split(array, count, axis=-1)
    return np.concatenate([blocks[place] for place in order], axis=-1)


def variants() -> Iterator[Any]:
    """Each case; twice where cell and loop can be one layer."""
    for name, case in CASES.items():
        texts = [Program(case["source"], fold) for fold in (False, True)]
        yield pytest.param(case, False, id=name)
        if texts[0].text() != texts[1].text():
            yield pytest.param(case, True, id=f"{name} in one layer")


@pytest.mark.parametrize(("case", "fold"), list(variants()))
def test_numbers_of_tensorflow_1(tf: Any, case: dict[str, Any], fold: bool) -> None:
    for outputs in run(tf, case, fold):
        assert len(outputs) == len(case["outputs"])
        for new, old in zip(outputs, case["outputs"], strict=True):
            np.testing.assert_allclose(new.numpy().ravel(), old, rtol=1e-4, atol=2e-5)


DROPOUT = """
cell = tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.LSTMCell(40), {}=keep)
result = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
"""


def dropped(tf: Any, parameter: str, keep: Any) -> tuple[Any, Any]:
    """Outputs, states and what a probability of one gives, of a cell with dropout."""
    program = Program(DROPOUT.format(parameter), fold=False)
    x = tf.constant(np.cos(np.arange(60)).reshape(2, 10, 3), tf.float32)
    space = {"tf": tf, "x": x, "keep": keep}
    exec(compiled(program.text()), space)
    exec(compiled(program.function()), space)
    function = tf.function(space["program"])
    found = [each.numpy() for each in function()]
    keep.assign(1.0)
    return found, [each.numpy() for each in function()]


def test_dropout_of_outputs_is_drawn_at_each_step(tf: Any) -> None:
    (outputs, c, h), (whole, all_c, all_h) = dropped(tf, "output_keep_prob", tf.Variable(0.5))
    np.testing.assert_allclose(c, all_c, rtol=1e-5)
    np.testing.assert_allclose(h, all_h, rtol=1e-5)
    kept = outputs != 0
    assert 0.3 < kept.mean() < 0.7
    np.testing.assert_allclose(outputs[kept], 2 * whole[kept], rtol=1e-4)
    assert any((kept[:, 0] != kept[:, step]).any() for step in range(1, 10))


@pytest.mark.parametrize("parameter", ["input_keep_prob", "state_keep_prob"])
def test_dropout_of_inputs_and_state_changes_the_outputs(tf: Any, parameter: str) -> None:
    tf.random.set_seed(1)
    (outputs, _, h), (whole, _, _) = dropped(tf, parameter, tf.Variable(0.5))
    assert not np.allclose(outputs, whole)
    assert (outputs != 0).all()
    assert (h == 0).any() == (parameter == "state_keep_prob")


def test_kernels_are_drawn_as_one(tf: Any) -> None:
    text = "cell = tf.nn.rnn_cell.LSTMCell(3, initializer=tf.orthogonal_initializer(seed=1))\n"
    program = Program(text + "result = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)\n", fold=True)
    space = {"tf": tf, "x": tf.ones([2, 4, 3])}
    exec(compiled(program.text()), space)
    exec(compiled(program.function()), space)
    tf.function(space["program"])()
    (layer,) = (space[name] for name in program.layers)
    kernel, recurrent_kernel, _ = layer.get_weights()
    joint = np.concatenate([kernel, recurrent_kernel])
    np.testing.assert_allclose(joint @ joint.T, np.eye(6), atol=1e-5)
