"""Fix a notebook: its cells as one program, each change put back into the cell it is in.

Only the sources of the cells that changed are written anew; every other byte stays. Magics have
Python in their place while the program is fixed: changes are made to both, side by side.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tfmigrate.engine import edits, files
from tfmigrate.engine.context import Context
from tfmigrate.engine.edits import Changes, Offsets
from tfmigrate.engine.files import Job
from tfmigrate.engine.fixing import Fixed, FixOptions, fix_text
from tfmigrate.engine.guards import GuardError
from tfmigrate.engine.syntax import at
from tfmigrate.model import Edit, Finding, Span
from tfmigrate.sources import notebook
from tfmigrate.sources.notebook import CodeCell, Notebook

_INSTALLS = 1000
"""More than any notebook installs."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def fix(source: str, job: Job, context: Context, options: FixOptions) -> Fixed:
    """Fix the notebook in ``source``; ``text`` of the outcome is the new notebook.

    Findings are placed in cells; those of the outcome that say what was applied, in the old ones.

    Raises:
        SourceError: it is no notebook.
    """
    result = fix_program(source, job, context, options)
    if result.failed and not any(each.cell for each in result.left):
        return result
    return fix_installs(result, job, context, options)


def fix_program(source: str, job: Job, context: Context, options: FixOptions) -> Fixed:
    """Fix what is Python in a notebook."""
    book = notebook.parse(source)
    broken = []
    fixed = fix_text(book.text, context, options, dialect=job.dialect, fences=fences(book))
    if fixed.failed:
        broken = list(files.broken_cells(book))
        if not broken:
            return placed(fixed, source, book, book)
        for each in broken:
            book = book.without(each.cell or 0)
        fixed = fix_text(book.text, context, options, dialect=job.dialect, fences=fences(book))
    try:
        text = source if fixed.text == book.text else written(source, book, fixed)
        after = notebook.parse(text)
        if not broken and after.text != fixed.text:
            raise GuardError("what was changed cannot be put back into the cells")
    except GuardError as error:
        left = tuple(files.place(each, book) for each in fixed.applied)
        finding = at(1, 1, files.INTERNAL, f"{error}; the notebook was not changed")
        return Fixed(source, fixed.dialect, left=(finding, *left), failed=True)
    result = placed(fixed, text, book, after)
    return replace(result, left=(*broken, *result.left), failed=result.failed or bool(broken))


def fix_installs(done: Fixed, job: Job, context: Context, options: FixOptions) -> Fixed:
    """Fix what the cells install: ``!pip install tensorflow==1.15``."""
    text = done.text
    applied: list[Finding] = []
    declined: set[str] = set()
    while True:
        book = notebook.parse(text)
        found = list(files.installs(book, job, context))
        ready = [
            each
            for each in found
            if each.fix is not None
            and options.allows(each.fix.applicability)
            and each.message not in declined
            and any(cell.number == each.cell for cell in book.cells)
        ]
        if not ready or len(applied) > _INSTALLS:
            break
        first = ready[0]
        if options.accept is not None and not options.accept(first):
            declined.add(first.message)
            continue
        applied.append(first)
        text = installed(text, book, first)
    return replace(
        done,
        text=text,
        applied=(*done.applied, *applied),
        held=(*done.held, *(each for each in found if each.fix is not None)),
        left=(*done.left, *(each for each in found if each.fix is None)),
    )


def installed(text: str, book: Notebook, finding: Finding) -> str:
    """The notebook with the fix of one finding about a command made."""
    cell = next(each for each in book.cells if each.number == finding.cell)
    made = Offsets(cell.source).changes(finding.fix.edits if finding.fix else ())
    return edits.apply(text, [rewritten(text, cell, edits.apply(cell.source, made))])


def fences(book: Notebook) -> tuple[int, ...]:
    """Where the newlines between the cells are in the program."""
    rows = Offsets(book.text)
    return tuple(rows.stops[cell.start + cell.rows - 2] for cell in book.cells)


def placed(fixed: Fixed, text: str, before: Notebook, after: Notebook) -> Fixed:
    """The outcome for a notebook: the findings in their cells."""
    return replace(
        fixed,
        text=text,
        applied=tuple(files.place(each, before) for each in fixed.applied),
        held=tuple(files.place(each, after) for each in fixed.held),
        left=tuple(files.place(each, after) for each in fixed.left),
    )


def written(source: str, book: Notebook, fixed: Fixed) -> str:
    """The notebook with the changes that fixing made to its program.

    Raises:
        GuardError: a change cannot be made in a cell.
    """
    changes = [
        rewritten(source, cell, text)
        for cell, text in cells_after(book, fixed.passes)
        if text != cell.source
    ]
    return edits.apply(source, changes)


def rewritten(source: str, cell: CodeCell, text: str) -> edits.Change:
    """The change of a notebook that gives a cell another source."""
    start, end = cell.value
    value = source[start:end]
    return edits.Change(start, end, as_list(value, text) if cell.listed else dumped(value, text))


@dataclass(slots=True)
class _Shadow:
    """The cells as they stand in the notebook, joined, and where each starts and ends."""

    text: str
    starts: list[int]
    ends: list[int]


def cells_after(book: Notebook, passes: Sequence[Changes]) -> list[tuple[CodeCell, str]]:
    """Each cell with its new source.

    Raises:
        GuardError: what is to be changed stands in a magic.
    """
    program, shadow = book.text, joined(book)
    for changes in passes:
        here, there = Offsets(program), Offsets(shadow.text)
        both = tuple(follow(each, here, there) for each in changes)
        program = edits.apply(program, changes)
        shadow.starts = [edits.moved(each, both) for each in shadow.starts]
        shadow.ends = [edits.moved(each, both, after=True) for each in shadow.ends]
        shadow.text = edits.apply(shadow.text, both)
    return [
        (cell, shadow.text[start:end])
        for cell, start, end in zip(book.cells, shadow.starts, shadow.ends, strict=True)
    ]


def joined(book: Notebook) -> _Shadow:
    """The sources of the cells one after the other, on the rows that the program has them on."""
    parts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    length = 0
    for cell in book.cells:
        starts.append(length)
        ends.append(length + len(cell.source))
        parts.append(f"{cell.source}\n")
        length += len(cell.source) + 1
    return _Shadow("".join(parts), starts, ends)


def follow(change: edits.Change, here: Offsets, there: Offsets) -> edits.Change:
    """A change of the program as one of the cells as they stand in the notebook.

    Raises:
        GuardError: the two differ where the change is.
    """
    (row, column), (end_row, end_column) = here.place(change.start), here.place(change.end)
    if column == len(here.row(row)) + 1:
        column = len(there.row(row)) + 1
    if end_column == len(here.row(end_row)) + 1:
        end_column = len(there.row(end_row)) + 1
    span = (row, column, end_row, end_column)
    made = there.change(Edit(Span(*span), change.content))
    old = files.normal(there.text[made.start : made.end])
    if old != here.text[change.start : change.end]:
        raise GuardError(f"row {row} of the program has a magic where it would be changed")
    return made


def as_list(value: str, text: str) -> str:
    """A list of lines in JSON, laid out as ``value`` is, lines that stay spelled as they were."""
    known, gaps = spelled(value)
    items = [known.get(line) or dumped(value, line) for line in _LINE.findall(text)]
    separator = gaps[1] if len(gaps) > 2 else f",{gaps[0]}" if gaps[0] else ", "
    return f"[{gaps[0]}{separator.join(items)}{gaps[-1]}]" if items else "[]"


def spelled(value: str) -> tuple[dict[str, str], list[str]]:
    """How each line of a list is spelled, and what stands before, between and after them."""
    decoder = json.JSONDecoder()
    found: dict[str, str] = {}
    gaps: list[str] = []
    end = 1
    while True:
        at = value.find('"', end)
        gaps.append(value[end : at if at >= 0 else len(value) - 1])
        if at < 0:
            return found, gaps
        line, end = decoder.raw_decode(value, at)
        found[line] = value[at:end]


def dumped(like: str, text: str) -> str:
    """A string in JSON; escaped to ASCII if ``like`` is."""
    escapes = like.isascii() and "\\u" in like
    return json.dumps(text, ensure_ascii=escapes)
