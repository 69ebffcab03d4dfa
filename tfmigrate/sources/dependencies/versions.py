"""Version specifiers of pip, Poetry and conda, all turned into PEP 440, and what they admit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.version import Version

_CLAUSE = re.compile(r"(===|==|~=|!=|<=|>=|<|>|\^|~|=)?\s*([^\s,|=<>!~^][^\s,|]*)")
_RELEASE = re.compile(r"v?(\d+(?:\.\d+)*)")


def normalise(name: str) -> str:
    """A distribution name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@lru_cache(maxsize=512)
def admits(versions: tuple[str, ...], least: str, below: str | None = None) -> bool:
    """Whether some version from ``least`` on (and under ``below``) satisfies one of ``versions``.

    Pre-releases of ``least`` count as ``least`` where a bound names them. What is not a valid
    specifier admits everything: nothing is said about what is not understood.
    """
    # packaging takes 15 ms to import, and most files never get here
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    floor = Version(f"{least}.dev0")
    ceiling = None if below is None else Version(f"{below}.dev0")
    for written in versions:
        try:
            allowed = SpecifierSet(written)
            bounds = [Version(clause.version.removesuffix(".*")) for clause in allowed]
        except (InvalidSpecifier, InvalidVersion):
            return True
        # a satisfying version is at a bound, just above one, just below one, or beyond all
        near = [Version(least), Version(f"{floor.major + 1000}")]
        for version in bounds:
            near += [version, *_neighbours(version.epoch, version.release)]
        if any(
            version >= floor
            and (ceiling is None or version < ceiling)
            and allowed.contains(version, prereleases=True)
            for version in near
        ):
            return True
    return False


def poetry(constraint: str) -> tuple[str, ...]:
    """A Poetry constraint (``^1.14``, ``~1.14``, ``1.*``, ``>=1,<2 || ^3``) as specifier sets.

    https://python-poetry.org/docs/dependency-specification/
    """
    return tuple(_all(part, caret=True) for part in re.split(r"\s*\|\|?\s*", constraint.strip()))


def conda(constraint: str) -> tuple[str, ...]:
    """The version part of a conda match specification, build string removed, as specifier sets.

    ``=1.13`` is ``1.13.*``, ``==1.13`` and ``1.13`` are exact.
    https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html
    """
    text = re.sub(r"^(=?[^=<>!~,|\s]+)[=\s]+[\w.*]+$", r"\1", constraint.strip())
    text = re.sub(r"^(==[^=,|\s]+)=[\w.*]+$", r"\1", text)
    return tuple(_all(part, caret=False) for part in text.split("|"))


def _all(text: str, *, caret: bool) -> str:
    """One specifier set out of clauses that are separated by commas or blanks."""
    clauses = (_clause(operator, version, caret) for operator, version in _CLAUSE.findall(text))
    return ",".join(clause for clause in clauses if clause)


def _clause(operator: str, version: str, caret: bool) -> str:
    release = _release(version)
    if version == "*":
        return ""
    if operator == "^" and release:
        position = next((i for i, part in enumerate(release) if part), len(release) - 1)
        return f">={version},<{_bumped(release, position)}"
    if operator == "~" and release:
        return f">={version},<{_bumped(release, min(1, len(release) - 1))}"
    if operator == "=" or (not operator and version.endswith("*")):
        if caret and not version.endswith("*"):
            return f"=={version}"
        return f"=={version.rstrip('*').rstrip('.')}.*"
    return f"{operator or '=='}{version}"


def _release(version: str) -> tuple[int, ...]:
    match = _RELEASE.match(version)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def _bumped(release: tuple[int, ...], position: int) -> str:
    return ".".join(map(str, (*release[:position], release[position] + 1)))


def _neighbours(epoch: int, release: tuple[int, ...]) -> Iterator[Version]:
    from packaging.version import Version

    prefix = f"{epoch}!" if epoch else ""
    text = ".".join(map(str, release))
    yield Version(f"{prefix}{text}.0.1")
    for position in range(len(release)):
        yield Version(prefix + _bumped(release, position))
        if release[position]:
            lower = (*release[:position], release[position] - 1)
            yield Version(prefix + ".".join(map(str, lower)))
            yield Version(prefix + ".".join(map(str, lower)) + ".9999")
