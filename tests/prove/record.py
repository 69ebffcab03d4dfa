"""Record what TensorFlow 1.15 makes of the programs in ``tests/programs``.

    python tests/prove/record.py PYTHON

What has not changed is not run again: without the file, everything is.

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
    """Record every program that is not on record as it is; the exit code."""
    known = programs.record()["values"] if programs.RECORD.exists() else {}
    kept = {
        path: known[path]
        for path in programs.manifest()
        if path in known and known[path]["source"] == programs.digest(path)
    }
    new = [path for path in programs.manifest() if path not in kept]
    runs = run(new, python)
    failed = {path: run for path, run in runs.items() if run.error}
    for path, each in failed.items():
        print(f"{path}\n    {each.error}\n{each.err[-2000:]}", file=sys.stderr)
    kept |= {path: entry(path, each) for path, each in runs.items() if path not in failed}
    versions = {each.version for each in runs.values()} or {programs.record()["tensorflow"]}
    values = [f"{json.dumps(path)}: {json.dumps(kept[path])}" for path in sorted(kept)]
    head = f'{{"tensorflow": {json.dumps(" ".join(versions))}, "values": {{\n'
    programs.RECORD.write_text(head + ",\n".join(values) + "\n}}\n", encoding="utf-8")
    return 1 if failed else 0


def run(paths: list[str], python: str) -> dict[str, Run]:
    """Run programs as they are."""
    with tempfile.TemporaryDirectory() as folder:
        every = [programs.place(path, Path(folder), programs.originals(path)) for path in paths]
        found = processes.programs(every, python=python) if every else []
    return dict(zip(paths, found, strict=True))


def entry(path: str, run: Run) -> dict[str, Any]:
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
