"""``tfmigrate fix -i``: answers in, files out."""

from __future__ import annotations

from pathlib import Path

import pytest

from .running import LOG, NATIVE, TF, book, commit, fix, read, write

pytestmark = pytest.mark.usefixtures("project")

PROMPT = "Apply this fix [y,n,a,d,q,?]? "
THREE = f"{TF}x = tf.log(1)\ny = tf.log(2)\nz = tf.to_float(tf.log(3))\n"


def lines(answers: str) -> str:
    return "".join(f"{each}\n" for each in answers)


def after(source: str, answers: str) -> str:
    """What becomes of the lines after the import."""
    write(a=source)
    fix("-i", stdin=lines(answers))
    return read().removeprefix(TF)


X, Y, Z = "x = tf.log(1)\n", "y = tf.log(2)\n", "z = tf.to_float(tf.log(3))\n"
MX, MY = "x = tf.math.log(1)\n", "y = tf.math.log(2)\n"
CAST = "z = tf.cast(tf.log(3), tf.float32)\n"
ANSWERS = {
    "yes": ("yyyy", MX + MY + "z = tf.cast(tf.math.log(3), tf.float32)\n"),
    "no": ("nnnn", X + Y + Z),
    "the first": ("ynnn", MX + Y + Z),
    "the second": ("nynn", X + MY + Z),
    "the third": ("nnyn", X + Y + CAST),
    "the last": ("nnny", X + Y + "z = tf.to_float(tf.math.log(3))\n"),
    "all of a rule": ("ann", MX + MY + "z = tf.to_float(tf.math.log(3))\n"),
    "all of a rule but the first": ("nan", X + MY + "z = tf.to_float(tf.math.log(3))\n"),
    "none of a rule": ("dy", X + Y + CAST),
    "quit": ("yq", MX + Y + Z),
    "the input ends": ("y", MX + Y + Z),
    "nonsense first": ("x?yq", MX + Y + Z),
    "capitals": ("YQ", MX + Y + Z),
}


@pytest.mark.parametrize(("answers", "expected"), ANSWERS.values(), ids=ANSWERS)
def test_answers(answers: str, expected: str) -> None:
    assert after(THREE, answers) == expected


def test_what_is_shown() -> None:
    write(a=LOG)
    result = fix("-i", stdin="?\ny\n")
    assert result.stdout.startswith(
        "a.py:2: TFM101 `tf.log` is now `tf.math.log`\n"
        "@@ -1,2 +1,2 @@\n"
        " import tensorflow as tf\n"
        "-x = tf.log(1)\n"
        "+x = tf.math.log(1)\n"
        f"{PROMPT}y  apply this fix\n"
    )
    assert result.stdout.count(PROMPT) == 2
    assert result.stderr.startswith("Fixed 1 finding in 1 file.")
    assert result.exit_code == 0
    assert read() == NATIVE


def test_what_was_declined_is_left() -> None:
    write(a=LOG)
    result = fix("-i", stdin="n\n")
    assert result.exit_code == 1
    assert "Not applied: 1 finding with a safe fix." in result.stderr
    assert read() == LOG


def test_all_of_a_rule_holds_for_the_files_that_follow() -> None:
    write(a=LOG, b=LOG, c=LOG)
    result = fix("-i", stdin="n\na\n")
    assert result.stdout.count(PROMPT) == 2
    assert [read(f"{name}.py") for name in "abc"] == [LOG, NATIVE, NATIVE]


def test_after_quit_no_file_is_asked_about() -> None:
    write(a=LOG, b=LOG, c=LOG)
    result = fix("-i", stdin="y\nq\n")
    assert result.stdout.count(PROMPT) == 2
    assert [read(f"{name}.py") for name in "abc"] == [NATIVE, LOG, LOG]
    assert "Not applied: 2 findings" in result.stderr


def test_notebooks() -> None:
    Path("a.ipynb").write_text(book(TF, "x = tf.log(1)", "x = tf.log(1)"))
    result = fix("-i", stdin="n\ny\n")
    assert "a.ipynb:cell 2:1: TFM101" in result.stdout
    assert Path("a.ipynb").read_text() == book(TF, "x = tf.log(1)", "x = tf.math.log(1)")


def test_a_dirty_file_is_refused_before_anything_is_asked() -> None:
    write(a=LOG)
    commit()
    write(a=LOG * 2)
    result = fix("-i", stdin="y\n")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert fix("-i", "--allow-dirty", stdin="y\n").exit_code == 1


def test_nothing_to_ask() -> None:
    write(a=NATIVE)
    result = fix("-i")
    assert result.stdout == ""
    assert result.exit_code == 0


def test_a_graph_is_lifted_or_not() -> None:
    graph = f"{TF}x = tf.placeholder(tf.float32)\ny = x + 1\nwith tf.Session() as sess:\n"
    graph += "    print(sess.run(y, feed_dict={x: 1}))\n"
    write(a=graph)
    result = fix("-i", stdin="n\n")
    assert result.stdout.count(PROMPT) == 1
    assert read() == graph
    fix("-i", stdin="y\n")
    assert "Session" not in read()


IMPORT = "import tensorflow.compat.v1 as tf\nx = tf.Variable(1)\ny = tf.nn.relu(x)\n"


def test_an_import_is_asked_about_once() -> None:
    write(a=IMPORT)
    result = fix("-i", stdin="n\n")
    assert result.stdout.count(PROMPT) == 1
    assert read() == IMPORT
    fix("-i", stdin="y\n")
    assert read() == IMPORT.replace("tensorflow.compat.v1", "tensorflow")


def test_dependencies_are_asked_about_by_the_file() -> None:
    Path("requirements.txt").write_text("tensorflow==1.15\n")
    result = fix("-i", "--unsafe-fixes", stdin="n\n")
    assert result.stdout.count(PROMPT) == 1
    assert Path("requirements.txt").read_text() == "tensorflow==1.15\n"
    assert result.exit_code == 1
    result = fix("-i", "--unsafe-fixes", stdin="y\n")
    assert Path("requirements.txt").read_text() != "tensorflow==1.15\n"
