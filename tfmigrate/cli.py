"""The command line: options in, exit codes out, no logic in between.

Exit codes: 0 nothing found, 1 something found, 2 something could not be read or understood.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from tfmigrate import __version__
from tfmigrate.config import OUTPUT_FORMATS, Config, ConfigError
from tfmigrate.config import load as load_config

if TYPE_CHECKING:
    from tfmigrate.catalogue import Catalogue
    from tfmigrate.model import Report

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
_FOUND, _FAILED = 1, 2


@click.group(context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="tfmigrate")
def main() -> None:
    """Take TensorFlow 1 code to native TensorFlow 2."""


def _codes(_: click.Context, __: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...] | None:
    """Codes, given several times or with commas."""
    every = tuple(code.strip() for each in value for code in each.split(",") if code.strip())
    return every or None


@main.command()
@click.argument("paths", nargs=-1)
@click.option(
    "--select",
    multiple=True,
    callback=_codes,
    metavar="CODES",
    help="Only these rules: codes or beginnings of codes, with commas between.",
)
@click.option(
    "--ignore", multiple=True, callback=_codes, metavar="CODES", help="Leave these rules out."
)
@click.option(
    "--extend-select",
    multiple=True,
    callback=_codes,
    metavar="CODES",
    help="These rules as well as those of the configuration.",
)
@click.option(
    "--target-version",
    metavar="VERSION",
    help="The TensorFlow release to check against, such as 2.21.",
)
@click.option("--output-format", type=click.Choice(OUTPUT_FORMATS), help="How to show findings.")
@click.option(
    "-o",
    "--output-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the findings to a file.",
)
@click.option("--statistics", is_flag=True, help="Count the findings of each rule instead.")
@click.option("--summary", is_flag=True, help="What there is to do, on one page, instead.")
@click.option(
    "--baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Report only what is not in this baseline.",
)
@click.option(
    "--write-baseline",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what is found now to a baseline, and succeed.",
)
@click.option(
    "--extra-rules",
    multiple=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder of further rules, as in rules/README.md.",
)
@click.option("--exit-zero", is_flag=True, help="Succeed even if something is found.")
@click.option(
    "--stdin-filename",
    metavar="PATH",
    help="The name of the file that is read from standard input (the path -).",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="How many processes; one a core if not given.",
)
@click.option("--no-cache", is_flag=True, help="Check every file again.")
@click.option("--show-files", is_flag=True, help="List the files that would be checked.")
@click.option("-q", "--quiet", is_flag=True, help="Findings only: no totals.")
def check(paths: tuple[str, ...], **options: Any) -> None:
    """Find everything that TensorFlow 2 no longer runs, and say what to do about it.

    PATHS are files, notebooks and folders; the current folder if none is given, standard input
    for a dash.
    """
    stdin = paths == ("-",) or (options["stdin_filename"] is not None and not paths)
    if "-" in paths and not stdin:
        _fail("the path - stands for standard input and must be the only one")
    with _errors():
        config = _config(paths, stdin, options)
        _known_codes(config)
        if options["show_files"]:
            _show_files(paths, config)
        elif stdin:
            _finish(_check_stdin(options["stdin_filename"] or "-", config), config, options)
        else:
            _finish(_check_files(paths or (".",), config, options), config, options)


def _config(paths: tuple[str, ...], stdin: bool, options: dict[str, Any]) -> Config:
    """The configuration, with the command line on top."""
    where = (options["stdin_filename"],) if stdin and options["stdin_filename"] else paths
    config = load_config(() if where == ("-",) else where)
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


def _known_codes(config: Config) -> None:
    """Refuse codes that no rule has: a typo would silently select nothing."""
    from tfmigrate import api

    given = {*config.select, *config.extend_select, *config.ignore} - {"ALL"}
    given |= {code for _, codes in config.per_file_ignores for code in codes} - {"ALL"}
    if not given:
        return
    known = tuple(api.load(config).catalogue.patterns)
    for code in sorted(given):
        if not any(each.startswith(code) for each in known):
            from difflib import get_close_matches

            close = get_close_matches(code, known, 1, 0.5)
            hint = f"; did you mean {close[0]}?" if close else ""
            _fail(f"no rule has the code {code}{hint} (`tfmigrate rules` lists them)")


def _show_files(paths: tuple[str, ...], config: Config) -> None:
    from tfmigrate.sources.discovery import Found, discover

    for each in discover(paths or (".",), config):
        if isinstance(each, Found):
            click.echo(each.path)
        else:
            click.echo(f"{each.path}: {each.reason}", err=True)


def _check_stdin(name: str, config: Config) -> Report:
    from tfmigrate import api

    return api.check_text(sys.stdin.buffer.read(), name, config)


def _check_files(paths: tuple[str, ...], config: Config, options: dict[str, Any]) -> Report:
    from tfmigrate import api

    with _progress(options["quiet"]) as (total, advance):
        return api.check(
            paths,
            config,
            workers=options["jobs"],
            cached=not options["no_cache"],
            total=total,
            progress=advance,
        )


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
        from tfmigrate.engine import baseline

        number = baseline.write(Path.cwd() / options["write_baseline"], report.files)
        click.echo(f"Wrote {number:,} findings to {options['write_baseline']}.", err=True)
        sys.exit(_FAILED if failed else 0)
    _show(report, config, options)
    found = any(file.findings for file in report.files)
    if failed:
        sys.exit(_FAILED)
    sys.exit(_FOUND if found and not options["exit_zero"] else 0)


def _show(report: Report, config: Config, options: dict[str, Any]) -> None:
    """Print the findings in the wanted format, to standard output or to a file."""
    from tfmigrate import api
    from tfmigrate import report as reports
    from tfmigrate.report.paint import Paint, wanted

    catalogue = api.load(config).catalogue
    to_file = options["output_file"] is not None
    paint = Paint(not to_file and wanted(sys.stdout))
    form = "statistics" if options["statistics"] else config.output_format
    form = "summary" if options["summary"] else form
    lines = reports.render(report, form, catalogue, paint, totals=not options["quiet"])
    if to_file:
        text = "".join(f"{line}\n" for line in lines)
        options["output_file"].write_text(text, encoding="utf-8")
    else:
        _print(lines)


def _print(lines: Iterable[str]) -> None:
    """Print many lines at once: a write for each is what makes long output slow."""
    text = "".join(f"{line}\n" for line in lines)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except UnicodeEncodeError:
        encoding = sys.stdout.encoding or "ascii"
        sys.stdout.buffer.write(text.encode(encoding, "backslashreplace"))


@main.command()
@click.argument("subject")
def explain(subject: str) -> None:
    """Explain a rule (TFM201) or a symbol (tf.contrib.layers.batch_norm)."""
    from tfmigrate import api

    with _errors():
        context = api.load(load_config())
        page = api.explain(subject, context)
        if page is None:
            _fail(api.unknown_subject(subject, context))
        _page(page)


@main.command()
def rules() -> None:
    """List the rules."""
    from tfmigrate import api
    from tfmigrate.report.paint import Paint, wanted

    with _errors():
        catalogue: Catalogue = api.load(load_config()).catalogue
        paint = Paint(wanted(sys.stdout))
        _print(
            f"{paint(code, 'bold')}  {pattern.name:<22} {pattern.summary}"
            for code, pattern in catalogue.patterns.items()
        )


@main.command()
def clean() -> None:
    """Remove the cache of this project."""
    from tfmigrate import api

    with _errors():
        folder = api.cache_folder(load_config())
        if folder.is_dir():
            import shutil

            shutil.rmtree(folder)
            click.echo(f"Removed {folder}.")


def _page(markdown: str) -> None:
    """Show Markdown: rendered on a terminal, as it is in a pipe."""
    if not sys.stdout.isatty():
        click.echo(markdown)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(width=min(Console().width, 100)).print(Markdown(markdown))


@contextmanager
def _errors() -> Iterator[None]:
    """Say what is wrong in one line, without a traceback."""
    from tfmigrate.catalogue import CatalogueError
    from tfmigrate.engine.baseline import BaselineError
    from tfmigrate.engine.context import TargetError

    try:
        yield
    except (ConfigError, CatalogueError, BaselineError, TargetError) as error:
        _fail(str(error))
    except BrokenPipeError:
        # the reader has seen enough, as with `| head`
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(_FOUND)
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(message: str) -> NoReturn:
    """Leave with an error."""
    click.echo(f"tfmigrate: {message}", err=True)
    sys.exit(_FAILED)
