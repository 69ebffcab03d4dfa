"""Dependency files made of lines: requirements files, ``setup.cfg``, conda environments."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tfmigrate.sources.dependencies.declared import Declared, Located, Python
from tfmigrate.sources.dependencies.requirement import conda_match, pip
from tfmigrate.sources.text import split_lines

_SECTION = re.compile(r"\[([^\]]+)\]")
_OPTION = re.compile(r"([A-Za-z][\w. -]*?)\s*[=:]\s*(.*)")
_LISTS = ("install_requires", "tests_require", "setup_requires")
_ITEM = re.compile(r"(\s*)-\s+(.*)$")
_KEY = re.compile(r"([A-Za-z_]\w*)\s*:\s*(.*)$")


def requirements(text: str) -> Iterator[Declared]:
    """A pip requirements or constraints file; options, editable installs and comments say nothing.

    https://pip.pypa.io/en/stable/reference/requirements-file-format/
    """
    for line in _logical_lines(text):
        comment = re.search(r"(?:^|\s)#", line.text)
        body = line.part(0, comment.start()) if comment else line
        if body.text.strip() and not body.text.lstrip().startswith(("-", "#")):
            declared = pip(body)
            if declared is not None:
                yield declared


def setup_cfg(text: str) -> Iterator[Declared]:
    """``[options]`` of a ``setup.cfg``, its extras included.

    https://setuptools.pypa.io/en/latest/userguide/declarative_config.html
    """
    section = option = ""
    for row, line in enumerate(split_lines(text), 1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        header = _SECTION.match(line)
        if header:
            section, option = header[1].strip(), ""
            continue
        value, column = line, 1
        if not line[0].isspace():
            match = _OPTION.match(line)
            if match is None:
                continue
            option, value, column = match[1].strip().replace("-", "_"), match[2], match.start(2) + 1
        if not value.strip():
            continue
        source = Located(value, ((0, row, column),))
        if section == "options" and option == "python_requires":
            yield _python(source)
        elif section == "options.extras_require" or (section == "options" and option in _LISTS):
            declared = pip(source)
            if declared is not None:
                yield declared


def conda_environment(text: str) -> Iterator[Declared]:
    """The ``dependencies`` of a conda environment, its ``pip`` list included.

    Read by lines: these files are lists of strings, and a YAML parser would be a dependency of its
    own. A flow list (``[a, b]``) is read where it stands on one line.
    """
    section = ""
    pip_indent: int | None = None
    for row, line in enumerate(split_lines(text), 1):
        body = re.sub(r"(^|\s)#.*$", "", line).rstrip()
        key = _KEY.match(body)
        if key:
            section, pip_indent = key[1], None
            if section == "dependencies" and key[2].startswith("["):
                for item in re.finditer(r"[^\[\],\s][^\[\],]*", key[2]):
                    yield from _conda_item(item[0], row, key.start(2) + item.start() + 1, False)
            continue
        match = _ITEM.match(body)
        if section != "dependencies" or match is None:
            continue
        indent = len(match[1])
        if pip_indent is not None and indent <= pip_indent:
            pip_indent = None
        if re.fullmatch(r"pip\s*:", match[2].strip()):
            pip_indent = indent
            continue
        yield from _conda_item(match[2], row, match.start(2) + 1, pip_indent is not None)


def _conda_item(value: str, row: int, column: int, from_pip: bool) -> Iterator[Declared]:
    stripped = value.strip()
    column += len(value) - len(value.lstrip())
    if stripped[:1] in ("'", '"') and stripped[-1:] == stripped[0]:
        stripped, column = stripped[1:-1], column + 1
    source = Located(stripped, ((0, row, column),))
    declared = pip(source) if from_pip else conda_match(source)
    if declared is not None:
        yield declared


def _python(source: Located) -> Python:
    text = source.text.rstrip()
    return Python((re.sub(r"\s+", "", text),), text, source.span(0, len(text)))


def _logical_lines(text: str) -> Iterator[Located]:
    """Lines joined where one ends in a backslash, as pip joins them (comments are not)."""
    joined = ""
    pieces: list[tuple[int, int, int]] = []
    for row, line in enumerate(split_lines(text), 1):
        pieces.append((len(joined), row, 1))
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            joined += line[:-1]
            continue
        yield Located(joined + line, tuple(pieces))
        joined, pieces = "", []
    if pieces:
        yield Located(joined, tuple(pieces))
