"""The atlas against the TensorFlow that is installed, asked in one process."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tfmigrate.atlas import load
from tfmigrate.atlas.build import DEPTH
from tfmigrate.atlas.check import (
    ask,
    compare,
    dead_symbols,
    keras_namespaces,
    modules,
    release_of,
)
from tfmigrate.atlas.encoding import LETTERS, write_signature
from tfmigrate.atlas.reader.imports import read_imports
from tfmigrate.atlas.reader.tree import Tree
from tfmigrate.atlas.reader.values import Class, External, Value, lineage
from tfmigrate.atlas.reader.walk import Walk
from tfmigrate.atlas.reader.wheels import RELEASES

pytestmark = pytest.mark.tensorflow

FLAGS = ("tf.compat.v1.flags.", "tf.compat.v1.app.flags.")
"""Names of absl, which has releases of its own."""


@pytest.fixture(scope="module")
def live() -> dict[str, Any]:
    return ask(sys.executable, dead_symbols(load(), "2.21"), modules(load(), "2.21"))


@pytest.fixture
def deep() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(DEPTH)
    yield
    sys.setrecursionlimit(before)


def test_agrees_with_introspection(live: dict[str, Any]) -> None:
    results = compare(load(), live)
    assert [d for d in results["existence"].differences if not d.startswith(FLAGS)] == []
    assert results["existence"].total > 7_000
    assert results["parameters"].share > 0.99
    assert results["members"].share > 0.99
    assert results["methods"].total > 3_000
    # methods that come from the standard library are listed without their parameters
    assert [d for d in results["methods"].differences if "(unknown)" not in d] == []
    assert results["methods"].share > 0.98
    assert results["imports"].total > 3_000
    assert results["imports"].differences == ()
    assert results["raising"].total > 60
    assert results["raising"].differences == ()


@pytest.mark.usefixtures("deep")
def test_regenerates_what_is_shipped(live: dict[str, Any]) -> None:
    """Read the installed files as the generator reads those of a wheel: not one fact differs."""
    tensorflow = importlib.util.find_spec("tensorflow")
    assert tensorflow is not None
    assert tensorflow.origin is not None
    release = next(r for r in RELEASES if r.name == release_of(live["version"]))
    walk = Walk(Tree(Path(tensorflow.origin).parents[1], release.python_version))
    walk.run()
    atlas = load()
    left_out = (*keras_namespaces(atlas, release.name, live["keras"]), *FLAGS)
    shipped = {s for s in atlas.symbols(release.name) if not s.startswith(left_out)}
    fresh = {s for s in walk.symbols if not s.startswith(left_out)}
    assert fresh <= shipped
    assert {s for s in shipped - fresh if atlas.alive(s, release.name)} == set()
    imports = read_imports(walk)
    ours = {s for s in atlas.imports(release.name) if not s.startswith(left_out)}
    assert {s for s in imports.only if not s.startswith(left_out)} == ours
    closed = {s for s in modules(atlas, release.name) if atlas.import_fails(s, release.name)}
    assert {s for s in imports.closed if not s.startswith(FLAGS)} == closed - set(FLAGS)
    for symbol in fresh:
        row, entry = walk.symbols[symbol], atlas.entry(symbol)
        assert entry is not None
        assert row.kind == LETTERS[entry.kind], symbol
        if symbol in walk.values and is_foreign(walk.values[symbol]):
            continue
        signature = atlas.signature(symbol, release.name)
        assert (signature and write_signature(signature)) == row.signature, symbol
        assert atlas.members(symbol, release.name) == frozenset(row.members or ()), symbol


def is_foreign(value: Value) -> bool:
    """Whether absl or Python, in whatever version is installed, have a part in it."""
    bases = lineage(value) if isinstance(value, Class) else [value]
    return any(
        isinstance(base, External) or (isinstance(base, Class) and base.module.name[:4] == "absl")
        for base in bases
    )
