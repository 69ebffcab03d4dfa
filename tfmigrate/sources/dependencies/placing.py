"""Where declarations stand: taking one away, putting one beside another, renaming a key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tfmigrate.model import Edit, Span
from tfmigrate.sources.dependencies.declared import Package
from tfmigrate.sources.dependencies.rewriting import Release, successor

_QUOTES = "\"'"


class Rows:
    """A text by rows and columns, both counted from 1."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rows = text.split("\n")
        self.starts = [0]
        for row in self.rows:
            self.starts.append(self.starts[-1] + len(row) + 1)

    def row(self, number: int) -> str:
        """The text of a row; empty beyond the end."""
        return self.rows[number - 1] if 0 < number <= len(self.rows) else ""

    def offset(self, row: int, column: int) -> int:
        """The offset of a place."""
        return min(self.starts[row - 1] + column - 1, len(self.text))

    def part(self, span: Span) -> str:
        """The text of a span."""
        start = self.offset(span.row, span.column)
        return self.text[start : self.offset(span.end_row, span.end_column)]

    def is_at(self, span: Span, written: str) -> bool:
        """Whether a span holds this text, on one row."""
        return span.row == span.end_row and self.part(span) == written

    def before(self, span: Span) -> str:
        """What stands before a span in its logical line: rows that end in ``\\`` go on."""
        row = span.row
        text = self.row(row)[: span.column - 1]
        while row > 1 and self.row(row - 1).rstrip().endswith("\\"):
            row -= 1
            text = f"{self.row(row)}\n{text}"
        return text

    def after(self, span: Span) -> str:
        """What stands behind a span in its row."""
        return self.row(span.end_row)[span.end_column - 1 :]

    def is_quoted(self, span: Span) -> bool:
        """Whether a quote stands right before and right behind a span."""
        before, after = self.before(span)[-1:], self.after(span)[:1]
        return before == after and before in _QUOTES and bool(before)

    def hashed(self, span: Span) -> bool:
        """Whether the requirement goes on with hashes of its files."""
        row = span.end_row
        text = self.after(span)
        while self.row(row).rstrip().endswith("\\"):
            row += 1
            text += self.row(row)
        return "--hash" in text

    def is_below(self, span: Span, heading: re.Pattern[str]) -> bool:
        """Whether a YAML item stands in the list under a heading."""
        depth = indentation(self.row(span.row))
        for number in range(span.row - 1, 0, -1):
            row = self.row(number)
            if row.strip() and indentation(row) < depth:
                return heading.match(row.strip()) is not None
        return False

    def apply(self, edits: Iterable[Edit]) -> str:
        """The text with edits made; of those that overlap, the first."""
        parts: list[str] = []
        at = 0
        for edit in sorted(dict.fromkeys(edits), key=lambda each: each.span):
            start = self.offset(edit.span.row, edit.span.column)
            end = self.offset(edit.span.end_row, edit.span.end_column)
            if start < at:
                continue
            parts += [self.text[at:start], edit.content]
            at = end
        return "".join((*parts, self.text[at:]))


def indentation(row: str) -> int:
    """How many blanks a row begins with."""
    return len(row) - len(row.lstrip())


def removed(package: Package, kind: str, rows: Rows, others: int) -> Span | None:
    """The span whose removal takes a package away; None if it cannot be taken by itself."""
    span = package.span
    row = rows.row(span.row)
    before, after = row[: span.column - 1], row[span.end_column - 1 :]
    whole = Span(span.row, 1, span.row + 1, 1)
    if kind in ("dockerfile", "command"):
        return removed_word(span, before, after, whole) if others else None
    if package.bare:
        is_line = re.fullmatch(r"\s*[\"']?[\w.-]+[\"']?\s*=\s*[\"']", before)
        return whole if is_line and re.fullmatch(r"[\"']\s*(#.*)?", after) else None
    if kind == "conda" and is_only_item(rows, span.row):
        return None
    if re.fullmatch(r"\s*(-\s+)?[\"']?", before) and re.fullmatch(
        r"[\"']?\s*(;[^\"']*)?[\"']?\s*,?\s*(#.*)?", after
    ):
        return whole
    return removed_element(span, before, after)


def removed_word(span: Span, before: str, after: str, whole: Span) -> Span | None:
    """A word of a shell command, with the blanks before it; its row if it has one to itself."""
    if not before.strip() and after.strip() == "\\":
        return whole
    quoted = before[-1:] in _QUOTES and before[-1:] == after[:1] and bool(before[-1:])
    start, end = span.column - quoted, span.end_column + quoted
    blanks = len(before[: start - 1]) - len(before[: start - 1].rstrip())
    if not before[: start - 1].strip() or not blanks:
        return None
    return Span(span.row, start - blanks, span.row, end)


def removed_element(span: Span, before: str, after: str) -> Span | None:
    """An element of a list that stands in one row, with one of the commas around it."""
    quote = before[-1:]
    closing = after.find(quote) if quote in _QUOTES and quote else -1
    if closing < 0:
        return None
    start, end = span.column - 1, span.end_column + closing + 1
    left = re.search(r",\s*$", before[:-1])
    if left:
        return Span(span.row, left.start() + 1, span.row, end)
    right = re.match(r"\s*,\s*", after[closing + 1 :])
    return Span(span.row, start, span.row, end + (right.end() if right else 0))


def is_only_item(rows: Rows, number: int) -> bool:
    """Whether a YAML list has no other item than this row."""
    depth = indentation(rows.row(number))
    above = rows.row(number - 1).strip().endswith(":")
    below = rows.row(number + 1)
    return above and (not below.strip() or indentation(below) < depth)


def added(anchor: Package, written: Sequence[str], kind: str, rows: Rows) -> list[Edit] | None:
    """The edits that ask for more packages beside one; None if there is no room for them."""
    span = anchor.span
    row = rows.row(span.row)
    before, after = row[: span.column - 1], row[span.end_column - 1 :]
    if span.row != span.end_row or not rows.is_at(span, anchor.written) or rows.hashed(span):
        return None
    if kind in ("dockerfile", "command"):
        return [word_after(span, rows, each) for each in written]
    if anchor.bare:
        return [line_after(rows, span.row, key_line(before, each)) for each in written]
    stands_alone = re.fullmatch(r"(\s*)((?:-\s+)?)([\"']?)", before)
    if stands_alone and (kind != "setup.py" or stands_alone[3]):
        return [beside(rows, span, stands_alone, after, each) for each in written]
    quote = before[-1:]
    closing = after.find(quote) if quote in _QUOTES and quote else -1
    if closing < 0:
        return None
    column = span.end_column + closing + 1
    place = Span(span.row, column, span.row, column)
    return [Edit(place, f", {quote}{each}{quote}") for each in written]


def beside(rows: Rows, span: Span, head: re.Match[str], after: str, written: str) -> Edit:
    """A line of its own behind that of ``span``; a comma may have to come between."""
    quote = head[3]
    if not quote:
        return line_after(rows, span.row, f"{head[1]}{head[2]}{written}")
    closing = after.find(quote) + 1
    comma = "," if re.match(r"\s*,", after[closing:]) else ""
    line = f"{head[1]}{head[2]}{quote}{written}{quote}"
    if comma or head[2]:
        return line_after(rows, span.row, line + comma)
    column = span.end_column + closing
    return Edit(Span(span.row, column, span.row, column), f",\n{line}")


def line_after(rows: Rows, number: int, line: str) -> Edit:
    """A new row behind another."""
    end = len(rows.row(number)) + 1
    return Edit(Span(number, end, number, end), f"\n{line}")


def key_line(before: str, written: str) -> str:
    """A package of a TOML table: its name is the key."""
    match = re.match(r"([\w.-]+)(.*)", written)
    name, versions = (match[1], match[2]) if match else (written, "")
    indent = before[: indentation(before)]
    return f'{indent}{name} = "{versions or "*"}"'


def word_after(span: Span, rows: Rows, written: str) -> Edit:
    """One more word of a shell command; ``>`` would send its output to a file."""
    quoted = rows.is_quoted(span)
    column = span.end_column + quoted
    word = f'"{written}"' if quoted else written.replace(">=", "~=")
    return Edit(Span(span.row, column, span.row, column), f" {word}")


def renamed_key(
    package: Package, content: str, rows: Rows, target: Release, others: Sequence[str]
) -> tuple[Edit, ...] | None:
    """The edits for a package whose name is a key: the version, and the key if that changes."""
    span = package.span
    new = successor(package, target)
    if new is None:
        return None
    name, _, extra = new[0].partition("[")
    edits = [Edit(span, content)]
    if name == package.name and not extra:
        return tuple(edits)
    row = rows.row(span.row)
    before, after = row[: span.column - 1], row[span.end_column - 1 :]
    key = re.match(r"(\s*)([\"']?)([\w.-]+)\2(\s*=\s*)", before)
    if key is None or name in others or "extras" in row:
        return None
    edits.append(Edit(Span(span.row, key.start(3) + 1, span.row, key.end(3) + 1), name))
    if extra:
        listed = f'extras = ["{extra.rstrip("]")}"]'
        value = before[key.end() :]
        if value in ('"', "'"):
            start = Span(span.row, key.end() + 1, span.row, key.end() + 1)
            behind = span.end_column + 1
            edits += [
                Edit(start, "{version = "),
                Edit(Span(span.row, behind, span.row, behind), f", {listed}}}"),
            ]
        elif value.startswith("{"):
            start = Span(span.row, key.end() + 2, span.row, key.end() + 2)
            edits.append(Edit(start, f"{listed}, "))
        else:
            return None
    return tuple(edits) if after else None
