"""The new text of a declaration: what to ask for on the target release, in the style of the old."""

from __future__ import annotations

import re

from tfmigrate.sources.dependencies.declared import Image, Package, Python
from tfmigrate.sources.dependencies.facts import RETIRED, STILL_OWN_NAME, TENSORFLOW, pythons
from tfmigrate.sources.dependencies.versions import normalise

Release = tuple[int, int]

USUAL_PYTHON = (3, 12)
"""The Python to write where one has to be named: neither the oldest nor the newest."""
RENAMED = frozenset(
    {
        "tensorflow-gpu",
        "tensorflow-serving-api-python3",
        "tensorflow-tensorboard",
        "tf-nightly-2-0-preview",
        "tf-nightly-gpu",
        "tf-nightly-gpu-2-0-preview",
    }
)
"""Distributions that live on under another name; another package is for a person to choose."""
GONE = frozenset({"tensorflow-addons", "tensorflow-estimator", "tf-estimator-nightly"})
"""Distributions that nothing on the target release can use."""

_REQUIREMENT = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*)(?P<extras>\s*\[[^\]]*\])?(?P<gap>\s*)"
    r"(?P<open>\(?)(?P<versions>[^()]*)(?P<close>\)?)\Z"
)
_OPERATOR = re.compile(r"(===|==|~=|!=|<=|>=|<|>|=|\^|~)(\s*)")
_BOUNDED = TENSORFLOW | {"keras", "tensorflow-gpu"}
"""What it makes sense to keep an upper bound for: the next major version."""
_IMAGE_SUFFIXES = {
    "": "",
    "-slim": "-slim",
    "-bookworm": "-bookworm",
    "-buster": "-bookworm",
    "-jessie": "-bookworm",
    "-stretch": "-bookworm",
    "-slim-bookworm": "-slim-bookworm",
    "-slim-buster": "-slim-bookworm",
    "-slim-jessie": "-slim-bookworm",
    "-slim-stretch": "-slim-bookworm",
}
"""Python images: the Debian releases of old ones, and what there are current ones for."""


def successor(package: Package, target: Release) -> tuple[str, str] | None:
    """What to ask for instead: name and least version (``""`` for any); None if that is open."""
    if package.name in TENSORFLOW:
        return (package.name if package.name in STILL_OWN_NAME else "tensorflow", dotted(target))
    retired = RETIRED.get(package.name)
    if retired is None:
        return None
    name = retired.write or package.name
    if retired.least is not None:
        return name, retired.recommended or retired.least
    if package.name not in RENAMED:
        return None
    return name, dotted(target) if name.startswith(("tensorflow[", "tensorflow@")) else ""


def requirement(package: Package, target: Release, *, shell: bool, conda: bool) -> str | None:
    """A requirement with its new name and versions; None if that is not for a tool to write.

    Args:
        package: what is required now; ``written`` is in pip's or conda's syntax.
        target: the TensorFlow release.
        shell: whether it is a word of a shell command, without quotes around it.
        conda: whether conda reads it: it has no extras.
    """
    new = successor(package, target)
    channel, separator, spec = package.written.rpartition("::")
    match = _REQUIREMENT.match(spec)
    if new is None or match is None or (separator and not conda):
        return None
    name, _, extra = new[0].partition("[")
    wanted = [] if conda or not extra else [extra.rstrip("]")]
    own = [each.strip() for each in (match["extras"] or "").strip(" []").split(",")]
    extras = ",".join(dict.fromkeys(each for each in (*own, *wanted) if each))
    blank = re.match(r"\s*", match["extras"] or "")
    bracket = f"{blank[0] if blank else ''}[{extras}]" if extras else ""
    written = match["name"] if normalise(match["name"]) == name else name
    old = match["versions"].strip()
    if shell and not old:
        specifier = ""
    elif conda and shell:
        specifier = f"={new[1]}" if new[1] else ""
    else:
        specifier = versions(package.name, old, new[1], shell=shell)
    head = f"{channel}{separator}{written}{bracket}"
    if not specifier:
        return head
    gap = match["gap"] if _OPERATOR.match(old) else ""
    return f"{head}{gap}{match['open']}{specifier}{match['close']}"


def versions(name: str, old: str, least: str, *, shell: bool) -> str:
    """A specifier set that begins at ``least``, in the manner of the old one."""
    if not least:
        return ""
    first = _OPERATOR.search(old)
    space = first[2] if first else ""
    operators = {match[1] for match in _OPERATOR.finditer(old)}
    if "~=" in operators or shell:
        # unlike `>` and `<`, this one means nothing to a shell
        return f"~={space}{least}"
    upper = ""
    if name in _BOUNDED and operators & {"<", "<="}:
        separator = ", " if ", " in old else ","
        upper = f"{separator}<{space}{int(least.partition('.')[0]) + 1}"
    return f">={space}{least}{upper}"


def constraint(package: Package, target: Release) -> str | None:
    """The new version of a package whose name is a key: Poetry's or Pipenv's syntax."""
    new = successor(package, target)
    if new is None:
        return None
    least = new[1]
    if not least:
        return "*"
    old = package.written.strip()
    if old[:1] in ("^", "~") and not old.startswith("~="):
        return f"{old[0]}{least}"
    return versions(package.name, old, least, shell=False)


def python(declared: Python, line: str, kind: str, target: Release) -> str | None:
    """The new Python versions; ``line`` is what stands before them, ``kind`` the file's syntax."""
    first, last = pythons(target)
    usual = usual_python(target)
    written = declared.written
    conda = re.match(r"python(\s*)", written)
    if conda:
        rest = written[conda.end() :]
        if re.match(r"==?\s*[\d.*]+$|[\d.*]+$", rest) and "," not in rest:
            return f"python{conda[1] if rest[:1].isdigit() else ''}={usual}".replace(" =", "=")
        return f"python>={dotted(first)}"
    if kind == "pipfile":
        return usual if written.count(".") == 1 else None
    if re.match(r"\s*[\"']?python[\"']?\s*=", line):
        # the lock of Poetry has to hold for every Python in the range
        return f">={dotted(first)},<{last[0]}.{last[1] + 1}"
    return f">={dotted(first)}"


def usual_python(target: Release) -> str:
    """The Python to name where one has to be named."""
    first, last = pythons(target)
    return dotted(USUAL_PYTHON if first <= USUAL_PYTHON <= last else last)


def image(declared: Image, target: Release) -> str | None:
    """The successor of a container image, where one is known for certain."""
    if declared.repository.rpartition("/")[2] == "python":
        match = re.fullmatch(r"[\d.]+(.*)", declared.tag)
        suffix = _IMAGE_SUFFIXES.get(match[1]) if match else None
        return None if suffix is None else f"{declared.repository}:{usual_python(target)}{suffix}"
    if declared.repository != "tensorflow/tensorflow":
        return None
    if any(word in declared.tag for word in ("devel", "custom", "nightly", "ppc64")):
        return None
    gpu = "-gpu" if "gpu" in declared.tag else ""
    jupyter = "-jupyter" if "jupyter" in declared.tag else ""
    return f"{declared.repository}:{dotted(target)}.0{gpu}{jupyter}"


def dotted(version: Release) -> str:
    """``(2, 21)`` as it is written."""
    return f"{version[0]}.{version[1]}"
