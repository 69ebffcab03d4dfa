"""The command line: options in, exit codes out, no logic in between."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from tfmigrate import __version__
from tfmigrate.commands.check import check
from tfmigrate.commands.fix import fix
from tfmigrate.commands.options import (
    configuration_option,
    isolated_option,
    settings,
    target_option,
)
from tfmigrate.commands.terminal import errors, fail, page_markdown, print_lines
from tfmigrate.commands.verify import verify

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(context_settings=_CONTEXT)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def main() -> None:
    """Take TensorFlow 1 code to native TensorFlow 2."""


main.add_command(check)
main.add_command(fix)
main.add_command(verify)


@main.command()
@click.argument("subjects", nargs=-1, required=True, metavar="SUBJECT...")
@target_option
@configuration_option
@isolated_option
def explain(subjects: tuple[str, ...], **options: Any) -> None:
    """Explain a rule (TFM201, placeholder) or a symbol (tf.contrib.layers.batch_norm).

    A symbol may be spelled in any way: tf.log, tensorflow.log, tf.compat.v1.log, slim.conv2d,
    tf.Session.run.
    """
    from tfmigrate import api

    with errors():
        config = settings(options).with_overrides(target_version=options["target_version"])
        context = api.load(config)
        pages = []
        for subject in subjects:
            page = api.explain(subject, context)
            if page is None:
                fail(api.unknown_subject(subject, context))
            pages.append(page)
        page_markdown("\n".join(pages))


@main.command()
@click.option(
    "--output-format", type=click.Choice(("text", "json")), default="text", help="How to list them."
)
@configuration_option
@isolated_option
def rules(output_format: str, **options: Any) -> None:
    """List the rules."""
    from tfmigrate import api
    from tfmigrate.report import listing
    from tfmigrate.report.paint import Paint, wanted

    with errors():
        catalogue = api.rules(settings(options))
        if output_format == "json":
            print_lines(listing.as_json(catalogue))
        else:
            print_lines(listing.as_text(catalogue, Paint(wanted(sys.stdout))))


@main.command()
@configuration_option
def clean(configuration: Path | None) -> None:
    """Remove the cache of this project."""
    from tfmigrate import api

    with errors():
        folder = api.clean(settings({"isolated": False, "configuration": configuration}))
        if folder is not None:
            click.echo(f"Removed {os.path.relpath(folder)}.", err=True)
