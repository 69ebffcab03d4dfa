"""Record what TensorFlow 1.15 makes of the programs in ``tests/programs``.

    python tests/prove/record.py PYTHON

PYTHON is an interpreter as ``tests/rules/record.py`` needs it. What the programs print, plot and
write goes to ``tests/prove/recorded/``. Only what TensorFlow 1.15 cannot run keeps it from that.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.prove import programs
from tfmigrate.prove import processes
from tfmigrate.prove.processes import Run


def main(python: str) -> int:
    """Record every program; the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        every = {
            path: programs.place(path, Path(folder), programs.originals(path))
            for path in programs.manifest()
        }
        runs = dict(
            zip(every, processes.programs(list(every.values()), python=python), strict=True)
        )
    failed = {path: run for path, run in runs.items() if run.error}
    for path, run in failed.items():
        print(f"{path}\n    {run.error}\n{run.err[-2000:]}", file=sys.stderr)
    values = {path: kept(path, run) for path, run in runs.items() if path not in failed}
    version = next(iter(runs.values())).version
    lines = [f"{json.dumps(path)}: {json.dumps(value)}" for path, value in values.items()]
    head = f'{{"tensorflow": {json.dumps(version)}, "values": {{\n'
    programs.RECORD.write_text(head + ",\n".join(lines) + "\n}}\n", encoding="utf-8")
    return 1 if failed else 0


def kept(path: str, run: Run) -> dict[str, Any]:
    """What is worth keeping of a run."""
    return {
        "source": programs.digest(path),
        "code": run.code,
        "out": run.out,
        "plots": run.plots,
        "scalars": run.scalars,
        "variables": run.variables,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
