"""``tfmigrate verify``."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from tfmigrate.commands.terminal import FAILED, FOUND, errors, fail, print_lines

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("before", type=_FILE)
@click.argument("after", type=_FILE)
@click.option("--args", "arguments", default="", metavar="ARGS", help="Arguments for both.")
@click.option(
    "--oracle",
    default="",
    metavar="PYTHON",
    help="An interpreter with TensorFlow 1.15 to run BEFORE; without it BEFORE runs on this"
    " TensorFlow, through tf.compat.v1.",
)
@click.option(
    "--python",
    default=sys.executable,
    metavar="PYTHON",
    help="An interpreter with today's TensorFlow; the one that runs this if not given.",
)
@click.option(
    "--tolerance",
    type=float,
    default=1e-3,
    metavar="SHARE",
    show_default=True,
    help="How far numbers may be apart, relative to their size.",
)
@click.option(
    "--absolute",
    type=float,
    default=2e-5,
    metavar="NUMBER",
    show_default=True,
    help="How far numbers may be apart in any case.",
)
@click.option(
    "--ignore",
    multiple=True,
    metavar="REGEX",
    help="Printed text that does not count, such as timings.",
)
@click.option(
    "--data",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="A file or folder to copy to where the programs run.",
)
@click.option("--setup", type=_FILE, metavar="FILE", help="A Python file to run before each.")
@click.option(
    "--timeout",
    type=click.IntRange(min=1),
    default=600,
    metavar="SECONDS",
    show_default=True,
    help="When to give up on a program.",
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
    from tfmigrate.prove.compare import Tolerance
    from tfmigrate.prove.processes import ProveError
    from tfmigrate.prove.showing import report
    from tfmigrate.prove.verdict import Verdict
    from tfmigrate.prove.verifying import How, verify

    with errors():
        for pattern in options["ignore"]:
            _refuse_nonsense(pattern)
        tolerance = Tolerance(options["tolerance"], options["absolute"], options["ignore"])
        how = How(
            python=options["python"],
            oracle=options["oracle"],
            arguments=tuple(shlex.split(options["arguments"])),
            data=options["data"],
            setup=options["setup"],
            timeout=options["timeout"],
            tolerance=tolerance,
        )
        try:
            outcome = verify(before, after, how)
        except ProveError as error:
            fail(str(error))
        width = shutil.get_terminal_size((100, 24)).columns
        said = list(report(outcome, tolerance, width))
        print_lines(said[: 2 if outcome.reason else 1] if options["quiet"] else said)
        if outcome.verdict is not Verdict.SAME:
            sys.exit(FOUND if outcome.verdict is Verdict.RUNS else FAILED)


def _refuse_nonsense(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        fail(f"--ignore: {pattern!r} is not a regular expression: {error}")
