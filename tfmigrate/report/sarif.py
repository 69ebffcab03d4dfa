"""SARIF 2.1.0, which code scanning services read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tfmigrate import __version__
from tfmigrate.catalogue import Catalogue
from tfmigrate.model import FileReport, Finding, Report, Severity, Span
from tfmigrate.report import url
from tfmigrate.report.machine import placed, relative

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def sarif(report: Report, catalogue: Catalogue) -> Iterator[str]:
    """One run, with the rules that found something and a result a finding."""
    codes = sorted({finding.code for _, finding in report.findings()})
    results = [
        result(file, finding, codes.index(finding.code)) for file, finding in report.findings()
    ]
    driver = {
        "name": "tfmigrate",
        "version": __version__,
        "informationUri": "https://www.tensorflow.org/guide/migrate",
        "rules": [rule(code, catalogue) for code in codes],
    }
    complete = not any(file.failed for file in report.files)
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": complete}],
        "results": results,
    }
    data = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    yield json.dumps(data, indent=2, ensure_ascii=False)


def rule(code: str, catalogue: Catalogue) -> dict[str, Any]:
    """A rule as a reporting descriptor."""
    pattern = catalogue.patterns.get(code)
    if pattern is None:
        return {"id": code}
    described: dict[str, Any] = {
        "id": code,
        "name": "".join(part.capitalize() for part in pattern.name.split("-")),
        "shortDescription": {"text": pattern.summary},
        "fullDescription": {"text": pattern.summary},
        "help": {"text": pattern.page, "markdown": pattern.page},
        "defaultConfiguration": {"level": _LEVELS[pattern.severity]},
    }
    uri = url(code, catalogue)
    return {**described, "helpUri": uri} if uri else described


def result(file: FileReport, finding: Finding, index: int) -> dict[str, Any]:
    """A finding as a result."""
    span, where = placed(finding)
    artifact = {"uri": uri(file.path)}
    found: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": where + finding.message},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region(span)}}],
    }
    if finding.symbol:
        found["properties"] = {"symbol": finding.symbol}
    # a notebook is JSON: replacements counted in rows of a cell would be applied to the wrong text
    if finding.fix is not None and finding.cell is None:
        replacements = [
            {"deletedRegion": region(edit.span), "insertedContent": {"text": edit.content}}
            for edit in finding.fix.edits
        ]
        change = {"artifactLocation": artifact, "replacements": replacements}
        found["fixes"] = [
            {"description": {"text": finding.fix.message}, "artifactChanges": [change]}
        ]
    return found


def region(span: Span) -> dict[str, int]:
    """A span as a region."""
    return {
        "startLine": span.row,
        "startColumn": span.column,
        "endLine": span.end_row,
        "endColumn": span.end_column,
    }


def uri(path: str) -> str:
    """A path as a URI reference: relative ones stay relative, for the service to place."""
    path = relative(path)
    return Path(path).as_uri() if Path(path).is_absolute() else quote(os.fsencode(path))
