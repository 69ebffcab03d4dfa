"""The cache: never stale, never in the way."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tfmigrate.catalogue.load import rules_folder
from tfmigrate.engine import cache as caches
from tfmigrate.engine.cache import Cache, clear, decode, encode, fingerprint
from tfmigrate.engine.files import Job
from tfmigrate.engine.selection import Selection
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
from tfmigrate.sources.discovery import Kind

FIX = Fix(Applicability.UNSAFE, "Replace", (Edit(Span(2, 5, 2, 11), "tf.math.log"),))
FINDING = Finding("TFM101", "m\xe9ssage", Span(2, 5, 3, 1), Severity.WARNING, "tf.log", FIX, 4)
REPORT = FileReport(
    "a.py",
    Dialect.COMPAT,
    (FINDING, Finding("TFM001", "x", Span(1, 1, 1, 2))),
    (((4, 2), "x = tf.log("), ((None, 1), "")),
    failed=True,
    suppressed=3,
)


def job(path: Path, **settings: Any) -> Job:
    return Job(str(path), Kind.PYTHON, **settings)


def store(folder: Path, path: Path, data: bytes = b"x", **settings: Any) -> None:
    path.touch()
    cache = Cache(folder, "2.21")
    cache.put(job(path, **settings), Cache.key(job(path, **settings), data), REPORT)
    cache.save()


def known(folder: Path, path: Path, data: bytes = b"x", **settings: Any) -> FileReport | None:
    each = job(path, **settings)
    return Cache(folder, "2.21").get(each, Cache.key(each, data))


def test_nothing_is_lost_on_the_way() -> None:
    assert decode("a.py", json.loads(json.dumps(encode(REPORT)))) == REPORT


def test_round_trip(tmp_path: Path) -> None:
    store(tmp_path / "cache", tmp_path / "a.py")
    found = known(tmp_path / "cache", tmp_path / "a.py")
    assert found == replace(REPORT, path=str(tmp_path / "a.py"))
    assert (tmp_path / "cache" / ".gitignore").read_text() == "*\n"


DIFFERENT: dict[str, dict[str, Any]] = {
    "content": {"data": b"y"},
    "selection": {"selection": Selection(("TFM1",))},
    "ignores": {"selection": Selection(ignore=("TFM1",))},
    "dialect": {"dialect": Dialect.TF2},
}


@pytest.mark.parametrize("settings", DIFFERENT.values(), ids=DIFFERENT)
def test_what_a_report_depends_on(settings: dict[str, Any], tmp_path: Path) -> None:
    store(tmp_path / "cache", tmp_path / "a.py")
    assert known(tmp_path / "cache", tmp_path / "a.py") is not None
    assert known(tmp_path / "cache", tmp_path / "a.py", **settings) is None


def test_the_name_of_a_file_counts(tmp_path: Path) -> None:
    plain, setup = job(tmp_path / "a.py"), job(tmp_path / "setup.py")
    assert Cache.key(plain, b"x") != Cache.key(setup, b"x")
    notebook = replace(plain, kind=Kind.NOTEBOOK)
    assert Cache.key(plain, b"x") != Cache.key(notebook, b"x")


def test_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    store(tmp_path / "cache", Path("src/a.py"))
    monkeypatch.chdir(tmp_path / "src")
    found = known(tmp_path / "cache", Path("a.py"))
    assert found is not None
    assert found.path == "a.py"


def test_another_target_release(tmp_path: Path) -> None:
    store(tmp_path / "cache", tmp_path / "a.py")
    each = job(tmp_path / "a.py")
    assert Cache(tmp_path / "cache", "2.16").get(each, Cache.key(each, b"x")) is None


def test_rules_and_code_change_the_fingerprint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fingerprint()
    assert fingerprint() == before
    (tmp_path / "symbols").mkdir()
    table = tmp_path / "symbols" / "own.toml"
    table.write_text("")
    extra = fingerprint([tmp_path])
    assert extra != before
    table.write_text("# changed")
    assert fingerprint([tmp_path]) != extra
    monkeypatch.setattr(caches, "__version__", "99.0")
    assert fingerprint() != before


def test_every_rule_file_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    real = caches._files

    def spy(folder: str) -> Any:
        for path, status in real(folder):
            seen.append(os.path.realpath(path))
            yield path, status

    monkeypatch.setattr(caches, "_files", spy)
    fingerprint()
    rules = [*rules_folder().rglob("*.toml"), *rules_folder().rglob("*.md")]
    assert {os.path.realpath(path) for path in rules} <= set(seen)
    package = Path(caches.__file__).parents[1]
    assert str(package / "atlas" / "data" / "symbols.z") in seen


DAMAGED = {
    "empty": "",
    "half": '{"a": [',
    "a list": "[1, 2]",
    "a number for an entry": '{"%s": 3}',
    "no report": '{"%s": ["key", null]}',
    "too few fields": '{"%s": ["key", ["tf1"]]}',
    "unknown dialect": '{"%s": ["key", ["tf9", [], [], false, 0]]}',
    "unknown severity": '{"%s": ["key", ["tf1", [["T", "m", [1,1,1,1], "?", null, null, null]],'
    " [], false, 0]]}",
    "nested": "[" * 100_000,
    "binary": "\0\1\2",
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, path = tmp_path / "cache", tmp_path / "a.py"
    monkeypatch.setattr(Cache, "key", staticmethod(lambda *_: "key"))
    store(folder, path)
    (file,) = folder.glob("*.json")
    file.write_text(text.replace("%s", str(path)))
    assert known(folder, path) is None
    store(folder, path)
    assert known(folder, path) is not None


def test_an_unwritable_folder(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.touch()
    store(blocker / "cache", tmp_path / "a.py")
    assert known(blocker / "cache", tmp_path / "a.py") is None
    assert blocker.read_bytes() == b""


def test_crashes_are_not_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", "2.21")
    crash = FileReport("a.py", Dialect.NONE, (Finding("TFM009", "x", Span(1, 1, 1, 2)),), (), True)
    cache.put(job(tmp_path / "a.py"), "key", crash)
    cache.save()
    assert not (tmp_path / "cache").exists()


def test_files_that_are_gone_are_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    store(folder, tmp_path / "a.py")
    store(folder, tmp_path / "b.py")
    (tmp_path / "a.py").unlink()
    store(folder, tmp_path / "c.py")
    (file,) = folder.glob("*.json")
    assert set(json.loads(file.read_text())) == {str(tmp_path / "b.py"), str(tmp_path / "c.py")}


def test_two_runs_at_the_same_time(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store(folder, tmp_path / f"{n}.py"), range(40)))
    (file,) = folder.glob("*.json")
    assert json.loads(file.read_text())
    assert not list(folder.glob("*.tmp"))


def test_old_files_are_dropped(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    folder.mkdir()
    for number in range(9):
        old = folder / f"2.{number}-{'0' * 24}.json"
        old.write_text("{}")
        os.utime(old, (number, number))
    (folder / "mine.json").write_text("{}")
    store(folder, tmp_path / "a.py")
    names = {each.name for each in folder.glob("2.*.json")}
    assert len(names) == caches._KEEP + 1
    assert f"2.8-{'0' * 24}.json" in names
    assert (folder / "mine.json").exists()


def test_clear(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    assert not clear(folder)
    store(folder, tmp_path / "a.py")
    assert clear(folder)
    assert not folder.exists()
    # `cache-dir` may be a folder with other things in it
    store(tmp_path, tmp_path / "a.py")
    assert clear(tmp_path)
    assert (tmp_path / "a.py").exists()
