"""Fix what a file declares to be installed: last, when it is known what the programs need.

Such a fix takes TensorFlow 1 away from programs that may still need it. So it is unsafe, unless
all programs of the run have nothing left that TensorFlow 2 does not run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from tfmigrate.engine import edits, suppressions
from tfmigrate.engine.context import Context
from tfmigrate.engine.edits import Offsets
from tfmigrate.engine.files import Job, crash, normal, unreadable
from tfmigrate.engine.fixing import FixOptions, encoded
from tfmigrate.engine.work import Work, mark
from tfmigrate.model import FileFix, Finding, Severity
from tfmigrate.sources import dependencies, text
from tfmigrate.sources.discovery import Kind
from tfmigrate.sources.text import SourceError

_PASSES = 12
"""Far more than it takes: a key is renamed in one pass, its version set in another."""


def concerns(job: Job) -> bool:
    """Whether a file declares dependencies: ``requirements.txt``, ``setup.py`` and the like."""
    return job.kind is not Kind.NOTEBOOK and dependencies.is_dependency_file(job.path)


def finished(jobs: Sequence[Job], fixes: Iterable[FileFix]) -> bool:
    """Whether there were programs, and each runs on TensorFlow 2 now, as far as can be told."""
    programs = {job.path for job in jobs if job.kind is not Kind.DEPENDENCIES}
    return bool(programs) and not any(
        each.failed or any(finding.severity is not Severity.INFO for finding in found(each))
        for each in fixes
        if each.path in programs
    )


def found(outcome: FileFix) -> tuple[Finding, ...]:
    """What is still found in a file."""
    return (*outcome.held, *outcome.left)


def fix(
    job: Job,
    done: FileFix,
    needs: frozenset[str],
    context: Context,
    options: FixOptions,
    *,
    finished: bool = False,
) -> FileFix:
    """Fix the dependencies that a file declares.

    Args:
        job: the file, and which findings are wanted.
        done: what became of the file otherwise; its bytes may be missing if that is nothing.
        needs: the distributions that the fixed programs need.
        context: facts, rules and target release.
        options: what is to be fixed.
        finished: whether no program needs TensorFlow 1 any more.
    """
    try:
        data = done.after or text.read_bytes(job.path)
        done = replace(done, before=done.before or data, after=data)
        return _fix(job, done, needs, context, replace(options, unsafe=options.unsafe or finished))
    except SourceError as error:
        left = unreadable(job.path, error).findings
    except Exception as error:
        left = crash(job.path, error).findings
    return FileFix(job.path, done.before, done.before, left=left, failed=True)


def _fix(
    job: Job, done: FileFix, needs: frozenset[str], context: Context, options: FixOptions
) -> FileFix:
    source = text.decode(done.after)
    work = Work.begin(source.text)
    now = declared(job, work.text, needs, context)
    for _ in range(_PASSES):
        offsets = Offsets(work.text)
        ready = [
            each
            for each in now
            if each.fix is not None
            and options.allows(each.fix.applicability)
            and mark(each, offsets) not in work.declined
        ]
        chosen = edits.choose(ready, offsets, options.accept)
        work.decline(chosen.declined)
        if not chosen.findings:
            break
        work.done(chosen.findings)
        work.change(chosen.changes)
        now = declared(job, work.text, needs, context)
    if job.kind is Kind.PYTHON and work.passes:
        work.guard()
    return replace(
        done,
        after=encoded(source, work.text, done.after) if work.passes else done.after,
        applied=(*done.applied, *work.applied),
        held=(*done.held, *(each for each in now if each.fix is not None)),
        left=(*done.left, *(each for each in now if each.fix is None)),
    )


def declared(job: Job, source: str, needs: frozenset[str], context: Context) -> tuple[Finding, ...]:
    """What is to be said of the dependencies of a file, and is wanted and not silenced."""
    from tfmigrate.sources.dependencies.fixing import additions

    plain, target = normal(source), context.target
    # each is put next to TensorFlow, so the last one first
    added = reversed(additions(job.path, plain, needs, target))
    every = (*dependencies.check(job.path, plain, target), *added)
    python = job.kind is Kind.PYTHON
    prefixes = context.catalogue.prefixes
    stay, _ = suppressions.settle(every, plain, job.selection, prefixes, python=python)
    known = {id(each) for each in every}
    return tuple(each for each in stay if id(each) in known)
