"""Baselines: the findings that a project knows of, so that only new ones fail.

A finding is recognised by its code, its symbol and the text of its line, not by its place: lines
that move take their findings along. Equal ones are counted.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from tfmigrate.model import FileReport, Finding
from tfmigrate.sources.writing import write_atomic

VERSION = 1
Known: TypeAlias = dict[str, Counter[tuple[str, str, str]]]
"""For each path, how often each finding may appear: code, symbol and text of the line."""


class BaselineError(Exception):
    """A baseline file that cannot be read."""


def identities(report: FileReport) -> Iterator[tuple[tuple[str, str, str], Finding]]:
    """Each finding with what it is recognised by."""
    lines = dict(report.source)
    for finding in report.findings:
        line = lines.get((finding.cell, finding.span.row), "")
        yield (finding.code, finding.symbol or "", " ".join(line.split())), finding


def relative(path: str, file: Path) -> str:
    """``path`` as the baseline spells it: from the folder of the baseline, with slashes."""
    return Path(os.path.relpath(path, file.parent)).as_posix()


def write(file: Path, reports: Iterable[FileReport]) -> int:
    """Write every finding that is there now; returns how many.

    What could not be read is left out: it must not be forgotten.

    Raises:
        BaselineError: there is another file in that place, or none can be written.
    """
    if file.is_dir():
        raise BaselineError(f"{file}: this is a folder, not a baseline")
    if file.exists() and (not file.is_file() or file.stat().st_size):
        # `--write-baseline train.py` is a slip that must not cost anybody their program
        refuse_others(file)
    files: dict[str, list[dict[str, object]]] = {}
    total = 0
    for report in reports:
        if report.failed or not report.findings:
            continue
        counted = Counter(key for key, _ in identities(report))
        total += sum(counted.values())
        files[relative(report.path, file)] = [
            {"code": code, "symbol": symbol, "line": line, "count": count}
            for (code, symbol, line), count in sorted(counted.items())
        ]
    data = {"version": VERSION, "files": dict(sorted(files.items()))}
    text = json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    try:
        # the source lines of a file in another encoding may hold what UTF-8 cannot express
        write_atomic(file, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise BaselineError(f"{file}: cannot be written: {error.strerror}") from None
    return total


def refuse_others(file: Path) -> None:
    """Raise BaselineError for a file that is no baseline, of whatever version."""
    try:
        data = json.loads(file.read_bytes()) if file.is_file() else None
    except (OSError, ValueError, RecursionError):
        data = None
    if not isinstance(data, dict) or not {"version", "files"} <= set(data):
        raise BaselineError(f"{file}: this is not a baseline of tfmigrate, so it stays as it is")


def read(file: Path) -> Known:
    """The findings of a baseline file.

    Raises:
        BaselineError: it is not there, or not a baseline.
    """
    try:
        data = json.loads(file.read_bytes())
        if data["version"] != VERSION:
            raise BaselineError(
                f"{file}: a baseline of version {data['version']}, where {VERSION} is expected;"
                " write it anew with --write-baseline"
            )
        return {
            path: Counter(
                {
                    (each["code"], each["symbol"], each["line"]): int(each["count"])
                    for each in entries
                }
            )
            for path, entries in data["files"].items()
        }
    except FileNotFoundError:
        raise BaselineError(f"{file}: no such baseline; make it with --write-baseline") from None
    except OSError as error:
        raise BaselineError(f"{file}: {(error.strerror or str(error)).lower()}") from None
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        raise BaselineError(f"{file}: this is not a baseline of tfmigrate") from None


def subtract(report: FileReport, known: Known, file: Path) -> FileReport:
    """The report without what the baseline knows; what could not be read always stays."""
    left = Counter(known.get(relative(report.path, file), Counter()))
    if report.failed or not left:
        return report
    stay = []
    for key, finding in identities(report):
        if left[key] > 0:
            left[key] -= 1
        else:
            stay.append(finding)
    return replace(report, findings=tuple(stay), baselined=len(report.findings) - len(stay))
