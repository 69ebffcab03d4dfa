"""An outcome as text: the verdict, the first difference, and the two outputs side by side."""

from __future__ import annotations

from collections.abc import Iterator

from tfmigrate.prove.compare import Tolerance, lines, same_line
from tfmigrate.prove.processes import Run
from tfmigrate.prove.verdict import Outcome, Verdict

_CONTEXT = 4
_SAID = {
    Verdict.SAME: "same: both come to the same",
    Verdict.RUNS: "differs: both run, and do not come to the same",
    Verdict.FAILS: "fails: the program does not run after the change",
    Verdict.UNKNOWN: "unknown: the program does not run before the change",
}


def report(outcome: Outcome, tolerance: Tolerance, width: int = 100) -> Iterator[str]:
    """The lines that tell a person what came of a comparison."""
    yield _SAID[outcome.verdict]
    if outcome.reason:
        yield f"  {outcome.reason}"
    if outcome.verdict in (Verdict.FAILS, Verdict.UNKNOWN):
        yield from _trace(outcome.after if outcome.verdict is Verdict.FAILS else outcome.before)
        return
    yield f"  compared: {compared(outcome.before)}"
    yield ""
    yield from side_by_side(outcome.before.out, outcome.after.out, tolerance, width)


def verified(outcome: Outcome) -> str:
    """What came of verifying a change, in a line."""
    if outcome.verdict is Verdict.SAME:
        return f"verified: both come to the same ({compared(outcome.before)})"
    return f"taken back: {_SAID[outcome.verdict].partition(': ')[2]}: {outcome.reason}"


def compared(run: Run) -> str:
    """What there was to compare, in words."""
    counts = [
        (len(lines(run.out)), "line", "lines"),
        (len(run.plots), "plot", "plots"),
        (len(run.scalars), "scalar of event files", "scalars of event files"),
        (len(run.variables or ()), "saved variable", "saved variables"),
    ]
    parts = [f"{count} {one if count == 1 else several}" for count, one, several in counts if count]
    return ", ".join(parts) or "nothing but the exit code: nothing was printed or written"


def _trace(run: Run) -> Iterator[str]:
    """The end of what a program said when it failed."""
    said = run.err.rstrip().splitlines()
    yield from (f"    {line}" for line in said[-8:])


def side_by_side(before: str, after: str, tolerance: Tolerance, width: int) -> Iterator[str]:
    """Two outputs in columns, with a bar where they differ: what is around the first difference."""
    old, new = lines(before, tolerance.ignore), lines(after, tolerance.ignore)
    count = max(len(old), len(new))
    old += [""] * (count - len(old))
    new += [""] * (count - len(new))
    same = [same_line(one, other, tolerance) for one, other in zip(old, new, strict=True)]
    place = same.index(False) if False in same else count
    start, end = max(0, place - _CONTEXT), min(count, place + _CONTEXT + 1)
    if place == count:
        start, end = 0, min(count, 2 * _CONTEXT)
    column = max(20, (width - 3) // 2)
    yield f"{'before':{column}}   after"
    if start:
        yield f"... {start} more"
    for index in range(start, end):
        mark = " " if same[index] else "|"
        yield f"{_cut(old[index], column):{column}} {mark} {_cut(new[index], column)}".rstrip()
    if end < count:
        yield f"... {count - end} more"


def _cut(line: str, column: int) -> str:
    return line if len(line) <= column else line[: column - 3] + "..."
