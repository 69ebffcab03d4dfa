"""Fixing a program: to the end, within its guards, and no further than it may."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tfmigrate.engine import context, program, stages
from tfmigrate.engine.files import Job
from tfmigrate.engine.fixing import Fixed, FixOptions, fix, fix_text
from tfmigrate.engine.program import Checked
from tfmigrate.engine.selection import Selection
from tfmigrate.model import Applicability, Dialect, Edit, Finding, Fix, Span
from tfmigrate.sources.discovery import Kind

CONTEXT = context.load("2.21")
PROGRAMS = sorted((Path(__file__).parents[1] / "programs").rglob("*.py"))
TF = "import tensorflow as tf\n"
UNSAFE = FixOptions(unsafe=True)


def fixed(text: str, options: FixOptions | None = None, **rest: Any) -> Fixed:
    """The outcome, which has to be a program that is fixed."""
    outcome = fix_text(text, CONTEXT, options, **rest)
    assert not outcome.failed, outcome.left[0].message
    ast.parse(outcome.text)
    again = fix_text(outcome.text, CONTEXT, options, **rest)
    assert again.text == outcome.text
    assert not again.applied
    return outcome


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [each.code for each in findings]


# ------------------------------------------------------------------ what is fixed


def test_a_rename() -> None:
    outcome = fixed(f"{TF}y = tf.log(x)\n")
    assert outcome.text == f"{TF}y = tf.math.log(x)\n"
    assert codes(outcome.applied) == ["TFM101"]
    assert outcome.held == outcome.left == ()


@pytest.mark.parametrize(
    "text",
    [
        "import numpy as np\nx = np.log(1)\n",
        "",
        "# tensorflow\n",
        f"{TF}x = tf.math.log(1.0)\n",
        "def tf():\n    pass\n\ntf.log\n",
        f"{TF}def f(tf):\n    return tf.log(1)\n",
    ],
)
def test_nothing_to_fix(text: str) -> None:
    outcome = fixed(text)
    assert outcome.text == text
    assert not outcome.applied
    assert not outcome.passes


def test_nested_calls_and_all_that_is_on_one_row() -> None:
    text = f"{TF}y = tf.log(tf.log(tf.log(x))); z = [tf.log(x) for x in tf.log(y)]  # tf.log\n"
    after = text.replace("tf.log(", "tf.math.log(")
    assert fixed(text).text == after


def test_newlines_stay_row_by_row() -> None:
    text = "import tensorflow as tf\r\na = tf.log(x)\rb = tf.log(x)\nc = '''\r\n'''\r\n"
    assert fixed(text).text == text.replace("tf.log", "tf.math.log")


def test_new_rows_get_the_newlines_around_them() -> None:
    text = "import os\r\n\r\nimport tensorflow as tf\r\ntf.logging.info(tf.log(os))\r\n"
    outcome = fixed(text)
    assert "from absl import logging" in outcome.text
    assert "\n" not in outcome.text.replace("\r\n", "")


def test_columns_count_characters() -> None:
    text = f"{TF}s = 'é𝛼漢'; y = tf.log(x); t = 'ü'; z = tf.log('ß')\n"
    assert fixed(text).text == text.replace("tf.log", "tf.math.log")


def test_form_feeds_and_separators_are_no_newlines() -> None:
    text = f"{TF}\x0c\ns = 'a\x0bb\x1cc\u2028d'\n\x0cy = tf.log(x)\n"
    assert fixed(text).text == text.replace("tf.log", "tf.math.log")


def test_applied_findings_are_where_they_were_and_left_ones_where_they_are() -> None:
    text = (
        f"import os\n\n{TF}\nflags = tf.app.flags\nx = tf.log(os)\n"
        "v = tf.Variable(tf.contrib.whatever(1))\n"
    )
    outcome = fixed(text)
    for each in outcome.applied:
        assert each.symbol is not None
        row = text.split("\n")[each.span.row - 1]
        assert row[each.span.column - 1 :].startswith(each.symbol)
    (left,) = outcome.left
    row = outcome.text.split("\n")[left.span.row - 1]
    assert row[left.span.column - 1 :].startswith("tf.contrib.whatever")


# ------------------------------------------------------------------ what is not


def test_what_is_silenced_stays() -> None:
    text = f"{TF}a = tf.log(x)  # tfmigrate: ignore\nb = tf.log(x)  # noqa: TFM101\n"
    assert fixed(text).text == text
    assert fixed(f"# tfmigrate: ignore-file\n{text}c = tf.log(x)\n").applied == ()


def test_what_is_not_selected_stays() -> None:
    text = f"{TF}a = tf.log(x)\n"
    options = FixOptions(selection=Selection(("TFM2",)))
    assert fixed(text, options).text == text
    assert fixed(text, FixOptions(selection=Selection(("ALL",), ("TFM101",)))).text == text


def test_unsafe_fixes_are_held_back() -> None:
    text = (
        f"{TF}v = tf.Variable(0.0, validate_shape=False)\nx = tf.contrib.layers.fully_connected\n"
    )
    for outcome in (fixed(text), fixed(text, UNSAFE)):
        assert all(each.fix is not None for each in outcome.held)
        assert all(each.fix is None for each in outcome.left)


def test_a_file_that_does_not_parse_is_left_as_it_is() -> None:
    outcome = fix_text(f"{TF}x = tf.log(\n", CONTEXT)
    assert outcome.failed
    assert outcome.text == f"{TF}x = tf.log(\n"
    assert codes(outcome.left) == ["TFM001"]


@pytest.mark.parametrize(
    "wrong",
    ["from __future__ import no_such_feature", "def f():\n    nonlocal x", "def f(a, a): pass"],
)
def test_a_file_that_python_would_not_compile_is_left_as_it_is(wrong: str) -> None:
    text = f"{wrong}\n{TF}x = tf.log(1.0)\n"
    outcome = fix_text(text, CONTEXT)
    assert (outcome.failed, outcome.text) == (True, text)
    assert outcome.left[0].code == "TFM001"


def test_each_fix_can_be_refused() -> None:
    text = f"{TF}a = tf.log(x)\nb = tf.log(tf.log(y))\n"
    asked: list[int] = []

    def accept(finding: Finding) -> bool:
        asked.append(finding.span.column)
        return len(asked) == 2

    outcome = fix_text(text, CONTEXT, FixOptions(accept=accept))
    assert outcome.text == f"{TF}a = tf.log(x)\nb = tf.math.log(tf.log(y))\n"
    assert asked == [5, 5, 12]
    assert [each.span.row for each in outcome.held] == [2, 3]


# ------------------------------------------------------------------ imports


IMPORTS = {
    "a dead import goes with its last use": (
        "import tensorflow as tf\nfrom tensorflow.python.framework import ops\n"
        "x = ops.convert_to_tensor(1)\ny = tf.log(x)\n",
        "import tensorflow as tf\nx = tf.convert_to_tensor(1)\ny = tf.math.log(x)\n",
    ),
    "tensorflow goes with its last use": (
        f"import logging\n{TF}tf.logging.info('x')\nlogging.info('y')\n",
        "import logging\nfrom absl import logging as absl_logging\n"
        "absl_logging.info('x')\nlogging.info('y')\n",
    ),
    "one that was not used before stays": (
        f"from tensorflow.python.ops import math_ops\n{TF}x = tf.log(1.0)\n",
        f"from tensorflow.python.ops import math_ops\n{TF}x = tf.math.log(1.0)\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), IMPORTS.values(), ids=IMPORTS)
def test_imports_follow(before: str, after: str) -> None:
    assert fixed(before).text == after


def test_the_imports_of_a_package_stay() -> None:
    text = (
        f"{TF}from tensorflow.python.framework import ops\nx = tf.log(ops.convert_to_tensor(1))\n"
    )
    after = fixed(text, path="pkg/__init__.py").text
    assert after.startswith(f"{TF}from tensorflow.python.framework import ops\n")
    assert "ops.convert" not in after


COMPAT = {
    "all is native": (
        "import tensorflow.compat.v1 as tf\nx = tf.matmul(a, b)\n",
        "import tensorflow as tf\nx = tf.matmul(a, b)\n",
    ),
    "from compat": (
        "from tensorflow.compat import v1 as tf1\nx = tf1.matmul(a, b)\n",
        "import tensorflow as tf1\nx = tf1.matmul(a, b)\n",
    ),
    "after fixes": (
        "import tensorflow.compat.v1 as tf\nx = tf.matmul(a, tf.log(b))\n",
        "import tensorflow as tf\nx = tf.matmul(a, tf.math.log(b))\n",
    ),
    "beside tensorflow itself": (
        f"{TF}import tensorflow.compat.v1 as tf1\nx = tf1.matmul(a, tf.abs(b))\n",
        "import tensorflow as tf\nx = tf.matmul(a, tf.abs(b))\n",
    ),
    "beside tensorflow under its own name": (
        "import tensorflow\nfrom tensorflow.compat import v1 as tf\n"
        "x = tf.abs(tensorflow.abs(1))\n",
        "import tensorflow as tf\nx = tf.abs(tf.abs(1))\n",
    ),
    "in a function": (
        "def f(a):\n    import tensorflow.compat.v1 as tf\n    return tf.abs(a)\n",
        "def f(a):\n    import tensorflow as tf\n    return tf.abs(a)\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), COMPAT.values(), ids=COMPAT)
def test_the_compat_import_is_swapped(before: str, after: str) -> None:
    outcome = fixed(before)
    assert outcome.text == after
    assert "TFM110" in codes(outcome.applied)


@pytest.mark.parametrize(
    "text",
    [
        "import tensorflow.compat.v1 as tf\nx = tf.get_collection('x')\n",
        "import tensorflow.compat.v1 as tf\nx = tf.metrics.accuracy(a, b)\n",
        "import tensorflow.compat.v1 as tf\nx = tf.train.Saver\ny = tf.abs(x)  # noqa\n",
        "import tensorflow.compat.v1 as tf  # tfmigrate: ignore\ny = tf.abs(x)\n",
        "try:\n    import tensorflow.compat.v1 as tf\nexcept ImportError:\n    tf = 1\ntf.abs(1)\n",
        "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\ny = tf.abs(x)\n",
    ],
)
def test_the_compat_import_stays_as_long_as_it_is_needed(text: str) -> None:
    assert fixed(text).text == text


SWITCHED = {
    "all of it": (
        "import tensorflow.compat.v1 as tf\n\ntf.disable_v2_behavior()\n\ny = tf.abs(x)\n",
        "import tensorflow as tf\n\ny = tf.abs(x)\n",
    ),
    "beside tensorflow": (
        f"{TF}import tensorflow.compat.v1 as tf1\ntf1.disable_v2_behavior()\ny = tf1.abs(x)\n",
        f"{TF}y = tf.abs(x)\n",
    ),
    "under the same name": (
        f"{TF}import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\ny = tf.abs(x)\n",
        f"{TF}y = tf.abs(x)\n",
    ),
    "all that a function does": (
        f"{TF}def f():\n    tf.compat.v1.disable_eager_execution()\ny = tf.abs(f)\n",
        f"{TF}def f():\n    pass\ny = tf.abs(f)\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), SWITCHED.values(), ids=SWITCHED)
def test_the_switch_to_graph_mode_goes_with_it_if_that_is_allowed(before: str, after: str) -> None:
    assert fixed(before, UNSAFE).text == after
    assert "disable" in fixed(before).text


# ------------------------------------------------------------------ guards


def rule(*fixes: tuple[str, str, Fix]) -> Any:
    """A check that finds ``old`` and replaces it by ``new``, asking for what the fix asks for."""

    def check(text: str, context: Any, selection: Any, dialect: Any = None) -> Checked:
        found = []
        for number, row in enumerate(text.split("\n"), 1):
            for old, new, plan in fixes:
                at = row.find(old)
                if at >= 0:
                    span = Span(number, at + 1, number, at + 1 + len(old))
                    made = replace(plan, edits=(Edit(span, new),))
                    found.append(Finding("TFM101", f"`{old}`", span, fix=made))
        return Checked(Dialect.TF2, tuple(found))

    return check


PLAIN = Fix(Applicability.SAFE, "fix it", ())


def ruled(monkeypatch: pytest.MonkeyPatch, text: str, *fixes: tuple[str, str, Fix]) -> Fixed:
    monkeypatch.setattr(program, "check", rule(*fixes))
    return fix_text(text, CONTEXT)


def test_rules_that_contradict_each_other_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ruled(monkeypatch, "aa = 1\n", ("aa", "bb", PLAIN), ("bb", "aa", PLAIN))
    assert (outcome.text, outcome.failed) == ("aa = 1\n", True)
    assert outcome.left[0].code == "TFM009"
    assert "do not come to an end" in outcome.left[0].message


def test_a_rule_that_grows_for_ever_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ruled(monkeypatch, "aa = 1\n", ("aa", "aab", PLAIN))
    assert (outcome.text, outcome.failed) == ("aa = 1\n", True)


@pytest.mark.parametrize("new", ["(", "b c", "undefined_name + aa", "'"])
def test_a_result_that_is_wrong_is_not_used(monkeypatch: pytest.MonkeyPatch, new: str) -> None:
    text = "x = 2\ny = xx = x\n"
    outcome = ruled(monkeypatch, text, ("xx", new, PLAIN))
    assert (outcome.text, outcome.failed) == (text, True)
    assert outcome.left[0].code == "TFM009"


def test_fixes_that_wait_for_each_other_are_all_made(monkeypatch: pytest.MonkeyPatch) -> None:
    count = 40
    text = "\n".join(f"a{each:02} = 1" for each in range(count)) + "\n"
    chain = [(f"a{each:02}", f"b{each:02}", PLAIN) for each in range(count)]
    assert "a" not in ruled(monkeypatch, text, *chain).text


def test_imports_are_added_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fix = replace(PLAIN, imports=("from absl import app",))
    outcome = ruled(monkeypatch, "old1\nold1\n", ("old1", "app", fix))
    assert outcome.text == "from absl import app\n\napp\napp\n"


@pytest.mark.parametrize(
    "text",
    [
        "app = 1\nold1\n",
        "import app\nold1\n",
        "def f(app):\n    old1\n",
        "def app():\n    pass\nold1\n",
    ],
)
def test_a_fix_whose_import_has_no_room_is_not_made(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    fix = replace(PLAIN, imports=("from absl import app",))
    outcome = ruled(monkeypatch, text, ("old1", "app", fix))
    assert (outcome.text, outcome.failed) == (text, False)
    (left,) = outcome.left
    assert left.fix is None
    assert "not fixed: `app` is something else here" in left.message


def test_another_function_may_call_something_else_so(monkeypatch: pytest.MonkeyPatch) -> None:
    fix = replace(PLAIN, imports=("from absl import app",))
    text = "def f(app):\n    pass\n\n\ndef g():\n    old1\n"
    outcome = ruled(monkeypatch, text, ("old1", "app", fix))
    assert outcome.text == f"from absl import app\n\n\n{text.replace('old1', 'app')}"


def test_a_lift_that_goes_wrong_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    def lifted(text: str, context: Any, dialect: Any) -> Any:
        raise KeyError("lost")

    monkeypatch.setattr(stages, "lifted", lifted)
    outcome = fixed(f"{TF}x = tf.log(1.0)\ns = tf.Session()\n", path="a.py")
    assert "tf.math.log" in outcome.text
    assert any("KeyError" in each.message for each in outcome.left)


# ------------------------------------------------------------------ whole programs


def programs() -> Iterator[Any]:
    for path in PROGRAMS:
        text = path.read_text()
        try:
            ast.parse(text)
        except SyntaxError:
            continue
        yield pytest.param(text, id=path.stem)


@pytest.mark.parametrize("text", list(programs()))
def test_rows_that_nothing_was_done_to_stay(text: str) -> None:
    outcome = fixed(text, FixOptions(unsafe=True, selection=Selection(ignore=("TFM202",))))
    before, after = text.split("\n"), outcome.text.split("\n")
    allowed = rows_of_statements(text, {each.span.row for each in outcome.applied})
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    gone = [
        row
        for tag, first, last, _, _ in matcher.get_opcodes()
        if tag != "equal"
        for row in range(first + 1, last + 1)
    ]
    assert [before[row - 1] for row in gone if row not in allowed and before[row - 1].strip()] == []


def rows_of_statements(text: str, rows: set[int]) -> set[int]:
    """The rows of the imports of a program, and of the statements that are in certain rows."""
    found: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.expr, ast.Import, ast.ImportFrom, ast.arguments)):
            first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
            if not isinstance(node, ast.expr) or not rows.isdisjoint(range(first, last + 1)):
                found.update(range(first, last + 1))
    return found | rows


# ------------------------------------------------------------------ files


def job(path: str = "a.py", kind: Kind = Kind.PYTHON) -> Job:
    return Job(path, kind)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "euc-jp", "gb18030", "utf-16"]
)
def test_bytes_around_a_fix_stay(encoding: str) -> None:
    head = "" if encoding.startswith("utf-") else f"# -*- coding: {encoding} -*-\r\n"
    word = "日本" if encoding in ("euc-jp", "gb18030") else "é"
    text = f"{head}{TF}s = '{word}'; x = tf.log(1.0)\r\n"
    data = text.encode(encoding)
    outcome = fix(job(), data, CONTEXT)
    if encoding == "utf-16":
        assert (outcome.failed, outcome.after) == (True, data)
    else:
        assert outcome.after == text.replace("tf.log", "tf.math.log").encode(encoding)
        assert codes(outcome.applied) == ["TFM101"]


def test_a_declared_encoding_that_does_not_come_back_changes_nothing() -> None:
    data = f"# coding: utf-7\n{TF}x = tf.log(1.0)  # +AOk-+AOk-\n".encode()
    outcome = fix(job(), data, CONTEXT)
    assert outcome.after == data
    assert outcome.failed == (codes(outcome.left) == ["TFM003"])


def test_a_crash_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*args: Any) -> Checked:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(program, "check", crash)
    data = f"{TF}x = tf.log(1.0)\n".encode()
    outcome = fix(job(), data, CONTEXT)
    assert (outcome.before, outcome.after, outcome.failed) == (data, data, True)
    assert "ZeroDivisionError" in outcome.left[0].message


@pytest.mark.parametrize("data", [b"\xff\xfe", b"import tensorflow\n\0", b"\xe9 = 1"])
def test_what_is_no_text_is_left_alone(data: bytes) -> None:
    outcome = fix(job(), data, CONTEXT)
    assert (outcome.after, outcome.failed) == (data, True)
    assert codes(outcome.left) == ["TFM003"]


def test_a_file_without_tensorflow_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(*args: Any) -> Checked:
        raise AssertionError("parsed")

    monkeypatch.setattr(program, "check", check)
    outcome = fix(job(), b"x = (\n", CONTEXT)
    assert (outcome.after, outcome.failed, outcome.left) == (b"x = (\n", False, ())
