"""Support code: pages that can be read, and blocks that find their place."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tfmigrate.catalogue import CatalogueError, support
from tfmigrate.catalogue.support import Support
from tfmigrate.engine import context, imported, imports, supports
from tfmigrate.engine.edits import Offsets, apply
from tfmigrate.engine.guards import undefined

CONTEXT = context.load("2.21")
SUPPORT = sorted(support.load().values(), key=lambda each: each.name)
PAGE = """+++
name = "twice"
summary = "`twice`, which TensorFlow never had"
imports = ["import tensorflow as tf"]
+++
# twice

It adds a tensor to itself.

```python
def twice(tf_like):
    # tf stays in comments
    return tf.add(tf_like, tf_like, name="tf")
```
"""
TWICE = support.read(Path("twice.md"), PAGE)
CODE = TWICE.code


def put(text: str, *blocks: Support) -> str:
    return apply(text, Offsets(text).changes(supports.add(blocks, imported.read(text))))


def test_a_page() -> None:
    assert TWICE.name == "twice"
    assert TWICE.imports == ("import tensorflow as tf",)
    assert TWICE.defines == ("twice",)
    assert CODE.startswith("def twice")
    assert not CODE.endswith("\n")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name = ", "nome = ", "unknown field"),
        ('summary = "`twice`, which TensorFlow never had"\n', "", "summary is missing"),
        ('"twice"', '"thrice"', "is not called that"),
        ("```python\n", "```\n", "found 0"),
        ("```\n", "```\n\n```python\nx = 1\n```\n", "found 2"),
        ("def twice(tf_like):", "def twice(tf_like)", "line 1"),
        ("def twice(tf_like):", "if True:", "defines nothing"),
        ("import tensorflow as tf", "import", "syntax"),
        ("import tensorflow as tf", "x = 1", "imports nothing"),
        ('["import tensorflow as tf"]', "1", "not a list"),
        ("+++\nname", "name", "front matter"),
    ],
)
def test_a_page_with_a_mistake(old: str, new: str, said: str) -> None:
    with pytest.raises(CatalogueError, match=said):
        support.read(Path("twice.md"), PAGE.replace(old, new, 1))


PLACES = {
    "behind the imports": (
        "import os\nimport tensorflow as tf\n\nx = 1\n",
        f"import os\nimport tensorflow as tf\n\n\n{CODE}\n\n\nx = 1\n",
    ),
    "with no gap": (
        "import tensorflow as tf\nx = 1\n",
        f"import tensorflow as tf\n\n\n{CODE}\n\n\nx = 1\n",
    ),
    "with a larger gap": (
        "import tensorflow as tf\n\n\n\nx = 1\n",
        f"import tensorflow as tf\n\n\n{CODE}\n\n\n\nx = 1\n",
    ),
    "at the end": ("import tensorflow as tf\n", f"import tensorflow as tf\n\n\n{CODE}\n"),
    "behind an import further down": (
        "import os\n\nos.environ['X'] = '1'\nimport tensorflow as tf\n\n\nx = 1\n",
        f"import os\n\nos.environ['X'] = '1'\nimport tensorflow as tf\n\n\n{CODE}\n\n\nx = 1\n",
    ),
    "behind the imports that follow it": (
        "import os\n\nx = 1\nimport tensorflow as tf\nimport abc\n\nfrom a import b\n\n"
        "y = 2\nimport c\n",
        "import os\n\nx = 1\nimport tensorflow as tf\nimport abc\n\nfrom a import b\n\n\n"
        f"{CODE}\n\n\ny = 2\nimport c\n",
    ),
    "behind an import in a try": (
        "try:\n    import tensorflow as tf\nexcept ImportError:\n    tf = None\n\n\nx = 1\n",
        "try:\n    import tensorflow as tf\nexcept ImportError:\n    tf = None\n\n\n"
        f"{CODE}\n\n\nx = 1\n",
    ),
    "under another name": (
        "import tensorflow as T\n\n\nx = 1\n",
        f"import tensorflow as T\n\n\n{CODE.replace('tf.add', 'T.add')}\n\n\nx = 1\n",
    ),
    "there already": (
        f"import tensorflow as tf\n\n\n{CODE}\n\n\nx = 1\n",
        f"import tensorflow as tf\n\n\n{CODE}\n\n\nx = 1\n",
    ),
    "where nothing is imported": ("x = 1\n", f"{CODE}\n\n\nx = 1\n"),
    "behind a docstring": ('"""Doc."""\n\nx = 1\n', f'"""Doc."""\n\n\n{CODE}\n\n\nx = 1\n'),
}


@pytest.mark.parametrize(("before", "after"), PLACES.values(), ids=PLACES)
def test_a_block_is_put_where_it_works(before: str, after: str) -> None:
    assert put(before, TWICE) == after
    assert put(after, TWICE) == after


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("def twice(x):\n    return 2 * x\n", "twice"),
        ("twice = 1\n", "twice"),
        ("from somewhere import twice\n", "twice"),
        ("def f(twice):\n    return twice\n", None),
        (f"{CODE}\n", None),
        ("x.twice = 1\n", None),
    ],
)
def test_a_name_that_the_file_has_for_something_else(text: str, name: str | None) -> None:
    assert supports.taken(TWICE, imported.read(text)) == name


@pytest.mark.parametrize("block", SUPPORT, ids=lambda each: each.name)
def test_every_block_runs_on_its_own_imports_and_on_other_blocks(block: Support) -> None:
    text = "\n".join([*block.imports, block.code])
    known = {name for each in SUPPORT for name in each.defines}
    assert undefined(text) <= known
    bound = {each.name for each in imports.wanted(block.imports)}
    used = {node.id for node in ast.walk(ast.parse(block.code)) if isinstance(node, ast.Name)}
    assert bound <= used, "an import that the block does not use"


def test_what_rows_ask_for_is_there() -> None:
    names = {each.name for each in SUPPORT}
    for symbol, data in CONTEXT.catalogue.symbols.items():
        asked = data.get("support", ())
        assert ({asked} if isinstance(asked, str) else set(asked)) <= names, symbol


def test_no_two_blocks_define_the_same() -> None:
    names = [name for each in SUPPORT for name in each.defines]
    assert len(names) == len(set(names))
