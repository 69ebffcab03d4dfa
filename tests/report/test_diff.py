from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tfmigrate.model import FileFix
from tfmigrate.report.diff import diff, shown_name
from tfmigrate.report.paint import Paint


def shown(
    before: str | bytes, after: str | bytes, path: str = "a.py", *, exact: bool = False
) -> list[str]:
    old, new = (each.encode() if isinstance(each, str) else each for each in (before, after))
    return list(diff(FileFix(path, old, new), Paint(), exact=exact))


def test_a_unified_diff() -> None:
    before = "".join(f"{number}\n" for number in range(9))
    assert shown(before, before.replace("4", "four")) == [
        "--- a.py",
        "+++ a.py",
        "@@ -2,7 +2,7 @@",
        " 1",
        " 2",
        " 3",
        "-4",
        "+four",
        " 5",
        " 6",
        " 7",
    ]


def test_no_change_no_diff() -> None:
    assert shown("x\n", "x\n") == []
    assert shown("{}", "{}", "a.ipynb") == []


def test_colour() -> None:
    lines = list(diff(FileFix("a.py", b"x\n", b"y\n"), Paint(True), exact=False))
    assert lines == [
        "\x1b[1m--- a.py\x1b[0m",
        "\x1b[1m+++ a.py\x1b[0m",
        "\x1b[36m@@ -1 +1 @@\x1b[0m",
        "\x1b[31m-x\x1b[0m",
        "\x1b[32m+y\x1b[0m",
    ]


def test_hunks_alone() -> None:
    lines = list(diff(FileFix("a.py", b"x\n", b"y\n"), Paint(), header=False))
    assert lines == ["@@ -1 +1 @@", "-x", "+y"]


def test_a_terminal_is_sent_no_control_characters() -> None:
    assert shown("x = '\x1b[31m'\r\n", "y = '\x1b[31m'\r\n")[3:] == [
        "-x = '\u241b[31m'",
        "+y = '\u241b[31m'",
    ]


def test_a_terminal_is_sent_the_text_of_another_encoding() -> None:
    source = "# coding: latin-1\nx = '\xe9'\n"
    old, new = source.encode("latin-1"), source.replace("x", "y").encode("latin-1")
    assert shown(old, new)[-2:] == ["-x = '\xe9'", "+y = '\xe9'"]
    assert shown(old, new, exact=True)[-2:] == ["-x = '\udce9'", "+y = '\udce9'"]
    # of a file that is in none, what there is
    assert shown(b"\xff1\n", b"\xff2\n")[-2:] == ["-\ufffd1", "+\ufffd2"]


CHANGES: dict[str, tuple[bytes, bytes]] = {
    "a line": (b"a\nb\nc\n", b"a\nB\nc\n"),
    "far apart": (b"x\n" * 50 + b"y\n" * 50, b"z\n" + b"x\n" * 50 + b"y\n" * 49 + b"w\n"),
    "no newline at the end": (b"a\nb", b"a\nc"),
    "newline added": (b"a\nb", b"a\nb\n"),
    "newline gone": (b"a\nb\n", b"a\nb"),
    "crlf": (b"a\r\nb\r\n", b"a\r\nB\r\n"),
    "carriage returns alone": (b"a\rb\r", b"a\rB\r"),
    "bom": (b"\xef\xbb\xbfa\nb\n", b"\xef\xbb\xbfA\nb\n"),
    "latin-1": (b"# coding: latin-1\n\xe9\n", b"# coding: latin-1\n\xe9, \xe8\n"),
    "form feed": (b"a\n\x0cb\nc\n", b"a\n\x0cb\nd\n"),
    "looks like a header": (b"-- a\n++ b\n", b"-- a\n++ c\n"),
    "emptied": (b"a\n", b""),
    "filled": (b"", b"a\n"),
}
NAMES = ["a.py", "some folder/a file.py", "\u00fcml\u00e4ut.py", 'quo"te\\.py', "tab\tnew\nline.py"]


@pytest.mark.parametrize("tool", ["patch", "git"])
@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=CHANGES)
def test_patch_and_git_take_it(project: Path, tool: str, before: bytes, after: bytes) -> None:
    assert applied(project, tool, "a.py", before, after) == after


@pytest.mark.parametrize("tool", ["patch", "git"])
@pytest.mark.parametrize("name", NAMES)
def test_patch_and_git_take_odd_names(project: Path, tool: str, name: str) -> None:
    assert applied(project, tool, name, b"a\n", b"b\n") == b"b\n"


def applied(project: Path, tool: str, name: str, before: bytes, after: bytes) -> bytes:
    """What a real program makes of the file, given the diff."""
    if shutil.which(tool) is None:
        # a machine without the program has nothing to be compatible with
        return after
    file = project / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(before)
    lines = diff(FileFix(str(file), before, after), Paint())
    text = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
    command = ["patch", "-p0"] if tool == "patch" else ["git", "apply", "-p0"]
    shutil.rmtree(project / ".git")
    done = subprocess.run(command, input=text, cwd=project, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return file.read_bytes() if file.exists() else b""


def book(*sources: object, key: str = "source") -> bytes:
    cells = [{"cell_type": "code", key: each, "outputs": [{"text": "old"}]} for each in sources]
    return json.dumps({"cells": cells, "nbformat": 4, "metadata": {}}).encode()


def test_notebooks_cell_by_cell() -> None:
    before = book("import tensorflow as tf", ["x = tf.log(1)\n", "y = 2"], "z")
    after = book("import tensorflow as tf", ["x = tf.math.log(1)\n", "y = 2"], "zz")
    assert shown(before, after, "some book.ipynb") == [
        "--- some book.ipynb:cell 2",
        "+++ some book.ipynb:cell 2",
        "@@ -1,2 +1,2 @@",
        "-x = tf.log(1)",
        "+x = tf.math.log(1)",
        " y = 2",
        "--- some book.ipynb:cell 3",
        "+++ some book.ipynb:cell 3",
        "@@ -1 +1 @@",
        "-z",
        "+zz",
    ]


def test_notebooks_of_format_3() -> None:
    cells = [json.loads(book(source, key="input")) for source in ("x", "y")]
    old, new = (json.dumps({"worksheets": [each], "nbformat": 3}).encode() for each in cells)
    assert shown(old, new, "a.ipynb")[-2:] == ["-x", "+y"]


def test_names(project: Path) -> None:
    assert shown_name("a.py") == "a.py"
    assert shown_name("./pkg/../a.py") == "a.py"
    assert shown_name(str(project / "pkg" / "a.py")) == "pkg/a.py"
    assert shown_name("/elsewhere/a.py") == "/elsewhere/a.py"
    assert shown_name("../a.py") == "../a.py"
    assert shown_name("a\x07b.py") == '"a\\007b.py"'
