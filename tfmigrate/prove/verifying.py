"""Verifying a change: the program before and after it, run and compared."""

from __future__ import annotations

import ast
import sys
import tempfile
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


def verify_fix(fix: FileFix, how: How) -> Outcome:
    """Run a file as it was and as it would be, without writing either where it belongs.

    Raises:
        ProveError: an interpreter cannot be used.
    """
    path = Path(fix.path)
    texts = [data.decode("utf-8", "replace") for data in (fix.before, fix.after)]
    return verify_texts(texts[0], texts[1], how, places=(path, path))


def kept(fixes: list[FileFix], how: How) -> list[tuple[FileFix, Outcome | None]]:
    """Each fix, taken back if what it changes does not come to the same, and the outcome.

    There is none for a file that does not change.
    """
    found: list[tuple[FileFix, Outcome | None]] = []
    for fix in fixes:
        if fix.failed or fix.before == fix.after:
            found.append((fix, None))
            continue
        outcome = verify_fix(fix, how)
        if outcome.verdict is not Verdict.SAME:
            fix = replace(fix, after=fix.before, applied=())
        found.append((fix, outcome))
    return found


def verify_texts(before: str, after: str, how: How, places: tuple[Path, Path]) -> Outcome:
    """Run two texts, as if they stood in two places, and compare what came of them.

    Raises:
        ProveError: an interpreter cannot be used, or a notebook cannot be understood.
    """
    sources = [script(text, place) for text, place in zip((before, after), places, strict=True)]
    dialect = Dialect.NONE if how.oracle else dialect_of(sources[0])
    pythons = (how.oracle or how.python, how.python)
    with tempfile.TemporaryDirectory(prefix="tfmigrate-") as folder:
        files = [
            _program(source, place, Path(folder, side), how)
            for source, place, side in zip(sources, places, ("before", "after"), strict=True)
        ]
        with ThreadPoolExecutor(2) as pool:
            runs = list(pool.map(_run, files, pythons, (dialect, Dialect.NONE)))
    ran_on = runs[0].version
    if how.oracle and ran_on and not ran_on.startswith("1."):
        raise ProveError(f"{how.oracle} does not have TensorFlow 1, but {ran_on}")
    return judge(runs[0], runs[1], how.tolerance)


def _program(source: str, place: Path, folder: Path, how: How) -> Program:
    """A text as a program in a folder of its own, that imports from where it belongs."""
    folder.mkdir()
    path = folder / place.with_suffix(".py").name
    path.write_text(source, encoding="utf-8")
    return Program(
        path,
        arguments=how.arguments,
        modules=(place.resolve().parent,),
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
