"""Runs programs on the TensorFlow that this Python has, and writes down what came of them.

It is told what to do by a JSON file; ``tfmigrate.prove.processes`` writes it and reads the answers.
Several programs share one import of TensorFlow: each runs in a fork of its own.
"""

from __future__ import annotations

import json
import os
import random
import runpy
import signal
import sys
import time
import traceback
import types
from pathlib import Path
from typing import Any

from tfmigrate.prove.child import compat, deterministic, plotting, recurrent, snippets, written

_CRASHED = 70


def main(jobs: str) -> None:
    """Do what the file ``jobs`` says."""
    work = json.loads(Path(jobs).read_text(encoding="utf-8"))
    prepare(work["compat"], work["keras_2"])
    if "snippets" in work:
        snippets.run(work)
        return
    for program in work["programs"]:
        if len(work["programs"]) == 1:
            run(program)
        else:
            in_a_fork(program)


def prepare(as_compat: bool, keras_2: bool) -> None:
    """Import TensorFlow and take chance out of it."""
    if keras_2:
        compat.prefer_keras_2()
    import tensorflow  # first: where it is missing, that is what has to be said

    import numpy as np  # isort: skip

    if int(np.__version__.partition(".")[0]) > 1:
        # a float32 prints as 0.5, not as np.float32(0.5): that is not the migration's doing
        np.set_printoptions(legacy="1.25")
    tensorflow.compat.v1.logging.set_verbosity("ERROR")
    deterministic.install()
    recurrent.install()
    if as_compat:
        # last: what has been imported above has to see TensorFlow as it is
        compat.install()


def in_a_fork(program: dict[str, Any]) -> None:
    """Run one of several programs, and wait for its end."""
    child = os.fork()
    if not child:
        run(program)
    os.waitpid(child, 0)


def run(program: dict[str, Any]) -> None:
    """Run a program, write what came of it, and end this process."""
    for name, number in (("out", 1), ("err", 2)):
        opened = os.open(program[name], os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(opened, number)
    os.chdir(program["folder"])
    if program["timeout"] and hasattr(signal, "alarm"):
        signal.alarm(program["timeout"])
    sys.argv = [program["path"], *program["arguments"]]
    sys.path[:0] = program["modules"]
    plots = plotting.install()
    start = time.time()
    code, error = execute(program)
    sys.stdout.flush()
    sys.stderr.flush()
    result: dict[str, Any] = {"code": code, "error": error, "plots": plots}
    result["version"] = sys.modules["tensorflow"].__version__
    result["seconds"] = round(time.time() - start, 2)
    result.update(traces() if code == 0 else {})
    part = Path(program["result"] + ".part")
    part.write_text(json.dumps(result), encoding="utf-8")
    part.replace(program["result"])
    # not sys.exit: what threads and finalisers have to say at the end belongs to no program
    os._exit(0)


def execute(program: dict[str, Any]) -> tuple[int, str]:
    """The exit code of a program, and the exception that ended it."""
    import numpy as np

    random.seed(0)
    np.random.seed(0)
    try:
        if program["setup"]:
            runpy.run_path(program["setup"])
        random.seed(0)
        np.random.seed(0)
        if program["module"]:
            runpy.run_module(program["module"], run_name="__main__", alter_sys=True)
        else:
            script(program["path"])
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0, ""
        sys.stderr.write(f"{end.code}\n")
        return 1, f"SystemExit: {end.code}"
    except BaseException as error:
        show(error)
        text = " ".join(str(error).split())
        return 1, f"{type(error).__name__}: {text[:500]}"
    return 0, ""


def show(error: BaseException) -> None:
    """Print a traceback that begins with the program, not with what runs it."""
    own, place = str(Path(__file__).parent), error.__traceback__
    while place is not None and place.tb_frame.f_code.co_filename.startswith((own, runpy.__file__)):
        place = place.tb_next
    traceback.print_exception(type(error), error, place)


def script(path: str) -> None:
    """Run a file as the main program.

    Its module stays where it is, so that nothing the program made is collected before its traces
    have been read.
    """
    code = compile(Path(path).read_bytes(), path, "exec")
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=path, __builtins__=__builtins__)
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


def traces() -> dict[str, Any]:
    """What the program wrote: scalars and variables."""
    written.flush()
    try:
        return {"scalars": written.scalars(), "variables": written.variables()}
    except Exception as error:
        # a file that cannot be read is worth a word, not the verdict
        return {"unread": f"{type(error).__name__}: {error}"}
