"""What every command needs of the terminal: printing, progress, errors, exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from tfmigrate.config import ConfigError

FOUND, FAILED, INTERRUPTED = 1, 2, 130
"""Exit codes."""


@contextmanager
def progress(quiet: bool) -> Iterator[tuple[Callable[[int], None] | None, Any]]:
    """A progress bar, on a terminal, for runs that are long enough to see one."""
    if quiet or not sys.stderr.isatty():
        yield None, None
        return
    from tfmigrate.report.progress import Bar

    bar = Bar()
    try:
        yield bar.total, bar.advance
    finally:
        bar.close()


def page_markdown(markdown: str) -> None:
    """Show Markdown: rendered on a terminal, as it is in a pipe."""
    from tfmigrate.report.paint import wanted

    if not sys.stdout.isatty():
        print_lines([markdown.rstrip("\n")])
        return
    from rich.console import Console
    from rich.markdown import Markdown

    width = min(Console().width, 100)
    console = Console(width=width, no_color=not wanted(sys.stdout))
    console.print(Markdown(markdown, code_theme="ansi_dark"))


def print_lines(lines: Iterable[str]) -> None:
    """Print many lines at once: a write for each is what makes long output slow."""
    text = "".join(f"{line}\n" for line in lines)
    with _readers_may_leave():
        try:
            sys.stdout.write(text)
        except UnicodeEncodeError:
            encoding = sys.stdout.encoding or "ascii"
            sys.stdout.buffer.write(text.encode(encoding, "backslashreplace"))
        sys.stdout.flush()


def print_bytes(data: bytes) -> None:
    """Print bytes as they are, whatever standard output takes for text."""
    with _readers_may_leave():
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


@contextmanager
def _readers_may_leave() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        # the reader has seen enough, as with `| head`; the exit code is what it would have been
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def errors() -> Iterator[None]:
    """Say what is wrong in one line, without a traceback."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("tfmigrate: interrupted", err=True)
        sys.stdout.flush()
        # a regular exit would wait for threads that wait for processes which are gone
        os._exit(INTERRUPTED)
    except Exception as error:
        fail(said(error))


def said(error: Exception) -> str:
    """An error in words; one that nobody foresaw with the place to look at."""
    # imported here: only a run that fails has to know its errors
    from tfmigrate.atlas import AtlasError
    from tfmigrate.catalogue import CatalogueError
    from tfmigrate.engine.baseline import BaselineError
    from tfmigrate.engine.context import TargetError

    if isinstance(error, (ConfigError, CatalogueError, BaselineError, TargetError, AtlasError)):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename else ""
        return name + error.strerror.lower()
    import traceback

    where = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(where.filename).name}:{where.lineno}"
    return f"internal error, please report it: {type(error).__name__}: {error} ({place})"


def fail(message: str) -> NoReturn:
    """Leave with an error."""
    click.echo(f"tfmigrate: {message}", err=True)
    sys.exit(FAILED)
