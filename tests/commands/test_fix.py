"""``tfmigrate fix``, as somebody uses it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tfmigrate import api
from tfmigrate.model import FileFix

from .running import LEFT, LOG, NATIVE, TF, book, commit, fix, git, read, write

pytestmark = pytest.mark.usefixtures("project")


# ------------------------------------------------------------- exit codes


EXITS: dict[str, tuple[dict[str, str | bytes], tuple[str, ...], int]] = {
    "nothing to fix": ({"a": NATIVE}, (), 0),
    "something to fix": ({"a": LOG}, (), 1),
    "something to fix, exit zero": ({"a": LOG}, ("--exit-zero",), 0),
    "something that cannot be fixed": ({"a": f"{TF}tf.contrib.crf.crf_decode(x)\n"}, (), 0),
    "all fixed": ({"a": LOG}, ("--apply",), 0),
    "something left": ({"a": LEFT}, ("--apply",), 1),
    "something left, exit zero": ({"a": LEFT}, ("--apply", "-e"), 0),
    "nothing to do": ({"a": NATIVE}, ("--apply",), 0),
    "not parsed": ({"a": f"{TF}x = ("}, (), 2),
    "not parsed, applied, exit zero": ({"a": f"{TF}x = ("}, ("--apply", "-e"), 2),
    "not decoded": ({"a": b"# \xff\n"}, ("--apply",), 2),
    "one of two not parsed": ({"a": LOG, "b": f"{TF}print 1"}, ("--apply",), 2),
    "no such file": ({}, ("nothing.py",), 2),
    "not selected": ({"a": LOG}, ("--select", "TFM2"), 0),
    "not selected is not left": ({"a": LEFT}, ("--apply", "--select", "TFM101"), 0),
    "quiet": ({"a": LOG}, ("-q",), 1),
    "unknown option": ({}, ("--nothing",), 2),
    "unknown code": ({"a": LOG}, ("--select", "TFM9"), 2),
    "unknown target": ({"a": LOG}, ("--target-version", "3.0"), 2),
    "output": ({"a": LEFT}, ("a.py", "-o", "b.py"), 0),
    "output, not parsed": ({"a": f"{TF}x = ("}, ("a.py", "-o", "b.py"), 2),
    "output, no such file": ({}, ("a.py", "-o", "b.py"), 2),
    "output, unwritable": ({"a": LOG}, ("a.py", "-o", "no/such/b.py"), 2),
    "output of two": ({"a": LOG, "b": LOG}, ("a.py", "b.py", "-o", "c.py"), 2),
    "output of a folder": ({"a": LOG}, (".", "-o", "c.py"), 2),
    "output of nothing": ({"a": LOG}, ("-o", "c.py"), 2),
    "output and apply": ({"a": LOG}, ("a.py", "--apply", "-o", "c.py"), 2),
    "standard input and apply": ({}, ("-", "--apply"), 2),
    "standard input and interactive": ({}, ("-", "-i"), 2),
    "standard input and a file": ({"a": LOG}, ("-", "a.py"), 2),
}


@pytest.mark.parametrize(("files", "arguments", "code"), EXITS.values(), ids=EXITS)
def test_exit_codes(files: dict[str, str | bytes], arguments: tuple[str, ...], code: int) -> None:
    write(**files)
    result = fix(*arguments)
    assert result.exit_code == code, result.output


# ------------------------------------------------------- showing, writing


def test_a_diff_and_nothing_written() -> None:
    write(a=LOG, pkg__b=LOG, c=NATIVE)
    result = fix()
    assert result.stdout.splitlines() == [
        line
        for name in ("a.py", "pkg/b.py")
        for line in (
            f"--- {name}",
            f"+++ {name}",
            "@@ -1,2 +1,2 @@",
            " import tensorflow as tf",
            "-x = tf.log(1)",
            "+x = tf.math.log(1)",
        )
    ]
    assert result.stderr == (
        "Would fix 2 findings in 2 files; --apply writes them.\n      2  TFM101  renamed\n"
    )
    assert read() == read("pkg/b.py") == LOG


def test_the_diff_is_what_apply_does() -> None:
    write(a=LEFT, b=LOG.replace("\n", "\r\n"))
    patch = fix().stdout_bytes
    subprocess.run(["git", "apply", "-p0"], input=patch, check=True)
    patched = read(), read("b.py")
    write(a=LEFT, b=LOG.replace("\n", "\r\n"))
    fix("--apply")
    assert (read(), read("b.py")) == patched
    assert read("b.py") == NATIVE.replace("\n", "\r\n")


def test_apply() -> None:
    write(a=LEFT, b=NATIVE)
    result = fix("--apply")
    assert result.stdout == ""
    assert result.stderr.startswith(
        "Fixed 1 finding in 1 file.\n      1  TFM101  renamed\nLeft: 1 finding in 1 file that"
    )
    assert read() == f"{NATIVE}e = tf.contrib.crf.crf_decode(x)\n"
    again = fix("--apply")
    assert "Fixed" not in again.stderr
    assert read() == f"{NATIVE}e = tf.contrib.crf.crf_decode(x)\n"


def test_unsafe_fixes_are_held_back() -> None:
    write(a="import acme\nx = acme.old(1)\n", own__x="")
    Path("own/symbols").mkdir()
    Path("own/symbols/acme.toml").write_text(
        '"acme.old" = { to = "acme.new", fix = "unsafe", note = "Other numbers." }\n'
    )
    result = fix("--apply", "--extra-rules", "own", "a.py")
    assert read() == "import acme\nx = acme.old(1)\n"
    assert result.exit_code == 1
    assert "whose fix may change behaviour; --unsafe-fixes includes them." in result.stderr
    result = fix("--apply", "--extra-rules", "own", "a.py", "--unsafe-fixes")
    assert result.exit_code == 0
    assert read() == "import acme\nx = acme.new(1)\n"


def test_quiet() -> None:
    write(a=LEFT, b=f"{TF}x = (")
    result = fix("-q")
    assert result.stdout.startswith("--- a.py\n")
    assert result.stderr.startswith("Not fixed, and left as it was: 1 file.\n  b.py:2:5: TFM001")
    result = fix("-q", "--apply", "a.py")
    assert result.output == ""


def test_an_empty_folder_is_worth_a_word() -> None:
    Path("empty").mkdir()
    assert "no Python file, notebook or dependency file in empty" in fix("empty").stderr
    assert fix("empty", "-q").output == ""


def test_a_file_is_only_touched_if_it_changes() -> None:
    write(a=NATIVE, b=f"{TF}tf.contrib.crf.crf_decode(x)\n")
    for name in ("a.py", "b.py"):
        os.utime(name, (1, 1))
        Path(name).chmod(0o444)
    fix("--apply")
    assert {Path(name).stat().st_mtime for name in ("a.py", "b.py")} == {1}


def test_notebooks() -> None:
    Path("a.ipynb").write_text(book(TF, "x = tf.log(1)", "!ls"))
    assert fix().stdout.splitlines() == [
        "--- a.ipynb:cell 2",
        "+++ a.ipynb:cell 2",
        "@@ -1 +1 @@",
        "-x = tf.log(1)",
        "+x = tf.math.log(1)",
    ]
    fix("--apply")
    assert Path("a.ipynb").read_text() == book(TF, "x = tf.math.log(1)", "!ls")


def test_selections() -> None:
    source = f"{TF}x = tf.log(tf.to_float(1))\n"
    write(a=source)
    fix("--apply", "--ignore", "TFM101")
    assert "tf.log" in read()
    assert "tf.to_float" not in read()
    write(a=source)
    Path("pyproject.toml").write_text('[tool.tfmigrate]\nselect = ["TFM3"]\n')
    fix("--apply")
    assert read() == source
    fix("--apply", "--extend-select", "TFM101")
    assert "tf.math.log(tf.to_float(1))" in read()


def test_what_is_silenced_stays() -> None:
    source = f"{TF}x = tf.log(1)  # tfmigrate: ignore[TFM101]\ny = tf.log(2)  # noqa: TFM101\n"
    write(a=source)
    assert fix("--apply").exit_code == 0
    assert read() == source


def test_a_baseline_keeps_nothing_from_being_fixed() -> None:
    write(a=LOG)
    Path("pyproject.toml").write_text('[tool.tfmigrate]\nbaseline = "b.json"\n')
    Path("b.json").write_text(json.dumps({"version": 1, "files": {}}))
    fix("--apply")
    assert read() == NATIVE


def test_excluded_files() -> None:
    write(old__a=LOG, b=LOG)
    Path("pyproject.toml").write_text('[tool.tfmigrate]\nextend-exclude = ["old"]\n')
    fix("--apply")
    fix("--apply", "--force-exclude", "old/a.py")
    assert (read("old/a.py"), read("b.py")) == (LOG, NATIVE)
    fix("--apply", "old/a.py")
    assert read("old/a.py") == NATIVE


@pytest.mark.parametrize("jobs", ["1", "2", "0"])
def test_the_same_however_many_processes(jobs: str) -> None:
    for number in range(12):
        write(**{f"pkg__m{number:02}": LOG * (number % 3 + 1) + "# " + "x" * 40_000})
    result = fix("--jobs", jobs)
    assert result.stdout.count("+x = tf.math.log(1)\n") == sum(n % 3 + 1 for n in range(12))
    names = [line[4:] for line in result.stdout.splitlines() if line.startswith("+++ ")]
    assert names == sorted(names)
    assert len(names) == 12


def test_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    write(a=LOG)
    assert "\x1b[" not in fix().output
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = fix()
    assert "\x1b[31m-x = tf.log(1)\x1b[0m" in result.stdout
    assert "\x1b[1mTFM101\x1b[0m" in result.stderr


def test_the_bridge() -> None:
    write(
        a=f"{TF}import other\nx = tf.placeholder(tf.float32)\nother.build(x)\n"
        "with tf.Session() as sess:\n    other.run(sess, x)\n"
    )
    before = read()
    fix("--apply")
    assert read() == before
    fix("--apply", "--bridge")
    assert "import tensorflow.compat.v1 as tf\n" in read()
    assert "tf.disable_v2_behavior()\n" in read()
    bridged = read()
    fix("--apply", "--bridge")
    assert read() == bridged


def test_what_changed_since_it_was_read_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    write(a=LOG, b=LOG)
    real = api.fix

    def slow(*arguments: Any, **options: Any) -> list[FileFix]:
        fixes = real(*arguments, **options)
        write(a=LOG * 2)
        return fixes

    monkeypatch.setattr(api, "fix", slow)
    result = fix("--apply")
    assert result.exit_code == 2
    assert "a.py:1:1: TFM004 the file has changed since it was read" in result.stderr
    assert (read(), read("b.py")) == (LOG * 2, NATIVE)


# --------------------------------------------------- standard input, one output


def test_stdin() -> None:
    result = fix("-", stdin=LEFT)
    assert result.stdout == f"{NATIVE}e = tf.contrib.crf.crf_decode(x)\n"
    assert "Fixed 1 finding in 1 file." in result.stderr
    assert result.exit_code == 0
    assert fix("-", "-q", stdin=LOG).output == NATIVE


@pytest.mark.parametrize(
    "data",
    [
        NATIVE.encode(),
        f"{TF}x = (\n".encode(),
        b"# \xff\n",
        b"",
        b"\xef\xbb\xbf\r\nx = 1\r\n",
        f"{TF}x = 1".encode(),
    ],
)
def test_stdin_comes_out_as_it_went_in_if_nothing_can_be_fixed(data: bytes) -> None:
    assert fix("-", stdin=data).stdout_bytes == data


def test_stdin_keeps_bytes() -> None:
    data = b"\xef\xbb\xbf" + LOG.replace("\n", "\r\n").encode()
    assert fix("-", stdin=data).stdout_bytes == data.replace(b"tf.log", b"tf.math.log")
    data = b"# coding: latin-1\n" + LOG.encode() + b"# \xe9\n"
    assert fix("-", stdin=data).stdout_bytes == data.replace(b"tf.log", b"tf.math.log")


def test_stdin_has_the_configuration_of_its_name() -> None:
    Path("pkg").mkdir()
    Path("pkg/pyproject.toml").write_text(
        '[tool.tfmigrate]\nper-file-ignores = {"skip.py" = ["TFM1"]}\n'
    )
    assert fix("--stdin-filename", "pkg/a.py", "-", stdin=LOG).stdout == NATIVE
    assert fix("--stdin-filename", "pkg/a.py", stdin=LOG).stdout == NATIVE
    assert fix("--stdin-filename", "pkg/skip.py", "-", stdin=LOG).stdout == LOG
    text = fix("--stdin-filename", "a.ipynb", "-", stdin=book(LOG)).stdout
    assert text == book(NATIVE)
    assert [each.name for each in Path("pkg").iterdir()] == ["pyproject.toml"]


def test_output() -> None:
    write(a=LEFT)
    Path("a.py").chmod(0o755)
    result = fix("a.py", "-o", "b.py")
    assert (read(), read("b.py")) == (LEFT, f"{NATIVE}e = tf.contrib.crf.crf_decode(x)\n")
    assert Path("b.py").stat().st_mode == Path("a.py").stat().st_mode
    assert result.stdout == ""
    assert "Left: 1 finding" in result.stderr
    assert fix("a.py", "-o", "-", "-q").output == f"{NATIVE}e = tf.contrib.crf.crf_decode(x)\n"
    fix("-", "-o", "c.py", stdin=LOG)
    assert read("c.py") == NATIVE


def test_output_of_what_is_native() -> None:
    write(a=NATIVE)
    assert fix("a.py", "-o", "b.py").exit_code == 0
    assert read("b.py") == NATIVE


def test_output_of_what_cannot_be_read_is_nothing() -> None:
    write(a=f"{TF}x = (", b="mine")
    fix("a.py", "-o", "b.py")
    fix("a.py", "-o", "c.py")
    assert read("b.py") == "mine"
    assert not Path("c.py").exists()


def test_output_over_the_input() -> None:
    write(a=LOG)
    fix("a.py", "-o", "a.py")
    assert read() == NATIVE


# ------------------------------------------------------------------- git


def dirty(result: object) -> list[str]:
    return [line.strip() for line in str(result).splitlines() if line.startswith("  ")]


def test_a_clean_tree_is_written() -> None:
    write(a=LOG)
    commit()
    assert fix("--apply").exit_code == 0
    assert read() == NATIVE


def test_a_dirty_tree_is_refused() -> None:
    write(a=LOG, pkg__b=LOG, c=LOG)
    commit()
    write(a=LOG * 2, pkg__b=LOG * 2, new=LOG)
    git("add", "pkg/b.py")
    result = fix("--apply")
    assert result.exit_code == 2
    assert dirty(result.stderr) == ["a.py", "new.py", "pkg/b.py"]
    assert "--allow-dirty" in result.stderr
    assert (read(), read("c.py")) == (LOG * 2, LOG)
    assert fix("--apply", "-i").exit_code == 2
    # to look is allowed
    assert fix().exit_code == 1
    assert fix("a.py", "-o", "out.py").exit_code == 0
    assert fix("--apply", "--allow-dirty").exit_code == 0
    assert (read(), read("new.py")) == (NATIVE * 2, NATIVE)


def test_only_what_would_be_written_has_to_be_clean() -> None:
    write(a=LOG, b=NATIVE)
    commit()
    write(b=f"{NATIVE}x = 1\n", c="")
    assert fix("--apply").exit_code == 0
    assert read() == NATIVE
    # and what has been fixed is not fixed again
    assert fix("--apply").exit_code == 0


def test_git_that_does_not_answer() -> None:
    write(a=LOG)
    commit()
    Path(".git/config").write_text("[core")
    result = fix("--apply")
    assert result.exit_code == 2
    assert "bad config" in result.stderr
    assert "--allow-dirty writes without asking git" in result.stderr
    assert read() == LOG
    assert fix("--apply", "--allow-dirty").exit_code == 0


def test_outside_of_git_files_are_written() -> None:
    write(a=LOG)
    assert fix("--apply").exit_code == 0
    assert read() == NATIVE
