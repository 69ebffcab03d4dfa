"""Check or fix many files: the cache first, the rest on every core."""

from __future__ import annotations

import gc
import os
import stat
import sys
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from heapq import heapreplace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar

from tfmigrate.engine import files
from tfmigrate.engine.cache import Cache
from tfmigrate.engine.files import Job
from tfmigrate.engine.syntax import at
from tfmigrate.model import FileFix, FileReport, Finding
from tfmigrate.sources import text
from tfmigrate.sources.text import SourceError

# the pool and the rules are imported where they are used: most runs need neither
if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor
    from multiprocessing.context import BaseContext

    from tfmigrate.engine.context import Context
    from tfmigrate.engine.fixing import FixOptions, Mended

_WORTH_A_POOL = 256 * 1024
"""Bytes of source below which starting processes takes longer than checking."""
START = "fork" if sys.platform == "linux" else "spawn"
"""Processes are forked where that is safe, because they then share what is loaded."""
_BATCHES = 8
"""Batches for each process: enough to even out, few enough to be cheap."""
_BATCH_FILES = 16
"""Files in a batch: what waits in the pipe to the processes has to fit into it, or a process that
dies leaves Python 3.10 waiting for ever (https://github.com/python/cpython/issues/94777)."""

Progress = Callable[[int], None]
"""Called with how many more files are done."""
Work = tuple[Job, int]
"""A file that the cache does not know: its job and its size."""
Done = tuple[Job, str, FileReport]
"""A file that was checked: its job, the key of what was read (empty if nothing was), its report."""
Result = TypeVar("Result")
_Result_co = TypeVar("_Result_co", covariant=True)


class Task(Protocol[_Result_co]):
    """What is done with each file, here or in a worker process."""

    def do(self, job: Job, context: Context) -> _Result_co:
        """Read a file and do it."""

    def died(self, job: Job) -> _Result_co:
        """What is said of a file that brought its process down."""

    def prepare(self) -> None:
        """Import what every process will need, where it can be shared."""


class Checking:
    """Check each file."""

    def prepare(self) -> None:
        """What it takes is imported with the rules."""

    def do(self, job: Job, context: Context) -> Done:
        """Read a file and check it."""
        try:
            data = text.read_bytes(job.path)
        except SourceError as error:
            return job, "", files.unreadable(job.path, error)
        return job, Cache.key(job, data), files.check(job, data, context)

    def died(self, job: Job) -> Done:
        """The report on a file that brought its process down."""
        return job, "", files.failure(job.path, lost(job, "checked"))


class Fixing:
    """Fix each file, its dependencies apart; what there is nothing to say of loses its bytes."""

    def __init__(self, options: FixOptions) -> None:
        self.options = options

    def prepare(self) -> None:
        """Import what a file is fixed with."""
        from tfmigrate import lifting
        from tfmigrate.engine import stages

        assert lifting and stages

    def do(self, job: Job, context: Context) -> tuple[Job, Mended]:
        """Read a file and fix it."""
        from tfmigrate.engine.fixing import Mended, mend

        try:
            data = text.read_bytes(job.path)
        except SourceError as error:
            return job, Mended(unfixed(files.unreadable(job.path, error)))
        mended = mend(job, data, context, self.options)
        if mended.speaks:
            return job, mended
        return job, Mended(FileFix(job.path, b"", b""), mended.needs)

    def died(self, job: Job) -> tuple[Job, Mended]:
        """The report on a file that brought its process down."""
        from tfmigrate.engine.fixing import Mended

        return job, Mended(unfixed(files.failure(job.path, lost(job, "fixed"))))


def unfixed(report: FileReport) -> FileFix:
    """For a file that could not be fixed, what the report says of it."""
    return FileFix(report.path, b"", b"", left=report.findings, failed=True)


def lost(job: Job, what: str) -> Finding:
    """That the process which was at a file is no more."""
    message = (
        f"the process that {what} this file died: out of memory, or a crash of Python;"
        f" the file was not {what}"
    )
    return at(1, 1, files.INTERNAL, message)


def run(
    jobs: Sequence[Job],
    load: Callable[[], Context],
    extra: tuple[Path, ...] = (),
    *,
    workers: int = 0,
    cache: Cache | None = None,
    progress: Progress | None = None,
) -> list[FileReport]:
    """Check files, in any order; the reports come in the order of ``jobs``.

    Args:
        jobs: the files and what the configuration says of each.
        load: gives facts, rules and target release; called only if there is something to check.
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
        # closed at once if `progress` raises, so that no process is left to go on
        count = workers or available_cores()
        with closing(computed(Checking(), work, load, extra, count)) as batches_done:
            for batch in batches_done:
                for job, key, report in batch:
                    done[job.path] = report
                    if cache is not None and key:
                        cache.put(job, key, report)
                if progress:
                    progress(len(batch))
        if cache is not None:
            cache.save()
    return [done[job.path] for job in jobs]


def fix(
    jobs: Sequence[Job],
    load: Callable[[], Context],
    options: FixOptions,
    extra: tuple[Path, ...] = (),
    *,
    workers: int = 0,
    progress: Progress | None = None,
) -> list[FileFix]:
    """Fix files, in any order; the outcomes come in the order of ``jobs``. Nothing is written.

    Dependency files are fixed last, when it is known what the programs need.

    Args:
        jobs, load, extra, workers, progress: as for :func:`run`.
        options: what is to be fixed; one who asks about each fix gets one process.
    """
    from tfmigrate.engine import fixing_dependencies as dependencies
    from tfmigrate.engine.fixing import Mended

    done: dict[str, Mended] = {}
    work: list[Work] = []
    count = 1 if options.accept is not None else workers or available_cores()
    with collector_off():
        for job in jobs:
            report = known(job, None, work)
            if report is not None:
                done[job.path] = Mended(unfixed(report))
        if progress:
            progress(len(done))
        with closing(computed(Fixing(options), work, load, extra, count)) as batches_done:
            for batch in batches_done:
                done.update((job.path, mended) for job, mended in batch)
                if progress:
                    progress(len(batch))
    fixes = {path: mended.fix for path, mended in done.items()}
    needs = frozenset().union(*(mended.needs for mended in done.values()))
    declaring = [job for job in jobs if dependencies.concerns(job) and not fixes[job.path].failed]
    done_with = dependencies.finished(jobs, fixes.values())
    for job in declaring:
        fixes[job.path] = dependencies.fix(
            job, fixes[job.path], needs, load(), options, finished=done_with
        )
    return [fixes[job.path] for job in jobs]


def known(job: Job, cache: Cache | None, work: list[Work]) -> FileReport | None:
    """The report on a file that cannot be read or that the cache knows; else it becomes work."""
    try:
        status = os.stat(job.path)  # noqa: PTH116 - a Path for each file costs more than the call
    except OSError:
        # reading it will say why
        work.append((job, 0))
        return None
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        # reading from a pipe or a device may never end
        reason = "not a regular file; the path - reads from standard input"
        return files.failure(job.path, at(1, 1, "TFM004", reason))
    if cache is not None:
        try:
            data = text.read_bytes(job.path)
        except SourceError as error:
            return files.unreadable(job.path, error)
        report = cache.get(job, Cache.key(job, data))
        if report is not None:
            return report
    work.append((job, status.st_size))
    return None


def computed(
    task: Task[Result],
    work: list[Work],
    load: Callable[[], Context],
    extra: tuple[Path, ...],
    workers: int,
) -> Generator[list[Result], None, None]:
    """The results of what is left to do, batch by batch, on as many processes as it is worth."""
    if not work:
        return
    context = load()
    if workers == 1 or len(work) < 2 or sum(size for _, size in work) < _WORTH_A_POOL:
        for job, _ in work:
            yield [task.do(job, context)]
        return
    if START == "fork":
        task.prepare()
    count = max(workers * _BATCHES, -(-len(work) // _BATCH_FILES))
    unfinished = yield from pooled(task, batches(work, count), workers, context.target, extra)
    # a process died, and took those beside it along: one file at a time tells which it was
    for job in (job for batch in unfinished for job in batch):
        still = yield from pooled(task, [[job]], 1, context.target, extra)
        if still:
            yield [task.died(job)]


def pooled(
    task: Task[Result],
    todo: list[list[Job]],
    workers: int,
    target: str,
    extra: tuple[Path, ...],
) -> Generator[list[Result], None, list[list[Job]]]:
    """Yield the results of each batch as it is done; return the batches that a dead process lost.

    However it is left (an interrupt, an error), no process stays behind.
    """
    import multiprocessing
    from concurrent.futures import as_completed
    from concurrent.futures.process import BrokenProcessPool

    before = set(multiprocessing.active_children())
    executor = pool(min(workers, len(todo)))
    pending: dict[Future[list[Result]], list[Job]] = {}
    lost: list[list[Job]] = []
    try:
        for batch in todo:
            try:
                pending[executor.submit(do_batch, task, batch, target, extra)] = batch
            except BrokenProcessPool:
                lost.append(batch)
        for future in as_completed(pending):
            try:
                reports = future.result()
            except BrokenProcessPool:
                lost.append(pending[future])
            else:
                yield reports
    except BaseException:
        started = set(multiprocessing.active_children()) - before
        for process in started:
            process.kill()
        for process in started:
            process.join()
        # not to be waited for: on Python 3.10 what manages the processes may never notice
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    executor.shutdown()
    return lost


def pool(workers: int) -> ProcessPoolExecutor:
    """Worker processes."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context: BaseContext = multiprocessing.get_context(START)
    return ProcessPoolExecutor(
        workers, mp_context=context, initializer=enter_worker, initargs=(os.getpid(),)
    )


def enter_worker(parent: int) -> None:
    """Leave an interrupt to the parent, and do not outlive it (it may be killed)."""
    import signal
    import threading
    import time

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=watch, daemon=True).start()


def batches(work: list[Work], count: int) -> list[list[Job]]:
    """Split the work into batches of about the same number of bytes, the largest files first."""
    split: list[list[Job]] = [[] for _ in range(min(count, len(work)))]
    # a heap of how much is in each batch so far
    least = [(0, index) for index in range(len(split))]
    for job, size in sorted(work, key=lambda item: item[1], reverse=True):
        total, index = least[0]
        split[index].append(job)
        heapreplace(least, (total + size + 1, index))
    return split


def do_batch(
    task: Task[Result], batch: list[Job], target: str, extra: tuple[Path, ...]
) -> list[Result]:
    """What a worker process does."""
    from tfmigrate.engine import context as contexts

    context = contexts.load(target, extra)
    with collector_off():
        return [task.do(job, context) for job in batch]


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
