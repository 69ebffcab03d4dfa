"""The symbol tables: nothing retired is left out, and what they say is so by the atlas."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tfmigrate import catalogue
from tfmigrate.atlas import Kind, load
from tfmigrate.catalogue import Row, rows
from tfmigrate.catalogue.load import parse_toml, rules_folder
from tfmigrate.engine import context

OLD, NEW = "1.15", "2.21"
ATLAS = load()
CATALOGUE = catalogue.load()
TYPES = CATALOGUE.types
KNOWLEDGE = context.load(NEW).knowledge
FILES = sorted((rules_folder() / "symbols").glob("*.toml"))
BINDINGS = "tf.pywrap_tensorflow"
"""Generated bindings to the C library, never meant for programs: one row for all of them."""
ELSEWHERE = ("tf.compat.", "tf.contrib", f"{BINDINGS}.")
USE = Path(__file__).with_name("contrib_use.tsv")
HOLE = re.compile(r"\{(\w+)\}")
DOTTED = re.compile(r"\btf(?:\.[A-Za-z_]\w*)+")
QUOTED = re.compile(r"`([^`\n]+)`")
ANY = re.compile(r"\.X\b")
"""``tf.raw_ops.X`` stands for any name of the module."""


def own_row(symbol: str) -> bool:
    """Whether a row speaks of this very symbol, under this or another of its spellings."""
    found = CATALOGUE.row(symbol)
    return found is not None and not found.symbol.endswith("*")


def written() -> Iterator[Row]:
    """Every row as it is written down, without those that refer to another."""
    for symbol, data in CATALOGUE.symbols.items():
        if "same" not in data:
            yield rows.row(symbol, data)


OLD_NAMES = [name for name in ATLAS.symbols(OLD) if not name.startswith(ELSEWHERE)]
ROWS = list(written())


def kind(symbol: str) -> Kind | None:
    entry = ATLAS.entry(symbol)
    return entry.kind if entry is not None else None


def living_target(row: Row) -> str | None:
    """The symbol whose parameters the row speaks of, if the atlas knows it."""
    symbol = row.to or row.symbol
    return symbol if ATLAS.alive(symbol, NEW) else None


# ------------------------------------------------------------------------------ completeness


def test_every_retired_name_has_a_row_of_its_own() -> None:
    retired = [name for name in OLD_NAMES if not ATLAS.alive(name, NEW)]
    assert len(retired) > 1150
    assert [name for name in retired if not own_row(name)] == []


def test_what_only_a_namespace_speaks_for() -> None:
    elsewhere = ("tf.contrib", "tf.compat.")
    names = [name for name in ATLAS.symbols(OLD) if not name.startswith(elsewhere)]
    retired = [name for name in names if not ATLAS.alive(name, NEW)]
    found = [(name, CATALOGUE.row(name)) for name in retired if not own_row(name)]
    assert [name for name, row in found if row is None] == []
    used = Counter(row.symbol for _, row in found if row is not None)
    print(f"{sum(used.values())} of {len(retired)} by namespace: {dict(used)}")
    assert set(used) <= {f"{BINDINGS}.*", "tf.python.pywrap_tensorflow.*"}
    assert sum(used.values()) <= 560


def test_every_retired_member_of_a_living_class_has_a_row() -> None:
    missing, namespace, own = [], Counter[str](), 0
    for name in OLD_NAMES:
        if kind(name) is not Kind.CLASS or not ATLAS.alive(name, NEW):
            continue
        # an object counts as one of this class, and members are filed under it
        base = KNOWLEDGE.base(name)
        on_objects = {*TYPES.objects.get(name, ()), *TYPES.objects.get(base, ())}
        for member in sorted(ATLAS.members(name, OLD)):
            if ATLAS.alive(f"{name}.{member}", NEW) or member in on_objects:
                continue
            row = CATALOGUE.row(f"{name}.{member}") or CATALOGUE.row(f"{base}.{member}")
            if row is None:
                missing.append(f"{name}.{member}")
            elif row.symbol.endswith("*"):
                namespace[row.symbol] += 1
            else:
                own += 1
    print(f"members: {own} with a row, {sum(namespace.values())} by class: {dict(namespace)}")
    assert missing == []
    assert sum(namespace.values()) < own / 2


def test_every_changed_parameter_is_told_of() -> None:
    changed = {}
    for name in OLD_NAMES:
        before, after = ATLAS.signature(name, OLD), ATLAS.signature(name, NEW)
        if before is None or after is None or not ATLAS.alive(name, NEW):
            continue
        gone = {parameter for parameter in before.names if not after.accepts(parameter)}
        if gone:
            changed[name] = gone
    assert len(changed) > 150
    untold = {}
    for name, gone in changed.items():
        row = CATALOGUE.row(name)
        told = set(row.args) if row is not None and own_row(name) else set()
        # where another symbol takes over, what it does not take is told in the note
        if gone - told and not (row is not None and row.to and row.note):
            untold[name] = sorted(gone - told)
    assert untold == {}


def test_every_part_of_contrib_has_a_fate() -> None:
    parts = ATLAS.children("tf.contrib")
    assert len(parts) >= 90
    for part in parts:
        for symbol in (f"tf.contrib.{part}", f"tf.contrib.{part}.any.thing"):
            row = CATALOGUE.row(symbol)
            assert row is not None, symbol
            assert row.symbol not in ("tf.contrib", "tf.contrib.*"), symbol


def test_what_programs_use_of_contrib_has_rows() -> None:
    lines = [line.split("\t") for line in USE.read_text().splitlines() if line[0] != "#"]
    use = {symbol: int(count) for symbol, count in lines}
    assert sum(use.values()) > 1900
    own = sum(count for symbol, count in use.items() if own_row(symbol))
    share = own / sum(use.values())
    print(f"{own} of {sum(use.values())} occurrences have a row of their own: {share:.2%}")
    assert share >= 0.99
    assert [symbol for symbol in use if CATALOGUE.row(symbol) is None] == []


# ------------------------------------------------------------------------------ the files


def test_a_symbol_is_in_one_file() -> None:
    places: dict[str, list[str]] = {}
    for path in FILES:
        for symbol in parse_toml(path, path.read_text(encoding="utf-8")):
            places.setdefault(symbol, []).append(path.name)
    assert {symbol: files for symbol, files in places.items() if len(files) > 1} == {}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.stem))
def test_sorted(path: Path) -> None:
    symbols = list(parse_toml(path, path.read_text(encoding="utf-8")))
    assert symbols == sorted(symbols)


def test_no_rows_for_compat() -> None:
    assert [symbol for symbol in CATALOGUE.symbols if symbol.startswith("tf.compat.v1")] == []


def test_another_spelling_leads_somewhere() -> None:
    known = {*ATLAS.symbols(OLD), *ATLAS.symbols(NEW)}
    for symbol, data in CATALOGUE.symbols.items():
        if "same" not in data:
            continue
        other = data["same"]
        assert symbol.endswith(".*") == other.endswith(".*"), symbol
        if not symbol.endswith(".*"):
            assert own_row(symbol), f"{symbol}: no row for {other}"
            continue
        # of a namespace each name is looked up by itself: there have to be some
        row = CATALOGUE.row(other.removesuffix("*") + "any")
        by_namespace = row is not None and row.symbol not in ("tf.contrib.*", "tf.python.*")
        assert by_namespace or other.removesuffix(".*") in known, f"{symbol}: nothing in {other}"


# ------------------------------------------------------------------------------ truth


def test_successors_are_alive() -> None:
    for row in ROWS:
        if row.to.startswith("tf."):
            assert not row.to.startswith("tf.compat.v1"), row.symbol
            assert ATLAS.alive(row.to, NEW), f"{row.symbol}: {row.to}"


def test_successors_elsewhere_say_what_to_install() -> None:
    own = {"tf", *sys.stdlib_module_names}
    foreign = [row for row in ROWS if row.to and not row.support]
    outside = [row for row in foreign if row.to.partition(".")[0] not in own]
    assert len(outside) > 20
    assert [row.symbol for row in outside if not row.needs] == []


def test_old_parameters_are_real() -> None:
    wrong = []
    for row in ROWS:
        # some came with 2.0 and are gone again
        every = [ATLAS.signature(row.symbol, release) for release in ATLAS.releases]
        known = [signature for signature in every if signature is not None]
        for name in {*row.args, *HOLE.findall(row.call)} - {"self"} if known else ():
            if not any(signature.accepts(name) for signature in known):
                wrong.append(f"{row.symbol}({name}=)")
    assert wrong == []


def test_new_parameters_are_taken() -> None:
    wrong, checked = [], 0
    for row in ROWS:
        target = living_target(row)
        signature = ATLAS.signature(target, NEW) if target else None
        if signature is None:
            continue
        given = [change.to for change in row.args.values() if change.to]
        for name in [*given, *row.add]:
            checked += 1
            if not signature.accepts(name):
                wrong.append(f"{row.symbol}: {target}({name}=)")
    assert wrong == []
    assert checked > 300


def test_new_values_are_expressions() -> None:
    for row in ROWS:
        for change in row.args.values():
            ast.parse(change.value.replace("{}", "old"), mode="eval")
        for value in row.add.values():
            ast.parse(value, mode="eval")


def programs() -> Iterator[tuple[str, str]]:
    """The code in the rows, with the symbol that each piece is for."""
    for row in ROWS:
        if row.call:
            yield row.symbol, HOLE.sub(r"\1", row.call)
        if row.example:
            yield row.symbol, row.example


def dotted(node: ast.expr) -> str | None:
    """``tf.nn.dropout`` of the expression that says so."""
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else None
    return node.id if isinstance(node, ast.Name) and node.id == "tf" else None


def misuse(call: ast.Call) -> Iterator[str]:
    """What is wrong with a call of TensorFlow."""
    symbol = dotted(call.func)
    signature = ATLAS.signature(symbol, NEW) if symbol else None
    if signature is None:
        return
    for keyword in call.keywords:
        if keyword.arg and not signature.accepts(keyword.arg):
            yield f"{symbol}({keyword.arg}=)"
    most = signature.max_positional
    spread = any(isinstance(each, ast.Starred) for each in call.args)
    if most is not None and len(call.args) > most and not spread:
        yield f"{symbol} takes {most}, not {len(call.args)}"


def faults(text: str) -> Iterator[str]:
    """What a piece of code uses that the new release has not."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute):
            symbol = dotted(node)
            known, rest = ATLAS.resolve(symbol) if symbol else ("", "")
            # below a constant or an instance anything goes
            if known and not (rest and kind(known) in (Kind.CONSTANT, Kind.FUNCTION, Kind.MEMBER)):
                if rest or not ATLAS.alive(known, NEW):
                    yield f"{symbol}"
                if known.startswith("tf.compat.v1"):
                    yield f"{symbol}"
        elif isinstance(node, ast.Call):
            yield from misuse(node)


def test_code_is_right() -> None:
    every = list(programs())
    assert len(every) > 100
    wrong = [f"{symbol}: {fault}" for symbol, text in every for fault in faults(text)]
    assert wrong == []


# ------------------------------------------------------------------------------ words


def notes() -> Iterator[tuple[str, str]]:
    for row in ROWS:
        if row.note:
            yield row.symbol, row.note
        for old, change in row.args.items():
            if change.note:
                yield f"{row.symbol}({old}=)", change.note


EMPTY = re.compile(
    r"(see|read|consult|check) (the )?(migration )?(guide|documentation|docs)\.?\Z"
    r"|(removed|deprecated|retired|gone)\.?\Z|no (longer )?(successor|supported|available)\.?\Z"
    r"|todo|tbd|fixme",
    re.IGNORECASE,
)


def test_advice_says_something() -> None:
    for row in ROWS:
        if row.note:
            assert 20 <= len(row.note) <= 600, f"{row.symbol}: {row.note}"
    assert [symbol for symbol, note in notes() if EMPTY.match(note)] == []
    assert [symbol for symbol, note in notes() if note.count("`") % 2] == []


def test_advice_names_names_that_exist() -> None:
    wrong = []
    for symbol, note in notes():
        for name in DOTTED.findall(note):
            known, rest = ATLAS.resolve(name)
            open_ended = rest and kind(known) not in (None, Kind.MODULE, Kind.CLASS)
            if rest and not open_ended and not ANY.search(name) and CATALOGUE.row(name) is None:
                wrong.append(f"{symbol}: {name}")
    assert wrong == []


def test_calls_in_advice_are_right() -> None:
    wrong, checked = [], 0
    for symbol, note in notes():
        for snippet in QUOTED.findall(note):
            try:
                tree = ast.parse(snippet)
            except SyntaxError:
                continue
            for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
                name = dotted(call.func)
                # a retired name is quoted as the code to be replaced
                if name and ATLAS.alive(name, NEW):
                    checked += 1
                    wrong += [f"{symbol}: {fault}" for fault in misuse(call)]
    assert wrong == []
    assert checked > 500


def names_in_code(row: Mapping[str, Any]) -> bool:
    return any("tf." in str(row.get(key, "")) for key in ("to", "note", "call", "example"))


def test_most_rows_name_what_to_write() -> None:
    # the others say that a call can simply go, or name another package
    named = sum(names_in_code(row) for row in CATALOGUE.symbols.values() if "same" not in row)
    assert named > len(ROWS) / 2
