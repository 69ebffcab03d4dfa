"""Lookups in a table that is cut into shards (TFM503)."""

from __future__ import annotations

import ast

from tfmigrate.catalogue import Match
from tfmigrate.engine.context import Context
from tfmigrate.engine.detectors.base import Found, Program, argument
from tfmigrate.engine.detectors.keras import is_none
from tfmigrate.names import Symbol

_PARTITIONER = "partitioner"


def sharded_params(program: Program, context: Context, match: Match) -> Found:
    """A lookup whose first argument is evidently several shards, or a partitioned variable."""
    for call, symbol in program.calls(match):
        table = argument(call, 0, first_parameter(symbol, context))
        if table is not None and is_sharded(program, table):
            yield table, symbol


def first_parameter(symbol: str, context: Context) -> str:
    """The name of the first parameter of a symbol: ``params`` or ``weights``."""
    signature = context.atlas.signature(symbol, context.atlas.releases[0])
    return signature.parameters[0].name if signature and signature.parameters else ""


def is_sharded(program: Program, node: ast.expr) -> bool:
    """Whether an expression evidently stands for more than one tensor."""
    found = program.evident(node)
    if isinstance(found, (ast.List, ast.Tuple)):
        return len(found.elts) > 1
    if isinstance(found, ast.Call):
        callee = program.names.values.get(id(found.func))
        return isinstance(callee, Symbol) and any(
            each.arg == _PARTITIONER and not is_none(each.value) for each in found.keywords
        )
    return isinstance(found, ast.ListComp)
