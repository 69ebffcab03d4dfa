"""``tf.app``: what a program's main function is started with."""

from __future__ import annotations

import ast

from tfmigrate.lifting.eager.reading import Reader, arguments
from tfmigrate.lifting.model import Unliftable

_FLAGS = ("tf.app.flags.FLAGS", "tf.flags.FLAGS")
_ROWS = ("tf.app.flags", "tf.flags")


def app(reader: Reader) -> None:
    """``tf.app.run(main)``: that of absl, which is told to go on ignoring unknown flags."""
    for call, symbol in reader.calls():
        if symbol != "tf.app.run":
            continue
        given = arguments(call, ("main", "argv"))
        main = reader.of(given["main"]) if "main" in given else "main"
        if main not in reader.facts.functions:
            raise Unliftable(call, "which function is the main one?")
        run, flags = reader.spell("absl.app.run", call), reader.spell("absl.flags.FLAGS", call)
        values = [main, *([f"argv={reader.of(given['argv'])}"] if "argv" in given else [])]
        parser = f"flags_parser=lambda args: {flags}(args, known_only=True)"
        reader.replace(call, f"{run}({', '.join([*values, parser])})")


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
