"""The strings of a TOML file with their places, which ``tomllib`` does not tell.

Only what dependency declarations need: tables, keys, strings, arrays, inline tables. Everything
else is passed over; what is not TOML ends the reading (whoever loads the file reports that).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tfmigrate.sources.dependencies.declared import Located

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY_PART = re.compile(r"[ \t]*(?:([A-Za-z0-9_-]+)|\"((?:[^\"\\\n]|\\.)*)\"|'([^'\n]*)')[ \t]*")
_STRING = re.compile(
    r'"""(?P<a>(?:[^\\]|\\.)*?"{0,2})"""(?!")'
    r"|'''(?P<b>.*?'{0,2})'''(?!')"
    r'|"(?P<c>(?:[^"\\\n]|\\.)*)"'
    r"|'(?P<d>[^'\n]*)'",
    re.DOTALL,
)
_OTHER = re.compile(r"[^\s,\]}#]+(?: [0-9:.]+\S*)?")


@dataclass(frozen=True, slots=True)
class Text:
    """One string of the file: the keys that lead to it and the inline table it is in (0: none)."""

    path: tuple[str, ...]
    value: Located
    table: int


def strings(text: str) -> Iterator[Text]:
    """Every string value of the TOML file ``text``, in order."""
    # newlines are one character each in the rows that Located counts
    yield from _Scanner(text.replace("\r\n", "\n")).run()


class _Malformed(Exception):
    pass


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.tables = 0

    def run(self) -> Iterator[Text]:
        """Read table after table, until the end or until it is not TOML any more."""
        prefix: tuple[str, ...] = ()
        try:
            while True:
                self.blank()
                if self.at >= len(self.text):
                    return
                header = 2 if self.text.startswith("[[", self.at) else 1
                if self.text[self.at] == "[":
                    self.at += header
                    prefix = self.key()
                    self.expect("]" * header)
                    continue
                path = prefix + self.key()
                self.expect("=")
                yield from self.value(path, 0)
        except _Malformed:
            return

    def value(self, path: tuple[str, ...], table: int) -> Iterator[Text]:
        """The strings in the value that starts here."""
        self.blank()
        opening = self.text[self.at : self.at + 1]
        if opening == "[":
            self.at += 1
            while not self.closed("]"):
                yield from self.value(path, table)
                self.comma()
        elif opening == "{":
            self.at += 1
            self.tables += 1
            table = self.tables
            while not self.closed("}"):
                key = self.key()
                self.expect("=")
                yield from self.value(path + key, table)
                self.comma()
        elif opening and opening in "\"'":
            match = _STRING.match(self.text, self.at)
            if match is None or match.lastgroup is None:
                raise _Malformed
            self.at = match.end()
            yield Text(
                path, self.located(match[match.lastgroup], match.start(match.lastgroup)), table
            )
        else:
            match = _OTHER.match(self.text, self.at)
            if match is None:
                raise _Malformed
            self.at = match.end()

    def located(self, raw: str, offset: int) -> Located:
        """``raw`` as it stands: requirements have no escapes, whose places would be off."""
        pieces = []
        start = 0
        while True:
            line_start = self.text.rfind("\n", 0, offset + start) + 1
            row = self.text.count("\n", 0, offset + start) + 1
            pieces.append((start, row, offset + start - line_start + 1))
            start = raw.find("\n", start) + 1
            if not start:
                return Located(raw, tuple(pieces))

    def key(self) -> tuple[str, ...]:
        """A key, dotted or not, quoted or not."""
        self.blank()
        parts: list[str] = []
        while match := _KEY_PART.match(self.text, self.at):
            self.at = match.end()
            parts.append(match[1] or match[2] or match[3] or "")
            if not self.text.startswith(".", self.at):
                return tuple(parts)
            self.at += 1
        raise _Malformed

    def closed(self, bracket: str) -> bool:
        """Whether the array or table ends here; steps over its end."""
        self.blank()
        if self.at >= len(self.text):
            raise _Malformed
        if self.text[self.at] == bracket:
            self.at += 1
            return True
        return False

    def comma(self) -> None:
        """Step over the comma between two values; the last one may have none."""
        self.blank()
        if self.text.startswith(",", self.at):
            self.at += 1
        elif self.text[self.at : self.at + 1] not in ("]", "}"):
            raise _Malformed

    def expect(self, token: str) -> None:
        """Step over ``token``."""
        if not self.text.startswith(token, self.at):
            raise _Malformed
        self.at += len(token)

    def blank(self) -> None:
        """Step over blanks, line ends and comments."""
        match = _BLANK.match(self.text, self.at)
        if match:
            self.at = match.end()
