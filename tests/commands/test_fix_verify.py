"""``tfmigrate fix --verify``: what does not come to the same is not kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfmigrate.commands import fix as command

from .running import LOG, NATIVE, TF, fix, read, write

pytestmark = pytest.mark.usefixtures("project")


@pytest.mark.tensorflow
def test_what_comes_to_the_same_is_kept(tmp_path: Path) -> None:
    # the fix is right, and the program shows that it was made
    told = f"{TF}y = tf.log(2.0)\nprint(len(open(__file__).read()))\n"
    (tmp_path / "value.txt").write_text("3")
    session = (
        f"{TF}with tf.Session() as s:\n    print(s.run(tf.log(float(open('value.txt').read()))))\n"
    )
    write(same=session, told=told, native=NATIVE)
    data = ("--data", str(tmp_path / "value.txt"))
    result = fix("same.py", "told.py", "native.py", "--verify", "--apply", "--allow-dirty", *data)
    assert result.exit_code == 1, result.output
    assert "same.py: verified: both come to the same (1 line)" in result.stderr
    assert "told.py: taken back: both run, and do not come to the same: line 1: " in result.stderr
    assert "native.py: " not in result.stderr
    assert "Session" not in read("same.py")
    assert read("told.py") == told


def test_an_interpreter_that_is_none() -> None:
    write(a=LOG)
    result = fix("--verify", "--python", "no/such/python")
    assert result.exit_code == 2
    assert "no/such/python cannot be run" in result.stderr
    assert read() == LOG


@pytest.mark.parametrize("arguments", [("-i",), ("a.py", "-o", "b.py"), ("-",)])
def test_what_cannot_be_verified(arguments: tuple[str, ...]) -> None:
    write(a=LOG)
    result = fix("--verify", *arguments, stdin=LOG)
    assert result.exit_code == 2
    assert "--verify is for files" in result.stderr


def test_help_says_how() -> None:
    result = fix("--help")
    assert result.exit_code == 0
    assert "--verify runs programs as `tfmigrate verify` does" in result.stdout
    assert "--oracle" in result.stdout
    assert command.fix.help
