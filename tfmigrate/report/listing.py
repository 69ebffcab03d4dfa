"""The list of all rules."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tfmigrate.catalogue import Catalogue
from tfmigrate.report import url
from tfmigrate.report.paint import Paint

_FAMILIES = {
    "TFM0": "files, and the tool itself",
    "TFM1": "symbols",
    "TFM2": "graphs and state",
    "TFM3": "models and training",
    "TFM4": "libraries and tools",
    "TFM5": "silent changes",
    "TFM6": "dependencies",
}


def as_text(catalogue: Catalogue, paint: Paint) -> Iterator[str]:
    """A line a rule, by family."""
    patterns = catalogue.patterns
    widest = max((len(pattern.name) for pattern in patterns.values()), default=0)
    family = None
    for code, pattern in patterns.items():
        if code[:-2] != family:
            if family is not None:
                yield ""
            family = code[:-2]
            yield paint(f"{family}xx  {_FAMILIES.get(family, 'of your own')}", "cyan")
        yield f"{paint(code, 'bold')}  {pattern.name:<{widest}}  {pattern.summary}"


def as_json(catalogue: Catalogue) -> Iterator[str]:
    """An array of objects, in the order of their codes."""
    every = [
        {
            "code": code,
            "name": pattern.name,
            "summary": pattern.summary,
            "severity": pattern.severity.value,
            "explanation": pattern.page,
            "url": url(code, catalogue),
        }
        for code, pattern in catalogue.patterns.items()
    ]
    yield json.dumps(every, indent=2, ensure_ascii=False)
