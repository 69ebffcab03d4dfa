"""The formats for programs: Ruff's JSON, and what GitHub, GitLab and JUnit readers take."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from tfmigrate.catalogue import Catalogue
from tfmigrate.model import FileReport, Finding, Fix, Report, Severity, Span
from tfmigrate.report import url

_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_GITLAB = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def as_dict(file: FileReport, finding: Finding, catalogue: Catalogue) -> dict[str, Any]:
    """A finding in the shape of Ruff's JSON output, with ``symbol`` and ``severity`` besides."""
    span = finding.span
    return {
        "cell": finding.cell,
        "code": finding.code,
        "end_location": {"row": span.end_row, "column": span.end_column},
        "filename": file.path,
        "fix": None if finding.fix is None else fix_dict(finding.fix),
        "location": {"row": span.row, "column": span.column},
        "message": finding.message,
        "severity": finding.severity.value,
        "symbol": finding.symbol,
        "url": url(finding.code, catalogue),
    }


def fix_dict(fix: Fix) -> dict[str, Any]:
    """A fix in the shape of Ruff's JSON output."""
    return {
        "applicability": fix.applicability.value,
        "edits": [{"content": edit.content, **locations(edit.span)} for edit in fix.edits],
        "message": fix.message,
    }


def locations(span: Span) -> dict[str, Any]:
    """Start and end of a span."""
    return {
        "location": {"row": span.row, "column": span.column},
        "end_location": {"row": span.end_row, "column": span.end_column},
    }


def as_json(report: Report, catalogue: Catalogue) -> Iterator[str]:
    """One array of findings."""
    every = [as_dict(file, finding, catalogue) for file, finding in report.findings()]
    yield json.dumps(every, indent=2, ensure_ascii=False)


def json_lines(report: Report, catalogue: Catalogue) -> Iterator[str]:
    """One object a line and finding."""
    for file, finding in report.findings():
        yield json.dumps(as_dict(file, finding, catalogue), ensure_ascii=False)


def github(report: Report, catalogue: Catalogue) -> Iterator[str]:
    """Workflow commands of GitHub Actions, which annotate the lines of a pull request.

    Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    for file, finding in report.findings():
        span = finding.span
        cell = f"cell {finding.cell}: " if finding.cell is not None else ""
        place = {
            "title": f"tfmigrate ({finding.code})",
            "file": file.path,
            "line": span.row,
            "col": span.column,
            "endLine": span.end_row,
            "endColumn": span.end_column,
        }
        if span.end_row != span.row:
            # columns are refused for annotations over several lines
            del place["col"], place["endColumn"]
        properties = ",".join(f"{key}={escape(str(value), ':,')}" for key, value in place.items())
        message = escape(f"{cell}{finding.code} {finding.message}")
        yield f"::{_GITHUB[finding.severity]} {properties}::{message}"


def escape(text: str, more: str = "") -> str:
    """What a workflow command would misread, as percent codes."""
    for character in ("%", "\r", "\n", *more):
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def gitlab(report: Report, catalogue: Catalogue) -> Iterator[str]:
    """A Code Quality report, see https://docs.gitlab.com/ci/testing/code_quality/."""
    seen: Counter[str] = Counter()
    issues = []
    for file, finding in report.findings():
        line = dict(file.source).get((finding.cell, finding.span.row), "")
        what = "\0".join((file.path, finding.code, finding.symbol or "", line.strip()))
        # equal findings are told apart by their number, so that each has a fingerprint of its own
        number = seen[what]
        seen[what] += 1
        digest = hashlib.blake2b(f"{what}\0{number}".encode(), digest_size=16).hexdigest()
        span = finding.span
        issues.append(
            {
                "check_name": finding.code,
                "description": finding.message,
                "fingerprint": digest,
                "location": {
                    "path": file.path,
                    "positions": {
                        "begin": {"line": span.row, "column": span.column},
                        "end": {"line": span.end_row, "column": span.end_column},
                    },
                },
                "severity": _GITLAB[finding.severity],
            }
        )
    yield json.dumps(issues, indent=2, ensure_ascii=False)


def junit(report: Report, catalogue: Catalogue) -> Iterator[str]:
    """A test suite a file, a failure a finding, a passed test for a file without any."""
    suites = ElementTree.Element("testsuites", name="tfmigrate")
    total = 0
    for file in report.files:
        cases = len(file.findings) or 1
        total += len(file.findings)
        suite = ElementTree.SubElement(
            suites,
            "testsuite",
            name=file.path,
            tests=str(cases),
            failures=str(len(file.findings)),
            errors="0",
            skipped="0",
            package="tfmigrate",
        )
        if not file.findings:
            ElementTree.SubElement(suite, "testcase", name=file.path, classname=file.path)
        for finding in file.findings:
            add_case(suite, file, finding)
    suites.set("tests", str(sum(len(file.findings) or 1 for file in report.files)))
    suites.set("failures", str(total))
    ElementTree.indent(suites)
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield ElementTree.tostring(suites, encoding="unicode")


def add_case(suite: ElementTree.Element, file: FileReport, finding: Finding) -> None:
    """A failed test case for a finding."""
    span = finding.span
    cell = f"cell {finding.cell}, " if finding.cell is not None else ""
    case = ElementTree.SubElement(
        suite,
        "testcase",
        name=f"{finding.code} {cell}line {span.row}, column {span.column}",
        classname=file.path,
        line=str(span.row),
        column=str(span.column),
    )
    message = printable(finding.message)
    failure = ElementTree.SubElement(case, "failure", message=message, type=finding.code)
    failure.text = f"{file.path}:{span.row}:{span.column}: {finding.code} {message}"


def printable(text: str) -> str:
    """Without the control characters that XML does not allow."""
    return "".join(
        each if each >= " " or each in "\t\n" else "\N{REPLACEMENT CHARACTER}" for each in text
    )


FORMATS: Mapping[str, Callable[[Report, Catalogue], Iterator[str]]] = {
    "json": as_json,
    "json-lines": json_lines,
    "github": github,
    "gitlab": gitlab,
    "junit": junit,
}
