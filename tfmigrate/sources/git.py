"""Which files git could not give back: those with changes that are not committed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

_BATCH = 200
"""Paths in one call: a command line cannot be of any length."""
_UNTOLD = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")
"""What would send git to another repository than the one that a file is in; hooks have them set."""


class GitError(Exception):
    """Git could not say; the message is git's."""


def uncommitted(paths: Iterable[str]) -> list[str]:
    """Those of ``paths`` that would be lost if they were written to now.

    That is a file in a git repository that has changes since the last commit, in the index or in
    the working tree, or that git does not know yet. Links are followed, as writing does. Outside
    of a repository, and where git ignores a file, there is nothing to be asked.

    Raises:
        GitError: there is a repository, but git is not installed or does not want to answer.
    """
    by_repository: dict[Path, dict[str, list[str]]] = {}
    for path in paths:
        real = Path(path).resolve()
        top = repository(real)
        if top is not None:
            inside = real.relative_to(top).as_posix()
            by_repository.setdefault(top, {}).setdefault(inside, []).append(path)
    dirty: list[str] = []
    for top, files in by_repository.items():
        names = list(files)
        for start in range(0, len(names), _BATCH):
            for name in _status(top, names[start : start + _BATCH]):
                dirty += files.get(name, ())
    return sorted(dirty)


def repository(path: Path) -> Path | None:
    """The top of the working tree that ``path`` is in; its ``.git`` is a file in a submodule."""
    for folder in path.parents:
        git = folder / ".git"
        if git.is_file() or (git / "HEAD").is_file():
            return folder
    return None


def _status(top: Path, names: list[str]) -> Iterator[str]:
    """The paths, from ``top`` on, of which git has something to say."""
    command = ["git", "--no-optional-locks", "--literal-pathspecs", "-C", os.fspath(top), "status"]
    options = ["--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"]
    environment = {name: value for name, value in os.environ.items() if name not in _UNTOLD}
    try:
        done = subprocess.run(
            [*command, *options, "--ignore-submodules=all", "--", *names],
            capture_output=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except OSError as error:
        raise GitError(f"git cannot be run: {(error.strerror or str(error)).lower()}") from error
    if done.returncode:
        raise GitError(os.fsdecode(done.stderr).strip().partition("\n")[0])
    for entry in done.stdout.split(b"\0"):
        # two letters of state, a space, the path
        if entry:
            yield os.fsdecode(entry[3:])
