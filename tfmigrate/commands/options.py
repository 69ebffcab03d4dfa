"""Options that several commands have, and the configuration that comes of them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tfmigrate.commands.terminal import fail
from tfmigrate.config import Config
from tfmigrate.config import load as load_config
from tfmigrate.config import read as read_config

if TYPE_CHECKING:
    from tfmigrate.prove.verifying import How

FILE = click.Path(dir_okay=False, path_type=Path)


def _codes(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...] | None:
    """Codes, given several times or with commas."""
    every = tuple(code.strip().upper() for each in value for code in each.split(","))
    return tuple(filter(None, every)) or None


def _release(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A release without its patch number: 2.16.1 has the names of 2.16."""
    return re.sub(r"^v?(\d+\.\d+)(\.\d+)?$", r"\1", value) if value else None


def codes_option(*names: str, **settings: Any) -> Callable[..., Any]:
    """An option for codes that may be given several times."""
    return click.option(*names, multiple=True, callback=_codes, metavar="CODES", **settings)


configuration_option = click.option(
    "--config",
    "configuration",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A pyproject.toml to use instead of the nearest one.",
)
isolated_option = click.option("--isolated", is_flag=True, help="Read no configuration.")
target_option = click.option(
    "--target-version",
    callback=_release,
    metavar="VERSION",
    help="The TensorFlow release to go to, such as 2.21.",
)
extra_rules_option = click.option(
    "--extra-rules",
    multiple=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="A folder of further rules, as in rules/README.md.",
)
exit_zero_option = click.option(
    "-e", "--exit-zero", is_flag=True, help="Succeed even if something is found."
)
stdin_filename_option = click.option(
    "--stdin-filename",
    metavar="PATH",
    help="The name of the file that is read from standard input (the path -).",
)
force_exclude_option = click.option(
    "--force-exclude", is_flag=True, help="Leave out excluded files although named."
)
jobs_option = click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="How many processes; one a core if not given.",
)


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which rules a run is about."""
    for option in (
        codes_option("--extend-select", help="These rules as well as those of the configuration."),
        codes_option("--ignore", help="Leave these rules out."),
        codes_option(
            "--select", help="Only these rules: codes or beginnings of codes, with commas between."
        ),
    ):
        command = option(command)
    return command


def run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How programs are run and compared where a change is verified."""
    for option in (
        click.option(
            "--absolute",
            type=float,
            default=2e-5,
            metavar="NUMBER",
            show_default=True,
            help="How far numbers may be apart in any case.",
        ),
        click.option(
            "--tolerance",
            type=float,
            default=1e-3,
            metavar="SHARE",
            show_default=True,
            help="How far numbers may be apart, relative to their size.",
        ),
        click.option(
            "--timeout",
            type=click.IntRange(min=1),
            default=600,
            metavar="SECONDS",
            show_default=True,
            help="When to give up on a program.",
        ),
        click.option(
            "--setup",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="FILE",
            help="A Python file to run before each.",
        ),
        click.option(
            "--data",
            multiple=True,
            type=click.Path(exists=True, path_type=Path),
            metavar="PATH",
            help="A file or folder to copy to where the programs run.",
        ),
        click.option(
            "--python",
            default=sys.executable,
            metavar="PYTHON",
            help="An interpreter with today's TensorFlow; the one that runs this if not given.",
        ),
        click.option(
            "--oracle",
            default="",
            metavar="PYTHON",
            help="An interpreter with TensorFlow 1.15 to run BEFORE; without it BEFORE runs on this"
            " TensorFlow, through tf.compat.v1.",
        ),
        click.option("--args", "arguments", default="", metavar="ARGS", help="Arguments for both."),
    ):
        command = option(command)
    return command


def how_of(options: dict[str, Any], ignore: tuple[str, ...] = ()) -> How:
    """How programs are run and compared, from the options of :func:`run_options`."""
    import shlex

    from tfmigrate.prove.compare import Tolerance
    from tfmigrate.prove.verifying import How

    return How(
        python=options["python"],
        oracle=options["oracle"],
        arguments=tuple(shlex.split(options["arguments"])),
        data=options["data"],
        setup=options["setup"],
        timeout=options["timeout"],
        tolerance=Tolerance(options["tolerance"], options["absolute"], ignore),
    )


def from_stdin(paths: tuple[str, ...], options: dict[str, Any]) -> bool:
    """Whether the text comes from standard input; refuses what contradicts itself."""
    name = options["stdin_filename"]
    stdin = paths == ("-",) or (name is not None and not paths)
    if "-" in paths and not stdin:
        fail("the path - stands for standard input and must be the only one")
    if name is not None and not stdin:
        fail("--stdin-filename names what comes from standard input: give the path -")
    return stdin


def config_of(paths: tuple[str, ...], stdin: bool, options: dict[str, Any]) -> Config:
    """The configuration, with the command line on top."""
    where = (options["stdin_filename"],) if stdin and options["stdin_filename"] else paths
    config = settings(options, () if where == ("-",) else where)
    here = Path.cwd()
    extra = tuple(here / folder for folder in options["extra_rules"])
    baseline = options.get("baseline")
    return config.with_overrides(
        select=options["select"],
        ignore=options["ignore"],
        extend_select=options["extend_select"],
        target_version=options["target_version"],
        output_format=options.get("output_format"),
        baseline=None if baseline is None else here / baseline,
        extra_rules=(*config.extra_rules, *extra) if extra else None,
    )


def settings(options: dict[str, Any], paths: tuple[str, ...] = ()) -> Config:
    """The configuration that is meant: the nearest, the given one, or none."""
    if options["isolated"]:
        return Config()
    if options["configuration"] is not None:
        return read_config(options["configuration"])
    return load_config(paths)


def refuse_unknown_codes(config: Config) -> None:
    """Refuse codes that no rule has: a typo would silently select nothing."""
    given = {*config.select, *config.extend_select, *config.ignore} - {"ALL"}
    given |= {code for _, codes in config.per_file_ignores for code in codes} - {"ALL"}
    if not given:
        return
    from tfmigrate import api

    known = tuple(api.rules(config).patterns)
    for code in sorted(given):
        if not any(each.startswith(code) for each in known):
            from difflib import get_close_matches

            close = get_close_matches(code, known, 1, 0.5)
            hint = f"; did you mean {close[0]}?" if close else ""
            fail(f"no rule has the code {code}{hint} (`tfmigrate rules` lists them)")
