"""The values that everything else passes around: frozen, picklable, without behaviour of their own.

Rows and columns are counted from 1, columns in characters (not bytes), ends are exclusive: the
convention of Ruff's JSON output, so that tools that read one read the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Applicability(str, Enum):
    """How far a fix may be trusted."""

    SAFE = "safe"
    """Same behaviour, proven."""
    UNSAFE = "unsafe"
    """Intended behaviour, but something may differ; the message says what."""
    DISPLAY = "display"
    """Shown, never applied."""


class Severity(str, Enum):
    """What happens on the target release if nothing is done."""

    ERROR = "error"
    """It does not run, or cannot be read."""
    WARNING = "warning"
    """It runs and means something else, or only runs through ``tf.compat.v1``."""
    INFO = "info"
    """It runs; there is a better way."""


class Dialect(str, Enum):
    """What a file speaks."""

    TF1 = "tf1"
    COMPAT = "compat"
    """Graph mode through ``tf.compat.v1``."""
    TF2 = "tf2"
    NONE = "none"
    """The file does not use TensorFlow."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of a file, or of one cell of a notebook."""

    row: int
    column: int
    end_row: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace what is in ``span`` by ``content``."""

    span: Span
    content: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that belong together: all of them or none.

    ``imports`` are the import statements, one a line, that the new text needs (``from absl import
    flags``): the engine adds those that the file lacks, and removes those that nothing uses any
    more. ``support`` names the blocks of ``rules/support/`` that the new text calls.
    """

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]
    imports: tuple[str, ...] = ()
    support: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to change, at one place.

    ``symbol`` is the canonical TensorFlow symbol concerned (``tf.nn.dropout``), if there is one;
    ``cell`` the number of the notebook cell, counted from 1, that ``span`` is relative to.
    """

    code: str
    message: str
    span: Span
    severity: Severity = Severity.ERROR
    symbol: str | None = None
    fix: Fix | None = None
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class FileReport:
    """Everything found in one file.

    ``source`` maps each row that a finding starts on, keyed by ``(cell, row)``, to its text;
    ``failed`` says that the file could not be read or parsed (exit code 2).
    """

    path: str
    dialect: Dialect
    findings: tuple[Finding, ...] = ()
    source: tuple[tuple[tuple[int | None, int], str], ...] = ()
    failed: bool = False
    suppressed: int = 0
    baselined: int = 0


@dataclass(frozen=True, slots=True)
class FileFix:
    """What became of one file: its bytes before and after, and what was done and was not.

    ``applied`` are the findings whose fixes are in ``after``, ``held`` those whose fix was not
    allowed (unsafe, or only for display), ``left`` those that have none; ``held`` and ``left`` are
    placed in ``after``. ``failed`` says that the file could not be read, parsed or fixed; then
    ``after`` is ``before`` and ``left`` says why.
    """

    path: str
    before: bytes
    after: bytes
    applied: tuple[Finding, ...] = ()
    held: tuple[Finding, ...] = ()
    left: tuple[Finding, ...] = ()
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of one run over many files, in the order of their paths."""

    files: tuple[FileReport, ...]
    target: str
    """The TensorFlow release that was checked against, such as ``2.21``."""

    def findings(self) -> Iterator[tuple[FileReport, Finding]]:
        """Each finding with the file it is in, in order of path and position."""
        for file in self.files:
            for finding in file.findings:
                yield file, finding
