"""The programs in the pages of the patterns."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

Blocks = Callable[[Path], list[tuple[str, str, str]]]

_PART = re.compile(
    r"^## (?P<heading>.+?)\s*$|^```(?P<info>[^\n]*)\n(?P<text>.*?)^```\s*$",
    re.MULTILINE | re.DOTALL,
)


@pytest.fixture(scope="session")
def blocks() -> Blocks:
    """The fenced blocks of a page: the heading each is under, its info string, its text."""

    def read(page: Path) -> list[tuple[str, str, str]]:
        heading, found = "", []
        for part in _PART.finditer(page.read_text(encoding="utf-8")):
            if part["heading"]:
                heading = part["heading"]
            else:
                found.append((heading, part["info"].strip(), part["text"]))
        return found

    return read
