"""What becomes of the programs in ``tests/programs``, and that it comes to the same numbers.

The manifest says of each whether it is native after a fix (``fixed``, with safe or only with unsafe
fixes) or why it is not (``left``), so that whatever changes, for better or worse, is noticed:
``python tests/prove/measure.py`` writes what is the case now.
"""

from __future__ import annotations

import pytest

from tfmigrate.prove import processes
from tfmigrate.prove.processes import Run

from . import programs

PATHS = sorted(programs.manifest())
FIXED = [path for path in PATHS if "fixed" in programs.manifest()[path]]
LEAST = 38
"""How many programs, at least, are native and come to the same."""
LEFT = [path for path in PATHS if path not in FIXED]


def test_records_are_of_the_programs_as_they_are() -> None:
    assert programs.record()["tensorflow"] == "1.15.5"
    records = programs.record()["values"]
    stale = [path for path in PATHS if records[path]["source"] != programs.digest(path)]
    assert stale == [], "run tests/prove/record.py"
    assert set(records) == set(PATHS)
    # tests say by their exit code how they went
    silent = [path for path, each in records.items() if not (each["out"] or each["scalars"])]
    assert all(path.startswith("testing/") for path in silent)


@pytest.mark.parametrize("path", PATHS)
def test_the_entry_says_what_becomes_of_it(path: str) -> None:
    entry = programs.manifest()[path]
    assert ("fixed" in entry) != ("left" in entry)
    assert entry.get("fixed", "safe") in ("safe", "unsafe")
    assert "fixed" in entry or not {"differs", "needs"} & set(entry)


@pytest.mark.parametrize("path", FIXED)
def test_it_is_native_after_a_fix(path: str) -> None:
    safe = programs.manifest()[path]["fixed"] == "safe"
    assert programs.errors(programs.fixed(path, unsafe=not safe)) == []
    # one that no longer needs unsafe fixes has to be noticed
    assert safe or programs.errors(programs.fixed(path)) != []


@pytest.mark.parametrize("path", LEFT)
def test_it_is_left_for_a_reason(path: str) -> None:
    reasons = programs.errors(programs.fixed(path, unsafe=True))
    assert any(programs.manifest()[path]["left"] in reason for reason in reasons), reasons


@pytest.mark.parametrize("path", PATHS)
def test_nothing_goes_wrong_inside(path: str) -> None:
    every = (*programs.fixed(path), *programs.fixed(path, unsafe=True))
    assert [each for fix in every for each in fix.left if each.code == "TFM009"] == []
    assert not any(fix.failed for fix in every)


@pytest.fixture(scope="module")
def afters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """Each program that is native after a fix, run, all with one import of TensorFlow."""
    folder = tmp_path_factory.mktemp("programs")
    every = {path: programs.after(path, folder) for path in FIXED}
    return dict(zip(every, processes.programs(list(every.values())), strict=True))


@pytest.mark.tensorflow
@pytest.mark.parametrize("path", FIXED)
def test_it_comes_to_the_same(afters: dict[str, Run], path: str) -> None:
    came = programs.outcome(path, afters[path])
    # where the numbers cannot be the same, or something is not installed, the manifest says so
    assert came.verdict is programs.expected(path), f"{came.reason}\n{came.after.err[-2000:]}"


def test_most_of_what_runs_is_proven() -> None:
    other = ("differs", "needs")
    same = [path for path in FIXED if not any(key in programs.manifest()[path] for key in other)]
    assert len(same) >= LEAST
