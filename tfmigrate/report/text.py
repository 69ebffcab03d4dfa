"""The formats for people: ``full``, ``concise`` and the statistics."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping

from tfmigrate.model import Applicability, Dialect, FileReport, Finding, Report, Severity
from tfmigrate.report.paint import Paint

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_DIALECTS = {
    Dialect.TF1: "TensorFlow 1",
    Dialect.COMPAT: "graph mode through tf.compat.v1",
    Dialect.TF2: "TensorFlow 2",
    Dialect.NONE: "without TensorFlow",
}


def place(file: FileReport, finding: Finding) -> str:
    """``train.py:3:5``, or ``book.ipynb:cell 2:3:5``."""
    cell = f"cell {finding.cell}:" if finding.cell is not None else ""
    return f"{file.path}:{cell}{finding.span.row}:{finding.span.column}"


def concise(report: Report, paint: Paint) -> Iterator[str]:
    """One line a finding."""
    for file, finding in report.findings():
        yield f"{paint(place(file, finding), 'bold')}: {title(finding, paint)}"


def title(finding: Finding, paint: Paint) -> str:
    """The code, whether there is a fix, and the message."""
    code = paint(finding.code, "bold", _COLOURS[finding.severity])
    fix = finding.fix
    star = ""
    if fix is not None and fix.applicability is not Applicability.DISPLAY:
        star = f" [{paint('*', 'cyan')}]"
    return f"{code}{star} {finding.message}"


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
    line = source.get((finding.cell, span.row))
    if line:
        end = span.end_column if span.end_row == span.row else len(line) + 1
        before = line[: span.column - 1]
        marked = line[span.column - 1 : end - 1] or " "
        pad = "".join("\t" if each == "\t" else " " * width(each) for each in before)
        carets = "^" * max(sum(width(each) for each in marked), 1)
        yield f"{gutter} {bar}"
        yield f"{paint(number, 'blue')} {bar} {line.rstrip()}"
        yield f"{gutter} {bar} {pad}{paint(carets, _COLOURS[finding.severity])}"
    if finding.fix is not None:
        applies = finding.fix.applicability
        note = "" if applies is Applicability.SAFE else f" ({applies.value})"
        yield f"{gutter} {paint('= fix:', 'blue')} {finding.fix.message}{note}"


def width(character: str) -> int:
    """How many columns of a terminal a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def total(report: Report, paint: Paint) -> Iterator[str]:
    """The last lines: how much was found, and how much of it has a fix."""
    findings = [finding for _, finding in report.findings()]
    suppressed = sum(file.suppressed for file in report.files)
    known = sum(file.baselined for file in report.files)
    if findings:
        severities = Counter(each.severity for each in findings)
        parts = [many(severities[each], _WORDS[each]) for each in Severity if severities[each]]
        files = many(sum(bool(file.findings) for file in report.files), "file")
        yield f"Found {many(len(findings), 'finding')} in {files}: {', '.join(parts)}."
        fixable = sum(is_fixable(each) for each in findings)
        if fixable:
            yield f"[{paint('*', 'cyan')}] {fixable} with a mechanical fix."
    else:
        checked = many(len(report.files), "file")
        yield paint(f"All good: {checked} checked against TensorFlow {report.target}.", "green")
    if suppressed or known:
        yield f"Not shown: {suppressed} suppressed in the source, {known} in the baseline."
    failed = [file.path for file in report.files if file.failed]
    if failed:
        yield paint(f"Not checked: {many(len(failed), 'file')}.", "red")


_WORDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def is_fixable(finding: Finding) -> bool:
    """Whether there is a fix that may be applied."""
    return finding.fix is not None and finding.fix.applicability is not Applicability.DISPLAY


def many(number: int, word: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")


def statistics(report: Report, names: Mapping[str, str], paint: Paint) -> Iterator[str]:
    """How often each rule fired, the most frequent first."""
    findings = [finding for _, finding in report.findings()]
    counted = Counter(each.code for each in findings)
    fixable = Counter(each.code for each in findings if is_fixable(each))
    digits = len(f"{max(counted.values(), default=0):,}")
    for code, count in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        star = f"[{paint('*', 'cyan')}]" if fixable[code] else "[ ]"
        name = names.get(code, "")
        yield f"{count:>{digits},}  {paint(code, 'bold')}  {star}  {name}".rstrip()


def summary(report: Report, names: Mapping[str, str], paint: Paint) -> Iterator[str]:
    """What there is to do, for somebody who plans it."""
    findings = [finding for _, finding in report.findings()]
    fixable = sum(is_fixable(each) for each in findings)
    yield paint(f"Migration to TensorFlow {report.target}", "bold")
    yield ""
    yield paint("Files by dialect", "bold")
    dialects = Counter(file.dialect for file in report.files)
    clean = Counter(file.dialect for file in report.files if not file.findings)
    for dialect, name in _DIALECTS.items():
        if dialects[dialect]:
            yield f"  {dialects[dialect]:>7,}  {name} ({clean[dialect]:,} with nothing to do)"
    yield ""
    yield paint("Findings by rule", "bold")
    for line in statistics(report, names, paint):
        yield f"  {line}"
    yield ""
    yield paint("Most frequent symbols", "bold")
    symbols = Counter(each.symbol for each in findings if each.symbol)
    for symbol, count in symbols.most_common(10):
        yield f"  {count:>7,}  {symbol}"
    yield ""
    share = f" ({100 * fixable / len(findings):.0f} %)" if findings else ""
    yield f"{len(findings):,} findings, {fixable:,} with a mechanical fix{share}."
