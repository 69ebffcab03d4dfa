from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from tfmigrate.sources import text
from tfmigrate.sources.text import (
    ErrorKind,
    SourceError,
    decode,
    mentions,
    parse_quietly,
    read,
    split_lines,
)


@pytest.mark.parametrize(
    ("data", "expected", "encoding", "bom", "newline"),
    [
        (b"", "", "utf-8", False, "\n"),
        (b"x = 1\n", "x = 1\n", "utf-8", False, "\n"),
        (b"x\r\ny\r\n", "x\r\ny\r\n", "utf-8", False, "\r\n"),
        (b"x\ry\r", "x\ry\r", "utf-8", False, "\r"),
        (b"x\ny\r\n", "x\ny\r\n", "utf-8", False, "\n"),
        (b"\nx\r\n", "\nx\r\n", "utf-8", False, "\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n", "utf-8", True, "\n"),
        (b"\xef\xbb\xbf# coding: utf-8\n", "# coding: utf-8\n", "utf-8", True, "\n"),
        (b"# -*- coding: latin-1 -*-\ns = '\xe9'\n", None, "iso8859-1", False, "\n"),
        (
            b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\ns = '\x80'\n",
            None,
            "cp1252",
            0,
            "\n",
        ),
        (b"# \xe9\n# coding: latin-1\n", None, "iso8859-1", False, "\n"),
        # in the third line it says nothing
        (b"a\nb\n# coding: latin-1\n", "a\nb\n# coding: latin-1\n", "utf-8", False, "\n"),
        # encoding= in code is no declaration
        (b"encoding = 'latin-1'\n", "encoding = 'latin-1'\n", "utf-8", False, "\n"),
        ("s = 'é😀'\n".encode(), "s = 'é😀'\n", "utf-8", False, "\n"),
    ],
)
def test_decodes_and_gives_the_bytes_back(
    data: bytes, expected: str | None, encoding: str, bom: bool, newline: str
) -> None:
    source = decode(data)
    assert (source.encoding, source.bom, source.newline) == (encoding, bool(bom), newline)
    assert source.text == (data.decode(encoding) if expected is None else expected)
    assert source.encode(source.text) == data


@pytest.mark.parametrize(
    ("data", "kind", "row", "part"),
    [
        (b"x = 1\ns = '\xe9'\n", ErrorKind.UNDECODABLE, 2, "byte 0xe9 in line 2 is not utf-8"),
        (b"\xef\xbb\xbfx\r\ny\r\n\xff", ErrorKind.UNDECODABLE, 3, "byte 0xff"),
        (b"x = 1\n\n\0\0", ErrorKind.NULL_BYTE, 3, "null bytes"),
        (b"# coding: klingon\n", ErrorKind.UNDECODABLE, 1, "`klingon` does not exist"),
        (b"# coding: rot13\nx = 1\n", ErrorKind.UNDECODABLE, 1, "rot-13"),
        (b"\xef\xbb\xbf# coding: latin-1\n", ErrorKind.UNDECODABLE, 1, "begins with a UTF-8 BOM"),
        ("x = 1\n".encode("utf-16"), ErrorKind.UNDECODABLE, 1, "UTF-16"),
    ],
)
def test_says_what_is_wrong_and_where(data: bytes, kind: ErrorKind, row: int, part: str) -> None:
    with pytest.raises(SourceError) as caught:
        decode(data)
    assert (caught.value.kind, caught.value.row, caught.value.code) == (kind, row, "TFM003")
    assert part in caught.value.message


def test_what_the_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def kind(path: Path) -> tuple[ErrorKind, str]:
        with pytest.raises(SourceError) as caught:
            read(path)
        return caught.value.kind, caught.value.code

    assert kind(tmp_path / "gone.py") == (ErrorKind.VANISHED, "TFM004")
    assert kind(tmp_path) == (ErrorKind.DIRECTORY, "TFM004")
    loop = tmp_path / "loop.py"
    loop.symlink_to(loop)
    assert kind(loop) == (ErrorKind.IO, "TFM004")
    large = tmp_path / "large.py"
    large.write_text("x = 1\n")
    monkeypatch.setattr(text, "SIZE_LIMIT", 3)
    assert kind(large) == (ErrorKind.TOO_LARGE, "TFM004")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    assert kind(large) == (ErrorKind.PERMISSION, "TFM004")


def test_reads_a_file(tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_bytes(b"import tensorflow as tf\r\n")
    assert read(file).text == "import tensorflow as tf\r\n"
    assert read(os.fspath(file)).newline == "\r\n"


def test_errors_travel_between_processes() -> None:
    error = pickle.loads(pickle.dumps(SourceError(ErrorKind.NOTEBOOK, "broken", 3)))
    assert (error.kind, error.message, error.row, error.code) == (
        ErrorKind.NOTEBOOK,
        "broken",
        3,
        "TFM005",
    )


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"import tensorflow as tf", True),
        (b"import tf_slim", True),
        (b"", False),
        (b"import torch", False),
        (b"TensorFlow", False),
    ],
)
def test_mentions(data: bytes, expected: bool) -> None:
    assert mentions(data, (b"tensorflow", b"tf_slim")) is expected


@pytest.mark.parametrize(
    ("whole", "lines"),
    [
        ("", [""]),
        ("a\nb", ["a", "b"]),
        ("a\r\nb\rc\n", ["a", "b", "c", ""]),
        ("a\x0cb\u2028c\x1cd\n", ["a\x0cb\u2028c\x1cd", ""]),
    ],
)
def test_lines_are_counted_as_python_counts_them(whole: str, lines: list[str]) -> None:
    assert split_lines(whole) == lines


def test_parsing_says_nothing_on_stderr(recwarn: pytest.WarningsRecorder) -> None:
    assert len(parse_quietly("x = '\\d'\ny = 1if x else 2\nassert (1, 2)\n").body) == 3
    assert not recwarn.list
    with pytest.raises(SyntaxError):
        parse_quietly("print 1")
