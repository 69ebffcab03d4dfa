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

    The first metadata file beside the configuration decides that keeps TensorFlow 2 from being
    `LATEST`: the newest release that it admits is the target. A lower bound is no pin, and a pin of
    TensorFlow 1 is what the project comes from, not where it goes.
    """
    if config.target_version is not None:
        return config.target_version
    for name in _METADATA:
        releases = [release for release in _pinned(config.root / name) if release is not None]
        if releases:
            return f"2.{min(releases)}"
    return LATEST


def _pinned(file: Path) -> Iterator[int | None]:
    """The newest minor release of TensorFlow 2 that each requirement in ``file`` admits."""
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
    from tfmigrate.sources.dependencies.versions import admits

    for item in declarations(str(file), text):
        if not isinstance(item, Package) or item.name not in TENSORFLOW:
            continue
        if item.versions and not admits(item.versions, LATEST):
            newest = int(LATEST.partition(".")[2])
            minors = range(newest, -1, -1)
            yield next((n for n in minors if admits(item.versions, f"2.{n}", f"2.{n + 1}")), None)
