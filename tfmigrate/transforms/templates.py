"""Whole replacements: the ``call`` of a row, filled with the arguments of a call."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass

from tfmigrate.atlas import Signature
from tfmigrate.catalogue import Argument
from tfmigrate.names import Reference, Role
from tfmigrate.transforms.holes import Filling, Template, filled, template
from tfmigrate.transforms.layout import Layout, Slot, extent, layout
from tfmigrate.transforms.plan import Left, is_pure
from tfmigrate.transforms.precedence import PRIMARY, stands_alone, strength
from tfmigrate.transforms.source import Piece, Source
from tfmigrate.transforms.values import is_simple, tightness, value_of

_EITHER = re.compile(r"\{(\w+)\} or \{(\w+)\}")
SELF = "self"
"""The hole for the object whose method is called."""


@dataclass(frozen=True, slots=True)
class Old:
    """A call as it is: its node, what it refers to, and how the function was called."""

    call: ast.Call
    reference: Reference
    signature: Signature | None
    defaults: Mapping[str, str]
    changes: Mapping[str, Argument]


def understood(text: str) -> Template:
    """The template of a row.

    Raises:
        Left: it is no expression (a test of the catalogue sees to it that this does not happen).
    """
    try:
        return template(text)
    except ValueError as error:
        raise Left(str(error)) from None


def imported(statement: str) -> tuple[str, str]:
    """The module that an import statement of a row names, and the name that it binds."""
    node = ast.parse(statement).body[0]
    if isinstance(node, ast.ImportFrom):
        alias = node.names[0]
        return f"{node.module}.{alias.name}", alias.asname or alias.name
    if isinstance(node, ast.Import):
        alias = node.names[0]
        return alias.name, alias.asname or alias.name
    raise ValueError(f"{statement!r} is no import")


def call(old: Old, pattern: Template, source: Source, near: str) -> list[Piece]:
    """The pieces that replace a call by the template.

    Raises:
        Left: an argument is not in the template, or cannot be seen, or a comment would be lost.
    """
    shape = layout(old.call, source)
    passed = _passed(old, shape)
    idle = {hole.name for hole in pattern.holes}
    pattern = _decided(pattern, passed)
    holes = {hole.name for hole in pattern.holes}
    for name, slot in passed.items():
        if name not in holes and not (name in idle and is_pure(value_of(slot))):
            _check_dropped(name, slot, old)
    fillings = {name: _filling(slot, source) for name, slot in passed.items() if name in holes}
    if SELF in holes:
        fillings[SELF] = _owner(old, source)
    for hole in pattern.holes:
        if hole.name not in fillings and (hole.keyword is None):
            default = old.defaults.get(hole.name)
            if default is None:
                raise Left(f"`{hole.name}` is not passed")
            node = ast.parse(default, mode="eval").body
            fillings[hole.name] = Filling(default, strength(node))
    _check_repeated(pattern, passed)
    woven = _woven(old, pattern, passed, shape, source)
    start, end = source.start(old.call), source.end(old.call)
    if woven is None:
        if _has_comments(shape, source):
            raise Left("a comment stands inside of what would be replaced")
        woven = [(start, end, filled(pattern, fillings))]
    if pattern.strength < PRIMARY and not stands_alone(source, start, end):
        return [(start, start, "("), *woven, (end, end, ")")]
    return woven


def _decided(pattern: Template, passed: Mapping[str, Slot]) -> Template:
    """The template with ``{name} or {default_name}`` decided, where the call shows which it is."""

    def decide(match: re.Match[str]) -> str:
        first = passed.get(match[1])
        node = value_of(first) if first is not None else ast.Constant(None)
        value = node.value if isinstance(node, ast.Constant) else Ellipsis
        if value is None:
            return "{" + match[2] + "}"
        chosen = match[2] not in passed or (isinstance(value, str) and value)
        return "{" + match[1] + "}" if chosen else match[0]

    text = _EITHER.sub(decide, pattern.text)
    return pattern if text == pattern.text else template(text)


def _passed(old: Old, shape: Layout) -> dict[str, Slot]:
    """The arguments of a call by their old names."""
    found: dict[str, Slot] = {}
    named = (
        [each.name for each in old.signature.parameters if each.kind == "positional"]
        if old.signature is not None
        else []
    )
    for index, node in enumerate(old.call.args):
        if isinstance(node, ast.Starred):
            raise Left(f"`*{ast.unparse(node.value)}` hides arguments")
        if index >= len(named):
            raise Left(f"positional argument {index + 1} is not known")
        found[named[index]] = shape.slot(node)
    for keyword in old.call.keywords:
        if keyword.arg is None:
            raise Left(f"`**{ast.unparse(keyword.value)}` hides arguments")
        found[keyword.arg] = shape.slot(keyword)
    return found


def _check_dropped(name: str, slot: Slot, old: Old) -> None:
    """Refuse to lose an argument that means something."""
    value = value_of(slot)
    if isinstance(value, ast.Constant) and value.value is None:
        return
    change = old.changes.get(name)
    if change is None or change.to is None:
        note = change.note.removesuffix(".") if change is not None else ""
        raise Left(note or f"`{name}` has no place in the replacement")
    if not is_pure(value):
        raise Left(f"`{name}` would be dropped, and its value is a call")


def _filling(slot: Slot, source: Source) -> Filling:
    """The text of an argument; what stands in parentheses keeps them."""
    start, end = extent(value_of(slot), slot, source)
    return Filling(source.text[start:end], tightness(slot, source))


def _owner(old: Old, source: Source) -> Filling:
    """The object whose method is called."""
    function = old.call.func
    if old.reference.role is not Role.MEMBER or not isinstance(function, ast.Attribute):
        raise Left("")
    dot = source.text.rindex(".", 0, source.end(function) - len(function.attr))
    text = source.text[source.start(function) : dot].rstrip()
    if "#" in source.text[dot : source.end(function)]:
        raise Left("a comment stands inside of what would be replaced")
    return Filling(text, PRIMARY)


def attribute(node: ast.expr | None, pattern: Template, source: Source) -> list[Piece]:
    """The pieces that replace an attribute of an object by the template.

    Raises:
        Left: the template needs more than the object.
    """
    if not isinstance(node, ast.Attribute) or {hole.name for hole in pattern.holes} - {SELF}:
        raise Left("it is not called here")
    start, end = source.start(node), source.end(node)
    inside = source.text.rindex(".", start, end - len(node.attr))
    if "#" in source.text[inside:end]:
        raise Left("a comment stands inside of what would be replaced")
    if pattern.text == "{" + SELF + "}":
        return [(inside, end, "")]
    owner = Filling(source.text[start:inside].rstrip(), PRIMARY)
    made = [(start, end, filled(pattern, {SELF: owner}))]
    if pattern.strength < PRIMARY and not stands_alone(source, start, end):
        return [(start, start, "("), *made, (end, end, ")")]
    return made


def _check_repeated(pattern: Template, passed: Mapping[str, Slot]) -> None:
    """Refuse to compute an argument twice, or to change the order of calls."""
    names = [hole.name for hole in pattern.holes]
    for name in names:
        if names.count(name) > 1 and name in passed and not is_simple(value_of(passed[name])):
            raise Left(f"`{name}` would be computed twice")


def _has_comments(shape: Layout, source: Source) -> bool:
    """Whether a comment stands between the arguments."""
    at = shape.open
    for slot in shape.slots:
        if "#" in source.text[at : slot.start]:
            return True
        at = slot.end
    return "#" in source.text[at : shape.close]


def _woven(
    old: Old, pattern: Template, passed: Mapping[str, Slot], shape: Layout, source: Source
) -> list[Piece] | None:
    """The replacement as edits between the arguments, which stay untouched where they are.

    None if the template names them in another order, repeats or omits one, or the call has none:
    then the whole call is written anew.
    """
    holes = list(pattern.holes)
    if not holes or any(hole.name not in passed for hole in holes):
        return None
    slots = [passed[hole.name] for hole in holes]
    if slots != list(shape.slots):
        return None
    found: list[Piece] = []
    at, before = source.start(old.call), 0
    for hole, slot in zip(holes, slots, strict=True):
        value = value_of(slot)
        start, end = extent(value, slot, source)
        text = pattern.text[before : hole.start]
        tight = tightness(slot, source)
        left, right = ("", "") if tight >= hole.level else ("(", ")")
        gap = source.text[at:start]
        comma = source.text[at : slot.start]  # without the name of a keyword argument
        if at != source.start(old.call) and text == ", " and comma.lstrip().startswith(","):
            text = comma
        if "#" in gap and text not in (gap, comma) and slot is not slots[0]:
            return None
        if slot is slots[0] and "#" in source.text[shape.open : start]:
            return None
        if slot is slots[0] and text.endswith("("):
            text += source.text[shape.open : slot.start]  # the line break after the parenthesis
        found += [(at, start, text + left), (end, end, right)]
        at, before = end, hole.end
    return found + _tail(pattern.text[before:], at, shape, source, old)


def _tail(text: str, at: int, shape: Layout, source: Source, old: Old) -> list[Piece]:
    """What follows the last argument: new arguments before the line break, if there is one."""
    end = source.end(old.call)
    last = shape.slots[-1]
    rest = source.text[last.end : shape.close]
    if text.endswith(")") and text.count("(") == text.count(")") - 1:
        inside = text[:-1]
        own_line = source.starts_line(last.start) and "\n" in rest
        if own_line:
            indent = source.indentation(last.start)
            inside = inside.replace(", ", f",\n{indent}", 1) if inside.startswith(", ") else inside
        return [(at, last.end, inside)]
    if "#" in rest:
        raise Left("a comment stands inside of what would be replaced")
    return [(at, end, text)]


def bare(
    reference: Reference, pattern: Template, old: Signature | None, source: Source
) -> list[Piece]:
    """The pieces that replace a function that is passed on: a ``lambda`` with its parameters.

    Only for what has to be passed: whoever calls it is taken to pass no more.

    Raises:
        Left: it is bound to arguments, or its parameters are not known.
    """
    node = reference.node
    if not isinstance(node, ast.expr) or reference.bound or reference.rest:
        raise Left("it is not called here")
    start, end = source.start(node), source.end(node)
    if not pattern.holes:
        if old is not None:
            raise Left("it is not called here")
        text = pattern.text if stands_alone(source, start, end) else f"({pattern.text})"
        return [(start, end, text if pattern.strength < PRIMARY else pattern.text)]
    needed = [each.name for each in old.parameters if not each.default] if old is not None else []
    holes = {hole.name for hole in pattern.holes}
    if not needed or not holes >= set(needed) or SELF in holes:
        raise Left("it is not called here")
    fillings = {name: Filling(name, PRIMARY) for name in needed}
    try:
        body = filled(pattern, fillings)
    except KeyError:
        raise Left("it is not called here") from None
    text = f"lambda {', '.join(needed)}: {body}"
    return [(start, end, text if stands_alone(source, start, end) else f"({text})")]
