"""One file: whatever its bytes are, there is a report."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tfmigrate.engine import context, files, program
from tfmigrate.engine.files import Job
from tfmigrate.engine.selection import Selection
from tfmigrate.model import Dialect, FileReport
from tfmigrate.sources.discovery import Kind

CONTEXT = context.load("2.21")
TF = "import tensorflow as tf\n"
LOG = f"{TF}x = tf.log(1)\n"


def check(data: str | bytes, path: str = "a.py", **job: Any) -> FileReport:
    kind = job.pop("kind", Kind.NOTEBOOK if path.endswith(".ipynb") else Kind.PYTHON)
    raw = data.encode() if isinstance(data, str) else data
    return files.check(Job(path, kind, **job), raw, CONTEXT)


def codes(report: FileReport) -> list[tuple[str, int]]:
    return [(each.code, each.span.row) for each in report.findings]


def book(*cells: str, **fields: Any) -> str:
    every = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": source} for source in cells
    ]
    return json.dumps(
        {"cells": every, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **fields}
    )


READABLE: dict[str, tuple[str | bytes, list[tuple[str, int]]]] = {
    "plain": (LOG, [("TFM101", 2)]),
    "empty": ("", []),
    "only a comment": ("# tensorflow", []),
    "crlf": (LOG.replace("\n", "\r\n"), [("TFM101", 2)]),
    "cr": (LOG.replace("\n", "\r"), [("TFM101", 2)]),
    "mixed newlines": (f"{TF}\r\n\rx = tf.log(1)", [("TFM101", 4)]),
    "bom": (b"\xef\xbb\xbf" + LOG.encode(), [("TFM101", 2)]),
    "latin-1, declared": (
        f"# coding: latin-1\n{LOG}# caf\xe9\n".encode("latin-1"),
        [("TFM101", 3)],
    ),
    "form feed": (f"{TF}\f\nx = tf.log(1)\n", [("TFM101", 3)]),
    "no newline at the end": (LOG.rstrip(), [("TFM101", 2)]),
    "no tensorflow": ("x = = 1", []),
    "a long line": (f"{TF}x = [{'1, ' * 20_000}tf.log(1)]\n", [("TFM101", 2)]),
    "many signs": (f"{TF}x = {'-' * 900}tf.log(1)\n", [("TFM101", 2)]),
    "a long sum": (f"{TF}x = {'1 + ' * 2_000}tf.log(1)\n", [("TFM101", 2)]),
}


@pytest.mark.parametrize(("data", "expected"), READABLE.values(), ids=READABLE)
def test_readable(data: str | bytes, expected: list[tuple[str, int]]) -> None:
    report = check(data)
    assert codes(report) == expected
    assert not report.failed


UNREADABLE: dict[str, tuple[str | bytes, str, tuple[str, int]]] = {
    "not utf-8": (f"{TF}# caf\xe9\n".encode("latin-1"), "a.py", ("TFM003", 2)),
    "not utf-8, no tensorflow": (b"x = 1\n# caf\xe9\n", "a.py", ("TFM003", 2)),
    "unknown encoding": (f"# coding: nonsense\n{LOG}", "a.py", ("TFM003", 1)),
    "utf-16": (LOG.encode("utf-16"), "a.py", ("TFM003", 1)),
    "null byte": (f"{TF}x = 1\0\n", "a.py", ("TFM003", 2)),
    "null byte, no tensorflow": ("x = 1\n\0", "a.py", ("TFM003", 2)),
    "binary": (bytes(range(256)) * 4, "a.py", ("TFM003", 1)),
    "syntax": (f"{TF}x = (1,\n", "a.py", ("TFM001", 2)),
    "python 2": (f"{TF}print 'a'\n", "a.py", ("TFM002", 2)),
    "brackets": (f"{TF}x = {'[' * 1000}{']' * 1000}\n", "a.py", ("TFM008", 2)),
    "calls": (f"{TF}x = {'tf.log(' * 1000}{')' * 1000}\n", "a.py", ("TFM008", 2)),
    "empty notebook": ("", "a.ipynb", ("TFM005", 1)),
    "half a notebook": ('{\n"cells": [', "a.ipynb", ("TFM005", 2)),
    "not a notebook": ("[]", "a.ipynb", ("TFM005", 1)),
    "nested notebook": ('{"cells": ' + "[" * 5000, "a.ipynb", ("TFM005", 1)),
    "binary notebook": (b"\x80\x81\0", "a.ipynb", ("TFM003", 1)),
}


@pytest.mark.parametrize(("data", "path", "expected"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable(data: str | bytes, path: str, expected: tuple[str, int]) -> None:
    report = check(data, path)
    assert codes(report) == [expected]
    assert report.failed
    assert "Traceback" not in report.findings[0].message


def test_a_chain_of_attributes() -> None:
    report = check(f"{TF}x = tf{'.a' * 3000}\n")
    assert codes(report) == [("TFM107", 2)]


def test_source_lines() -> None:
    report = check(f"{TF}x = tf.log(\n    1)\ny = tf.nn.relu(1)\n")
    assert report.source == (((None, 2), "x = tf.log("),)


def test_a_crash_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise KeyError("nothing")

    monkeypatch.setattr(program, "check", crash)
    report = check(LOG)
    assert codes(report) == [("TFM009", 1)]
    assert report.failed
    assert "KeyError: 'nothing' (" in report.findings[0].message


def test_too_much_recursion_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(program, "check", crash)
    assert codes(check(LOG)) == [("TFM008", 1)]


def test_selection_and_dialect() -> None:
    both = f"{LOG}p = tf.placeholder(tf.float32)\n"
    assert codes(check(both, selection=Selection(("TFM2",)))) == [("TFM201", 3)]
    assert check(LOG, dialect=Dialect.COMPAT).dialect is Dialect.COMPAT


# ---------------------------------------------------------------- notebooks


def cells(report: FileReport) -> list[tuple[str, int | None, int]]:
    return [(each.code, each.cell, each.span.row) for each in report.findings]


def test_findings_stand_in_their_cells() -> None:
    markdown = {"cell_type": "markdown", "metadata": {}, "source": ["# tf.log"]}
    code = json.loads(book(TF, "\n\nx = tf.log(1)", "y = 1\ntf.to_float(y)"))["cells"]
    report = check(json.dumps({"cells": [markdown, *code], "nbformat": 4}), "a.ipynb")
    assert cells(report) == [("TFM101", 3, 3), ("TFM102", 4, 2)]
    assert report.source == (((3, 3), "x = tf.log(1)"), ((4, 2), "tf.to_float(y)"))
    fix = report.findings[0].fix
    assert fix is not None
    assert [edit.span.row for edit in fix.edits] == [3]


MAGICS: dict[str, tuple[tuple[str, ...], list[tuple[str, int | None, int]]]] = {
    "line magic": (("%matplotlib inline\n" + LOG,), [("TFM101", 1, 3)]),
    "cell magic": (("%%time\n" + LOG,), [("TFM101", 1, 3)]),
    "another language": (("%%javascript\ntf.log(1)", LOG), [("TFM101", 2, 2)]),
    "shell in a loop": ((f"{TF}for i in x:\n    !echo {{i}}\n    tf.log(i)",), [("TFM101", 1, 4)]),
    "help": ((f"{TF}tf.log?\ntf.log(1)",), [("TFM101", 1, 3)]),
    "install": (("!pip install tensorflow==1.15", LOG), [("TFM601", 1, 1), ("TFM101", 2, 2)]),
    "install, percent": (("%pip install tensorflow-gpu==1.15",), [("TFM602", 1, 1)]),
    "colab": (("%tensorflow_version 1.x",), [("TFM601", 1, 1)]),
    "bash": (("%%bash\nls\npip install tensorflow==1.4",), [("TFM601", 1, 3)]),
}


@pytest.mark.parametrize(("sources", "expected"), MAGICS.values(), ids=MAGICS)
def test_magics(sources: tuple[str, ...], expected: list[tuple[str, int | None, int]]) -> None:
    report = check(book(*sources), "a.ipynb")
    assert cells(report) == expected
    assert not report.failed


def test_broken_cells_do_not_hide_the_others() -> None:
    deep = "x = " + "[" * 1000 + "]" * 1000
    report = check(book(TF, "x = (", "tf.log(1)", "print 'a'", deep, "tf.log(2)"), "a.ipynb")
    assert cells(report) == [
        ("TFM001", 2, 1),
        ("TFM101", 3, 1),
        ("TFM002", 4, 1),
        ("TFM008", 5, 1),
        ("TFM101", 6, 1),
    ]
    assert report.failed
    assert report.source[0] == ((2, 1), "x = (")


def test_cells_that_only_parse_alone() -> None:
    # the backslash swallows the newline between the cells
    report = check(book(TF, "x = 1 + \\", "1\ntf.log(1)"), "a.ipynb")
    assert report.findings
    assert all(each.code in ("TFM001", "TFM101") for each in report.findings)


def test_suppression_in_a_cell() -> None:
    report = check(
        book(TF, "tf.log(1)  # tfmigrate: ignore[TFM101]", "tf.exp(1)  # noqa: TFM101"), "a.ipynb"
    )
    assert cells(report) == [("TFM007", 3, 1)]
    assert report.suppressed == 1


def test_another_kernel() -> None:
    report = check(book(LOG, metadata={"kernelspec": {"name": "ir"}}), "a.ipynb")
    assert (report.findings, report.failed) == ((), False)


# ------------------------------------------------------------- dependencies


def test_requirements() -> None:
    text = (
        "tensorflow==1.15\n"
        "tensorflow==1.14  # tfmigrate: ignore[TFM601]\n"
        "numpy  # tfmigrate: ignore[TFM601]\n"
        "scipy  # noqa: E501\n"
    )
    report = check(text, "requirements.txt", kind=Kind.DEPENDENCIES)
    assert codes(report) == [("TFM601", 1), ("TFM007", 3)]
    assert report.suppressed == 1
    some = check(text, "requirements.txt", kind=Kind.DEPENDENCIES, selection=Selection(("TFM6",)))
    assert codes(some) == [("TFM601", 1)]


def test_setup_py() -> None:
    text = (
        "from setuptools import setup\n"
        "import tensorflow as tf\n"
        "setup(install_requires=['tensorflow==1.15'])\n"
        "tf.log(1)\n"
    )
    assert codes(check(text, "setup.py")) == [("TFM601", 3), ("TFM101", 4)]
    assert codes(check(text)) == [("TFM101", 4)]
    silenced = text.replace("15'])", "15'])  # tfmigrate: ignore[TFM601]")
    report = check(silenced, "setup.py")
    assert codes(report) == [("TFM101", 4)]
    assert report.suppressed == 1
    idle = text.replace("tf.log(1)", "tf.log(1)  # tfmigrate: ignore[TFM601]")
    assert codes(check(idle, "setup.py")) == [("TFM601", 3), ("TFM101", 4), ("TFM007", 4)]


def test_a_broken_setup_py() -> None:
    report = check("setup(install_requires=['tensorflow==1.15']", "setup.py")
    assert codes(report) == [("TFM001", 1)]
    assert report == replace(report, failed=True)
