from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from tfmigrate.sources.notebook import Notebook, parse
from tfmigrate.sources.text import ErrorKind, SourceError


def code(source: str | list[str], **fields: Any) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "outputs": [], "source": source, **fields}


def markdown(source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": [source]}


def notebook(*cells: dict[str, Any], indent: int | None = 1, **metadata: Any) -> str:
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 2}
    return json.dumps(content, indent=indent)


def test_cells_are_one_program_and_rows_find_their_way_back() -> None:
    result = parse(
        notebook(
            markdown("# Title"),
            code(["import tensorflow as tf\n", "x = 1"]),
            code([]),
            markdown("text"),
            code("y = tf.log(x)\n\nz = y\n"),
        )
    )
    assert result.text == "import tensorflow as tf\nx = 1\n\ny = tf.log(x)\n\nz = y\n\n"
    assert [(cell.number, cell.start, cell.rows) for cell in result.cells] == [
        (2, 1, 2),
        (3, 3, 1),
        (5, 4, 4),
    ]
    assert [result.locate(row) for row in range(1, 8)] == [
        (2, 1),
        (2, 2),
        (3, 1),
        (5, 1),
        (5, 2),
        (5, 3),
        (5, 4),
    ]
    assert result.locate(99) == (5, 4)
    ast.parse(result.text)


@pytest.mark.parametrize("indent", [None, 1, 4])
def test_the_place_of_each_source_in_the_file_is_kept(indent: int | None) -> None:
    text = notebook(
        markdown("source"),
        code(["s = 'é\\n\"'\n", "t"], outputs=[{"source": "x = 1"}]),
        code("é = 1"),
        indent=indent,
    )
    first, second = parse(text).cells
    assert json.loads(text[slice(*first.value)]) == ["s = 'é\\n\"'\n", "t"]
    assert (first.listed, first.source) == (True, "s = 'é\\n\"'\nt")
    assert text[slice(*second.value)] == json.dumps("é = 1")
    assert second.listed is False


def test_newlines_of_windows() -> None:
    result = parse(notebook(code("x = 1\r\n!ls\r\ny = 2"), code(["z = 3\r\n"])))
    assert result.text == "x = 1\npass\ny = 2\nz = 3\n\n"
    assert result.cells[0].source == "x = 1\r\n!ls\r\ny = 2"


@pytest.mark.parametrize(
    ("metadata", "language"),
    [
        ({}, "python"),
        ({"kernelspec": {"name": "python3", "display_name": "TF 1"}}, "python"),
        ({"kernelspec": {"language": "python", "name": "x"}}, "python"),
        ({"language_info": {"name": "ipython"}}, "ipython"),
        ({"language_info": {"name": "R"}}, "r"),
        ({"kernelspec": {"language": "julia", "name": "julia-1.5"}}, "julia"),
        ({"kernelspec": {"name": "julia-0.6"}}, "julia"),
        ({"kernelspec": {"name": "ir"}}, "r"),
        ({"kernelspec": None, "language_info": "odd"}, "python"),
    ],
)
def test_kernels_of_other_languages_have_no_cells(metadata: dict[str, Any], language: str) -> None:
    result = parse(notebook(code("x <- 1"), **metadata))
    assert result.language == language
    assert len(result.cells) == (1 if "python" in language else 0)
    assert bool(result.text) is ("python" in language)


def test_single_cells_in_other_languages() -> None:
    other = code("x <- 1")
    other["metadata"] = {"vscode": {"languageId": "r"}}
    same = code("x = 1")
    same["metadata"] = {"vscode": {"languageId": "python"}}
    result = parse(notebook(other, {"cell_type": "raw", "source": "no"}, same))
    assert result.text == "x = 1\n"
    assert [cell.number for cell in result.cells] == [3]


def test_format_3() -> None:
    sheets = [
        {
            "cells": [
                {"cell_type": "heading", "level": 1, "source": "Title"},
                {"cell_type": "code", "input": ["x = 1\n", "%pylab"], "language": "python"},
                {"cell_type": "code", "input": "ls", "language": "bash"},
            ],
            "metadata": {},
        },
        {"cells": [{"cell_type": "code", "input": "y = x", "language": "python", "outputs": []}]},
    ]
    content = {"metadata": {"name": "old"}, "nbformat": 3, "worksheets": sheets}
    text = json.dumps(content, indent=1)
    result = parse(text)
    assert result.text == "x = 1\npass\ny = x\n"
    assert [cell.number for cell in result.cells] == [2, 4]
    assert text[slice(*result.cells[1].value)] == '"y = x"'


@pytest.mark.parametrize(
    ("text", "row", "part"),
    [
        ("", 1, "not valid JSON"),
        ("x = 1", 1, "not valid JSON"),
        ("{\n", 2, "not valid JSON"),
        ('{\n "cells": [\n  {"cell_type": "code",\n   "source": ["x"\n', 5, "not valid JSON"),
        ('{"cells": [], "metadata": {\n"a" 1}}', 2, "not valid JSON"),
        ('{"cells": [{}]\n "metadata": {}}', 2, "not valid JSON"),
        ('{"cells": []}\n\nmore', 3, "not valid JSON"),
        ('{"cells": [\n1]}', 2, "not valid JSON"),
        ("<<<<<<< HEAD\n{}", 1, "not valid JSON"),
        ("{}", 1, "has no cells"),
        ("[]", 1, "has no cells"),
        ('{"cells": 3}', 1, "has no cells"),
        ('{"cells": [\n{"cell_type": "code",\n "source": 3}]}', 3, "source of cell 1"),
        ('{"cells": [{"cell_type": "code", "source": ["x", 3]}]}', 1, "source of cell 1"),
        ('{"cells": [], "metadata": ' + "[" * 100_000 + "}", 1, "nested too deeply"),
    ],
)
def test_broken_notebooks(text: str, row: int, part: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse(text)
    assert part in caught.value.message
    assert (caught.value.kind, caught.value.row) == (ErrorKind.NOTEBOOK, row)
    assert caught.value.code == "TFM005"


@pytest.mark.parametrize(
    "text",
    [
        '{"cells": []}',
        ' \n{"cells":[] , "metadata" : {} } \n',
        '{"cells": [{"cell_type": "markdown"}]}',
        '{"cells": [{"cell_type": "code"}]}',
        '{"worksheets": []}',
    ],
)
def test_empty_notebooks_are_fine(text: str) -> None:
    assert parse(text).text.strip() == ""


def test_a_cell_that_does_not_parse_can_be_left_out() -> None:
    result = parse(notebook(code("x = 1"), code("print x\ny ="), code("z = x")))
    with pytest.raises(SyntaxError) as caught:
        ast.parse(result.text)
    number, row = result.locate(caught.value.lineno or 0)
    assert (number, row) == (2, 1)
    rest = result.without(number)
    assert rest.text == "x = 1\n\n\nz = x\n"
    assert rest.locate(4) == (3, 1)
    assert rest.without(77) == rest


def test_commands_of_all_cells_in_order() -> None:
    result: Notebook = parse(
        notebook(
            code("import os\n!pip install a"),
            code("%%bash\npip install b\n# no\npip install c"),
            code("if x:\n    %pip install d"),
        )
    )
    assert [(number, c.row, c.column, c.text) for number, c in result.commands()] == [
        (1, 2, 2, "pip install a"),
        (2, 2, 1, "pip install b"),
        (2, 4, 1, "pip install c"),
        (3, 2, 6, "pip install d"),
    ]
