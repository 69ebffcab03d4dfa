"""The programs of ``tests/programs`` as they are run: before, on TensorFlow 1.15, and after a fix.

``recorded/programs.json`` has what each comes to on TensorFlow 1.15: ``record.py`` writes it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tfmigrate import api
from tfmigrate.config import Config, toml
from tfmigrate.engine.fixing import FixOptions
from tfmigrate.model import FileFix, Severity
from tfmigrate.prove.compare import Tolerance
from tfmigrate.prove.processes import Program, Run
from tfmigrate.prove.verdict import Outcome, Verdict, judge
from tfmigrate.prove.verifying import script

PROGRAMS = Path(__file__).parents[1] / "programs"
RECORD = Path(__file__).parent / "recorded" / "programs.json"
TIMEOUT = 120


@cache
def manifest() -> Mapping[str, Mapping[str, Any]]:
    """The programs that run by themselves on TensorFlow 1.15, by path."""
    path = PROGRAMS / "programs.toml"
    every = toml(path.read_bytes(), path)["program"]
    return {entry["path"]: entry for entry in every if entry.get("runs_on") == "1.15"}


@cache
def record() -> Mapping[str, Any]:
    """What TensorFlow 1.15 made of each, and which release it was."""
    data: dict[str, Any] = json.loads(RECORD.read_text("utf-8"))
    return data


def before(path: str) -> Run:
    """What TensorFlow 1.15 made of a program."""
    kept = dict(record()["values"][path])
    kept.pop("source")
    kept["plots"] = tuple(kept["plots"])
    kept["scalars"] = tuple(map(tuple, kept["scalars"]))
    return Run(**kept)


def files(path: str) -> list[Path]:
    """The Python files of a program: its own, or those of the package that it is run from."""
    file = PROGRAMS / path
    return sorted(file.parent.glob("*.py")) if manifest()[path].get("module") else [file]


def digest(path: str) -> str:
    """What a program is known by in the record: it is worth nothing for another one."""
    text = b"".join(file.read_bytes() for file in files(path))
    return hashlib.sha256(text).hexdigest()[:16]


@cache
def fixed(path: str, *, unsafe: bool = False) -> tuple[FileFix, ...]:
    """What becomes of a program: each of its files, with every safe fix, or every fix."""
    names = [str(file) for file in files(path)]
    return tuple(api.fix(names, Config(root=PROGRAMS), FixOptions(unsafe=unsafe), workers=1))


def errors(fixes: Iterable[FileFix]) -> list[str]:
    """The findings that say why the program does not run on TensorFlow 2 yet."""
    return [
        f"{finding.code} {finding.message}"
        for fix in fixes
        for finding in (*fix.left, *fix.held)
        if finding.severity is Severity.ERROR
    ]


def place(path: str, folder: Path, texts: Mapping[Path, str]) -> Program:
    """A program with these texts of its files, in a folder of its own, ready to be run."""
    home = folder / path.replace("/", "_").replace(".", "_")
    module = manifest()[path].get("module", "")
    inner = home / module.rpartition(".")[0].replace(".", "/")
    inner.mkdir(parents=True)
    for file, text in texts.items():
        target = inner / file.with_suffix(".py").name
        target.write_text(script(text, file), encoding="utf-8")
    main = inner / Path(path).with_suffix(".py").name
    return Program(main, modules=(home,), module=module, timeout=TIMEOUT)


def originals(path: str) -> dict[Path, str]:
    """The texts of a program as it is."""
    return {file: file.read_text("utf-8") for file in files(path)}


def results(path: str, fixes: Iterable[FileFix]) -> dict[Path, str]:
    """The texts of a program as it is after a fix."""
    changed = {Path(fix.path): fix.after.decode("utf-8") for fix in fixes if fix.after}
    return originals(path) | changed


def expected(path: str) -> Verdict:
    """What has to come of a program that is native after a fix."""
    entry = manifest()[path]
    if "needs" in entry and find_spec(entry["needs"]) is None:
        return Verdict.FAILS
    return Verdict.RUNS if "differs" in entry else Verdict.SAME


def outcome(path: str, run: Run) -> Outcome:
    """What came of a program after a fix, next to what TensorFlow 1.15 made of it."""
    entry, old = manifest()[path], before(path)
    tolerance = Tolerance(relative=entry.get("tolerance", Tolerance().relative))
    if entry.get("own_scalars"):
        old, run = replace(old, scalars=()), replace(run, scalars=())
    return judge(old, run, tolerance)


def after(path: str, folder: Path) -> Program:
    """A program as the manifest says that it is fixed, ready to be run."""
    unsafe = manifest()[path].get("fixed") == "unsafe"
    return place(path, folder, results(path, fixed(path, unsafe=unsafe)))
