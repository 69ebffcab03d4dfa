"""What two runs come to, and how it is told."""

from __future__ import annotations

import pytest

from tfmigrate.prove import showing
from tfmigrate.prove.compare import Tolerance
from tfmigrate.prove.processes import Run
from tfmigrate.prove.verdict import Verdict, judge

FINE = Run(0, out="loss 0.5\nloss 0.25\n")
FAILED = Run(1, "ValueError: no", err="Traceback\n  line\nValueError: no\n")
NEAR = Tolerance()


@pytest.mark.parametrize(
    ("before", "after", "verdict", "reason"),
    [
        (FINE, FINE, Verdict.SAME, ""),
        (FINE, Run(0, out="loss 0.5\n"), Verdict.RUNS, "line 2 of 2: nothing (before: loss 0.25)"),
        (FINE, Run(3, out=FINE.out), Verdict.RUNS, "exit code: 3 (before: 0)"),
        (Run(3, out="1"), Run(3, out="1"), Verdict.SAME, ""),
        (FINE, FAILED, Verdict.FAILS, "ValueError: no"),
        (FAILED, FINE, Verdict.UNKNOWN, "ValueError: no"),
        (FAILED, FAILED, Verdict.UNKNOWN, "ValueError: no"),
        (Run(0, plots=(["plot"],)), Run(0), Verdict.RUNS, "0 plots, before 1"),
    ],
)
def test_verdict(before: Run, after: Run, verdict: Verdict, reason: str) -> None:
    outcome = judge(before, after, NEAR)
    assert (outcome.verdict, outcome.reason) == (verdict, reason)


def test_report_of_a_difference() -> None:
    after = Run(0, out="loss 0.5\nloss 0.75\n")
    assert list(showing.report(judge(FINE, after, NEAR), NEAR, 50)) == [
        "differs: both run, and do not come to the same",
        "  line 2: loss 0.75 (before: loss 0.25)",
        "  compared: 2 lines",
        "",
        "before                    after",
        "loss 0.5                  loss 0.5",
        "loss 0.25               | loss 0.75",
    ]


def test_report_of_the_same() -> None:
    many = Run(0, out="".join(f"{number}\n" for number in range(30)), plots=(["plot"],))
    said = list(showing.report(judge(many, many, NEAR), NEAR))
    assert said[:2] == ["same: both come to the same", "  compared: 30 lines, 1 plot"]
    assert said[-1] == "... 22 more"


def test_report_around_a_late_difference() -> None:
    before = Run(0, out="".join(f"{number}\n" for number in range(30)))
    after = Run(0, out=before.out.replace("\n20\n", "\n99\n"))
    said = list(showing.report(judge(before, after, NEAR), NEAR))
    assert "... 16 more" in said
    assert [line for line in said if "|" in line] == [f"{'20':48} | 99"]


@pytest.mark.parametrize(("before", "after"), [(FINE, FAILED), (FAILED, FINE)])
def test_report_of_a_failure(before: Run, after: Run) -> None:
    said = list(showing.report(judge(before, after, NEAR), NEAR))
    assert said[1:] == ["  ValueError: no", "    Traceback", "      line", "    ValueError: no"]


def test_report_of_nothing_to_compare() -> None:
    said = list(showing.report(judge(Run(0), Run(0), NEAR), NEAR))
    assert said[1] == "  compared: nothing but the exit code: nothing was printed or written"
