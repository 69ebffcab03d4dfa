"""Running the command, in this process or as one of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result

from tfmigrate.cli import main

TF = "import tensorflow as tf\n"
LOG = f"{TF}x = tf.log(1)\n"
NATIVE = f"{TF}x = tf.math.log(1)\n"
LEFT = f"{LOG}e = tf.contrib.crf.crf_decode(x)\n"
"""One finding that has a fix and one that has none."""
COMMAND = (sys.executable, "-m", "tfmigrate", "fix")


def write(**files: str | bytes) -> None:
    """Files: ``a="..."`` is a.py, ``pkg__a="..."`` is pkg/a.py."""
    for name, content in files.items():
        path = Path(name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def read(name: str = "a.py") -> str:
    """A file as it is, newlines and all."""
    return Path(name).read_bytes().decode()


def book(*sources: str) -> str:
    """A notebook with an output in each cell."""
    cells = [
        {"cell_type": "code", "source": each, "outputs": [{"text": "tf.log"}], "metadata": {}}
        for each in sources
    ]
    return json.dumps({"cells": cells, "nbformat": 4, "metadata": {"x": 1.50}})


def fix(*arguments: str, stdin: str | bytes = "") -> Result:
    """``tfmigrate fix`` in this process."""
    result = CliRunner().invoke(main, ("fix", *arguments), input=stdin, prog_name="tfmigrate")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def git(*arguments: str) -> None:
    """Git in the current folder."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
    environment = {name: each for name, each in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True, env=environment)


def commit() -> None:
    """Everything in the current folder, to a repository that is made if there is none."""
    git("init")
    git("add", "--all")
    git("commit", "-m", "x", "--no-verify")
