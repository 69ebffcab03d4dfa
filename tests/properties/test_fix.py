"""What holds for the fixing of any program."""

from __future__ import annotations

import ast
import io
import json
import tokenize

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tfmigrate.engine.files import Job
from tfmigrate.engine.fixing import Fixed, FixOptions, fix, fix_text
from tfmigrate.sources.discovery import Kind

from .programs import CONTEXT, any_program, graph_programs, is_program, tensorflow_programs

# the programs that hypothesmith makes are odd in ways that Python warns of
pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning")

SLOW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
QUICK = settings(SLOW, max_examples=40)
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
@settings(SLOW, max_examples=120)
def test_the_result_is_a_program_and_is_fixed(source: str, unsafe: bool) -> None:
    options = FixOptions(unsafe=unsafe)
    outcome = fixed(source, options)
    assert is_program(outcome.text)
    again = fixed(outcome.text, options)
    assert again.text == outcome.text
    assert again.applied == ()


@given(tensorflow_programs())
@SLOW
def test_no_comment_is_lost(source: str) -> None:
    kept = set(comments(fixed(source, ALL).text))
    assert set(comments(source)) <= kept


@given(tensorflow_programs(), st.sampled_from(["\r\n", "\r"]))
@QUICK
def test_newlines_are_kept(source: str, newline: str) -> None:
    after = fixed(source, ALL).text
    assert fixed(source.replace("\n", newline), ALL).text == after.replace("\n", newline)


@given(st.lists(tensorflow_programs(), min_size=1, max_size=3), st.booleans())
@QUICK
def test_notebooks_change_in_their_cells_only(sources: list[str], listed: bool) -> None:
    cells = [each.splitlines(keepends=True) if listed else each for each in sources]
    book = json.dumps(
        {
            "cells": [
                {"outputs": [{"text": "tf.log"}], "cell_type": "code", "source": cell}
                for cell in cells
            ],
            "metadata": {"x": 1.50},
        },
        indent=1,
    )
    job = Job("a.ipynb", Kind.NOTEBOOK)
    outcome = fix(job, book.encode(), CONTEXT, ALL)
    assert not outcome.failed, outcome.left
    before, after = json.loads(book), json.loads(outcome.after)
    for cell in (*before["cells"], *after["cells"]):
        del cell["source"]
    assert after == before
    assert fix(job, outcome.after, CONTEXT, ALL).after == outcome.after


def effects(source: str) -> set[str]:
    """What a program does with the module ``other``."""
    return {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "other"
    }


@given(graph_programs(), st.booleans(), st.booleans())
@settings(SLOW, max_examples=60)
def test_what_has_an_effect_stays(source: str, unsafe: bool, bridge: bool) -> None:
    options = FixOptions(unsafe=unsafe, bridge=bridge)
    outcome = fixed(source, options)
    assert effects(outcome.text) == effects(source)
    assert fixed(outcome.text, options).text == outcome.text
