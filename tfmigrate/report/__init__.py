"""What a report looks like in each format: pure functions of a Report."""

from __future__ import annotations

from collections.abc import Iterator

from tfmigrate.catalogue import Catalogue
from tfmigrate.model import Report
from tfmigrate.report.paint import Paint

_GUIDE = "https://www.tensorflow.org/guide/migrate"


def render(
    report: Report, form: str, catalogue: Catalogue, paint: Paint, *, totals: bool = True
) -> Iterator[str]:
    """The lines of a report.

    Args:
        report: what was found.
        form: one of ``config.OUTPUT_FORMATS``, ``statistics`` or ``summary``.
        catalogue: for the names and pages of rules.
        paint: colour, for the formats that people read.
        totals: whether those end with what was found altogether.
    """
    from tfmigrate.report import text

    if form in ("full", "concise"):
        yield from (text.full if form == "full" else text.concise)(report, paint)
        if totals:
            yield from text.total(report, paint)
    elif form in ("statistics", "summary"):
        names = {code: pattern.name for code, pattern in catalogue.patterns.items()}
        yield from (text.statistics if form == "statistics" else text.summary)(report, names, paint)
    elif form == "sarif":
        from tfmigrate.report.sarif import sarif

        yield from sarif(report, catalogue)
    else:
        from tfmigrate.report import machine

        yield from machine.FORMATS[form](report, catalogue)


def url(code: str, catalogue: Catalogue) -> str | None:
    """Where a rule is explained: the official guide that its page names."""
    pattern = catalogue.patterns.get(code)
    return (pattern.guide or _GUIDE) if pattern is not None else None
