"""The command line: options in, exit codes out, no logic in between.

Exit codes: 0 nothing found, 1 something found, 2 something could not be read or understood.
"""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from tfmigrate import __version__
from tfmigrate.config import OUTPUT_FORMATS, Config, ConfigError
from tfmigrate.config import load as load_config
from tfmigrate.config import read as read_config

if TYPE_CHECKING:
    from tfmigrate.model import Report

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_FOUND, _FAILED, _INTERRUPTED = 1, 2, 130
_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(context_settings=_CONTEXT)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def main() -> None:
    """Take TensorFlow 1 code to native TensorFlow 2."""


def _codes(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...] | None:
    """Codes, given several times or with commas."""
    every = tuple(code.strip().upper() for each in value for code in each.split(","))
    return tuple(filter(None, every)) or None


def _release(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A release without its patch number: 2.16.1 has the names of 2.16."""
    return re.sub(r"^v?(\d+\.\d+)(\.\d+)?$", r"\1", value) if value else None


def _several(*names: str, **settings: Any) -> Callable[..., Any]:
    """An option for codes that may be given several times."""
    return click.option(*names, multiple=True, callback=_codes, metavar="CODES", **settings)


_configuration = click.option(
    "--config",
    "configuration",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A pyproject.toml to use instead of the nearest one.",
)
_isolated = click.option("--isolated", is_flag=True, help="Read no configuration.")
_target = click.option(
    "--target-version",
    callback=_release,
    metavar="VERSION",
    help="The TensorFlow release to check against, such as 2.21.",
)


@main.command()
@click.argument("paths", nargs=-1)
@_several("--select", help="Only these rules: codes or beginnings of codes, with commas between.")
@_several("--ignore", help="Leave these rules out.")
@_several("--extend-select", help="These rules as well as those of the configuration.")
@_target
@click.option("--output-format", type=click.Choice(OUTPUT_FORMATS), help="How to show findings.")
@click.option("-o", "--output-file", type=_FILE, metavar="FILE", help="Write the findings there.")
@click.option("--statistics", is_flag=True, help="Count the findings of each rule instead.")
@click.option("--summary", is_flag=True, help="What there is to do, on one page, instead.")
@click.option(
    "--baseline", type=_FILE, metavar="FILE", help="Report only what this baseline does not know."
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
@click.option(
    "--extra-rules",
    multiple=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="A folder of further rules, as in rules/README.md.",
)
@click.option("-e", "--exit-zero", is_flag=True, help="Succeed even if something is found.")
@click.option(
    "--stdin-filename",
    metavar="PATH",
    help="The name of the file that is read from standard input (the path -).",
)
@click.option("--force-exclude", is_flag=True, help="Leave out excluded files although named.")
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="How many processes; one a core if not given.",
)
@click.option("-n", "--no-cache", is_flag=True, help="Check every file again.")
@click.option("--show-files", is_flag=True, help="List the files that would be checked.")
@click.option("-q", "--quiet", is_flag=True, help="Findings only: no totals, no progress.")
@_configuration
@_isolated
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
    stdin = paths == ("-",) or (options["stdin_filename"] is not None and not paths)
    with _errors():
        if "-" in paths and not stdin:
            _fail("the path - stands for standard input and must be the only one")
        if options["stdin_filename"] is not None and not stdin:
            _fail("--stdin-filename names what comes from standard input: give the path -")
        config = _config(paths, stdin, options)
        _known_codes(config)
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


def _config(paths: tuple[str, ...], stdin: bool, options: dict[str, Any]) -> Config:
    """The configuration, with the command line on top."""
    where = (options["stdin_filename"],) if stdin and options["stdin_filename"] else paths
    config = _settings(options, () if where == ("-",) else where)
    here = Path.cwd()
    extra = tuple(here / folder for folder in options["extra_rules"])
    baseline = options["baseline"]
    return config.with_overrides(
        select=options["select"],
        ignore=options["ignore"],
        extend_select=options["extend_select"],
        target_version=options["target_version"],
        output_format=options["output_format"],
        baseline=None if baseline is None else here / baseline,
        extra_rules=(*config.extra_rules, *extra) if extra else None,
    )


def _settings(options: dict[str, Any], paths: tuple[str, ...] = ()) -> Config:
    """The configuration that is meant: the nearest, the given one, or none."""
    if options["isolated"]:
        return Config()
    if options["configuration"] is not None:
        return read_config(options["configuration"])
    return load_config(paths)


def _known_codes(config: Config) -> None:
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
            _fail(f"no rule has the code {code}{hint} (`tfmigrate rules` lists them)")


def _show_files(paths: tuple[str, ...], config: Config, force_exclude: bool) -> NoReturn:
    """List what would be checked."""
    from tfmigrate import api
    from tfmigrate.sources.discovery import Found

    found = api.files(paths, config, force_exclude=force_exclude)
    _print(each.path for each in found if isinstance(each, Found))
    unreadable = [each for each in found if not isinstance(each, Found)]
    for each in unreadable:
        click.echo(f"tfmigrate: {each.path}: {each.reason}", err=True)
    sys.exit(_FAILED if unreadable else 0)


def _check_stdin(name: str, config: Config) -> Report:
    from tfmigrate import api

    return api.check_text(sys.stdin.buffer.read(), name, config)


def _check_files(paths: tuple[str, ...], config: Config, options: dict[str, Any]) -> Report:
    from tfmigrate import api

    with _progress(options["quiet"]) as (total, advance):
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


@contextmanager
def _progress(quiet: bool) -> Iterator[tuple[Callable[[int], None] | None, Any]]:
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


def _finish(report: Report, config: Config, options: dict[str, Any]) -> NoReturn:
    """Show the report, write what is to be written, and leave with the right code."""
    failed = any(file.failed for file in report.files)
    if options["write_baseline"] is not None:
        _write_baseline(report, config, options["write_baseline"])
        sys.exit(_FAILED if failed else 0)
    _show(report, config, options)
    found = any(file.findings for file in report.files)
    if failed:
        sys.exit(_FAILED)
    sys.exit(_FOUND if found and not options["exit_zero"] else 0)


def _write_baseline(report: Report, config: Config, given: Path) -> None:
    """Write what was found, and say so, and what could not be read and is therefore left out."""
    from tfmigrate.engine import baseline
    from tfmigrate.report.text import many, place

    file = config.baseline if given == Path() else Path.cwd() / given
    if file is None:
        _fail("--write-baseline needs a file: give one, or --baseline, or configure `baseline`")
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
        _print(lines)
    else:
        text = "".join(f"{line}\n" for line in lines)
        file.write_text(text, encoding="utf-8", errors="backslashreplace")


@main.command()
@click.argument("subjects", nargs=-1, required=True, metavar="SUBJECT...")
@_target
@_configuration
@_isolated
def explain(subjects: tuple[str, ...], **options: Any) -> None:
    """Explain a rule (TFM201, placeholder) or a symbol (tf.contrib.layers.batch_norm).

    A symbol may be spelled in any way: tf.log, tensorflow.log, tf.compat.v1.log, slim.conv2d,
    tf.Session.run.
    """
    from tfmigrate import api

    with _errors():
        config = _settings(options).with_overrides(target_version=options["target_version"])
        context = api.load(config)
        pages = []
        for subject in subjects:
            page = api.explain(subject, context)
            if page is None:
                _fail(api.unknown_subject(subject, context))
            pages.append(page)
        _page("\n".join(pages))


@main.command()
@click.option(
    "--output-format", type=click.Choice(("text", "json")), default="text", help="How to list them."
)
@_configuration
@_isolated
def rules(output_format: str, **options: Any) -> None:
    """List the rules."""
    from tfmigrate import api
    from tfmigrate.report import listing
    from tfmigrate.report.paint import Paint, wanted

    with _errors():
        catalogue = api.rules(_settings(options))
        if output_format == "json":
            _print(listing.as_json(catalogue))
        else:
            _print(listing.as_text(catalogue, Paint(wanted(sys.stdout))))


@main.command()
@_configuration
def clean(configuration: Path | None) -> None:
    """Remove the cache of this project."""
    from tfmigrate import api

    with _errors():
        folder = api.clean(_settings({"isolated": False, "configuration": configuration}))
        if folder is not None:
            click.echo(f"Removed {os.path.relpath(folder)}.", err=True)


def _page(markdown: str) -> None:
    """Show Markdown: rendered on a terminal, as it is in a pipe."""
    from tfmigrate.report.paint import wanted

    if not sys.stdout.isatty():
        _print([markdown.rstrip("\n")])
        return
    from rich.console import Console
    from rich.markdown import Markdown

    width = min(Console().width, 100)
    console = Console(width=width, no_color=not wanted(sys.stdout))
    console.print(Markdown(markdown, code_theme="ansi_dark"))


def _print(lines: Iterable[str]) -> None:
    """Print many lines at once: a write for each is what makes long output slow."""
    text = "".join(f"{line}\n" for line in lines)
    try:
        try:
            sys.stdout.write(text)
        except UnicodeEncodeError:
            encoding = sys.stdout.encoding or "ascii"
            sys.stdout.buffer.write(text.encode(encoding, "backslashreplace"))
        sys.stdout.flush()
    except BrokenPipeError:
        # the reader has seen enough, as with `| head`; the exit code is what it would have been
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextmanager
def _errors() -> Iterator[None]:
    """Say what is wrong in one line, without a traceback."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo("tfmigrate: interrupted", err=True)
        sys.stdout.flush()
        # a regular exit would wait for threads that wait for processes which are gone
        os._exit(_INTERRUPTED)
    except Exception as error:
        _fail(_said(error))


def _said(error: Exception) -> str:
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


def _fail(message: str) -> NoReturn:
    """Leave with an error."""
    click.echo(f"tfmigrate: {message}", err=True)
    sys.exit(_FAILED)
