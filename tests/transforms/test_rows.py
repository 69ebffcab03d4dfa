"""Every row of the catalogue that says how to fix is understood."""

from __future__ import annotations

import ast
import builtins
import re

from tfmigrate.catalogue import Row
from tfmigrate.engine import context
from tfmigrate.transforms.calls import was
from tfmigrate.transforms.holes import template
from tfmigrate.transforms.templates import SELF, imported

HOLE = re.compile(r"\{\w*\}")
CONTEXT = context.load("2.21")
ROWS = [
    row
    for symbol, data in CONTEXT.catalogue.symbols.items()
    if "same" not in data and (row := CONTEXT.catalogue.row(symbol)) is not None
]
FIXED = [row for row in ROWS if row.fix is not None]


def expressions(row: Row) -> list[str]:
    """What a row puts into programs."""
    values = [each.value for each in row.args.values()]
    return [each for each in (row.call, *row.add.values(), *values) if each]


def test_expressions_are_expressions() -> None:
    assert len(FIXED) > 1000
    for row in FIXED:
        for each in expressions(row):
            assert template(each).text == each, row.symbol


def test_old_parameters_are_lists_of_parameters() -> None:
    for row in ROWS:
        if row.was:
            signature, defaults = was(row.was)
            assert signature.parameters, row.symbol
            assert set(defaults) <= set(signature.names), row.symbol


def test_names_in_expressions_are_imported() -> None:
    unknown = []
    for row in FIXED:
        bound = {imported(each)[1] for each in row.imports} | {"tf", *row.support}
        for text in (row.call, *(each.value for each in row.args.values())):
            if not text:
                continue
            # what a lambda or a comprehension binds is known, too
            tree = ast.parse(HOLE.sub("_", text), mode="eval")
            own = {each.arg for each in ast.walk(tree) if isinstance(each, ast.arg)}
            stores = (each for each in ast.walk(tree) if isinstance(each, ast.Name))
            own |= {each.id for each in stores if isinstance(each.ctx, ast.Store)}
            names = {name for _, _, name in template(text).names} - own - bound - {"__file__"}
            unknown += [f"{row.symbol}: {n}" for n in names if not hasattr(builtins, n)]
    assert [each for each in unknown if not supported(each)] == []


def supported(unknown: str) -> bool:
    """Whether a name may come from the support code of its row."""
    symbol = unknown.partition(":")[0]
    row = CONTEXT.catalogue.row(symbol)
    return row is not None and bool(row.support)


def test_holes_of_methods() -> None:
    for row in FIXED:
        if row.call and SELF in {hole.name for hole in template(row.call).holes}:
            owner = row.symbol.rpartition(".")[0]
            assert CONTEXT.atlas.entry(owner) is not None, row.symbol
