"""One requirement, in pip's syntax (PEP 508 and what pip allows besides) or in conda's."""

from __future__ import annotations

import re

from tfmigrate.sources.dependencies.declared import Located, Package, Python
from tfmigrate.sources.dependencies.versions import conda, normalise

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_VERSIONS = r"(?:===|==|~=|!=|<=|>=|<|>)\s*[^\s,;#)'\"]+"
_REQUIREMENT = re.compile(
    rf"\s*(?P<name>{_NAME})\s*(?:\[[^\]]*\])?"
    rf"\s*\(?(?P<versions>{_VERSIONS}(?:\s*,\s*{_VERSIONS})*)?,?\s*\)?"
    r"(?P<url>\s*@\s*\S+)?"
)
_WHEEL = re.compile(
    rf"\s*(?P<written>(?:{_NAME}\s*@\s*)?(?:[^\s;#]*/)?(?P<name>[A-Za-z][\w.]*)"
    r"-(?P<version>\d[\w.!+%]*)-[\w.]+-[\w.]+-[\w.]+\.whl)"
)
_MARKER = re.compile(r"python(?:_full)?_version\s*(===|==|~=|!=|<=|>=|<|>)\s*['\"]([\d.*]+)['\"]")
_CONDA = re.compile(rf"(?:[\w./-]+::)?(?P<name>{_NAME})\s*(?P<versions>[\s=<>!~].*)?$")


def pip(source: Located) -> Package | None:
    """The requirement that ``source`` starts with, or None (an option, a path, another URL).

    Its span ends before markers, hashes and comments. A wheel given by URL or path is a
    requirement of exactly the version in its file name.
    """
    wheel = _WHEEL.match(source.text)
    if wheel:
        version = wheel["version"].replace("%2B", "+")
        return Package(
            normalise(wheel["name"]),
            wheel["written"],
            (f"=={version}",),
            source.span(*wheel.span("written")),
        )
    match = _REQUIREMENT.match(source.text)
    if match is None or match["url"]:
        return None
    rest = source.text[match.end() :].lstrip()
    if rest and rest[0] not in ";#-" and not source.text[match.end() - 1].isspace():
        return None
    start, end = match.start("name"), len(source.text[: match.end()].rstrip())
    versions = re.sub(r"\s+", "", match["versions"] or "")
    marker = rest if rest.startswith(";") else ""
    return Package(
        normalise(match["name"]),
        source.text[start:end],
        (versions,),
        source.span(start, end),
        _pythons(marker),
    )


def conda_match(source: Located) -> Package | Python | None:
    """The conda match specification in ``source`` (``tensorflow=1.13``, ``channel::name >=1``)."""
    text = source.text.rstrip()
    match = _CONDA.match(text)
    if match is None:
        return None
    written, span = text, source.span(0, len(text))
    versions = conda(match["versions"] or "")
    if normalise(match["name"]) == "python":
        return Python(versions, written, span)
    return Package(normalise(match["name"]), written, versions, span)


def _pythons(marker: str) -> tuple[str, ...]:
    """What a marker says about Python; an ``or`` may say anything, so it limits nothing."""
    if re.search(r"\bor\b", marker):
        return ("",)
    return (",".join(f"{operator}{version}" for operator, version in _MARKER.findall(marker)),)
