"""Verifying: two files, a fix, a notebook, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tfmigrate.commands.verify import verify
from tfmigrate.model import Dialect, FileFix
from tfmigrate.prove import verifying
from tfmigrate.prove.processes import ProveError
from tfmigrate.prove.verdict import Verdict
from tfmigrate.prove.verifying import How

BEFORE = """
import sys
import tensorflow as tf
x = tf.placeholder(tf.float32)
with tf.Session() as session:
    print(session.run(tf.log(x), {x: float(sys.argv[1])}))
"""
AFTER = """
import sys
import tensorflow as tf
print(tf.math.log(float(sys.argv[1])).numpy())
"""
WRONG = AFTER.replace("math.log", "math.log1p")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    for name, source in {"before": BEFORE, "after": AFTER, "wrong": WRONG}.items():
        (tmp_path / f"{name}.py").write_text(source)
    (tmp_path / "broken.py").write_text("import tensorflow as tf\ntf.log(1.0)\n")
    return tmp_path


def call(*arguments: str | Path) -> Result:
    return CliRunner().invoke(verify, [str(each) for each in arguments])


@pytest.mark.tensorflow
def test_the_command(files: Path) -> None:
    same = call(files / "before.py", files / "after.py", "--args", "2.5")
    assert same.exit_code == 0, same.output
    assert same.output.startswith("same: ")
    assert "0.91629" in same.output
    differs = call(files / "before.py", files / "wrong.py", "--args", "2.5")
    assert differs.exit_code == 1
    assert "line 1: 1.25276" in differs.output
    assert "(before: 0.91629" in differs.output
    fails = call(files / "before.py", files / "broken.py", "--args", "2.5", "-q")
    assert fails.exit_code == 2
    assert fails.output.splitlines()[0] == "fails: the program does not run after the change"
    assert len(fails.output.splitlines()) == 2


@pytest.mark.tensorflow
def test_fixes_that_do_not_come_to_the_same_are_taken_back(files: Path) -> None:
    names = ("after.py", "wrong.py", "untouched.py")
    afters = (AFTER, WRONG, BEFORE)
    fixes = [
        FileFix(str(files / name), BEFORE.encode(), after.encode())
        for name, after in zip(names, afters, strict=True)
    ]
    found = verifying.kept(fixes, How(arguments=("2.5",)))
    assert [outcome and outcome.verdict for _, outcome in found] == [
        Verdict.SAME,
        Verdict.RUNS,
        None,
    ]
    assert [fix.after.decode() for fix, _ in found] == [AFTER, BEFORE, BEFORE]


def test_an_expression_that_is_none(files: Path) -> None:
    result = call(files / "before.py", files / "after.py", "--ignore", "(")
    assert result.exit_code == 2
    assert "not a regular expression" in result.output


def test_files_that_are_not_there(files: Path) -> None:
    assert call(files / "before.py", files / "none.py").exit_code == 2
    with pytest.raises(ProveError, match="cannot both be read"):
        verifying.verify(files / "before.py", files / "none.py", How())


def test_an_interpreter_that_is_none(files: Path) -> None:
    result = call(files / "before.py", files / "after.py", "--oracle", files / "python3.7")
    assert result.exit_code == 2
    assert "cannot be run" in result.output


@pytest.mark.tensorflow
def test_an_oracle_has_to_be_tensorflow_1(files: Path) -> None:
    import sys

    result = call(files / "before.py", files / "after.py", "--oracle", sys.executable)
    assert result.exit_code == 2
    assert "does not have TensorFlow 1, but 2." in result.output


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (BEFORE, Dialect.TF1),
        (AFTER, Dialect.TF2),
        (
            "import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()\ntf.log(1.0)",
            Dialect.COMPAT,
        ),
        ("print(1)", Dialect.NONE),
    ],
)
def test_how_the_program_before_has_to_be_run(source: str, expected: Dialect) -> None:
    assert verifying.dialect_of(source) is expected


def notebook(*cells: str) -> str:
    return json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": {"language": "python", "name": "python3"}},
            "cells": [
                {"cell_type": "code", "source": cell, "metadata": {}, "outputs": []}
                for cell in cells
            ],
        }
    )


def test_what_a_cell_ends_with_is_printed() -> None:
    text = notebook(
        "%matplotlib inline\nx = 1\nx + 1", "print(x)", "y = 2; y", "plt.plot(x)", "(1,\n 2)"
    )
    assert verifying.script(text, Path("a.ipynb")).splitlines()[1:] == [
        "x = 1",
        "print(x + 1)",
        "print(x)",
        "y = 2; print(y)",
        "plt.plot(x)",
        "print((1,",
        " 2))",
    ]


def test_a_notebook_that_is_none() -> None:
    with pytest.raises(ProveError, match=r"a\.ipynb"):
        verifying.script("{", Path("a.ipynb"))


def test_a_file_is_taken_as_it_is() -> None:
    assert verifying.script("x", Path("a.py")) == "x"


@pytest.mark.tensorflow
def test_neighbours_are_run_with_each_other(tmp_path: Path) -> None:
    before, after = "import tensorflow as tf\nf = tf.log\n", "import tensorflow as tf\nf = tf.exp\n"
    main = "import helper, other\nprint(helper.f([1.0]), other)\n"
    sources = {
        "helper.py": (before, after),
        "main.py": (main, main + "print()\n"),
        "requirements.txt": "ab",
    }
    fixes = []
    for name, (old, new) in sources.items():
        (tmp_path / name).write_text(old)
        fixes.append(FileFix(str(tmp_path / name), old.encode(), new.encode()))
    (tmp_path / "other.py").write_text("")
    found = {Path(fix.path).name: (fix, outcome) for fix, outcome in verifying.kept(fixes, How())}
    # by itself the helper prints nothing, and so does what it becomes
    assert found["helper.py"][1] is not None
    assert found["requirements.txt"] == (fixes[2], None)
    fix, outcome = found["main.py"]
    assert outcome is not None
    assert outcome.verdict is Verdict.UNKNOWN
    assert fix.after == fix.before


def test_what_is_beside_a_file(tmp_path: Path) -> None:
    (tmp_path / "package" / "inner").mkdir(parents=True)
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "data.bin").write_text("")
    (tmp_path / "package" / "inner" / "kept.py").write_text("kept")
    names = ("main.py", "beside.py", "package/changed.py", "../elsewhere.py")
    fixes = [FileFix(str(tmp_path / name), b"before", b"after") for name in names]
    folder = tmp_path.parent / "overlay"
    verifying.neighbours(fixes[0].path, fixes, folder)
    files = {each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()}
    assert files == {
        "beside.py",
        "package/__init__.py",
        "package/changed.py",
        "package/inner/kept.py",
    }
    assert (folder / "beside.py").read_text() == "after"
