"""What a report looks like in each format: pure functions of a Report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tfmigrate.model import Report
from tfmigrate.report.paint import Paint

if TYPE_CHECKING:
    from tfmigrate.catalogue import Catalogue

_GUIDE = "https://www.tensorflow.org/guide/migrate"


def render(
    report: Report,
    form: str,
    rules: Callable[[], Catalogue],
    paint: Paint,
    *,
    part: str = "",
    totals: bool = True,
) -> Iterator[str]:
    """The lines of a report.

    Args:
        report: what was found.
        form: one of ``config.OUTPUT_FORMATS``.
        rules: gives the rules, for their names and pages; not asked where neither is shown.
        paint: colour, for the formats that people read.
        part: ``statistics`` or ``summary`` to have that instead of the findings; as JSON if that
            is the form, else as text.
        totals: whether the text formats end with what was found altogether.
    """
    from tfmigrate.report import text

    if part:
        from tfmigrate.report import totals as counts

        names = {code: pattern.name for code, pattern in rules().patterns.items()}
        as_json = form in ("json", "json-lines")
        yield from counts.FORMATS[part, as_json](report, names, paint)
    elif form in ("full", "concise"):
        yield from (text.full if form == "full" else text.concise)(report, paint)
        if totals:
            yield from text.total(report, paint)
    elif form == "sarif":
        from tfmigrate.report.sarif import sarif

        yield from sarif(report, rules())
    else:
        from tfmigrate.report import machine

        yield from machine.FORMATS[form](report, rules())


def url(code: str, catalogue: Catalogue) -> str | None:
    """Where a rule is explained: the official guide that its page names."""
    pattern = catalogue.patterns.get(code)
    return (pattern.guide or _GUIDE) if pattern is not None else None
