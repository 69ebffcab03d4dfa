"""A hit is a code and the text under its span; what is not in the list is not reported."""

from __future__ import annotations

from tfmigrate.model import Span
from tfmigrate.sources.dependencies import check
from tfmigrate.sources.text import split_lines

Hits = list[tuple[str, str]]


def under(text: str, span: Span) -> str:
    lines = split_lines(text)[span.row - 1 : span.end_row]
    lines[-1] = lines[-1][: span.end_column - 1]
    lines[0] = lines[0][span.column - 1 :]
    return "\n".join(lines)


def hits(path: str, text: str, target: str = "2.21") -> Hits:
    return [(finding.code, under(text, finding.span)) for finding in check(path, text, target)]
