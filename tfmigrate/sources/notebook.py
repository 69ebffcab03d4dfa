"""Jupyter notebooks as one Python program, with the way back to cells and lines.

Cells are counted from 1 over all cells, of whatever type, as Ruff does. Formats 4 and 3 (and 2,
which is like 3) are read: https://nbformat.readthedocs.io/en/latest/format_description.html.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tfmigrate.sources.magics import Command, to_python
from tfmigrate.sources.text import ErrorKind, SourceError

_BLANK = re.compile(r"[ \t\r\n]*")
_PYTHON = ("python", "ipython", "pyspark", "sage")


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A Python cell of the program.

    ``number`` counts all cells from 1. ``start`` is the row of the program that its first line is
    on, ``rows`` how many it has there. ``source`` is what stands in the notebook, magics included;
    ``value`` are the offsets of the JSON value that holds it in the text of the notebook, and
    ``listed`` says that this is a list of lines: what writing the cell back takes.
    """

    number: int
    source: str
    start: int
    rows: int
    value: tuple[int, int]
    listed: bool
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True)
class Notebook:
    """``text`` is the program: the Python cells one after the other, as they would be run.

    ``language`` is the kernel's; if it is not Python there are no cells. ``commands`` are the shell
    commands of cells that are nothing else (``%%bash``), by cell number.
    """

    text: str
    cells: tuple[CodeCell, ...]
    language: str = "python"
    scripts: tuple[tuple[int, tuple[Command, ...]], ...] = ()

    def locate(self, row: int) -> tuple[int, int]:
        """The cell of a row of the program, and the row in it; past the end, those of the end."""
        if not self.cells:
            return 1, row
        index = bisect_right(self.cells, row, key=lambda cell: cell.start) - 1
        cell = self.cells[max(index, 0)]
        return cell.number, min(row - cell.start + 1, cell.rows)

    def commands(self) -> Iterator[tuple[int, Command]]:
        """Every shell command with the number of its cell, in order."""
        every = [(cell.number, cell.commands) for cell in self.cells]
        for number, commands in sorted([*every, *self.scripts]):
            for command in commands:
                yield number, command

    def without(self, number: int) -> Notebook:
        """The notebook with the lines of one cell blank: for a cell that does not parse."""
        lines = self.text.split("\n")
        for cell in self.cells:
            if cell.number == number:
                lines[cell.start - 1 : cell.start - 1 + cell.rows] = [""] * cell.rows
        return replace(self, text="\n".join(lines))


def parse(text: str) -> Notebook:
    """The notebook in ``text``; raises SourceError, with the line, if it is none."""
    try:
        top, cells = _Reader(text).read()
    except json.JSONDecodeError as error:
        raise SourceError(
            ErrorKind.NOTEBOOK, f"the notebook is not valid JSON: {error.msg.lower()}", error.lineno
        ) from error
    except RecursionError as error:
        raise SourceError(ErrorKind.NOTEBOOK, "the notebook is nested too deeply", 1) from error
    if cells is None:
        raise SourceError(ErrorKind.NOTEBOOK, "the notebook has no cells", 1)
    language = _language(top.get("metadata"))
    if not language.startswith(_PYTHON):
        return Notebook("", (), language)
    return _program(cells, language, text)


def _program(raw: list[_RawCell], language: str, text: str) -> Notebook:
    cells: list[CodeCell] = []
    scripts: list[tuple[int, tuple[Command, ...]]] = []
    program: list[str] = []
    row = 1
    for number, cell in enumerate(raw, 1):
        if not _is_python(cell.fields):
            continue
        source = _source(cell, number, text)
        plain = to_python(source.replace("\r\n", "\n").replace("\r", "\n"))
        if plain.source is None:
            scripts.append((number, plain.commands))
            continue
        rows = plain.source.count("\n") + 1
        listed = isinstance(cell.value, list)
        cells.append(CodeCell(number, source, row, rows, cell.span, listed, plain.commands))
        program.append(f"{plain.source}\n")
        row += rows
    return Notebook("".join(program), tuple(cells), language, tuple(scripts))


def _source(cell: _RawCell, number: int, text: str) -> str:
    value = cell.value
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "".join(value)
    raise SourceError(
        ErrorKind.NOTEBOOK,
        f"the source of cell {number} is neither text nor a list of lines",
        text.count("\n", 0, cell.span[0]) + 1,
    )


def _is_python(fields: dict[str, Any]) -> bool:
    """Whether this is a code cell in the notebook's language."""
    if fields.get("cell_type") != "code":
        return False
    metadata = fields.get("metadata")
    editor = metadata.get("vscode") if isinstance(metadata, dict) else None
    own = editor.get("languageId") if isinstance(editor, dict) else fields.get("language")
    return not isinstance(own, str) or own.lower().startswith(_PYTHON)


def _language(metadata: object) -> str:
    """The language of the kernel; a notebook that does not say is Python, as in Jupyter."""
    if not isinstance(metadata, dict):
        return "python"
    for key, field in (("language_info", "name"), ("kernelspec", "language")):
        info = metadata.get(key)
        if isinstance(info, dict) and isinstance(info.get(field), str):
            return str(info[field]).lower()
    kernel = metadata.get("kernelspec")
    name = str(kernel.get("name", "")).lower() if isinstance(kernel, dict) else ""
    # the kernels of R and Julia that were written before the language was part of the format
    return {"ir": "r"}.get(name, "julia" if name.startswith("julia") else "python")


@dataclass(frozen=True, slots=True)
class _RawCell:
    fields: dict[str, Any]
    value: object
    span: tuple[int, int]


class _Reader:
    """Reads the JSON of a notebook from front to back, noting where the source of each cell is.

    Containers that hold cells are stepped through here, everything else is left to ``json``.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.decoder = json.JSONDecoder()

    def read(self) -> tuple[dict[str, Any], list[_RawCell] | None]:
        """The top-level fields, cells apart, and the cells; None if there are none at all."""
        top: dict[str, Any] = {}
        cells: list[_RawCell] | None = None
        self.blank()
        if not self.looking_at("{"):
            self.value()
        else:
            for key in self.members():
                if key == "cells" and self.looking_at("["):
                    cells = self.cells()
                elif key == "worksheets" and self.looking_at("["):
                    cells = (cells or []) + self.worksheets()
                else:
                    top[key] = self.value()
        self.blank()
        if self.at < len(self.text):
            raise self.error("extra data")
        return top, cells

    def worksheets(self) -> list[_RawCell]:
        """The cells of all worksheets (formats 2 and 3)."""
        found: list[_RawCell] = []
        for _ in self.elements():
            for key in self.members():
                if key == "cells" and self.looking_at("["):
                    found += self.cells()
                else:
                    self.value()
        return found

    def cells(self) -> list[_RawCell]:
        """The cells of the array that starts here."""
        return [self.cell() for _ in self.elements()]

    def cell(self) -> _RawCell:
        """The cell that starts here, without its outputs."""
        fields: dict[str, Any] = {}
        source: object = ""
        span = (self.at, self.at)
        for key in self.members():
            start, value = self.at, self.value()
            # "input" is what formats 2 and 3 call the source of a code cell
            if key in ("source", "input"):
                source, span = value, (start, self.at)
            elif key != "outputs":
                fields[key] = value
        return _RawCell(fields, source, span)

    def members(self) -> Iterator[str]:
        """Keys of the object that starts here; whoever asks for the next one has read the value."""
        self.step("{")
        first = True
        while not self.looking_at("}"):
            if not first:
                self.step(",")
            first = False
            if not self.looking_at('"'):
                raise self.error("expecting property name enclosed in double quotes")
            key = self.value()
            self.blank()
            self.step(":")
            yield key
            self.blank()
        self.at += 1

    def elements(self) -> Iterator[None]:
        """Stops at each element of the array that starts here, which is then to be read."""
        self.step("[")
        first = True
        while not self.looking_at("]"):
            if not first:
                self.step(",")
            first = False
            yield
            self.blank()
        self.at += 1

    def value(self) -> Any:
        """The value that starts here; steps over it."""
        found, self.at = self.decoder.raw_decode(self.text, self.at)
        return found

    def looking_at(self, token: str) -> bool:
        """Whether ``token`` is next."""
        return self.text.startswith(token, self.at)

    def step(self, token: str) -> None:
        """Step over ``token`` and the blanks after it."""
        if not self.looking_at(token):
            raise self.error(f"expecting '{token}'")
        self.at += 1
        self.blank()

    def blank(self) -> None:
        """Step over blanks."""
        match = _BLANK.match(self.text, self.at)
        if match:
            self.at = match.end()

    def error(self, message: str) -> json.JSONDecodeError:
        """What is wrong, with its line."""
        return json.JSONDecodeError(message, self.text, self.at)
