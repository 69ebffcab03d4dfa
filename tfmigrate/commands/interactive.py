"""Fix by fix: show what each would change, ask, and do what the answers say, as ``git add -p``."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from tfmigrate.engine.files import Job
from tfmigrate.model import Applicability, FileFix, Finding, Span
from tfmigrate.report.diff import diff
from tfmigrate.report.paint import Paint, wanted

if TYPE_CHECKING:
    from tfmigrate.config import Config
    from tfmigrate.engine.fixing import FixOptions

_HELP = """\
y  apply this fix
n  do not apply it
a  apply it and all others of this rule, without asking again
d  apply no more of this rule
q  apply no more at all; what was accepted is written
?  this help"""

Group = tuple[str, str | None, int | None]
"""Code, symbol and cell."""


class Session:
    """The questions of one run, with the answers that hold for all of its files."""

    def __init__(self, config: Config, how: FixOptions) -> None:
        """Takes the configuration, and which fixes are offered."""
        from tfmigrate import api

        self._config = config
        self._context = api.load(config)
        self._how = how
        self._paint = Paint(wanted(sys.stdout))
        self._always: set[str] = set()
        self._never: set[str] = set()
        self._stopped = False

    def ask(self, candidate: FileFix) -> FileFix:
        """Ask about each fix of a file; what is to be written is ``after`` of what is returned."""
        from tfmigrate.engine import fixing_dependencies as dependencies

        job = self._job(candidate)
        if dependencies.concerns(job):
            return self._ask_as_a_whole(candidate)
        data = candidate.before
        applied: list[Finding] = []
        # Questions are asked from top to bottom, and what was accepted is no longer found. So of
        # each group the first so many are those that were declined, wherever they are by now.
        declined: Counter[Group] = Counter()
        # findings without a fix of their own: an import that several of them hang on
        together = True
        while not self._stopped:
            offers = undecided(self._offers(job, data), declined)
            offers = [each for each in offers if together or each.fix is not None]
            if not offers:
                break
            chosen = [each for each in offers if each.code in self._always] or offers[:1]
            step = self._step(job, data, chosen)
            if step.after != data and self._wanted(step, located(chosen[0], job, data)):
                applied += step.applied
                data = step.after
            else:
                declined.update(group(each) for each in chosen)
                together = together and chosen[0].fix is not None
        rest = self._step(job, data, ())
        return replace(rest, before=candidate.before, after=data, applied=tuple(applied))

    def _ask_as_a_whole(self, candidate: FileFix) -> FileFix:
        """Ask once about a file whose changes hang together, and on what other files need."""
        about = (*candidate.applied, *candidate.left, *candidate.held)
        asked = about and not self._stopped and about[0].code not in self._never
        if asked and self._wanted(candidate, about[0]):
            return candidate
        return replace(candidate, after=candidate.before, applied=(), held=candidate.applied)

    def _job(self, candidate: FileFix) -> Job:
        """The file, with the dialect that it has before anything is changed."""
        from tfmigrate import api
        from tfmigrate.engine.files import check
        from tfmigrate.sources.discovery import Kind, kind_of

        kind = kind_of(candidate.path, named=True) or Kind.PYTHON
        job = api.job_for(candidate.path, kind, self._config)
        return replace(job, dialect=check(job, candidate.before, self._context).dialect)

    def _offers(self, job: Job, data: bytes) -> list[Finding]:
        """What could be fixed in the file as it is now, in its order."""
        offered: dict[tuple[Group, Span], Finding] = {}

        def note(finding: Finding) -> bool:
            offered.setdefault(place(finding), finding)
            return False

        self._fix(job, data, note)
        wanted = (each for each in offered.values() if each.code not in self._never)
        return sorted(wanted, key=lambda each: (each.cell or 0, each.span))

    def _step(self, job: Job, data: bytes, chosen: Iterable[Finding]) -> FileFix:
        """The file with these findings fixed, and nothing else."""
        left = {place(each) for each in chosen}
        imports = any(each.fix is None for each in chosen)

        def once(finding: Finding) -> bool:
            if finding.fix is None:
                return imports
            # what another pass finds at the same place is something else
            found = place(finding) in left
            left.discard(place(finding))
            return found

        return self._fix(job, data, once)

    def _fix(self, job: Job, data: bytes, accept: Callable[[Finding], bool]) -> FileFix:
        from tfmigrate.engine.fixing import fix

        return fix(job, data, self._context, replace(self._how, accept=accept))

    def _wanted(self, step: FileFix, finding: Finding) -> bool:
        """Show a change, and ask, unless it is answered already."""
        if finding.code in self._always:
            return True
        where = f"{step.path}:{f'cell {finding.cell}:' if finding.cell else ''}{finding.span.row}"
        click.echo(f"{self._paint(where, 'bold')}: {finding.code} {finding.message}")
        if finding.fix is not None and finding.fix.applicability is Applicability.UNSAFE:
            note = f"unsafe: {finding.fix.message}"
            click.echo(self._paint(note, "yellow"))
        for line in diff(step, self._paint, exact=False, header=False):
            click.echo(line, color=self._paint.on)
        return self._answer(finding.code) in ("y", "a")

    def _answer(self, code: str) -> str:
        """What the person says; the end of the input says that it is enough."""
        while True:
            click.echo("Apply this fix [y,n,a,d,q,?]? ", nl=False)
            line = sys.stdin.readline()
            if not line:
                click.echo()
            answer = line.strip().lower()[:1] if line else "q"
            if answer == "a":
                self._always.add(code)
            elif answer == "d":
                self._never.add(code)
            elif answer == "q":
                self._stopped = True
            if answer in ("y", "n", "a", "d", "q"):
                return answer
            click.echo(_HELP)


def undecided(offers: Iterable[Finding], declined: Mapping[Group, int]) -> list[Finding]:
    """The offers without those that were declined."""
    seen: Counter[Group] = Counter()
    left = []
    for each in offers:
        seen[group(each)] += 1
        if seen[group(each)] > declined.get(group(each), 0):
            left.append(each)
    return left


def located(finding: Finding, job: Job, data: bytes) -> Finding:
    """A finding where the person looks for it: in its cell."""
    from tfmigrate.engine.files import place as in_cell
    from tfmigrate.sources import notebook, text
    from tfmigrate.sources.discovery import Kind

    if job.kind is not Kind.NOTEBOOK or finding.cell is not None:
        return finding
    return in_cell(finding, notebook.parse(text.decode(data).text))


def group(finding: Finding) -> Group:
    """What a finding is, wherever it is."""
    return finding.code, finding.symbol, finding.cell


def place(finding: Finding) -> tuple[Group, Span]:
    """What tells the findings of one state of a file apart."""
    return group(finding), finding.span
