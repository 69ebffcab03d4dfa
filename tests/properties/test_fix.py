"""What holds for the fixing of any program."""

from __future__ import annotations

import io
import tokenize

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tfmigrate.engine.fixing import Fixed, FixOptions, fix_text

from .programs import CONTEXT, any_program, is_program, tensorflow_programs

SLOW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
ALL = FixOptions(unsafe=True)


def fixed(source: str, options: FixOptions | None = None) -> Fixed:
    outcome = fix_text(source, CONTEXT, options)
    assert not outcome.failed, outcome.left[0].message
    return outcome


def comments(source: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


@given(any_program())
@SLOW
def test_a_program_without_tensorflow_stays_as_it_is(source: str) -> None:
    outcome = fixed(source, ALL)
    assert outcome.text == source
    assert outcome.applied == ()


@given(any_program(), tensorflow_programs(), any_program())
@SLOW
def test_what_is_around_tensorflow_stays_as_it_is(first: str, middle: str, last: str) -> None:
    source = f"{first}\n{middle}\n{last}"
    if not is_program(source):
        return
    after = fixed(source, ALL).text
    assert is_program(after)


@given(tensorflow_programs(), st.booleans())
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_result_is_a_program_and_is_fixed(source: str, unsafe: bool) -> None:
    options = FixOptions(unsafe=unsafe)
    outcome = fixed(source, options)
    assert is_program(outcome.text)
    again = fixed(outcome.text, options)
    assert again.text == outcome.text
    assert again.applied == ()


@given(tensorflow_programs())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_comment_is_lost(source: str) -> None:
    kept = set(comments(fixed(source, ALL).text))
    assert set(comments(source)) <= kept
