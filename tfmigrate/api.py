"""What the command line, an editor and the tests call: check and explain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from tfmigrate.config import Config
from tfmigrate.engine import context as contexts
from tfmigrate.engine import files, run
from tfmigrate.engine.baseline import read, subtract
from tfmigrate.engine.cache import Cache
from tfmigrate.engine.context import Context
from tfmigrate.engine.files import Job
from tfmigrate.engine.selection import Selection
from tfmigrate.engine.syntax import at
from tfmigrate.model import FileReport, Report
from tfmigrate.report.explain import explain
from tfmigrate.report.explain import unknown as unknown_subject
from tfmigrate.sources.discovery import Found, Kind, Unreadable, discover, kind_of
from tfmigrate.sources.target import target_version

__all__ = ["check", "check_text", "explain", "load", "unknown_subject"]

Total = Callable[[int], None]


def load(config: Config) -> Context:
    """The facts and rules for a configuration.

    Raises:
        TargetError: the target version is not one that the atlas knows.
        CatalogueError: a rule file cannot be understood.
    """
    return contexts.load(target_version(config), config.extra_rules)


def check(
    paths: Iterable[str],
    config: Config,
    *,
    workers: int = 0,
    cached: bool = True,
    total: Total | None = None,
    progress: run.Progress | None = None,
) -> Report:
    """Check files, folders and notebooks.

    Args:
        paths: files, and folders to walk.
        config: the configuration, with what the command line said on top.
        workers: how many processes; 0 for one a core.
        cached: whether to use, and keep, reports of earlier runs.
        total: told how many files there are, before the first is checked.
        progress: told how many more are done.

    Raises:
        TargetError, CatalogueError: see :func:`load`.
        BaselineError: the configured baseline cannot be read.
    """
    context = load(config)
    baseline = read(config.baseline) if config.baseline is not None else None
    found = discover(paths, config)
    if total:
        total(len(found))
    jobs = [job_for(each.path, each.kind, config) for each in found if isinstance(each, Found)]
    cache = Cache(cache_folder(config), context) if cached else None
    reports = run.run(
        jobs, context, config.extra_rules, workers=workers, cache=cache, progress=progress
    )
    by_path = {report.path: report for report in reports}
    every = [by_path[each.path] if isinstance(each, Found) else missing(each) for each in found]
    if baseline is not None and config.baseline is not None:
        every = [subtract(each, baseline, config.baseline) for each in every]
    return Report(tuple(every), context.target)


def check_text(data: bytes, path: str, config: Config) -> Report:
    """Check what is in memory, as if it stood in the file ``path``.

    Raises:
        TargetError, CatalogueError: see :func:`load`.
    """
    context = load(config)
    job = job_for(path, kind_of(path, named=True) or Kind.PYTHON, config)
    return Report((files.check(job, data, context),), context.target)


def job_for(path: str, kind: Kind, config: Config) -> Job:
    """What the configuration says of one file."""
    selection = Selection((*config.select, *config.extend_select), config.ignore)
    return Job(path, kind, selection.without(config.ignored_in(path)), config.dialect_of(path))


def missing(path: Unreadable) -> FileReport:
    """The report on a path that could not be looked at."""
    return files.failure(path.path, at(1, 1, "TFM004", path.reason))


def cache_folder(config: Config) -> Path:
    """Where the reports of earlier runs are kept."""
    return config.cache_dir or config.root / ".tfmigrate_cache"
