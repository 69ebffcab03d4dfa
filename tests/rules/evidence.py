"""How each row of the catalogue is proven, and the table that says so.

    python tests/rules/evidence.py

writes the table into ``rules/README.md``, between the comments that mark its place.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.rules import proofs
from tests.rules.proofs import Call
from tfmigrate.catalogue import Row
from tfmigrate.catalogue.load import rules_folder
from tfmigrate.engine.fixing import Fixed
from tfmigrate.model import Applicability
from tfmigrate.prove import processes
from tfmigrate.prove.compare import alike
from tfmigrate.prove.processes import Value

PLACE = re.compile(r"(?<=<!-- proofs -->\n).*?(?=<!-- end of proofs -->)", re.DOTALL)
VALUES = "values recorded from TensorFlow 1.15.5"
OBJECT_1 = "one object under both names, on TensorFlow 1.15.5 and on 2.21"
OBJECT_2 = "one object under both names, in `tf.compat.v1` of 2.21"
NONE = "not by execution"
KINDS = (VALUES, OBJECT_1, OBJECT_2, NONE)


@dataclass(frozen=True)
class Proof:
    """A call, what the tool made of it, and what TensorFlow made of that."""

    call: Call
    fixed: Fixed
    value: Value

    @property
    def agrees(self) -> bool:
        """Whether the value is the one that TensorFlow 1.15 had."""
        expected = proofs.recorded("calls")["values"].get(self.call.oracle)
        return not self.value.error and alike(expected, self.value.value, proofs.TOLERANCE)

    @property
    def is_changed(self) -> bool:
        """Whether there was anything to rewrite."""
        return bool(self.fixed.applied)

    def __str__(self) -> str:
        expected = str(proofs.recorded("calls")["values"].get(self.call.oracle))
        got = self.value.error or str(self.value.value)
        return f"{self.call.symbol}: {self.fixed.text.strip()}\n{got[:400]}\n{expected[:400]}"


@dataclass(frozen=True)
class Evidence:
    """The proofs by calls, and the renamed symbols that are one object, with where they are."""

    calls: tuple[Proof, ...]
    objects: Mapping[str, str]

    def kind(self, row: Row) -> str:
        """How a row is proven."""
        if row.symbol in self.by_value:
            return VALUES
        return self.objects.get(row.symbol, NONE)

    @cached_property
    def by_value(self) -> Set[str]:
        """The symbols whose calls all agree, and of which one at least is rewritten, if any is."""
        every = {proof.call.symbol for proof in self.calls}
        wrong = {proof.call.symbol for proof in self.calls if not proof.agrees}
        return every - wrong - self.untouched

    @cached_property
    def untouched(self) -> Set[str]:
        """The symbols that have calls, of which none is rewritten, although their rows do that."""
        changed = {proof.call.symbol for proof in self.calls if proof.is_changed}
        unchanged = {proof.call.symbol for proof in self.calls} - changed
        return {symbol for symbol in unchanged if proofs.rewrites(proofs.fixable()[symbol])}


def gather(python: str = sys.executable) -> Evidence:
    """Rewrite and run every call, and compare every pair of names, under today's TensorFlow."""
    fixed = {call: proofs.after(call) for call in proofs.calls()}
    texts = {each.text: each.text for each in fixed.values()}
    values = processes.snippets(texts, inputs=proofs.inputs(), python=python)
    calls = (Proof(call, each, values[each.text]) for call, each in fixed.items())
    return Evidence(tuple(calls), one_object(python))


def one_object(python: str) -> dict[str, str]:
    """The renamed symbols that are one object under both names, and where that is so."""
    compat, inputs = proofs.same_object(proofs.pairs())
    here = processes.snippets({"": compat}, inputs=inputs, python=python)[""].value
    native, inputs = proofs.same_object((new, new) for _, new in proofs.pairs())
    alive = set(processes.snippets({"": native}, inputs=inputs, python=python)[""].value)
    recorded = set(proofs.recorded("objects")["values"]["same"])
    there = [old for old, new in proofs.pairs() if old in recorded and new in alive]
    return dict.fromkeys(here, OBJECT_2) | dict.fromkeys(there, OBJECT_1)


def table(evidence: Evidence) -> str:
    """How many rows and pages are proven, and how, in Markdown."""
    counts = {
        fix: Counter(evidence.kind(row) for row in proofs.fixable().values() if row.fix is fix)
        for fix in (Applicability.SAFE, Applicability.UNSAFE)
    }
    safe, unsafe = counts[Applicability.SAFE], counts[Applicability.UNSAFE]
    lines = ["| proven by | safe fixes | unsafe fixes |", "|---|---|---|"]
    lines += [f"| {kind} | {safe[kind]} | {unsafe[kind]} |" for kind in KINDS]
    lines.append(f"| all | {safe.total()} | {unsafe.total()} |")
    pairs = proofs.page_pairs()
    both = sum(pair.before is not None and pair.after is not None for pair in pairs)
    one = sum(pair.before is None and pair.after is not None for pair in pairs)
    lines += [
        "",
        f"{len(proofs.calls())} calls are recorded and run. Of {len(pairs)} pairs of programs in "
        f"the pages {both} print the same on TensorFlow 1.15.5 and on 2.21, of {one} only the "
        f"After can be run, of {len(pairs) - both - one} neither.",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the table into ``rules/README.md``."""
    path = rules_folder() / "README.md"
    text = path.read_text("utf-8")
    path.write_text(PLACE.sub(lambda _: table(gather()), text), encoding="utf-8")


if __name__ == "__main__":
    main()
