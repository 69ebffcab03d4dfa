"""Calls in the argument order of TensorFlow before 1.0, turned round."""

from __future__ import annotations

import ast

from tfmigrate.model import Applicability, Fix
from tfmigrate.transforms.source import Piece, Source
from tfmigrate.transforms.spelling import Spelling

_ORDERS = {
    "tf.concat": (("concat_dim", "values"), ("values", "axis")),
    "tf.split": (("split_dim", "num_split", "value"), ("value", "num_or_size_splits", "axis")),
}
"""The parameters before 1.0, and those since, in their order; a ``name`` came behind them."""

_NOW = {"concat_dim": "axis", "split_dim": "axis", "num_split": "num_or_size_splits"}


def turned(node: ast.AST, symbol: str | None, spelling: Spelling) -> Fix | None:
    """The fix of a call that the rules found to be in the old order; None if it is another rule's.

    Args:
        node: the call, or a keyword argument of it.
        symbol: what is called.
        spelling: the names of the file.
    """
    call = _call_of(node, spelling)
    if symbol not in _ORDERS or call is None:
        return None
    old, new = _ORDERS[symbol]
    if any(isinstance(each, ast.Starred) for each in call.args):
        return None
    if any(each.arg is None for each in call.keywords) or len(call.args) > len(old) + 1:
        return None
    source = spelling.source
    swap = len(call.args) >= len(old)
    pieces = _swapped(call, old, new, source) if swap else _named(call, old, source)
    # a number in front of what is no number can be nothing else
    certain = not isinstance(node, ast.Call) or isinstance(call.args[0], ast.Constant)
    trust = Applicability.SAFE if certain else Applicability.UNSAFE
    return Fix(trust, "Turn the arguments round", source.edits(pieces))


def _call_of(node: ast.AST, spelling: Spelling) -> ast.Call | None:
    """The call that is meant, or that a keyword belongs to."""
    if isinstance(node, ast.Call):
        return node
    calls = (each.call for each in spelling.references if each.call is not None)
    place = (getattr(node, "lineno", 0), getattr(node, "col_offset", 0))
    for call in calls:
        if any((each.lineno, each.col_offset) == place for each in call.keywords):
            return call
    return None


def _swapped(
    call: ast.Call, old: tuple[str, ...], new: tuple[str, ...], source: Source
) -> list[Piece]:
    """The texts of the arguments change places; a name behind them is passed as such."""
    by_name = dict(zip((_NOW.get(each, each) for each in old), call.args, strict=False))
    pieces = [
        (source.start(node), source.end(node), source.of(by_name[name]))
        for name, node in zip(new, call.args, strict=False)
        if by_name[name] is not node
    ]
    behind = (source.start(each) for each in call.args[len(old) :])
    return [*pieces, *((start, start, "name=") for start in behind)]


def _named(call: ast.Call, old: tuple[str, ...], source: Source) -> list[Piece]:
    """Every argument is passed by the name that it has now."""
    pieces: list[Piece] = []
    for name, node in zip(old, call.args, strict=False):
        pieces.append((source.start(node), source.start(node), f"{_NOW.get(name, name)}="))
    for keyword in call.keywords:
        if keyword.arg in _NOW:
            start = source.start(keyword)
            pieces.append((start, start + len(keyword.arg), _NOW[keyword.arg]))
    return pieces
