"""Check one file: bytes in, a report out, whatever the bytes are."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tfmigrate.engine import program
from tfmigrate.engine.context import Context
from tfmigrate.engine.selection import Selection
from tfmigrate.engine.spans import Lines
from tfmigrate.engine.syntax import at
from tfmigrate.model import Dialect, FileReport, Finding, Span
from tfmigrate.sources import dependencies, notebook, text
from tfmigrate.sources.discovery import Kind
from tfmigrate.sources.text import SourceError

_INTERNAL = "TFM009"


@dataclass(frozen=True, slots=True)
class Job:
    """One file to check, and what the configuration says of it."""

    path: str
    kind: Kind
    selection: Selection = field(default_factory=Selection)
    dialect: Dialect | None = None


def check(job: Job, data: bytes, context: Context) -> FileReport:
    """Check the bytes of a file.

    Raises nothing but what ends the process: what cannot be read, and a crash of a rule, is a
    finding, so that the other files go on.
    """
    try:
        return _check(job, data, context)
    except SourceError as error:
        return unreadable(job.path, error)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{where.filename.rpartition('tfmigrate')[2].lstrip('/')}:{where.lineno}"
        message = (
            f"internal error, please report it: {type(error).__name__}: {error} ({place});"
            " the file was not checked"
        )
        return failure(job.path, at(1, 1, _INTERNAL, message))


def unreadable(path: str, error: SourceError) -> FileReport:
    """The report on a file that cannot be read."""
    return failure(path, at(error.row or 1, 1, error.code, error.message))


def failure(path: str, finding: Finding) -> FileReport:
    """The report on a file that could not be checked."""
    return FileReport(path, Dialect.NONE, (finding,), failed=True)


def _check(job: Job, data: bytes, context: Context) -> FileReport:
    if job.kind is Kind.NOTEBOOK:
        return check_notebook(job, text.decode(data).text, context)
    declares = dependencies.is_dependency_file(job.path)
    if job.kind is Kind.PYTHON and not declares and not worth_reading(data, context):
        # not a program that TensorFlow has a part in, but it has to be text all the same
        if b"\0" in data or not data.isascii():
            text.decode(data)
        return FileReport(job.path, Dialect.NONE)
    source = normal(text.decode(data).text)
    lines = Lines(source)
    extra = dependencies.check(job.path, source, context.target) if declares else ()
    extra = tuple(each for each in extra if job.selection.wants(each.code))
    if job.kind is Kind.DEPENDENCIES:
        return report(job.path, program.Checked(Dialect.NONE, extra), lines)
    checked = program.check(source, context, job.selection, job.dialect)
    every = sorted((*checked.findings, *extra), key=lambda each: (each.span, each.code))
    return report(job.path, replace(checked, findings=tuple(every)), lines)


def worth_reading(data: bytes, context: Context) -> bool:
    """Whether a file mentions TensorFlow, or speaks to tfmigrate, at all."""
    roots = (b"tensorflow", b"tfmigrate:", *(root.encode() for root in context.knowledge.roots))
    return text.mentions(data, roots)


def normal(source: str) -> str:
    """``\\n`` for every newline, as the parser counts lines."""
    return source.replace("\r\n", "\n").replace("\r", "\n") if "\r" in source else source


def report(path: str, checked: program.Checked, lines: Lines) -> FileReport:
    """The report on a file, with the source lines that its findings start on."""
    rows = sorted({each.span.row for each in checked.findings})
    source: tuple[tuple[tuple[int | None, int], str], ...]
    source = tuple(((None, row), lines[row]) for row in rows)
    return FileReport(
        path, checked.dialect, checked.findings, source, checked.failed, checked.suppressed
    )


def check_notebook(job: Job, source: str, context: Context) -> FileReport:
    """Check a notebook: its cells as one program, each finding placed in its cell."""
    book = notebook.parse(source)
    broken: list[Finding] = []
    checked = program.check(book.text, context, job.selection, job.dialect)
    while checked.failed and len(broken) < len(book.cells):
        broken.extend(checked.findings)
        number, _ = book.locate(checked.findings[0].span.row)
        book = book.without(number)
        checked = program.check(book.text, context, job.selection, job.dialect)
    placed = [place(each, book) for each in (*broken, *checked.findings)]
    placed.extend(installs(book, job, context))
    placed.sort(key=lambda each: (each.cell or 0, each.span, each.code))
    return FileReport(
        job.path,
        checked.dialect,
        tuple(placed),
        cell_lines(book, placed),
        bool(broken),
        checked.suppressed,
    )


def place(finding: Finding, book: notebook.Notebook) -> Finding:
    """A finding of the program, in the cell that it comes from."""
    cell, row = book.locate(finding.span.row)
    down = row - finding.span.row
    fix = finding.fix
    if fix is not None:
        edits = tuple(replace(edit, span=shift(edit.span, down)) for edit in fix.edits)
        fix = replace(fix, edits=edits)
    return replace(finding, span=shift(finding.span, down), fix=fix, cell=cell)


def shift(span: Span, rows: int) -> Span:
    """The same span, some rows further down."""
    return replace(span, row=span.row + rows, end_row=span.end_row + rows)


def installs(book: notebook.Notebook, job: Job, context: Context) -> Iterable[Finding]:
    """What the cells install: ``!pip install tensorflow==1.15``."""
    for cell, command in book.commands():
        for each in dependencies.check_command(
            command.text, command.row, command.column, context.target
        ):
            if job.selection.wants(each.code):
                yield replace(each, cell=cell)


def cell_lines(
    book: notebook.Notebook, findings: Iterable[Finding]
) -> tuple[tuple[tuple[int | None, int], str], ...]:
    """The lines that findings start on, as they stand in the notebook."""
    sources = {cell.number: Lines(normal(cell.source)) for cell in book.cells}
    wanted = sorted({(each.cell or 0, each.span.row) for each in findings})
    return tuple(((cell, row), sources[cell][row]) for cell, row in wanted if cell in sources)
