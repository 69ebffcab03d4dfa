"""Replacement expressions with holes, as the rows of the catalogue write them."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tfmigrate.transforms.precedence import demanded, strength

_HOLE = re.compile(r"\{(\w*)\}")


@dataclass(frozen=True, slots=True)
class Hole:
    """A place for an argument: its name, where it is, and how tightly its text has to bind.

    ``keyword`` is where the whole ``name={...}`` begins, if that is what the hole stands in;
    ``optional`` says that it can be left out: it is a keyword argument of a call.
    """

    name: str
    start: int
    end: int
    level: int
    keyword: int | None


@dataclass(frozen=True, slots=True)
class Template:
    """An expression with holes."""

    text: str
    holes: tuple[Hole, ...]
    names: tuple[tuple[int, int, str], ...]
    """The names that the expression starts chains with (``tf``), by their place."""
    strength: int
    """How tightly the whole binds."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What goes into a hole."""

    text: str
    strength: int


@lru_cache(maxsize=512)
def template(text: str) -> Template:
    """Understand a replacement expression.

    Raises:
        ValueError: it is no expression.
    """
    found: list[tuple[str, int, int]] = []
    parts: list[str] = []
    at = length = 0
    for match in _HOLE.finditer(text):
        mark = f"_hole_{len(found)}_"
        parts += [text[at : match.start()], mark]
        length += match.start() - at + len(mark)
        found.append((match[1], match.start(), match.end()))
        at = match.end()
    marked = "".join([*parts, text[at:]])
    try:
        tree = ast.parse(marked, mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{text!r} is no expression: {error.msg}") from None
    parents = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    holes: list[Hole] = []
    names: list[tuple[int, int, str]] = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name):
            continue
        if not node.id.startswith("_hole_"):
            start = _unmarked(node.col_offset, found)
            names.append((start, start + len(node.id), node.id))
            continue
        name, start, end = found[int(node.id[6:-1])]
        parent = parents.get(id(node))
        keyword = None
        if isinstance(parent, ast.keyword):
            keyword = _unmarked(parent.col_offset, found)
        holes.append(Hole(name, start, end, demanded(parent, node), keyword))
    holes.sort(key=lambda each: each.start)
    return Template(text, tuple(holes), tuple(sorted(names)), strength(tree))


def _unmarked(offset: int, found: list[tuple[str, int, int]]) -> int:
    """The place in the template of a place in the text with marks for holes."""
    shift = 0
    for index, (_, start, end) in enumerate(found):
        mark = len(f"_hole_{index}_")
        if start + shift < offset:
            shift += mark - (end - start)
    return offset - shift


def renamed(pattern: Template, names: Mapping[str, str]) -> Template:
    """The same expression, with other names at the start of its chains."""
    if all(names.get(name, name) == name for _, _, name in pattern.names):
        return pattern
    text = pattern.text
    for start, end, name in reversed(pattern.names):
        text = text[:start] + names.get(name, name) + text[end:]
    return template(text)


def enclosed(filling: Filling, level: int) -> str:
    """The text of a filling, in parentheses if it binds too loosely."""
    return filling.text if filling.strength >= level else f"({filling.text})"


def filled(pattern: Template, fillings: Mapping[str, Filling]) -> str:
    """The expression with its holes filled; keyword arguments without a filling are left out.

    Raises:
        KeyError: a hole that cannot be left out has no filling.
    """
    text, end = "", len(pattern.text)
    for hole in reversed(pattern.holes):
        filling = fillings.get(hole.name)
        if filling is None and hole.keyword is None:
            raise KeyError(hole.name)
        if filling is not None:
            text = enclosed(filling, hole.level) + pattern.text[hole.end : end] + text
            end = hole.start
            continue
        rest = pattern.text[hole.end : end] + text
        before = pattern.text[: hole.keyword].rstrip()
        if before.endswith(","):
            end = len(before) - 1
        else:
            rest, end = rest.removeprefix(",").lstrip(), hole.keyword or 0
        text = rest
    return pattern.text[:end] + text
