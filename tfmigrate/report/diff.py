"""What a fix changes, as a unified diff.

In a pipe it is one that ``patch -p0`` and ``git apply -p0`` take: the bytes are those of the file.
On a terminal it is one to read: text in the file's own encoding, no control characters.
"""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from tfmigrate.model import FileFix
from tfmigrate.report.paint import Paint

_STYLES = {"-": ("red",), "+": ("green",), "@": ("cyan",)}
_CONTROL = {code: 0x2400 + code for code in range(32) if code != 9} | {127: 0x2421}
_NO_NEWLINE = "\\ No newline at end of file"
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def diff(fix: FileFix, paint: Paint, *, exact: bool = True, header: bool = True) -> Iterator[str]:
    """The lines of the diff of one file; none if nothing changes.

    Args:
        fix: the file before and after. A notebook is shown cell by cell, as Ruff does; such a
            diff is for reading, no program applies it.
        paint: colour.
        exact: keep every byte: what is not UTF-8 comes as surrogate escapes, to be printed with
            ``errors="surrogateescape"``. Else decode as the file says, and make control
            characters, which a terminal would obey, visible.
        header: whether to begin with the name of the file.
    """
    if fix.before == fix.after:
        return
    name = shown_name(fix.path)
    if fix.path.endswith(".ipynb"):
        before, after = cells(fix.before), cells(fix.after)
        for number in sorted(before.keys() | after.keys()):
            old, new = before.get(number, ""), after.get(number, "")
            if header and old != new:
                yield from _header(f"{name}:cell {number}", paint)
            yield from _hunks(old, new, paint, exact=exact, cell=True)
        return
    old, new = (_text(each, exact) for each in (fix.before, fix.after))
    if header:
        # the tab ends a name that has spaces in it
        yield from _header(f"{name}\t" if " " in name else name, paint)
    yield from _hunks(old, new, paint, exact=exact)


def _header(name: str, paint: Paint) -> Iterator[str]:
    yield paint(f"--- {name}", "bold")
    yield paint(f"+++ {name}", "bold")


def _hunks(
    before: str, after: str, paint: Paint, *, exact: bool, cell: bool = False
) -> Iterator[str]:
    if before == after:
        return
    lines = difflib.unified_diff(_lines(before), _lines(after), lineterm="\n")
    # its first two lines are a header without names
    next(lines)
    next(lines)
    for line in lines:
        body = line.removesuffix("\n")
        shown = body if exact else body.removesuffix("\r").translate(_CONTROL)
        yield paint(shown, *_STYLES[line[0]]) if line[0] in _STYLES else shown
        if body == line and not cell:
            yield _NO_NEWLINE


def _lines(text: str) -> list[str]:
    """Lines as diff and patch count them: a carriage return is part of its line."""
    *whole, rest = text.split("\n")
    return [*(f"{line}\n" for line in whole), *([rest] if rest else [])]


def _text(data: bytes, exact: bool) -> str:
    if exact:
        return data.decode("utf-8", "surrogateescape")
    from tfmigrate.sources import text

    try:
        return text.decode(data).text
    except text.SourceError:
        return data.decode("utf-8", "replace")


def cells(data: bytes) -> dict[int, str]:
    """The source of each cell of a notebook, by its number from 1; of one that is none, nothing."""
    try:
        book = json.loads(data.decode("utf-8-sig", "replace"))
    except ValueError:
        return {}
    sheets = book.get("worksheets") or [book]
    every: Iterator[dict[str, Any]] = chain.from_iterable(each.get("cells", ()) for each in sheets)
    sources = (cell.get("source", cell.get("input", "")) for cell in every)
    return {
        number: source if isinstance(source, str) else "".join(source)
        for number, source in enumerate(sources, 1)
    }


def shown_name(path: str) -> str:
    """A path as patch and git want it: from the current folder, quoted if it has odd characters."""
    absolute = os.path.abspath(path)  # noqa: PTH100 - resolve() would follow links
    here = f"{Path.cwd()}{os.sep}"
    name = absolute.removeprefix(here) if absolute.startswith(here) else path
    name = name.replace(os.sep, "/")
    if not any(each in _ESCAPES or ord(each) < 32 for each in name):
        return name
    return '"' + "".join(_ESCAPES.get(each, _octal(each)) for each in name) + '"'


def _octal(character: str) -> str:
    return f"\\{ord(character):03o}" if ord(character) < 32 else character
