"""Flags of ``tf.app``, which parsed the command line at the first read if nothing else had."""

from __future__ import annotations

import ast

from tfmigrate.lifting.eager.reading import Reader

_FLAGS = ("tf.app.flags.FLAGS", "tf.flags.FLAGS")
_ROWS = ("tf.app.flags", "tf.flags")


def parsed_first(reader: Reader) -> bool:
    """Whether flags are read in functions only, in a program that parses them before."""
    runs = {"tf.app.run", "absl.app.run"} & {symbol for _, symbol in reader.calls()}
    if not runs and "app.run(" not in reader.text:
        return False
    for node in reader.facts.nodes:
        if not isinstance(node, ast.Attribute):
            continue
        symbol = reader.symbol(node)
        read = symbol.startswith(tuple(f"{each}." for each in _FLAGS)) or (
            isinstance(node.value, ast.Name) and node.value.id == "FLAGS"
        )
        if read and isinstance(reader.scope(node), (ast.Module, ast.ClassDef)):
            return False
    return True


def is_flags(symbol: str | None) -> bool:
    """Whether a symbol is of the flags of ``tf.app``."""
    return symbol is not None and symbol.startswith(_ROWS)
