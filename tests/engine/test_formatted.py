"""Fixes between the braces of formatted strings."""

from __future__ import annotations

import pytest

from tfmigrate.engine import context, formatted
from tfmigrate.engine.fixing import fix_text
from tfmigrate.engine.spans import Lines
from tfmigrate.engine.syntax import parse
from tfmigrate.model import Applicability, Dialect, Edit, Finding, Fix, Span

CONTEXT = context.load("2.21")
TF = "import tensorflow as tf\n"

FIXED = {
    "a call": ("x = f'{tf.log(1)}'\n", "x = f'{tf.math.log(1)}'\n"),
    "spaces": ("x = f'{ tf.log(1) }'\n", "x = f'{ tf.math.log(1) }'\n"),
    "a conversion and a format": (
        "x = f'{tf.log(1)!r:>{tf.log(2)}}'\n",
        "x = f'{tf.math.log(1)!r:>{tf.math.log(2)}}'\n",
    ),
    "after text that is not ASCII": (
        "x = 'é' f'é{tf.log(1)}' 'b'\n",
        "x = 'é' f'é{tf.math.log(1)}' 'b'\n",
    ),
    "on several lines": (
        "x = f'''a\n{\ntf.log(1)}\n'''\n",
        "x = f'''a\n{\ntf.math.log(1)}\n'''\n",
    ),
    "beside one": ("x = f'{y}', tf.log(1)\n", "x = f'{y}', tf.math.log(1)\n"),
    "doubled braces are text": ("x = f'{{tf.log(1)}}'\n", "x = f'{{tf.log(1)}}'\n"),
}


@pytest.mark.parametrize(("before", "after"), FIXED.values(), ids=FIXED)
def test_names_are_replaced(before: str, after: str) -> None:
    outcome = fix_text(TF + before, CONTEXT, dialect=Dialect.TF1)
    assert outcome.text == TF + after


# on Python 3.11 none of these may stand between the braces of the string around it
@pytest.mark.parametrize("content", ["lambda x: x", "f('a')", 'f("a")', "f({})", "a\n", "a != b"])
def test_what_may_not_stand_there_is_told(content: str) -> None:
    text = 'x = f"{tf.log}"\ny = tf.log\n'
    there, elsewhere = (
        Finding(
            "TFM101",
            "message",
            span,
            fix=Fix(Applicability.SAFE, "Replace", (Edit(span, content),)),
        )
        for span in (Span(1, 8, 1, 14), Span(2, 5, 2, 11))
    )
    lines = Lines(text)
    found = formatted.settled([there, elsewhere], text, parse(text, lines), lines)
    assert [each.fix is None for each in found] == [True, False]
    assert found[0].message == "message (not fixed: it stands in a formatted string)"


def test_a_function_for_a_bare_name_does_not_fit() -> None:
    text = f"{TF}x = f'{{ tf.Print }}' 'b'\n"
    outcome = fix_text(text, CONTEXT, dialect=Dialect.TF1)
    assert not outcome.failed
    assert outcome.text == text
    assert "it stands in a formatted string" in outcome.left[0].message
