"""The catalogue against the TensorFlow that is installed: every successor, every program."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import runpy
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tfmigrate import catalogue
from tfmigrate.catalogue import Row, rows
from tfmigrate.catalogue.load import rules_folder

pytestmark = pytest.mark.tensorflow

Blocks = Callable[[Path], list[tuple[str, str, str]]]

CATALOGUE = catalogue.load()
ROWS = [rows.row(key, data) for key, data in CATALOGUE.symbols.items() if "same" not in data]
PAGES = sorted((rules_folder() / "patterns").glob("*.md"))
HOLE = re.compile(r"\{(\w+)\}")
by_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.stem))


@pytest.fixture(scope="module")
def tf() -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        module = importlib.import_module("tensorflow")
    except ImportError:
        pytest.fail('these tests need TensorFlow: pip install "tfmigrate[prove]"', pytrace=False)
    assert module.__version__.startswith("2.21."), "the catalogue speaks of TensorFlow 2.21"
    return module


def resolve(tf: Any, symbol: str) -> Any:
    """What a symbol is on the real thing. Raises ``AttributeError`` if it is not there."""
    value = tf
    for part in symbol.split(".")[1:]:
        try:
            value = getattr(value, part)
        except AttributeError:
            # some classes have it on their objects only
            if not isinstance(value, type) or part not in getattr(value, "__annotations__", {}):
                raise
            return None
    return value


def accepts(value: Any, keyword: str) -> bool:
    """Whether a callable takes a keyword, as far as Python can tell."""
    try:
        parameters = inspect.signature(value).parameters
    except (TypeError, ValueError):
        return True
    several = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
    return several or keyword in parameters


def dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else None
    return node.id if isinstance(node, ast.Name) and node.id == "tf" else None


def attributes(tree: ast.AST) -> Iterator[str]:
    """The TensorFlow names of a program, each as long as it is written."""
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in inner:
            symbol = dotted(node)
            if symbol:
                yield symbol


def code(row: Row) -> Iterator[ast.Module]:
    for text in (HOLE.sub(r"\1", row.call), row.example):
        if text:
            yield ast.parse(text)


def missing(tf: Any, symbol: str) -> bool:
    try:
        resolve(tf, symbol)
    except AttributeError:
        return True
    return False


def test_successors_are_there(tf: Any) -> None:
    targets = {row.symbol: row.to for row in ROWS if row.to.startswith("tf.")}
    assert len(targets) > 1000
    assert [f"{old}: {new}" for old, new in targets.items() if missing(tf, new)] == []


def only_raises(value: Any) -> bool:
    """Whether a function, or the constructor of a class, is nothing but an error message."""
    body = vars(value).get("__init__") if isinstance(value, type) else value
    if not callable(body):
        return False
    try:
        text = textwrap.dedent(inspect.getsource(inspect.unwrap(body)))
        function = ast.parse(text).body[0]
    except (TypeError, OSError, SyntaxError):
        return False
    if not isinstance(function, ast.FunctionDef):
        return False
    said = function.body[1:] if ast.get_docstring(function) is not None else function.body
    first = said[0] if said else None
    # an abstract method is there to be overridden
    return isinstance(first, ast.Raise) and "NotImplemented" not in ast.unparse(first)


def test_successors_are_more_than_an_error_message(tf: Any) -> None:
    assert only_raises(tf.keras.optimizers.legacy.Adam)
    targets = {row.to for row in ROWS if row.to.startswith("tf.")}
    assert [new for new in targets if only_raises(resolve(tf, new))] == []


def test_names_in_code_are_there(tf: Any) -> None:
    wrong = [
        f"{row.symbol}: {symbol}"
        for row in ROWS
        for tree in code(row)
        for symbol in attributes(tree)
        if missing(tf, symbol)
    ]
    assert wrong == []


def test_keywords_are_taken(tf: Any) -> None:
    wrong, checked = [], 0
    for row in ROWS:
        target = row.to or row.symbol
        if not target.startswith("tf.") or "*" in target or missing(tf, target):
            continue
        value = resolve(tf, target)
        given = [change.to for change in row.args.values() if change.to]
        for keyword in [*given, *row.add]:
            checked += 1
            if not accepts(value, keyword):
                wrong.append(f"{row.symbol}: {target}({keyword}=)")
    assert wrong == []
    assert checked > 300


def test_keywords_in_code_are_taken(tf: Any) -> None:
    wrong = []
    for row in ROWS:
        for tree in code(row):
            for node in ast.walk(tree):
                symbol = dotted(node.func) if isinstance(node, ast.Call) else None
                if symbol is None or missing(tf, symbol) or not isinstance(node, ast.Call):
                    continue
                for keyword in node.keywords:
                    if keyword.arg and not accepts(resolve(tf, symbol), keyword.arg):
                        wrong.append(f"{row.symbol}: {symbol}({keyword.arg}=)")
    assert wrong == []


@by_page
def test_names_in_programs_are_there(tf: Any, path: Path, blocks: Blocks) -> None:
    # of those that cannot be run here, too
    for heading, info, text in blocks(path):
        if heading.startswith("After") and info.startswith("python"):
            names = set(attributes(ast.parse(text)))
            assert [name for name in sorted(names) if missing(tf, name)] == []


@pytest.fixture
def clean(tf: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A program of its own: an empty folder, no arguments, fresh seeds, nothing left behind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["program.py"])
    tf.keras.backend.clear_session()
    tf.keras.utils.set_random_seed(0)
    policy = tf.keras.mixed_precision.global_policy()
    flags = importlib.import_module("absl.flags")
    before = set(flags.FLAGS)
    yield
    tf.keras.mixed_precision.set_global_policy(policy)
    tf.config.run_functions_eagerly(False)
    tf.config.optimizer.set_jit(False)
    tf.config.set_soft_device_placement(True)
    tf.debugging.set_log_device_placement(False)
    tf.debugging.disable_check_numerics()
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)


@by_page
@pytest.mark.usefixtures("clean")
def test_after_runs(path: Path, blocks: Blocks, capsys: pytest.CaptureFixture[str]) -> None:
    found = blocks(path)
    for place, (heading, info, text) in enumerate(found):
        if not heading.startswith("After") or info != "python":
            continue
        # a file, because tf.function reads the source
        program = Path(f"{heading.replace(' ', '_').lower()}.py")
        program.write_text(text, encoding="utf-8")
        try:
            runpy.run_path(str(program), run_name="__main__")
        except SystemExit as end:
            assert not end.code
        printed = capsys.readouterr().out
        assert printed or "print(" not in text
        following = found[place + 1] if place + 1 < len(found) else ("", "", "")
        if following[:2] == (heading, "text"):
            assert printed.split() == following[2].split()
