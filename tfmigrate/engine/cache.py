"""Reports of earlier runs, kept by content: a file that has not changed is not checked again.

One JSON file a project and target release, in ``.tfmigrate_cache`` beside the configuration. Its
name changes with tfmigrate itself and with every rule file, so nothing stale is ever read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tfmigrate.catalogue.load import PACKAGE, fingerprint
from tfmigrate.engine.context import Context
from tfmigrate.engine.files import Job
from tfmigrate.model import (
    Applicability,
    Dialect,
    Edit,
    FileReport,
    Finding,
    Fix,
    Severity,
    Span,
)
from tfmigrate.sources.writing import write_atomic

_KEEP = 4
"""Cache files of other releases, rules and versions that stay beside the current one."""


class Cache:
    """The reports of earlier runs, looked up by path and content."""

    def __init__(self, folder: Path, context: Context) -> None:
        package = sorted([*PACKAGE.rglob("*.py"), *(PACKAGE / "atlas" / "data").iterdir()])
        name = f"{context.target}-{context.catalogue.digest}-{fingerprint(package)}.json"
        self._file = folder / name
        self._old: Mapping[str, list[Any]] = self._load()
        self._new: dict[str, list[Any]] = {}

    def _load(self) -> Mapping[str, list[Any]]:
        try:
            data = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    @staticmethod
    def key(job: Job, data: bytes) -> str:
        """What a report depends on, beside the facts and the rules."""
        digest = hashlib.blake2b(data, digest_size=16)
        digest.update(repr((job.path, job.kind, job.selection, job.dialect)).encode())
        return digest.hexdigest()

    def get(self, job: Job, key: str) -> FileReport | None:
        """The report on the same content, if there is one."""
        entry = self._old.get(job.path)
        if entry is None or entry[0] != key:
            return None
        try:
            return decode(job.path, entry[1])
        except (KeyError, ValueError, TypeError, IndexError):
            return None

    def put(self, job: Job, key: str, report: FileReport) -> None:
        """Keep a report; what could not be read may be readable the next time."""
        if not report.failed:
            self._new[job.path] = [key, encode(report)]

    def save(self) -> None:
        """Write what is new, if the folder can be written to."""
        if not self._new:
            return
        try:
            self._prepare()
            text = json.dumps({**self._old, **self._new}, separators=(",", ":"))
            write_atomic(self._file, text.encode())
        except OSError:
            return

    def _prepare(self) -> None:
        folder = self._file.parent
        if not folder.is_dir():
            folder.mkdir(parents=True)
            # so that nobody commits it by accident
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        others = sorted(folder.glob("*.json"), key=lambda each: each.stat().st_mtime)
        for stale in others[:-_KEEP]:
            stale.unlink(missing_ok=True)


def encode(report: FileReport) -> list[Any]:
    """A report as JSON values."""
    return [
        report.dialect.value,
        [encode_finding(each) for each in report.findings],
        report.source,
        report.suppressed,
    ]


def encode_finding(finding: Finding) -> list[Any]:
    """A finding as JSON values."""
    fix = finding.fix
    return [
        finding.code,
        finding.message,
        flat(finding.span),
        finding.severity.value,
        finding.symbol,
        None
        if fix is None
        else [
            fix.applicability.value,
            fix.message,
            [[flat(edit.span), edit.content] for edit in fix.edits],
        ],
        finding.cell,
    ]


def flat(span: Span) -> list[int]:
    """A span as four numbers."""
    return [span.row, span.column, span.end_row, span.end_column]


def decode(path: str, data: list[Any]) -> FileReport:
    """The report that :func:`encode` wrote.

    Raises:
        KeyError, ValueError, TypeError, IndexError: the data are not of that shape.
    """
    dialect, findings, source, suppressed = data
    return FileReport(
        path,
        Dialect(dialect),
        tuple(decode_finding(each) for each in findings),
        tuple(((cell, row), text) for (cell, row), text in source),
        False,
        suppressed,
    )


_SEVERITIES: Mapping[str, Severity] = {each.value: each for each in Severity}


def decode_finding(data: list[Any]) -> Finding:
    """The finding that :func:`encode_finding` wrote."""
    code, message, span, severity, symbol, fix, cell = data
    return Finding(
        code,
        message,
        Span(*span),
        _SEVERITIES[severity],
        symbol,
        None if fix is None else decode_fix(fix),
        cell,
    )


def decode_fix(data: list[Any]) -> Fix:
    """The fix that :func:`encode_finding` wrote."""
    applicability, message, edits = data
    return Fix(Applicability(applicability), message, edits_of(edits))


def edits_of(data: Iterable[list[Any]]) -> tuple[Edit, ...]:
    """The edits of a fix."""
    return tuple(Edit(Span(*span), content) for span, content in data)
