"""What the command line, an editor and the tests call: check, fix and explain."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tfmigrate.config import Config
from tfmigrate.engine.files import Job
from tfmigrate.engine.selection import Selection
from tfmigrate.model import FileFix, FileReport, Report
from tfmigrate.sources.discovery import DEFAULT_EXCLUDES, Found, Kind, Unreadable, discover, kind_of
from tfmigrate.sources.target import target_version

# facts and rules are imported where they are used: with a warm cache nobody asks for them
if TYPE_CHECKING:
    from tfmigrate.catalogue import Catalogue
    from tfmigrate.engine.context import Context
    from tfmigrate.engine.fixing import FixOptions

__all__ = [
    "apply",
    "check",
    "check_text",
    "clean",
    "excluded",
    "explain",
    "files",
    "fix",
    "fix_text",
    "load",
    "rules",
    "unknown_subject",
]

Count = Callable[[int], None]


def load(config: Config) -> Context:
    """The facts and rules for a configuration.

    Raises:
        TargetError: the target version is not one that the atlas knows.
        CatalogueError: a rule file cannot be understood.
    """
    from tfmigrate.engine import context

    return context.load(target_version(config), config.extra_rules)


def rules(config: Config) -> Catalogue:
    """The rules alone, without the facts.

    Raises:
        CatalogueError: a rule file cannot be understood.
    """
    from tfmigrate import catalogue

    return catalogue.load(config.extra_rules)


def check(
    paths: Iterable[str],
    config: Config,
    *,
    workers: int = 0,
    cached: bool = True,
    force_exclude: bool = False,
    total: Count | None = None,
    progress: Count | None = None,
) -> Report:
    """Check files, folders and notebooks.

    Args:
        paths: files, and folders to walk.
        config: the configuration, with what the command line said on top.
        workers: how many processes; 0 for one a core.
        cached: whether to use, and keep, reports of earlier runs.
        force_exclude: whether files that are named are left out, too, if they are excluded.
        total: told how many files there are, before the first is checked.
        progress: told how many more are done.

    Raises:
        TargetError, CatalogueError: see :func:`load`.
        BaselineError: the configured baseline cannot be read.
    """
    from tfmigrate.engine.cache import Cache
    from tfmigrate.engine.run import run

    target = target_version(config)
    cache = Cache(cache_folder(config), target, config.extra_rules) if cached else None
    if cache is None or not cache.current:
        # a mistake in the rules or in the target is told although there may be nothing to check
        load(config)
    known = baseline(config)
    found = files(paths, config, force_exclude=force_exclude)
    if total:
        total(len(found))
    jobs = [job_for(each.path, each.kind, config) for each in found if isinstance(each, Found)]
    reports = run(
        jobs,
        lambda: load(config),
        config.extra_rules,
        workers=workers,
        cache=cache,
        progress=progress,
    )
    by_path = {report.path: report for report in reports}
    every = [by_path[each.path] if isinstance(each, Found) else missing(each) for each in found]
    return Report(tuple(known(each) for each in every), target)


def files(
    paths: Iterable[str], config: Config, *, force_exclude: bool = False
) -> tuple[Found | Unreadable, ...]:
    """The files that a check of ``paths`` is about, and the paths that cannot be looked at."""
    if force_exclude:
        paths = [path for path in paths if Path(path).is_dir() or not excluded(path, config)]
    return discover(paths, config)


def check_text(data: bytes, path: str, config: Config) -> Report:
    """Check what is in memory, as if it stood in the file ``path``.

    If the configuration excludes that file, there is no file in the report.

    Raises:
        TargetError, CatalogueError, BaselineError: see :func:`check`.
    """
    from tfmigrate.engine.files import check as check_file

    context = load(config)
    known = baseline(config)
    if excluded(path, config):
        return Report((), context.target)
    job = job_for(path, kind_of(path, named=True) or Kind.PYTHON, config)
    return Report((known(check_file(job, data, context)),), context.target)


def fix(
    paths: Iterable[str],
    config: Config,
    options: FixOptions | None = None,
    *,
    workers: int = 0,
    force_exclude: bool = False,
    total: Count | None = None,
    progress: Count | None = None,
) -> list[FileFix]:
    """What becomes of files, folders and notebooks when they are fixed; nothing is written.

    There is one outcome for each file, in the order of their paths; those of files that there is
    nothing to say of are without bytes.

    Args:
        paths: files, and folders to walk.
        config: the configuration, with what the command line said on top.
        options: what is to be fixed; every safe fix if None. Which findings are wanted is said by
            ``config``.
        workers: how many processes; 0 for one a core.
        force_exclude: whether files that are named are left out, too, if they are excluded.
        total: told how many files there are, before the first is fixed.
        progress: told how many more are done.

    Raises:
        TargetError, CatalogueError: see :func:`load`.
    """
    from tfmigrate.engine import run
    from tfmigrate.engine.fixing import FixOptions

    load(config)
    found = files(paths, config, force_exclude=force_exclude)
    if total:
        total(len(found))
    jobs = [job_for(each.path, each.kind, config) for each in found if isinstance(each, Found)]
    fixes = run.fix(
        jobs,
        lambda: load(config),
        options or FixOptions(),
        config.extra_rules,
        workers=workers,
        progress=progress,
    )
    by_path = {each.path: each for each in fixes}
    return [
        by_path[each.path] if isinstance(each, Found) else run.unfixed(missing(each))
        for each in found
    ]


def fix_text(data: bytes, path: str, config: Config, options: FixOptions | None = None) -> FileFix:
    """Fix what is in memory, as if it stood in the file ``path``.

    A file that the configuration excludes comes out as it went in.

    Raises:
        TargetError, CatalogueError: see :func:`load`.
    """
    from tfmigrate.engine import fixing
    from tfmigrate.engine import fixing_dependencies as dependencies

    context = load(config)
    if excluded(path, config):
        return FileFix(path, data, data)
    options = options or fixing.FixOptions()
    job = job_for(path, kind_of(path, named=True) or Kind.PYTHON, config)
    mended = fixing.mend(job, data, context, options)
    if mended.fix.failed or not dependencies.concerns(job):
        return mended.fix
    return dependencies.fix(job, mended.fix, mended.needs, context, options)


def apply(fixes: Iterable[FileFix]) -> list[FileFix]:
    """Write what changed; each file is written whole, or not at all.

    Returns the outcomes, as failed where a file could not be written or is no longer what it was
    when it was fixed.
    """
    return [applied(each) for each in fixes]


def applied(outcome: FileFix) -> FileFix:
    """Write one file, if it changed."""
    from tfmigrate.engine.syntax import at
    from tfmigrate.sources.text import SourceError, read_bytes
    from tfmigrate.sources.writing import write_atomic

    if outcome.failed or outcome.after == outcome.before:
        return outcome
    try:
        now = read_bytes(outcome.path)
        if now == outcome.before:
            write_atomic(outcome.path, outcome.after)
            return outcome
        reason = "the file has changed since it was read: it was not written"
    except SourceError as error:
        reason = f"{error.message}: it was not written"
    except OSError as error:
        reason = f"{(error.strerror or str(error)).lower()}: it was not written"
    left = (at(1, 1, "TFM004", reason),)
    return replace(outcome, after=outcome.before, applied=(), held=(), left=left, failed=True)


def baseline(config: Config) -> Callable[[FileReport], FileReport]:
    """Takes away from a report what the configured baseline knows.

    Raises:
        BaselineError: the configured baseline cannot be read.
    """
    file = config.baseline
    if file is None:
        return lambda report: report
    from tfmigrate.engine.baseline import read, subtract

    known = read(file)
    return lambda report: subtract(report, known, file)


def excluded(path: str, config: Config) -> bool:
    """Whether the configuration keeps a walk from getting to the file ``path``."""
    absolute = os.path.abspath(path)  # noqa: PTH100 - resolve() would follow links
    relative = os.path.relpath(absolute, config.root).replace(os.sep, "/")
    defaults = tuple(sorted(DEFAULT_EXCLUDES)) if config.exclude is None else config.exclude
    given = (*defaults, *config.extend_exclude)
    if not any(set(pattern) & set("*?[]!/\\# ") for pattern in given):
        # names only, as with most projects: compiling patterns would take longer than all the rest
        return not set(relative.split("/")).isdisjoint(given)
    from tfmigrate.sources.patterns import decision

    return decision(given, relative) is True


def job_for(path: str, kind: Kind, config: Config) -> Job:
    """What the configuration says of one file."""
    selection = Selection((*config.select, *config.extend_select), config.ignore)
    return Job(path, kind, selection.without(config.ignored_in(path)), config.dialect_of(path))


def missing(path: Unreadable) -> FileReport:
    """The report on a path that could not be looked at."""
    from tfmigrate.engine.files import failure
    from tfmigrate.engine.syntax import at

    return failure(path.path, at(1, 1, "TFM004", path.reason))


def cache_folder(config: Config) -> Path:
    """Where the reports of earlier runs are kept."""
    from tfmigrate.engine.cache import FOLDER

    return config.cache_dir or config.root / FOLDER


def clean(config: Config) -> Path | None:
    """Remove what earlier runs left; the folder, if there was one."""
    from tfmigrate.engine.cache import clear

    folder = cache_folder(config)
    return folder if clear(folder) else None


def explain(subject: str, context: Context) -> str | None:
    """The page on a rule or on a symbol, in Markdown; None if there is neither."""
    from tfmigrate.report import explain as pages

    return pages.explain(subject, context)


def unknown_subject(subject: str, context: Context) -> str:
    """What to say where there is no page."""
    from tfmigrate.report import explain as pages

    return pages.unknown(subject, context)
