"""Running programs and snippets in other interpreters."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
"""Where the package ``tfmigrate`` is: the child imports its own part of it."""

ENVIRONMENT = {
    # one thread, and no other arithmetic than the plain one: sums are added up in the same order
    "CUDA_VISIBLE_DEVICES": "-1",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONIOENCODING": "utf-8",
    "PYTHONWARNINGS": "ignore",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
}
TIMEOUT = 600

_START = "import sys; sys.path.insert(0, {root!r}); {rest}"
_RUN = "from tfmigrate.prove.child import runner; del sys.path[0]; runner.main(sys.argv[1])"


class ProveError(Exception):
    """An interpreter cannot be used for a proof."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run.

    ``modules`` are folders in which it finds modules besides its own, ``data`` files and folders
    that are copied into the folder it runs in; ``module`` makes it run as ``python -m module``.
    ``setup`` is a Python file that is run before it.
    """

    path: Path
    arguments: tuple[str, ...] = ()
    modules: tuple[Path, ...] = ()
    data: tuple[Path, ...] = ()
    module: str = ""
    setup: Path | None = None
    timeout: int = TIMEOUT


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a program.

    ``code`` is its exit code, ``error`` the exception that ended it. ``plots`` are the numbers that
    it plotted: the name of the function and a digest of each argument. ``scalars`` are tag, step
    and value of what is in its event files, ``variables`` what is in its newest checkpoint.
    """

    code: int
    error: str = ""
    out: str = ""
    err: str = ""
    plots: tuple[Any, ...] = ()
    scalars: tuple[tuple[str, int, float], ...] = ()
    variables: Mapping[str, Any] | None = None
    seconds: float = 0.0
    version: str = ""
    """The release of TensorFlow that it ran on."""


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a snippet as plain data, or the error that it ended with."""

    value: Any = None
    error: str = ""


def programs(
    every: Sequence[Program],
    *,
    python: str = sys.executable,
    compat: bool = False,
    keras_2: bool = False,
) -> list[Run]:
    """Run programs one after the other, each in an empty folder, with one import of TensorFlow.

    Args:
        every: the programs.
        python: the interpreter to run them with.
        compat: whether ``import tensorflow`` is to mean ``tf.compat.v1`` where that is version 2.
        keras_2: whether TensorFlow 2 is to use Keras 2, if the interpreter has ``tf_keras``.

    Raises:
        ProveError: the interpreter cannot be used.
    """
    with tempfile.TemporaryDirectory(prefix="tfmigrate-") as base:
        folder = Path(base)
        tasks = [_task(program, folder / str(place)) for place, program in enumerate(every)]
        spent = sum(program.timeout for program in every) + TIMEOUT
        said = _start(
            python, {"compat": compat, "keras_2": keras_2, "programs": tasks}, folder, spent
        )
        return [_run(task, program, said) for task, program in zip(tasks, every, strict=True)]


def snippets(
    every: Mapping[str, str],
    *,
    inputs: Mapping[str, str],
    python: str = sys.executable,
    compat: bool = False,
    timeout: int = TIMEOUT,
) -> dict[str, Value]:
    """The value of the last expression of each snippet, all in one process.

    If one of them takes the process down, the others go on in another.

    Raises:
        ProveError: the interpreter cannot be used.
    """
    found: dict[str, Value] = {}
    left = list(every.items())
    while left:
        answers = _batch(left, dict(inputs), python, compat, timeout)
        for key, answer in answers.items():
            ended = "value" in answer
            found[key] = (
                Value(answer["value"], answer["error"]) if ended else Value(error="crashed")
            )
        left = [(key, code) for key, code in left if key not in found]
    return found


def _batch(
    every: Sequence[tuple[str, str]], inputs: dict[str, str], python: str, compat: bool, spent: int
) -> dict[str, Any]:
    """One process, with as many snippets as it survives: its answers by key."""
    with tempfile.TemporaryDirectory(prefix="tfmigrate-") as base:
        folder = Path(base)
        results = folder / "results.jsonl"
        work = {
            "compat": compat,
            "keras_2": False,
            "folder": base,
            "inputs": inputs,
            "results": str(results),
            "snippets": list(every),
        }
        said = _start(python, work, folder, spent)
        if not results.exists():
            raise ProveError(f"{python} ran nothing: {_last(said)}")
        lines = map(json.loads, results.read_text("utf-8").splitlines())
        return {line["key"]: line for line in lines}


def _task(program: Program, folder: Path) -> dict[str, Any]:
    """A program as the child wants to be told of it; makes and fills the folder it runs in."""
    work = folder / "work"
    work.mkdir(parents=True)
    for each in program.data:
        copy = shutil.copytree if each.is_dir() else shutil.copy2
        copy(each, work / each.resolve().name)
    path = program.path.resolve()
    modules = [str(each.resolve()) for each in (path.parent, *program.modules)]
    return {
        "path": str(path),
        "arguments": list(program.arguments),
        "modules": modules,
        "module": program.module,
        "setup": str(program.setup.resolve()) if program.setup else "",
        "folder": str(work),
        "timeout": program.timeout,
        "out": str(folder / "out"),
        "err": str(folder / "err"),
        "result": str(folder / "result.json"),
    }


def _start(python: str, work: Mapping[str, Any], folder: Path, timeout: int) -> str:
    """Run the child; what it said on standard error, if anything."""
    jobs = folder / "jobs.json"
    jobs.write_text(json.dumps(work), encoding="utf-8")
    command = [python, "-c", _START.format(root=str(ROOT), rest=_RUN), str(jobs)]
    environment = {**os.environ, **ENVIRONMENT}
    # as in an activated environment: TensorFlow starts tools of its own by their names
    folders = (str(Path(python).absolute().parent), environment.get("PATH", os.defpath))
    environment["PATH"] = os.pathsep.join(folders)
    # the modules of this interpreter are none of the other's business
    environment.pop("PYTHONPATH", None)
    try:
        ended = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=timeout,
            check=False,
        )
    except OSError as error:
        raise ProveError(f"{python} cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired as error:
        return (error.stderr or b"").decode("utf-8", "replace")
    return ended.stderr.decode("utf-8", "replace")


def _run(task: Mapping[str, Any], program: Program, said: str) -> Run:
    """What a program left behind; a program without a result was taken down, or took too long."""
    out, err = (_text(task[name]) for name in ("out", "err"))
    result = Path(task["result"])
    if not result.exists():
        if not Path(task["out"]).exists():
            raise ProveError(f"{program.path}: the interpreter ran nothing: {_last(said)}")
        return Run(1, f"ended by the system, or longer than {program.timeout} s", out, err)
    data = json.loads(result.read_text("utf-8"))
    return Run(
        data["code"],
        data["error"].replace(task["folder"], "."),
        out,
        err,
        tuple(data["plots"]),
        tuple((tag, step, value) for tag, step, value in data.get("scalars", ())),
        data.get("variables"),
        data["seconds"],
        data["version"],
    )


def _last(said: str) -> str:
    """The last line of what an interpreter said: the exception, if it was one."""
    return (said.strip().splitlines() or ["it said nothing"])[-1][-300:]


def _text(path: str) -> str:
    file = Path(path)
    return file.read_text("utf-8", errors="replace") if file.exists() else ""
