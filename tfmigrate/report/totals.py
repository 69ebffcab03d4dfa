"""What was found in numbers: a line a rule, and one page for somebody who plans the work."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tfmigrate.model import Applicability, Dialect, Finding, Report
from tfmigrate.report.paint import Paint
from tfmigrate.report.text import is_fixable, many

Names = Mapping[str, str]
"""The name of each rule, by its code."""

_DIALECTS = {
    Dialect.TF1: "TensorFlow 1",
    Dialect.COMPAT: "graph mode through tf.compat.v1",
    Dialect.TF2: "TensorFlow 2",
    Dialect.NONE: "without TensorFlow",
}
_LONGEST = 10
"""How many symbols and files a summary names."""


def by_rule(report: Report, names: Names) -> list[dict[str, Any]]:
    """The rules that fired, the most frequent first: the keys are those of Ruff's statistics."""
    findings = [finding for _, finding in report.findings()]
    counted = Counter(each.code for each in findings)
    fixable = Counter(each.code for each in findings if is_fixable(each))
    return [
        {
            "code": code,
            "name": names.get(code),
            "count": count,
            "fixable": fixable[code] == count,
            "fixable_count": fixable[code],
        }
        for code, count in sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    ]


def statistics(report: Report, names: Names, paint: Paint) -> Iterator[str]:
    """How often each rule fired; a star where every finding has a fix, a minus where some have."""
    rows = by_rule(report, names)
    digits = len(f"{max((row['count'] for row in rows), default=0):,}")
    for row in rows:
        mark = "*" if row["fixable"] else "-" if row["fixable_count"] else " "
        mark = f"[{paint(mark, 'cyan')}]" if mark != " " else "[ ]"
        code = paint(row["code"], "bold")
        yield f"{row['count']:>{digits},}  {code}  {mark}  {row['name'] or ''}".rstrip()


def statistics_json(report: Report, names: Names, _: Paint) -> Iterator[str]:
    """The same as JSON, in the shape of Ruff's."""
    yield json.dumps(by_rule(report, names), indent=2)


def numbers(report: Report, names: Names) -> dict[str, Any]:
    """Everything that the summary says."""
    findings = [finding for _, finding in report.findings()]
    dialects = Counter(file.dialect for file in report.files if not file.failed)
    clean = Counter(file.dialect for file in report.files if not file.failed and not file.findings)
    return {
        "target": report.target,
        "files": len(report.files),
        "not_checked": sum(file.failed for file in report.files),
        "dialects": [
            {"dialect": dialect.value, "files": dialects[dialect], "nothing_to_do": clean[dialect]}
            for dialect in _DIALECTS
            if dialects[dialect]
        ],
        "rules": by_rule(report, names),
        "symbols": frequent(each.symbol for each in findings if each.symbol),
        "longest": frequent(file.path for file, _ in report.findings()),
        "findings": len(findings),
        "safe_fixes": count(findings, Applicability.SAFE),
        "unsafe_fixes": count(findings, Applicability.UNSAFE),
        "suppressed": sum(file.suppressed for file in report.files),
        "baselined": sum(file.baselined for file in report.files),
    }


def frequent(values: Iterator[str]) -> list[tuple[str, int]]:
    """The most frequent values, equal ones in their alphabetical order."""
    return sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))[:_LONGEST]


def count(findings: list[Finding], applicability: Applicability) -> int:
    """How many findings have a fix of this kind."""
    return sum(
        each.fix is not None and each.fix.applicability is applicability for each in findings
    )


def summary_json(report: Report, names: Names, _: Paint) -> Iterator[str]:
    """What there is to do, as JSON."""
    yield json.dumps(numbers(report, names), indent=2, ensure_ascii=False)


def summary(report: Report, names: Names, paint: Paint) -> Iterator[str]:
    """What there is to do, for somebody who plans it."""
    data = numbers(report, names)
    yield paint(f"Migration to TensorFlow {report.target}", "bold")
    yield ""
    yield paint("Files", "bold")
    for row in data["dialects"]:
        name = _DIALECTS[Dialect(row["dialect"])]
        done = row["nothing_to_do"]
        note = "" if row["dialect"] == "none" and done == row["files"] else nothing_to_do(done)
        yield f"  {row['files']:>7,}  {name}{note}"
    if data["not_checked"]:
        yield f"  {data['not_checked']:>7,}  {paint('could not be checked', 'red')}"
    if data["rules"]:
        yield ""
        yield paint("Findings by rule", "bold") + " (with a mechanical fix)"
        for row in data["rules"]:
            fixable = f" ({row['fixable_count']:,})" if row["fixable_count"] else ""
            yield f"  {row['count']:>7,}  {row['code']}  {row['name'] or ''}{fixable}".rstrip()
    for title, key in (("Most frequent symbols", "symbols"), ("Files with the most", "longest")):
        if data[key]:
            yield ""
            yield paint(title, "bold")
            for name, number in data[key]:
                yield f"  {number:>7,}  {name}"
    yield ""
    yield from conclusion(data)


def nothing_to_do(files: int) -> str:
    """In brackets, how many files of a dialect are done."""
    return f" ({files:,} of them with nothing to do)" if files else ""


def conclusion(data: Mapping[str, Any]) -> Iterator[str]:
    """The last lines: how much there is, and how much of it a machine can do."""
    fixes = data["safe_fixes"] + data["unsafe_fixes"]
    total = data["findings"]
    if not total:
        yield "Nothing to do."
    else:
        share = f"{100 * fixes / total:.0f} %"
        yield (
            f"{many(total, 'finding')}, {fixes:,} of them ({share}) with a mechanical fix:"
            f" {data['safe_fixes']:,} safe, {data['unsafe_fixes']:,} to be looked at."
        )
    hidden = [
        f"{data[key]:,} {word}"
        for key, word in (
            ("suppressed", "suppressed in the source"),
            ("baselined", "in the baseline"),
        )
        if data[key]
    ]
    if hidden:
        yield f"Not counted: {', '.join(hidden)}."


FORMATS: Mapping[tuple[str, bool], Callable[[Report, Names, Paint], Iterator[str]]] = {
    ("statistics", False): statistics,
    ("statistics", True): statistics_json,
    ("summary", False): summary,
    ("summary", True): summary_json,
}
"""By part, and whether it is wanted as JSON."""
