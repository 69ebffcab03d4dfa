"""Fixes in formatted strings: what may stand between their braces is less than elsewhere."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import replace

from tfmigrate.engine.spans import Lines
from tfmigrate.model import Finding, Span

_PREFIX = re.compile(r"\b(?:[fF][rR]?|[rR][fF])['\"]")
_UNFIT = frozenset("\\\"'#:!{}\n")
"""What ends the expression or the string, on one version of Python or another (PEP 701)."""


def settled(found: list[Finding], text: str, tree: ast.Module, lines: Lines) -> list[Finding]:
    """The findings, without the fixes that would break a formatted string."""
    if not _PREFIX.search(text) or not any(each.fix for each in found):
        return found
    strings = [lines.span(each) for each in ast.walk(tree) if isinstance(each, ast.JoinedStr)]
    return [without_fix(each) if is_unfit(each, strings) else each for each in found]


def without_fix(finding: Finding) -> Finding:
    """The finding with the reason why it has no fix."""
    reason = "(not fixed: it stands in a formatted string)"
    return replace(finding, fix=None, message=f"{finding.message} {reason}")


def is_unfit(finding: Finding, strings: Iterable[Span]) -> bool:
    """Whether a fix puts into a formatted string what may not stand there."""
    edits = finding.fix.edits if finding.fix is not None else ()
    unfit = [each.span for each in edits if not _UNFIT.isdisjoint(each.content)]
    return bool(unfit) and any(inside(span, string) for span in unfit for string in strings)


def inside(span: Span, other: Span) -> bool:
    """Whether a span lies in another."""
    start, end = (span.row, span.column), (span.end_row, span.end_column)
    return (other.row, other.column) <= start and end <= (other.end_row, other.end_column)
