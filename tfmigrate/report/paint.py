"""Colour, where it is wanted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TextIO

_CODES = {"bold": "1", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


@dataclass(frozen=True, slots=True)
class Paint:
    """Wraps text in the escape sequences of a terminal, or leaves it as it is."""

    on: bool = False

    def __call__(self, text: str, *styles: str) -> str:
        """``text`` in the given styles: ``bold`` and names of colours."""
        if not self.on or not text:
            return text
        codes = ";".join(_CODES[style] for style in styles)
        return f"\x1b[{codes}m{text}\x1b[0m"


def wanted(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether ``stream`` should be coloured.

    ``NO_COLOR`` (https://no-color.org) says no; ``FORCE_COLOR`` and ``CLICOLOR_FORCE`` say yes;
    else a terminal that is not dumb does.
    """
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR") or environment.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"
