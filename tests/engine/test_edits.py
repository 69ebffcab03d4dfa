"""Edits: positions in any text, which go together, and where things move."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfmigrate.engine.edits import (
    Change,
    EditError,
    Offsets,
    apply,
    choose,
    difference,
    fenced,
    moved,
    origin,
)
from tfmigrate.model import Applicability, Edit, Finding, Fix, Span

TEXT = "one\r\ntwo\rthree\nfour"


def edit(row: int, column: int, end_column: int, content: str) -> Edit:
    return Edit(Span(row, column, row, end_column), content)


def finding(*edits: Edit, code: str = "TFM101") -> Finding:
    fix = Fix(Applicability.SAFE, "fix it", edits)
    return Finding(code, "found", edits[0].span, fix=fix)


def made(text: str, *findings: Finding) -> str:
    return apply(text, choose(findings, Offsets(text)).changes)


@pytest.mark.parametrize(
    ("place", "offset"),
    [((1, 1), 0), ((1, 4), 3), ((2, 1), 5), ((3, 1), 9), ((4, 5), 19), ((1, 99), 3), ((9, 1), 19)],
)
def test_rows_end_where_the_parser_ends_them(place: tuple[int, int], offset: int) -> None:
    assert Offsets(TEXT).at(*place) == offset


@pytest.mark.parametrize("offset", range(len(TEXT) + 1))
def test_offsets_and_places_are_each_others_reverse(offset: int) -> None:
    offsets = Offsets(TEXT)
    row, column = offsets.place(offset)
    # the middle of \r\n is the end of its row
    assert offsets.at(row, column) == (3 if offset == 4 else offset)


def test_a_form_feed_ends_no_row() -> None:
    assert Offsets("a\x0cb\x1cc\u2028d\n").rows == 2


@pytest.mark.parametrize(
    ("row", "newline"), [(1, "\r\n"), (2, "\r"), (3, "\n"), (4, "\n"), (9, "\n")]
)
def test_each_row_knows_its_newline(row: int, newline: str) -> None:
    assert Offsets(TEXT).newline(row) == newline


def test_new_rows_end_as_the_row_that_they_are_put_into() -> None:
    change = Offsets(TEXT).change(edit(1, 4, 4, "\nnew\nrows"))
    assert apply(TEXT, [change]) == "one\r\nnew\r\nrows\r\ntwo\rthree\nfour"


def test_edits_on_several_rows_are_applied_by_position() -> None:
    text = "a = b\nc = d\n"
    edits = [edit(2, 5, 6, "y"), edit(1, 5, 6, "x")]
    assert made(text, finding(edits[0]), finding(edits[1])) == "a = x\nc = y\n"


def test_what_two_fixes_both_do_is_done_once() -> None:
    same = edit(1, 1, 2, "x")
    chosen = choose([finding(same), finding(same, code="TFM102")], Offsets("a"))
    assert len(chosen.findings) == 2
    assert apply("a", chosen.changes) == "x"


def test_of_two_that_overlap_the_earlier_is_made() -> None:
    text = "f(g(x))"
    outer, inner = finding(edit(1, 1, 8, "h(x)")), finding(edit(1, 3, 4, "k"))
    chosen = choose([inner, outer], Offsets(text))
    assert chosen.findings == (outer,)
    assert apply(text, chosen.changes) == "h(x)"


def test_all_edits_of_a_fix_are_made_or_none() -> None:
    text = "abc def"
    first = finding(edit(1, 5, 8, "xyz"), edit(1, 1, 1, "_"))
    second = finding(edit(1, 2, 3, "B"), edit(1, 6, 7, "E"))
    assert made(text, first, second) == "_abc xyz"


@pytest.mark.parametrize(
    ("first", "second", "together"),
    [
        # `1 - ` before a name that is renamed, and before what becomes a sum
        (edit(1, 1, 1, "1 - "), edit(1, 1, 4, "new"), True),
        (edit(1, 1, 1, "1 - "), edit(1, 1, 4, "a + b"), False),
        (edit(1, 1, 1, "1 - "), edit(1, 1, 4, ""), False),
        (edit(1, 1, 1, "a"), edit(1, 1, 1, "b"), False),
        (edit(1, 1, 2, "a"), edit(1, 2, 3, "b"), True),
        (edit(1, 1, 2, "("), edit(1, 2, 3, ")"), False),
        (edit(1, 2, 2, "x"), edit(1, 1, 4, "y"), False),
    ],
)
def test_neighbours_wait_where_they_might_matter(first: Edit, second: Edit, together: bool) -> None:
    chosen = choose([finding(first), finding(second, code="TFM102")], Offsets("old(x)"))
    assert len(chosen.findings) == 1 + together


def test_edits_of_one_fix_that_overlap_are_a_mistake() -> None:
    with pytest.raises(EditError, match="row 1"):
        choose([finding(edit(1, 1, 3, "x"), edit(1, 2, 4, "y"))], Offsets("abc"))


def test_only_what_could_be_made_is_asked_about() -> None:
    asked: list[str] = []

    def accept(each: Finding) -> bool:
        asked.append(each.code)
        return each.code != "TFM102"

    findings = [
        finding(edit(1, 1, 2, "x")),
        finding(edit(1, 1, 3, "overlaps"), code="TFM103"),
        finding(edit(1, 5, 6, "y"), code="TFM102"),
    ]
    chosen = choose(findings, Offsets("abcdef"), accept)
    assert asked == ["TFM101", "TFM102"]
    assert [each.code for each in chosen.declined] == ["TFM102"]
    assert apply("abcdef", chosen.changes) == "xbcdef"


def test_a_declined_fix_leaves_room_for_another() -> None:
    first, second = finding(edit(1, 1, 3, "x")), finding(edit(1, 2, 4, "y"), code="TFM102")
    chosen = choose([first, second], Offsets("abcd"), lambda each: each is second)
    assert apply("abcd", chosen.changes) == "ay" + "d"


@pytest.mark.parametrize(
    ("offset", "after", "expected"),
    [(0, False, 0), (2, False, 2), (2, True, 5), (3, False, 6), (5, False, 8), (6, False, 8)],
)
def test_where_things_move(offset: int, after: bool, expected: int) -> None:
    changes = [Change(2, 2, "xxx"), Change(5, 6, "")]
    assert moved(offset, changes, after=after) == expected


@st.composite
def texts_and_changes(draw: st.DrawFn) -> tuple[str, list[Change]]:
    text = draw(st.text("ab\n\r", max_size=30))
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return text, [Change(a, b, draw(st.text("xy\n", max_size=4))) for a, b in pairs]


@given(texts_and_changes())
def test_what_is_not_changed_is_found_again(given_: tuple[str, list[Change]]) -> None:
    text, changes = given_
    new = apply(text, changes)
    touched = {at for each in changes for at in range(each.start, each.end)}
    for offset, character in enumerate(text):
        if offset not in touched:
            there = moved(offset, changes, after=True)
            assert new[there] == character
            assert origin(there, changes) == offset


@given(st.text("ab\n", max_size=40), st.text("ab\n", max_size=40))
def test_a_difference_leads_from_one_text_to_the_other(before: str, after: str) -> None:
    assert apply(before, Offsets(before).changes(difference(before, after))) == after


FENCED = {
    # "ab\ncd\n|ef\n|gh\n|": a fence is the newline before a bar
    "the last row of a part": (Change(3, 6, ""), "ab\n|ef\n|gh\n|"),
    "all of a part": (Change(6, 9, ""), "ab\ncd\n|\n|gh\n|"),
    "rows of two parts": (Change(3, 9, ""), "ab\n|\n|gh\n|"),
    "all there is": (Change(0, 12, ""), "\n|\n|\n|"),
    "new rows for those of two parts": (Change(3, 9, "x\ny\n"), "ab\nx\ny\n|\n|gh\n|"),
    "new text across parts": (Change(4, 7, "x"), "ab\ncx\n|f\n|gh\n|"),
    "the end of a part": (Change(5, 5, "!"), "ab\ncd!\n|ef\n|gh\n|"),
    "the start of a part": (Change(6, 6, "!"), "ab\ncd\n|!ef\n|gh\n|"),
}


@pytest.mark.parametrize(("change", "after"), FENCED.values(), ids=FENCED)
def test_newlines_between_parts_stay(change: Change, after: str) -> None:
    text, fences = "ab\ncd\nef\ngh\n", (5, 8, 11)
    changes = fenced((change,), fences, text)
    new = apply(text, changes)
    for fence in reversed(fences):
        at = moved(fence, changes, after=True)
        assert new[at] == "\n"
        new = f"{new[: at + 1]}|{new[at + 1 :]}"
    assert new == after
