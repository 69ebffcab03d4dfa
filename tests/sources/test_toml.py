"""The scanner with places, held against tomllib."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tfmigrate.sources.dependencies.toml import strings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EVERYTHING = """\
top = "a" # "not this"
"quoted key".'and this'.plain = 'b'
numbers = [1, 2.5, -inf, 0xff, 1_000, true, 1979-05-27T07:32:00Z, 07:32:00]
[table]
empty = ""
literal = 'C:\\path # not a comment'
hash = "a # b" # c
nested = [["x", ["y"]], [], ['z',],]
inline = {a = "1", b.c = "2", d = ["3", {e = "4"}], f = {}}
multi = \"\"\"one\"\"\"
more = '''two "quoted" '''
commented = [ # here
  "p", # and here
  # and "here"
  "q"
]
[[array.of."tables"]]
name = "first"
[[array.of."tables"]]
name = "second"
[ spaced . name ]
key="v"
"""


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], str]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in leaves(item, (*path, key))]
    if isinstance(value, list):
        return [leaf for item in value for leaf in leaves(item, path)]
    return [(path, value)] if isinstance(value, str) else []


@pytest.mark.parametrize(
    "text",
    [
        EVERYTHING,
        EVERYTHING.replace("\n", "\r\n"),
        "",
        "# only a comment",
        "a = 'b'",
        (Path(__file__).parents[2] / "pyproject.toml").read_text(),
    ],
)
def test_finds_the_strings_that_tomllib_finds(text: str) -> None:
    found = [(item.path, item.value.text) for item in strings(text)]
    assert sorted(found) == sorted(leaves(tomllib.loads(text.replace("\r\n", "\n"))))


def test_knows_where_they_are() -> None:
    lines = EVERYTHING.split("\n")
    for item in strings(EVERYTHING):
        text = item.value.text
        span = item.value.span(0, len(text))
        assert span.row == span.end_row
        assert lines[span.row - 1][span.column - 1 : span.end_column - 1] == text


def test_inline_tables_hold_together() -> None:
    tables = {item.value.text: item.table for item in strings(EVERYTHING)}
    assert tables["a"] == tables["v"] == 0
    assert tables["1"] == tables["2"] == tables["3"] != 0
    assert tables["4"] not in (0, tables["1"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a = 'b'\n]]] x", ["b"]),
        ("a = 'b'\nc = ", ["b"]),
        ("a = 'b'\nc = 'd", ["b"]),
        ("a = ['b' 'c']", ["b"]),
        ("a 'b'", []),
        ("[a\nb = 'c'", []),
        ("a = {b = 'c'", ["c"]),
        ("= 'a'", []),
    ],
)
def test_stops_where_it_is_not_toml(text: str, found: list[str]) -> None:
    assert [item.value.text for item in strings(text)] == found
