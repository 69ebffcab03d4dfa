"""What people read: full, concise, statistics and the summary."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from tfmigrate import api, report
from tfmigrate.catalogue import Catalogue
from tfmigrate.config import Config
from tfmigrate.model import Report, Span
from tfmigrate.report.paint import Paint, wanted
from tfmigrate.report.text import sentences, window, wrapped

from .reports import CLEAN, EMPTY, FULL, RENAME, SHOWN, one


def rules() -> Catalogue:
    return api.rules(Config())


def render(
    what: Report, form: str, *, colour: bool = False, part: str = "", totals: bool = True
) -> str:
    lines = report.render(what, form, rules, Paint(colour), part=part, totals=totals)
    return "".join(f"{line}\n" for line in lines)


def test_concise() -> None:
    assert render(FULL, "concise") == dedent(
        """\
        bad.py:1:2: TFM001 syntax error: invalid syntax
        book.ipynb:cell 3:1:5: TFM101 [*] in a cell
        src/train me.py:1:1: TFM010 a name with <&"'> and
        newline \x1b
        src/train me.py:2:5: TFM101 [*] `tf.log` is now `tf.math.log`
        src/train me.py:3:6: TFM202 [*] `tf.Session` is gone: Delete it
        Found 5 findings in 3 files: 3 errors, 1 warning, 1 note.
        [*] 3 with a mechanical fix.
        Not shown: 2 suppressed in the source, 1 in the baseline.
        Not checked: 1 file.
        """
    )


def test_full() -> None:
    shown = render(Report(FULL.files[-1:], "2.21"), "full", totals=False)
    assert shown.partition("TFM101")[2] == dedent(
        """\
         [*] `tf.log` is now `tf.math.log`
         --> src/train me.py:2:5
          |
        2 | x = tf.log(1)
          |     ^^^^^^
          = fix: Replace with `tf.math.log`

        TFM202 [*] `tf.Session` is gone: Delete it
         --> src/train me.py:3:6
          |
        3 | with tf.Session(
          |      ^^^^^^^^^^^
          = help: Call `f(x)` instead, as in `a. B`. Then rest
          = fix: Replace (unsafe)

        """
    )


CARETS = {
    "plain": ("x = tf.log(1)", Span(7, 5, 7, 11), "x = tf.log(1)", "    ^^^^^^"),
    "tabs": ("\tx\t= tf.log(1)", Span(7, 6, 7, 12), "\tx\t= tf.log(1)", "\t \t  ^^^^^^"),
    "wide": (
        "'\u65e5\u672c', tf.log",
        Span(7, 7, 7, 13),
        "'\u65e5\u672c', tf.log",
        " " * 8 + "^^^^^^",
    ),
    "combining": ("'e\u0301', tf.log", Span(7, 7, 7, 13), "'e\u0301', tf.log", " " * 5 + "^^^^^^"),
    "several rows": ("f(tf.log(", Span(7, 3, 9, 2), "f(tf.log(", "  ^^^^^^^"),
    "past the end": ("x = (", Span(7, 9, 7, 10), "x = (", "     ^"),
    "trailing space": ("x = 1   ", Span(7, 5, 7, 6), "x = 1", "    ^"),
    "escape": (
        "'\x1b[31m', tf.log",
        Span(7, 10, 7, 16),
        "'\u241b[31m', tf.log",
        " " * 9 + "^^^^^^",
    ),
}


@pytest.mark.parametrize(("line", "span", "shown", "carets"), CARETS.values(), ids=CARETS)
def test_carets(line: str, span: Span, shown: str, carets: str) -> None:
    lines = render(one(line, span), "full", totals=False).splitlines()
    assert lines[3:5] == [f"7 | {shown}", f"  | {carets}"]


def test_the_gutter_is_as_wide_as_the_number() -> None:
    lines = render(one("x = 1", Span(12345, 1, 12345, 2)), "full").splitlines()
    assert lines[1:4] == ["     --> a.py:12345:1", "      |", "12345 | x = 1"]


def test_an_empty_line_is_left_out() -> None:
    assert render(one("", Span(1, 1, 1, 2)), "full", totals=False).splitlines() == [
        "TFM101 message",
        " --> a.py:1:1",
        "",
    ]


def test_a_fix_that_is_only_shown_has_no_star() -> None:
    shown = render(one("x", Span(1, 1, 1, 2), fix=SHOWN), "full")
    assert "TFM101 message" in shown
    assert "= fix: Think of `x` (display)" in shown
    assert "[*]" not in shown
    assert "[*] 1 with a mechanical fix." in render(one("x", Span(1, 1, 1, 2), fix=RENAME), "full")


LONG = f"x = [{'1, ' * 200}tf.log(1), {'2, ' * 200}]"


@pytest.mark.parametrize("start", [0, 3, 300, 605, len(LONG) - 2])
def test_long_lines(start: int) -> None:
    shown, before, marked = window(LONG, start, start + 6)
    assert len(shown) <= 162
    assert shown.startswith(before + marked)
    assert marked == LONG[start : start + 6]
    assert shown.strip("\u2026") in LONG


SENTENCES = {
    "one": ("All of it", ("All of it", "")),
    "two": ("First. Second. Third", ("First", "Second. Third")),
    "code": ("Use `a. B` here. Then go", ("Use `a. B` here", "Then go")),
    "code first": ("Gone. `x` is it", ("Gone", "`x` is it")),
    "a version": ("since 2. 0 it is", ("since 2. 0 it is", "")),
    "dots": ("and so on... Then", ("and so on... Then", "")),
    "a short clause": ("write this; or that", ("write this; or that", "")),
    "a long clause": (f"{'so long ' * 20}; or that. Then", ("so long " * 20, "or that. Then")),
    "long code": (f"`{'a; ' * 60}`", (f"`{'a; ' * 60}`", "")),
}


@pytest.mark.parametrize(("message", "expected"), SENTENCES.values(), ids=SENTENCES)
def test_sentences(message: str, expected: tuple[str, str]) -> None:
    assert sentences(message) == expected


def test_wrapping() -> None:
    text = "one two " + "x" * 30 + " three"
    assert wrapped(text, 10) == ("one two", "x" * 30, "three")
    assert wrapped("", 10) == ("",)


def test_nothing_found() -> None:
    assert render(CLEAN, "full") == "All good: 2 files checked against TensorFlow 2.21.\n"
    assert render(CLEAN, "concise", totals=False) == ""
    assert render(EMPTY, "full") == "All good: 0 files checked against TensorFlow 2.21.\n"


def test_colour_changes_nothing_but_colour() -> None:
    for form in ("full", "concise"):
        painted = render(FULL, form, colour=True)
        assert "\x1b[1;31mTFM101\x1b[0m" in painted
        assert re.sub(r"\x1b\[[\d;]+m", "", painted) == render(FULL, form)


COLOUR: dict[str, tuple[Mapping[str, str], bool, bool]] = {
    "terminal": ({}, True, True),
    "pipe": ({}, False, False),
    "dumb terminal": ({"TERM": "dumb"}, True, False),
    "no colour": ({"NO_COLOR": "1"}, True, False),
    "no colour, empty": ({"NO_COLOR": ""}, True, True),
    "forced in a pipe": ({"FORCE_COLOR": "1"}, False, True),
    "forced by clicolor": ({"CLICOLOR_FORCE": "1"}, False, True),
    "clicolor zero": ({"CLICOLOR_FORCE": "0"}, False, False),
    "both": ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
}


@pytest.mark.parametrize(("environment", "terminal", "expected"), COLOUR.values(), ids=COLOUR)
def test_when_to_colour(environment: Mapping[str, str], terminal: bool, expected: bool) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    assert wanted(Stream(), environment) is expected


def test_statistics() -> None:
    assert render(FULL, "full", part="statistics") == dedent(
        """\
        2  TFM101  [*]  renamed
        1  TFM001  [ ]  syntax-error
        1  TFM010  [ ]  dynamic-access
        1  TFM202  [*]  session
        """
    )
    first, *_ = json.loads(render(FULL, "json", part="statistics"))
    assert first == {
        "code": "TFM101",
        "name": "renamed",
        "count": 2,
        "fixable": True,
        "fixable_count": 2,
    }
    assert render(CLEAN, "full", part="statistics") == ""


def test_summary() -> None:
    assert render(FULL, "full", part="summary") == dedent(
        """\
        Migration to TensorFlow 2.21

        Files
                1  TensorFlow 1
                1  graph mode through tf.compat.v1
                1  TensorFlow 2 (1 of them with nothing to do)
                1  without TensorFlow
                1  could not be checked

        Findings by rule (with a mechanical fix)
                2  TFM101  renamed (2)
                1  TFM001  syntax-error
                1  TFM010  dynamic-access
                1  TFM202  session (1)

        Most frequent symbols
                2  tf.log
                1  tf.Session

        Files with the most
                3  src/train me.py
                1  bad.py
                1  book.ipynb

        5 findings, 3 of them (60 %) with a mechanical fix: 2 safe, 1 to be looked at.
        Not counted: 2 suppressed in the source, 1 in the baseline.
        """
    )
    data = json.loads(render(FULL, "json", part="summary"))
    assert (data["files"], data["findings"], data["safe_fixes"]) == (5, 5, 2)
    assert "Nothing to do." in render(CLEAN, "full", part="summary")


def test_text_formats_ask_for_no_rules(tmp_path: Path) -> None:
    def never() -> Catalogue:
        raise AssertionError(tmp_path)

    for form in ("full", "concise"):
        assert list(report.render(FULL, form, never, Paint()))
