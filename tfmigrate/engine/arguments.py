"""Findings about arguments: removed, renamed, or read as another one because the order changed."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from tfmigrate.atlas import Signature
from tfmigrate.catalogue import Argument, Row
from tfmigrate.engine.context import Context
from tfmigrate.engine.spans import Lines
from tfmigrate.engine.verdicts import GRAPH_DIALECTS
from tfmigrate.model import Dialect, Edit, Finding, Fix, Severity
from tfmigrate.names import Reference, plain
from tfmigrate.names.knowledge import COMPAT

_NO_ROW: Mapping[str, Argument] = {}


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


def check(reference: Reference, context: Context, dialect: Dialect, lines: Lines) -> list[Finding]:
    """Findings about the arguments of a call to a symbol that is alive on the target release."""
    call = reference.call
    if call is None or reference.rest or reference.guessed:
        return []
    row = context.catalogue.row(plain(reference.symbol))
    both = signatures(reference, context)
    return [
        *keywords(reference, call, both, row, dialect, lines, context),
        *positionals(reference, call, both, row, dialect, lines, context),
    ]


def keywords(
    reference: Reference,
    call: ast.Call,
    both: Signatures,
    row: Row | None,
    dialect: Dialect,
    lines: Lines,
    context: Context,
) -> list[Finding]:
    """Keyword arguments that the target release does not take, or takes for something else."""
    changes = row.args if row is not None else _NO_ROW
    found = []
    for keyword in call.keywords:
        name = keyword.arg
        if name is None or both.new is None:
            continue
        refused = not both.new.accepts(name)
        changed = dialect in GRAPH_DIALECTS and is_change(name, changes)
        if not refused and not changed:
            continue
        symbol = plain(reference.symbol)
        known = both.old is not None and both.old.accepts(name)
        if refused and (known or name in changes):
            head = f"`{symbol}` no longer takes `{name}`"
        elif refused:
            head = f"`{symbol}` takes no `{name}` on {context.target}"
        else:
            head = f"`{name}` of `{symbol}` has changed"
        found.append(
            Finding(
                "TFM105",
                head + said(changes.get(name), row),
                lines.span(keyword),
                refusal(reference) if refused else Severity.WARNING,
                symbol,
                keyword_rename(keyword, changes, both.new, row, lines),
            )
        )
    return found


def is_change(name: str, changes: Mapping[str, Argument]) -> bool:
    """Whether a row says of a parameter more than that it is still there."""
    change = changes.get(name)
    return change is not None and (change.to, change.value) != (name, "{}")


def refusal(reference: Reference) -> Severity:
    """How bad it is that ``tf`` refuses an argument: ``tf.compat.v1`` still takes it."""
    return Severity.WARNING if reference.symbol.startswith(COMPAT) else Severity.ERROR


def keyword_rename(
    keyword: ast.keyword,
    changes: Mapping[str, Argument],
    new: Signature,
    row: Row | None,
    lines: Lines,
) -> Fix | None:
    """The fix for an argument that is only called otherwise."""
    name = successor_of(keyword.arg or "", changes)
    if name is None or name == keyword.arg or row is None or row.fix is None:
        return None
    if not new.accepts(name):
        return None
    return Fix(row.fix, f"Rename to `{name}`", (Edit(lines.name_of(keyword), name),))


def said(change: Argument | None, row: Row | None) -> str:
    """What the catalogue says of one argument."""
    if change is None:
        return f": {row.note.removesuffix('.')}" if row is not None and row.note else ""
    parts = []
    if change.to and change.value != "{}":
        parts.append(f"pass `{change.to}={change.value.replace('{}', '...')}`")
    elif change.to:
        parts.append(f"it is `{change.to}` now")
    elif change.to == "":
        parts.append("drop it, it has no effect any more")
    if change.note:
        parts.append(change.note.removesuffix("."))
    return ": " + "; ".join(parts) if parts else ""


def positionals(
    reference: Reference,
    call: ast.Call,
    both: Signatures,
    row: Row | None,
    dialect: Dialect,
    lines: Lines,
    context: Context,
) -> list[Finding]:
    """Positional arguments beyond what is taken, or in the place of another parameter."""
    old, new = both.old, both.new
    given = call.args[reference.bound :]
    if new is None or any(isinstance(each, ast.Starred) for each in given):
        return []
    symbol = plain(reference.symbol)
    limit = new.max_positional
    if limit is not None and len(given) > limit:
        plural = "" if limit == 1 else "s"
        text = f"`{symbol}` takes {limit} positional argument{plural}, not {len(given)}"
        extra = given[limit]
        severity = refusal(reference)
        name = parameter_at(old, limit)
        change = row.args.get(name) if row is not None and name else None
        if name:
            text += f"; the next was `{name}`"
        return [Finding("TFM106", text + said(change, row), lines.span(extra), severity, symbol)]
    if old is None or dialect not in GRAPH_DIALECTS:
        return []
    return moved(given, old, new, row, symbol, lines)


def moved(
    given: list[ast.expr],
    old: Signature,
    new: Signature,
    row: Row | None,
    symbol: str,
    lines: Lines,
) -> list[Finding]:
    """Positional arguments whose place another parameter has taken."""
    changes = row.args if row is not None else _NO_ROW
    found = []
    for index, node in enumerate(given):
        was, now = parameter_at(old, index), parameter_at(new, index)
        change = changes.get(was) if was else None
        if not was or not now or was == now:
            continue
        if change is not None and change.to == now and change.value == "{}":
            continue
        text = f"positional argument {index + 1} of `{symbol}` was `{was}`, it is `{now}` now"
        found.append(
            Finding("TFM106", text + said(change, row), lines.span(node), Severity.WARNING, symbol)
        )
    return found


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
    changes = row.args if row is not None else _NO_ROW
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
