"""Which defaults an ``arg_scope`` gives to which call."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest

from tfmigrate.engine.context import load
from tfmigrate.names import resolve
from tfmigrate.transforms.arg_scope import Scoping, arg_scopes
from tfmigrate.transforms.layers import Refused, reading_of

CONTEXT = load("2.21")
HEAD = "import tensorflow as tf\nfrom tensorflow.contrib import slim, layers, framework\n"
CONV = "tf.contrib.layers.conv2d"
DENSE = "tf.contrib.layers.fully_connected"
NORM = "tf.contrib.layers.batch_norm"


def scoping(code: str) -> tuple[ast.Module, Scoping]:
    text = HEAD + textwrap.dedent(code)
    tree = ast.parse(text)
    reading = reading_of(text, resolve(tree, CONTEXT.knowledge), CONTEXT, tree=tree)
    return tree, arg_scopes(tree, reading)


def found_at(code: str, mark: str = "HERE") -> dict[str, dict[str, str]] | str:
    """The defaults of the first call on the line with the mark, or why there are none."""
    tree, scopes = scoping(code)
    lines = (HEAD + textwrap.dedent(code)).split("\n")
    row = next(number for number, line in enumerate(lines, 1) if mark in line)
    call = next(
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.lineno == row
    )
    found = scopes.of(call)
    if isinstance(found, Refused):
        return found.reason
    return {
        name: {
            key: value if isinstance(value, str) else ast.unparse(value)
            for key, value in given.items()
        }
        for name, given in found.items()
    }


def test_nothing_around() -> None:
    assert found_at("slim.conv2d(x, 3, 1)  # HERE") == {}
    assert found_at("with tf.name_scope('a'):\n    slim.conv2d(x, 3, 1)  # HERE") == {}


def test_only_below() -> None:
    code = """
        with slim.arg_scope([slim.conv2d], stride=2):
            a = slim.conv2d(x, 3, 1)  # IN
        b = slim.conv2d(x, 3, 1)  # OUT
    """
    assert found_at(code, "IN") == {CONV: {"stride": "2"}}
    assert found_at(code, "OUT") == {}


@pytest.mark.parametrize(
    "scope",
    [
        "slim.arg_scope([slim.conv2d], stride=2)",
        "slim.arg_scope((slim.convolution2d,), stride=2)",
        "tf.contrib.framework.arg_scope([layers.conv2d], stride=2)",
        "framework.arg_scope(list_ops_or_scope=[layers.conv2d], stride=2)",
        "slim.arg_scope([slim.conv2d], **{'stride': 2})",
        "slim.arg_scope([slim.conv2d], **options)",
        "slim.arg_scope(several, stride=2)",
        "tf.variable_scope('a'), slim.arg_scope([slim.conv2d], stride=2)",
    ],
)
def test_spellings(scope: str) -> None:
    code = f"several = [slim.conv2d]\noptions = {{'stride': 2}}\nwith {scope}:\n    f(x)  # HERE"
    assert found_at(code) == {CONV: {"stride": "2"}}


def test_the_inner_scope_wins_and_adds() -> None:
    code = """
        with slim.arg_scope([slim.conv2d, slim.fully_connected], activation_fn=a, trainable=t):
            with slim.arg_scope([slim.conv2d], activation_fn=b, stride=2):
                slim.conv2d(x, 3, 1)  # HERE
    """
    assert found_at(code) == {
        CONV: {"activation_fn": "b", "trainable": "t", "stride": "2"},
        DENSE: {"activation_fn": "a", "trainable": "t"},
    }


def test_two_scopes_in_one_with() -> None:
    code = """
        with slim.arg_scope([slim.conv2d], stride=2), slim.arg_scope([slim.conv2d], rate=3):
            slim.conv2d(x, 3, 1)  # HERE
    """
    assert found_at(code) == {CONV: {"stride": "2", "rate": "3"}}


def test_a_scope_that_is_entered_again_replaces() -> None:
    code = """
        with slim.arg_scope([slim.conv2d], stride=2) as outer:
            pass
        with slim.arg_scope([slim.conv2d], rate=3):
            with slim.arg_scope(outer):
                slim.conv2d(x, 3, 1)  # HERE
    """
    assert found_at(code) == {CONV: {"stride": "2"}}


MAKER = """
    def maker(decay, training=True, norm=True, *, rate=1):
        '''What it makes.'''
        params = {'decay': decay, 'is_training': training}
        params['scale'] = True
        params['decay'] = decay * 2
        if norm:
            normalizer = slim.batch_norm
        else:
            normalizer = None
        with slim.arg_scope([slim.conv2d], normalizer_fn=normalizer, normalizer_params=params):
            with slim.arg_scope([slim.conv2d], rate=rate if training else 1) as scope:
                return scope
"""


def test_a_function_that_returns_a_scope() -> None:
    code = f"{MAKER}\n    with slim.arg_scope(maker(0.9)):\n        slim.conv2d(x, 3, 1)  # HERE"
    assert found_at(code) == {
        CONV: {
            "normalizer_fn": "tf.contrib.layers.batch_norm",
            "normalizer_params": "{'is_training': True, 'scale': True, 'decay': 0.9 * 2}",
            "rate": "1",
        }
    }
    _, scopes = scoping(code)
    assert scopes.makers == {"maker"}


def test_its_arguments_are_those_of_the_caller() -> None:
    code = f"""{MAKER}
    def model(x, phase):
        with slim.arg_scope(maker(decay=d(phase), training=False, norm=False, rate=2)):
            slim.conv2d(x, 3, 1)  # HERE
    """
    assert found_at(code) == {
        CONV: {
            "normalizer_fn": "None",
            "normalizer_params": "{'is_training': False, 'scale': True, 'decay': d(phase) * 2}",
            "rate": "1",
        }
    }


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("maker(0.9, norm=flag)", "`if norm` cannot be told"),
        ("maker()", "`decay` of `maker` is not given"),
        ("maker(*args)", "the arguments of `maker` are hidden"),
        ("maker(0.9, **kw)", "the arguments of `maker` are hidden"),
        ("other.scope()", "`other.scope()` is computed"),
        ("functions, stride=2", "`functions` is computed"),
        ("[f() for f in fs], stride=2", "`[f() for f in fs]` is computed"),
        ("[fs[0]], stride=2", "the list of functions is computed"),
        ("[slim.conv2d], **options()", "its keywords are computed"),
        ("", "`arg_scope` without arguments"),
    ],
)
def test_what_is_not_understood(call: str, reason: str) -> None:
    code = f"{MAKER}\n    with slim.arg_scope({call}):\n        slim.conv2d(x, 3, 1)  # HERE"
    assert found_at(code) == f"its arg scope is not understood: {reason}"
    tree, scopes = scoping(code)
    assert tree.body[-1] not in scopes.blocks


def test_makers_that_do_more() -> None:
    code = """
        def maker():
            count = step()
            for each in range(3):
                count += 1
            with slim.arg_scope([slim.conv2d], stride=count) as scope:
                return scope
        with slim.arg_scope(maker()):
            slim.conv2d(x, 3, 1)  # HERE
    """
    assert found_at(code) == "its arg scope is not understood: `count` is computed"
    nothing = "def maker():\n    pass\nwith slim.arg_scope(maker()):\n    f()  # HERE"
    assert found_at(nothing) == (
        "its arg scope is not understood: `maker` does not plainly return a scope"
    )


def test_functions_that_are_called_below() -> None:
    code = """
        def inner(x):
            return slim.conv2d(x, 3, 1)  # INNER

        def outer(x):
            return inner(x)

        def alone(x):
            return slim.conv2d(x, 3, 1)  # ALONE

        with slim.arg_scope([slim.conv2d], stride=2):
            y = slim.repeat(x, 2, outer)
    """
    assert found_at(code, "INNER") == {CONV: {"stride": "2"}}
    assert found_at(code, "ALONE") == {}


def test_a_function_that_is_called_in_two_scopes() -> None:
    code = """
        def block(x):
            return slim.conv2d(x, 3, 1)  # HERE

        with slim.arg_scope([slim.conv2d], stride=2):
            block(x)
        block(x)
    """
    assert found_at(code) == "it is called in several arg scopes that differ"
    same = code.replace("        block(x)\n    ", "    ")
    assert found_at(same.rstrip() + "\n") == {CONV: {"stride": "2"}}


def test_an_attribute_of_a_function_is_no_call() -> None:
    code = """
        def block(x):
            return slim.conv2d(x, 3, 1)  # HERE

        block.size = 3
        with slim.arg_scope([slim.conv2d], stride=2):
            block(x)
    """
    assert found_at(code) == {CONV: {"stride": "2"}}


def test_names_that_another_function_does_not_see() -> None:
    code = """
        RATE = 2

        def block(x):
            y = slim.max_pool2d(x, 2)  # POOL
            z = slim.conv2d(x, 3, 1, activation_fn=None)  # OTHER
            return slim.conv2d(x, 3, 1)  # HERE

        def model(x, act):
            with slim.arg_scope([slim.conv2d], activation_fn=act, rate=RATE):
                def nested(x):
                    return slim.conv2d(x, 3, 1)  # NESTED
                return block(nested(x))
    """
    assert found_at(code) == "`activation_fn` of the arg scope reads `act`"
    assert found_at(code, "OTHER") == {CONV: {"rate": "RATE"}}
    assert found_at(code, "POOL") == {CONV: {"rate": "RATE"}}
    assert found_at(code, "NESTED") == {CONV: {"activation_fn": "act", "rate": "RATE"}}


def test_the_normalizer_of_a_call_counts() -> None:
    code = """
        def block(x):
            a = slim.conv2d(x, 3, 1)  # PLAIN
            return slim.conv2d(x, 3, 1, normalizer_fn=slim.batch_norm)  # HERE

        def model(x, phase):
            with slim.arg_scope([slim.batch_norm], is_training=phase):
                return block(x)
    """
    assert found_at(code) == "`is_training` of the arg scope reads `phase`"
    assert found_at(code, "PLAIN") == {}


def test_methods_see_self() -> None:
    code = """
        class Net:
            def block(self, x):
                return slim.dropout(x)  # HERE

            def build(self, x):
                with slim.arg_scope([slim.dropout], is_training=self.training):
                    return self.block(x)

        def other(x, self):
            with slim.arg_scope([slim.dropout], is_training=self.training):
                return outside(x)

        def outside(x):
            return slim.dropout(x)  # OUTSIDE
    """
    assert found_at(code) == {"tf.contrib.layers.dropout": {"is_training": "self.training"}}
    assert found_at(code, "OUTSIDE") == "`is_training` of the arg scope reads `self`"


def test_functions_under_add_arg_scope() -> None:
    code = """
        @slim.add_arg_scope
        def block(x, depth, rate=1):
            return slim.conv2d(x, depth, 3, rate=rate)

        with slim.arg_scope([block, slim.conv2d], rate=2):
            y = block(x, 8)  # HERE
    """
    assert found_at(code) == {"block": {"rate": "2"}, CONV: {"rate": "2"}}
    _, scopes = scoping(code)
    assert scopes.decorated == {"block"}


def test_statements_of_every_kind_are_walked() -> None:
    code = """
        with slim.arg_scope([slim.conv2d], stride=2):
            for each in range(3):
                try:
                    if each:
                        while True:
                            x = [slim.conv2d(x, 3, 1) for _ in range(2)]  # DEEP
                except ValueError:
                    x = slim.conv2d(x, 3, 1)  # HANDLER
            match x:
                case 1:
                    slim.conv2d(x, 3, 1)  # CASE
    """
    for mark in ("DEEP", "HANDLER", "CASE"):
        assert CONV in found_at(code, mark)


def test_recursion_ends() -> None:
    code = """
        def down(x, n):
            with slim.arg_scope([slim.conv2d], stride=2):
                x = slim.conv2d(x, 3, 1)  # HERE
                return down(x, n - 1)
    """
    assert found_at(code) == {CONV: {"stride": "2"}}


def test_blocks_to_unwrap() -> None:
    tree, scopes = scoping("""
        with slim.arg_scope([slim.conv2d], stride=2):
            with tf.variable_scope('a'), slim.arg_scope([slim.conv2d], stride=3):
                pass
            with tf.name_scope('b'):
                pass
    """)
    assert {each.lineno for each in scopes.blocks} == {4}
    assert all(isinstance(each, ast.With) for each in scopes.blocks)
    assert len([node for node in ast.walk(tree) if isinstance(node, ast.With)]) == 3


def test_programs_on_record_are_understood() -> None:
    text = Path(__file__).with_name("scoped_programs.txt").read_text(encoding="utf-8")
    for program in text.split("=== ")[1:]:
        tree, scopes = scoping(program.partition("\n")[2])
        withs = [node for node in ast.walk(tree) if isinstance(node, ast.With)]
        makers = [n for n in tree.body if isinstance(n, ast.FunctionDef) if n.name in scopes.makers]
        inside = [node for maker in makers for node in ast.walk(maker)]
        assert {node for node in withs if node not in inside} == scopes.blocks
