"""Findings about arguments: removed, renamed, or read as another one because the order changed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tfmigrate.atlas import Signature
from tfmigrate.catalogue import Argument, Row
from tfmigrate.engine.calls import (
    NO_CHANGES,
    Signatures,
    parameter_at,
    signatures,
    successor_of,
)
from tfmigrate.engine.context import Context
from tfmigrate.engine.spans import Lines
from tfmigrate.engine.verdicts import GRAPH_DIALECTS
from tfmigrate.model import Dialect, Edit, Finding, Fix, Severity
from tfmigrate.names import Reference, plain
from tfmigrate.names.knowledge import COMPAT
from tfmigrate.transforms.remedies import Remedy, living, spelling_of


@dataclass(frozen=True, slots=True)
class _Call:
    """A call, what the atlas and the catalogue know of the function, and where it stands."""

    symbol: str
    node: ast.Call
    given: list[ast.expr]
    """The positional arguments of the symbol."""
    both: Signatures
    row: Row | None
    graph: bool
    """Whether the file was written for graphs, so that the old order of arguments counts."""
    refusal: Severity
    """How bad it is that ``tf`` refuses an argument: ``tf.compat.v1`` still takes it."""
    lines: Lines
    compat: Signature | None = None
    """How ``tf.compat.v1`` wants to be called, if the call is one of that."""

    @property
    def changes(self) -> Mapping[str, Argument]:
        """What the catalogue says of the parameters."""
        return self.row.args if self.row is not None else NO_CHANGES

    def finding(
        self,
        code: str,
        head: str,
        change: Argument | None,
        at: ast.expr | ast.keyword,
        severity: Severity,
        fix: Fix | None = None,
    ) -> Finding:
        """A finding about one argument."""
        text = head + said(change, self.row)
        return Finding(code, text, self.lines.span(at), severity, self.symbol, fix)


def check(reference: Reference, context: Context, dialect: Dialect, lines: Lines) -> list[Finding]:
    """Findings about the arguments of a call to a symbol that is alive on the target release."""
    node = reference.call
    if node is None or reference.rest or reference.guessed:
        return []
    symbol = plain(reference.symbol)
    both = signatures(reference, context)
    if both.new is None:
        return []
    compat = reference.symbol.startswith(COMPAT)
    call = _Call(
        symbol,
        node,
        node.args[reference.bound :],
        both,
        context.catalogue.row(symbol),
        dialect in GRAPH_DIALECTS,
        Severity.WARNING if compat else Severity.ERROR,
        lines,
        context.atlas.signature(reference.symbol, context.target) if compat else None,
    )
    found = [*keywords(call, both.new, context.target), *positionals(call, both.new)]
    found += missing(call, both.new)
    if not found:
        return found
    return fixed(found, living(reference, call.row, dialect, spelling_of(lines, context)))


def fixed(found: list[Finding], remedy: Remedy) -> list[Finding]:
    """The findings with the fix of the whole call, which is one and the same for all of them.

    Where the call cannot be fixed as a whole, a keyword that is only called otherwise can.
    """
    if remedy.fix is not None:
        return [replace(each, fix=remedy.fix) for each in found]
    return [
        each if each.fix is not None else replace(each, message=each.message + remedy.unexplained)
        for each in found
    ]


def keywords(call: _Call, new: Signature, target: str) -> Iterator[Finding]:
    """Keyword arguments that the target release does not take, or takes for something else."""
    old = call.both.old
    for keyword in call.node.keywords:
        name = keyword.arg
        if name is None:
            continue
        refused = not new.accepts(name)
        if not refused and not (call.graph and is_change(name, call.changes)):
            continue
        if not refused:
            head = f"`{name}` of `{call.symbol}` has changed"
        elif name in call.changes or (old is not None and old.accepts(name)):
            head = f"`{call.symbol}` no longer takes `{name}`"
        else:
            head = f"`{call.symbol}` takes no `{name}` on {target}"
        yield call.finding(
            "TFM105",
            head,
            call.changes.get(name),
            keyword,
            call.refusal if refused else Severity.WARNING,
            keyword_rename(call, keyword, new),
        )


def is_change(name: str, changes: Mapping[str, Argument]) -> bool:
    """Whether a row says of a parameter more than that it is still there."""
    change = changes.get(name)
    return change is not None and (change.to, change.value) != (name, "{}")


def keyword_rename(call: _Call, keyword: ast.keyword, new: Signature) -> Fix | None:
    """The fix for an argument that is only called otherwise."""
    old = keyword.arg or ""
    name = successor_of(old, call.changes)
    if name is None or name == old or call.row is None or call.row.fix is None:
        return None
    passed = {each.arg for each in call.node.keywords}
    passed |= {parameter_at(new, index) for index in range(len(call.given))}
    if not new.accepts(name) or name in passed:
        return None
    if call.compat is not None and (not call.compat.accepts(name) or call.compat.needs(old)):
        return None
    edit = Edit(call.lines.name_of(keyword), name)
    return Fix(call.row.fix, f"Rename to `{name}`", (edit,))


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


def positionals(call: _Call, new: Signature) -> Iterator[Finding]:
    """Positional arguments beyond what is taken, or in the place of another parameter."""
    if any(isinstance(each, ast.Starred) for each in call.given):
        return
    limit = new.max_positional
    if limit is not None and len(call.given) > limit:
        plural = "" if limit == 1 else "s"
        head = f"`{call.symbol}` takes {limit} positional argument{plural}, not {len(call.given)}"
        name = parameter_at(call.both.old, limit)
        if name:
            head += f"; the next was `{name}`"
        change = call.changes.get(name) if name else None
        yield call.finding("TFM106", head, change, call.given[limit], call.refusal)
    elif call.graph:
        yield from moved(call, new)


def missing(call: _Call, new: Signature) -> Iterator[Finding]:
    """Arguments that had a default, and have to be passed now: the catalogue says which."""
    spread = any(isinstance(each, ast.Starred) for each in call.given)
    passed = {each.arg for each in call.node.keywords}
    partial = len(call.given) < len(call.node.args)
    if call.row is None or spread or partial or None in passed:
        return
    passed |= {parameter_at(new, index) for index in range(len(call.given))}
    for name in call.row.add:
        if name in passed or not new.needs(name):
            continue
        if call.both.old is not None and call.both.old.accepts(name):
            head = f"`{call.symbol}` has no default for `{name}` any more"
            yield call.finding("TFM105", head, None, call.node.func, call.refusal)


def moved(call: _Call, new: Signature) -> Iterator[Finding]:
    """Positional arguments whose place another parameter has taken."""
    for index, node in enumerate(call.given):
        was, now = parameter_at(call.both.old, index), parameter_at(new, index)
        if not was or not now or was == now or successor_of(was, call.changes) == now:
            continue
        head = f"positional argument {index + 1} of `{call.symbol}` was `{was}`, it is `{now}` now"
        yield call.finding("TFM106", head, call.changes.get(was), node, Severity.WARNING)
