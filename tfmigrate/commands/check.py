"""``tfmigrate check``."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from tfmigrate.commands.options import (
    FILE,
    config_of,
    configuration_option,
    exit_zero_option,
    extra_rules_option,
    force_exclude_option,
    from_stdin,
    isolated_option,
    jobs_option,
    refuse_unknown_codes,
    selection_options,
    stdin_filename_option,
    target_option,
)
from tfmigrate.commands.terminal import FAILED, FOUND, errors, fail, print_lines, progress
from tfmigrate.config import OUTPUT_FORMATS, Config

if TYPE_CHECKING:
    from tfmigrate.model import Report


@click.command()
@click.argument("paths", nargs=-1)
@selection_options
@target_option
@click.option("--output-format", type=click.Choice(OUTPUT_FORMATS), help="How to show findings.")
@click.option("-o", "--output-file", type=FILE, metavar="FILE", help="Write the findings there.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule instead.")
@click.option("--summary", is_flag=True, help="What there is to do, on one page, instead.")
@click.option(
    "--baseline", type=FILE, metavar="FILE", help="Report only what this baseline does not know."
)
@click.option(
    "--write-baseline",
    is_flag=False,
    flag_value=Path(),
    type=click.Path(path_type=Path),
    metavar="[FILE]",
    help="Write what is found now to a baseline (if no file is given, to that of --baseline or of"
    " the configuration), and succeed.",
)
@extra_rules_option
@exit_zero_option
@stdin_filename_option
@force_exclude_option
@jobs_option
@click.option("-n", "--no-cache", is_flag=True, help="Check every file again.")
@click.option("--show-files", is_flag=True, help="List the files that would be checked.")
@click.option("-q", "--quiet", is_flag=True, help="Findings only: no totals, no progress.")
@configuration_option
@isolated_option
def check(paths: tuple[str, ...], **options: Any) -> None:
    """Find everything that TensorFlow 2 no longer runs, and say what to do about it.

    PATHS are files, notebooks and folders; the current folder if none is given, standard input
    for a dash.

    Exit codes: 0 nothing found, 1 something found, 2 something could not be read.
    """
    given = options["write_baseline"]
    if given is not None and given != Path() and given.is_dir():
        # `--write-baseline src`: a folder is what to check, not where to write
        paths, options["write_baseline"] = (str(given), *paths), Path()
    with errors():
        stdin = from_stdin(paths, options)
        config = config_of(paths, stdin, options)
        refuse_unknown_codes(config)
        if options["show_files"]:
            _show_files(paths or (".",), config, options["force_exclude"])
        # everything there is goes into a new baseline, also what an old one knows
        anew = options["write_baseline"] is not None
        checked = dataclasses.replace(config, baseline=None) if anew else config
        if stdin:
            report = _check_stdin(options["stdin_filename"] or "-", checked)
        else:
            report = _check_files(paths or (".",), checked, options)
        _finish(report, config, options)


def _show_files(paths: tuple[str, ...], config: Config, force_exclude: bool) -> NoReturn:
    """List what would be checked."""
    from tfmigrate import api
    from tfmigrate.sources.discovery import Found

    found = api.files(paths, config, force_exclude=force_exclude)
    print_lines(each.path for each in found if isinstance(each, Found))
    unreadable = [each for each in found if not isinstance(each, Found)]
    for each in unreadable:
        click.echo(f"tfmigrate: {each.path}: {each.reason}", err=True)
    sys.exit(FAILED if unreadable else 0)


def _check_stdin(name: str, config: Config) -> Report:
    from tfmigrate import api

    return api.check_text(sys.stdin.buffer.read(), name, config)


def _check_files(paths: tuple[str, ...], config: Config, options: dict[str, Any]) -> Report:
    from tfmigrate import api

    with progress(options["quiet"]) as (total, advance):
        report = api.check(
            paths,
            config,
            workers=options["jobs"],
            cached=not options["no_cache"],
            force_exclude=options["force_exclude"],
            total=total,
            progress=advance,
        )
    if not report.files and not options["quiet"] and not options["force_exclude"]:
        where = ", ".join(paths)
        click.echo(f"tfmigrate: no Python file, notebook or dependency file in {where}", err=True)
    return report


def _finish(report: Report, config: Config, options: dict[str, Any]) -> NoReturn:
    """Show the report, write what is to be written, and leave with the right code."""
    failed = any(file.failed for file in report.files)
    if options["write_baseline"] is not None:
        _write_baseline(report, config, options["write_baseline"])
        sys.exit(FAILED if failed else 0)
    _show(report, config, options)
    found = any(file.findings for file in report.files)
    if failed:
        sys.exit(FAILED)
    sys.exit(FOUND if found and not options["exit_zero"] else 0)


def _write_baseline(report: Report, config: Config, given: Path) -> None:
    """Write what was found, and say so, and what could not be read and is therefore left out."""
    from tfmigrate.engine import baseline
    from tfmigrate.report.text import many, place

    file = config.baseline if given == Path() else Path.cwd() / given
    if file is None:
        fail("--write-baseline needs a file: give one, or --baseline, or configure `baseline`")
    number = baseline.write(file, report.files)
    click.echo(f"Wrote {many(number, 'finding')} to {os.path.relpath(file)}.", err=True)
    for each in report.files:
        if each.failed:
            first = each.findings[0]
            click.echo(f"tfmigrate: {place(each, first)}: {first.code} {first.message}", err=True)


def _show(report: Report, config: Config, options: dict[str, Any]) -> None:
    """Print the findings in the wanted format, to standard output or to a file."""
    from tfmigrate import api
    from tfmigrate import report as reports
    from tfmigrate.report.paint import Paint, wanted

    file: Path | None = options["output_file"]
    paint = Paint(file is None and wanted(sys.stdout))
    lines = reports.render(
        report,
        config.output_format,
        lambda: api.rules(config),
        paint,
        part="summary" if options["summary"] else "statistics" if options["statistics"] else "",
        totals=not options["quiet"],
    )
    if file is None:
        print_lines(lines)
    else:
        text = "".join(f"{line}\n" for line in lines)
        file.write_text(text, encoding="utf-8", errors="backslashreplace")
