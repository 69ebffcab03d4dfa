"""The two kinds of entries of the catalogue: symbol rows and patterns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tfmigrate.model import Applicability, Severity

CODE = re.compile(r"[A-Z]{2,}[0-9]{3}\Z")
HEADINGS = ("What it finds", "Why", "Before", "After", "Fix safety")

DETECTORS = (
    "concat-dim-first",
    "device-function",
    "keras-in-graph",
    "keras-regularizer-in-graph",
    "numpy-promotion",
    "reverse-with-booleans",
    "shape-item",
    "sharded-params",
    "single-structure",
    "split-dim-first",
    "tensor-equality",
)
"""The detectors that a match can name; ``tfmigrate.engine.detectors`` has the functions."""


class CatalogueError(Exception):
    """A rule file says something that the catalogue does not understand."""


@dataclass(frozen=True, slots=True)
class Argument:
    """What became of one parameter.

    ``to`` is its new name, ``""`` if it is dropped without effect, None if it cannot be carried
    over. ``value`` is the new expression with ``{}`` for the old one.
    """

    to: str | None
    value: str = "{}"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one symbol; the fields are described in ``rules/README.md``."""

    symbol: str
    to: str = ""
    note: str = ""
    args: Mapping[str, Argument] = field(default_factory=dict)
    add: Mapping[str, str] = field(default_factory=dict)
    call: str = ""
    fix: Applicability | None = None
    example: str = ""
    needs: tuple[str, ...] = ()
    source: str = ""
    was: str = ""
    imports: tuple[str, ...] = ()
    support: tuple[str, ...] = ()
    drop: bool = False

    @property
    def is_rename(self) -> bool:
        """Whether writing the new name in place of the old is all there is to it."""
        return bool(self.to) and not self.call and not self.add


@dataclass(frozen=True, slots=True)
class Match:
    """One way in which a pattern is recognised; see ``rules/README.md``."""

    symbols: tuple[str, ...] = ()
    argument: str = ""
    not_argument: str = ""
    positional: int = 0
    dialects: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    detector: str = ""
    message: str = ""

    @property
    def claims(self) -> bool:
        """Whether it gives references their code, as opposed to adding findings of its own."""
        own = self.argument or self.not_argument or self.positional or self.detector
        return bool(self.symbols) and not own


@dataclass(frozen=True, slots=True)
class Pattern:
    """A structural rule: one page of ``rules/patterns``."""

    code: str
    name: str
    summary: str
    severity: Severity
    matches: tuple[Match, ...]
    guide: str = ""
    page: str = ""
    """The Markdown below the front matter."""


_ROW_FIELDS = {
    "to",
    "note",
    "args",
    "add",
    "call",
    "fix",
    "example",
    "needs",
    "source",
    "same",
    "was",
    "imports",
    "support",
    "drop",
}
_PATTERN_FIELDS = {"code", "name", "summary", "severity", "guide", "match"}
_MATCH_FIELDS = {
    "symbols",
    "argument",
    "not_argument",
    "positional",
    "dialects",
    "attributes",
    "detector",
    "message",
}


def row(symbol: str, data: Mapping[str, Any]) -> Row:
    """A row from its TOML table.

    Raises:
        CatalogueError: a field is unknown, of the wrong type, or a needed one is missing.
    """
    _known(symbol, data, _ROW_FIELDS)
    fix = data.get("fix")
    if fix not in (None, "safe", "unsafe", "display"):
        raise CatalogueError(f"{symbol}: fix is {fix!r}, expected safe, unsafe or display")
    if data.get("drop") and (data.get("to") or data.get("call")):
        raise CatalogueError(f"{symbol}: what is dropped has no to and no call")
    if not any(data.get(key) for key in ("to", "note", "args", "call")):
        raise CatalogueError(f"{symbol}: needs one of to, note, args, call or same")
    return Row(
        symbol,
        _text(symbol, data, "to"),
        " ".join(_text(symbol, data, "note").split()),
        {old: argument(f"{symbol}: args.{old}", new) for old, new in data.get("args", {}).items()},
        {str(key): str(value) for key, value in data.get("add", {}).items()},
        _text(symbol, data, "call"),
        Applicability(fix) if fix else None,
        _text(symbol, data, "example").strip("\n"),
        _texts(symbol, data, "needs"),
        _text(symbol, data, "source"),
        _text(symbol, data, "was"),
        _texts(symbol, data, "imports"),
        _texts(symbol, data, "support"),
        data.get("drop", False) is True,
    )


def argument(where: str, data: object) -> Argument:
    """An argument from the short form (a new name) or the long one (a table)."""
    if isinstance(data, str):
        return Argument(data)
    if not isinstance(data, Mapping):
        raise CatalogueError(f"{where}: expected a name or a table")
    _known(where, data, {"to", "value", "note"})
    to = data.get("to")
    return Argument(to, data.get("value", "{}"), " ".join(data.get("note", "").split()))


def pattern(where: str, data: Mapping[str, Any], page: str) -> Pattern:
    """A pattern from the front matter and the body of its page.

    Raises:
        CatalogueError: a field is unknown or missing, or the page lacks one of the headings.
    """
    _known(where, data, _PATTERN_FIELDS)
    for key in ("code", "name", "summary", "severity"):
        if not isinstance(data.get(key), str):
            raise CatalogueError(f"{where}: {key} is missing")
    if not CODE.match(data["code"]):
        raise CatalogueError(f"{where}: the code {data['code']!r} is not letters and three digits")
    headings = re.findall(r"^## (.+?)\s*$", page, re.MULTILINE)
    missing = [heading for heading in HEADINGS if heading not in headings]
    if missing:
        raise CatalogueError(f"{where}: the page has no heading {missing[0]!r}")
    return Pattern(
        data["code"],
        data["name"],
        data["summary"],
        Severity(data["severity"]),
        tuple(match(where, each) for each in data.get("match", ())),
        data.get("guide", ""),
        page.strip() + "\n",
    )


def match(where: str, data: Mapping[str, Any]) -> Match:
    """One ``[[match]]`` table."""
    _known(f"{where}: match", data, _MATCH_FIELDS)
    if not any(data.get(key) for key in ("symbols", "attributes", "detector")):
        raise CatalogueError(f"{where}: a match needs symbols, attributes or a detector")
    detector = data.get("detector", "")
    if detector and detector not in DETECTORS:
        known = ", ".join(DETECTORS)
        raise CatalogueError(f"{where}: unknown detector {detector!r}, expected one of {known}")
    return Match(
        tuple(data.get("symbols", ())),
        data.get("argument", ""),
        data.get("not_argument", ""),
        data.get("positional", 0),
        tuple(data.get("dialects", ())),
        tuple(data.get("attributes", ())),
        detector,
        data.get("message", ""),
    )


def _text(where: str, data: Mapping[str, Any], key: str) -> str:
    value = data.get(key, "")
    if not isinstance(value, str):
        raise CatalogueError(f"{where}: {key} is not a string")
    return value


def _texts(where: str, data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """One string, or a list of them."""
    value = data.get(key, ())
    found = (value,) if isinstance(value, str) else tuple(value)
    if not all(isinstance(each, str) for each in found):
        raise CatalogueError(f"{where}: {key} is not a list of strings")
    return found


def _known(where: str, data: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(data) - known)
    if unknown:
        raise CatalogueError(f"{where}: unknown field {unknown[0]!r}")
