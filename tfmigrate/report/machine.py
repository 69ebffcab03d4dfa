"""The formats for programs: Ruff's JSON, and what GitHub, GitLab and JUnit readers take."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from tfmigrate.catalogue import Catalogue
from tfmigrate.model import FileReport, Finding, Fix, Report, Severity, Span
from tfmigrate.report import url

_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_GITLAB = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def as_dict(file: FileReport, finding: Finding, catalogue: Catalogue) -> dict[str, Any]:
    """A finding in the shape of Ruff's JSON output, with ``symbol`` besides.

    As there, ``filename`` is absolute, and ``noqa_row`` the row where a comment silences it.
    """
    span = finding.span
    pattern = catalogue.patterns.get(finding.code)
    return {
        "cell": finding.cell,
        "code": finding.code,
        "end_location": {"column": span.end_column, "row": span.end_row},
        "filename": absolute(file.path),
        "fix": None if finding.fix is None else fix_dict(finding.fix),
        "location": {"column": span.column, "row": span.row},
        "message": finding.message,
        "name": None if pattern is None else pattern.name,
        "noqa_row": None if file.failed else span.end_row,
        "severity": finding.severity.value,
        "symbol": finding.symbol,
        "url": url(finding.code, catalogue),
    }


def absolute(path: str) -> str:
    """The whole path of a file; ``-`` is standard input."""
    return path if path == "-" else str(Path.cwd() / path)


def relative(path: str) -> str:
    """A path as a service knows it that looks at the folder the run was started in."""
    here = f"{Path.cwd()}{os.sep}"
    return Path(path[len(here) :] if path.startswith(here) else path).as_posix()


def placed(finding: Finding) -> tuple[Span, str]:
    """Where a service is to put a finding, and what to say before the message.

    A notebook is JSON to it, so that rows of a cell mean nothing: it is put on the first line, as
    Ruff does, and the message says where it really is.
    """
    span = finding.span
    if finding.cell is None:
        return span, ""
    return Span(1, 1, 1, 1), f"cell {finding.cell}, line {span.row}, column {span.column}: "


def fix_dict(fix: Fix) -> dict[str, Any]:
    """A fix in the shape of Ruff's JSON output."""
    return {
        "applicability": fix.applicability.value,
        "edits": [
            {
                "content": edit.content,
                "end_location": {"column": edit.span.end_column, "row": edit.span.end_row},
                "location": {"column": edit.span.column, "row": edit.span.row},
            }
            for edit in fix.edits
        ],
        "message": fix.message,
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
        span, where = placed(finding)
        path = relative(file.path)
        place = {
            "title": f"tfmigrate ({finding.code})",
            "file": path,
            "line": span.row,
            "col": span.column,
            "endLine": span.end_row,
            "endColumn": span.end_column,
        }
        if span.end_row != span.row:
            # columns are refused for annotations over several lines
            del place["col"], place["endColumn"]
        properties = ",".join(f"{key}={escape(str(value), ':,')}" for key, value in place.items())
        message = escape(
            f"{path}:{span.row}:{span.column}: {finding.code} {where}{finding.message}"
        )
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
        path = relative(file.path)
        line = dict(file.source).get((finding.cell, finding.span.row), "")
        what = "\0".join((path, finding.code, finding.symbol or "", line.strip()))
        # equal findings are told apart by their number, so that each has a fingerprint of its own
        number = seen[what]
        seen[what] += 1
        digest = hashlib.blake2b(
            f"{what}\0{number}".encode(errors="replace"), digest_size=16
        ).hexdigest()
        span, where = placed(finding)
        issues.append(
            {
                "check_name": finding.code,
                "description": f"{finding.code}: {where}{finding.message}",
                "fingerprint": digest,
                "location": {
                    "path": path,
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
    counted = Counter[str]()
    for file in report.files:
        numbers = {
            "tests": len(file.findings) or 1,
            "skipped": 0,
            "errors": 0,
            "failures": len(file.findings),
        }
        counted.update(numbers)
        attributes = {"name": printable(file.path), "package": "org.tfmigrate"}
        attributes |= {key: str(number) for key, number in numbers.items()}
        suite = ElementTree.SubElement(suites, "testsuite", attributes)
        if not file.findings:
            name = printable(file.path)
            ElementTree.SubElement(suite, "testcase", name="nothing found", classname=name)
        for finding in file.findings:
            add_case(suite, file, finding)
    for key in ("tests", "skipped", "failures", "errors"):
        suites.set(key, str(counted[key]))
    ElementTree.indent(suites, "    ")
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield ElementTree.tostring(suites, encoding="unicode")


def add_case(suite: ElementTree.Element, file: FileReport, finding: Finding) -> None:
    """A failed test case for a finding."""
    span = finding.span
    cell = f"cell {finding.cell}, " if finding.cell is not None else ""
    where = f"{cell}line {span.row}, col {span.column}"
    attributes = {
        # readers take equal names for one test
        "name": f"org.tfmigrate.{finding.code} ({where})",
        "classname": printable(str(Path(file.path).with_suffix(""))),
        "file": printable(file.path),
    }
    if finding.cell is None:
        attributes |= {"line": str(span.row), "column": str(span.column)}
    case = ElementTree.SubElement(suite, "testcase", attributes)
    properties = ElementTree.SubElement(case, "properties")
    severity = finding.severity.value
    ElementTree.SubElement(properties, "property", name="severity", value=severity)
    message = printable(finding.message)
    failure = ElementTree.SubElement(case, "failure", message=message, type=finding.code)
    failure.text = f"{where}, {message}"


def printable(text: str) -> str:
    """Without the control characters that XML does not allow."""
    return "".join(
        each
        if (each >= " " or each in "\t\n") and not "\ud800" <= each <= "\udfff"
        else "\N{REPLACEMENT CHARACTER}"
        for each in text
    )


FORMATS: Mapping[str, Callable[[Report, Catalogue], Iterator[str]]] = {
    "json": as_json,
    "json-lines": json_lines,
    "github": github,
    "gitlab": gitlab,
    "junit": junit,
}
