"""From a plan for the arguments of a call to the smallest edits that carry it out."""

from __future__ import annotations

import ast
from collections.abc import Callable

from tfmigrate.transforms.holes import Template, template
from tfmigrate.transforms.layout import Layout, Slot, layout
from tfmigrate.transforms.plan import Carried, Left, Plan
from tfmigrate.transforms.precedence import ANYTHING
from tfmigrate.transforms.source import Piece, Source
from tfmigrate.transforms.values import recomputed, tightness

Localise = Callable[[Template], Template]
"""Writes the names of a replacement expression as the file spells them."""


def pieces(call: ast.Call, made: Plan, source: Source, localise: Localise) -> list[Piece]:
    """The pieces of text that change in the arguments of a call.

    Raises:
        Left: they cannot be written.
    """
    found: list[Piece] = []
    changes = made.dropped or made.added or any(map(_changes, made.carried))
    if not changes:
        return found
    shape = layout(call, source)
    for carried in made.carried:
        found += _carry(carried, shape, source, localise)
    found += _drop_and_add(shape, made, source, localise)
    return found


def _changes(carried: Carried) -> bool:
    """Whether anything is to be written for an argument."""
    if carried.value != "{}":
        return True
    if isinstance(carried.node, ast.keyword):
        return carried.node.arg != carried.name
    return carried.keyword


def _carry(carried: Carried, shape: Layout, source: Source, localise: Localise) -> list[Piece]:
    """The pieces for one argument that stays."""
    slot = shape.slot(carried.node)
    found: list[Piece] = []
    if isinstance(slot.node, ast.keyword):
        if slot.node.arg != carried.name:
            start = source.start(slot.node)
            found.append((start, start + len(slot.node.arg or ""), carried.name))
    elif carried.keyword:
        bare = isinstance(slot.node, ast.NamedExpr) and source.text[slot.start] != "("
        found.append((slot.start, slot.start, f"{carried.name}=" + ("(" if bare else "")))
        if bare:
            found.append((slot.end, slot.end, ")"))
    if carried.value != "{}":
        new = recomputed(slot, localise(template(carried.value)), source)
        if new is None:
            raise Left(f"`{carried.name}` would have to compute its value twice")
        found += new
    return found


def _drop_and_add(shape: Layout, made: Plan, source: Source, localise: Localise) -> list[Piece]:
    """The pieces for arguments that go, and for those that are new."""
    dropped = {id(each) for each in made.dropped}
    slots = shape.slots
    kept = [index for index, slot in enumerate(slots) if id(slot.node) not in dropped]
    new = [
        ("" if name == made.first else f"{name}=") + localise(template(value)).text
        for name, value in made.added.items()
    ]
    if not kept:
        return _all_gone(shape, new, source)
    found = []
    last = kept[-1]
    index = 0
    while index < last:
        if id(slots[index].node) in dropped:
            following = next(each for each in kept if each > index)
            found.append(_cut(slots[index].start, slots[following].start, source))
            index = following
        index += 1
    if last + 1 < len(slots):
        found.append(_cut_end(slots[last], slots[last + 1], slots[-1], source))
    return found + _append(slots[last], slots[-1], shape, new, source)


def _all_gone(shape: Layout, new: list[str], source: Source) -> list[Piece]:
    """The pieces for a call that loses every argument it had, if it had any."""
    text = source.text
    inside = text[shape.open : shape.close]
    if not shape.slots:
        return [(shape.open, shape.open, ", ".join(new))] if new else []
    gaps = [text[shape.open : shape.slots[0].start], text[shape.slots[-1].end : shape.close]]
    gaps += [text[a.end : b.start] for a, b in zip(shape.slots, shape.slots[1:], strict=False)]
    if any("#" in gap for gap in gaps):
        raise Left("a comment stands where all arguments would go")
    if "\n" in inside and new:
        end = shape.slots[-1].end
        return [(shape.slots[0].start, end, ", ".join(new))]
    return [(shape.open, shape.close, ", ".join(new))]


def _cut(start: int, end: int, source: Source) -> Piece:
    """Cut an argument up to the next one; comments stay, each on its line."""
    return (start, end, "".join(_kept(start, end, end, source)))


def _cut_end(last: Slot, first: Slot, gone: Slot, source: Source) -> Piece:
    """Cut the arguments behind the last one that stays, from the first to the last that goes."""
    remark = _remark(gone, source)
    if remark is not None and source.starts_line(first.start):
        # the comment on their line stays there
        return (first.start, remark, "".join(_kept(first.start, remark, first.start, source)))
    kept = _comments(last.end, gone.end, source)
    indent = source.indentation(gone.end)
    return (last.end, gone.end, "".join(f"  {comment}\n{indent}" for comment in kept))


def _kept(start: int, end: int, at: int, source: Source) -> list[str]:
    """The comments of a stretch, each on a line of its own above what stands at ``at``."""
    indent = " " * source.column(at) if source.starts_line(at) else source.indentation(at)
    return [f"{comment}\n{indent}" for comment in _comments(start, end, source)]


def _remark(slot: Slot, source: Source) -> int | None:
    """Where the comment on the line of an argument begins, if there is one right behind it."""
    at = slot.end if slot.comma is None else slot.comma + 1
    rest = source.text[at : source.line_end(at)]
    return at + len(rest) - len(rest.lstrip()) if rest.lstrip().startswith("#") else None


def _comments(start: int, end: int, source: Source) -> list[str]:
    """The comments in a stretch that holds whole arguments, strings among them."""
    import io
    import tokenize

    text = source.text[start:end]
    if "#" not in text:
        return []
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(f"({text}\n").readline):
            if token.type == tokenize.COMMENT:
                found.append(token.string)
    except (tokenize.TokenError, SyntaxError, IndentationError):
        # the text ends inside of the parenthesis: every comment has been seen by then
        return found
    return found


def _append(last: Slot, final: Slot, shape: Layout, new: list[str], source: Source) -> list[Piece]:
    """The pieces for new keyword arguments behind the last one that stays."""
    if not new:
        return []
    if tightness(last, source) < ANYTHING:
        return [(last.start, last.start, "("), (last.end, last.end, "), " + ", ".join(new))]
    own_line = source.starts_line(last.start)
    if not own_line:
        return [(last.end, last.end, "".join(f", {each}" for each in new))]
    indent = source.indentation(last.start)
    if final.comma is None:
        if _remark(final, source) is not None:
            at = source.line_end(final.end)
            lines = f",\n{indent}".join(new)
            comma = [(final.end, final.end, ",")] if final is last else []
            return [*comma, (at, at, f"\n{indent}{lines}")]
        return [(last.end, last.end, "".join(f",\n{indent}{each}" for each in new))]
    at = source.line_end(final.comma)
    if shape.close < at:
        return [(last.end, last.end, "".join(f",\n{indent}{each}" for each in new))]
    return [(at, at, "".join(f"\n{indent}{each}," for each in new))]
