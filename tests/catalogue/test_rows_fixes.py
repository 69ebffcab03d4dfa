"""Every row that promises a fix: a call that is written the old way becomes one that is taken.

The programs are made from the signatures of TensorFlow 1.15, one with every parameter by its old
name and one with every parameter by position, and fixed; what comes out has to fit the signature
on the target release.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tfmigrate import catalogue
from tfmigrate.atlas import Kind, load
from tfmigrate.atlas.facts import Signature
from tfmigrate.catalogue import Row, rows
from tfmigrate.engine import context, fixing
from tfmigrate.model import Dialect

OLD, NEW = "1.15", "2.21"
ATLAS = load()
CATALOGUE = catalogue.load()
CONTEXT = context.load(NEW)
OPTIONS = fixing.FixOptions(unsafe=True)
CALLED = (Kind.FUNCTION, Kind.CLASS)


def with_fix() -> Iterator[tuple[Row, Signature]]:
    """The rows of functions and classes that can be fixed, with their old signatures."""
    for symbol, data in CATALOGUE.symbols.items():
        if "same" in data or not data.get("fix") or symbol.endswith("*"):
            continue
        entry, signature = ATLAS.entry(symbol), ATLAS.signature(symbol, OLD)
        if entry is None or entry.kind not in CALLED or signature is None:
            continue
        if not any(each.kind in ("args", "kwargs") for each in signature.parameters):
            yield rows.row(symbol, data), signature


ROWS = list(with_fix())


def carried(row: Row, signature: Signature) -> list[str]:
    """The parameters that the row does not refuse to carry over, in their order.

    Of several that have become one (``axis``, ``reduction_indices``) the first.
    """
    kept: dict[str, str] = {}
    for name in signature.names:
        change = row.args.get(name)
        if change is not None and change.to is None and f"{{{name}}}" not in row.call:
            continue
        kept.setdefault((change and change.to) or name, name)
    return list(kept.values())


def by_keyword(row: Row, signature: Signature) -> str:
    """A call that passes every parameter by its old name."""
    given = ", ".join(f"{name}=the_{name}" for name in carried(row, signature))
    return f"import tensorflow as tf\n\n{row.symbol}({given})\n"


def by_position(row: Row, signature: Signature) -> str:
    """A call that passes as many parameters by position as it can."""
    kept = carried(row, signature)
    given = []
    for parameter in signature.parameters:
        if parameter.kind != "positional" or parameter.name not in kept:
            break
        given.append(f"the_{parameter.name}")
    return f"import tensorflow as tf\n\n{row.symbol}({', '.join(given)})\n"


def dotted(node: ast.expr) -> str | None:
    """``tf.nn.dropout`` of the expression that says so."""
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else None
    return node.id if isinstance(node, ast.Name) and node.id == "tf" else None


def refused(text: str) -> Iterator[str]:
    """What the target release does not take of a fixed program."""
    for call in ast.walk(ast.parse(text)):
        symbol = dotted(call.func) if isinstance(call, ast.Call) else None
        if symbol is None or not isinstance(call, ast.Call):
            continue
        if not ATLAS.alive(symbol, NEW):
            yield f"{symbol} is not alive"
        signature = ATLAS.signature(symbol, NEW)
        if signature is None:
            continue
        most = signature.max_positional
        if most is not None and len(call.args) > most:
            yield f"{symbol} takes {most} positional arguments, not {len(call.args)}"
        yield from missing(symbol, call, signature)
        for keyword in call.keywords:
            if keyword.arg and not signature.accepts(keyword.arg):
                yield f"{symbol} takes no {keyword.arg}"


def missing(symbol: str, call: ast.Call, signature: Signature) -> Iterator[str]:
    """The parameters that a call has to pass and does not."""
    named = {keyword.arg for keyword in call.keywords}
    positional = [each.name for each in signature.parameters if each.kind == "positional"]
    named.update(positional[: len(call.args)])
    for parameter in signature.parameters:
        needed = parameter.kind in ("positional", "keyword") and not parameter.default
        if needed and parameter.name not in named:
            yield f"{symbol} needs {parameter.name}"


def test_there_are_many() -> None:
    assert len(ROWS) > 700


@pytest.mark.parametrize("way", [by_keyword, by_position])
def test_what_is_written_is_taken(way: object) -> None:
    assert callable(way)
    wrong = []
    for row, signature in ROWS:
        program = way(row, signature)
        fixed = fixing.fix_text(program, CONTEXT, OPTIONS, dialect=Dialect.TF1)
        compile(fixed.text, row.symbol, "exec")
        if fixed.text != program:
            wrong += [f"{row.symbol}: {fault}: {fixed.text[24:]}" for fault in refused(fixed.text)]
    assert wrong == []


@pytest.mark.parametrize("way", [by_keyword, by_position])
def test_a_promise_is_kept(way: object) -> None:
    assert callable(way)
    broken = []
    for row, signature in ROWS:
        program = way(row, signature)
        fixed = fixing.fix_text(program, CONTEXT, OPTIONS, dialect=Dialect.TF1)
        if ATLAS.alive(row.symbol, NEW) and not (row.to or row.call):
            continue  # where its arguments are the old and the new ones, nothing has to change
        if fixed.text == program:
            why = [each.message for each in fixed.left]
            broken.append(f"{program.splitlines()[-1]}: {why}")
    assert broken == []
