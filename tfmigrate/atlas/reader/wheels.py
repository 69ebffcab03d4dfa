"""Gets the Python files of a release: pip downloads its wheels, and they are unzipped."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

PLATFORMS = (
    "manylinux1_x86_64",
    "manylinux2010_x86_64",
    "manylinux2014_x86_64",
    "manylinux_2_17_x86_64",
    "manylinux_2_27_x86_64",
    "any",
)
DONE = "complete.txt"


class DownloadError(RuntimeError):
    """pip could not get a wheel; the message is pip's."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release, the Python it is read for, and what is read: pip requirements."""

    name: str
    python: str
    requirements: tuple[str, ...]

    @property
    def python_version(self) -> tuple[int, int]:
        """``"3.7"`` as ``(3, 7)``."""
        major, minor = self.python.split(".")
        return int(major), int(minor)


def _release(python: str, tensorflow: str, *others: str) -> Release:
    name = ".".join(tensorflow.partition("==")[2].split(".")[:2])
    return Release(name, python, (tensorflow, *others, "absl-py==2.1.0"))


def _second(python: str, version: str, estimator: str, keras: str, tensorboard: str) -> Release:
    """A 2.x release: its newest patch, with the packages of its time that it publishes through."""
    others = [f"tensorflow-estimator=={estimator}"] if estimator else []
    others += [f"keras=={keras}"] if keras else []
    others += PREPROCESSING if not keras else ()
    package = "tensorflow" if version.startswith("2.0.") else "tensorflow-cpu"
    return _release(python, f"{package}=={version}", *others, f"tensorboard=={tensorboard}")


PREPROCESSING = ("keras-preprocessing==1.1.2", "keras-applications==1.0.8")
"""What the Keras inside TensorFlow (up to 2.5) publishes functions of."""

RELEASES = (
    _release("3.7", "tensorflow==1.15.5", "tensorflow-estimator==1.15.1", *PREPROCESSING),
    _second("3.7", "2.0.4", "2.0.1", "", "2.0.2"),
    _second("3.7", "2.1.4", "2.1.0", "", "2.1.1"),
    _second("3.7", "2.2.3", "2.2.0", "", "2.2.2"),
    _second("3.7", "2.3.4", "2.3.0", "", "2.3.0"),
    _second("3.7", "2.4.4", "2.4.0", "", "2.4.1"),
    _second("3.7", "2.5.3", "2.5.0", "", "2.5.0"),
    _second("3.7", "2.6.5", "2.6.0", "2.6.0", "2.6.0"),
    _second("3.7", "2.7.4", "2.7.0", "2.7.0", "2.7.0"),
    _second("3.7", "2.8.4", "2.8.0", "2.8.0", "2.8.0"),
    _second("3.7", "2.9.3", "2.9.0", "2.9.0", "2.9.1"),
    _second("3.7", "2.10.1", "2.10.0", "2.10.0", "2.10.1"),
    _second("3.8", "2.11.1", "2.11.0", "2.11.0", "2.11.2"),
    _second("3.8", "2.12.1", "2.12.0", "2.12.0", "2.12.3"),
    _second("3.8", "2.13.1", "2.13.0", "2.13.1", "2.13.0"),
    _second("3.9", "2.14.1", "2.14.0", "2.14.0", "2.14.1"),
    _second("3.9", "2.15.1", "2.15.0", "2.15.0", "2.15.2"),
    # Keras 3 has its own releases: the newest of the half year after each TensorFlow
    _second("3.10", "2.16.2", "", "3.3.3", "2.16.2"),
    _second("3.10", "2.17.1", "", "3.4.1", "2.17.1"),
    _second("3.10", "2.18.1", "", "3.6.0", "2.18.0"),
    _second("3.10", "2.19.1", "", "3.9.2", "2.19.0"),
    _second("3.10", "2.20.0", "", "3.11.3", "2.20.0"),
    _second("3.11", "2.21.0", "", "3.15.1", "2.21.0"),
)
"""Oldest first."""


def unpack(release: Release, cache: Path) -> Path:
    """The folder with the release's files under ``cache``, downloading what is not there yet.

    Raises ``DownloadError``. The wheels stay in ``cache/wheels``, for the next time.
    """
    folder = cache / release.name
    if (folder / DONE).is_file() and (folder / DONE).read_text() == _list(release):
        return folder
    for requirement in release.requirements:
        wheel = _download(requirement, release.python, cache / "wheels")
        _extract(wheel, folder)
    (folder / DONE).write_text(_list(release))
    return folder


def _list(release: Release) -> str:
    return "\n".join(release.requirements) + "\n"


def _download(requirement: str, python: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    name, _, version = requirement.partition("==")
    prefix = f"{name.replace('-', '_')}-{version}-"
    if not (found := _wheels(folder, prefix)):
        options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "-q"]
        for platform in PLATFORMS:
            options += ["--platform", platform]
        command = [sys.executable, "-m", "pip", "download", *options]
        command += ["--python-version", python, "-d", str(folder), requirement]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        found = _wheels(folder, prefix)
        if not found:
            raise DownloadError(f"{requirement}: {result.stderr.strip()}")
    return found[0]


def _wheels(folder: Path, prefix: str) -> list[Path]:
    """The wheels of one distribution; capitals in file names do not count."""
    return sorted(p for p in folder.glob("*.whl") if p.name.lower().startswith(prefix.lower()))


def _extract(wheel: Path, folder: Path) -> None:
    """Python sources and stubs; of compiled modules only that they are there."""
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            name = re.sub(r"^[^/]+\.data/purelib/", "", member)
            if not name.endswith((".py", ".pyi", ".so")) or "/include/" in name:
                continue
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"" if name.endswith(".so") else archive.read(member))
