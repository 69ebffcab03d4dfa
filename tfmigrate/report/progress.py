"""A progress bar for long runs."""

from __future__ import annotations

import time

_PATIENCE = 0.5
"""Seconds that a run may take without a bar: showing one costs a tenth of that."""


class Bar:
    """A bar on standard error, from the moment that a run turns out to be long."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._total = 0
        self._done = 0
        self._shown: object = None

    def total(self, files: int) -> None:
        """How many files there are."""
        self._total = files

    def advance(self, files: int) -> None:
        """How many more are done."""
        self._done += files
        if self._shown is None and time.monotonic() - self._start > _PATIENCE:
            self._open()
        if self._shown is not None:
            self._update()

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        progress = Progress(console=Console(stderr=True), transient=True, auto_refresh=False)
        self._task = progress.add_task("Checking", total=self._total)
        progress.start()
        self._shown = progress
        self._progress = progress

    def _update(self) -> None:
        self._progress.update(self._task, completed=self._done)
        self._progress.refresh()

    def close(self) -> None:
        """Take the bar away."""
        if self._shown is not None:
            self._progress.stop()
