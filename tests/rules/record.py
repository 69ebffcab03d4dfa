"""Record what TensorFlow 1.15 makes of the calls and programs that the catalogue is proven with.

    python tests/rules/record.py PYTHON

PYTHON is a Python 3.7 with ``tensorflow==1.15.5``, ``protobuf<3.21``, ``numpy<1.19`` and
``pillow<10``. What it says goes to ``tests/rules/recorded/``; of the calls
that are on record there, only new ones are run. Only what TensorFlow 1.15 cannot run
keeps it from being written.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.rules import proofs
from tfmigrate.prove import processes

_VERSIONS = (
    "import json, platform, numpy, tensorflow;"
    "print(json.dumps({'tensorflow': tensorflow.__version__, 'numpy': numpy.__version__,"
    " 'python': platform.python_version()}))"
)


def main(python: str) -> int:
    """Record everything; the exit code."""
    said = subprocess.run([python, "-c", _VERSIONS], capture_output=True, text=True, check=True)
    versions = json.loads(said.stdout.splitlines()[-1])
    failed = [*record_calls(python, versions), *record_pages(python, versions)]
    record_objects(python, versions)
    for each in failed:
        print(each, file=sys.stderr)
    return 1 if failed else 0


def record_calls(python: str, versions: Mapping[str, str]) -> list[str]:
    """The value of each call; what went wrong."""
    codes = [call.oracle for call in proofs.calls()]
    used = sorted(set().union(*map(proofs.names_in, codes)))
    values = on_record(codes, versions)
    new = {code: code for code in codes if code not in values}
    found = processes.snippets(new, inputs=proofs.inputs(), python=python) if new else {}
    values |= {code: each.value for code, each in found.items() if not each.error}
    head = {**versions, "inputs": {name: proofs.inputs()[name] for name in used}}
    write("calls", head, {code: values[code] for code in dict.fromkeys(codes) if code in values})
    return [f"{code}\n    {each.error}" for code, each in found.items() if each.error]


def on_record(codes: Iterable[str], versions: Mapping[str, str]) -> dict[str, Any]:
    """The values that are known already: of the same calls, with the same inputs and versions."""
    if not (proofs.RECORDED / "calls.json").exists():
        return {}
    known = proofs.recorded("calls")
    if any(known[name] != version for name, version in versions.items()):
        return {}
    inputs, values = known["inputs"], known["values"]
    return {
        code: values[code]
        for code in codes
        if code in values
        and all(inputs.get(name) == proofs.inputs()[name] for name in proofs.names_in(code))
    }


def record_objects(python: str, versions: Mapping[str, str]) -> None:
    """The renamed symbols that are, there, the same object under both names."""
    code, inputs = proofs.same_object(proofs.pairs())
    answer = processes.snippets({"": code}, inputs=inputs, python=python)[""]
    write("objects", versions, {"same": sorted(answer.value)})


def record_pages(python: str, versions: Mapping[str, str]) -> list[str]:
    """What each Before of the pages prints; what went wrong."""
    sources = {pair.key: pair.before for pair in proofs.page_pairs() if pair.before is not None}
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for key, source in sources.items():
            path = Path(folder, key.replace("/", "_"), "program.py")
            path.parent.mkdir()
            path.write_text(source, encoding="utf-8")
            files.append(processes.Program(path, timeout=120))
        runs = dict(zip(sources, processes.programs(files, python=python), strict=True))
    values: dict[str, Any] = {
        key: {
            "source": proofs.digest(sources[key]),
            "code": run.code,
            "out": run.out,
            "plots": run.plots,
            "scalars": run.scalars,
        }
        for key, run in runs.items()
        if not run.error
    }
    write("pages", versions, values)
    return [f"{key}\n    {run.error}" for key, run in runs.items() if run.error]


def write(name: str, head: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """A file of records, with one value a line."""
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in values.items()]
    text = (
        json.dumps(dict(head), indent=1)[:-2] + ',\n "values": {\n' + ",\n".join(lines) + "\n}}\n"
    )
    (proofs.RECORDED / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
