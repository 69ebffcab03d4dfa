"""The atlas against the TensorFlow that is installed, asked in one process."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from tfmigrate.atlas import load
from tfmigrate.atlas.build import read_folder
from tfmigrate.atlas.check import ask, compare, dead_symbols, keras_namespaces, release_of
from tfmigrate.atlas.encoding import LETTERS, write_signature
from tfmigrate.atlas.reader.wheels import RELEASES

pytestmark = pytest.mark.tensorflow


@pytest.fixture(scope="module")
def live() -> dict[str, Any]:
    return ask(sys.executable, dead_symbols(load(), "2.21"))


def test_agrees_with_introspection(live: dict[str, Any]) -> None:
    results = compare(load(), live)
    assert results["existence"].differences == ()
    assert results["existence"].total > 10_000 or keras_namespaces(load(), "2.21", live["keras"])
    assert results["parameters"].share > 0.99
    assert results["members"].share > 0.99
    assert results["raising"].differences == ()


def test_regenerates_what_is_shipped(live: dict[str, Any]) -> None:
    """Read the installed files as the generator reads those of a wheel: not one fact differs."""
    tensorflow = importlib.util.find_spec("tensorflow")
    assert tensorflow is not None
    assert tensorflow.origin is not None
    release = next(r for r in RELEASES if r.name == release_of(live["version"]))
    facts = read_folder(release, Path(tensorflow.origin).parents[1], private=False)
    atlas = load()
    left_out = keras_namespaces(atlas, release.name, live["keras"])
    ours = {s for s in atlas.symbols(release.name) if not s.startswith(left_out)}
    fresh = {s for s in facts.symbols if not s.startswith(left_out) and not s.endswith(".")}
    assert fresh <= ours
    assert all(not atlas.alive(symbol, release.name) for symbol in ours - fresh)
    for symbol in fresh:
        row, entry = facts.symbols[symbol], atlas.entry(symbol)
        assert entry is not None
        assert row.kind == LETTERS[entry.kind], symbol
        signature = atlas.signature(symbol, release.name)
        assert (signature and write_signature(signature)) == row.signature, symbol
        assert atlas.members(symbol, release.name) == frozenset(row.members or ()), symbol
