"""Splits of layer functions, as text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfmigrate.catalogue import CatalogueError
from tfmigrate.engine.context import load
from tfmigrate.names import resolve
from tfmigrate.transforms import layer_rows
from tfmigrate.transforms.bound_once import bound_once
from tfmigrate.transforms.layers import (
    Defaults,
    Inputs,
    LayerCall,
    Refused,
    is_layer,
    reading_of,
    split,
    unroll,
    variable_scope_defaults,
)

CONTEXT = load("2.21")
HEAD = "import tensorflow as tf\nfrom tensorflow.contrib import layers as tcl, slim\n"
GOLDEN = Path(__file__).with_name("layer_splits.txt").read_text(encoding="utf-8")


def split_of(
    code: str,
    defaults: Defaults | None = None,
    inputs: Inputs | None = None,
    head: str = HEAD,
    root: str = "tf",
) -> LayerCall | Refused:
    """The split of the first layer call in some code."""
    text = head + code
    tree = ast.parse(text)
    names = resolve(tree, CONTEXT.knowledge)

    def spell(symbol: str) -> str:
        return root + symbol[2:]

    reading = reading_of(text, names, CONTEXT, spell, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            symbol = reading.symbol(node.func)
            if symbol is not None and is_layer(symbol, reading):
                return split(node, symbol, reading, defaults or {}, inputs or Inputs())
    raise AssertionError("no layer function in the code")


def done(code: str, defaults: Defaults | None = None, inputs: Inputs | None = None) -> LayerCall:
    found = split_of(code, defaults, inputs)
    assert isinstance(found, LayerCall), found
    return found


def shown(found: LayerCall | Refused) -> str:
    """A split in the form of the golden file."""
    if isinstance(found, Refused):
        return f"! {found.reason}"
    lines = [f"{each.name} = {each.constructor}" for each in found.creations]
    lines.append(f"= {found.text(*(each.name for each in found.creations))}")
    return "\n".join((*lines, *(f"~ {note}" for note in found.notes)))


def golden() -> Iterator[tuple[str, str]]:
    for block in GOLDEN.strip().split("\n\n"):
        code, _, rest = block.removeprefix("> ").partition("\n")
        yield code, rest


@pytest.mark.parametrize(("code", "expected"), [*golden()], ids=lambda each: each.split("\n")[0])
def test_splits(code: str, expected: str) -> None:
    assert shown(split_of(code)) == expected


def test_every_text_can_be_read() -> None:
    for code, _ in golden():
        found = split_of(code)
        if isinstance(found, LayerCall):
            texts = [found.text(), *(each.constructor for each in found.creations)]
            assert all(ast.parse(each, mode="eval") for each in texts)


def test_what_lifting_must_know() -> None:
    found = done("tf.layers.batch_normalization(x, training=phase, name='bn', reuse=again)")
    assert (found.training, found.updates, found.scope, found.reuse) == (
        "phase",
        True,
        "'bn'",
        "again",
    )
    found = done("tf.layers.batch_normalization(x)")
    assert (found.training, found.updates, found.scope, found.reuse) == (None, False, None, None)
    found = done("slim.conv2d(x, n, k, weights_regularizer=slim.l2_regularizer(0.1))")
    assert found.regularized
    assert found.creations[0].frees == ("n", "k")
    assert (found.creations[0].weights, found.creations[0].stateful) == (True, True)
    found = done("tf.layers.flatten(x)")
    assert (found.creations[0].weights, found.creations[0].stateful) == (False, False)
    found = done("tf.layers.dropout(x, rate, training=t)")
    assert (found.creations[0].weights, found.creations[0].stateful) == (False, True)
    assert found.plain == "tf.nn.dropout(x, rate=rate if t else 0.0)"
    assert not done("tf.layers.dense(x, 3, reuse=None)").reuse
    assert not done("tf.layers.dense(x, 3, reuse=False)").reuse


def test_names_of_the_program_are_read_and_symbols_are_not() -> None:
    code = "tf.layers.dense(x, self.n + 1, activation=lambda v: f(v, [w for w in ws]))"
    assert done(code).creations[0].frees == ("self", "f", "ws")
    code = "tf.layers.dense(x, n, kernel_initializer=tcl.xavier_initializer(seed=s))"
    assert done(code).creations[0].frees == ("n", "s")


def test_symbols_are_spelled_as_the_file_does() -> None:
    head = "import tensorflow as T\nfrom tensorflow.contrib import slim as s\n"
    found = split_of(
        "s.conv2d(x, 3, 1, activation_fn=T.nn.elu, normalizer_fn=s.batch_norm)", head=head, root="T"
    )
    assert shown(found).splitlines()[:3] == [
        'conv = T.keras.layers.Conv2D(3, 1, padding="same", use_bias=False)',
        "conv_norm = T.keras.layers.BatchNormalization(momentum=0.999, scale=False)",
        "= T.nn.elu(conv_norm(conv(x), training=True))",
    ]
    defaults = {"tf.contrib.layers.conv2d": {"activation_fn": "tf.nn.tanh"}}
    found = split_of("s.conv2d(x, 3, 1)", defaults, head=head, root="T")
    assert "activation=T.nn.tanh" in shown(found)


@pytest.mark.parametrize(
    "code",
    [
        "from tensorflow.contrib.layers import conv2d\nconv2d(x, 3, 1)",
        "import tensorflow.contrib.slim as s\ns.convolution2d(x, 3, 1)",
        "import tf_slim\ntf_slim.conv2d(x, 3, 1)",
        "from tensorflow.contrib.layers.python.layers import layers as l\nl.conv2d(x, 3, 1)",
        "conv = slim.conv2d\nconv(x, 3, 1)",
    ],
)
def test_other_spellings(code: str) -> None:
    expected = 'conv = tf.keras.layers.Conv2D(3, 1, padding="same", activation="relu")\n= conv(x)'
    assert shown(split_of(code)) == expected


def test_compat_v1_is_the_same() -> None:
    head = "import tensorflow.compat.v1 as tf\n"
    found = split_of("tf.layers.dense(x, 3, tf.nn.relu)", head=head)
    assert shown(found) == "dense = tf.keras.layers.Dense(3, activation=tf.nn.relu)\n= dense(x)"


def test_what_is_known_of_the_input() -> None:
    assert done("tcl.layer_norm(x)", inputs=Inputs(rank=2)).creations[0].constructor == (
        "tf.keras.layers.LayerNormalization(epsilon=1e-12)"
    )
    last = done("tcl.layer_norm(x, begin_norm_axis=2)", inputs=Inputs(rank=3))
    assert last.creations[0].constructor == "tf.keras.layers.LayerNormalization(epsilon=1e-12)"
    double = done("tf.layers.dense(x, 3)", inputs=Inputs(dtype="float64"))
    assert double.creations[0].constructor == 'tf.keras.layers.Dense(3, dtype="float64")'
    single = done("tf.layers.dense(x, 3)", inputs=Inputs(dtype="float32"))
    assert single.creations[0].constructor == "tf.keras.layers.Dense(3)"
    assert done("slim.batch_norm(x)", inputs=Inputs(rank=3)).notes == ()


def test_names_that_are_bound_once_are_looked_through() -> None:
    call = "slim.conv2d(x, 3, 1, activation_fn=None, normalizer_fn=slim.batch_norm, "
    code = call + "normalizer_params=params)"
    once = "params = {'decay': 0.9, 'is_training': phase}\n"
    assert done(once + code).text("a", "b") == "b(a(x), training=phase)"
    assert isinstance(split_of(once + "params['scale'] = True\n" + code), Refused)
    assert isinstance(split_of(once + "params.update(more)\n" + code), Refused)
    assert isinstance(split_of(once + "params = {}\n" + code), Refused)
    norm = "norm = slim.batch_norm\nslim.conv2d(x, 3, 1, normalizer_fn=norm)"
    assert len(done(norm).creations) == 2
    either = "if a:\n  norm = slim.batch_norm\nelse:\n  norm = None\n"
    assert isinstance(split_of(either + "slim.conv2d(x, 3, 1, normalizer_fn=norm)"), Refused)


@pytest.mark.parametrize(
    ("head", "units", "expected"),
    [
        ("", "10", "10"),
        ("", "n", "n"),
        ("", "2 * n + 1", "2 * n + 1"),
        ("", "n // 2", "n // 2"),
        ("", "n / 2", "int(n / 2)"),
        ("", "n * 0.5", "int(n * 0.5)"),
        ("", "int(n / 2)", "int(n / 2)"),
        ("", "len(names)", "len(names)"),
        ("", "np.prod(shape)", "int(np.prod(shape))"),
        ("", "labels.max() + 1", "int(labels.max() + 1)"),
        ("n = np.max(labels)\n", "n + 1", "int(n + 1)"),
        ("m = 7 / 2\nn = m * 2\n", "n", "int(n)"),
        ("n = 10\n", "n", "n"),
        ("n = n + 1\n", "n", "n"),
    ],
)
def test_counts_are_python_ints(head: str, units: str, expected: str) -> None:
    found = done(f"{head}tf.layers.dense(x, {units})")
    assert found.creations[0].constructor == f"tf.keras.layers.Dense({expected})"


def test_bound_once() -> None:
    tree = ast.parse("a = 1\nb = 2\nb = 3\ndef f(c):\n  global d\n  d = 4\n  e = 5\nimport g\n")
    value = bound_once(tree)
    found = {name: value(ast.Name(name)) for name in "abcdefgh"}
    assert [name for name, node in found.items() if node is not None] == ["a", "e"]
    assert value(ast.Constant(1)) is None


def test_defaults_of_scopes() -> None:
    defaults: Defaults = {
        "tf.contrib.layers.conv2d": {"stride": "2", "activation_fn": "None", "padding": "'VALID'"},
        "tf.contrib.layers.fully_connected": {
            "activation_fn": "tf.tanh",
            "biases_initializer": "None",
        },
        "tf.contrib.layers.batch_norm": {"is_training": "phase"},
    }
    found = done("slim.conv2d(x, 3, 1, stride=1, normalizer_fn=slim.batch_norm)", defaults)
    assert found.text("c", "n") == "n(c(x), training=phase)"
    assert found.creations[0].constructor == (
        "tf.keras.layers.Conv2D(3, 1, strides=1, padding='valid', use_bias=False)"
    )
    found = done("slim.relu(x, 3)", defaults)
    assert found.creations[0].constructor == (
        'tf.keras.layers.Dense(3, activation="relu", use_bias=False)'
    )
    found = done("slim.stack(x, slim.fully_connected, [3, 2])", defaults)
    assert found.creations[1].constructor == (
        "tf.keras.layers.Dense(2, activation=tf.tanh, use_bias=False)"
    )


def test_defaults_of_a_variable_scope() -> None:
    defaults = variable_scope_defaults("tf.zeros_initializer()", "reg")
    assert done("tf.layers.dense(x, 3)", defaults).creations[0].constructor == (
        "tf.keras.layers.Dense(3, kernel_initializer=tf.zeros_initializer(), "
        "kernel_regularizer=reg, bias_regularizer=reg)"
    )
    given = done("tf.layers.dense(x, 3, kernel_initializer=mine)", defaults)
    assert "kernel_initializer=mine" in given.creations[0].constructor
    assert done("slim.conv2d(x, 3, 1, biases_initializer=None)", defaults).creations[
        0
    ].constructor == (
        'tf.keras.layers.Conv2D(3, 1, padding="same", activation="relu", use_bias=False, '
        "kernel_regularizer=reg)"
    )
    assert variable_scope_defaults() == {}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            "slim.repeat(net, 2, block, 64, rate=r, scope='b')",
            "block(block(net, 64, rate=r, scope='b/b_1'), 64, rate=r, scope='b/b_2')",
        ),
        (
            'slim.stack(f(x), self.block, [1, (2, 3)], scope="a/b")',
            'self.block(self.block(f(x), 1, scope="a/b/b_1"), 2, 3, scope="a/b/b_2")',
        ),
        ("slim.repeat(net, n, block, scope='b')", "`repetitions` is not a literal"),
        ("slim.repeat(net, 2, block)", "`scope` is not written out"),
        ("slim.flatten(net)", "it is neither `repeat` nor `stack`"),
    ],
)
def test_unrolling(code: str, expected: str) -> None:
    text = HEAD + code
    tree = ast.parse(text)
    reading = reading_of(text, resolve(tree, CONTEXT.knowledge), CONTEXT)
    (call,) = (node.value for node in tree.body if isinstance(node, ast.Expr))
    assert isinstance(call, ast.Call)
    found = unroll(call, reading.symbol(call.func) or "", reading)
    assert (found.reason if isinstance(found, Refused) else found).endswith(expected)


def test_what_is_not_a_layer_function() -> None:
    text = HEAD + "tf.nn.relu(x)"
    tree = ast.parse(text)
    reading = reading_of(text, resolve(tree, CONTEXT.knowledge), CONTEXT)
    call = next(node for node in ast.walk(tree) if isinstance(node, ast.Call))
    assert not is_layer("tf.nn.relu", reading)
    assert isinstance(split(call, "tf.nn.relu", reading), Refused)


def test_entries_name_what_is_there() -> None:
    atlas, oldest = CONTEXT.atlas, CONTEXT.atlas.releases[0]
    for symbol, row in layer_rows.load().items():
        old = atlas.signature(symbol, oldest)
        assert old is not None, symbol
        if row.form != "object":
            assert {*row.call, *row.initialized, *row.regularized} <= set(old.names), symbol
        for made in filter(None, (row.make, row.op)):
            assert atlas.alive(made, "2.21"), made
            new = atlas.signature(made, "2.21")
            assert new is not None
            if row.form not in ("pool", "layer-norm", "group-norm"):
                assert {*row.leading, *row.add} <= set(new.names), symbol


def test_damaged_entries() -> None:
    with pytest.raises(CatalogueError, match="unknown field 'mke'"):
        layer_rows.row("a", {"a": {"mke": "b"}})
    with pytest.raises(CatalogueError, match="unknown form 'b'"):
        layer_rows.row("a", {"a": {"form": "b"}})
    with pytest.raises(CatalogueError, match="no entry 'b'"):
        layer_rows.row("a", {"a": {"like": "b"}})
