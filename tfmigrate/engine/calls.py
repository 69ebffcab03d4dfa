"""How a symbol was called, and how it, or its successor, is called today."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from tfmigrate.atlas import Signature
from tfmigrate.catalogue import Argument, Row
from tfmigrate.engine.context import Context
from tfmigrate.names import Reference, plain

NO_CHANGES: Mapping[str, Argument] = {}


@dataclass(frozen=True, slots=True)
class Signatures:
    """How a symbol was called on TensorFlow 1.15, and how it is called on the target release."""

    old: Signature | None
    new: Signature | None


def signatures(reference: Reference, context: Context) -> Signatures:
    """Both signatures, None where one is not known.

    ``tf.compat.v1.X`` is measured against ``tf.X``, which it is to become.
    """
    native, target = plain(reference.symbol), context.target
    symbol = native if context.atlas.alive(native, target) else reference.symbol
    return Signatures(
        context.atlas.signature(native, context.atlas.releases[0]),
        context.atlas.signature(symbol, target),
    )


def parameter_at(signature: Signature | None, index: int) -> str | None:
    """The name of the positional parameter at ``index``, None beyond the last."""
    if signature is None:
        return None
    named = [each for each in signature.parameters if each.kind == "positional"]
    return named[index].name if index < len(named) else None


def called_alike(
    reference: Reference, successor: str, row: Row | None, context: Context
) -> list[tuple[ast.keyword, str]] | None:
    """The keywords to rename, so that a call means the same to the successor of its function.

    None if renaming is not enough: an argument is dropped, computed anew or moves. A bare
    reference may be called with anything: then the old parameters have to be the first of the new.
    """
    old = context.atlas.signature(plain(reference.symbol), context.atlas.releases[0])
    new = context.atlas.signature(successor, context.target)
    call = reference.call
    if old is None or new is None:
        # constants and modules are not called
        return [] if call is None and old is None and new is None else None
    changes = row.args if row is not None else NO_CHANGES
    names = [each.name for each in old.parameters if each.kind == "positional"]
    given = call.args[reference.bound :] if call is not None else []
    if call is None or any(isinstance(each, ast.Starred) for each in given):
        in_place = [parameter_at(new, index) for index in range(len(names))]
        if names != in_place or call is None:
            return [] if names == in_place else None
    for index in range(len(given)):
        name = parameter_at(old, index)
        if name is None or successor_of(name, changes) != parameter_at(new, index):
            return None
    renamed = []
    for keyword in call.keywords:
        name = successor_of(keyword.arg, changes) if keyword.arg else None
        if name is None or not new.accepts(name):
            return None
        if name != keyword.arg:
            renamed.append((keyword, name))
    return renamed


def successor_of(name: str, changes: Mapping[str, Argument]) -> str | None:
    """What a parameter is called now, None if its value does not carry over as it is."""
    change = changes.get(name)
    if change is None:
        return name
    return change.to if change.to and change.value == "{}" else None
