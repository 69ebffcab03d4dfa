"""The text that is being fixed, and what is remembered of it from one pass to the next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from tfmigrate.engine import edits, guards
from tfmigrate.engine.edits import Changes, Offsets
from tfmigrate.engine.files import normal
from tfmigrate.model import Edit, Finding

Mark: TypeAlias = "tuple[str, str | None, int]"
"""What a finding is known by: its code, its symbol, and where it starts."""


@dataclass(slots=True)
class Work:
    """A text on its way: where it came from, what it is now, and every change in between.

    ``declined`` are findings that the user does not want fixed, ``refused`` those whose fix cannot
    be made, with the reason; both move along with the text.
    """

    before: str
    text: str
    passes: tuple[Changes, ...] = ()
    applied: tuple[Finding, ...] = ()
    declined: frozenset[Mark] = frozenset()
    refused: tuple[tuple[Mark, str], ...] = ()
    undefined: frozenset[str] | None = None
    fences: tuple[int, ...] = ()
    """Where newlines are that have to stay: those between the cells of a notebook."""

    @classmethod
    def begin(cls, text: str, fences: tuple[int, ...] = ()) -> Work:
        """The work on a text that parses."""
        return cls(text, text, fences=fences)

    def guard(self) -> None:
        """Check that the text parses, and uses no name that it used not to.

        Raises:
            GuardError: it does not.
        """
        if self.undefined is None:
            self.undefined = guards.undefined(normal(self.before))
        guards.hold(self.undefined, normal(self.text))

    def copy(self) -> Work:
        """The same, to come back to."""
        return replace(self)

    def restore(self, other: Work) -> None:
        """Become what was copied."""
        self.text, self.passes, self.applied = other.text, other.passes, other.applied
        self.declined, self.refused = other.declined, other.refused
        self.fences = other.fences

    def edit(self, made: Iterable[Edit]) -> bool:
        """Make edits; whether that changed anything."""
        return self.change(Offsets(self.text).changes(made))

    def change(self, changes: Changes) -> bool:
        """Make changes, and let what is remembered by its place move along."""
        changes = edits.fenced(changes, self.fences, self.text)
        before, self.text = self.text, edits.apply(self.text, changes)
        if self.text == before:
            return False
        self.declined = frozenset(moved(each, changes) for each in self.declined)
        self.refused = tuple((moved(each, changes), reason) for each, reason in self.refused)
        self.fences = tuple(edits.moved(each, changes, after=True) for each in self.fences)
        self.passes = (*self.passes, changes)
        guards.hold_lines(before, self.text, changes)
        return True

    def done(self, findings: Iterable[Finding]) -> None:
        """Note what was fixed, before the change that does it is made."""
        self.applied = (*self.applied, *(self.placed(each) for each in findings))

    def decline(self, findings: Iterable[Finding]) -> None:
        """Note what the user does not want."""
        offsets = Offsets(self.text)
        self.declined |= {mark(each, offsets) for each in findings}

    def refuse(self, finding: Finding, reason: str) -> None:
        """Note what cannot be fixed, and why."""
        self.refused = (*self.refused, (mark(finding, Offsets(self.text)), reason))

    def placed(self, finding: Finding) -> Finding:
        """A finding in the text as it is now, placed in the text as it was."""
        if not self.passes:
            return finding
        offsets, span = Offsets(self.text), finding.span
        start = offsets.at(span.row, span.column)
        end = offsets.at(span.end_row, span.end_column)
        for changes in reversed(self.passes):
            start, end = edits.origin(start, changes), edits.origin(end, changes)
        return replace(finding, span=Offsets(self.before).span(start, max(start, end)))


def mark(finding: Finding, offsets: Offsets) -> Mark:
    """What a finding is known by."""
    return finding.code, finding.symbol, offsets.at(finding.span.row, finding.span.column)


def moved(which: Mark, changes: Changes) -> Mark:
    """The same finding after changes."""
    code, symbol, offset = which
    return code, symbol, edits.moved(offset, changes)
