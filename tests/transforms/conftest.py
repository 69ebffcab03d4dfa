"""How the tests of the transforms read and fix a program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import TypeAlias

import pytest

from tfmigrate.engine import context, program
from tfmigrate.engine.context import Context
from tfmigrate.engine.selection import Selection
from tfmigrate.model import Dialect, Edit, Finding, Fix

ROWS = """
"tf.nn.dropout" = { args = { keep_prob = { to = "rate", value = "1 - {}" } }, fix = "safe" }
"tf.train.AdamOptimizer" = { to = "tf.keras.optimizers.Adam", args = { beta1 = "beta_1", beta2 = "beta_2", use_locking = "" }, add = { epsilon = "1e-8" }, fix = "safe" }
"tf.contrib.layers.l2_regularizer" = { to = "tf.keras.regularizers.L2", args = { scale = { to = "l2", value = "{} / 2" }, scope = "" }, fix = "safe" }
"tf.to_float" = { call = "tf.cast({x}, tf.float32)", args = { name = "" }, fix = "safe" }
"tf.nn.xw_plus_b" = { call = "tf.matmul({x}, {weights}) + {biases}", args = { name = "" }, fix = "safe" }
"tf.layers.flatten" = { call = "tf.keras.layers.Flatten(data_format={data_format}, name={name})({inputs})", fix = "safe" }
"tf.scatter_add" = { call = "{ref}.scatter_add(tf.IndexedSlices({updates}, {indices}))", args = { use_locking = "", name = "" }, fix = "unsafe" }
"tf.data.Dataset.make_one_shot_iterator" = { call = "iter({self})", fix = "unsafe" }
"tf.name_scope" = { call = "tf.name_scope({name} or {default_name})", args = { values = "" }, fix = "safe" }
"tf.random_normal_initializer" = { add = { stddev = "1.0" }, args = { dtype = "" }, fix = "safe" }
"tf.app.run" = { to = "absl.app.run", add = { main = "main" }, fix = "safe", needs = "absl-py" }
"tf.logging.info" = { to = "absl.logging.info", fix = "safe", needs = "absl-py" }
"tf.examples.tutorials.mnist.input_data.dense_to_one_hot" = { was = "labels, classes=10", call = "np.eye({classes})[{labels}]", imports = "import numpy as np", fix = "safe" }
"tf.examples.tutorials.mnist.input_data.read_data_sets" = { call = "read_data_sets({path})", was = "path, one_hot=False", args = { one_hot = { note = "encode the labels yourself" } }, support = ["mnist"], fix = "safe" }
"tf.app.flags.FLAGS" = { to = "absl.flags.FLAGS", fix = "safe", needs = "absl-py" }
"tf.nn.softmax_cross_entropy_with_logits" = { args = { _sentinel = "", labels = { to = "labels", value = "tf.stop_gradient({})" }, dim = "axis" }, fix = "safe" }
"""
"""Rows for the tests, so that they do not depend on what the catalogue comes to say."""

FixAll: TypeAlias = Callable[..., str]
Find: TypeAlias = Callable[..., list[Finding]]


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """The catalogue with the rows of the tests on top."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "symbols").mkdir()
    (folder / "symbols" / "rows.toml").write_text(ROWS, encoding="utf-8")
    return context.load("2.21", (Path(folder),))


@pytest.fixture(scope="session")
def find(rules: Context) -> Find:
    """The findings of a program."""

    def findings(source: str, dialect: Dialect = Dialect.TF1) -> list[Finding]:
        return list(program.check(dedent(source), rules, Selection(), dialect).findings)

    return findings


@pytest.fixture(scope="session")
def fix_all(find: Find) -> FixAll:
    """A program with every fix made, again and again, until there is none left.

    New imports are lines at the top: where they belong is not the business of a transform.
    """

    def fixed(source: str, dialect: Dialect = Dialect.TF1) -> str:
        text = dedent(source)
        for _ in range(12):
            fixes = {each.fix for each in find(text, dialect) if each.fix is not None}
            if not fixes:
                return text
            text = applied(text, sorted(fixes, key=lambda each: each.edits[0].span))
        raise AssertionError(f"no end to it:\n{text}")

    return fixed


def applied(text: str, fixes: list[Fix]) -> str:
    """The text with those fixes made that do not get in each other's way."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def offsets(edit: Edit) -> tuple[int, int, str]:
        span = edit.span
        return (
            starts[span.row - 1] + span.column - 1,
            starts[span.end_row - 1] + span.end_column - 1,
            edit.content,
        )

    done: list[tuple[int, int, str]] = []
    imports: dict[str, None] = {}
    for fix in fixes:
        changes = [offsets(each) for each in fix.edits]
        fresh = [each for each in changes if each not in done]
        if not any(a <= d and c <= b for a, b, _ in fresh for c, d, _ in done):
            done += fresh
            imports |= dict.fromkeys(fix.imports)
    for start, end, content in sorted(done, reverse=True):
        text = text[:start] + content + text[end:]
    there = text.split("\n")
    return "".join(f"{each}\n" for each in imports if each not in there) + text
