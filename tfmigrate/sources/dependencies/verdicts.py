"""From what a file declares to what has to change in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tfmigrate.model import Finding, Severity
from tfmigrate.sources.dependencies.declared import Declared, Image, Package, Python
from tfmigrate.sources.dependencies.facts import RETIRED, STILL_OWN_NAME, TENSORFLOW, pythons
from tfmigrate.sources.dependencies.versions import admits

_TAG = re.compile(r"v?(\d+(?:\.\d+)*)")
# Deep Learning VM images carry the release in their name: tf-gpu.1-15
_IN_NAME = re.compile(r"^tf\d*-(?:cpu|gpu)\.(\d+)-(\d+)")


def verdict(declared: Declared, beside: Sequence[Declared], target: str) -> Finding | None:
    """The finding for one declaration, or None; ``beside`` is everything declared in the file."""
    on = release(target)
    if isinstance(declared, Package):
        return _package(declared, beside, on)
    if isinstance(declared, Python):
        return _python(declared, on)
    return _image(declared, on)


def release(target: str) -> tuple[int, int]:
    """``"2.21"`` as numbers."""
    major, minor = (int(part) for part in target.split(".")[:2])
    return major, minor


def is_tensorflow(declared: Declared) -> bool:
    """Whether this brings TensorFlow, of whatever age."""
    if isinstance(declared, Package):
        return declared.name in TENSORFLOW or declared.name.startswith(("tensorflow-", "tf-"))
    return isinstance(declared, Image) and "tensorflow" in declared.repository


def _package(
    package: Package, beside: Sequence[Declared], target: tuple[int, int]
) -> Finding | None:
    first, last = pythons(target)
    if not admits(package.pythons, _dotted(first), _after(last)):
        # a marker keeps it to Pythons on which the target does not run anyway
        return None
    if package.name in TENSORFLOW:
        return None if admits(package.versions, "2.0") else _pin(package, target)
    retired = RETIRED.get(package.name)
    if retired is None or target < retired.since:
        return None
    if retired.least is not None and admits(package.versions, retired.least):
        return None
    if retired.beside and not any(map(is_tensorflow, beside)):
        return None
    write = ""
    if retired.least is not None:
        least = retired.recommended or retired.least
        write = f"; write {_written(package, retired.write or package.name, least)}"
    elif retired.write in ("tensorflow", "tensorflow[and-cuda]"):
        write = f"; write {_written(package, retired.write, _dotted(target))}"
    elif retired.write is not None:
        write = f"; write `{retired.write}`"
    name = package.name if package.bare else package.written
    severity = Severity.ERROR if retired.breaks else Severity.WARNING
    return Finding("TFM602", f"`{name}`: {retired.advice}{write}", package.span, severity)


def _pin(package: Package, target: tuple[int, int]) -> Finding:
    name = package.name if package.name in STILL_OWN_NAME else "tensorflow"
    shown = f"{package.name} = {package.written}" if package.bare else package.written
    return Finding(
        "TFM601",
        f"`{shown}` admits only TensorFlow 1; write {_written(package, name, _dotted(target))}",
        package.span,
    )


def _written(package: Package, name: str, least: str) -> str:
    """How to ask for ``name`` from ``least`` on, in the syntax of the place."""
    if not package.bare:
        return f"`{name}>={least}`"
    return f'`">={least}"`' if name == package.name else f'`{name} = ">={least}"`'


def _python(python: Python, target: tuple[int, int]) -> Finding | None:
    first, last = pythons(target)
    if admits(python.versions, _dotted(first), _after(last)):
        return None
    return Finding(
        "TFM603",
        f"`{python.written}` leaves out every Python that TensorFlow {_dotted(target)} runs on:"
        f" {_dotted(first)} to {_dotted(last)}",
        python.span,
    )


def _image(image: Image, target: tuple[int, int]) -> Finding | None:
    name = image.repository.rpartition("/")[2]
    match = _TAG.match(image.tag)
    if name == "python" and match:
        # what follows the version (slim, alpine) does not matter; 3 is any 3
        versions = f"=={match[1]}" if match[1].count(".") > 1 else f"=={match[1]}.*"
        return _python(Python((versions,), f"python:{image.tag}", image.span), target)
    if not _is_tensorflow_1(image, name, match):
        return None
    return Finding(
        "TFM604",
        f"the image `{image.repository}{':' + image.tag if image.tag else ''}` brings TensorFlow 1;"
        f" use {_successor(image, name, target)}",
        image.span,
    )


def _is_tensorflow_1(image: Image, name: str, match: re.Match[str] | None) -> bool:
    in_name = _IN_NAME.match(name)
    if in_name:
        return int(in_name[1]) < 2
    if not name.startswith("tensorflow") and image.repository != "tensorflow/serving":
        return False
    if re.search(r"(?:^|-)tf\d", image.tag):
        return re.search(r"(?:^|-)tf1(?!\d)", image.tag) is not None
    if match is None:
        return False
    version = tuple(int(part) for part in match[1].split("."))
    if image.repository.startswith("nvcr.io/nvidia/"):
        # NVIDIA counts years and months; from 20.02 on the tag says which TensorFlow
        return version < (20, 2)
    return version < (2,)


def _successor(image: Image, name: str, target: tuple[int, int]) -> str:
    version = _dotted(target)
    if image.repository.startswith("nvcr.io/nvidia/"):
        return "a `-tf2-py3` tag"
    if image.repository == "tensorflow/tensorflow":
        gpu = "-gpu" if "gpu" in image.tag else ""
        jupyter = "-jupyter" if "jupyter" in image.tag else ""
        return f"`tensorflow/tensorflow:{version}.0{gpu}{jupyter}`"
    return f"one with TensorFlow {version}"


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _after(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1] + 1}"
