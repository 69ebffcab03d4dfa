"""What runs in the other interpreter keeps to what Python 3.7 understands."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from tfmigrate import prove
from tfmigrate.prove.child import plotting, snippets, written

CHILD = Path(str(prove.__file__)).parent / "child"
FILES = sorted(CHILD.glob("*.py"))
TOGETHER = [CHILD.parent / "__init__.py", CHILD.parents[1] / "__init__.py", *FILES]
# only for type checkers, or understood there although the grammar does not tell
NEWER = {"removeprefix", "removesuffix", "cache", "pairwise", "batched", "tomllib"}


@pytest.mark.parametrize("path", TOGETHER, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_python_3_7_can_read_it(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 7))
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert used & NEWER == set()
    assert not [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and any(word.arg == "strict" for word in node.keywords)
    ]


@pytest.mark.parametrize("path", TOGETHER, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_it_needs_nothing_of_the_rest_and_no_tensorflow_to_be_imported(path: Path) -> None:
    for node in ast.parse(path.read_text("utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tfmigrate"):
            assert node.module == "tfmigrate.prove.child"
        elif isinstance(node, ast.ImportFrom):
            assert (node.module or "").partition(".")[0] in sys.stdlib_module_names
        elif isinstance(node, ast.Import):
            names = {alias.name.partition(".")[0] for alias in node.names}
            assert names <= sys.stdlib_module_names


def test_inputs_come_before_what_is_made_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    inputs = {"A": "B + C", "B": "1", "C": "B", "D": "A"}
    assert snippets.used(ast.parse("A + other"), inputs) == ["B", "C", "A"]
    assert snippets.evaluate("x = A\nx * 10", {}, inputs) == 20


def test_a_plotting_library_takes_everything() -> None:
    plots: list[list[object]] = []
    plt = plotting.Anything("plt", plots)
    figure, axes = plt.figure(figsize=(3, 3)), plt.gca()
    with plt.style.context("dark"):
        (line,) = axes.plot([1, 2, 3], "r-", label="a")
    line.color = "red"
    axes.lines[0].set_data([1], [2])
    counts, edges, _ = plt.hist([1, 1])
    assert plt.ylim() < 3 or True
    plt.title("a title")
    assert float(axes.x + 1) == 0.0
    assert figure is not None
    assert counts is not edges
    assert [plot[0] for plot in plots] == ["plot", "set_data", "hist", "title"]
    assert plots[3] == ["title", "a title"]


def test_files_by_age(tmp_path: Path) -> None:
    for name in ("b.index", "sub/a.index", "c.data"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    found = written.files(".index", str(tmp_path))
    assert sorted(found) == [str(tmp_path / "b.index"), str(tmp_path / "sub/a.index")]
