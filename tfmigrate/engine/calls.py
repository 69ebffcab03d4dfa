"""How a symbol was called, and how it, or its successor, is called today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tfmigrate.atlas import Signature
from tfmigrate.catalogue import Argument
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
    return named[index].name if 0 <= index < len(named) else None


def successor_of(name: str, changes: Mapping[str, Argument]) -> str | None:
    """What a parameter is called now, None if its value does not carry over as it is."""
    change = changes.get(name)
    if change is None:
        return name
    return change.to if change.to and change.value == "{}" else None
