"""Whole replacements: the templates of rows, filled."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from tests.transforms.conftest import Find, FixAll
from tfmigrate.transforms.holes import Filling, filled, template
from tfmigrate.transforms.precedence import PRIMARY

TF = "import tensorflow as tf\n"

FILLED = {
    "positional": ("f({x}, 1)", {"x": "a"}, "f(a, 1)"),
    "keyword": ("f({x}, y={y})", {"x": "a", "y": "b"}, "f(a, y=b)"),
    "keyword left out": ("f({x}, y={y})", {"x": "a"}, "f(a)"),
    "first keyword left out": ("f(y={y}, z={z})", {"z": "a"}, "f(z=a)"),
    "every keyword left out": ("f(y={y}, z={z})({x})", {"x": "a"}, "f()(a)"),
    "keyword in between left out": ("f({x}, y={y}, z=1)", {"x": "a"}, "f(a, z=1)"),
    "twice": ("{x} + f({x})", {"x": "a"}, "a + f(a)"),
    "parentheses": ("{x} * 2", {"x": "a + b"}, "(a + b) * 2"),
    "no parentheses": ("f({x})", {"x": "a + b"}, "f(a + b)"),
    "right operand": ("1 - {x}", {"x": "a - b"}, "1 - (a - b)"),
    "left operand": ("{x} - 1", {"x": "a - b"}, "a - b - 1"),
    "attribute": ("{x}.f()", {"x": "-a"}, "(-a).f()"),
    "attribute of a number": ("{x}.f()", {"x": "1"}, "(1).f()"),
    "power": ("{x} ** 2", {"x": "-a"}, "(-a) ** 2"),
    "condition": ("f({x} if c else 1)", {"x": "a or b"}, "f(a or b if c else 1)"),
}


@pytest.mark.parametrize(("text", "values", "result"), FILLED.values(), ids=FILLED)
def test_filled(text: str, values: dict[str, str], result: str) -> None:
    from tfmigrate.transforms.precedence import strength

    fillings = {
        name: Filling(value, strength(ast.parse(value, mode="eval").body))
        for name, value in values.items()
    }
    assert filled(template(text), fillings) == result
    ast.parse(result)


def test_a_hole_that_cannot_be_left_out() -> None:
    with pytest.raises(KeyError):
        filled(template("f({x})"), {})


def test_no_expression() -> None:
    with pytest.raises(ValueError, match="no expression"):
        template("f({x}")


def test_the_strength_of_the_whole() -> None:
    assert template("{a} + {b}").strength < PRIMARY
    assert template("f({a} + {b})").strength == PRIMARY


CHANGED = {
    "cast": ("y = tf.to_float(x)", "y = tf.cast(x, tf.float32)"),
    "dropped name": ("y = tf.to_float(x, name='n')", "y = tf.cast(x, tf.float32)"),
    "keyword": ("y = tf.to_float(x=x)", "y = tf.cast(x, tf.float32)"),
    "nested": (
        "y = tf.to_float(tf.to_float(x))",
        "y = tf.cast(tf.cast(x, tf.float32), tf.float32)",
    ),
    "nested rename": ("y = tf.to_float(tf.log(x))", "y = tf.cast(tf.math.log(x), tf.float32)"),
    "generator": ("y = tf.to_float(x for x in z)", "y = tf.cast((x for x in z), tf.float32)"),
    "condition": ("y = tf.to_float(a if b else c)", "y = tf.cast(a if b else c, tf.float32)"),
    "sum alone": ("y = tf.nn.xw_plus_b(x, w, b)", "y = tf.matmul(x, w) + b"),
    "sum in an argument": ("f(tf.nn.xw_plus_b(x, w, b))", "f(tf.matmul(x, w) + b)"),
    "sum by keyword": ("f(k=tf.nn.xw_plus_b(x, w, b))", "f(k=tf.matmul(x, w) + b)"),
    "sum in a product": ("y = tf.nn.xw_plus_b(x, w, b) * 2", "y = (tf.matmul(x, w) + b) * 2"),
    "sum behind a minus": ("y = -tf.nn.xw_plus_b(x, w, b)", "y = -(tf.matmul(x, w) + b)"),
    "sum as owner": ("tf.nn.xw_plus_b(x, w, b).f()", "(tf.matmul(x, w) + b).f()"),
    "sum of a sum": ("y = tf.nn.xw_plus_b(x, w, a + b)", "y = tf.matmul(x, w) + (a + b)"),
    "sum compared": ("y = tf.nn.xw_plus_b(x, w, b) == c", "y = (tf.matmul(x, w) + b) == c"),
    "returned": ("f = lambda: tf.nn.xw_plus_b(x, w, b)", "f = lambda: tf.matmul(x, w) + b"),
    "other order": (
        "tf.nn.xw_plus_b(biases=b, x=x, weights=w)",
        "tf.matmul(x, w) + b",
    ),
    "layer": ("y = tf.layers.flatten(x)", "y = tf.keras.layers.Flatten()(x)"),
    "layer with a name": (
        "y = tf.layers.flatten(x, 'n')",
        "y = tf.keras.layers.Flatten(name='n')(x)",
    ),
    "method": (
        "tf.scatter_add(v, i, u, use_locking=True)",
        "v.scatter_add(tf.IndexedSlices(u, i))",
    ),
    "method of a sum": (
        "tf.scatter_add(a + b, i, u)",
        "(a + b).scatter_add(tf.IndexedSlices(u, i))",
    ),
    "self": (
        "it = tf.data.Dataset.range(3).make_one_shot_iterator()",
        "it = iter(tf.data.Dataset.range(3))",
    ),
    "attribute": ("n = tf.zeros([2]).shape[0].value + 1", "n = tf.zeros([2]).shape[0] + 1"),
    "attribute on a line of its own": (
        "n = (tf.zeros([2]).shape[0]\n     .value)",
        "n = (tf.zeros([2]).shape[0]\n     )",
    ),
    "either": ("f(tf.name_scope(n, 'd', [x]))", "f(tf.name_scope(n or 'd'))"),
    "either, the first is none": ("f(tf.name_scope(None, 'd', [x]))", "f(tf.name_scope('d'))"),
    "either, the first is known": ("f(tf.name_scope('n', 'd'))", "f(tf.name_scope('n'))"),
    "either, no second": ("f(tf.name_scope(n, values=[x]))", "f(tf.name_scope(n))"),
    "map": ("map(tf.to_float, z)", "map(lambda x: tf.cast(x, tf.float32), z)"),
    "assigned": ("f = tf.to_float", "f = lambda x: tf.cast(x, tf.float32)"),
    "first of a pair": ("f = tf.to_float or g", "f = (lambda x: tf.cast(x, tf.float32)) or g"),
}


@pytest.mark.parametrize(("before", "after"), CHANGED.values(), ids=CHANGED)
def test_changed(before: str, after: str, fix_all: FixAll) -> None:
    assert fix_all(f"{TF}{before}\n") == f"{TF}{after}\n"


LINES = {
    "one argument a line": (
        """
        y = tf.to_float(
            x,
        )
        """,
        """
        y = tf.cast(
            x,
            tf.float32,
        )
        """,
    ),
    "a comment behind an argument": (
        """
        y = tf.to_float(
            x  # the input
        )
        """,
        """
        y = tf.cast(
            x,
            tf.float32  # the input
        )
        """,
    ),
    "a line break between arguments": (
        """
        y = tf.nn.xw_plus_b(f(a,
                              b), w, c)
        """,
        """
        y = tf.matmul(f(a,
                              b), w) + c
        """,
    ),
}


@pytest.mark.parametrize(("before", "after"), LINES.values(), ids=LINES)
def test_line_breaks_and_comments(before: str, after: str, fix_all: FixAll) -> None:
    fixed = fix_all(TF + dedent(before))
    ast.parse(fixed)
    assert fixed == TF + dedent(after)


UNCHANGED = {
    "kwargs": "tf.to_float(**k)",
    "args": "tf.to_float(*a)",
    "a call would be dropped": "tf.to_float(x, name=f())",
    "comment": "tf.scatter_add(v,  # state\n    i, u)",
    "a missing argument": "tf.nn.xw_plus_b(x, w)",
    "no place": "tf.layers.flatten(x, nonsense=1)",
    "too many": "tf.to_float(x, 'n', 3)",
    "twice": "tf.contrib.crf.f(x)",
    "native": "tf.cast(x, tf.float32)",
    "native scope": "tf.name_scope('n')",
    "bare with a choice": "map(tf.nn.xw_plus_b.__name__, z)",
    "partial": "functools.partial(tf.to_float, name='n')",
    "parameter": "def f(tf):\n    return tf.to_float(x)",
    "other object": "self.to_float(x)",
    "attribute of anything": "n = x.value",
    "method that is only guessed": "session.nothing_like_it()",
    "attribute that is set": "tf.zeros([2]).shape[0].value = 3",
    "guessed": "dataset.make_one_shot_iterator",
    "deleted": "del tf.to_float",
}


@pytest.mark.parametrize("source", UNCHANGED.values(), ids=UNCHANGED)
def test_unchanged(source: str, fix_all: FixAll) -> None:
    assert fix_all(f"{TF}{source}\n") == f"{TF}{source}\n"


MNIST = "from tensorflow.examples.tutorials.mnist import input_data\n"


def test_defaults_and_imports_of_a_row(fix_all: FixAll) -> None:
    fixed = fix_all(f"{MNIST}y = input_data.dense_to_one_hot(a)\n")
    assert fixed == f"import numpy as np\n{MNIST}y = np.eye(10)[a]\n"


def test_an_import_that_is_there_under_another_name(fix_all: FixAll) -> None:
    fixed = fix_all(f"import numpy\n{MNIST}y = input_data.dense_to_one_hot(a, 3)\n")
    assert fixed == f"import numpy\n{MNIST}y = numpy.eye(3)[a]\n"


def test_a_name_that_is_taken(fix_all: FixAll) -> None:
    source = f"np = 3\n{MNIST}y = input_data.dense_to_one_hot(a, 3)\n"
    assert fix_all(source) == source


def test_support_code_is_asked_for(find: Find) -> None:
    source = f"{MNIST}y = input_data.read_data_sets('a')\ninput_data.read_data_sets('b', True)\n"
    fixes = [each.fix for each in find(source) if each.fix is not None]
    assert [each.support for each in fixes] == [("mnist",)]
    assert [each.edits[0].content for each in fixes] == ["read_data_sets("]


def test_what_is_only_guessed_is_unsafe(find: Find) -> None:
    from tfmigrate.model import Applicability

    fixes = [each.fix for each in find(f"{TF}n = x.shape[0].value\n") if each.fix is not None]
    assert [each.applicability for each in fixes] == [Applicability.UNSAFE]
