"""The command as a process: pipes, terminals, signals, permissions, start-up."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TF = "import tensorflow as tf\n"
LOG = f"{TF}x = tf.log(1)\n"
COMMAND = (sys.executable, "-m", "tfmigrate")

pytestmark = pytest.mark.usefixtures("project")


def write(**files: str | bytes) -> None:
    """Files by the stem of their names."""
    for name, content in files.items():
        data = content.encode() if isinstance(content, str) else content
        Path(f"{name}.py").write_bytes(data)


def digests() -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in Path().rglob("*")
        if path.is_file() and ".tfmigrate_cache" not in path.parts
    }


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """With pipes for standard output and standard error."""
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)


def test_an_encoding_that_lacks_signs() -> None:
    write(a=f"# coding: utf-8\n{TF}x = 'd\xe9j\xe0', tf.log(1)\n")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [*COMMAND, "check", "a.py"], capture_output=True, text=True, env=environment, check=False
    )
    assert "x = 'd\\xe9j\\xe0', tf.log(1)" in done.stdout
    assert (done.returncode, done.stderr) == (1, "")


def test_head() -> None:
    write(a=TF + "x = tf.log(1)\n" * 5000)
    process = subprocess.Popen(
        [*COMMAND, "check", "a.py"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b"TFM101")
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() == 1


def as_anybody() -> None:
    """In a child: give up the right of root to read everything."""
    if os.geteuid() == 0:
        import ctypes

        drop, override, search = 24, 1, 2
        for capability in (override, search):
            assert ctypes.CDLL(None).prctl(drop, capability, 0, 0, 0) == 0


def test_bad_input_is_reported_and_never_touched() -> None:
    write(
        latin=TF.encode() + b"# \xe9\n",
        null=f"{TF}\0",
        syntax=f"{TF}x = (1,\n",
        old=f"{TF}print 'x'\n",
        empty="",
        bom=b"\xef\xbb\xbf" + LOG.encode(),
        crlf=LOG.replace("\n", "\r\n"),
        deep=f"{TF}x = {'[' * 1000}{']' * 1000}\n",
        good=LOG,
    )
    Path("broken.ipynb").write_text('{"cells": [')
    Path("secret.py").write_text(LOG)
    Path("hidden").mkdir()
    Path("hidden/a.py").write_text(LOG)
    Path("loop").mkdir()
    Path("loop/loop").symlink_to("..")
    Path("loop/self.py").symlink_to("self.py")
    os.mkfifo("pipe.py")
    before = {name: each for name, each in digests().items() if name != "pipe.py"}
    Path("secret.py").chmod(0)
    Path("hidden").chmod(0)
    done = subprocess.run(
        [*COMMAND, "check", ".", "pipe.py", "gone.py", "--output-format", "json", "-j2"],
        capture_output=True,
        text=True,
        timeout=60,
        preexec_fn=as_anybody,
        check=False,
    )
    Path("hidden").chmod(0o755)
    Path("secret.py").chmod(0o644)
    assert done.stderr == ""
    assert done.returncode == 2
    codes = {os.path.relpath(each["filename"]): each["code"] for each in json.loads(done.stdout)}
    assert codes == {
        "bom.py": "TFM101",
        "broken.ipynb": "TFM005",
        "crlf.py": "TFM101",
        "deep.py": "TFM008",
        "gone.py": "TFM004",
        "good.py": "TFM101",
        "hidden": "TFM004",
        "latin.py": "TFM003",
        "null.py": "TFM003",
        "old.py": "TFM002",
        "pipe.py": "TFM004",
        "secret.py": "TFM004",
        "syntax.py": "TFM001",
    }
    Path("pipe.py").unlink()
    assert digests() == before


def test_an_interrupt_is_clean() -> None:
    for number in range(200):
        write(**{f"m{number}": TF + "x = tf.log(tf.to_float(1))\n" * 2000})
    process = subprocess.Popen(
        [*COMMAND, "check", "-n", "-j2", "-q"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    time.sleep(1.5)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (out, err) == (b"", b"tfmigrate: interrupted\n")
    assert process.returncode == 130
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def terminal(*arguments: str, **environment: str) -> str:
    """What a terminal shows: standard output and standard error are one."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=follower,
        stderr=follower,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120", **environment},
    )
    os.close(follower)
    shown = b""
    while select.select([leader], [], [], 30)[0]:
        try:
            part = os.read(leader, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    process.wait(timeout=30)
    os.close(leader)
    return shown.decode().replace("\r\n", "\n")


def test_colour_on_a_terminal() -> None:
    write(a=LOG)
    assert "\x1b[1;31mTFM101\x1b[0m" in terminal("check", "a.py")
    assert "\x1b[" not in terminal("check", "a.py", NO_COLOR="1")
    assert "\x1b[" not in terminal("check", "a.py", TERM="dumb")
    assert "\x1b[" not in terminal("check", "a.py", "--output-format", "json")


def test_progress_on_a_terminal_only() -> None:
    for number in range(20):
        write(**{f"m{number}": TF + "x = tf.log(tf.to_float(1))\n" * 400})
    assert "Checking" in terminal("check", "-n", "-j1", "--statistics")
    assert "Checking" not in terminal("check", "-n", "-j1", "--statistics", "-q")
    assert run("check", "-n", "-j1", "--statistics").stderr == ""


def test_no_progress_for_a_short_run() -> None:
    write(a="x = 1\n")
    assert terminal("check", "a.py", NO_COLOR="1") == (
        "All good: 1 file checked against TensorFlow 2.21.\n"
    )


def test_explain_on_a_terminal() -> None:
    shown = terminal("explain", "tf.contrib.layers.batch_norm")
    assert "**Instead" not in shown
    assert "\x1b[" in shown
    assert "\x1b[" not in run("explain", "tf.contrib.layers.batch_norm").stdout


HEAVY = {
    "libcst",
    "rich",
    "multiprocessing",
    "concurrent.futures",
    "pathspec",
    "tomllib",
}
STARTS: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "version": (("--version",), {"tfmigrate.api", "tfmigrate.catalogue", "tfmigrate.atlas"}),
    "cold": (("check", "-n", "a.py"), set()),
    "warm": (
        ("check", "a.py"),
        {"tfmigrate.catalogue", "tfmigrate.atlas", "tfmigrate.names", "tfmigrate.engine.program"},
    ),
}


@pytest.mark.parametrize(("arguments", "unwanted"), STARTS.values(), ids=STARTS)
def test_what_is_imported(arguments: tuple[str, ...], unwanted: set[str]) -> None:
    """A pre-commit hook is start-up: nothing is imported that a run does not need."""
    write(a=LOG)
    run("check", "a.py")
    program = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "from tfmigrate.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )
    loaded: set[str] = set(done.stderr.split())
    assert "tfmigrate.cli" in loaded
    assert sorted(loaded & (HEAVY | unwanted)) == []
