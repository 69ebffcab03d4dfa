"""Bridged programs on real TensorFlow 2: they print what they printed on 1.15.5.

recorded_bridged.json has what that was. The ``prove`` extra has what bridged programs need,
``tf_keras`` and ``tf_slim``.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import tomllib

from tfmigrate.engine import context
from tfmigrate.names import dialect as dialects
from tfmigrate.names import resolve
from tfmigrate.prove.compare import Tolerance, printed
from tfmigrate.transforms.bridge import Bridged, bridge

pytestmark = pytest.mark.tensorflow

HERE = Path(__file__).parent
NEEDED = ("tensorflow", "tf_keras", "tf_slim")
PROGRAMS = HERE.parent / "programs"
RECORDED: dict[str, str] = json.loads((HERE / "recorded_bridged.json").read_text("utf-8"))
DIFFER = {
    "functions/regularization_collections.py": "prints the names of operations",
    "io/freeze_graph.py": "prints the number of operations",
}
"""What these print is about the graph itself, which is not the same on both."""


@cache
def outcome(path: str) -> Bridged | None:
    """A program, bridged."""
    text = (PROGRAMS / path).read_text(encoding="utf-8")
    facts = context.load("2.21")
    names = resolve(ast.parse(text), facts.knowledge)
    return bridge(text, facts, dialects.infer(names, facts.knowledge))


def can_run(done: Bridged | None) -> bool:
    """Whether a program is bridged, and complete."""
    return done is not None and not done.reasons and not done.support


def drawn(path: str) -> bool:
    """Whether the numbers that a program prints are drawn at random."""
    entries = tomllib.loads((PROGRAMS / "programs.toml").read_text("utf-8"))["program"]
    return any(entry["path"] == path and entry.get("drawn", False) for entry in entries)


PATHS = [path for path in RECORDED if can_run(outcome(path))]


@pytest.fixture(scope="module")
def results() -> dict[str, str]:
    """What all of them print on this TensorFlow, in one process."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        needed = f"these tests need {', '.join(missing)}"
        pytest.fail(f'{needed}: pip install "tfmigrate[prove]"', pytrace=False)
    texts = {path: done.text for path in PATHS if (done := outcome(path)) is not None}
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "TF_USE_LEGACY_KERAS": "1"}
    process = subprocess.run(
        [sys.executable, str(HERE / "record_bridged.py")],
        input=json.dumps(texts),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert process.returncode == 0, process.stderr[-2000:]
    found: dict[str, str] = json.loads(process.stdout)
    return found


def test_there_are_enough() -> None:
    assert len(PATHS) >= 38


@pytest.mark.parametrize("path", PATHS)
def test_the_same_is_printed(path: str, results: dict[str, str]) -> None:
    if path in DIFFER or drawn(path):
        assert len(results[path].splitlines()) == len(RECORDED[path].splitlines()), results[path]
    else:
        assert printed(RECORDED[path], results[path], Tolerance()) is None, results[path]
