"""Write into the manifest of ``tests/programs`` what becomes of each program now.

    python tests/prove/measure.py

Fields that are for people to write (``tolerance``, ``differs``, ``needs``) stay. What is native
after a fix is printed, and the first difference where it does not come to the same.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.prove import programs
from tfmigrate.prove import processes

_LIFTED = "cannot be lifted: "


def main() -> int:
    """Measure every program; the exit code says whether all that are native come to the same."""
    states = {path: state(path) for path in programs.manifest()}
    manifest = programs.PROGRAMS / "programs.toml"
    manifest.write_text(stated(manifest.read_text("utf-8"), states), encoding="utf-8")
    return differing([path for path, (key, _) in states.items() if key == "fixed"], states)


def state(path: str) -> tuple[str, str]:
    """The field that says what becomes of a program, and its value."""
    for how in ("safe", "unsafe"):
        reasons = programs.errors(programs.fixed(path, unsafe=how == "unsafe"))
        if not reasons:
            return "fixed", how
    return "left", shortest(reasons)


def shortest(reasons: list[str]) -> str:
    """The reason that says most: why the graph stays, else the first."""
    lifted = [each.partition(_LIFTED)[2] for each in reasons if _LIFTED in each]
    return lifted[0] if lifted else reasons[0].partition(":")[0]


def stated(text: str, states: Mapping[str, tuple[str, str]]) -> str:
    """The manifest with these fields."""
    entries = re.split(r"(?m)^(?=\[\[program\]\]$)", text)
    for number, entry in enumerate(entries):
        found = re.search(r'(?m)^path = "(.*)"$', entry)
        if found is None or found[1] not in states:
            continue
        key, value = states[found[1]]
        quoted = f"'{value}'" if '"' in value else f'"{value}"'
        kept = re.sub(r"(?m)^(?:fixed|left) = .*\n", "", entry)
        head, codes, rest = kept.partition("\ncodes = ")
        entries[number] = f"{head}\n{key} = {quoted}{codes}{rest}"
    return "".join(entries)


def differing(paths: list[str], states: Mapping[str, tuple[str, str]]) -> int:
    """Run what is native, and print what does not come to the same."""
    with tempfile.TemporaryDirectory() as folder:
        every = []
        for path in paths:
            fixes = programs.fixed(path, unsafe=states[path][1] == "unsafe")
            every.append(programs.place(path, Path(folder), programs.results(path, fixes)))
        runs = processes.programs(every)
    wrong = 0
    for path, run in zip(paths, runs, strict=True):
        came = programs.outcome(path, run)
        wrong += came.verdict is not programs.expected(path)
        print(f"{came.verdict.value:6} {states[path][1]:6} {path} {came.reason}")
    print(f"{len(paths)} of {len(states)} are native, {wrong} of them wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
