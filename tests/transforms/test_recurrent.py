"""Cells and their runs: the text that a call becomes, and what is refused."""

from __future__ import annotations

import ast
from dataclasses import replace

import pytest

from tfmigrate.catalogue import support
from tfmigrate.engine.context import load
from tfmigrate.names import resolve
from tfmigrate.transforms import recurrent
from tfmigrate.transforms.bound import Spell, as_is
from tfmigrate.transforms.layer_model import Refused
from tfmigrate.transforms.layers import Reading, reading_of
from tfmigrate.transforms.recurrent import CellCall, RunCall, StateCall

CONTEXT = load("2.21")
HEADER = "import tensorflow as tf\n"


def read(text: str, spell: Spell = as_is) -> tuple[list[ast.Call], Reading]:
    """The call of the last statement, and a reading that looks through names bound once."""
    source = text if "import tensorflow" in text else HEADER + text
    tree = ast.parse(source)
    reading = reading_of(source, resolve(tree, CONTEXT.knowledge), CONTEXT, spell)
    values = {
        each.targets[0].id: each.value
        for each in tree.body
        if isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Name)
    }

    def value(node: ast.expr) -> ast.expr | None:
        return values.get(node.id) if isinstance(node, ast.Name) else None

    calls = [each for each in ast.walk(tree.body[-1]) if isinstance(each, ast.Call)]
    return calls, replace(reading, value=value)


def cell(text: str, initializer: str = "") -> CellCall | Refused:
    calls, reading = read(text)
    symbol = reading.symbol(calls[0].func)
    assert symbol is not None
    given = ast.parse(initializer, mode="eval").body if initializer else None
    if given is not None:
        reading = replace(reading, source=ast.unparse)
    return recurrent.cell(calls[0], symbol, reading, given)


def made(text: str, initializer: str = "") -> CellCall:
    found = cell(text, initializer)
    assert isinstance(found, CellCall), found
    return found


def run(text: str, state: bool = True, fold: bool = False, spell: Spell = as_is) -> RunCall:
    found = attempt(text, state, fold, spell)
    assert isinstance(found, RunCall), found
    return found


def attempt(
    text: str, state: bool = True, fold: bool = False, spell: Spell = as_is
) -> RunCall | Refused:
    calls, reading = read(text, spell)
    symbol = reading.symbol(calls[0].func)
    assert symbol is not None
    assert recurrent.is_run(symbol)
    return recurrent.run(calls[0], symbol, reading, state=state, fold=fold)


def texts(found: RunCall) -> tuple[list[str], str]:
    """The constructors of a run, and its expression with plain names."""
    names = [each.name for each in found.creations] + [name for name, _ in found.temporaries]
    return [each.constructor for each in found.creations], found.text(*names)


CELLS = [
    ("nn.rnn_cell.BasicRNNCell(n)", "SimpleRNNCell(n)"),
    ("nn.rnn_cell.BasicRNNCell(n, tf.nn.relu)", "SimpleRNNCell(n, activation=tf.nn.relu)"),
    ("contrib.rnn.BasicLSTMCell(num_units=n, reuse=None)", "LSTMCell(n)"),
    ("nn.rnn_cell.BasicLSTMCell(n, 1.0, state_is_tuple=True)", "LSTMCell(n)"),
    ("nn.rnn_cell.BasicLSTMCell(n, forget_bias=0)", "LSTMCell(n, unit_forget_bias=False)"),
    (
        "nn.rnn_cell.BasicLSTMCell(n, forget_bias=f, name='lstm')",
        "LSTMCell(n, unit_forget_bias=False, bias_initializer=forget_gate_bias(f), name='lstm')",
    ),
    ("compat.v1.nn.rnn_cell.LSTMCell(n, dtype=tf.float64)", "LSTMCell(n, dtype=tf.float64)"),
    ("contrib.rnn.LSTMCell(n, use_peepholes=False, num_proj=None)", "LSTMCell(n)"),
    (
        "contrib.rnn.GRUCell(n)",
        "GRUCell(n, reset_after=False, bias_initializer=gate_bias)",
    ),
    (
        "contrib.rnn.GRUBlockCellV2(num_units=n)",
        "GRUCell(n, reset_after=False, bias_initializer=gate_bias)",
    ),
    (
        "nn.rnn_cell.LSTMCell(n, initializer=tf.random_uniform_initializer(-a, a))",
        "LSTMCell(n, kernel_initializer=tf.keras.initializers.RandomUniform(-a, a), "
        "recurrent_initializer=tf.keras.initializers.RandomUniform(-a, a))",
    ),
    (
        "nn.rnn_cell.LSTMCell(n, initializer=tf.random_uniform_initializer(-a, a, seed=1))",
        "LSTMCell(n, **joint_kernels(tf.keras.initializers.RandomUniform(-a, a, seed=1)))",
    ),
    (
        "nn.rnn_cell.GRUCell(n, kernel_initializer=own)",
        "GRUCell(n, reset_after=False, **joint_kernels(own, (2, 1), (1, 0, 2)), "
        "bias_initializer=gate_bias)",
    ),
    (
        "nn.rnn_cell.MultiRNNCell([make() for _ in range(k)], state_is_tuple=True)",
        "StackedRNNCells([make() for _ in range(k)])",
    ),
    (
        "nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.LSTMCell(k) for k in {1: [2, 3]}[1]])",
        "StackedRNNCells([tf.keras.layers.LSTMCell(k) for k in {1: [2, 3]}[1]])",
    ),
    ("nn.rnn_cell.MultiRNNCell([cell] * 2)", "StackedRNNCells([cell] * 2)"),
]


@pytest.mark.parametrize(("old", "new"), CELLS)
def test_cells(old: str, new: str) -> None:
    assert made(f"tf.{old}").constructor == f"tf.keras.layers.{new}"


WRAPPED = [
    (
        "nn.rnn_cell.DropoutWrapper(cell, output_keep_prob=p)",
        "DropoutWrapper(cell, output_keep_prob=p)",
    ),
    ("contrib.rnn.DropoutWrapper(cell, 0.5)", "DropoutWrapper(cell, input_keep_prob=0.5)"),
    ("contrib.rnn.DropoutWrapper(cell, input_keep_prob=1.0, seed=3)", "cell"),
    (
        "nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.BasicRNNCell(n), 1.0, p, 0.7)",
        "DropoutWrapper(tf.keras.layers.SimpleRNNCell(n), output_keep_prob=p, state_keep_prob=0.7)",
    ),
    ("nn.rnn_cell.ResidualWrapper(make())", "ResidualWrapper(make())"),
    ("nn.rnn_cell.DeviceWrapper(cell, '/gpu:0')", "cell"),
    (
        "contrib.rnn.OutputProjectionWrapper(cell, output_size=n)",
        "ProjectionWrapper(cell, after=tf.keras.layers.Dense(n))",
    ),
    (
        "contrib.rnn.InputProjectionWrapper(cell, n, activation=tf.nn.relu)",
        "ProjectionWrapper(cell, before=tf.keras.layers.Dense(n, activation=tf.nn.relu))",
    ),
    (
        "nn.rnn_cell.LSTMCell(n, use_peepholes=p, forget_bias=0.5)",
        "FullLSTMCell(n, use_peepholes=p, forget_bias=0.5)",
    ),
    ("contrib.rnn.LSTMBlockCell(n, use_peephole=True)", "FullLSTMCell(n, use_peepholes=True)"),
    (
        "nn.rnn_cell.LSTMCell(n, num_proj=2, initializer=own)",
        "FullLSTMCell(n, num_proj=2, initializer=own)",
    ),
    (
        "contrib.rnn.LayerNormBasicLSTMCell(n, dropout_keep_prob=p)",
        "LayerNormLSTMCell(n, dropout_keep_prob=p)",
    ),
]


@pytest.mark.parametrize(("old", "new"), WRAPPED)
def test_support_cells(old: str, new: str) -> None:
    found = made(f"tf.{old}")
    assert found.constructor == new
    known = support.load()
    defined = {name for each in found.support for name in known[each].defines}
    assert new == "cell" or new.partition("(")[0] in defined


def test_probabilities_are_told() -> None:
    text = "tf.nn.rnn_cell.DropoutWrapper(tf.nn.rnn_cell.GRUCell(n), a, output_keep_prob=b)"
    probabilities = [(name, ast.unparse(node)) for name, node in made(text).keep_probs]
    assert probabilities == [("input_keep_prob", "a"), ("output_keep_prob", "b")]
    stack = made(f"tf.nn.rnn_cell.MultiRNNCell([{text}])")
    assert len(stack.keep_probs) == 2
    assert stack.support == ("gate_bias", "dropout_wrapper")


def test_the_scope_decides_about_kernels() -> None:
    text = "tf.nn.rnn_cell.MultiRNNCell([tf.nn.rnn_cell.BasicLSTMCell(n)])"
    found = made(text, "own")
    assert "LSTMCell(n, **joint_kernels(own))" in found.constructor
    own = made("tf.nn.rnn_cell.LSTMCell(n, initializer=mine)", "own")
    assert own.constructor == "tf.keras.layers.LSTMCell(n, **joint_kernels(mine))"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("tf.nn.rnn_cell.BasicLSTMCell(*sizes)", "passed with `*`"),
        ("tf.nn.rnn_cell.BasicLSTMCell(n, **options)", "passed with `**`"),
        ("tf.nn.rnn_cell.BasicLSTMCell(n, reuse=True)", "`reuse`"),
        ("tf.nn.rnn_cell.BasicLSTMCell(n, units=2)", "`units` is not one of its parameters"),
        ("tf.nn.rnn_cell.LSTMCell(n, num_proj=2, state_is_tuple=False)", "`state_is_tuple`"),
        ("tf.nn.rnn_cell.MultiRNNCell(cells, state_is_tuple=False)", "`state_is_tuple`"),
        ("tf.nn.rnn_cell.MultiRNNCell([tf.contrib.rnn.NASCell(n)])", "No Keras cell"),
        ("tf.nn.rnn_cell.DropoutWrapper(cell, 0.5, variational_recurrent=True)", "one mask"),
        ("tf.nn.rnn_cell.DropoutWrapper(cell, state_keep_prob=0.5)", "`state_keep_prob`"),
        ("tf.contrib.rnn.AttentionCellWrapper(cell, 3)", "AdditiveAttention"),
        ("tf.contrib.cudnn_rnn.CudnnLSTM(1, n)", "cuDNN"),
        ("tf.contrib.rnn.ConvLSTMCell(2, [8, 8, 1], 4, [3, 3])", "ConvLSTM"),
    ],
)
def test_cells_that_are_refused(text: str, reason: str) -> None:
    found = cell(text)
    assert isinstance(found, Refused)
    assert reason in found.reason


LSTM = "cell = tf.nn.rnn_cell.LSTMCell(n)\n"
GRU = "cell = tf.nn.rnn_cell.GRUCell(n)\n"
STACK = "cell = tf.nn.rnn_cell.MultiRNNCell(cells)\n"
ALL = "return_sequences=True, return_state=True"


@pytest.mark.parametrize(
    ("text", "layer", "call"),
    [
        (GRU + "tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)", f"RNN(cell, {ALL})", "rnn(x)"),
        (
            LSTM + "tf.nn.dynamic_rnn(cell, self.x, dtype=tf.float32)",
            f"RNN(cell, {ALL})",
            "with_state_tuple(rnn(self.x))",
        ),
        (
            "tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(n), x, dtype=tf.float32)",
            f"LSTM(n, {ALL})",
            "with_state_tuple(lstm(x))",
        ),
        (
            "tf.nn.dynamic_rnn(make(), x, dtype=tf.float32)",
            f"RNN(make(), {ALL})",
            "with_state(rnn(x))",
        ),
        (
            STACK + "tf.nn.dynamic_rnn(cell, x, initial_state=start)",
            f"RNN(cell, {ALL})",
            "with_state(rnn(x, initial_state=keras_state(start)))",
        ),
        (
            LSTM + "tf.nn.dynamic_rnn(cell, x, initial_state=(c, h))",
            f"RNN(cell, {ALL})",
            "with_state_tuple(rnn(x, initial_state=[h, c]))",
        ),
        (
            LSTM + "tf.nn.dynamic_rnn(cell, x, initial_state=encode(x))",
            f"RNN(cell, {ALL})",
            "with_state_tuple(rnn(x, initial_state=keras_state(encode(x))))",
        ),
        (
            LSTM + "start = cell.zero_state(b, tf.float32)\n"
            "tf.nn.dynamic_rnn(cell, x, initial_state=start)",
            f"RNN(cell, {ALL})",
            "with_state_tuple(rnn(x, initial_state=[start.h, start.c]))",
        ),
        (
            "tf.nn.dynamic_rnn(tf.nn.rnn_cell.GRUCell({1: 2}[1]), {0: x}[0], dtype=tf.float32)",
            f"GRU({{1: 2}}[1], reset_after=False, bias_initializer=gate_bias, {ALL})",
            "gru({0: x}[0])",
        ),
        (
            GRU + "tf.nn.dynamic_rnn(cell, x, n, dtype=tf.float32)",
            f"RNN(cell, {ALL}, zero_output_for_mask=True)",
            "rnn(x, mask=tf.sequence_mask(n, tf.shape(x)[1]))",
        ),
        (
            GRU + "tf.nn.static_rnn(cell, tf.unstack(x, axis=1), dtype=tf.float32)",
            f"RNN(cell, {ALL})",
            "unstacked(rnn(x))",
        ),
        (
            GRU + "tf.contrib.rnn.static_rnn(cell, tf.unstack(x), dtype=tf.float32)",
            f"RNN(cell, {ALL})",
            "unstacked(rnn(tf.stack(tf.unstack(x), axis=1)))",
        ),
    ],
)
def test_runs(text: str, layer: str, call: str) -> None:
    assert texts(run(text)) == ([f"tf.keras.layers.{layer}"], call)


@pytest.mark.parametrize(
    ("text", "layer", "call"),
    [
        (LSTM + "tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)", "LSTM(n, {})", "lstm(x)"),
        (
            LSTM + "tf.nn.dynamic_rnn(cell, x, dtype=tf.float64)",
            'LSTM(n, dtype="float64", {})',
            "lstm(x)",
        ),
        (
            LSTM + "tf.nn.static_rnn(cell, xs, dtype=tf.float32)",
            "LSTM(n, {})",
            "tf.unstack(lstm(tf.stack(xs, axis=1)), axis=1)",
        ),
        (
            LSTM + "tf.nn.bidirectional_dynamic_rnn(cell, cell, x, dtype=tf.float32)",
            "Bidirectional(tf.keras.layers.LSTM(n, {}), merge_mode=None)",
            "bidirectional_lstm(x)",
        ),
        (
            LSTM + "tf.nn.static_bidirectional_rnn(cell, cell, xs, dtype=tf.float32)",
            "Bidirectional(tf.keras.layers.LSTM(n, {}))",
            "tf.unstack(bidirectional_lstm(tf.stack(xs, axis=1)), axis=1)",
        ),
    ],
)
def test_outputs_alone_from_one_layer(text: str, layer: str, call: str) -> None:
    found = run(text, state=False, fold=True)
    assert found.folded
    expected = layer.replace("{}", "return_sequences=True")
    assert texts(found) == ([f"tf.keras.layers.{expected}"], call)


def test_what_is_needed_twice_is_computed_once() -> None:
    found = run(GRU + "tf.nn.dynamic_rnn(cell, embed({1: x}), n, dtype=tf.float32)")
    assert found.assigned("rnn", "inputs") == (("inputs", "embed({1: x})"),)
    assert (
        found.text("rnn", "inputs") == "rnn(inputs, mask=tf.sequence_mask(n, tf.shape(inputs)[1]))"
    )
    both = run(GRU + "tf.nn.bidirectional_dynamic_rnn(cell, cell, embed(x), n, dtype=tf.float32)")
    names = ("fw", "bw", "inputs", "mask")
    assert both.assigned(*names) == (
        ("inputs", "embed(x)"),
        ("mask", "tf.sequence_mask(n, tf.shape(inputs)[1])"),
    )
    assert both.text(*names) == "both_ways(fw(inputs, mask=mask), bw(inputs, mask=mask))"


def test_bidirectional_layers_of_two_kinds() -> None:
    text = "tf.nn.bidirectional_dynamic_rnn(tf.nn.rnn_cell.LSTMCell(3), cell, x, dtype=tf.float32)"
    assert texts(run(text, state=False)) == (
        [
            "tf.keras.layers.LSTM(3, return_sequences=True)",
            "tf.keras.layers.RNN(cell, return_sequences=True, go_backwards=True)",
        ],
        "(lstm_fw(x), tf.reverse(rnn_bw(x), axis=[1]))",
    )


def test_functions_of_the_program_are_not_copied_by_bidirectional() -> None:
    cells = ", ".join(["tf.nn.rnn_cell.BasicRNNCell(3, activation=own)"] * 2)
    found = run(f"tf.nn.bidirectional_dynamic_rnn({cells}, x, dtype=tf.float32)", state=False)
    assert len(found.creations) == 2


def test_time_major() -> None:
    text = GRU + "tf.nn.dynamic_rnn(cell, x, n, dtype=tf.float32, time_major=True)"
    mask = "mask=tf.sequence_mask(n, tf.shape(x)[0])"
    inner = f"rnn(tf.transpose(x, [1, 0, 2]), {mask})"
    assert texts(run(text))[1] == f"as_time_major({inner})"
    assert texts(run(text, state=False))[1] == f"tf.transpose({inner}, [1, 0, 2])"
    assert isinstance(attempt(text.replace("True", "flag")), Refused)


def test_folding_needs_a_cell_that_is_seen() -> None:
    call = "tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)"
    assert run(LSTM + call, fold=True).folded
    assert not run(LSTM + call, fold=False).folded
    assert not run("cell = make()\n" + call, fold=True).folded
    assert not run(STACK + call, fold=True).folded
    # there is no statement that could go
    inline = run(call.replace("cell", "tf.nn.rnn_cell.GRUCell(n)", 1), fold=True)
    assert not inline.folded


def test_support_comes_in_the_order_of_its_needs() -> None:
    found = run(STACK + "tf.nn.static_rnn(cell, xs, dtype=tf.float32)")
    assert found.support == ("lstm_state_tuple", "rnn_state", "unstacked")


def test_stacked_bidirectional() -> None:
    text = "tf.contrib.rnn.stack_bidirectional_dynamic_rnn(fw, bw, x, dtype=tf.float32)"
    constructors, call = texts(run(text))
    assert constructors == [
        f"[tf.keras.layers.RNN(cell, {ALL}) for cell in fw]",
        f"[tf.keras.layers.RNN(cell, {ALL}, go_backwards=True) for cell in bw]",
    ]
    assert call == "stacked_ways(layers_fw, layers_bw, x)"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (GRU + "tf.nn.dynamic_rnn(cell, *rest)", "passed with `*`"),
        (GRU + "tf.nn.dynamic_rnn(cell, x, dtype=tf.float64)", "`float64`"),
        ("tf.nn.dynamic_rnn(tf.contrib.rnn.NASCell(3), x, dtype=tf.float32)", "No Keras cell"),
        (
            "tf.contrib.rnn.stack_bidirectional_dynamic_rnn(fw, bw, x, a, b)",
            "`initial_states_fw` is given",
        ),
    ],
)
def test_runs_that_are_refused(text: str, reason: str) -> None:
    found = attempt(text)
    assert isinstance(found, Refused)
    assert reason in found.reason


def test_raw_rnn_is_a_loop_to_write() -> None:
    calls, reading = read("tf.nn.raw_rnn(cell, loop)")
    found = recurrent.run(calls[0], "tf.nn.raw_rnn", reading)
    assert isinstance(found, Refused)
    assert not recurrent.is_run("tf.nn.raw_rnn")
    assert recurrent.is_run("tf.compat.v1.nn.dynamic_rnn")


@pytest.mark.parametrize(
    ("text", "new"),
    [
        (LSTM + "cell.zero_state(b, t)", "LSTMStateTuple(*{}[::-1])"),
        (GRU + "cell.zero_state(b, t)", "{}[0]"),
        (STACK + "cell.zero_state(batch_size=b, dtype=t)", "cell_state({})"),
        ("cell = make()\ncell.zero_state(b, t)", "cell_state({})"),
        (
            "cell = tf.nn.rnn_cell.BasicLSTMCell(n, state_is_tuple=False)\ncell.zero_state(b, t)",
            "tf.concat({}, axis=1)",
        ),
    ],
)
def test_zero_states(text: str, new: str) -> None:
    calls, reading = read(text)
    found = recurrent.zero_state(calls[0], reading)
    assert isinstance(found, StateCall)
    assert found.text == new.replace("{}", "cell.get_initial_state(batch_size=b)")


@pytest.mark.parametrize(
    ("text", "new"),
    [
        (GRU + "cell(x, state)", "cell(x, state)"),
        (LSTM + "cell(x, state=state)", "rnn_step(cell, x, state)"),
        ("cell = make()\ncell(x[:, t], state, scope)", "rnn_step(cell, x[:, t], state)"),
    ],
)
def test_steps(text: str, new: str) -> None:
    calls, reading = read(text)
    found = recurrent.step(calls[0], reading)
    assert isinstance(found, StateCall)
    assert found.text == new


def test_steps_and_states_that_are_refused() -> None:
    for text in ("cell(*states)", "cell(x)"):
        calls, reading = read(text)
        assert isinstance(recurrent.step(calls[0], reading), Refused)
    calls, reading = read("cell.zero_state(*sizes)")
    assert isinstance(recurrent.zero_state(calls[0], reading), Refused)


def test_the_file_decides_what_tensorflow_is_called() -> None:
    text = "import tensorflow as T\nT.nn.dynamic_rnn(T.nn.rnn_cell.LSTMCell(3), x, n)"
    found = run(text, state=False, spell=lambda symbol: f"T{symbol[2:]}")
    constructors, call = texts(found)
    assert constructors == [
        "T.keras.layers.LSTM(3, return_sequences=True, zero_output_for_mask=True)"
    ]
    assert call == "lstm(x, mask=T.sequence_mask(n, T.shape(x)[1]))"


def test_every_block_is_there_and_needs_what_is_named() -> None:
    known = support.load()
    for text in (LSTM, GRU, STACK):
        for name in ("dynamic_rnn", "static_rnn"):
            for each in run(f"{text}tf.nn.{name}(cell, x, dtype=tf.float32)").support:
                assert each in known
    assert recurrent.STATE_TUPLE.text in known["lstm_state_tuple"].defines
