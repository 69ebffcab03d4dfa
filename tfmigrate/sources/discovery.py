"""Which files a run is about.

Named files are always taken. Directories are walked: Python files, notebooks and dependency files,
without what ``.gitignore``, ``.ignore`` and ``.git/info/exclude`` leave out (the rules of
https://git-scm.com/docs/gitignore, in every directory from the top of the repository down), without
the usual places where other people's code lives, and as the configuration says.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from tfmigrate.sources import patterns
from tfmigrate.sources.dependencies import is_dependency_file

if TYPE_CHECKING:
    from tfmigrate.config import Config

DEFAULT_EXCLUDES = frozenset(
    {
        ".bzr",
        ".cache",
        ".direnv",
        ".eggs",
        ".git",
        ".hg",
        ".hypothesis",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pants.d",
        ".pyenv",
        ".pytest_cache",
        ".pytype",
        ".ruff_cache",
        ".svn",
        ".tfmigrate_cache",
        ".tox",
        ".venv",
        ".vscode",
        "__pycache__",
        "__pypackages__",
        "_build",
        "buck-out",
        "build",
        "dist",
        "node_modules",
        "site-packages",
        "venv",
    }
)
"""Directories that are not walked unless they are named or ``exclude`` is configured."""

_PYTHON = (".py", ".pyi", ".pyw")
_IGNORE_FILES = (".gitignore", ".ignore")


class Kind(str, Enum):
    """How a file is read. A ``setup.py`` is Python; ask `is_dependency_file` besides."""

    PYTHON = "python"
    NOTEBOOK = "notebook"
    DEPENDENCIES = "dependencies"


@dataclass(frozen=True, slots=True)
class Found:
    """A file of the run; ``path`` starts as the argument did that led to it."""

    path: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A path that could not be looked at."""

    path: str
    reason: str


def discover(paths: Iterable[str], config: Config) -> tuple[Found | Unreadable, ...]:
    """The files under ``paths``, each once, sorted by path.

    Every real directory is visited once, so links that lead back do no harm; where a file can be
    reached by a link and without, it appears without. Raises nothing: what cannot be read or does
    not exist is an `Unreadable`.
    """
    walk = _Walk(config, _Excludes(config))
    items: dict[str, Found | Unreadable] = {}
    for path in paths:
        entry = Path(path)
        name = os.fspath(entry)
        try:
            directory = entry.is_dir()
            exists = directory or entry.exists()
        except OSError as error:
            items[name] = Unreadable(name, _reason(error))
            continue
        if directory:
            walk.start(entry)
        elif exists:
            items.setdefault(_real(name), Found(name, kind_of(name, named=True) or Kind.PYTHON))
        else:
            items[name] = Unreadable(name, "no such file or directory")
    walk.follow_links()
    for real, item in walk.items():
        items.setdefault(real, item)
    return tuple(sorted(items.values(), key=lambda item: item.path.replace(os.sep, "\0")))


def kind_of(path: str, *, named: bool = False) -> Kind | None:
    """What the name of a file says about it; None if it is none of ours.

    A file that somebody ``named`` on the command line and whose suffix says nothing is Python.
    """
    if path.endswith(_PYTHON):
        return Kind.PYTHON
    if path.endswith(".ipynb"):
        return Kind.NOTEBOOK
    if is_dependency_file(path):
        return Kind.DEPENDENCIES
    return Kind.PYTHON if named else None


class _Excludes:
    """What the configuration leaves out, plain names apart: most projects have nothing else."""

    def __init__(self, config: Config) -> None:
        self.root = str(config.root)
        self.cwd = str(Path.cwd())
        given = (*(DEFAULT_EXCLUDES if config.exclude is None else config.exclude),)
        given = (*given, *config.extend_exclude)
        plain = [pattern for pattern in given if not set(pattern) & set("*?[]!/\\# ")]
        self.names = frozenset(plain)
        self.patterns = tuple(pattern for pattern in given if pattern not in self.names)
        self.include = config.include

    def excluded(self, name: str, path: str) -> bool:
        """Whether the entry ``name`` at ``path`` is left out; a directory ends in a slash."""
        if name in self.names:
            return True
        return bool(self.patterns and patterns.decision(self.patterns, self._relative(path)))

    def kind(self, real: str, path: str) -> Kind | None:
        """How to read the file ``real``, shown as ``path``; None to leave it alone."""
        if self.include is None:
            return kind_of(real)
        if patterns.decision(self.include, self._relative(path)):
            return kind_of(real, named=True)
        return None

    def _relative(self, path: str) -> str:
        absolute = os.path.normpath(f"{self.cwd}{os.sep}{path}" if path[:1] != os.sep else path)
        inside = absolute.removeprefix(self.root + os.sep)
        # outside of the root only patterns without a slash can be meant
        relative = inside if inside != absolute else absolute.lstrip(os.sep)
        return relative.replace(os.sep, "/") + ("/" if path.endswith(os.sep) else "")


@dataclass(slots=True)
class _Ignore:
    """The ignore files that hold in a directory: innermost first, each with where it lives."""

    base: str
    """The directory of the patterns, ending in a slash, spelled as the paths that are walked."""
    lines: tuple[str, ...]
    outer: _Ignore | None

    def ignored(self, path: str) -> bool:
        level: _Ignore | None = self
        while level is not None:
            decided = patterns.decision(level.lines, path[len(level.base) :].replace(os.sep, "/"))
            if decided is not None:
                return decided
            level = level.outer
        return False


@dataclass(slots=True)
class _Walk:
    config: Config
    excludes: _Excludes
    found: dict[str, Found] = field(default_factory=dict)
    linked: dict[str, Found] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    visited: set[tuple[int, int]] = field(default_factory=set)
    links: list[tuple[str, str]] = field(default_factory=list)

    def items(self) -> Iterator[tuple[str, Found | Unreadable]]:
        """Everything seen, by its real path; what only a link leads to comes last."""
        yield from self.found.items()
        for path, item in self.linked.items():
            yield _real(path), item
        for unreadable in self.unreadable:
            yield _real(unreadable.path), unreadable

    def start(self, directory: Path) -> None:
        """Walk from a directory that was named: it is taken even if it is ignored or excluded."""
        real = str(directory.resolve())
        shown = os.fspath(directory)
        self.walk(
            "" if shown == "." else shown.rstrip(os.sep) + os.sep,
            real.rstrip(os.sep) + os.sep,
            self.above(real) if self.config.respect_gitignore else None,
        )

    def above(self, real: str) -> _Ignore | None:
        """The ignore files from the top of the repository down to the parent of ``real``."""
        place = Path(real)
        chain = [place, *place.parents]
        top = next((at for at in chain if (at / ".git").exists()), None)
        if top is None:
            return None
        level = _read_ignore(f"{top}{os.sep}", (".git/info/exclude",), None)
        for at in reversed(chain[1 : chain.index(top) + 1]):
            level = _read_ignore(f"{at}{os.sep}", _IGNORE_FILES, level)
        # whoever names an ignored directory wants it; its own ignore files hold all the same
        return (
            None if level is not None and place != top and level.ignored(real + os.sep) else level
        )

    def walk(self, shown: str, real: str, ignore: _Ignore | None) -> None:
        """Collect what is below; ``shown`` and ``real`` are two names of one directory."""
        stack = [(shown, real, ignore)]
        while stack:
            shown, real, ignore = stack.pop()
            try:
                status = os.stat(real)  # noqa: PTH116 - a Path for each directory costs more than the call
                if (status.st_dev, status.st_ino) in self.visited:
                    continue
                self.visited.add((status.st_dev, status.st_ino))
                with os.scandir(real) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as error:
                self.unreadable.append(Unreadable(shown.rstrip(os.sep) or ".", _reason(error)))
                continue
            if self.config.respect_gitignore:
                here = [e.name for e in entries if e.name in _IGNORE_FILES or e.name == ".git"]
                if ".git" in here:
                    # another repository begins: what is outside says nothing about it
                    ignore = _read_ignore(real, (".git/info/exclude",), None)
                    here.remove(".git")
                ignore = _read_ignore(real, here, ignore)
            for entry in entries:
                below = self.entry(entry, shown, real, ignore)
                if below is not None:
                    stack.append(below)

    def entry(
        self, entry: os.DirEntry[str], shown: str, real: str, ignore: _Ignore | None
    ) -> tuple[str, str, _Ignore | None] | None:
        """Take a file; return a directory that is to be walked."""
        name = entry.name
        try:
            link, directory = entry.is_symlink(), entry.is_dir()
            regular = not directory and entry.is_file()
        except OSError:
            # a link in a circle, or a file that has just gone
            return None
        slash = os.sep if directory else ""
        kind = None if directory else self.excludes.kind(real + name, shown + name)
        if not directory and (kind is None or not regular):
            return None
        if self.excludes.excluded(name, shown + name + slash):
            return None
        if ignore is not None and ignore.ignored(real + name + slash):
            return None
        if kind is not None:
            (self.linked if link else self.found)[real + name] = Found(shown + name, kind)
            return None
        below = (shown + name + slash, real + name + slash, ignore)
        if link:
            self.links.append(below[:2])
            return None
        return below

    def follow_links(self) -> None:
        """Walk the linked directories, after all real ones, so that real names are preferred."""
        while self.links:
            self.links.sort(key=lambda link: link[0], reverse=True)
            shown, real = self.links.pop()
            # ignore files outside do not reach through a link, as in git; those inside hold
            self.walk(shown, _real(real).rstrip(os.sep) + os.sep, None)


def _real(path: str) -> str:
    """The one true name of a path, wherever links lead."""
    return os.path.realpath(path)


def _read_ignore(base: str, names: Iterable[str], outer: _Ignore | None) -> _Ignore | None:
    """The ignore files of the directory ``base`` (which ends in a slash) on top of ``outer``.

    ``.ignore`` comes after ``.gitignore``, and the last pattern that matches decides.
    """
    lines = tuple(line for name in names for line in _lines(base + name))
    return _Ignore(base, lines, outer) if lines else outer


def _lines(path: str) -> tuple[str, ...]:
    """The patterns in an ignore file; none if it cannot be read (a broken one hides no code)."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig", "surrogateescape")
    except OSError:
        return ()
    return tuple(line for line in text.splitlines() if line.strip() and not line.startswith("#"))


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
