"""Packages that a shell command installs: in a Dockerfile, or after ``!`` in a notebook."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from tfmigrate.sources.dependencies.declared import Declared, Located
from tfmigrate.sources.dependencies.requirement import conda_match, pip

# && and || and ; and | end a command; words may be quoted in part
_WORD = re.compile(
    r"(?P<end>&&|\|\|?|;|\n)|(?P<word>(?:\"[^\"]*\"|'[^']*'|\\.|[^\s\"';|&\\]|&(?!&))+)"
)
_PIP = re.compile(r"(?:.*/)?pip[\d.]*$")
_CONDA = re.compile(r"(?:.*/)?(?:micro)?(?:conda|mamba)$")
_INSTALLING = frozenset({"install", "download", "wheel", "create", "add", "update", "upgrade"})
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))")


def installs(command: Located, variables: Mapping[str, str]) -> Iterator[Declared]:
    """What ``pip install``, ``conda install`` and the like in ``command`` ask for.

    ``variables`` are values for ``$NAME`` and ``${NAME}``; a word with another one is passed over.
    """
    read: Callable[[Located], Declared | None] | None = None
    installing = False
    for match in _WORD.finditer(command.text):
        word = match["word"]
        if word is None:
            read, installing = None, False
        elif not installing:
            if _PIP.match(word):
                read = pip
            elif _CONDA.match(word):
                read = conda_match
            elif read is not None and word in _INSTALLING:
                installing = True
        elif read is not None and not word.startswith("-"):
            source = _plain(command.part(match.start(), match.end()), variables)
            declared = None if source is None else read(source)
            if declared is not None:
                yield declared


def substitute(text: str, variables: Mapping[str, str]) -> str | None:
    """``text`` with its variables replaced; None if one is not known."""
    unknown = False

    def value(match: re.Match[str]) -> str:
        nonlocal unknown
        found = variables.get(match[1] or match[3], match[2])
        unknown = unknown or found is None
        return found or ""

    replaced = _VARIABLE.sub(value, text)
    return None if unknown else replaced


def _plain(word: Located, variables: Mapping[str, str]) -> Located | None:
    """The word without its quotes and variables."""
    text = word.text
    if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]:
        word, text = word.part(1, len(text) - 1), text[1:-1]
    bare = re.sub(r"[\"'\\]", "", text)
    replaced = substitute(bare, variables)
    if replaced is None:
        return None
    if replaced == text:
        return word
    return replace(word, text=replaced, whole=word.span(0, len(text)))
