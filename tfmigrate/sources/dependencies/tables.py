"""Dependency files in TOML: ``Pipfile`` and ``pyproject.toml``.

Of the latter PEP 621, PEP 735, and the tables of Poetry, PDM, Hatch, uv, Flit and Pixi.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tfmigrate.sources.dependencies.declared import Declared, Located, Package, Python
from tfmigrate.sources.dependencies.requirement import pip
from tfmigrate.sources.dependencies.toml import Text, strings
from tfmigrate.sources.dependencies.versions import conda, normalise, poetry

Pattern = tuple[str, ...]

# paths of arrays of requirements ("*" is any one key)
_LISTS: tuple[Pattern, ...] = (
    ("project", "dependencies"),
    ("project", "optional-dependencies", "*"),
    ("dependency-groups", "*"),
    ("build-system", "requires"),
    ("tool", "pdm", "dev-dependencies", "*"),
    ("tool", "hatch", "envs", "*", "dependencies"),
    ("tool", "hatch", "envs", "*", "extra-dependencies"),
    ("tool", "uv", "dev-dependencies"),
    ("tool", "uv", "constraint-dependencies"),
    ("tool", "uv", "override-dependencies"),
    ("tool", "flit", "metadata", "requires"),
)
# paths of tables from names to versions
_POETRY: tuple[Pattern, ...] = (
    ("tool", "poetry", "dependencies"),
    ("tool", "poetry", "dev-dependencies"),
    ("tool", "poetry", "group", "*", "dependencies"),
)
_PIPFILE: tuple[Pattern, ...] = (("packages",), ("dev-packages",))
_PIXI: tuple[Pattern, ...] = (
    ("tool", "pixi", "dependencies"),
    ("tool", "pixi", "feature", "*", "dependencies"),
    ("tool", "pixi", "pypi-dependencies"),
)
_PYTHONS: tuple[Pattern, ...] = (
    ("project", "requires-python"),
    ("tool", "flit", "metadata", "requires-python"),
)


def pyproject(text: str) -> Iterator[Declared]:
    """What a ``pyproject.toml`` requires."""
    found = list(strings(text))
    for item in found:
        if any(_matches(item.path, pattern) for pattern in _LISTS):
            declared = pip(item.value)
            if declared is not None:
                yield declared
        elif item.path in _PYTHONS:
            yield _python(item.value, (re.sub(r"\s+", "", item.value.text),))
    yield from _named(found, _POETRY, conda_style=False)
    yield from _named(found, _PIXI, conda_style=True)


def pipfile(text: str) -> Iterator[Declared]:
    """What a ``Pipfile`` requires; https://pipenv.pypa.io/en/latest/pipfile.html."""
    found = list(strings(text))
    for item in found:
        if item.path in (("requires", "python_version"), ("requires", "python_full_version")):
            yield _python(item.value, (_exact_python(item.value.text),))
    yield from _named(found, _PIPFILE, conda_style=False)


def _named(
    found: Sequence[Text], patterns: Sequence[Pattern], *, conda_style: bool
) -> Iterator[Declared]:
    """Packages whose name is a key: ``name = "version"`` or ``name = {version = "..."}``."""
    for item in found:
        depth = next((len(p) for p in patterns if _matches(item.path[: len(p)], p)), 0)
        if not depth or item.path[depth + 1 :] not in ((), ("version",)):
            continue
        name, written = normalise(item.path[depth]), item.value.text
        versions = conda(written) if conda_style else poetry(written)
        if name == "python":
            yield _python(item.value, versions)
            continue
        span = item.value.span(0, len(written))
        pythons = _sibling(found, item, "python")
        limited = poetry(pythons) if pythons else ("",)
        yield Package(name, written, versions, span, limited, bare=True)


def _sibling(found: Sequence[Text], item: Text, key: str) -> str | None:
    """Another value of the inline table that ``item`` is in."""
    path = (*item.path[:-1], key)
    inline = (other for other in found if item.table and other.table == item.table)
    return next((other.value.text for other in inline if other.path == path), None)


def _python(value: Located, versions: tuple[str, ...]) -> Python:
    return Python(versions, value.text, value.span(0, len(value.text)))


def _exact_python(version: str) -> str:
    """``3.6`` in a Pipfile is any 3.6, ``3.6.9`` is that one."""
    return f"=={version}" if version.count(".") > 1 else f"=={version}.*"


def _matches(path: Pattern, pattern: Pattern) -> bool:
    return len(path) == len(pattern) and all(
        wanted in ("*", key) for key, wanted in zip(path, pattern, strict=True)
    )
