"""Check many files: the cache first, the rest on every core."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

from tfmigrate.engine import context as contexts
from tfmigrate.engine import files
from tfmigrate.engine.cache import Cache
from tfmigrate.engine.context import Context
from tfmigrate.engine.files import Job
from tfmigrate.model import FileReport
from tfmigrate.sources import text
from tfmigrate.sources.text import SourceError

_WORTH_A_POOL = 256 * 1024
"""Bytes of source below which starting processes takes longer than checking."""
_BATCHES = 8
"""Batches for each process: enough to even out, few enough to be cheap."""

Progress = Callable[[int], None]
"""Called with how many more files are done."""
Work = tuple[Job, bytes, str]
"""A file that the cache does not know: its job, its bytes, its key."""


def run(
    jobs: Sequence[Job],
    context: Context,
    extra: tuple[Path, ...] = (),
    *,
    workers: int = 0,
    cache: Cache | None = None,
    progress: Progress | None = None,
) -> list[FileReport]:
    """Check files, in any order; the reports come in the order of ``jobs``.

    Args:
        jobs: the files and what the configuration says of each.
        context: facts, rules and target release.
        extra: the folders of extra rules, for the worker processes.
        workers: how many processes; 0 for one a core.
        cache: earlier reports, None to do without.
        progress: told how many files are done.
    """
    done: dict[str, FileReport] = {}
    work: list[Work] = []
    with collector_off():
        for job in jobs:
            report = known(job, cache, work)
            if report is not None:
                done[job.path] = report
        if progress:
            progress(len(done))
        for batch in computed(work, context, extra, workers or available_cores()):
            for (job, _, key), report in batch:
                done[job.path] = report
                if cache is not None:
                    cache.put(job, key, report)
            if progress:
                progress(len(batch))
        if cache is not None:
            cache.save()
    return [done[job.path] for job in jobs]


def known(job: Job, cache: Cache | None, work: list[Work]) -> FileReport | None:
    """The report on a file that cannot be read or that the cache knows; else it becomes work."""
    try:
        data = text.read_bytes(job.path)
    except SourceError as error:
        return files.unreadable(job.path, error)
    key = Cache.key(job, data) if cache is not None else ""
    report = cache.get(job, key) if cache is not None else None
    if report is None:
        work.append((job, data, key))
    return report


def computed(
    work: list[Work], context: Context, extra: tuple[Path, ...], workers: int
) -> Iterator[list[tuple[Work, FileReport]]]:
    """The reports on what is left to do, batch by batch, on as many processes as it is worth."""
    size = sum(len(data) for _, data, _ in work)
    if workers == 1 or len(work) < 2 or size < _WORTH_A_POOL:
        for each in work:
            yield [(each, files.check(each[0], each[1], context))]
        return
    with pool(workers) as executor:
        pending = {
            executor.submit(check_batch, [each[:2] for each in batch], context.target, extra): batch
            for batch in batches(work, workers * _BATCHES)
        }
        for future in as_completed(pending):
            yield list(zip(pending[future], future.result(), strict=True))


def pool(workers: int) -> Executor:
    """Worker processes; forked where that is safe, because they then share what is loaded."""
    method = "fork" if sys.platform == "linux" else None
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(method))


def batches(work: list[Work], count: int) -> list[list[Work]]:
    """Split the work into batches of about the same number of bytes, the largest files first."""
    split: list[list[Work]] = [[] for _ in range(min(count, len(work)))]
    sizes = [0] * len(split)
    for each in sorted(work, key=lambda item: len(item[1]), reverse=True):
        least = sizes.index(min(sizes))
        split[least].append(each)
        sizes[least] += len(each[1]) + 1
    return split


def check_batch(
    batch: list[tuple[Job, bytes]], target: str, extra: tuple[Path, ...]
) -> list[FileReport]:
    """What a worker process does."""
    context = contexts.load(target, extra)
    with collector_off():
        return [files.check(job, data, context) for job, data in batch]


@contextmanager
def collector_off() -> Iterator[None]:
    """No garbage collection meanwhile: syntax trees are large, and have no cycles to speak of."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def available_cores() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
