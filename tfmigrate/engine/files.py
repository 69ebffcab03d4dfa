"""Check one file: bytes in, a report out, whatever the bytes are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tfmigrate.engine.selection import Selection
from tfmigrate.engine.syntax import at, too_deep
from tfmigrate.model import Dialect, FileReport, Finding, Span
from tfmigrate.sources.discovery import Kind

# a run whose reports are all in the cache needs none of what checks a file, so that is imported
# where it is used: it would be half of such a run
if TYPE_CHECKING:
    from tfmigrate.engine.context import Context
    from tfmigrate.engine.program import Checked
    from tfmigrate.engine.spans import Lines
    from tfmigrate.sources.notebook import Notebook
    from tfmigrate.sources.text import SourceError

INTERNAL = "TFM009"
"""The code of a crash: of a rule, or of the process that ran it."""


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
    from tfmigrate.sources.text import SourceError

    try:
        return _check(job, data, context)
    except SourceError as error:
        return unreadable(job.path, error)
    except RecursionError:
        return failure(job.path, too_deep())
    except Exception as error:
        return crash(job.path, error)


def unreadable(path: str, error: SourceError) -> FileReport:
    """The report on a file that cannot be read."""
    return failure(path, at(error.row or 1, 1, error.code, error.message))


def crash(path: str, error: Exception) -> FileReport:
    """The report on a file that a rule stumbled over."""
    import traceback

    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{where.filename.rpartition('tfmigrate')[2].lstrip('/')}:{where.lineno}"
    message = (
        f"internal error, please report it: {type(error).__name__}: {error} ({place});"
        " the file was not checked"
    )
    return failure(path, at(1, 1, INTERNAL, message))


def failure(path: str, finding: Finding) -> FileReport:
    """The report on a file that could not be checked."""
    return FileReport(path, Dialect.NONE, (finding,), failed=True)


def _check(job: Job, data: bytes, context: Context) -> FileReport:
    from tfmigrate.engine import program, suppressions
    from tfmigrate.engine.spans import Lines
    from tfmigrate.sources import dependencies, text

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
    if job.kind is Kind.DEPENDENCIES:
        prefixes = context.catalogue.prefixes
        stay, gone = suppressions.settle(extra, source, job.selection, prefixes, python=False)
        return report(job.path, program.Checked(Dialect.NONE, stay, gone), lines)
    checked = program.check(source, context, job.selection, job.dialect, extra)
    return report(job.path, checked, lines)


def worth_reading(data: bytes, context: Context) -> bool:
    """Whether a file mentions TensorFlow, or speaks to tfmigrate, at all."""
    from tfmigrate.sources import text

    roots = (b"tensorflow", b"tfmigrate:", *(root.encode() for root in context.knowledge.roots))
    return text.mentions(data, roots)


def normal(source: str) -> str:
    """``\\n`` for every newline, as the parser counts lines."""
    return source.replace("\r\n", "\n").replace("\r", "\n") if "\r" in source else source


def report(path: str, checked: Checked, lines: Lines) -> FileReport:
    """The report on a file, with the source lines that its findings start on."""
    rows = sorted({each.span.row for each in checked.findings})
    source: tuple[tuple[tuple[int | None, int], str], ...]
    source = tuple(((None, row), lines[row]) for row in rows)
    return FileReport(
        path, checked.dialect, checked.findings, source, checked.failed, checked.suppressed
    )


def check_notebook(job: Job, source: str, context: Context) -> FileReport:
    """Check a notebook: its cells as one program, each finding placed in its cell.

    Cells that do not parse are reported and left out; the others are checked all the same.
    """
    from tfmigrate.engine import program
    from tfmigrate.sources import notebook

    book = notebook.parse(source)
    checked = program.check(book.text, context, job.selection, job.dialect)
    broken: list[Finding] = []
    if checked.failed:
        broken = list(broken_cells(book))
        for each in broken:
            book = book.without(each.cell or 0)
        if broken:
            checked = program.check(book.text, context, job.selection, job.dialect)
    placed = [*broken, *(place(each, book) for each in checked.findings)]
    placed.extend(installs(book, job, context))
    placed.sort(key=lambda each: (each.cell or 0, each.span, each.code))
    return FileReport(
        job.path,
        checked.dialect,
        tuple(placed),
        cell_lines(book, placed),
        bool(broken) or checked.failed,
        checked.suppressed,
    )


def broken_cells(book: Notebook) -> Iterator[Finding]:
    """What is wrong with each cell that is no program by itself."""
    from tfmigrate.engine import syntax
    from tfmigrate.engine.spans import Lines

    lines = book.text.split("\n")
    for cell in book.cells:
        text = "\n".join(lines[cell.start - 1 : cell.start - 1 + cell.rows])
        try:
            syntax.parse(text, Lines(text))
        except syntax.ParseError as error:
            yield replace(error.finding, cell=cell.number)


def place(finding: Finding, book: Notebook) -> Finding:
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


def installs(book: Notebook, job: Job, context: Context) -> Iterable[Finding]:
    """What the cells install: ``!pip install tensorflow==1.15``."""
    from tfmigrate.sources import dependencies

    for cell, command in book.commands():
        for each in dependencies.check_command(
            command.text, command.row, command.column, context.target
        ):
            if job.selection.wants(each.code):
                yield replace(each, cell=cell)


def cell_lines(
    book: Notebook, findings: Iterable[Finding]
) -> tuple[tuple[tuple[int | None, int], str], ...]:
    """The lines that findings start on, as they stand in the notebook."""
    from tfmigrate.engine.spans import Lines

    sources = {cell.number: Lines(normal(cell.source)) for cell in book.cells}
    wanted = sorted({(each.cell or 0, each.span.row) for each in findings})
    return tuple(((cell, row), sources[cell][row]) for cell, row in wanted if cell in sources)
