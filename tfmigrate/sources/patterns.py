"""Gitignore patterns, compiled only when there are any (pathspec takes a third of the start-up)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


@lru_cache(maxsize=256)
def compiled(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    """The lines of a ``.gitignore`` file, ready to match; as in git, a malformed one is none."""
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines(patterns)
    except ValueError:
        return GitIgnoreSpec.from_lines(line for line in patterns if _valid(line))


def decision(patterns: tuple[str, ...], relative: str) -> bool | None:
    """True: matched. False: matched and taken back by a later ``!pattern``. None: not mentioned.

    ``relative`` is a path with forward slashes, relative to where the patterns live; a directory
    ends in a slash.
    """
    return compiled(patterns).check_file(relative).include


def _valid(line: str) -> bool:
    from pathspec import GitIgnoreSpec

    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
