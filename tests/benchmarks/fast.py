"""Fast: whole processes, side by side with ``tf_upgrade_v2``, ``ruff`` and ``ast.parse`` itself.

    python tests/benchmarks/fast.py [RUNS]

``tf_upgrade_v2`` comes with the installed TensorFlow, ``ruff`` with the ``dev`` extra. The runs of
the different commands take turns, so that a machine that slows down slows all of them; the median
counts.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import corpora

_BIN = Path(sysconfig.get_path("scripts"))
_PARSE = """
import ast, gc, pathlib, sys, time
gc.disable()
sources = [path.read_bytes() for path in pathlib.Path(sys.argv[1]).rglob("*.py")]
start = time.perf_counter()
lines = 0
for source in sources:
    try:
        ast.parse(source)
        lines += source.count(b"\\n")
    except SyntaxError:
        pass
print(time.perf_counter() - start, lines)
"""


@dataclass
class Command:
    """A command and what its runs took."""

    name: str
    words: list[str]
    fresh: list[Path] = field(default_factory=list)
    """Folders to remove before each run."""
    copies: dict[Path, Path] = field(default_factory=dict)
    """Folders to make before each run, each a copy of another."""
    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)

    def run(self, folder: Path) -> None:
        """Run it once, and note the time and the memory of its largest process."""
        for each in self.fresh:
            shutil.rmtree(each, ignore_errors=True)
        for target, source in self.copies.items():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
        environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
        start = time.perf_counter()
        process = subprocess.Popen(
            self.words,
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, _, usage = os.wait4(process.pid, 0)
        self.seconds.append(time.perf_counter() - start)
        self.megabytes.append(usage.ru_maxrss / 1024)

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.seconds)


def commands(tree: Path, one: Path, work: Path) -> dict[str, Command]:
    """What is compared."""
    out = work / "out"
    check, fix = ([str(_BIN / "tfmigrate"), name] for name in ("check", "fix"))
    mine = work / "mine"
    upgrade = str(_BIN / "tf_upgrade_v2")
    cache = work / ".tfmigrate_cache"
    report = ["--reportfile", str(work / "report.txt")]
    every = [
        Command("tfmigrate, tree, cold", [*check, str(tree)], [cache]),
        Command("tfmigrate, tree, warm", [*check, str(tree)]),
        Command("tfmigrate fix, tree", [*fix, str(tree)]),
        Command("tfmigrate fix --apply, tree", [*fix, "--apply", str(mine)], copies={mine: tree}),
        Command(
            "tf_upgrade_v2, tree",
            [upgrade, "--intree", str(tree), "--outtree", str(out), *report],
            [out],
        ),
        Command("ruff check, tree, cold", [str(_BIN / "ruff"), "check", "--no-cache", str(tree)]),
        Command("tfmigrate, one file, cold", [*check, "--no-cache", str(one)]),
        Command("tfmigrate fix, one file", [*fix, str(one), "-o", str(work / "mine.py")]),
        Command(
            "tf_upgrade_v2, one file",
            [upgrade, "--infile", str(one), "--outfile", str(work / "one.py"), *report],
        ),
    ]
    return {each.name: each for each in every}


def parse_seconds(tree: Path) -> tuple[float, int]:
    """How long ``ast.parse`` alone takes on one core, and the lines that it reads."""
    words = [sys.executable, "-c", _PARSE, str(tree)]
    runs = [subprocess.check_output(words, text=True).split() for _ in range(3)]
    return statistics.median(float(run[0]) for run in runs), int(runs[0][1])


def main() -> int:
    """Print the table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        tree = work / "tree"
        shutil.copytree(corpora.fetch("tensor2tensor==1.9.0"), tree)
        one = next(iter(sorted(tree.rglob("models/resnet.py"))))
        # the cache is beside the configuration
        (work / "pyproject.toml").write_text("[tool.tfmigrate]\ntarget-version = '2.21'\n")
        every = commands(tree, one, work)
        for number in range(runs + 1):
            for command in every.values():
                command.run(work)
                if number == 0:
                    command.seconds.clear()
        seconds, lines = parse_seconds(tree)
        table(every, seconds, lines)
    return 0


def table(every: dict[str, Command], parse: float, lines: int) -> None:
    """Print medians and ratios."""
    print(f"{'command':<30}{'median s':>10}{'min':>8}{'max':>8}{'MB':>7}")
    for each in every.values():
        low, high = min(each.seconds), max(each.seconds)
        memory = max(each.megabytes)
        print(f"{each.name:<30}{each.median:>10.3f}{low:>8.3f}{high:>8.3f}{memory:>7.0f}")
    print(f"{'ast.parse alone, one core':<30}{parse:>10.3f}   ({lines:,} lines)")
    cold, warm = every["tfmigrate, tree, cold"].median, every["tfmigrate, tree, warm"].median
    upgrade = every["tf_upgrade_v2, tree"].median
    one = every["tfmigrate, one file, cold"].median
    ruff = every["ruff check, tree, cold"].median
    fix, apply = (every[f"tfmigrate fix{name}, tree"].median for name in ("", " --apply"))
    fix_one = every["tfmigrate fix, one file"].median
    upgrade_one = every["tf_upgrade_v2, one file"].median
    print(f"cold: {upgrade / cold:.0f} times faster than tf_upgrade_v2")
    print(f"warm: {upgrade / warm:.0f} times faster")
    print(f"one file: {upgrade_one / one:.0f} times faster")
    print(f"fix: {upgrade / fix:.1f} times faster, --apply: {upgrade / apply:.1f} times")
    print(f"fix, one file: {upgrade_one / fix_one:.1f} times faster")
    print(f"cold: {cold / parse:.1f} times ast.parse on one core, {cold / ruff:.0f} times ruff")


if __name__ == "__main__":
    sys.exit(main())
