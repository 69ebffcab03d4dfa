"""How the arguments of a call stand in the text: commas, parentheses, lines and comments."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from tfmigrate.transforms.source import Source


@dataclass(frozen=True, slots=True)
class Slot:
    """One argument with the parentheses around it; ``comma`` is where the one after it stands."""

    node: ast.expr | ast.keyword
    start: int
    end: int
    comma: int | None


@dataclass(frozen=True, slots=True)
class Layout:
    """A call's parentheses and arguments, in the order of the text."""

    open: int
    """The offset behind the opening parenthesis."""
    close: int
    """The offset of the closing one."""
    slots: tuple[Slot, ...]

    def slot(self, node: ast.expr | ast.keyword) -> Slot:
        """The slot of one argument."""
        return next(each for each in self.slots if each.node is node)


def layout(call: ast.Call, source: Source) -> Layout:
    """Where the arguments of a call stand."""
    close = source.end(call) - 1
    opening = next(at for at, sign in signs(source, source.end(call.func), close) if sign == "(")
    given: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    nodes = sorted(given, key=source.start)
    if len(nodes) == 1 and source.start(nodes[0]) == opening:
        # a generator shares the parentheses of the call
        return Layout(opening + 1, close, (Slot(nodes[0], opening + 1, close, None),))
    slots: list[Slot] = []
    at = opening + 1
    start: int | None = None
    for index, node in enumerate(nodes):
        for place, sign in signs(source, at, source.start(node)):
            if sign == "(" and start is None:
                start = place
        first = source.start(node) if start is None else start
        following = source.start(nodes[index + 1]) if index + 1 < len(nodes) else close
        end, comma, start = source.end(node), None, None
        for place, sign in signs(source, end, following):
            if sign == ")":
                end = place + 1
            elif sign == ",":
                comma = place
            elif sign == "(" and start is None:
                start = place
        slots.append(Slot(node, first, end, comma))
        at = following
    return Layout(opening + 1, close, tuple(slots))


def signs(source: Source, start: int, end: int) -> Iterator[tuple[int, str]]:
    """The parentheses and commas between two arguments, comments left out."""
    text, at = source.text, start
    while at < end:
        sign = text[at]
        if sign == "#":
            at = source.line_end(at)
        elif sign in "(),":
            yield at, sign
        at += 1


def extent(node: ast.expr, slot: Slot, source: Source) -> tuple[int, int]:
    """The value of an argument with the parentheses around it."""
    if not isinstance(slot.node, ast.keyword):
        return slot.start, slot.end
    start = source.start(slot.node) + len(slot.node.arg or "**")
    text = source.text
    while text[start] in " \t\\\n=" or text[start] == "#":
        start = source.line_end(start) if text[start] == "#" else start + 1
    return min(start, source.start(node)), slot.end
