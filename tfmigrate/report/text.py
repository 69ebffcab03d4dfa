"""The formats for people: ``full`` and ``concise``."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

from tfmigrate.model import Applicability, FileReport, Finding, Report, Severity
from tfmigrate.report.paint import Paint

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_SENTENCE = re.compile(r"(?<=[^\s.])\.\s+(?=[A-Z`])")
_CLAUSE = re.compile(rf";\s+|{_SENTENCE.pattern}")
_HEADLINE = 120
"""Characters from which on a sentence is cut at a semicolon."""
_WIDTH = 100
"""Columns that help is wrapped at."""
_WIDEST = 160
"""Characters of a source line that are shown: generated code has lines of thousands."""


def place(file: FileReport, finding: Finding) -> str:
    """``train.py:3:5``, or ``book.ipynb:cell 2:3:5``."""
    cell = f"cell {finding.cell}:" if finding.cell is not None else ""
    return f"{file.path}:{cell}{finding.span.row}:{finding.span.column}"


def concise(report: Report, paint: Paint) -> Iterator[str]:
    """One line a finding, with the first sentence of what there is to say."""
    for file, finding in report.findings():
        yield f"{paint(place(file, finding), 'bold')}: {title(finding, paint)}"


def title(finding: Finding, paint: Paint) -> str:
    """The code, whether there is a fix, and the first sentence of the message."""
    code = paint(finding.code, "bold", _COLOURS[finding.severity])
    star = f" [{paint('*', 'cyan')}]" if is_fixable(finding) else ""
    return f"{code}{star} {sentences(finding.message)[0]}"


@lru_cache(maxsize=4096)
def sentences(message: str) -> tuple[str, str]:
    """The first sentence, without its full stop, and the rest.

    A sentence too long for a headline ends at its first semicolon, if it has one.
    """
    end = ending(_SENTENCE, message)
    if (end.start() if end else len(message)) > _HEADLINE:
        end = ending(_CLAUSE, message) or end
    return (message[: end.start()], message[end.end() :]) if end else (message, "")


def ending(pattern: re.Pattern[str], message: str) -> re.Match[str] | None:
    """The first place that fits, except between backticks, where there is code."""
    for end in pattern.finditer(message):
        if message.count("`", 0, end.start()) % 2 == 0:
            return end
    return None


def full(report: Report, paint: Paint) -> Iterator[str]:
    """Each finding with its source line, a caret under what it is about, and the fix."""
    for file in report.files:
        source = dict(file.source)
        for finding in file.findings:
            yield title(finding, paint)
            yield from excerpt(file, finding, source, paint)
            yield ""


def excerpt(
    file: FileReport,
    finding: Finding,
    source: Mapping[tuple[int | None, int], str],
    paint: Paint,
) -> Iterator[str]:
    """The source line of a finding, with carets."""
    span = finding.span
    number = str(span.row)
    gutter = " " * len(number)
    bar = paint("|", "blue")
    yield f"{gutter}{paint('-->', 'blue')} {place(file, finding)}"
    line = source.get((finding.cell, span.row), "").rstrip()
    if line:
        end = span.end_column if span.end_row == span.row else len(line) + 1
        shown, before, marked = window(line, span.column - 1, end - 1)
        carets = "^" * max(width(marked), 1)
        yield f"{gutter} {bar}"
        yield f"{paint(number, 'blue')} {bar} {shown}"
        yield f"{gutter} {bar} {blank(before)}{paint(carets, _COLOURS[finding.severity])}"
    more = sentences(finding.message)[1]
    if more:
        label = "= help: "
        first, *rest = wrapped(more, _WIDTH - len(gutter) - len(label) - 1)
        yield f"{gutter} {paint(label.rstrip(), 'blue')} {first}"
        for each in rest:
            yield f"{gutter} {' ' * len(label)}{each}"
    if finding.fix is not None:
        applies = finding.fix.applicability
        note = "" if applies is Applicability.SAFE else f" ({applies.value})"
        yield f"{gutter} {paint('= fix:', 'blue')} {finding.fix.message}{note}"


@lru_cache(maxsize=4096)
def wrapped(text: str, columns: int) -> tuple[str, ...]:
    """The words of a text on lines of at most so many columns."""
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > columns:
            lines.append(word)
        else:
            lines[-1] += f" {word}" if lines[-1] else word
    return tuple(lines)


def window(line: str, start: int, end: int) -> tuple[str, str, str]:
    """What to show of a line, what of that is before the marked part, and the marked part.

    A line that is too long loses what is far from the mark; control characters, which a terminal
    might obey, are shown as signs.
    """
    line = line.translate(_CONTROL)
    left = 0 if len(line) <= _WIDEST else max(0, min(start - _WIDEST // 4, len(line) - _WIDEST))
    right = min(len(line), left + _WIDEST)
    head, tail = (
        "\N{HORIZONTAL ELLIPSIS}" * (left > 0),
        "\N{HORIZONTAL ELLIPSIS}" * (right < len(line)),
    )
    before, marked = head + line[left:start], line[start : min(end, right)]
    return head + line[left:right] + tail, before, marked


_CONTROL = {code: 0x2400 + code for code in range(32) if code != 9} | {127: 0x2421}


def blank(text: str) -> str:
    """As much space as ``text`` takes on a terminal."""
    if text.isascii() and "\t" not in text:
        return " " * len(text)
    return "".join("\t" if each == "\t" else " " * width(each) for each in text)


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    return len(text) + wide - sum(unicodedata.combining(each) != 0 for each in text)


def total(report: Report, paint: Paint) -> Iterator[str]:
    """The last lines: how much was found, and how much of it has a fix."""
    findings = [finding for _, finding in report.findings()]
    suppressed = sum(file.suppressed for file in report.files)
    known = sum(file.baselined for file in report.files)
    failed = sum(file.failed for file in report.files)
    if findings:
        severities = Counter(each.severity for each in findings)
        parts = [many(severities[each], _WORDS[each]) for each in Severity if severities[each]]
        files = many(sum(bool(file.findings) for file in report.files), "file")
        yield f"Found {many(len(findings), 'finding')} in {files}: {', '.join(parts)}."
        fixable = sum(is_fixable(each) for each in findings)
        if fixable:
            yield f"[{paint('*', 'cyan')}] {fixable:,} with a mechanical fix."
    else:
        checked = many(len(report.files), "file")
        yield paint(f"All good: {checked} checked against TensorFlow {report.target}.", "green")
    hidden = [
        f"{number:,} {where}"
        for number, where in ((suppressed, "suppressed in the source"), (known, "in the baseline"))
        if number
    ]
    if hidden:
        yield f"Not shown: {', '.join(hidden)}."
    if failed:
        yield paint(f"Not checked: {many(failed, 'file')}.", "red")


def is_fixable(finding: Finding) -> bool:
    """Whether there is a fix that may be applied."""
    return finding.fix is not None and finding.fix.applicability is not Applicability.DISPLAY


def many(number: int, word: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")
