"""Verifying a change: the program before and after it, run and compared."""

from __future__ import annotations

import ast
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from tfmigrate.engine import context, program
from tfmigrate.engine.selection import Selection
from tfmigrate.model import Dialect, FileFix
from tfmigrate.prove.compare import Tolerance
from tfmigrate.prove.processes import TIMEOUT, Program, ProveError, Run, programs
from tfmigrate.prove.verdict import Outcome, Verdict, judge
from tfmigrate.sources import notebook
from tfmigrate.sources.discovery import Kind, kind_of
from tfmigrate.sources.text import SourceError

_SILENT = {"print", "display", "show", "run", "append", "extend"}


@dataclass(frozen=True, slots=True)
class How:
    """How programs are run and compared.

    ``oracle`` is an interpreter with TensorFlow 1 for the program as it was; without one that is
    run by ``python``, through ``tf.compat.v1`` if it speaks TensorFlow 1. ``data`` are files and
    folders that are copied to where the programs run, ``setup`` is a Python file that is run
    before them (stand-ins for data that has to be downloaded, say).
    """

    python: str = sys.executable
    oracle: str = ""
    arguments: tuple[str, ...] = ()
    data: tuple[Path, ...] = ()
    setup: Path | None = None
    timeout: int = TIMEOUT
    tolerance: Tolerance = field(default_factory=Tolerance)


def verify(before: Path, after: Path, how: How) -> Outcome:
    """Run two files, Python programs or notebooks, and compare what came of them.

    Raises:
        ProveError: an interpreter cannot be used, or a file cannot be read.
    """
    try:
        texts = [path.read_text("utf-8") for path in (before, after)]
    except (OSError, UnicodeDecodeError) as error:
        raise ProveError(f"{before} and {after} cannot both be read: {error}") from None
    return verify_texts(texts[0], texts[1], how, places=(before, after))


def verify_fix(fix: FileFix, how: How, beside: Path | None = None) -> Outcome:
    """Run a file as it was and as it would be, without writing either where it belongs.

    ``beside`` is a folder in which the file, as it would be, finds its neighbours first.

    Raises:
        ProveError: an interpreter cannot be used.
    """
    path = Path(fix.path)
    texts = [data.decode("utf-8", "replace") for data in (fix.before, fix.after)]
    return verify_texts(texts[0], texts[1], how, places=(path, path), beside=beside)


def kept(fixes: list[FileFix], how: How) -> list[tuple[FileFix, Outcome | None]]:
    """Each fix, taken back if what it changes does not come to the same, and the outcome.

    Files that import each other are run with each other's changes; if one is taken back, those
    that name it are run again without it. There is no outcome for a file that does not change, or
    that is no program.

    Raises:
        ProveError: an interpreter cannot be used.
    """
    outcomes: dict[str, Outcome] = {}
    current = {fix.path: fix for fix in fixes}
    waiting = [fix.path for fix in fixes if runs(fix)]
    while waiting:
        back: set[str] = set()
        with tempfile.TemporaryDirectory(prefix="tfmigrate-") as folder:
            for number, path in enumerate(waiting):
                beside = Path(folder, str(number))
                neighbours(path, current.values(), beside)
                outcomes[path] = verify_fix(current[path], how, beside)
                if outcomes[path].verdict is not Verdict.SAME:
                    back.add(path)
        for path in back:
            current[path] = taken_back(current[path])
        stems = {Path(path).stem for path in back}
        waiting = [path for path in waiting if path not in back and names(current[path], stems)]
    return [(current[fix.path], outcomes.get(fix.path)) for fix in fixes]


def taken_back(fix: FileFix) -> FileFix:
    """The file as it was, with what would have been fixed held back."""
    return replace(fix, after=fix.before, applied=(), held=(*fix.applied, *fix.held))


def runs(fix: FileFix) -> bool:
    """Whether a file changes, and is a program: a pin in a dependency file is not run."""
    changes = not fix.failed and fix.before != fix.after
    return changes and kind_of(fix.path, named=True) in (Kind.PYTHON, Kind.NOTEBOOK)


def names(fix: FileFix, stems: set[str]) -> bool:
    """Whether a file mentions one of these modules."""
    text = fix.after.decode("utf-8", "replace")
    return any(re.search(rf"\b{re.escape(stem)}\b", text) for stem in stems)


def neighbours(path: str, fixes: Iterable[FileFix], folder: Path) -> None:
    """Write, into a new folder, the modules beside a file as they would be."""
    folder.mkdir()
    parent = Path(path).resolve().parent
    fixed = [
        (Path(fix.path).resolve(), fix.after)
        for fix in fixes
        if runs(fix) and fix.path != path and fix.path.endswith(".py")
    ]
    inside = [(each.relative_to(parent), data) for each, data in fixed if parent in each.parents]
    for name in {each.parts[0] for each, _ in inside if len(each.parts) > 1}:
        # a package is found in one place: what does not change in it has to be there, too
        shutil.copytree(parent / name, folder / name, ignore=_not_python, symlinks=True)
    for place, data in inside:
        (folder / place).parent.mkdir(parents=True, exist_ok=True)
        (folder / place).write_bytes(data)


def _not_python(folder: str, found: list[str]) -> list[str]:
    """What is no Python file and no folder."""
    return [
        each
        for each in found
        if not each.endswith(".py") and (each.startswith(".") or not Path(folder, each).is_dir())
    ]


def verify_texts(
    before: str, after: str, how: How, places: tuple[Path, Path], beside: Path | None = None
) -> Outcome:
    """Run two texts, as if they stood in two places, and compare what came of them.

    ``beside`` is a folder in which the text after the change finds modules first.

    Raises:
        ProveError: an interpreter cannot be used, or a notebook cannot be understood.
    """
    sources = [script(text, place) for text, place in zip((before, after), places, strict=True)]
    dialect = Dialect.NONE if how.oracle else dialect_of(sources[0])
    pythons = (how.oracle or how.python, how.python)
    with tempfile.TemporaryDirectory(prefix="tfmigrate-") as folder:
        files = [
            _program(source, place, Path(folder, side), how, first)
            for source, place, side, first in zip(
                sources, places, ("before", "after"), (None, beside), strict=True
            )
        ]
        with ThreadPoolExecutor(2) as pool:
            runs = list(pool.map(_run, files, pythons, (dialect, Dialect.NONE)))
    ran_on = runs[0].version
    if how.oracle and ran_on and not ran_on.startswith("1."):
        raise ProveError(f"{how.oracle} does not have TensorFlow 1, but {ran_on}")
    return judge(runs[0], runs[1], how.tolerance)


def _program(source: str, place: Path, folder: Path, how: How, beside: Path | None) -> Program:
    """A text as a program in a folder of its own, that imports from where it belongs."""
    parent = place.resolve().parent
    folder.mkdir()
    path = folder / place.with_suffix(".py").name
    path.write_text(source, encoding="utf-8")
    return Program(
        path,
        arguments=how.arguments,
        modules=(parent,) if beside is None else (beside, parent),
        data=how.data,
        setup=how.setup,
        timeout=how.timeout,
    )


def _run(file: Program, python: str, dialect: Dialect) -> Run:
    compat = dialect is Dialect.TF1
    keras_2 = compat or dialect is Dialect.COMPAT
    return programs([file], python=python, compat=compat, keras_2=keras_2)[0]


def dialect_of(source: str) -> Dialect:
    """What a program speaks, and with that, what ``import tensorflow`` has to give it."""
    return program.check(source, context.load("2.21"), Selection(), None).dialect


def script(text: str, place: Path) -> str:
    """A program as Python has it: of a notebook, its cells one after the other.

    What a cell ends with is printed, as the notebook shows it.
    """
    if place.suffix != ".ipynb":
        return text
    try:
        cells = notebook.parse(text)
    except SourceError as error:
        raise ProveError(f"{place}: {error}") from None
    lines = cells.text.splitlines()
    for cell in reversed(cells.cells):
        start, end = cell.start - 1, cell.start - 1 + cell.rows
        lines[start:end] = shown("\n".join(lines[start:end])).splitlines()
    return "\n".join(lines) + "\n"


def shown(cell: str) -> str:
    """A cell, with the value that it ends with printed."""
    try:
        body = ast.parse(cell).body
    except SyntaxError:
        return cell
    last = body[-1] if body else None
    if not isinstance(last, ast.Expr) or isinstance(last.value, ast.Constant) or _silent(last):
        return cell
    head = cell.splitlines()[: last.lineno - 1]
    # what stands before it on its line, behind a semicolon, is kept
    before = cell.splitlines()[last.lineno - 1].encode()[: last.col_offset].decode()
    return "\n".join([*head, f"{before}print({ast.get_source_segment(cell, last.value)})"])


def _silent(statement: ast.Expr) -> bool:
    """Whether an expression is there for what it does, not for its value."""
    value = statement.value
    if not isinstance(value, ast.Call):
        return False
    called = ast.unparse(value.func)
    return called.rpartition(".")[2] in _SILENT or called.startswith("plt.")
