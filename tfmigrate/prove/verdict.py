"""The verdict on a before and an after: same, runs, or fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from tfmigrate.prove.compare import Difference, Tolerance, runs
from tfmigrate.prove.processes import Run


class Verdict(str, Enum):
    """What a comparison came to."""

    SAME = "same"
    """Both ran, and nothing differs."""
    RUNS = "runs"
    """Both ran, and something differs."""
    FAILS = "fails"
    """The program does not run after the change."""
    UNKNOWN = "unknown"
    """It did not run before the change, so there is nothing to compare with."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict, its reason, and the two runs."""

    verdict: Verdict
    before: Run
    after: Run
    difference: Difference | None = None
    reason: str = field(default="")


def judge(before: Run, after: Run, tolerance: Tolerance) -> Outcome:
    """Compare two runs.

    A program that is meant to end with an exit code other than 0 has to do so on both sides.
    """
    if before.error:
        return Outcome(Verdict.UNKNOWN, before, after, None, before.error)
    if after.error:
        return Outcome(Verdict.FAILS, before, after, None, after.error)
    if before.code != after.code:
        different = Difference("exit code", str(before.code), str(after.code))
        return Outcome(Verdict.RUNS, before, after, different, str(different))
    difference = runs(before, after, tolerance)
    if difference is None:
        return Outcome(Verdict.SAME, before, after)
    return Outcome(Verdict.RUNS, before, after, difference, str(difference))
