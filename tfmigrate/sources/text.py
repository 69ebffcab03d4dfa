"""From bytes to text and back, without losing a byte.

Encodings follow PEP 263: a BOM, else a declaration in one of the first two lines, else UTF-8.
"""

from __future__ import annotations

import ast
import codecs
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

SIZE_LIMIT = 100 * 1024 * 1024
"""Files above this many bytes are refused: no person wrote them, and they fill the memory."""

_DECLARATION = re.compile(rb"[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class ErrorKind(str, Enum):
    """Why a file could not be turned into text or into a program."""

    UNDECODABLE = "undecodable"
    NULL_BYTE = "null-byte"
    PERMISSION = "permission"
    DIRECTORY = "directory"
    VANISHED = "vanished"
    TOO_LARGE = "too-large"
    IO = "io"
    NOTEBOOK = "notebook"


class SourceError(Exception):
    """A file that cannot be read; ``row`` is the line concerned, from 1, where there is one."""

    def __init__(self, kind: ErrorKind, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.row = row

    def __reduce__(self) -> tuple[type[SourceError], tuple[ErrorKind, str, int | None]]:
        """Exceptions travel between processes; the default would call ``SourceError(message)``."""
        return SourceError, (self.kind, self.message, self.row)

    @property
    def code(self) -> str:
        """The finding code that this error is reported under."""
        if self.kind in (ErrorKind.UNDECODABLE, ErrorKind.NULL_BYTE):
            return "TFM003"
        return "TFM005" if self.kind is ErrorKind.NOTEBOOK else "TFM004"


@dataclass(frozen=True, slots=True)
class SourceText:
    """Decoded text and what is needed to get its bytes back.

    ``text`` has no BOM and its newlines are as they are in the file; ``newline`` is the first one
    found (``"\\n"`` if there is none); ``encoding`` is the codec without its BOM variant.
    """

    text: str
    encoding: str = "utf-8"
    bom: bool = False
    newline: str = "\n"

    def encode(self, text: str) -> bytes:
        """``text`` in the encoding of the file, with its BOM.

        Raises UnicodeEncodeError where the declared encoding cannot express a character.
        """
        data = text.encode(self.encoding)
        return codecs.BOM_UTF8 + data if self.bom else data


def read(path: str | os.PathLike[str]) -> SourceText:
    """The text of the file at ``path``; raises SourceError."""
    return decode(read_bytes(path))


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The bytes of the file at ``path``; raises SourceError for what the system refuses."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - opened once for each file of a run
            size = os.fstat(stream.fileno()).st_size
            if size > SIZE_LIMIT:
                raise SourceError(
                    ErrorKind.TOO_LARGE,
                    f"the file has {size / 1048576:.0f} MB, more than the"
                    f" {SIZE_LIMIT // 1048576} MB that are read",
                )
            return stream.read()
    except PermissionError as error:
        raise SourceError(ErrorKind.PERMISSION, "permission denied") from error
    except IsADirectoryError as error:
        raise SourceError(ErrorKind.DIRECTORY, "is a directory") from error
    except FileNotFoundError as error:
        raise SourceError(ErrorKind.VANISHED, "no such file") from error
    except OSError as error:
        raise SourceError(ErrorKind.IO, (error.strerror or str(error)).lower()) from error


def decode(data: bytes) -> SourceText:
    """Decode a Python file; raises SourceError, with the line, where that is not possible."""
    if data.startswith(_UTF16):
        raise SourceError(
            ErrorKind.UNDECODABLE,
            "the file is UTF-16, which Python does not read; save it as UTF-8",
            1,
        )
    encoding, bom = _encoding(data)
    body = data[len(codecs.BOM_UTF8) :] if bom else data
    null = body.find(b"\0")
    if null >= 0:
        raise SourceError(
            ErrorKind.NULL_BYTE, "the file has null bytes, so it is not text", _row(body, null)
        )
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        where = _row(body, error.start)
        hint = "" if _declared(data) else "; declare its encoding in line 1 or save it as UTF-8"
        raise SourceError(
            ErrorKind.UNDECODABLE,
            f"byte 0x{body[error.start]:02x} in line {where} is not {encoding}{hint}",
            where,
        ) from error
    except (LookupError, ValueError) as error:
        raise SourceError(
            ErrorKind.UNDECODABLE, f"`{encoding}` is not a text encoding", 1
        ) from error
    return SourceText(text, encoding, bom, _newline(text))


def mentions(data: bytes, roots: Iterable[bytes]) -> bool:
    """Whether one of ``roots`` is anywhere in ``data``: what does not mention them is not decoded.

    Identifiers are ASCII here, and every encoding that Python reads source in (PEP 263) writes
    ASCII as ASCII, so this is never wrong in the direction that matters.
    """
    return any(root in data for root in roots)


def split_lines(text: str) -> list[str]:
    """The lines of ``text`` without their ends, as Python counts them.

    Only ``\\n``, ``\\r\\n`` and ``\\r`` end a line of a program; ``str.splitlines`` also splits at
    form feeds and at separators that may be in the middle of a string.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def parse_quietly(source: str) -> ast.Module:
    """``ast.parse`` without the warnings about the parsed program that it prints to stderr.

    Raises SyntaxError, ValueError (null bytes), RecursionError or MemoryError, as ``ast.parse``.
    """
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def _encoding(data: bytes) -> tuple[str, bool]:
    """The codec, and whether there is a UTF-8 BOM.

    Like CPython, and unlike ``tokenize``, this takes a declaration in the second line although the
    first one is not UTF-8.
    """
    bom = data.startswith(codecs.BOM_UTF8)
    declared = _declared(data)
    if declared is None:
        return "utf-8", bom
    name, row = declared
    try:
        encoding = codecs.lookup(name).name
    except LookupError as error:
        message = f"the declared encoding `{name}` does not exist"
        raise SourceError(ErrorKind.UNDECODABLE, message, row) from error
    encoding = encoding.removesuffix("-sig")
    if bom and encoding != "utf-8":
        message = f"the declared encoding is {name}, but the file begins with a UTF-8 BOM"
        raise SourceError(ErrorKind.UNDECODABLE, message, row)
    return encoding, bom


def _declared(data: bytes) -> tuple[str, int] | None:
    """The encoding that one of the first two lines declares, and which of them."""
    if b"coding" not in data[:4000]:
        return None
    body = data.removeprefix(codecs.BOM_UTF8)
    for row, line in enumerate(body[:4000].splitlines()[:2], 1):
        match = _DECLARATION.match(line)
        if match:
            return match[1].decode(), row
        if line.strip() and not line.lstrip().startswith(b"#"):
            break
    return None


def _row(data: bytes, offset: int) -> int:
    before = data[:offset]
    return before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1


def _newline(text: str) -> str:
    line_feed = text.find("\n")
    carriage = text.find("\r", 0, line_feed if line_feed >= 0 else len(text))
    if carriage < 0:
        return "\n"
    return "\r\n" if text.startswith("\r\n", carriage) else "\r"
