"""How the tests of the transforms read and fix a program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import TypeAlias

import pytest

from tfmigrate.engine import context, program
from tfmigrate.engine.context import Context
from tfmigrate.engine.selection import Selection
from tfmigrate.model import Dialect, Edit, Finding, Fix

ROWS = Path(__file__).with_name("rows.toml")

FixAll: TypeAlias = Callable[..., str]
Find: TypeAlias = Callable[..., list[Finding]]


@pytest.fixture(scope="session")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """The catalogue with the rows of the tests on top."""
    folder = tmp_path_factory.mktemp("rules")
    (folder / "symbols").mkdir()
    (folder / "symbols" / "rows.toml").write_bytes(ROWS.read_bytes())
    return context.load("2.21", (Path(folder),))


@pytest.fixture(scope="session")
def find(rules: Context) -> Find:
    """The findings of a program."""

    def findings(source: str, dialect: Dialect = Dialect.TF1) -> list[Finding]:
        return list(program.check(dedent(source), rules, Selection(), dialect).findings)

    return findings


@pytest.fixture(scope="session")
def fix_all(find: Find) -> FixAll:
    """A program with every fix made, again and again, until there is none left.

    New imports are lines at the top: where they belong is not the business of a transform.
    """

    def fixed(source: str, dialect: Dialect = Dialect.TF1) -> str:
        text = dedent(source)
        for _ in range(12):
            fixes = {each.fix for each in find(text, dialect) if each.fix is not None}
            if not fixes:
                return text
            text = applied(text, sorted(fixes, key=lambda each: each.edits[0].span))
        raise AssertionError(f"no end to it:\n{text}")

    return fixed


def applied(text: str, fixes: list[Fix]) -> str:
    """The text with those fixes made that do not get in each other's way."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)

    def offsets(edit: Edit) -> tuple[int, int, str]:
        span = edit.span
        return (
            starts[span.row - 1] + span.column - 1,
            starts[span.end_row - 1] + span.end_column - 1,
            edit.content,
        )

    done: list[tuple[int, int, str]] = []
    imports: dict[str, None] = {}
    for fix in fixes:
        changes = [offsets(each) for each in fix.edits]
        fresh = [each for each in changes if each not in done]
        if not any(a <= d and c <= b for a, b, _ in fresh for c, d, _ in done):
            done += fresh
            imports |= dict.fromkeys(fix.imports)
    for start, end, content in sorted(done, reverse=True):
        text = text[:start] + content + text[end:]
    there = text.split("\n")
    return "".join(f"{each}\n" for each in imports if each not in there) + text
