"""Each idiom, before and after: what lifting writes is read here as a reviewer would read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfmigrate.engine import context
from tfmigrate.lifting import Lifted, lift

GOLDEN = Path(__file__).parent / "golden"
CASES = sorted(GOLDEN.glob("*.txt"))


def parts(path: Path) -> tuple[str, str]:
    """The program before and after, separated by a line of their own."""
    before, _, after = path.read_text().partition("\n=== after ===\n")
    return before.removeprefix("=== before ===\n"), after


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_lifted(path: Path) -> None:
    before, after = parts(path)
    outcome = lift(before, context.load("2.21"))
    assert isinstance(outcome, Lifted), outcome
    assert outcome.text == after


@pytest.mark.parametrize("path", CASES, ids=[path.stem for path in CASES])
def test_nothing_left_to_lift(path: Path) -> None:
    _, after = parts(path)
    assert lift(after, context.load("2.21")) is None
    compile(after, str(path), "exec")


def test_there_are_cases() -> None:
    assert len(CASES) > 5
