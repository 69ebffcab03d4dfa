"""Every Before and After of the pages is run, and both come to the same.

What Before prints on TensorFlow 1.15 is on record (``recorded/pages.json``).
"""

from __future__ import annotations

import pytest

from tfmigrate.prove import processes
from tfmigrate.prove.compare import Tolerance
from tfmigrate.prove.processes import Program, Run
from tfmigrate.prove.verdict import Verdict, judge

from . import proofs

pytestmark = pytest.mark.tensorflow

PAIRS = {pair.key: pair for pair in proofs.page_pairs()}
RECORDS = proofs.recorded("pages")
BOTH = sorted(key for key, pair in PAIRS.items() if pair.before and pair.after)


@pytest.fixture(scope="module")
def afters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Each After, run by itself, all with one import of TensorFlow."""
    sources = {key: pair.after for key, pair in PAIRS.items() if pair.after is not None}
    programs = []
    for source in sources.values():
        path = tmp_path_factory.mktemp("page") / "program.py"
        path.write_text(source, encoding="utf-8")
        programs.append(Program(path, timeout=120))
    return dict(zip(sources, processes.programs(programs), strict=True))


def before(key: str) -> Run:
    """What TensorFlow 1.15 made of a Before."""
    record = RECORDS["values"][key]
    return Run(
        record["code"],
        out=record["out"],
        plots=tuple(record["plots"]),
        scalars=tuple(map(tuple, record["scalars"])),
    )


def test_records_are_of_the_programs_as_they_are() -> None:
    assert RECORDS["tensorflow"] == "1.15.5"
    sources = {key: pair.before for key, pair in PAIRS.items() if pair.before is not None}
    stale = [
        key
        for key, source in sources.items()
        if RECORDS["values"].get(key, {}).get("source") != proofs.digest(source)
    ]
    assert stale == [], "run tests/rules/record.py"
    assert set(RECORDS["values"]) == set(sources)


def test_most_pages_have_programs_that_run() -> None:
    assert len(BOTH) >= 80


@pytest.mark.parametrize("key", sorted(key for key, pair in PAIRS.items() if pair.after))
def test_after_runs(afters: dict[str, Run], key: str) -> None:
    run = afters[key]
    assert (run.error, run.code) == ("", 0), run.err
    assert run.out or "print(" not in (PAIRS[key].after or "")


@pytest.mark.parametrize("key", BOTH)
def test_after_comes_to_the_same(afters: dict[str, Run], key: str) -> None:
    outcome = judge(before(key), afters[key], Tolerance())
    assert (outcome.verdict, outcome.reason) == (Verdict.SAME, "")
