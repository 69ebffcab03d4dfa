"""Which codes a run is about."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """Codes and prefixes of codes to report: ``TFM2`` is every code of the two hundreds.

    The longest prefix that fits a code decides, ``ignore`` on a tie; ``ALL`` fits every code, and
    is shorter than any other.
    """

    select: tuple[str, ...] = ("ALL",)
    ignore: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether no rule is left out."""
        return "ALL" in self.select and not self.ignore

    def wants(self, code: str) -> bool:
        """Whether findings with this code are reported."""
        return longest(code, self.select) > longest(code, self.ignore)

    def without(self, codes: tuple[str, ...]) -> Selection:
        """The same, with more ignored (per-file ignores)."""
        return Selection(self.select, (*self.ignore, *codes)) if codes else self


def longest(code: str, prefixes: tuple[str, ...]) -> int:
    """The length of the longest prefix that fits, 0 for ``ALL``, -1 if none does."""
    fitting = (len(each) for each in prefixes if code.startswith(each))
    return max(fitting, default=0 if "ALL" in prefixes else -1)
