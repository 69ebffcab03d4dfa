"""Images and installed packages of a Dockerfile; https://docs.docker.com/reference/dockerfile/."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from tfmigrate.sources.dependencies.declared import Declared, Image, Located
from tfmigrate.sources.dependencies.shell import installs, substitute
from tfmigrate.sources.text import split_lines

_FROM = re.compile(r"\s*FROM\s+(?:--\S+\s+)*(\S+)", re.IGNORECASE)
_ASSIGN = re.compile(r"(\w+)=(?:\"([^\"]*)\"|'([^']*)'|(\S*))")
_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+")
_NOT_SHELL = frozenset(
    {
        "ADD",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "EXPOSE",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    }
)


def dockerfile(text: str) -> Iterator[Declared]:
    """What the instructions bring in; ``ARG`` and ``ENV`` values are followed."""
    variables: dict[str, str] = {}
    for line in _instructions(text):
        match = _INSTRUCTION.match(line.text)
        instruction = match[1].upper() if match else ""
        if instruction in ("ARG", "ENV") and match:
            variables |= _assigned(line.text[match.end() :])
        elif instruction == "FROM":
            yield from _image(line, variables)
        elif instruction not in _NOT_SHELL:
            # RUN, or a line of a here-document
            yield from installs(_exec_form(line), variables)


def _assigned(text: str) -> dict[str, str]:
    found = {m[1]: m[2] or m[3] or m[4] or "" for m in _ASSIGN.finditer(text)}
    if not found and len(words := text.split(None, 1)) > 1:
        # the old form of ENV: a name and a value
        found = {words[0]: words[1].strip()}
    return found


def _image(line: Located, variables: dict[str, str]) -> Iterator[Image]:
    match = _FROM.match(line.text)
    image = match and substitute(match[1], variables)
    if match and image:
        name = image.split("@")[0]
        repository, colon, tag = name.rpartition(":")
        if not colon or "/" in tag:
            repository, tag = name, ""
        yield Image(repository, tag, line.span(match.start(1), match.end(1)))


def _exec_form(line: Located) -> Located:
    """``RUN ["pip", "install", "x"]`` with blanks in place of its punctuation."""
    match = re.match(r"\s*RUN\s+(?=\[)", line.text, re.IGNORECASE)
    if match is None:
        return line
    head = line.text[: match.end()]
    return replace(
        line, text=head + re.sub(r"^\[|\]\s*$|\"|,(?=\s*\")", " ", line.text[match.end() :])
    )


def _instructions(text: str) -> Iterator[Located]:
    """Lines joined at backslashes, without comment lines (also those between joined lines)."""
    joined = ""
    pieces: list[tuple[int, int, int]] = []
    for row, line in enumerate(split_lines(text), 1):
        if line.lstrip().startswith("#") or (pieces and not line.strip()):
            continue
        pieces.append((len(joined), row, 1))
        body = line.rstrip()
        if body.endswith("\\"):
            joined += body[:-1]
            continue
        yield Located(joined + line, tuple(pieces))
        joined, pieces = "", []
    if pieces:
        yield Located(joined, tuple(pieces))
