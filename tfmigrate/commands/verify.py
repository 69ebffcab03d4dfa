"""``tfmigrate verify``."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from tfmigrate.commands.options import how_of, run_options
from tfmigrate.commands.terminal import FAILED, FOUND, errors, fail, print_lines

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("before", type=_FILE)
@click.argument("after", type=_FILE)
@run_options
@click.option(
    "--ignore",
    multiple=True,
    metavar="REGEX",
    help="Printed text that does not count, such as timings.",
)
@click.option("-q", "--quiet", is_flag=True, help="The verdict and its reason only.")
def verify(before: Path, after: Path, **options: Any) -> None:
    """Run a program before and after a migration, and compare what came of it.

    BEFORE and AFTER are Python files or notebooks. Both run in folders of their own, with random
    numbers that are the same on both sides, whatever draws them (so that initial weights and
    dropout masks agree), and with a plotting library that only takes down what it is given. What
    they print, plot, and write into event files and checkpoints is compared.

    Exit codes: 0 the same, 1 something differs, 2 one of them does not run.
    """
    from tfmigrate.prove.processes import ProveError
    from tfmigrate.prove.showing import report
    from tfmigrate.prove.verdict import Verdict
    from tfmigrate.prove.verifying import verify

    with errors():
        for pattern in options["ignore"]:
            _refuse_nonsense(pattern)
        how = how_of(options, options["ignore"])
        try:
            outcome = verify(before, after, how)
        except ProveError as error:
            fail(str(error))
        width = shutil.get_terminal_size((100, 24)).columns
        said = list(report(outcome, how.tolerance, width))
        print_lines(said[: 2 if outcome.reason else 1] if options["quiet"] else said)
        if outcome.verdict is not Verdict.SAME:
            sys.exit(FOUND if outcome.verdict is Verdict.RUNS else FAILED)


def _refuse_nonsense(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        fail(f"--ignore: {pattern!r} is not a regular expression: {error}")
