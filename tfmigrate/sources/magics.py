"""IPython's extensions of Python, replaced by Python on the same rows.

Rows and the columns of what stays are those of the notebook; what is replaced has no names in it.
The forms are those of https://ipython.readthedocs.io/en/stable/interactive/reference.html: cell
and line magics, shell commands, help (``?``), autocall (``/f x``) and ``pip install`` without its
percent sign.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tfmigrate.sources.text import parse_quietly

PYTHON_CELLS = frozenset(
    {"capture", "debug", "prun", "pypy", "python", "python3", "time", "timeit"}
)
"""Cell magics whose cell is Python; all others hold another language, or a file."""

_TIMING = frozenset({"time", "timeit", "prun", "memit", "mprun", "lprun"})
_NOT_PYTHON = re.compile(
    r"^[ \t]*(?:[%!?/,]|(?:pip|conda|mamba)[ \t])|=[ \t]*[!%]|\?[ \t]*;?[ \t]*$", re.MULTILINE
)
_CELL = re.compile(r"[ \t]*%%([\w.]+)(.*)")
_ESCAPED = re.compile(r"([ \t]*)([%!?]|[,/](?=[A-Za-z_]))")
_AUTOMAGIC = re.compile(
    r"([ \t]*)(?:pip3?|conda|mamba)[ \t]+(?:install|uninstall|list|show|update)\b"
)
_ASSIGNED = re.compile(r"([ \t]*[A-Za-z_][\w.,\t \[\]]*=[ \t]*)([!%])")
_HELP = re.compile(r"([ \t]*)%{0,2}[\w.*\[\]]+\?{1,2}[ \t]*;?[ \t]*$")
_TIMED = re.compile(r"%(\w+)((?:[ \t]+-(?:[nrpslTDfm][ \t]*[\w.]+|[a-zA-Z]))*)[ \t]*")


@dataclass(frozen=True, slots=True)
class Command:
    """A shell command (or a ``%pip`` line) in a cell: its text and where it starts."""

    row: int
    column: int
    text: str


@dataclass(frozen=True, slots=True)
class Plain:
    """A cell as Python: as many rows as before; None if the cell is not Python."""

    source: str | None
    commands: tuple[Command, ...] = ()


def to_python(source: str) -> Plain:
    """The cell ``source`` (its lines end in ``\\n``) without what only IPython understands."""
    if _NOT_PYTHON.search(source) is None:
        return Plain(source)
    lines = source.split("\n")
    first = next((i for i, line in enumerate(lines) if _says_something(line)), None)
    magic = None if first is None else _CELL.match(lines[first])
    commands: list[Command] = []
    start = 0
    if magic and first is not None:
        if magic[1] not in PYTHON_CELLS:
            return Plain(None, _script(magic[1], lines, first))
        lines[first] = "pass"
        start = first + 1
    _replace(lines, start, commands)
    return Plain("\n".join(lines), tuple(commands))


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _script(name: str, lines: list[str], first: int) -> tuple[Command, ...]:
    """The lines of a shell script in a cell of its own."""
    if name not in ("bash", "sh", "script", "system", "sx", "!"):
        return ()
    rows = enumerate(lines[first + 1 :], first + 2)
    return tuple(Command(row, 1, line) for row, line in rows if _says_something(line))


def _replace(lines: list[str], start: int, commands: list[Command]) -> None:
    """Replace, in place, every line from ``start`` on that begins a statement and is not Python."""
    state = _State()
    index = start
    while index < len(lines):
        line = lines[index]
        plain = _line(line, index + 1, commands) if state.at_statement() else None
        if plain is None:
            state.feed(line)
            index += 1
            continue
        lines[index] = plain
        # a command goes on where its line ends in a backslash
        while line.endswith("\\") and index + 1 < len(lines):
            index += 1
            line, lines[index] = lines[index], ""
        state.feed("")
        index += 1


def _line(line: str, row: int, commands: list[Command]) -> str | None:
    """``line`` as Python, or None if it is Python already."""
    match = _ESCAPED.match(line)
    if match:
        rest = line[match.start(2) :]
        _note(rest, row, match.end(1) + 1, commands)
        return match[1] + (_timed(rest) or "pass")
    match = _AUTOMAGIC.match(line)
    if match:
        commands.append(Command(row, match.end(1) + 1, line[match.end(1) :]))
        return f"{match[1]}pass"
    match = _ASSIGNED.match(line)
    if match:
        rest = line[match.start(2) :]
        _note(rest, row, match.end(1) + 1, commands)
        expression = _timed(rest, prefix=" ")
        return match[1] + (expression or "None")
    match = _HELP.match(line)
    return f"{match[1]}pass" if match else None


def _note(rest: str, row: int, column: int, commands: list[Command]) -> None:
    """Keep what a shell would run."""
    match = re.match(r"!+\s*|%(?=(?:pip|conda|mamba|tensorflow_version)\b)|%(?:sx|system)\s+", rest)
    if match:
        commands.append(Command(row, column + match.end(), rest[match.end() :]))


def _timed(rest: str, prefix: str = "0;") -> str | None:
    """The Python after ``%time`` or ``%timeit``, at its columns; None if there is none."""
    match = _TIMED.match(rest)
    if match is None or match[1] not in _TIMING:
        return None
    statement = rest[match.end() :]
    try:
        parse_quietly(f"0;{statement}" if prefix == "0;" else f"_ = {statement}")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return prefix + " " * (match.end() - len(prefix)) + statement if statement.strip() else None


class _State:
    """Whether a line begins a statement: outside brackets and strings, not after a backslash."""

    _TOKEN = re.compile(r"#.*|\"\"\"|'''|\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|[()\[\]{}]")

    def __init__(self) -> None:
        self.depth = 0
        self.quote = ""
        self.continued = False

    def at_statement(self) -> bool:
        """Whether the next line begins a statement."""
        return not (self.depth or self.quote or self.continued)

    def feed(self, line: str) -> None:
        """Take in a line of Python."""
        at = 0
        self.continued = False
        while True:
            if self.quote:
                end = _closing(line, at, self.quote)
                if end < 0:
                    return
                at, self.quote = end, ""
            match = self._TOKEN.search(line, at)
            if match is None:
                break
            at = match.end()
            token = match[0]
            if token[0] == "#":
                return
            if token in ('"""', "'''"):
                self.quote = token
            elif token in "([{":
                self.depth += 1
            elif token in ")]}":
                self.depth = max(0, self.depth - 1)
        self.continued = line.endswith("\\")


def _closing(line: str, at: int, quote: str) -> int:
    """Where a triple-quoted string ends, or -1."""
    while at < len(line):
        if line[at] == "\\":
            at += 2
        elif line.startswith(quote, at):
            return at + 3
        else:
            at += 1
    return -1
