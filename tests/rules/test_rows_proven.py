"""Each row of the catalogue that changes code by itself is proven, by execution.

The calls in ``calls/`` ran on TensorFlow 1.15 (``recorded/calls.json``); here the tool rewrites
them, today's TensorFlow runs what it wrote, and the values have to agree. A row that does no more
than rename is proven, too, if old and new name are one and the same object.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from tfmigrate.engine.fixing import Fixed
from tfmigrate.model import Applicability
from tfmigrate.prove import processes
from tfmigrate.prove.compare import alike
from tfmigrate.prove.processes import Value

from . import proofs
from .proofs import Call

pytestmark = pytest.mark.tensorflow

RECORDS = proofs.recorded("calls")
OBJECTS = proofs.recorded("objects")
NOT_NATIVE = re.compile(r"compat\.v1|\bcontrib\b|tf\.(?:Session|placeholder)\b")


@dataclass(frozen=True)
class Proof:
    """A call, what the tool made of it, and what TensorFlow made of that."""

    call: Call
    fixed: Fixed
    value: Value

    @property
    def agrees(self) -> bool:
        """Whether the value is the one that TensorFlow 1.15 had."""
        expected = RECORDS["values"].get(self.call.oracle)
        return not self.value.error and alike(expected, self.value.value, proofs.TOLERANCE)

    @property
    def is_changed(self) -> bool:
        """Whether there was anything to rewrite."""
        return bool(self.fixed.applied)

    def __str__(self) -> str:
        expected = str(RECORDS["values"].get(self.call.oracle))
        got = self.value.error or str(self.value.value)
        return f"{self.call.symbol}: {self.fixed.text.strip()}\n{got[:400]}\n{expected[:400]}"


@pytest.fixture(scope="module")
def every_proof() -> list[Proof]:
    """Every call, rewritten and run: all of them in one process."""
    fixed = {call: proofs.after(call) for call in proofs.calls()}
    texts = {each.text: each.text for each in fixed.values()}
    values = processes.snippets(texts, inputs=proofs.inputs())
    return [Proof(call, each, values[each.text]) for call, each in fixed.items()]


@pytest.fixture(scope="module")
def one_object() -> Mapping[str, str]:
    """The renamed symbols that are one object under both names, and where that is so."""
    code, inputs = proofs.same_object(proofs.pairs())
    here = processes.snippets({"": code}, inputs=inputs)[""].value
    natively, inputs = proofs.same_object((new, new) for _, new in proofs.pairs())
    alive = set(processes.snippets({"": natively}, inputs=inputs)[""].value)
    recorded = set(OBJECTS["values"]["same"])
    found = dict.fromkeys(here, "tf.compat.v1")
    return found | {
        old: "1.15.5" for old, new in proofs.pairs() if old in recorded and new in alive
    }


def test_records_are_of_the_calls_as_they_are() -> None:
    assert RECORDS["tensorflow"] == OBJECTS["tensorflow"] == "1.15.5"
    codes = {call.oracle for call in proofs.calls()}
    assert codes - RECORDS["values"].keys() == set(), "run tests/rules/record.py"
    assert RECORDS["values"].keys() - codes == set(), "run tests/rules/record.py"
    used = set().union(*map(proofs.names_in, codes))
    assert RECORDS["inputs"] == {name: proofs.inputs()[name] for name in used}


def test_calls_are_of_rows_with_a_fix() -> None:
    assert {call.symbol for call in proofs.calls()} - proofs.fixable().keys() == set()


def test_values_agree(every_proof: list[Proof]) -> None:
    assert [str(proof) for proof in every_proof if not proof.agrees] == []


def test_calls_are_rewritten(every_proof: list[Proof]) -> None:
    changed = {proof.call.symbol for proof in every_proof if proof.is_changed}
    assert {proof.call.symbol for proof in every_proof} - changed == set()


def test_what_is_rewritten_is_native(every_proof: list[Proof]) -> None:
    texts = [proof.fixed.text for proof in every_proof if proof.is_changed]
    assert [text for text in texts if NOT_NATIVE.search(text)] == []


def test_every_safe_fix_is_proven(
    every_proof: list[Proof], one_object: Mapping[str, str]
) -> None:
    safe = {
        symbol for symbol, row in proofs.fixable().items() if row.fix is Applicability.SAFE
    }
    by_value = {proof.call.symbol for proof in every_proof if proof.agrees and proof.is_changed}
    assert safe - by_value - one_object.keys() == set()
