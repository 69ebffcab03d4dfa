"""Many files: the same reports however the work is split, and nothing that stops a run."""

from __future__ import annotations

import gc
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tfmigrate.engine import context, files, run
from tfmigrate.engine.cache import Cache
from tfmigrate.engine.context import Context
from tfmigrate.engine.files import Job
from tfmigrate.model import FileReport
from tfmigrate.sources.discovery import Kind

CONTEXT = context.load("2.21")
LOG = "import tensorflow as tf\nx = tf.log(1)\n"
CRASHES: dict[str, Callable[[], object]] = {
    "exit": lambda: os._exit(3),
    "kill": lambda: os.kill(os.getpid(), 9),
}


def write(folder: Path, count: int, size: int = 0) -> list[Job]:
    """Programs with a finding each; ``size`` adds comments of so many bytes."""
    jobs = []
    for number in range(count):
        path = folder / f"{number:03}.py"
        path.write_text(f"{LOG}{'y = tf.to_float(2)' + chr(10)}" * (number % 3 + 1) + "#" * size)
        jobs.append(Job(str(path), Kind.PYTHON))
    return jobs


def load() -> Context:
    return CONTEXT


def never() -> Context:
    raise AssertionError("nothing had to be checked")


def test_order_and_equality(tmp_path: Path) -> None:
    jobs = write(tmp_path, 12, run._WORTH_A_POOL // 10)
    one = run.run(jobs, load, workers=1)
    assert [each.path for each in one] == [each.path for each in jobs]
    assert all(each.findings for each in one)
    assert run.run(jobs, load, workers=2) == one
    assert run.run(jobs[::-1], load, workers=3) == one[::-1]


def test_small_work_needs_no_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise AssertionError("no pool is worth it")

    monkeypatch.setattr(run, "pool", refuse)
    assert len(run.run(write(tmp_path, 5), load, workers=8)) == 5


def test_the_cache_saves_everything(tmp_path: Path) -> None:
    jobs = write(tmp_path, 3)
    first = run.run(jobs, load, cache=Cache(tmp_path / "cache", "2.21"))
    assert run.run(jobs, never, cache=Cache(tmp_path / "cache", "2.21")) == first
    Path(jobs[1].path).write_text("x = 1\n")
    again = run.run(jobs, load, cache=Cache(tmp_path / "cache", "2.21"))
    assert again[1].findings == ()
    assert (again[0], again[2]) == (first[0], first[2])


def test_without_files() -> None:
    assert run.run([], never) == []


def test_progress_adds_up(tmp_path: Path) -> None:
    jobs = write(tmp_path, 7)
    seen: list[int] = []
    run.run([*jobs, Job(str(tmp_path / "gone.py"), Kind.PYTHON)], load, progress=seen.append)
    assert sum(seen) == 8


def only(path: Path) -> FileReport:
    (report,) = run.run([Job(str(path), Kind.PYTHON)], load)
    return report


def test_a_file_that_vanished(tmp_path: Path) -> None:
    report = only(tmp_path / "gone.py")
    assert [each.code for each in report.findings] == ["TFM004"]
    assert "no such file" in report.findings[0].message
    assert report.failed


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    report = only(tmp_path / "pipe.py")
    assert [each.code for each in report.findings] == ["TFM004"]
    assert "not a regular file" in report.findings[0].message


def test_a_link_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "self.py").symlink_to("self.py")
    report = only(tmp_path / "self.py")
    assert [each.code for each in report.findings] == ["TFM004"]


def test_a_folder(tmp_path: Path) -> None:
    assert "directory" in only(tmp_path).findings[0].message


@pytest.fixture
def fragile(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Files with the word crash in them bring their process down, as a bug of Python would."""
    # a forked process has the patched function
    monkeypatch.setattr(run, "START", "fork")
    real = files.check

    def check(job: Job, data: bytes, context: Context) -> FileReport:
        for name, crash in CRASHES.items():
            if f"crash {name}".encode() in data and multiprocessing.parent_process() is not None:
                crash()
        return real(job, data, context)

    monkeypatch.setattr(files, "check", check)
    yield


@pytest.mark.parametrize("crash", CRASHES)
def test_a_process_that_dies(crash: str, tmp_path: Path, fragile: None) -> None:
    jobs = write(tmp_path, 9, run._WORTH_A_POOL // 8)
    healthy = run.run(jobs, load, workers=1)
    with Path(jobs[4].path).open("a") as stream:
        stream.write(f"\n# crash {crash}\n")
    reports = run.run(jobs, load, workers=2)
    assert [each.path for each in reports] == [each.path for each in jobs]
    assert [each.code for each in reports[4].findings] == ["TFM009"]
    assert reports[4].failed
    assert "died" in reports[4].findings[0].message
    assert reports[:4] + reports[5:] == healthy[:4] + healthy[5:]
    assert not multiprocessing.active_children()


def test_an_interrupt_leaves_no_process(tmp_path: Path) -> None:
    jobs = write(tmp_path, 9, run._WORTH_A_POOL // 8)

    def interrupt(done: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.run(jobs, load, workers=2, progress=interrupt)
    # they are dead; the thread of the pool may be about to find out
    deadline = time.monotonic() + 5
    while multiprocessing.active_children() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not multiprocessing.active_children()
    assert gc.isenabled()


def test_batches_are_even() -> None:
    sizes = [90, 50, 40, 5, 5, 5, 1]
    work = [(Job(f"{size}-{n}.py", Kind.PYTHON), size) for n, size in enumerate(sizes)]
    split = run.batches(work, 3)
    totals = [sum(int(job.path.partition("-")[0]) for job in batch) for batch in split]
    assert sorted(totals) == [51, 55, 90]
    assert sorted(job.path for batch in split for job in batch) == sorted(
        job.path for job, _ in work
    )
    assert len(run.batches(work[:2], 8)) == 2


def test_a_file_that_vanishes_during_the_run(tmp_path: Path) -> None:
    jobs = write(tmp_path, 3)

    def remove() -> Context:
        Path(jobs[1].path).unlink()
        return CONTEXT

    cache = Cache(tmp_path / "cache", "2.21")
    reports = run.run(jobs, remove, cache=cache)
    assert [each.findings[0].code for each in reports] == ["TFM101", "TFM004", "TFM101"]
