"""What is found in a program, and what is not."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tfmigrate.engine import context, program
from tfmigrate.engine.selection import Selection
from tfmigrate.model import Applicability, Dialect, Finding, Severity

CONTEXT = context.load("2.21")
TF = "import tensorflow as tf\n"
TF1 = TF + "x = tf.placeholder(tf.float32)\n"
"""A start that makes the dialect TensorFlow 1."""


def check(source: str, dialect: Dialect | None = None) -> program.Checked:
    return program.check(dedent(source), CONTEXT, Selection(), dialect)


def found(source: str, dialect: Dialect | None = None) -> list[Finding]:
    return list(check(source, dialect).findings)


def on_last_line(source: str, dialect: Dialect | None = None) -> list[Finding]:
    """The findings that start on the last line of a source."""
    text = dedent(source).rstrip("\n")
    last = text.count("\n") + 1
    return [each for each in found(text, dialect) if each.span.row == last]


CODES = {
    "renamed": ("y = tf.log(2.0)", "TFM101"),
    "compat only": ("y = tf.to_float(x)", "TFM102"),
    "placeholder": ("y = tf.placeholder(tf.float32)", "TFM201"),
    "session": ("s = tf.Session()", "TFM202"),
    "variable scope": ("w = tf.get_variable('w', [2])", "TFM208"),
    "layers": ("y = tf.layers.dense(x, 3)", "TFM301"),
    "optimizer": ("o = tf.train.AdamOptimizer(1e-3)", "TFM304"),
    "estimator": ("e = tf.estimator.Estimator(f)", "TFM401"),
    "contrib layers": ("y = tf.contrib.layers.conv2d(x, 3, 3)", "TFM405"),
    "flags": ("tf.app.flags.DEFINE_string('a', 'b', 'c')", "TFM409"),
    "logging": ("tf.logging.info('hello')", "TFM410"),
    "gfile": ("f = tf.gfile.Open('x')", "TFM411"),
    "contrib of another kind": ("y = tf.contrib.crf.crf_log_likelihood(a, b, c)", "TFM108"),
    "unknown": ("y = tf.nothing_like_it(2.0)", "TFM107"),
    "removed argument": ("y = tf.reduce_sum(x, keep_dims=True)", "TFM105"),
    "before 1.0": ("y = tf.mul(x, x)", "TFM425"),
    "concat before 1.0": ("y = tf.concat(1, [x, x])", "TFM425"),
    "private": ("from tensorflow.python.ops import rnn_cell_impl", "TFM424"),
    "tutorials": ("from tensorflow.examples.tutorials.mnist import input_data", "TFM423"),
    "star import": ("from tensorflow import *", "TFM006"),
    "star import of what is gone": ("from tensorflow.contrib.layers import *", "TFM405"),
    "import by name": ("m = importlib.import_module('tensorflow.contrib.slim')", "TFM405"),
    "computed getattr": ("f = getattr(tf, name)", "TFM010"),
}


@pytest.mark.parametrize(("line", "code"), CODES.values(), ids=CODES)
def test_codes(line: str, code: str) -> None:
    assert code in {each.code for each in on_last_line(TF1 + line)}


QUIET = {
    "native": TF + "y = tf.math.log(tf.cast(1, tf.float32))",
    "function": TF + "@tf.function\ndef f(x):\n    return tf.nn.relu(x)",
    "keras": TF + "m = tf.keras.Sequential([tf.keras.layers.Dense(3)])\nm.fit(x, y)",
    "summary": TF + "with writer.as_default():\n    tf.summary.scalar('loss', loss, step=1)",
    "dropout": TF + "y = tf.nn.dropout(x, rate=0.5)",
    "positional rate": TF + "y = tf.nn.dropout(x, 0.5)",
    "keras metrics": TF + "m = tf.metrics.Mean()",
    "gradient tape": TF + "with tf.GradientTape() as t:\n    pass\nt.gradient(y, x)",
    "own session": TF + "def f(session):\n    session.run('x')",
    "version": TF + "print(tf.__version__)",
    "monkey patch": TF + "tf.my_flag = True",
    "without tensorflow": "import numpy as tf\ntf.log(2)",
    "getattr of a keras module": TF + "f = getattr(tf.keras.optimizers, name)",
    "equal shapes": TF + "ok = x.shape == y.shape",
    "module to import": "from tensorflow.keras.saving import load_model\nload_model(x)",
    "module imported by name": "from tensorflow.keras import saving\nsaving.load_model(x)",
    "compat.v2": "import tensorflow.compat.v2 as tf\ntf.math.log(1.0)",
}


@pytest.mark.parametrize("source", QUIET.values(), ids=QUIET)
def test_native_code_is_quiet(source: str) -> None:
    assert found(source) == []


DIALECTS = {
    "placeholder": (TF1, Dialect.TF1),
    "contrib": ("from tensorflow.contrib import slim", Dialect.TF1),
    "compat": ("import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()", Dialect.COMPAT),
    "native": (TF + "@tf.function\ndef f(x):\n    return x", Dialect.TF2),
    "native with a corner of compat": (
        TF + "tf.compat.v1.logging.set_verbosity(40)\nd = tf.data.AUTOTUNE",
        Dialect.TF2,
    ),
    "declared TensorFlow 2 with an old name": (
        "import tensorflow.compat.v2 as tf\ntf.assert_greater_equal(x, y)",
        Dialect.TF2,
    ),
    "no tensorflow": ("import os", Dialect.NONE),
}


@pytest.mark.parametrize(("source", "dialect"), DIALECTS.values(), ids=DIALECTS)
def test_dialects(source: str, dialect: Dialect) -> None:
    assert check(source).dialect is dialect


def test_the_configured_dialect_wins() -> None:
    source = TF + "y = tf.nn.dropout(x, 0.5)"
    assert found(source) == []
    assert {each.code for each in found(source, Dialect.TF1)} & {"TFM501", "TFM106"}


def test_the_span_is_the_whole_name() -> None:
    (finding,) = on_last_line(TF1 + "y = (tf.log)(tf.math.abs(1.0))")
    assert (finding.span.column, finding.span.end_column) == (6, 12)


def test_columns_are_characters() -> None:
    (finding,) = on_last_line(TF1 + 'y = "äöü", tf.log(2.0)')
    assert (finding.span.column, finding.span.end_column) == (12, 18)


def test_a_rename_has_a_fix_that_touches_the_name_only() -> None:
    (finding,) = on_last_line("import tensorflow as T\nT.placeholder\nT.log(T.math.abs(1.0))")
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.SAFE
    (edit,) = finding.fix.edits
    assert edit.content == "T.math.log"
    assert edit.span == finding.span


NO_FIX = {
    "through a module of its own": TF + "layers = tf.layers\ny = layers.dense(x)",
    "spread arguments": TF1 + "y = tf.log(*x)\ny = tf.to_float(*x)",
    "spread keywords": TF1 + "y = tf.train.AdamOptimizer(**x)",
    "a module that is imported": "from tensorflow.contrib import slim",
    "advice only": TF1 + "with tf.Graph().as_default(): pass",
}


@pytest.mark.parametrize("source", NO_FIX.values(), ids=NO_FIX)
def test_no_fix_where_it_takes_more_than_a_call(source: str) -> None:
    findings = on_last_line(source)
    assert findings
    assert all(each.fix is None for each in findings)


def test_a_renamed_keyword_has_a_fix() -> None:
    (finding,) = on_last_line(TF + "y = tf.argmax(x, dimension=0)")
    assert finding.code == "TFM105"
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    assert (edit.content, edit.span.column, edit.span.end_column) == ("axis", 18, 27)


def test_compat_names_that_are_native_are_renamed() -> None:
    (finding,) = found(TF + "y = tf.compat.v1.abs(1.0)")
    assert finding.code == "TFM110"
    assert finding.severity is Severity.WARNING
    assert finding.fix is not None
    assert finding.fix.edits[0].content == "tf.abs"


def test_a_private_name_is_told_its_public_twin() -> None:
    (finding,) = on_last_line(TF1 + "from tensorflow.python.ops.array_ops import one_hot")
    assert finding.code == "TFM424"
    assert "use `tf.one_hot`" in finding.message


def test_a_private_name_with_a_retired_twin_gets_the_advice_of_that() -> None:
    (finding,) = on_last_line(TF1 + "from tensorflow.python.ops.math_ops import to_float")
    assert "tf.cast" in finding.message


def test_a_member_without_a_row_gets_the_advice_of_its_class() -> None:
    findings = on_last_line(TF1 + "r = tf.train.SequenceExample.FromString(b'')")
    assert findings == []
    (finding,) = on_last_line(TF1 + "c = tf.ConfigProto()\nc.ByteSize()")
    assert finding.symbol == "tf.ConfigProto.ByteSize"
    assert ": " in finding.message


V2_BESIDE_V1 = {
    "attribute": "import tensorflow as tf\ns = tf.compat.v1.Session()\n"
    "m = tf.compat.v2.saved_model.load(path)",
    "alias": "import tensorflow.compat.v2 as tf\nimport tensorflow.compat.v1 as tf1\n"
    "s = tf1.Session()\ny = tf.nn.dropout(x, 0.5)",
    "from": "from tensorflow.compat import v2 as tf\nimport tensorflow.compat.v1 as tf1\n"
    "s = tf1.Session()\ny = tf.nn.dropout(x, 0.5)",
}


@pytest.mark.parametrize("source", V2_BESIDE_V1.values(), ids=V2_BESIDE_V1)
def test_what_is_spelled_v2_means_v2(source: str) -> None:
    assert check(source).dialect is Dialect.COMPAT
    assert on_last_line(source) == []


def test_a_guarded_import_is_a_note() -> None:
    source = """
        try:
            from tensorflow.contrib import slim
        except ImportError:
            slim = None
        """
    (finding,) = found(source)
    assert finding.severity is Severity.INFO


def test_a_living_fallback_makes_uses_good() -> None:
    source = """
        import tensorflow as tf
        try:
            from tensorflow.contrib.framework import nest
        except ImportError:
            from tensorflow import nest
        nest.flatten(x)
        """
    assert on_last_line(source) == []


def test_what_only_an_import_gives_is_no_attribute() -> None:
    (finding,) = found(TF + "m = tf.keras.saving.load_model(x)")
    assert finding.symbol == "tf.keras.saving.load_model"


def test_what_is_an_attribute_only_cannot_be_imported() -> None:
    (finding,) = found("from tensorflow.optimizers import Adam")
    assert finding.code == "TFM104"
    assert "import tensorflow as tf" in finding.message
    assert found(TF + "o = tf.optimizers.Adam()") == []


def test_one_finding_for_a_reference() -> None:
    places = [
        (each.span, each.symbol) for each in found(TF1 + "with tf.Session() as s:\n  s.run(x)")
    ]
    assert len(places) == len(set(places))


def test_an_old_target_knows_what_was_there() -> None:
    source = TF + "e = tf.estimator.Estimator(f)"
    old = program.check(source, context.load("2.10"), Selection())
    assert old.findings == ()
    assert [each.code for each in found(source)] == ["TFM401"]


def test_a_symbol_newer_than_the_target() -> None:
    source = TF + "tf.keras.utils.set_random_seed(1)"
    (finding,) = program.check(source, context.load("2.3"), Selection()).findings
    assert finding.code == "TFM107"
    assert "came with 2.7" in finding.message


def test_syntax_errors_are_findings() -> None:
    checked = check(TF + "y = = 1\n")
    assert checked.failed
    (finding,) = checked.findings
    assert (finding.code, finding.span.row) == ("TFM001", 2)


PYTHON_2 = {
    "print": ('print "loss", loss', 3),
    "except": ("try:\n    pass\nexcept ValueError, error:\n    pass", 5),
    "octal": ("mode = 0777", 3),
    "backticks": ("y = `x`", 3),
    "not equal": ("y = 1 <> 2", 3),
    "exec": ('exec "y = 1"', 3),
    "raise": ("raise ValueError, 'no'", 3),
}


@pytest.mark.parametrize(("line", "row"), PYTHON_2.values(), ids=PYTHON_2)
def test_python_2_is_called_by_its_name(line: str, row: int) -> None:
    checked = check(TF1 + line + "\n")
    (finding,) = checked.findings
    assert (finding.code, finding.span.row) == ("TFM002", row)
    assert "2to3" in finding.message


def test_deep_nesting_is_read() -> None:
    source = TF1 + "y = " + " + ".join(["tf.log(x)"] * 1000)
    assert len([each for each in found(source) if each.code == "TFM101"]) == 1000


def test_deeper_nesting_is_a_finding() -> None:
    source = TF1 + "y = " + "(" * 1000 + "x" + ")" * 1000
    checked = check(source)
    assert checked.failed
    assert [each.code for each in checked.findings] == ["TFM008"]


def test_a_long_chain_of_attributes() -> None:
    source = TF1 + "y = tf.log(x)" + ".abs" * 1000
    assert "TFM101" in {each.code for each in found(source)}
