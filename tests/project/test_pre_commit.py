"""The hooks, with the real pre-commit on a repository of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SHIPPED = (".pre-commit-hooks.yaml", "README.md", "pyproject.toml", "rules", "tfmigrate")
CHECK, DEPENDENCIES = "tfmigrate-check", "tfmigrate-check-dependencies"
FIX = "tfmigrate-fix"


def hooks() -> dict[str, dict[str, Any]]:
    # comes with pre-commit
    yaml = import_module("yaml")
    listed: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    return {hook["id"]: hook for hook in listed}


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "init")
    git(folder, "add", "--all")
    git(folder, "commit", "-m", "x", "--no-verify")


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This project as a repository that pre-commit can clone."""
    folder = tmp_path_factory.mktemp("released")
    for name in SHIPPED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    commit(folder)
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with something to find, and something to leave alone."""
    folder = tmp_path_factory.mktemp("project")
    program = "import tensorflow as tf\nx = tf.log(1)\n"
    for name, text in {
        "train.py": program,
        "old/train.py": program,
        "native.py": "import tensorflow as tf\nx = tf.math.log(1.0)\n",
        "book.ipynb": '{"cells": [{"cell_type": "code", "source": "import tensorflow as tf\\n'
        'tf.placeholder(1)"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
        "requirements.txt": "tensorflow==1.15\n",
        "README.txt": "tf.log is no program\n",
        "pyproject.toml": '[tool.tfmigrate]\nextend-exclude = ["old"]\n',
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    commit(folder)
    return folder


def test_the_real_pre_commit(
    released: Path, project: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("pre-commit")
    outputs = {}
    for hook in (CHECK, DEPENDENCIES, FIX):
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pre_commit", "try-repo", str(released), hook),
                *("--ref", "main", "--all-files", "--verbose", "--color", "never"),
            ],
            cwd=project,
            env={**os.environ, "PRE_COMMIT_HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 1, done.stdout + done.stderr
        outputs[hook] = done.stdout
    assert "train.py:2:5" in outputs[CHECK]
    assert "book.ipynb:cell 1:2:1" in outputs[CHECK]
    assert "Found 2 findings in 2 files" in outputs[CHECK]
    assert "requirements.txt:1:1" in outputs[DEPENDENCIES]
    assert "Found 1 finding in 1 file" in outputs[DEPENDENCIES]
    assert "Fixed 1 finding in 1 file" in outputs[FIX]
    assert "files were modified by this hook" in outputs[FIX]
    assert "x = tf.math.log(1)\n" in (project / "train.py").read_text()
    assert "x = tf.log(1)\n" in (project / "old" / "train.py").read_text()


def test_the_hooks_are_what_the_readers_understand() -> None:
    pattern = re.compile(hooks()[DEPENDENCIES]["files"])
    from tfmigrate.sources.dependencies import is_dependency_file

    for path in (
        "requirements.txt",
        "requirements-dev.txt",
        "a/requirements/dev.in",
        "dev-requirements.txt",
        "constraints.txt",
        "setup.cfg",
        "a/pyproject.toml",
        "Pipfile",
        "environment.yml",
        "conda.yaml",
        "Dockerfile",
        "docker/Dockerfile.gpu",
        "a/gpu.dockerfile",
    ):
        assert is_dependency_file(path), path
        assert pattern.search(path), path
    for path in ("train.py", "README.txt", "notes.md", "config.yml", "a/setup.cfg.bak"):
        assert not is_dependency_file(path), path
        assert not pattern.search(path), path


@pytest.mark.parametrize(
    ("hook", "name"), [(CHECK, "check"), (DEPENDENCIES, "check"), (FIX, "fix")]
)
def test_the_command_of_a_hook(hook: str, name: str) -> None:
    command, *arguments = hooks()[hook]["entry"].split()
    assert (command, arguments[0]) == ("tfmigrate", name)
    from tfmigrate.cli import main

    known = {name for each in main.commands[name].params for name in each.opts}
    assert set(arguments[1:]) <= known
