"""Arguments of calls: called otherwise, computed anew, dropped, added; and left alone."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from tests.transforms.conftest import Find, FixAll

TF = "import tensorflow as tf\n"

CHANGED = {
    "renamed keyword": ("tf.reduce_sum(x, keep_dims=True)", "tf.reduce_sum(x, keepdims=True)"),
    "two keywords": (
        "tf.reduce_max(x, reduction_indices=[1], keep_dims=k)",
        "tf.reduce_max(x, axis=[1], keepdims=k)",
    ),
    "old dimension": ("tf.argmax(x, dimension=1)", "tf.argmax(x, axis=1)"),
    "old squeeze": ("tf.squeeze(x, squeeze_dims=[1])", "tf.squeeze(x, axis=[1])"),
    "renamed at its place": (
        "tf.nn.conv2d(x, filter=w, strides=s, padding=p)",
        "tf.nn.conv2d(x, filters=w, strides=s, padding=p)",
    ),
    "moved": ("tf.transpose(x, p, 'n')", "tf.transpose(x, p, name='n')"),
    "moved in parentheses": ("tf.argmax((x), (1), ('n'))", "tf.argmax((x), (1), name=('n'))"),
    "swapped": (
        "tf.nn.in_top_k(p, t, 3)",
        "tf.nn.in_top_k(predictions=p, targets=t, k=3)",
    ),
    "moved behind a drop": (
        "tf.nn.conv2d(x, w, s, 'SAME', True, 'NHWC')",
        "tf.nn.conv2d(x, w, s, 'SAME', data_format='NHWC')",
    ),
    "walrus": ("tf.transpose(x, p, n := 'n')", "tf.transpose(x, p, name=(n := 'n'))"),
    "literal": ("tf.nn.dropout(x, 0.8)", "tf.nn.dropout(x, rate=0.2)"),
    "one": ("tf.nn.dropout(x, keep_prob=1.0)", "tf.nn.dropout(x, rate=0.0)"),
    "whole one": ("tf.nn.dropout(x, keep_prob=1)", "tf.nn.dropout(x, rate=0)"),
    "exponent": ("tf.nn.dropout(x, 1e-3)", "tf.nn.dropout(x, rate=0.999)"),
    "name": ("tf.nn.dropout(x, keep_prob=k)", "tf.nn.dropout(x, rate=1 - k)"),
    "sum": ("tf.nn.dropout(x, a + b)", "tf.nn.dropout(x, rate=1 - (a + b))"),
    "product": ("tf.nn.dropout(x, a * b)", "tf.nn.dropout(x, rate=1 - a * b)"),
    "choice": ("tf.nn.dropout(x, a if b else c)", "tf.nn.dropout(x, rate=1 - (a if b else c))"),
    "parentheses": ("tf.nn.dropout(x, (a + b))", "tf.nn.dropout(x, rate=1 - (a + b))"),
    "inverse": ("tf.nn.dropout(x, 1.0 - rate)", "tf.nn.dropout(x, rate=rate)"),
    "inverse of a sum": ("tf.nn.dropout(x, (1 - (a + b)))", "tf.nn.dropout(x, rate=a + b)"),
    "no inverse": ("tf.nn.dropout(x, 1 + r)", "tf.nn.dropout(x, rate=1 - (1 + r))"),
    "none goes": ("tf.nn.dropout(x, None, rate=0.5)", "tf.nn.dropout(x, rate=0.5)"),
    "none in between": (
        "tf.nn.dropout(x, 0.5, None, 3)",
        "tf.nn.dropout(x, rate=0.5, noise_shape=None, seed=3)",
    ),
    "nested": (
        "tf.nn.dropout(tf.log(x), tf.log(k))",
        "tf.nn.dropout(tf.math.log(x), rate=1 - tf.math.log(k))",
    ),
    "half": ("tf.contrib.layers.l2_regularizer(1e-4)", "tf.keras.regularizers.L2(l2=5e-5)"),
    "half of a name": (
        "tf.contrib.layers.l2_regularizer(scale=w, scope='s')",
        "tf.keras.regularizers.L2(l2=w / 2)",
    ),
    "half of a sum": (
        "tf.contrib.layers.l2_regularizer(a + b)",
        "tf.keras.regularizers.L2(l2=(a + b) / 2)",
    ),
    "default": ("tf.train.AdamOptimizer(r)", "tf.keras.optimizers.Adam(r, epsilon=1e-8)"),
    "only default": ("tf.train.AdamOptimizer()", "tf.keras.optimizers.Adam(epsilon=1e-8)"),
    "default by keyword": (
        "tf.train.AdamOptimizer(r, epsilon=e, use_locking=True)",
        "tf.keras.optimizers.Adam(r, epsilon=e)",
    ),
    "default by position": (
        "tf.train.AdamOptimizer(r, 0.9, 0.99, e)",
        "tf.keras.optimizers.Adam(r, 0.9, 0.99, e)",
    ),
    "all dropped": (
        "tf.train.AdamOptimizer(use_locking=True)",
        "tf.keras.optimizers.Adam(epsilon=1e-8)",
    ),
    "default of a living symbol": (
        "tf.random_normal_initializer(0.0, dtype=tf.float32)",
        "tf.random_normal_initializer(0.0, stddev=1.0)",
    ),
    "unchanged in kwargs": ("tf.log(x, **k)", "tf.math.log(x, **k)"),
    "unchanged in args": ("tf.log(*a)", "tf.math.log(*a)"),
    "partial": (
        "functools.partial(tf.nn.dropout, keep_prob=0.75)",
        "functools.partial(tf.nn.dropout, rate=0.25)",
    ),
    "semicolon": ("tf.transpose(x, p, 'n'); f(x)", "tf.transpose(x, p, name='n'); f(x)"),
    "implicit concatenation": (
        "tf.transpose(x, p, 'n' 'm')",
        "tf.transpose(x, p, name='n' 'm')",
    ),
    "not ascii": ("tf.transpose(ä, 'é', 'ñ')", "tf.transpose(ä, 'é', name='ñ')"),
    "given twice, once as none": (
        "tf.reduce_sum(x, axis=None, reduction_indices=[1])",
        "tf.reduce_sum(x, axis=[1])",
    ),
}


@pytest.mark.parametrize(("before", "after"), CHANGED.values(), ids=CHANGED)
def test_changed(before: str, after: str, fix_all: FixAll) -> None:
    assert fix_all(f"{TF}{before}\n") == f"{TF}{after}\n"


LINES = {
    "dropped in the middle": (
        """
        tf.nn.conv2d(
            x,  # in
            w,
            [1, 1, 1, 1],
            "SAME",
            use_cudnn_on_gpu=True,
            name="n",
        )
        """,
        """
        tf.nn.conv2d(
            x,  # in
            w,
            [1, 1, 1, 1],
            "SAME",
            name="n",
        )
        """,
    ),
    "dropped with a comment": (
        """
        tf.nn.conv2d(
            x, w, s, "SAME",
            use_cudnn_on_gpu=True,  # fast
            name="n")
        """,
        """
        tf.nn.conv2d(
            x, w, s, "SAME",
            # fast
            name="n")
        """,
    ),
    "dropped at the end": (
        """
        tf.train.AdamOptimizer(
            1e-3,
            use_locking=True,
        )
        """,
        """
        tf.keras.optimizers.Adam(
            1e-3,
            epsilon=1e-8,
        )
        """,
    ),
    "dropped at the end with a comment": (
        """
        tf.train.AdamOptimizer(
            1e-3,  # rate
            use_locking=True,  # slow
        )
        """,
        """
        tf.keras.optimizers.Adam(
            1e-3,  # rate
            # slow
            epsilon=1e-8,
        )
        """,
    ),
    "added without a trailing comma": (
        """
        tf.train.AdamOptimizer(
            1e-3,
            beta1=0.9
        )
        """,
        """
        tf.keras.optimizers.Adam(
            1e-3,
            beta_1=0.9,
            epsilon=1e-8
        )
        """,
    ),
    "added behind a comment": (
        """
        tf.train.AdamOptimizer(
            1e-3  # rate
        )
        """,
        """
        tf.keras.optimizers.Adam(
            1e-3,  # rate
            epsilon=1e-8
        )
        """,
    ),
    "added in a row": (
        """
        tf.train.AdamOptimizer(1e-3,
                               beta1=0.9)
        """,
        """
        tf.keras.optimizers.Adam(1e-3,
                               beta_1=0.9,
                               epsilon=1e-8)
        """,
    ),
    "a comment with a comma": (
        """
        tf.transpose(x,  # this, that
                     p, 'n')
        """,
        """
        tf.transpose(x,  # this, that
                     p, name='n')
        """,
    ),
    "a hash in a string": (
        """
        tf.nn.conv2d(x, w, s, 'SAME', use_cudnn_on_gpu='#', name='n')
        """,
        """
        tf.nn.conv2d(x, w, s, 'SAME', name='n')
        """,
    ),
}


@pytest.mark.parametrize(("before", "after"), LINES.values(), ids=LINES)
def test_line_breaks_and_comments(before: str, after: str, fix_all: FixAll) -> None:
    fixed = fix_all(TF + dedent(before))
    ast.parse(fixed)
    assert fixed == TF + dedent(after)


UNCHANGED = {
    "native": "tf.nn.dropout(x, rate=0.5)",
    "native reduction": "tf.reduce_sum(x, 1, True, 'n')",
    "native optimizer": "tf.keras.optimizers.Adam(1e-3)",
    "kwargs": "tf.nn.dropout(x, **k)",
    "kwargs of an optimizer": "tf.train.AdamOptimizer(r, **k)",
    "args": "tf.nn.dropout(*a)",
    "args before what moved": "tf.transpose(x, *a)",
    "both spellings": "tf.reduce_sum(x, axis=a, reduction_indices=b)",
    "a note": "tf.nn.embedding_lookup(t, i, partition_strategy='mod')",
    "a call would be dropped": "tf.train.AdamOptimizer(r, use_locking=f())",
    "too many": "tf.transpose(x, p, 'n', c, d, e)",
    "unknown keyword": "tf.log(x, nonsense=1)",
    "another object": "self.tf.nn.dropout(x, 0.5)",
    "in a string": "'tf.nn.dropout(x, 0.5)'",
    "assigned": "tf.log = f",
    "bare": "f(tf.nn.dropout)",
    "bare with a default": "f(tf.train.AdamOptimizer)",
    "bare with another order": "f(tf.layers.conv2d)",
}


@pytest.mark.parametrize("source", UNCHANGED.values(), ids=UNCHANGED)
def test_unchanged(source: str, fix_all: FixAll) -> None:
    assert fix_all(f"{TF}{source}\n") == f"{TF}{source}\n"


SHADOWED = {
    "parameter": "def f(tf):\n    return tf.nn.dropout(1, 0.5)\n",
    "rebound": "tf = other\ny = tf.nn.dropout(x, 0.5)\n",
    "other module": "import numpy as tf\ny = tf.transpose(x, 1, 2)\n",
    "star": "from tensorflow import *\ny = log(x)\n",
    "either": (
        "try:\n    from tensorflow import log\nexcept ImportError:\n"
        "    from tensorflow.contrib import log\ny = log(x)\n"
    ),
}


@pytest.mark.parametrize("source", SHADOWED.values(), ids=SHADOWED)
def test_what_is_not_tensorflow_is_left_alone(source: str, fix_all: FixAll) -> None:
    assert fix_all(TF + source) == TF + source


REASONS = {
    "kwargs": ("tf.train.AdamOptimizer(r, **k)", "`**k` may hold `beta1`"),
    "attribute kwargs": ("tf.train.AdamOptimizer(**self.k)", "`**self.k` may hold `beta1`"),
    "args": ("tf.train.AdamOptimizer(*a)", "`*a` may hold `beta1`"),
    "call": ("tf.train.AdamOptimizer(r, use_locking=f())", "`use_locking` would be dropped"),
    "bare": ("f(tf.train.AdamOptimizer)", "it is not called here, and a default"),
    "twice": ("tf.reduce_sum(x, axis=a, reduction_indices=b)", "`axis` would be passed twice"),
}


@pytest.mark.parametrize(("source", "reason"), REASONS.values(), ids=REASONS)
def test_why_a_call_is_left(source: str, reason: str, find: Find) -> None:
    messages = [each.message for each in find(f"{TF}{source}\n") if each.fix is None]
    assert any(f"(not fixed: {reason}" in each for each in messages), messages


def test_native_code_keeps_its_order(find: Find) -> None:
    from tfmigrate.model import Dialect

    found = find(f"{TF}tf.nn.dropout(x, 0.5)\ntf.transpose(x, p, True)\n", Dialect.TF2)
    assert [each for each in found if each.fix is not None] == []


def test_one_fix_for_all_that_is_wrong_with_a_call(find: Find) -> None:
    found = find(f"{TF}tf.reduce_sum(x, reduction_indices=1, keep_dims=True)\n")
    fixes = {each.fix for each in found}
    assert len(found) == 2
    assert len(fixes) == 1
