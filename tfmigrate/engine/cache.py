"""Reports of earlier runs, kept by content: a file that has not changed is not checked again.

One JSON file a project and target release, in ``.tfmigrate_cache`` beside the configuration. Its
name changes with tfmigrate itself and with every rule file, so nothing stale is ever read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tfmigrate import __version__
from tfmigrate.engine.files import INTERNAL, Job
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

FOLDER = ".tfmigrate_cache"
"""The name of the folder, beside the configuration."""

_PACKAGE = Path(__file__).parents[1]
_SUFFIXES = (".py", ".z", ".toml", ".md", ".json")
"""What can change a report: code, atlas data, rules."""
_NAME = re.compile(r"\d+\.\d+-[0-9a-f]{24}\.json")
_IGNORE_ALL = "*\n"
_KEEP = 4
"""Cache files of other releases, rules and versions that stay beside the current one."""


class Cache:
    """The reports of earlier runs, looked up by path and content.

    ``current`` says whether there are any for the same facts, rules and release.
    """

    def __init__(self, folder: Path, target: str, extra: Iterable[Path] = ()) -> None:
        self._file = folder / f"{target}-{fingerprint(extra)}.json"
        self._old: Mapping[str, Any] = self._load()
        self._new: dict[str, list[Any]] = {}
        self.current = bool(self._old)

    def _load(self) -> Mapping[str, Any]:
        try:
            data = json.loads(self._file.read_bytes())
        except (OSError, ValueError, RecursionError):
            return {}
        return data if isinstance(data, dict) else {}

    @staticmethod
    def key(job: Job, data: bytes) -> str:
        """What a report depends on, beside the facts and the rules."""
        digest = hashlib.blake2b(data, digest_size=16)
        # of the path, only the name and the folder say how a file is read
        place = _absolute(job.path).rsplit(os.sep, 2)[-2:]
        digest.update(repr((place, job.kind, job.selection, job.dialect)).encode())
        return digest.hexdigest()

    def get(self, job: Job, key: str) -> FileReport | None:
        """The report on the same content, if there is one."""
        try:
            known, report = self._old[_absolute(job.path)]
            return decode(job.path, report) if known == key else None
        except (KeyError, ValueError, TypeError, IndexError):
            # not there, or the file was damaged
            return None

    def put(self, job: Job, key: str, report: FileReport) -> None:
        """Keep a report, unless it is about a crash: that may have been bad luck."""
        if not any(finding.code == INTERNAL for finding in report.findings):
            self._new[_absolute(job.path)] = [key, encode(report)]

    def save(self) -> None:
        """Write what is new, if the folder can be written to; forget files that are gone."""
        if not self._new:
            return
        from tfmigrate.sources.writing import write_atomic

        old = {
            path: entry
            for path, entry in self._old.items()
            if path not in self._new and os.path.exists(path)  # noqa: PTH110 - one for each file
        }
        try:
            self._prepare()
            text = json.dumps({**old, **self._new}, separators=(",", ":"))
            write_atomic(self._file, text.encode())
        except OSError:
            return

    def _prepare(self) -> None:
        folder = self._file.parent
        if not folder.is_dir():
            folder.mkdir(parents=True)
            # so that nobody commits it by accident
            (folder / ".gitignore").write_text(_IGNORE_ALL, encoding="utf-8", newline="")
        others = []
        for each in folder.glob("*.json"):
            if not _NAME.fullmatch(each.name):
                continue
            # another run may be cleaning up at the same time
            with contextlib.suppress(FileNotFoundError):
                others.append((each.stat().st_mtime, each))
        for _, stale in sorted(others)[:-_KEEP]:
            stale.unlink(missing_ok=True)


def clear(folder: Path) -> bool:
    """Remove the cache files in ``folder``, and the folder if nothing else is in it.

    Returns whether there were any. Other files stay: ``cache-dir`` may be any folder.
    """
    ours = [each for each in folder.glob("*.json") if _NAME.fullmatch(each.name)]
    for each in ours:
        each.unlink(missing_ok=True)
    if ours:
        marker = folder / ".gitignore"
        if marker.is_file() and marker.read_bytes() == _IGNORE_ALL.encode():
            marker.unlink()
        with contextlib.suppress(OSError):
            folder.rmdir()
    return bool(ours)


def fingerprint(extra: Iterable[Path] = ()) -> str:
    """A digest that changes when tfmigrate, its facts, its rules or the extra rules do.

    Sizes and times of the files stand for their content.
    """
    digest = hashlib.blake2b(f"{__version__} {sys.version_info[:2]}".encode(), digest_size=12)
    # a checkout has the rules beside the package, an installation inside
    for folder in (_PACKAGE, _PACKAGE.parent / "rules", *extra):
        digest.update(f"{folder}\n".encode())
        for path, status in sorted(_files(str(folder))):
            digest.update(f"{path}\0{status.st_mtime_ns}\0{status.st_size}\n".encode())
    return digest.hexdigest()


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """The files below a folder that count."""
    try:
        with os.scandir(folder) as listing:
            entries = list(listing)
    except OSError:
        return
    for entry in entries:
        if entry.name.endswith(_SUFFIXES):
            yield entry.path, entry.stat()
        elif entry.name != "__pycache__" and entry.is_dir():
            yield from _files(entry.path)


def _absolute(path: str) -> str:
    """The path that an entry is kept under, wherever tfmigrate is run from."""
    return os.path.abspath(path)  # noqa: PTH100 - resolve() would ask the system for each part


def encode(report: FileReport) -> list[Any]:
    """A report as JSON values."""
    return [
        report.dialect.value,
        [encode_finding(each) for each in report.findings],
        report.source,
        report.failed,
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


_DIALECTS: Mapping[str, Dialect] = {each.value: each for each in Dialect}
_SEVERITIES: Mapping[str, Severity] = {each.value: each for each in Severity}
_APPLICABILITIES: Mapping[str, Applicability] = {each.value: each for each in Applicability}


def decode(path: str, data: list[Any]) -> FileReport:
    """The report that :func:`encode` wrote.

    Raises:
        KeyError, ValueError, TypeError, IndexError: the data are not of that shape.
    """
    dialect, findings, source, failed, suppressed = data
    return FileReport(
        path,
        _DIALECTS[dialect],
        tuple([decode_finding(each) for each in findings]),
        tuple([((cell, row), text) for (cell, row), text in source]),
        failed,
        suppressed,
    )


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
    return Fix(
        _APPLICABILITIES[applicability],
        message,
        tuple([Edit(Span(*span), content) for span, content in edits]),
    )
