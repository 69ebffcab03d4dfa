"""``tfmigrate fix`` as a process: killed, interrupted, without permission, on a terminal."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from .running import COMMAND, LOG, NATIVE, TF, commit, read, write

pytestmark = pytest.mark.usefixtures("project")

OLD = f"{TF}# {'x' * 3000}\nx = tf.log(1)\n"
NEW = OLD.replace("tf.log", "tf.math.log")
FILES = [f"m{number:03}.py" for number in range(60)]


def start() -> subprocess.Popen[bytes]:
    """Let it write many files, and wait until it has begun to."""
    process = subprocess.Popen(
        [*COMMAND, "--apply", "-q", "-j1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    first = next(name for name in FILES if read(name) == OLD)
    while read(first) == OLD and process.poll() is None:
        time.sleep(0.001)
    return process


def leftovers() -> set[str]:
    return {each.name for each in Path().iterdir()} - {*FILES, ".git"}


def test_killed_at_any_moment_each_file_is_old_or_new() -> None:
    for name in FILES:
        Path(name).write_text(OLD)
        Path(name).chmod(0o750)
    for _ in range(5):
        process = start()
        time.sleep(random.random() * 0.01)
        process.kill()
        process.communicate()
        states = {read(name) for name in FILES}
        assert states <= {OLD, NEW}
        assert {stat.S_IMODE(Path(name).stat().st_mode) for name in FILES} == {0o750}
    # what was being written may be left, under a name that nobody reads: hidden, and no program
    before = {name: read(name) for name in leftovers()}
    for name in before:
        assert name.startswith(".m")
        assert name.endswith(".tmp")
    shown = subprocess.run([*COMMAND], capture_output=True, text=True, check=False).stdout
    assert ".tmp" not in shown
    done = subprocess.run([*COMMAND, "--apply"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert {read(name) for name in FILES} == {NEW}
    assert {name: read(name) for name in leftovers()} == before


def test_an_interrupt_leaves_no_temporary_file() -> None:
    for name in FILES:
        Path(name).write_text(OLD)
    process = start()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (out, err) == (b"", b"tfmigrate: interrupted\n")
    assert process.returncode == 130
    assert {read(name) for name in FILES} == {OLD, NEW}
    assert leftovers() == set()


def as_anybody() -> None:
    """In a child: give up the right of root to write everything."""
    if os.geteuid() == 0:
        drop, override = 24, 1
        assert ctypes.CDLL(None).prctl(drop, override, 0, 0, 0) == 0


def test_what_may_not_be_written_is_told_and_the_rest_is_written() -> None:
    write(a=LOG, b=LOG, locked__c=LOG, z=LOG)
    Path("b.py").chmod(0o444)
    Path("locked").chmod(0o555)
    done = subprocess.run(
        [*COMMAND, "--apply"], capture_output=True, text=True, preexec_fn=as_anybody, check=False
    )
    Path("locked").chmod(0o755)
    assert [read(name) for name in ("a.py", "b.py", "locked/c.py", "z.py")] == [
        NATIVE,
        LOG,
        LOG,
        NATIVE,
    ]
    assert done.returncode == 2
    assert "Fixed 2 findings in 2 files." in done.stderr
    assert "Not fixed, and left as it was: 2 files." in done.stderr
    assert "b.py:1:1: TFM004 the file is read-only" in done.stderr
    assert "locked/c.py:1:1: TFM004" in done.stderr
    assert stat.S_IMODE(Path("b.py").stat().st_mode) == 0o444
    assert [each.name for each in Path("locked").iterdir()] == ["c.py"]


def test_links_stay_links() -> None:
    write(real__a=LOG)
    Path("link.py").symlink_to("real/a.py")
    Path("folder").symlink_to("real")
    done = subprocess.run([*COMMAND, "--apply", "link.py"], capture_output=True, check=False)
    assert done.returncode == 0
    assert Path("link.py").is_symlink()
    assert not Path("real/a.py").is_symlink()
    assert read("real/a.py") == NATIVE
    write(real__a=LOG)
    done = subprocess.run([*COMMAND, "--apply"], capture_output=True, check=False)
    assert b"Fixed 1 finding in 1 file." in done.stderr
    assert read("link.py") == read("folder/a.py") == NATIVE


def test_a_broken_pipe_is_no_error() -> None:
    for name in FILES[:20]:
        Path(name).write_text(TF + "x = tf.log(1)\n" * 150)
    process = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == b"--- m000.py\n"
    process.stdout.close()
    assert b"Would fix" in process.stderr.read()
    process.stderr.close()
    assert process.wait() == 1


def test_bytes_reach_a_pipe_whatever_its_encoding() -> None:
    commit_of = "# coding: latin-1\nx = '\xe9'\n".encode("latin-1") + LOG.encode()
    write(a=commit_of, b=f"{LOG}# \u65e5\u672c\n")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(COMMAND, capture_output=True, env=environment, check=False)
    assert b"\n x = '\xe9'\n" in done.stdout
    assert "\n # \u65e5\u672c\n".encode() in done.stdout
    commit()
    subprocess.run(["git", "apply", "-p0"], input=done.stdout, check=True)
    assert read("b.py") == f"{NATIVE}# \u65e5\u672c\n"
