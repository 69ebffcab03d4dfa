"""Notebooks: the cells that change, and not one byte beside them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tfmigrate.engine import context
from tfmigrate.engine.files import Job
from tfmigrate.engine.fixing import FixOptions, fix
from tfmigrate.model import FileFix
from tfmigrate.sources.discovery import Kind

CONTEXT = context.load("2.21")
JOB = Job("a.ipynb", Kind.NOTEBOOK)
UNSAFE = FixOptions(unsafe=True)


def cell(*lines: str, listed: bool = True, **fields: Any) -> dict[str, Any]:
    text = "\n".join(lines)
    source = text.splitlines(keepends=True) if listed else text
    output = {"output_type": "stream", "name": "stdout", "text": ["tf.log(x)\n"]}
    base = {"cell_type": "code", "metadata": {"tf.log": 1.50}, "outputs": [output]}
    return {**base, "execution_count": 3, "source": source, **fields}


def notebook(*cells: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 2, **fields}


def fixed(data: bytes, options: FixOptions | None = None) -> FileFix:
    outcome = fix(JOB, data, CONTEXT, options)
    again = fix(JOB, outcome.after, CONTEXT, options)
    assert again.after == outcome.after
    assert not again.applied
    return outcome


def sources(data: bytes) -> list[str]:
    return ["".join(each["source"]) for each in json.loads(data)["cells"]]


def fixed_cells(*cells: str) -> list[str]:
    book = notebook(*(cell(*text.split("\n")) for text in cells))
    return sources(fixed(json.dumps(book).encode(), UNSAFE).after)


LAYOUTS: dict[str, dict[str, Any]] = {
    "jupyter": {"indent": 1},
    "compact": {"separators": (",", ":")},
    "one row": {},
    "tabs": {"indent": "\t"},
    "escaped": {"indent": 2, "ensure_ascii": True},
    "wide": {"indent": 4, "ensure_ascii": False},
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize("end", ["\n", ""])
def test_only_the_sources_of_changed_cells_are_written(
    layout: dict[str, Any], listed: bool, end: str
) -> None:
    def dump(log: str) -> bytes:
        book = notebook(
            {"cell_type": "markdown", "metadata": {}, "source": ["# `tf.log` é\n", "漢"]},
            cell("import tensorflow as tf", "", listed=listed),
            cell("# é 漢", f"y = {log}(x)  # 'é'", "print(y)", listed=listed),
            cell("%matplotlib inline", "'tf.log'", listed=listed),
        )
        return (json.dumps(book, **layout) + end).encode()

    outcome = fixed(dump("tf.log"))
    assert outcome.after == dump("tf.math.log")
    (applied,) = outcome.applied
    assert (applied.cell, applied.span.row, applied.span.column) == (3, 2, 5)


def test_lines_that_stay_are_spelled_as_they_were() -> None:
    text = (
        '{"cells": [{"cell_type": "code", "source": ["import tensorflow as tf\\n",\n'
        '   "s = \'\\u00e9\\/\'\\n", "y = tf.log(x)\\n",\n\n "z = \'\\u0065\'"]}]}'
    )
    outcome = fixed(text.encode())
    after = outcome.after.decode()
    assert "s = '\\u00e9\\/'\\n" in after
    assert "z = '\\u0065'" in after
    assert "tf.math.log(x)" in after
    assert sources(outcome.after) == [sources(text.encode())[0].replace("tf.log", "tf.math.log")]


def test_carriage_returns_stay() -> None:
    book = json.dumps(
        notebook(cell(listed=False, source="import tensorflow as tf\r\ntf.log(1)\r\n"))
    )
    text = book.replace(", ", ",\r\n")
    after = fixed(text.encode()).after.decode()
    assert after == text.replace("tf.log(1", "tf.math.log(1")


MAGICS = {
    "line magics": (
        "%matplotlib inline\nimport tensorflow as tf\n%time y = tf.log(x)\n%load_ext tensorboard",
        "%matplotlib inline\nimport tensorflow as tf\n%time y = tf.math.log(x)\n"
        "%load_ext tensorboard",
    ),
    "shell commands": (
        "!pip install x\nimport tensorflow as tf\nfiles = !ls tf.log\ny = tf.log(x)\n!echo $y",
        "!pip install x\nimport tensorflow as tf\nfiles = !ls tf.log\ny = tf.math.log(x)\n!echo $y",
    ),
    "cell magics": (
        "%%time\nimport tensorflow as tf\ny = tf.log(x)",
        "%%time\nimport tensorflow as tf\ny = tf.math.log(x)",
    ),
    "help": (
        "import tensorflow as tf\ntf.log?\ny = tf.log(x)",
        "import tensorflow as tf\ntf.log?\ny = tf.math.log(x)",
    ),
    "a magic at the end of the imports": (
        "import tensorflow as tf\n%matplotlib inline\ntf.logging.info(tf.log(x))",
        "import tensorflow as tf\nfrom absl import logging\n%matplotlib inline\n"
        "logging.info(tf.math.log(x))",
    ),
}


@pytest.mark.parametrize(("before", "after"), MAGICS.values(), ids=MAGICS)
def test_magics_survive(before: str, after: str) -> None:
    assert fixed_cells(before) == [after]


CELLS = {
    "an import goes to where tensorflow is imported": (
        ["# %%\nx = 1", "import os\n\nimport tensorflow as tf", "tf.logging.info(tf.log(x))"],
        [
            "# %%\nx = 1",
            "import os\n\nimport tensorflow as tf\nfrom absl import logging",
            "logging.info(tf.math.log(x))",
        ],
    ),
    "an import at the top goes into the first cell": (
        ["x = 1", "def f():\n    import tensorflow as tf\n    tf.logging.info(tf.log(x))"],
        [
            "from absl import logging\n\nx = 1",
            "def f():\n    import tensorflow as tf\n    logging.info(tf.math.log(x))",
        ],
    ),
    "a dead import leaves its cell": (
        [
            "import tensorflow as tf\nfrom tensorflow.python.framework import ops",
            "x = tf.log(ops.convert_to_tensor(1))",
        ],
        ["import tensorflow as tf", "x = tf.math.log(tf.convert_to_tensor(1))"],
    ),
    "a cell may become empty": (
        [
            "from tensorflow.python.framework import ops",
            "import tensorflow as tf",
            "x = tf.log(ops.convert_to_tensor(1))",
        ],
        ["", "import tensorflow as tf", "x = tf.math.log(tf.convert_to_tensor(1))"],
    ),
    "an empty cell stays empty": (
        ["", "import tensorflow as tf", "", "x = tf.log(1.0)", ""],
        ["", "import tensorflow as tf", "", "x = tf.math.log(1.0)", ""],
    ),
    "what is defined in one cell is used in others": (
        ["import tensorflow as tf\nflags = tf.app.flags", "F = flags.FLAGS", "x = tf.log(F.x)"],
        [
            "import tensorflow as tf\nfrom absl import flags",
            "F = flags.FLAGS",
            "x = tf.math.log(F.x)",
        ],
    ),
}


@pytest.mark.parametrize(("before", "after"), CELLS.values(), ids=CELLS)
def test_changes_stay_in_their_cells(before: list[str], after: list[str]) -> None:
    assert fixed_cells(*before) == after


def test_other_cells_are_fixed_where_one_is_broken() -> None:
    book = notebook(cell("import tensorflow as tf"), cell("x = ("), cell("y = tf.log(x)"))
    outcome = fixed(json.dumps(book).encode())
    assert sources(outcome.after) == ["import tensorflow as tf", "x = (", "y = tf.math.log(x)"]
    (left,) = outcome.left
    assert (left.code, left.cell) == ("TFM001", 2)


@pytest.mark.parametrize("text", ["{}", "[]", "{", '{"cells": 1}', '{"cells": [{"source": 1}]}'])
def test_what_is_no_notebook_is_left_alone(text: str) -> None:
    outcome = fix(JOB, text.encode(), CONTEXT)
    assert outcome.after == text.encode()


def test_other_languages_are_left_alone() -> None:
    book = notebook(
        cell("library(tensorflow)", "tf.log"),
        metadata={"kernelspec": {"name": "ir", "language": "R"}},
    )
    data = json.dumps(book).encode()
    assert fixed(data).after == data


def test_format_three() -> None:
    body = {"cell_type": "code", "language": "python", "outputs": [], "input": ["x"]}
    first = {**body, "input": ["import tensorflow as tf\n", "x = tf.log(1.0)"]}
    book = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [first]}]}
    data = json.dumps(book, indent=1).encode()
    assert fixed(data).after == data.replace(b"tf.log", b"tf.math.log")


def test_what_cells_install_is_fixed_only_if_that_is_allowed() -> None:
    book = notebook(
        cell("!pip install -q 'tensorflow==1.15' numpy  # é", "import os"),
        cell("%%bash", "pip install tensorflow==1.15"),
    )
    data = json.dumps(book, indent=1, ensure_ascii=False).encode()
    safe, unsafe = fixed(data), fixed(data, UNSAFE)
    assert safe.after == data
    assert [each.code for each in safe.held] == ["TFM601", "TFM601"]
    assert unsafe.after == data.replace(b"'tensorflow==1.15'", b"'tensorflow>=2.21'")
    assert [each.cell for each in unsafe.applied] == [1]
    assert [each.cell for each in unsafe.held] == [2]
