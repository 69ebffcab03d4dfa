"""What the tests of this folder prove the catalogue with, and the records of TensorFlow 1.15.

``calls/*.toml`` has calls for symbols as TensorFlow 1 code, ``calls/inputs.toml`` what they are
given, ``recorded/`` what TensorFlow 1.15 made of them: ``record.py`` writes it.
"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tfmigrate import catalogue
from tfmigrate.catalogue import Row, rows
from tfmigrate.catalogue.load import rules_folder
from tfmigrate.config import toml
from tfmigrate.engine import context
from tfmigrate.engine.fixing import Fixed, FixOptions, fix_text
from tfmigrate.model import Applicability, Dialect
from tfmigrate.prove.compare import Tolerance

HERE = Path(__file__).parent
CALLS = HERE / "calls"
RECORDED = HERE / "recorded"
TOLERANCE = Tolerance(relative=1e-4, absolute=1e-5)

SAME_OBJECT = '''
import importlib


def find(symbol, root):
    """What a symbol is: an attribute of TensorFlow, or something in a module that is imported."""
    value, rest = root, symbol.split(".")
    if rest.pop(0) != "tf" or rest[0] in ("python", "core"):
        names = symbol.replace("tf.", "tensorflow.", 1).split(".")
        for length in range(len(names) - 1, 0, -1):
            try:
                value, rest = importlib.import_module(".".join(names[:length])), names[length:]
                break
            except ImportError:
                continue
    for name in rest:
        value = getattr(value, name)
    return value


def same(old, new):
    version_1 = tf if tf.__version__.startswith("1.") else tf.compat.v1  # where contrib is
    try:
        old, new = find(old, version_1), find(new, tf)
    except (AttributeError, ImportError):
        return False
    return old is new or (isinstance(old, (bool, int, float, str)) and old == new)


[old for old, new in PAIRS if same(old, new)]
'''
"""The first of each of the PAIRS of symbols that are one and the same object."""


@dataclass(frozen=True)
class Call:
    """A call that proves a row.

    ``oracle`` is what TensorFlow 1.15 runs: ``before`` itself, unless that does not exist there
    (names from before 1.0), or means something else in a graph; then it is the same in other words.
    """

    symbol: str
    before: str
    oracle: str


@cache
def calls() -> tuple[Call, ...]:
    """Every call in ``calls/``."""
    found = []
    for path in sorted(CALLS.glob("*.toml")):
        if path.stem == "inputs":
            continue
        for symbol, codes in toml(path.read_bytes(), path).items():
            for code in codes:
                given = {"before": code, "oracle": code} if isinstance(code, str) else code
                found.append(Call(symbol, given["before"], given["oracle"]))
    return tuple(found)


@cache
def inputs() -> Mapping[str, str]:
    """The expressions that calls use, by name."""
    path = CALLS / "inputs.toml"
    return toml(path.read_bytes(), path)


def names_in(code: str) -> set[str]:
    """The inputs that a piece of code uses, and those that these are made of."""
    found = {
        node.id
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Name) and node.id in inputs()
    }
    inner = (names_in(inputs()[name]) for name in found)
    return found.union(*inner)


@cache
def recorded(name: str) -> Mapping[str, Any]:
    """A file of ``recorded/``: what TensorFlow 1.15 had to say, and which release it was."""
    data: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text("utf-8"))
    return data


@cache
def rules() -> catalogue.Catalogue:
    """The catalogue."""
    return catalogue.load()


@cache
def fixable() -> Mapping[str, Row]:
    """The rows with a fix that is applied: safe ones, and unsafe ones where they are allowed."""
    every = (rows.row(key, data) for key, data in rules().symbols.items() if "same" not in data)
    kinds = (Applicability.SAFE, Applicability.UNSAFE)
    return {row.symbol: row for row in every if row.fix in kinds}


def rewrites(row: Row) -> bool:
    """Whether a row writes anything: some only say that a call is fine as it is."""
    written = [change for change in row.args.values() if change.to is not None]
    return bool(row.to or row.call or row.add or written)


def pairs() -> list[tuple[str, str]]:
    """Old and new name of each row that only renames."""
    return [
        (row.symbol, row.to)
        for row in fixable().values()
        if row.is_rename and not row.args and not is_keras(row.symbol)
    ]


def is_keras(symbol: str) -> bool:
    """Whether ``tf.compat.v1`` has another Keras under a symbol than TensorFlow 1 had."""
    return symbol.startswith(("tf.keras.", "tf.contrib.keras.", "tf.layers."))


def same_object(of: Iterable[tuple[str, str]]) -> tuple[str, dict[str, str]]:
    """The snippet that finds which pairs of symbols are one object, and its inputs."""
    return SAME_OBJECT, {"PAIRS": repr(list(of))}


def after(call: Call) -> Fixed:
    """What the tool makes of a call: as it does in a file of TensorFlow 1 code."""
    row = fixable().get(call.symbol)
    unsafe = row is not None and row.fix is Applicability.UNSAFE
    text = f"import tensorflow as tf\n\n{call.before.rstrip()}\n"
    return fix_text(text, facts(), FixOptions(unsafe=unsafe), dialect=Dialect.TF1)


def digest(source: str) -> str:
    """What a program is known by in the records: they are worth nothing for another one."""
    return hashlib.sha256(source.encode()).hexdigest()[:16]


@cache
def facts() -> context.Context:
    """The facts and rules that fixes are made with."""
    return context.load("2.21")


_PART = re.compile(
    r"^## (?P<heading>(?P<side>Before|After)(?P<number> \d+)?)\s*$"
    r"|^## [^\n]*$|^```(?P<info>[^\n]*)\n(?P<text>.*?)^```\s*$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Pair:
    """A Before and an After of a page; None for what cannot be run here."""

    key: str
    before: str | None
    after: str | None


@cache
def page_pairs() -> tuple[Pair, ...]:
    """The programs of every page, in pairs."""
    found = []
    for page in sorted((rules_folder() / "patterns").glob("*.md")):
        sides: dict[str, dict[str, str | None]] = {}
        current: dict[str, str | None] | None = None
        side = ""
        for part in _PART.finditer(page.read_text(encoding="utf-8")):
            if part["text"] is None:
                current, side = None, part["side"] or ""
                if side:
                    current = sides.setdefault((part["number"] or " 1").strip(), {})
            elif current is not None and side not in current and "python" in part["info"]:
                current[side] = part["text"] if part["info"].strip() == "python" else None
        code = page.stem.partition("-")[0]
        found += [
            Pair(f"{code}/{number}", both.get("Before"), both.get("After"))
            for number, both in sides.items()
            if both
        ]
    return tuple(found)
