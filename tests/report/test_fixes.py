from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

from tfmigrate.model import FileFix, Finding, Span
from tfmigrate.report.fixes import summary
from tfmigrate.report.paint import Paint

from .reports import BROKEN, LOG, NOTE, SESSION, SHOWN

NAMES = {"TFM101": "renamed", "TFM202": "session", "TFM010": "dynamic-access"}
DISPLAYED = replace(NOTE, fix=SHOWN)


def shown(*fixes: FileFix, done: bool = False, colour: bool = False) -> str:
    return "\n".join(summary(fixes, NAMES, Paint(colour), done=done)) + "\n"


def of(
    applied: tuple[Finding, ...] = (),
    held: tuple[Finding, ...] = (),
    left: tuple[Finding, ...] = (),
) -> FileFix:
    return FileFix("a.py", b"x", b"y" if applied else b"x", applied, held, left)


def test_everything() -> None:
    failed = FileFix("bad.py", b"", b"", left=(BROKEN,), failed=True)
    fixes = (of((LOG, LOG), (SESSION, DISPLAYED), (NOTE,)), of((LOG,)), failed)
    assert shown(*fixes) == dedent(
        """\
        Would fix 3 findings in 2 files; --apply writes them.
              3  TFM101  renamed
        Held back: 1 finding whose fix may change behaviour; --unsafe-fixes includes them.
              1  TFM202  session
        Left: 2 findings in 1 file that no fix can settle.
              2  TFM010  dynamic-access  a name with <&"'> and newline \x1b
        Not fixed, and left as it was: 1 file.
          bad.py:1:2: TFM001 syntax error: invalid syntax
        """
    )


def test_what_was_done() -> None:
    assert shown(of((LOG,)), done=True) == "Fixed 1 finding in 1 file.\n      1  TFM101  renamed\n"


def test_what_was_declined() -> None:
    assert shown(of(held=(LOG,)), done=True) == dedent(
        """\
        Not applied: 1 finding with a safe fix.
              1  TFM101  renamed
        """
    )


def test_nothing() -> None:
    assert shown(of(), of()) == "Nothing to fix in 2 files.\n"
    assert shown() == "Nothing to fix in 0 files.\n"


def test_the_most_frequent_reason_on_one_line() -> None:
    often = Finding("TFM202", f"Do {'this ' * 40}. Then that", Span(1, 1, 1, 2))
    seldom = Finding("TFM202", "Do something else", Span(1, 1, 1, 2))
    _, line = shown(of(left=(seldom, often, often))).splitlines()
    assert line.startswith("      3  TFM202  session  Do this this")
    assert line.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert len(line) == 100


def test_a_long_list_is_cut() -> None:
    many = [replace(NOTE, code=f"TFM{number:03}") for number in range(100, 113)]
    lines = shown(of(left=(*many, many[5]))).splitlines()
    assert lines[1].startswith("      2  TFM105")
    assert len(lines) == 12
    assert lines[-1] == "      3  of 3 more rules (`tfmigrate check` shows each)"


def test_colour_changes_nothing_but_colour() -> None:
    painted = shown(of((LOG,), (SESSION,), (NOTE,)), colour=True)
    assert "\x1b[1mTFM202\x1b[0m" in painted
    assert "\x1b[32mWould fix 1 finding" in painted
