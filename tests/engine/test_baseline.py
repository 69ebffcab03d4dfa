"""Baselines: what is known stays known however it moves, and only what is new is reported."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tfmigrate.engine import baseline
from tfmigrate.engine.baseline import BaselineError
from tfmigrate.model import Dialect, FileReport, Finding, Span

LOG = "x = tf.log(1)"
EXP = "y = tf.to_float(2)"


def report(path: str | Path, *lines: tuple[str, str, int], cell: int | None = None) -> FileReport:
    """A report with a finding for each code, line of source and row."""
    findings = tuple(
        Finding(code, "message", Span(row, 5, row, 11), symbol="tf.log", cell=cell)
        for code, _, row in lines
    )
    source = tuple(((cell, row), text) for _, text, row in lines)
    return FileReport(str(path), Dialect.TF1, findings, source)


def left(before: list[FileReport], after: FileReport, folder: Path) -> list[Finding]:
    """What is new in ``after`` where ``before`` is the baseline."""
    file = folder / "baseline.json"
    baseline.write(file, before)
    reduced = baseline.subtract(after, baseline.read(file), file)
    assert len(reduced.findings) + reduced.baselined == len(after.findings)
    return list(reduced.findings)


CHANGES = {
    "the same": ([("TFM101", LOG, 2)], [("TFM101", LOG, 2)], 0),
    "moved down": ([("TFM101", LOG, 2)], [("TFM101", LOG, 200)], 0),
    "indented": ([("TFM101", LOG, 2)], [("TFM101", f"\t    {LOG}", 2)], 0),
    "spaced": ([("TFM101", LOG, 2)], [("TFM101", "x  =  tf.log(1)", 2)], 0),
    "changed line": ([("TFM101", LOG, 2)], [("TFM101", "x = tf.log(2)", 2)], 1),
    "another code": ([("TFM101", LOG, 2)], [("TFM102", LOG, 2)], 1),
    "another line": ([("TFM101", LOG, 2)], [("TFM101", LOG, 2), ("TFM101", EXP, 3)], 1),
    "one more of the same": ([("TFM101", LOG, 2)], [("TFM101", LOG, 2), ("TFM101", LOG, 3)], 1),
    "one less of the same": ([("TFM101", LOG, 2), ("TFM101", LOG, 3)], [("TFM101", LOG, 3)], 0),
    "two of two": ([("TFM101", LOG, 2), ("TFM101", LOG, 3)], [("TFM101", LOG, 9)] * 2, 0),
    "swapped": (
        [("TFM101", LOG, 2), ("TFM101", EXP, 3)],
        [("TFM101", EXP, 2), ("TFM101", LOG, 3)],
        0,
    ),
    "nothing known": ([], [("TFM101", LOG, 2)], 1),
}


@pytest.mark.parametrize(("before", "after", "new"), CHANGES.values(), ids=CHANGES)
def test_what_is_new(
    before: list[tuple[str, str, int]],
    after: list[tuple[str, str, int]],
    new: int,
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.py"
    assert len(left([report(file, *before)], report(file, *after), tmp_path)) == new


def test_the_later_one_of_equal_findings_is_new(tmp_path: Path) -> None:
    before = report(tmp_path / "a.py", ("TFM101", LOG, 7))
    after = report(tmp_path / "a.py", ("TFM101", LOG, 2), ("TFM101", LOG, 8))
    (new,) = left([before], after, tmp_path)
    assert new.span.row == 8


def test_cells_that_move(tmp_path: Path) -> None:
    before = report(tmp_path / "a.ipynb", ("TFM101", LOG, 1), cell=2)
    after = report(tmp_path / "a.ipynb", ("TFM101", LOG, 4), cell=7)
    assert left([before], after, tmp_path) == []


def test_files_are_told_apart(tmp_path: Path) -> None:
    before = report(tmp_path / "a.py", ("TFM101", LOG, 1))
    after = report(tmp_path / "b.py", ("TFM101", LOG, 1))
    assert len(left([before], after, tmp_path)) == 1


def test_paths_are_relative_to_the_baseline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "ci").mkdir()
    file = tmp_path / "ci" / "baseline.json"
    monkeypatch.chdir(tmp_path)
    baseline.write(file, [report("src/a.py", ("TFM101", LOG, 1))])
    assert list(json.loads(file.read_text())["files"]) == ["../src/a.py"]
    monkeypatch.chdir(tmp_path / "src")
    after = report("a.py", ("TFM101", LOG, 1))
    assert baseline.subtract(after, baseline.read(file), file).findings == ()


def test_what_could_not_be_read_is_never_known(tmp_path: Path) -> None:
    finding = Finding("TFM001", "syntax error", Span(1, 1, 1, 2))
    failed = FileReport(str(tmp_path / "a.py"), Dialect.NONE, (finding,), failed=True)
    assert left([failed], failed, tmp_path) == [finding]


def test_the_file_is_sorted_and_ends_in_a_newline(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    reports = [
        report(tmp_path / "b.py", ("TFM102", LOG, 1), ("TFM101", LOG, 2)),
        report(tmp_path / "a.py", ("TFM101", LOG, 1)),
        report(tmp_path / "nothing.py"),
    ]
    assert baseline.write(file, reports) == 3
    text = file.read_text()
    data = json.loads(text)
    assert text.endswith("}\n")
    assert list(data["files"]) == ["a.py", "b.py"]
    assert [each["code"] for each in data["files"]["b.py"]] == ["TFM101", "TFM102"]
    baseline.write(file, list(reversed(reports)))
    assert file.read_text() == text


def test_lines_that_utf8_cannot_express(tmp_path: Path) -> None:
    each = report(tmp_path / "a.py", ("TFM101", "x = '\udcff'", 1))
    assert left([each], each, tmp_path) == []


WRONG = {
    "not json": "x = 1\n",
    "a list": "[]",
    "no files": '{"version": 1}',
    "files of another shape": '{"version": 1, "files": {"a.py": 3}}',
    "no count": '{"version": 1, "files": {"a.py": [{"code": "x", "symbol": "", "line": ""}]}}',
    "nested": "[" * 100_000,
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_files_that_are_no_baseline(text: str, tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(text)
    with pytest.raises(BaselineError, match="not a baseline of tfmigrate"):
        baseline.read(file)


def test_another_version(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    file.write_text('{"version": 99, "files": {}}')
    with pytest.raises(BaselineError, match=r"version 99.*--write-baseline"):
        baseline.read(file)
    baseline.write(file, [])
    assert baseline.read(file) == {}


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="no such baseline"):
        baseline.read(tmp_path / "baseline.json")
    with pytest.raises(BaselineError, match="directory"):
        baseline.read(tmp_path)


def test_other_files_are_not_overwritten(tmp_path: Path) -> None:
    program = tmp_path / "train.py"
    program.write_text("x = 1\n")
    with pytest.raises(BaselineError, match="stays as it is"):
        baseline.write(program, [])
    assert program.read_text() == "x = 1\n"
    with pytest.raises(BaselineError, match="folder"):
        baseline.write(tmp_path, [])
    with pytest.raises(BaselineError, match="cannot be written"):
        baseline.write(tmp_path / "no" / "baseline.json", [])
    empty = tmp_path / "empty.json"
    empty.touch()
    assert baseline.write(empty, []) == 0
