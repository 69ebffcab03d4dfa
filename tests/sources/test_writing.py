from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tfmigrate.sources.writing import write_atomic


def test_creates_with_what_the_umask_leaves(tmp_path: Path) -> None:
    plain, written = tmp_path / "plain", tmp_path / "written"
    plain.touch()
    write_atomic(written, b"new")
    assert written.read_bytes() == b"new"
    assert written.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600, 0o640])
def test_replaces_and_keeps_the_mode(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    file.chmod(mode)
    write_atomic(file, b"new\r\n")
    assert file.read_bytes() == b"new\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == mode
    assert list(tmp_path.iterdir()) == [file]


def test_follows_symbolic_links(tmp_path: Path) -> None:
    real = tmp_path / "real" / "a.py"
    real.parent.mkdir()
    real.write_bytes(b"old")
    link = tmp_path / "link.py"
    link.symlink_to(Path("real") / "a.py")
    write_atomic(link, b"new")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.py", "link.py", "real"]


@pytest.mark.parametrize("failing", ["fsync", "replace", "chmod"])
def test_on_an_error_the_old_file_and_nothing_else_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    if failing == "fsync":
        monkeypatch.setattr(os, "fsync", fail)
    else:
        monkeypatch.setattr(Path, failing, fail)
    with pytest.raises(OSError, match="No space"):
        write_atomic(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_an_interrupt_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(tmp_path / "a.py", b"new")
    assert list(tmp_path.iterdir()) == []


def test_refuses_directories_and_read_only_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(IsADirectoryError):
        write_atomic(tmp_path, b"new")
    with pytest.raises(FileNotFoundError):
        write_atomic(tmp_path / "missing" / "a.py", b"new")
    file = tmp_path / "a.py"
    file.write_bytes(b"old")
    # the superuser may write everything, so the answer of the system is fixed here
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(PermissionError):
        write_atomic(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_very_long_name(tmp_path: Path) -> None:
    file = tmp_path / ("a" * 250 + ".py")
    write_atomic(file, b"new")
    assert file.read_bytes() == b"new"


def test_killed_at_any_moment_the_file_is_old_or_new(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    old, new = b"o" * 300_000, b"n" * 200_000
    program = (
        "import sys; from tfmigrate.sources.writing import write_atomic\n"
        "print(flush=True)\n"
        "while True:\n"
        "    for letter, size in ((b'o', 300_000), (b'n', 200_000)):\n"
        "        write_atomic(sys.argv[1], letter * size)\n"
    )
    for attempt in range(5):
        file.write_bytes(old)
        with subprocess.Popen(
            [sys.executable, "-c", program, os.fspath(file)], stdout=subprocess.PIPE
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.003 * attempt)
            process.kill()
        assert file.read_bytes() in (old, new)
