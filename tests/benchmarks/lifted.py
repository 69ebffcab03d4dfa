"""How many graph programs of the packages are lifted, how many are left, and why.

``python tests/benchmarks/lifted.py [FOLDER ...]``: without folders, the ten packages written for
TensorFlow 1 that ``TFMIGRATE_CORPORA`` holds. A graph program is a file in which ``lift`` finds a
graph that is built or run.
"""

from __future__ import annotations

import collections
import re
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from corpora import TENSORFLOW_1, fetch

from tfmigrate.engine import context, fixing
from tfmigrate.model import Dialect

FAILED = "TFM009"
LEFT = "the graph program cannot be lifted: "
GRAPH = {"TFM201", "TFM202", "TFM203"}
"""What only a lift resolves."""


def outcome(path: Path) -> tuple[str, str]:
    """``lifted``, ``left`` with the reason, ``failed`` with the error, or ``other``."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return "other", ""
    fixed = fixing.fix_text(text, context.load("2.21"), path=str(path))
    if fixed.dialect is Dialect.TF2 and any(each.code in GRAPH for each in fixed.applied):
        return "lifted", ""
    for each in fixed.left:
        if each.code == FAILED:
            return "failed", each.message
        if LEFT in each.message:
            return "left", each.message.partition(LEFT)[2]
    return "other", ""


def files(folders: Iterable[Path]) -> Iterator[Path]:
    """The Python files below some folders."""
    for folder in folders:
        yield from sorted(folder.rglob("*.py"))


def general(reason: str) -> str:
    """A reason without the names of one program."""
    return re.sub(r"`[^`]*`", "`...`", reason)


def main(arguments: list[str]) -> int:
    """Print the table; the exit code says whether a lift failed."""
    folders = [Path(each) for each in arguments] or list(map(fetch, TENSORFLOW_1))
    totals: collections.Counter[str] = collections.Counter()
    reasons: collections.Counter[str] = collections.Counter()
    with ProcessPoolExecutor() as pool:
        every = list(files(folders))
        for path, (kind, reason) in zip(every, pool.map(outcome, every, chunksize=4), strict=True):
            totals[kind] += 1
            if kind == "failed":
                print(f"{path}: {reason}")
            if kind == "left":
                reasons[general(reason)] += 1
    graphs = totals["lifted"] + totals["left"] + totals["failed"]
    print(f"{graphs} graph programs: {totals['lifted']} lifted, {totals['left']} left")
    for reason, count in reasons.most_common():
        print(f"{count:5}  {reason}")
    return 1 if totals["failed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
