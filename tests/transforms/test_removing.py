"""Statements and decorators that go."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from tests.transforms.conftest import Find, FixAll

TF = "import tensorflow as tf\n"

REMOVED = {
    "statement": ("tf.enable_eager_execution()\nx = 1\n", "x = 1\n"),
    "with an argument": ("tf.enable_eager_execution(config=c)\nx = 1\n", "x = 1\n"),
    "with gaps": ("\ntf.enable_eager_execution()\n\nx = 1\n", "\nx = 1\n"),
    "with a narrow and a wide gap": (
        "\ntf.enable_eager_execution()\n\n\ndef f(): pass\n",
        "\n\ndef f(): pass\n",
    ),
    "in a function": (
        "def f():\n    tf.enable_eager_execution()\n    x = 1\n",
        "def f():\n    x = 1\n",
    ),
    "alone in a block": (
        "if x:\n    tf.enable_eager_execution()\n",
        "if x:\n    pass\n",
    ),
    "two in a block": (
        "if x:\n    tf.enable_eager_execution()\n    tf.enable_eager_execution()\n",
        "if x:\n    pass\n    pass\n",
    ),
    "decorator": (
        """
        class A(B):
            @tf.contrib.eager.run_test_in_graph_and_eager_modes
            def test(self):
                pass
        """,
        """
        class A(B):
            def test(self):
                pass
        """,
    ),
    "decorator that is called": (
        "@tf.contrib.eager.run_test_in_graph_and_eager_modes()\n@other\ndef f(): pass\n",
        "@other\ndef f(): pass\n",
    ),
    "last": ("x = 1\ntf.enable_eager_execution()", "x = 1\n"),
}


@pytest.mark.parametrize(("before", "after"), REMOVED.values(), ids=REMOVED)
def test_removed(before: str, after: str, fix_all: FixAll) -> None:
    fixed = fix_all(TF + dedent(before))
    ast.parse(fixed)
    assert fixed == TF + dedent(after)


KEPT = {
    "its value is used": "x = tf.enable_eager_execution()\n",
    "in an expression": "f(tf.enable_eager_execution())\n",
    "passed on": "f = tf.enable_eager_execution\n",
    "a call is passed": "tf.enable_eager_execution(f())\n",
    "beside another statement": "tf.enable_eager_execution(); x = 1\n",
    "with a comment": "tf.enable_eager_execution()  # needed\n",
    "another object": "self.enable_eager_execution()\n",
}


@pytest.mark.parametrize("source", KEPT.values(), ids=KEPT)
def test_kept(source: str, fix_all: FixAll) -> None:
    assert fix_all(TF + source) == TF + source


def test_why_it_is_kept(find: Find) -> None:
    (finding,) = find(f"{TF}x = tf.enable_eager_execution()\n")
    assert finding.message.endswith("(not fixed: its value is used)")
