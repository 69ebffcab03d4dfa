"""Apply edits to a text: positions to offsets, which fixes go together, and where things moved.

A text keeps its own newlines. Rows and columns are those that the parser counts: ``\\r\\n``,
``\\r`` and ``\\n`` each end one row.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from tfmigrate.model import Edit, Finding, Span

_NEWLINE = re.compile(r"\r\n|\r|\n")
_NAME = re.compile(r"\w[\w.]*\Z")


class EditError(Exception):
    """Edits that contradict each other: a mistake in the rule that made them."""


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """Replace the characters from ``start`` up to ``end`` by ``content``."""

    start: int
    end: int
    content: str

    @property
    def renames(self) -> bool:
        """Whether a name takes the place of a name: what stands beside it cannot matter."""
        return self.start < self.end and _NAME.match(self.content) is not None


Changes = tuple[Change, ...]
"""Changes of one text, by position, none overlapping another."""


class Offsets:
    """The rows of a text, for turning rows and columns into offsets and back."""

    def __init__(self, text: str) -> None:
        self.text = text
        ends = [match.span() for match in _NEWLINE.finditer(text)]
        self.starts = [0, *(end for _, end in ends)]
        self.stops = [*(start for start, _ in ends), len(text)]
        """Where each row ends, its newline not counted."""

    @property
    def rows(self) -> int:
        """How many rows there are; the one after the last newline counts, although it is empty."""
        return len(self.starts)

    def at(self, row: int, column: int) -> int:
        """The offset of a place; what is beyond the end of its row is the end of the row."""
        if row > self.rows:
            return len(self.text)
        return min(self.starts[row - 1] + column - 1, self.stops[row - 1])

    def place(self, offset: int) -> tuple[int, int]:
        """The row and column of an offset."""
        row = bisect_right(self.starts, offset)
        return row, min(offset, self.stops[row - 1]) - self.starts[row - 1] + 1

    def row(self, row: int) -> str:
        """The text of a row without its newline; empty beyond the end."""
        if not 0 < row <= self.rows:
            return ""
        return self.text[self.starts[row - 1] : self.stops[row - 1]]

    def newline(self, row: int) -> str:
        """The newline that ends a row, else that of the row before, else ``\\n``."""
        for each in (row, row - 1):
            if 0 < each < self.rows:
                return self.text[self.stops[each - 1] : self.starts[each]]
        return "\n"

    def change(self, edit: Edit) -> Change:
        """An edit as a change of this text, its newlines those of the place."""
        span = edit.span
        content = edit.content
        newline = self.newline(span.row)
        if "\n" in content and newline != "\n":
            content = content.replace("\n", newline)
        return Change(
            self.at(span.row, span.column), self.at(span.end_row, span.end_column), content
        )

    def changes(self, edits: Iterable[Edit]) -> Changes:
        """The changes that edits make together, by position.

        Raises:
            EditError: two of them overlap.
        """
        every = sorted(dict.fromkeys(self.change(edit) for edit in edits))
        for one, other in pairwise(every):
            if one.end > other.start or (one.start, one.end) == (other.start, other.end):
                raise EditError(f"edits of one fix overlap in row {self.place(other.start)[0]}")
        return tuple(every)

    def span(self, start: int, end: int) -> Span:
        """The span between two offsets."""
        return Span(*self.place(start), *self.place(end))


@dataclass(frozen=True, slots=True)
class Chosen:
    """The fixes that are made in one pass, and the changes that they make."""

    findings: tuple[Finding, ...]
    changes: Changes
    declined: tuple[Finding, ...] = ()


def choose(
    findings: Iterable[Finding],
    offsets: Offsets,
    accept: Callable[[Finding], bool] | None = None,
) -> Chosen:
    """The fixes that can be made together: by position, the earlier before the later.

    What another fix makes already is not made twice; a fix that gets in the way of an earlier one
    waits for the next pass.

    Args:
        findings: what has a fix that may be applied.
        offsets: of the text that the findings are in.
        accept: asked for each fix that could be made now.

    Raises:
        EditError: the edits of one fix overlap.
    """
    planned: list[tuple[int, Span, int, Finding, Changes]] = []
    for finding in findings:
        if finding.fix is not None:
            changes = offsets.changes(finding.fix.edits)
            first = changes[0].start if changes else offsets.at(finding.span.row, 1)
            planned.append((first, finding.span, len(planned), finding, changes))
    taken = _Taken()
    made: list[Finding] = []
    declined: list[Finding] = []
    for *_, finding, changes in sorted(planned, key=lambda each: each[:3]):
        fresh = [each for each in changes if each not in taken.changes]
        if any(taken.hinders(each) for each in fresh):
            continue
        if accept is not None and not accept(finding):
            declined.append(finding)
            continue
        for each in fresh:
            taken.add(each)
        made.append(finding)
    return Chosen(tuple(made), tuple(taken.ordered), tuple(declined))


class _Taken:
    """The changes chosen so far, by position."""

    def __init__(self) -> None:
        self.ordered: list[Change] = []
        self.changes: set[Change] = set()

    def hinders(self, change: Change) -> bool:
        """Whether ``change`` cannot be made together with those that are taken."""
        at = bisect_right(self.ordered, change)
        return any(_conflict(each, change) for each in self.ordered[max(at - 2, 0) : at + 2])

    def add(self, change: Change) -> None:
        self.ordered.insert(bisect_right(self.ordered, change), change)
        self.changes.add(change)


def _conflict(one: Change, other: Change) -> bool:
    """Whether two changes overlap, or touch where the order or the precedence might matter.

    ``1 - `` put before what becomes ``a + b`` would be wrong, before a name it is not.
    """
    if one.end < other.start or other.end < one.start:
        return False
    if one.end > other.start and other.end > one.start:
        return True
    if one.start == one.end and other.start == other.end:
        return True
    if one.start < one.end and other.start < other.end:
        return not (one.renames or other.renames)
    return not (one.renames if one.start < one.end else other.renames)


def apply(text: str, changes: Sequence[Change]) -> str:
    """``text`` with every change made; all that lies between them stays as it is."""
    parts = []
    at = 0
    for each in changes:
        parts.append(text[at : each.start])
        parts.append(each.content)
        at = each.end
    parts.append(text[at:])
    return "".join(parts)


def moved(offset: int, changes: Sequence[Change], *, after: bool = False) -> int:
    """Where an offset of the old text is in the new one.

    Args:
        offset: in the text before the changes.
        changes: what was changed.
        after: whether what was put in at this very offset now stands before it.
    """
    shift = 0
    for each in changes:
        if each.start > offset or (each.start == each.end == offset and not after):
            break
        if each.end > offset:
            # it was replaced: the start stays the start, all else moves to the end
            inside = 0 if each.start == offset and not after else len(each.content)
            return each.start + shift + inside
        shift += len(each.content) - (each.end - each.start)
    return offset + shift


def origin(offset: int, changes: Sequence[Change]) -> int:
    """Where an offset of the new text was in the old one; for what is new, where that was put."""
    shift = 0
    for each in changes:
        start = each.start + shift
        if start > offset:
            break
        if offset < start + len(each.content):
            return each.start
        shift += len(each.content) - (each.end - each.start)
    return offset - shift


def fenced(changes: Changes, fences: Sequence[int], text: str) -> Changes:
    """The same changes without those of certain newlines, for a text that is made of parts.

    What would take the place of several parts goes to the first of them. Where the last rows of a
    part go, so does the newline before them.
    """
    if not fences:
        return changes
    split: list[Change] = []
    for each in changes:
        inside = [fence for fence in fences if each.start <= fence < each.end]
        start, content = each.start, each.content
        if inside and inside[-1] == each.end - 1:
            content = content.removesuffix("\n")
        for fence in inside:
            if not content and fence > start > 0 and text[start - 1] == "\n":
                room = start - 1 not in fences and (not split or split[-1].end < start)
                start -= room
            split.append(Change(start, fence, content))
            start, content = fence + 1, ""
        split.append(Change(start, each.end, content))
    return tuple(each for each in split if each.content or each.start < each.end)


def difference(before: str, after: str) -> list[Edit]:
    """The edits, whole rows each, that turn one text into another; newlines are ``\\n``."""
    old, new = rows_of(before), rows_of(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return [
        Edit(Span(a + 1, 1, b + 1, 1), "".join(new[c:d]))
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    ]


def rows_of(text: str) -> list[str]:
    """The rows of a text, each with its ``\\n``."""
    rows = [f"{row}\n" for row in text.split("\n")]
    rows[-1] = rows[-1][:-1]
    return rows if rows[-1] else rows[:-1]
