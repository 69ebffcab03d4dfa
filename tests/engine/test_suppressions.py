"""Suppression comments: which are ours, what they cover, which are idle."""

from __future__ import annotations

import pytest

from tfmigrate.engine import suppressions
from tfmigrate.engine.selection import Selection
from tfmigrate.engine.suppressions import UNUSED, Suppression, apply
from tfmigrate.model import Finding, Span

PREFIXES = ("TFM",)


def find(
    text: str, prefixes: tuple[str, ...] = PREFIXES, *, python: bool = True
) -> tuple[Suppression, ...]:
    return suppressions.find(text, prefixes, python=python)


def finding(code: str, row: int, end_row: int | None = None) -> Finding:
    return Finding(code, "message", Span(row, 1, end_row or row, 9))


COMMENTS = {
    "one code": ("# tfmigrate: ignore[TFM201]", (("TFM201",), False, True)),
    "two codes": ("# tfmigrate: ignore[TFM201, TFM101]", (("TFM201", "TFM101"), False, True)),
    "no space": ("#tfmigrate:ignore[TFM201]", (("TFM201",), False, True)),
    "space before the bracket": ("# tfmigrate: ignore [TFM201]", (("TFM201",), False, True)),
    "small letters": ("# tfmigrate: ignore[tfm201]", (("TFM201",), False, True)),
    "of a company": ("# tfmigrate: ignore[MY001]", (("MY001",), False, True)),
    "everything": ("# tfmigrate: ignore", ((), False, True)),
    "whole file": ("# tfmigrate: ignore-file", ((), True, True)),
    "a code in the whole file": ("# tfmigrate: ignore-file[TFM2]", (("TFM2",), True, True)),
    "noqa of ours": ("# noqa: TFM201", (("TFM201",), False, True)),
    "noqa of ours and others": ("# noqa: E501, TFM201", (("TFM201",), False, True)),
    "noqa without spaces": ("#noqa:TFM201", (("TFM201",), False, True)),
    "noqa in small letters": ("# NOQA: tfm201", (("TFM201",), False, True)),
    "noqa of everything": ("# noqa", ((), False, False)),
    "after another comment": ("# type: ignore # tfmigrate: ignore", ((), False, True)),
}


@pytest.mark.parametrize(("comment", "expected"), COMMENTS.values(), ids=COMMENTS)
def test_comments(comment: str, expected: tuple[tuple[str, ...], bool, bool]) -> None:
    (found,) = find(f"x = 1\ny = 2  {comment}\n")
    assert (found.codes, found.whole_file, found.ours) == expected
    assert found.row == 2
    line = f"y = 2  {comment}"
    assert line[found.column - 1 : found.end_column - 1] in comment


OTHERS = [
    "# noqa: E501",
    "# noqa:E501,W291",
    "# type: ignore[attr-defined]",
    "# pylint: disable=E1101",
    "# flake8: noqa",
    "# ruff: noqa: F401",
    "# see tfmigrate",
    "# tfmigrate: a tool for this",
    "x = '# tfmigrate: ignore'",
    '"""\n# noqa: TFM201\n"""',
]


@pytest.mark.parametrize("text", OTHERS)
def test_comments_of_other_tools(text: str) -> None:
    assert find(f"{text}\n") == ()


def test_own_prefixes() -> None:
    assert find("x = 1  # noqa: MY001\n") == ()
    (found,) = find("x = 1  # noqa: MY001\n", ("TFM", "MY"))
    assert found.codes == ("MY001",)


def test_other_languages() -> None:
    text = "FROM x\nRUN pip install 'a'  # tfmigrate: ignore[TFM604]\n"
    (found,) = find(text, python=False)
    assert (found.row, found.column) == (2, 22)


def test_a_text_that_does_not_parse() -> None:
    (found,) = find("x = 1  # tfmigrate: ignore\ny = (\n")
    assert found.row == 1


SPREAD = {
    "on the line": (2, 2, True),
    "the line before": (1, 1, False),
    "the line after": (3, 3, False),
    "the first of several": (2, 4, True),
    "the last of several": (1, 2, True),
    "one in the middle": (1, 3, True),
}


@pytest.mark.parametrize(("row", "end_row", "silenced"), SPREAD.values(), ids=SPREAD)
def test_rows(row: int, end_row: int, silenced: bool) -> None:
    comments = find("x = 1\ny = 2  # tfmigrate: ignore[TFM201]\nz = 3\n")
    stay, gone = apply([finding("TFM201", row, end_row)], comments)
    kept = [each for each in stay if each.code != UNUSED]
    assert (len(kept), len(gone)) == ((0, 1) if silenced else (1, 0))


def test_a_file_comment_covers_every_row() -> None:
    comments = find("# tfmigrate: ignore-file[TFM201]\n")
    found = [finding("TFM201", 7), finding("TFM101", 7)]
    stay, gone = apply(found, comments)
    assert [each.code for each in stay] == ["TFM101"]
    assert len(gone) == 1


UNUSED_ONES = {
    "nothing there": ("# tfmigrate: ignore[TFM201]", [], "of TFM201"),
    "another code": ("# tfmigrate: ignore[TFM201]", ["TFM101"], "of TFM201"),
    "one of two": ("# tfmigrate: ignore[TFM101,TFM201]", ["TFM101"], "of TFM201"),
    "everything of nothing": ("# tfmigrate: ignore", [], "unused suppression:"),
    "noqa of ours": ("# noqa: TFM201", [], "of TFM201"),
    "a name": ("# tfmigrate: ignore[placeholder]", ["TFM201"], "placeholder is no rule code"),
    "empty": ("# tfmigrate: ignore[]", ["TFM201"], "[] is no rule code"),
}


@pytest.mark.parametrize(("comment", "codes", "said"), UNUSED_ONES.values(), ids=UNUSED_ONES)
def test_unused(comment: str, codes: list[str], said: str) -> None:
    comments = find(f"x = 1  {comment}\n")
    found = [finding(code, 1) for code in codes]
    stay, _ = apply(found, comments)
    (idle,) = [each for each in stay if each.code == UNUSED]
    assert said in idle.message
    assert idle.span == comments[0].place
    text = f"x = 1  {comment}\n"
    quiet, _ = suppressions.settle(found, text, Selection(ignore=(UNUSED,)), PREFIXES)
    assert UNUSED not in {each.code for each in quiet}


USED_ONES = [
    ("# tfmigrate: ignore", ["TFM201"]),
    ("# tfmigrate: ignore[TFM201]", ["TFM201"]),
    ("# noqa", []),
    ("# noqa: E501", ["TFM201"]),
    ("# noqa: TFM201", ["TFM201"]),
]


@pytest.mark.parametrize(("comment", "codes"), USED_ONES)
def test_used(comment: str, codes: list[str]) -> None:
    comments = find(f"x = 1  {comment}\n")
    stay, _ = apply([finding(code, 1) for code in codes], comments)
    assert UNUSED not in {each.code for each in stay}
