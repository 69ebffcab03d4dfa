"""Findings about the symbols that references resolve to."""

from __future__ import annotations

from tfmigrate.engine.context import Context
from tfmigrate.engine.messages import message
from tfmigrate.engine.spans import Lines
from tfmigrate.engine.verdicts import Fate, Verdict, judge
from tfmigrate.model import Dialect, Finding, Severity
from tfmigrate.names import Reference, Role
from tfmigrate.transforms import remedies

ALIAS = "TFM110"
"""``tf.compat.v1.X`` where ``tf.X`` will do: the one retired name whose arguments still matter."""

_CODES = {
    Fate.REMOVED: "TFM103",
    Fate.COMPAT_ONLY: "TFM102",
    Fate.COMPAT_ALIAS: ALIAS,
    Fate.RAISES: "TFM104",
    Fate.UNKNOWN: "TFM107",
    Fate.OTHER_MEANING: "TFM102",
    Fate.MEMBER: "TFM109",
    Fate.FOREIGN: "TFM103",
    Fate.PRIVATE: "TFM424",
    Fate.NO_IMPORT: "TFM104",
}
_RUNS = {Fate.COMPAT_ALIAS, Fate.OTHER_MEANING}


def check(reference: Reference, context: Context, dialect: Dialect, lines: Lines) -> Finding | None:
    """The finding about the symbol of one reference, if it is retired."""
    verdict = judge(reference, context, dialect)
    if verdict is None:
        return None
    text = message(verdict, context)
    severity = severity_of(verdict, reference)
    if reference.guarded and reference.role in (Role.IMPORT, Role.GETATTR):
        severity = Severity.INFO
        text += " (guarded: what catches the failure runs instead)"
    spelling = remedies.spelling_of(lines, context)
    remedy = remedies.retired(verdict, reference, dialect, spelling)
    return Finding(
        code_of(verdict),
        text + remedy.unexplained,
        lines.span(reference.node),
        severity,
        verdict.symbol,
        remedy.fix,
    )


def code_of(verdict: Verdict) -> str:
    """The code of the pattern that claims the symbol, else the one for its fate."""
    row = verdict.row
    if verdict.fate in (Fate.COMPAT_ALIAS, Fate.UNKNOWN, Fate.NO_IMPORT):
        return _CODES[verdict.fate]
    if verdict.pattern is not None:
        return verdict.pattern.code
    if verdict.symbol.startswith("tf.contrib"):
        return "TFM108"
    renamed = row is not None and row.is_rename and row.fix is not None
    if renamed and verdict.fate in (Fate.COMPAT_ONLY, Fate.REMOVED):
        return "TFM101"
    return _CODES[verdict.fate]


def severity_of(verdict: Verdict, reference: Reference) -> Severity:
    """An error where the target release fails, a warning where it goes on with something else."""
    if verdict.fate in _RUNS:
        return Severity.WARNING
    if verdict.fate is Fate.MEMBER and verdict.alive:
        return verdict.pattern.severity if verdict.pattern is not None else Severity.WARNING
    if verdict.fate is Fate.PRIVATE:
        return Severity.WARNING if verdict.alive else Severity.ERROR
    if verdict.alive and verdict.fate is Fate.COMPAT_ONLY:
        return Severity.WARNING
    return Severity.ERROR
