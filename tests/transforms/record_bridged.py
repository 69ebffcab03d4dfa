"""Run the graph programs of tests/programs on TensorFlow 1.15.5 and print what they print, as JSON.

``python record_bridged.py < programs.json > recorded_bridged.json`` with an interpreter that has it
(Python 3.7): standard input is an object from the path of each program to its text.
``test_bridge_tensorflow.py`` runs the same programs, bridged, on TensorFlow 2 with this module.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import sys
import tempfile
import traceback
import types
from pathlib import Path


def run(text: str) -> str:
    """What a program prints, or the last line of its traceback; in a folder of its own."""
    import numpy as np

    output = io.StringIO()
    np.random.seed(0)
    random.seed(0)
    module = types.ModuleType("__main__")
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "program.py"
        path.write_text(text, encoding="utf-8")
        module.__file__ = str(path)
        # a program may define flags, and looks up its own `main`
        sys.modules["__main__"], sys.argv = module, ["program.py"]
        os.chdir(folder)
        try:
            with contextlib.redirect_stdout(output):
                exec(compile(text, str(path), "exec"), module.__dict__)
        except SystemExit as error:
            if error.code:
                return f"exit status {error.code}"
        except Exception as error:
            return traceback.format_exception_only(type(error), error)[-1].strip()
        finally:
            os.chdir(before)
    return output.getvalue()


def run_all(programs: dict[str, str]) -> dict[str, str]:
    """What each program prints, one after the other in graphs of their own."""
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()
    tf.logging.set_verbosity(tf.logging.ERROR)
    known = set(tf.flags.FLAGS)
    printed = {}
    for path, text in programs.items():
        tf.reset_default_graph()
        tf.keras.backend.clear_session()
        for name in set(tf.flags.FLAGS) - known:
            delattr(tf.flags.FLAGS, name)
        printed[path] = run(text)
    return printed


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # the result goes where the programs cannot write
    where = sys.stdout
    json.dump(run_all(json.load(sys.stdin)), where, indent=1, sort_keys=True)
    where.write("\n")
