"""Each row of the catalogue that changes code by itself is proven, by execution.

The calls in ``calls/`` ran on TensorFlow 1.15 (``recorded/calls.json``); here the tool rewrites
them, today's TensorFlow runs what it wrote, and the values have to agree. A row that does no more
than rename is proven, too, if old and new name are one and the same object.
"""

from __future__ import annotations

import re

import pytest

from tfmigrate.catalogue.load import rules_folder
from tfmigrate.model import Applicability

from . import evidence, proofs
from .evidence import Evidence

pytestmark = pytest.mark.tensorflow

NOT_NATIVE = re.compile(r"compat\.v1|tf\.contrib\b|tf\.(?:Session|placeholder)\b")


@pytest.fixture(scope="module")
def gathered() -> Evidence:
    """All the evidence: every call is run, in one process."""
    return evidence.gather()


def test_records_are_of_the_calls_as_they_are() -> None:
    records, objects = proofs.recorded("calls"), proofs.recorded("objects")
    assert records["tensorflow"] == objects["tensorflow"] == "1.15.5"
    codes = {call.oracle for call in proofs.calls()}
    assert codes - records["values"].keys() == set(), "run tests/rules/record.py"
    assert records["values"].keys() - codes == set(), "run tests/rules/record.py"
    used = set().union(*map(proofs.names_in, codes))
    assert records["inputs"] == {name: proofs.inputs()[name] for name in used}


def test_calls_are_of_rows_with_a_fix() -> None:
    assert {call.symbol for call in proofs.calls()} - proofs.fixable().keys() == set()


def test_values_agree(gathered: Evidence) -> None:
    assert [str(proof) for proof in gathered.calls if not proof.agrees] == []


def test_calls_are_rewritten(gathered: Evidence) -> None:
    assert gathered.untouched == set()


def test_what_is_rewritten_is_native(gathered: Evidence) -> None:
    texts = [proof.fixed.text for proof in gathered.calls if proof.is_changed]
    assert [text for text in texts if NOT_NATIVE.search(text)] == []


def test_every_safe_fix_is_proven(gathered: Evidence) -> None:
    unproven = [
        symbol
        for symbol, row in proofs.fixable().items()
        if row.fix is Applicability.SAFE and gathered.kind(row) == evidence.NONE
    ]
    assert unproven == []


def test_the_table_says_so(gathered: Evidence) -> None:
    text = (rules_folder() / "README.md").read_text("utf-8")
    assert evidence.table(gathered) in text, "run tests/rules/evidence.py"
