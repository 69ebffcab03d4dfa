"""Fix what a file declares to be installed: last, when it is known what the programs need."""

from __future__ import annotations

from dataclasses import replace

from tfmigrate.engine import edits, suppressions
from tfmigrate.engine.context import Context
from tfmigrate.engine.edits import Offsets
from tfmigrate.engine.files import Job, crash, normal
from tfmigrate.engine.fixing import FixOptions, encoded
from tfmigrate.model import Applicability, Edit, FileFix, Finding, Fix
from tfmigrate.sources import dependencies, text
from tfmigrate.sources.discovery import Kind
from tfmigrate.sources.text import SourceError


def concerns(job: Job) -> bool:
    """Whether a file declares dependencies: ``requirements.txt``, ``setup.py`` and the like."""
    return job.kind is not Kind.NOTEBOOK and dependencies.is_dependency_file(job.path)


def fix(
    job: Job, done: FileFix, needs: frozenset[str], context: Context, options: FixOptions
) -> FileFix:
    """Fix the dependencies that a file declares.

    Args:
        job: the file, and which findings are wanted.
        done: what became of the file otherwise; its bytes may be missing if that is nothing.
        needs: the distributions that the fixed programs need.
        context: facts, rules and target release.
        options: what is to be fixed.
    """
    try:
        data = done.after or text.read_bytes(job.path)
        before = done.before or data
        return _fix(job, replace(done, before=before, after=data), needs, context, options)
    except SourceError as error:
        from tfmigrate.engine.files import unreadable

        left = unreadable(job.path, error).findings
    except Exception as error:
        left = crash(job.path, error).findings
    return FileFix(job.path, done.before, done.before, left=left, failed=True)


def _fix(
    job: Job, done: FileFix, needs: frozenset[str], context: Context, options: FixOptions
) -> FileFix:
    try:
        from tfmigrate.sources.dependencies import fixing
    except ImportError:
        return done

    source = text.decode(done.after)
    plain = normal(source.text)
    found = dependencies.check(job.path, plain, context.target)
    wanted = settled(found, plain, job, context)
    new = fixing.fix(job.path, plain, needs, context.target)
    made = [
        each
        for each in edits.difference(plain, new)
        if not unwanted(each, found, wanted) and accepted(each, wanted, options)
    ]
    if not made:
        return replace(done, left=(*done.left, *wanted))
    fixed = edits.apply(source.text, Offsets(source.text).changes(made))
    after = settled(
        dependencies.check(job.path, normal(fixed), context.target), normal(fixed), job, context
    )
    gone = tuple(each for each in wanted if any(touches(edit, each) for edit in made))
    return replace(
        done,
        after=encoded(source, fixed, done.after),
        applied=(*done.applied, *gone),
        left=(*done.left, *after),
    )


def settled(
    found: tuple[Finding, ...], source: str, job: Job, context: Context
) -> tuple[Finding, ...]:
    """The findings about dependencies that are wanted, and not silenced."""
    prefixes = context.catalogue.prefixes
    python = job.kind is Kind.PYTHON
    stay, _ = suppressions.settle(found, source, job.selection, prefixes, python=python)
    return tuple(each for each in stay if each in found)


def touches(edit: Edit, finding: Finding) -> bool:
    """Whether an edit of whole rows is about the place of a finding."""
    return edit.span.row <= finding.span.row < edit.span.end_row


def unwanted(edit: Edit, found: tuple[Finding, ...], wanted: tuple[Finding, ...]) -> bool:
    """Whether an edit changes what is not wanted, or silenced."""
    return any(touches(edit, each) and each not in wanted for each in found)


def accepted(edit: Edit, wanted: tuple[Finding, ...], options: FixOptions) -> bool:
    """Whether the user wants an edit, if asked."""
    if options.accept is None:
        return True
    about = next((each for each in wanted if touches(edit, each)), None)
    fix = Fix(Applicability.SAFE, "Rewrite the requirement", (edit,))
    if about is None:
        return options.accept(Finding("TFM601", "the fixed programs need this", edit.span, fix=fix))
    return options.accept(replace(about, fix=fix))
