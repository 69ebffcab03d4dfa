"""The TensorFlow release that code is checked against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tfmigrate.sources.text import SourceError, read

if TYPE_CHECKING:
    from tfmigrate.config import Config

LATEST = "2.21"
"""The newest release that the facts know."""

_METADATA = ("pyproject.toml", "setup.cfg", "setup.py", "requirements.txt", "Pipfile")


def target_version(config: Config) -> str:
    """``target-version`` if it is configured, else what the project's metadata pins, else `LATEST`.

    The first metadata file beside the configuration decides in which TensorFlow has an exact or
    lower bound of 2.0 or more; the lowest such bound is the release that the code has to run on. A
    pin of TensorFlow 1 is what the project comes from, not where it goes.
    """
    if config.target_version is not None:
        return config.target_version
    for name in _METADATA:
        releases = [release for release in _pinned(config.root / name) if release >= (2, 0)]
        if releases:
            major, minor = min(releases)
            return f"{major}.{minor}"
    return LATEST


def _pinned(file: Path) -> Iterator[tuple[int, int]]:
    """The lowest release that each requirement of TensorFlow in ``file`` names."""
    try:
        text = read(file).text
    except SourceError:
        return
    if "tensorflow" not in text.lower():
        return
    # most projects do not get here: they have no such file, or it does not mention TensorFlow
    from tfmigrate.sources.dependencies import declarations
    from tfmigrate.sources.dependencies.declared import Package
    from tfmigrate.sources.dependencies.facts import TENSORFLOW
    from tfmigrate.sources.dependencies.versions import least

    for item in declarations(str(file), text):
        if isinstance(item, Package) and item.name in TENSORFLOW:
            bound = least(item.versions)
            if bound is not None:
                yield bound
