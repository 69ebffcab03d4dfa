"""Dependency files that hold a project on TensorFlow 1.

Requirements and constraints files, ``setup.py``, ``setup.cfg``, ``pyproject.toml``, ``Pipfile``,
conda environments, Dockerfiles. Reading is static and tolerant: what is not understood says
nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tfmigrate.model import Finding
    from tfmigrate.sources.dependencies.declared import Declared

_NAMES = {
    "setup.py": "setup.py",
    "setup.cfg": "setup.cfg",
    "pyproject.toml": "pyproject",
    "pipfile": "pipfile",
}


def is_dependency_file(path: str) -> bool:
    """Whether the name of a file says that it declares dependencies."""
    return _kind(path) is not None


def check(
    path: str, text: str, target: str, *, uses_tensorflow: bool = True
) -> tuple[Finding, ...]:
    """The findings in the dependency file ``text`` for TensorFlow ``target`` (``"2.21"``).

    TFM601 for requirements that admit only TensorFlow 1, TFM602 for distributions that do not work
    on the target, TFM603 for Pythons that it does not run on, TFM604 for container images.
    ``uses_tensorflow`` says whether the project around the file does; if not, Python versions
    count only in a file that asks for TensorFlow itself.
    """
    from tfmigrate.sources.dependencies.declared import Python
    from tfmigrate.sources.dependencies.verdicts import is_tensorflow

    found = tuple(declarations(path, text))
    own = uses_tensorflow or any(map(is_tensorflow, found))
    wanted = (item for item in found if own or not isinstance(item, Python))
    findings = dict.fromkeys(_judged(wanted, found, kind_of(path) or "", text, target))
    return tuple(sorted(findings, key=lambda finding: (finding.span, finding.code)))


def _judged(
    wanted: Iterable[Declared], found: tuple[Declared, ...], kind: str, text: str, target: str
) -> Iterator[Finding]:
    """The findings about some of what a text declares, with their fixes."""
    from tfmigrate.sources.dependencies.verdicts import release, verdict

    place = None
    for item in wanted:
        finding = verdict(item, found, target)
        if finding is None:
            continue
        # most files have nothing to fix
        from tfmigrate.sources.dependencies.fixing import Place, fixed
        from tfmigrate.sources.dependencies.placing import Rows

        place = place or Place(kind, Rows(text), found, release(target))
        yield fixed(finding, item, place)


def check_command(text: str, row: int, column: int, target: str) -> tuple[Finding, ...]:
    """The findings in one shell command that stands at ``row`` and ``column``, as in a notebook.

    Colab's ``tensorflow_version 1.x`` counts as a pin (the magic has no effect any more:
    https://colab.research.google.com/notebooks/tensorflow_version.ipynb).
    """
    import re

    from tfmigrate.model import Finding, Span
    from tfmigrate.sources.dependencies.declared import Located
    from tfmigrate.sources.dependencies.shell import installs

    magic = re.match(r"tensorflow_version\s+1\S*", text)
    if magic:
        return (
            Finding(
                "TFM601",
                f"`%{magic[0]}` asks for TensorFlow 1, which Colab no longer has; remove the line",
                Span(row, column, row, column + magic.end()),
            ),
        )
    found = tuple(installs(Located(text, ((0, row, column),)), {}))
    # the command where it stands: the rows before it are not known, and do not matter
    around = "\n" * (row - 1) + " " * (column - 1) + text
    return tuple(_judged(found, found, "command", around, target))


def kind_of(path: str) -> str | None:
    """Which syntax a dependency file is in, by its name; None if it is no such file."""
    return _kind(path)


def declarations(path: str, text: str) -> Iterator[Declared]:
    """Everything that the dependency file at ``path`` declares; nothing if it is no such file."""
    # each reader is imported where it is used: most runs meet none or one of them
    kind = _kind(path)
    if kind == "setup.py":
        from tfmigrate.sources.dependencies.setup_py import setup_py

        return setup_py(text)
    if kind in ("pyproject", "pipfile"):
        from tfmigrate.sources.dependencies import tables

        return tables.pyproject(text) if kind == "pyproject" else tables.pipfile(text)
    if kind == "dockerfile":
        from tfmigrate.sources.dependencies.dockerfile import dockerfile

        return dockerfile(text)
    if kind is None:
        return iter(())
    from tfmigrate.sources.dependencies import plain

    if kind == "setup.cfg":
        return plain.setup_cfg(text)
    return plain.requirements(text) if kind == "requirements" else plain.conda_environment(text)


def _kind(path: str) -> str | None:
    """Which syntax the file is in, by its name."""
    folder, name = os.path.split(path.lower())
    if name in _NAMES:
        return _NAMES[name]
    stem, _, suffix = name.rpartition(".")
    if suffix in ("txt", "in"):
        listed = stem.startswith(("requirements", "constraints")) or stem.endswith("requirements")
        inside = os.path.basename(folder) == "requirements"  # noqa: PTH119 - no Path for each file
        return "requirements" if listed or inside else None
    if suffix in ("yml", "yaml"):
        conda = stem.startswith(("environment", "conda")) or stem.endswith("environment")
        return "conda" if conda else None
    if name in ("dockerfile", "containerfile") or suffix in ("dockerfile", "containerfile"):
        return "dockerfile"
    if name.startswith(("dockerfile.", "containerfile.")):
        return "dockerfile"
    return None
