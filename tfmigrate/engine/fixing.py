"""Fix one program: source text in, source text out, and what was done and what was not.

A program is checked, what can be fixed is, and that again until nothing changes; then it is lifted
if it is a graph program; imports are tidied last. Whatever goes wrong, the text stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from tfmigrate.engine import guards, program
from tfmigrate.engine.context import Context
from tfmigrate.engine.edits import Changes, EditError
from tfmigrate.engine.files import INTERNAL, Job, crash, normal, unreadable, worth_reading
from tfmigrate.engine.guards import GuardError
from tfmigrate.engine.program import Checked
from tfmigrate.engine.selection import Selection
from tfmigrate.engine.syntax import at, too_deep
from tfmigrate.model import Applicability, Dialect, FileFix, Finding
from tfmigrate.sources import text as sources
from tfmigrate.sources.discovery import Kind
from tfmigrate.sources.text import SourceError

_TENSORBOARD = re.compile(
    rb"\bsummary\.(?:create_file_writer|FileWriter)\b|\bcallbacks\.TensorBoard\b"
)
"""What needs TensorBoard to be installed, or is of no use without it."""


@dataclass(frozen=True, slots=True)
class FixOptions:
    """What is to be fixed.

    ``unsafe`` allows the fixes that may change something; ``bridge`` keeps what cannot become
    native running through ``tf.compat.v1``; ``accept`` is asked for each fix, None to make all.
    """

    unsafe: bool = False
    selection: Selection = field(default_factory=Selection)
    bridge: bool = False
    accept: Callable[[Finding], bool] | None = None

    def allows(self, applicability: Applicability) -> bool:
        """Whether fixes of this kind are made."""
        if applicability is Applicability.UNSAFE:
            return self.unsafe
        return applicability is Applicability.SAFE


@dataclass(frozen=True, slots=True)
class Fixed:
    """What became of a program.

    ``applied`` are placed in the text as it was; ``held`` (fixes that were not allowed) and
    ``left`` (findings that have no fix, or whose fix could not be made) in ``text``. ``passes``
    are the changes that lead from one text to the other, one after the other; ``needs`` the
    distributions that the new text needs. ``failed`` says that the text could not be read or fixed
    and is what it was.
    """

    text: str
    dialect: Dialect
    applied: tuple[Finding, ...] = ()
    held: tuple[Finding, ...] = ()
    left: tuple[Finding, ...] = ()
    passes: tuple[Changes, ...] = ()
    needs: frozenset[str] = frozenset()
    failed: bool = False


def fix_text(
    text: str,
    context: Context,
    options: FixOptions | None = None,
    *,
    dialect: Dialect | None = None,
    path: str = "",
    fences: tuple[int, ...] = (),
) -> Fixed:
    """Fix a program.

    Args:
        text: the source, with its own newlines.
        context: facts, rules and target release.
        options: what is to be fixed; every safe fix if None.
        dialect: the dialect that the configuration says; None to infer it.
        path: the name of its file: an ``__init__.py`` keeps what others may import from it.
        fences: offsets of newlines that have to stay: those between the cells of a notebook.

    Raises nothing that is about the text: what cannot be parsed, and fixes that go wrong, are
    findings.
    """
    options = options or FixOptions()
    checked = program.check(normal(text), context, options.selection, dialect)
    if checked.failed:
        return Fixed(text, checked.dialect, left=checked.findings, failed=True)
    if not checked.findings:
        return Fixed(text, checked.dialect)
    # what makes fixes is imported where there is something to fix
    from tfmigrate.engine.stages import Stages
    from tfmigrate.engine.work import Work

    try:
        guards.tables(normal(text))
    except (SyntaxError, ValueError) as error:
        # it parses, but Python would not run it: `return` outside a function, for instance
        row, said = getattr(error, "lineno", None) or 1, getattr(error, "msg", error)
        wrong = at(row, 1, "TFM001", f"syntax error: {said}; nothing was changed")
        return Fixed(text, checked.dialect, left=(wrong, *checked.findings), failed=True)
    try:
        return Stages(Work.begin(text, fences), context, options, path, checked).run()
    except (GuardError, EditError) as error:
        return broken(text, checked, str(error))


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of a file, and the distributions that it needs now."""

    fix: FileFix
    needs: frozenset[str] = frozenset()

    @property
    def speaks(self) -> bool:
        """Whether there is anything to say of the file."""
        fix = self.fix
        return bool(fix.failed or fix.applied or fix.held or fix.left or fix.after != fix.before)


def fix(job: Job, data: bytes, context: Context, options: FixOptions | None = None) -> FileFix:
    """Fix the bytes of a file, its dependencies apart; ``job`` says which findings are wanted.

    Raises nothing but what ends the process: what cannot be read, and a crash of a rule, is a
    finding, so that the other files go on.
    """
    return mend(job, data, context, options or FixOptions()).fix


def mend(job: Job, data: bytes, context: Context, options: FixOptions) -> Mended:
    """The same, with what the file needs installed."""
    try:
        return _mend(job, data, context, replace(options, selection=job.selection))
    except SourceError as error:
        left = unreadable(job.path, error).findings
    except RecursionError:
        left = (too_deep(),)
    except Exception as error:
        left = crash(job.path, error).findings
    return Mended(FileFix(job.path, data, data, left=left, failed=True))


def _mend(job: Job, data: bytes, context: Context, options: FixOptions) -> Mended:
    unread = job.kind is Kind.DEPENDENCIES or not worth_reading(data, context)
    if unread and job.kind is not Kind.NOTEBOOK:
        # no program that TensorFlow has a part in, but it has to be text all the same
        if b"\0" in data or not data.isascii():
            sources.decode(data)
        return Mended(FileFix(job.path, data, data))
    source = sources.decode(data)
    if job.kind is Kind.NOTEBOOK:
        from tfmigrate.engine import fixing_notebooks

        fixed = fixing_notebooks.fix(source.text, job, context, options)
    else:
        fixed = fix_text(source.text, context, options, dialect=job.dialect, path=job.path)
    after = data if fixed.text == source.text else encoded(source, fixed.text, data)
    needs = fixed.needs | ({"tensorboard"} if _TENSORBOARD.search(after) else set())
    return Mended(
        FileFix(job.path, data, after, fixed.applied, fixed.held, fixed.left, fixed.failed), needs
    )


def encoded(source: sources.SourceText, fixed: str, data: bytes) -> bytes:
    """The new text in the encoding of the file.

    Raises:
        SourceError: that cannot be done without changing what was not touched.
    """
    try:
        if source.encode(source.text) == data:
            return source.encode(fixed)
    except UnicodeEncodeError:
        pass
    raise SourceError(
        sources.ErrorKind.UNDECODABLE,
        f"the result cannot be written in the encoding of the file, {source.encoding}:"
        " nothing was changed; save the file as UTF-8 first",
        1,
    )


def broken(text: str, checked: Checked, why: str) -> Fixed:
    """The outcome for a program whose fixes go wrong: it stays as it is."""
    finding = at(1, 1, INTERNAL, f"internal error, please report it: {why}; nothing was changed")
    return Fixed(text, checked.dialect, left=(finding, *checked.findings), failed=True)


def divided(
    findings: Iterable[Finding], reasons: Callable[[Finding], str | None]
) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """The findings that have a fix, and those that have none.

    Args:
        findings: what is still found.
        reasons: says why the fix of a finding could not be made, None if it could.
    """
    held: list[Finding] = []
    left: list[Finding] = []
    for each in findings:
        reason = reasons(each) if each.fix is not None else None
        if reason is not None:
            left.append(replace(each, fix=None, message=f"{each.message} (not fixed: {reason})"))
        else:
            (left if each.fix is None else held).append(each)
    return tuple(held), tuple(left)
