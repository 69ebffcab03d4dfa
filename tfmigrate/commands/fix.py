"""``tfmigrate fix``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from tfmigrate.commands.options import (
    config_of,
    configuration_option,
    exit_zero_option,
    extra_rules_option,
    force_exclude_option,
    from_stdin,
    how_of,
    isolated_option,
    jobs_option,
    refuse_unknown_codes,
    run_options,
    selection_options,
    stdin_filename_option,
    target_option,
)
from tfmigrate.commands.terminal import (
    FAILED,
    FOUND,
    errors,
    fail,
    print_bytes,
    print_lines,
    progress,
)

if TYPE_CHECKING:
    from tfmigrate.config import Config
    from tfmigrate.engine.fixing import FixOptions
    from tfmigrate.model import FileFix

_STDOUT = Path("-")


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--apply", is_flag=True, help="Write the files.")
@click.option(
    "--unsafe-fixes", is_flag=True, help="Fixes, too, that may change what the program does."
)
@click.option("-i", "--interactive", is_flag=True, help="Ask about each fix, and write the files.")
@selection_options
@click.option(
    "--bridge",
    is_flag=True,
    help="Let files that cannot become native yet run through tf.compat.v1.",
)
@click.option(
    "--verify",
    is_flag=True,
    help="Run each program as it was and as it would be, and keep the change only if both come to"
    " the same.",
)
@run_options
@target_option
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Write the one file that is given, fixed, there (- for standard output).",
)
@click.option(
    "--allow-dirty", is_flag=True, help="Write over changes that are not committed to git."
)
@extra_rules_option
@exit_zero_option
@stdin_filename_option
@force_exclude_option
@jobs_option
@click.option("-q", "--quiet", is_flag=True, help="The diff only: no summary, no progress.")
@configuration_option
@isolated_option
def fix(paths: tuple[str, ...], **options: Any) -> None:
    """Rewrite what TensorFlow 2 no longer runs.

    Prints what would change as a diff, which `patch -p0` takes, and writes nothing, unless --apply
    or -i is given. Only safe fixes are made: those after which the program does the same as
    before. A summary on standard error says what was held back, and what is left and why.

    PATHS are files, notebooks and folders; the current folder if none is given. For a dash the
    program is read from standard input, and written, fixed, to standard output.

    --apply and -i refuse files in a git repository that have changes which are not committed.

    --verify runs programs as `tfmigrate verify` does (--args, --oracle, --python, --data, --setup,
    --timeout, --tolerance and --absolute are for it): what it takes back counts as left.

    Exit codes: 0 nothing to fix, 1 something to fix. With --apply or -i: 0 nothing is left, 1
    something is left. With -o or standard input: 0. In any case 2 if a file could not be read,
    understood or written, or the command line makes no sense.
    """
    from tfmigrate.engine.fixing import FixOptions

    with errors():
        stdin = from_stdin(paths, options)
        _refuse_contradictions(paths, stdin, options)
        config = config_of(paths, stdin, options)
        refuse_unknown_codes(config)
        how = FixOptions(unsafe=options["unsafe_fixes"], bridge=options["bridge"])
        if stdin or options["output"] is not None:
            _filter(paths, stdin, config, how, options)
        elif options["interactive"]:
            _interactively(paths or (".",), config, how, options)
        else:
            _fix_files(paths or (".",), config, how, options)


def _refuse_contradictions(paths: tuple[str, ...], stdin: bool, options: dict[str, Any]) -> None:
    output, writes = options["output"], options["apply"] or options["interactive"]
    if options["verify"] and (stdin or output is not None or options["interactive"]):
        fail("--verify is for files that are shown or written as a whole, not for -i, -o and -")
    if stdin and writes:
        fail("--apply and -i write files; the text of standard input goes to standard output")
    if output is not None and writes:
        fail("either write the files (--apply, -i) or leave them as they are (-o)")
    if output is not None and not stdin and (len(paths) != 1 or Path(paths[0]).is_dir()):
        fail("-o needs exactly one file to fix")


def _fix_files(
    paths: tuple[str, ...], config: Config, how: FixOptions, options: dict[str, Any]
) -> NoReturn:
    """Show what would change, or write it."""
    from tfmigrate import api

    fixes = _fixed(paths, config, how, options)
    back = False
    if options["verify"]:
        fixes, back = _verified(fixes, options)
    if not options["apply"]:
        _show_diff(fixes)
        _summarise(fixes, config, options, done=False)
        _leave(fixes, back or any(fix.before != fix.after for fix in fixes), options)
    _guard(fixes, options)
    fixes = api.apply(fixes)
    _summarise(fixes, config, options, done=True)
    _leave(fixes, any(fix.held or fix.left for fix in fixes), options)


def _fixed(
    paths: tuple[str, ...], config: Config, how: FixOptions, options: dict[str, Any]
) -> list[FileFix]:
    """What becomes of each file; nothing is written."""
    from tfmigrate import api

    with progress(options["quiet"]) as (total, advance):
        fixes = api.fix(
            paths,
            config,
            how,
            workers=options["jobs"],
            force_exclude=options["force_exclude"],
            total=total,
            progress=advance,
        )
    if not fixes and not options["quiet"] and not options["force_exclude"]:
        where = ", ".join(paths)
        click.echo(f"tfmigrate: no Python file, notebook or dependency file in {where}", err=True)
    return fixes


def _verified(fixes: list[FileFix], options: dict[str, Any]) -> tuple[list[FileFix], bool]:
    """The fixes without those that do not come to the same, and whether there were any of these."""
    from tfmigrate.prove.processes import ProveError
    from tfmigrate.prove.showing import verified
    from tfmigrate.prove.verdict import Verdict
    from tfmigrate.prove.verifying import kept

    try:
        found = kept(fixes, how_of(options))
    except ProveError as error:
        fail(str(error))
    ran = [(fix.path, outcome) for fix, outcome in found if outcome is not None]
    for path, outcome in ran:
        same = outcome.verdict is Verdict.SAME
        if not (same and options["quiet"]):
            click.echo(f"{path}: {verified(outcome)}", err=True)
    back = any(outcome.verdict is not Verdict.SAME for _, outcome in ran)
    return [fix for fix, _ in found], back


def _guard(fixes: Sequence[FileFix], options: dict[str, Any]) -> None:
    """Refuse to write what git could not give back."""
    if options["allow_dirty"]:
        return
    from tfmigrate.sources.git import GitError, uncommitted

    try:
        dirty = uncommitted(fix.path for fix in fixes if fix.before != fix.after)
    except GitError as error:
        fail(f"{error}\ntfmigrate: --allow-dirty writes without asking git")
    if dirty:
        click.echo(
            "tfmigrate: not committed, so that git could not undo what is written:", err=True
        )
        for path in dirty:
            click.echo(f"  {path}", err=True)
        fail("commit or stash these first, or give --allow-dirty; nothing was written")


def _interactively(
    paths: tuple[str, ...], config: Config, how: FixOptions, options: dict[str, Any]
) -> NoReturn:
    """Ask about each fix, and write each file when it is through."""
    from tfmigrate import api
    from tfmigrate.commands.interactive import Session

    candidates = _fixed(paths, config, how, options)
    _guard(candidates, options)
    session = Session(config, how)
    fixes: list[FileFix] = []
    for each in candidates:
        changes = each.before != each.after and not each.failed
        fixes += api.apply([session.ask(each)]) if changes else [each]
    _summarise(fixes, config, options, done=True)
    _leave(fixes, any(fix.held or fix.left for fix in fixes), options)


def _filter(
    paths: tuple[str, ...], stdin: bool, config: Config, how: FixOptions, options: dict[str, Any]
) -> NoReturn:
    """Read one program and write what becomes of it, somewhere else."""
    from tfmigrate import api
    from tfmigrate.sources import text, writing

    target = options["output"] or _STDOUT
    name = paths[0] if not stdin else options["stdin_filename"] or "-"
    try:
        data = sys.stdin.buffer.read() if stdin else text.read_bytes(name)
    except text.SourceError as error:
        fail(f"{name}: {error.message}")
    fixed = api.fix_text(data, name, config, how)
    if target == _STDOUT:
        # what cannot be fixed comes out as it went in: `> file` must not end in an empty file
        print_bytes(fixed.after)
    elif not fixed.failed:
        created = not target.exists()
        writing.write_atomic(target, fixed.after)
        if created and not stdin:
            shutil.copymode(name, target)
    _summarise([fixed], config, options, done=True)
    sys.exit(FAILED if fixed.failed else 0)


def _show_diff(fixes: Sequence[FileFix]) -> None:
    """Print the diff, exactly where a program reads it, legibly where a person does."""
    from tfmigrate.report.diff import diff
    from tfmigrate.report.paint import Paint, wanted

    paint = Paint(wanted(sys.stdout))
    if paint.on or sys.stdout.isatty():
        print_lines(line for fix in fixes for line in diff(fix, paint, exact=False))
        return
    text = "".join(f"{line}\n" for fix in fixes for line in diff(fix, paint))
    print_bytes(text.encode("utf-8", "surrogateescape"))


def _summarise(
    fixes: Sequence[FileFix], config: Config, options: dict[str, Any], *, done: bool
) -> None:
    """Say on standard error what was done and what was not; if quiet, what failed."""
    from tfmigrate import api
    from tfmigrate.report import fixes as reports
    from tfmigrate.report.paint import Paint, wanted

    paint = Paint(wanted(sys.stderr))
    if options["quiet"]:
        lines = reports.failures(fixes, paint)
    else:
        names = {code: pattern.name for code, pattern in api.rules(config).patterns.items()}
        lines = reports.summary(fixes, names, paint, done=done)
    for line in lines:
        click.echo(line, err=True, color=paint.on)


def _leave(fixes: Sequence[FileFix], found: bool, options: dict[str, Any]) -> NoReturn:
    if any(fix.failed for fix in fixes):
        sys.exit(FAILED)
    sys.exit(FOUND if found and not options["exit_zero"] else 0)
