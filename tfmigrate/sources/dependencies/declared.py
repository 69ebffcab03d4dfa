"""What a dependency file declares, whatever its syntax: packages, Pythons, container images."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from tfmigrate.model import Span


@dataclass(frozen=True, slots=True)
class Located:
    """A stretch of text that knows where each of its characters comes from.

    ``pieces`` are ``(offset, row, column)``, ascending: from that offset on, the text runs from
    that place in the file. ``whole`` replaces them where the text is not in the file as it is
    (escapes, substituted variables): then everything in it is at that span.
    """

    text: str
    pieces: tuple[tuple[int, int, int], ...]
    whole: Span | None = None

    def span(self, start: int, end: int) -> Span:
        """Where ``text[start:end]`` is in the file."""
        if self.whole is not None:
            return self.whole
        row, column = self._place(start)
        # the end belongs to the last character: after a continuation it is not at the next piece
        end_row, end_column = self._place(max(start, end - 1))
        return Span(row, column, end_row, end_column + (end > start))

    def part(self, start: int, end: int) -> Located:
        """``text[start:end]``, located."""
        if self.whole is not None:
            return Located(self.text[start:end], (), self.whole)
        row, column = self._place(start)
        inside = [(at - start, r, c) for at, r, c in self.pieces if start < at < end]
        return Located(self.text[start:end], ((0, row, column), *inside))

    def _place(self, offset: int) -> tuple[int, int]:
        index = bisect_right(self.pieces, offset, key=lambda piece: piece[0]) - 1
        at, row, column = self.pieces[index]
        return row, column + offset - at


@dataclass(frozen=True, slots=True)
class Package:
    """A required distribution.

    ``name`` is normalised (PEP 503), ``written`` is the requirement as it stands in the file,
    ``versions`` are PEP 440 specifier sets of which one has to hold (``("",)`` is any version),
    ``bare`` says that the name is elsewhere (a table key) and ``written`` only a version.
    """

    name: str
    written: str
    versions: tuple[str, ...]
    span: Span
    pythons: tuple[str, ...] = ("",)
    """The Python versions that the requirement is limited to by its marker, as specifier sets."""
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Python:
    """The Python versions that a project declares or an image brings, as specifier sets."""

    versions: tuple[str, ...]
    written: str
    span: Span


@dataclass(frozen=True, slots=True)
class Image:
    """A container image: ``repository:tag``, without registry variables or digest."""

    repository: str
    tag: str
    span: Span


Declared = Package | Python | Image
