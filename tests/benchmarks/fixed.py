"""Fixed: what ``tfmigrate fix`` makes of ten packages, and what ``tf_upgrade_v2`` makes of them.

    python tests/benchmarks/fixed.py

In copies of the packages every fix is applied, unsafe ones included. Then every file has to parse,
a second run has to change nothing, no ``compat.v1`` may have come in, and every reference to
TensorFlow has to resolve, with the parameters that it is called with, on the installed TensorFlow,
or to carry a finding. The table counts, rule by rule, the retired references before, after, and
after ``tf_upgrade_v2``; a reference that went to ``tf.compat.v1`` is still a finding.
"""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import complete
import corpora

from tfmigrate import api
from tfmigrate.config import Config
from tfmigrate.model import FileReport

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
GRAPH = {
    "TFM201": "placeholder",
    "TFM202": "session",
    "TFM203": "session-run",
    "TFM204": "feed-dict",
    "TFM205": "collection",
    "TFM206": "control-dependencies",
    "TFM207": "update-ops",
    "TFM208": "variable-scope",
    "TFM209": "initialize-variables",
    "TFM210": "graph-context",
    "TFM213": "queue-runner",
    "TFM217": "device",
    "TFM301": "layers",
    "TFM303": "metrics (update ops)",
    "TFM304": "optimizer (minimize)",
    "TFM306": "global-step",
    "TFM307": "saver",
    "TFM308": "summary writer and merged summaries",
    "TFM309": "rnn",
    "TFM310": "hooks",
    "TFM311": "gradients of a graph",
    "TFM312": "moving-average",
    "TFM314": "seq2seq",
    "TFM401": "estimator",
    "TFM402": "canned-estimator",
    "TFM403": "tf-learn (estimators)",
    "TFM405": "contrib-layers",
    "TFM406": "arg-scope",
    "TFM417": "tpu-estimator",
    "TFM422": "test-session",
    "TFM511": "summary without a step (merged summaries)",
}
"""What ends with the graph: no rewrite of a call makes it native, only lifting does."""
GRAPH_SYMBOLS = (
    "tf.Graph.",
    "tf.Session.",
    "tf.estimator",
    "tf.keras.optimizers.",
    "tf.losses.add_loss",
    "tf.losses.get_",
    "tf.summary.",
)
"""The same under other codes: members of graphs, minimize, collections, merged summaries.

``tf`` itself is the import of all of ``tf.compat.v1``, which goes with the last of these.
"""
TARGET = 90.0


def graph_machinery(code: str, symbol: str) -> bool:
    """Whether a retired reference is for lifting, not for the rewriting of calls."""
    return code in GRAPH or symbol == "tf" or symbol.startswith(GRAPH_SYMBOLS)


def check(root: Path) -> tuple[FileReport, ...]:
    """What ``tfmigrate check`` finds below a folder."""
    return api.check([str(root)], Config(root=root, target_version="2.21"), cached=False).files


def retired(reports: tuple[FileReport, ...]) -> Counter[tuple[str, bool]]:
    """Retired references to TensorFlow: how many of each code, and whether it is graph machinery.

    Only those of symbols: a finding about a file or about another package is none.
    """
    return Counter(
        (each.code, graph_machinery(each.code, each.symbol))
        for report in reports
        for each in report.findings
        if each.symbol and (each.symbol == "tf" or each.symbol.startswith("tf."))
    )


def texts(root: Path) -> dict[str, bytes]:
    """The Python files below a folder."""
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*.py"))}


def tree_of(data: bytes) -> ast.Module | None:
    """The syntax tree of a file, None if it does not parse (some are Python 2)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(data)
        except (SyntaxError, ValueError):
            return None


def compat(data: bytes) -> int:
    """How often a file writes ``compat.v1``."""
    return len(re.findall(rb"\bcompat\s*\.\s*v1\b|\bcompat\s+import\s+v1\b", data))


# ------------------------------------------------------------------ asking TensorFlow


@functools.cache
def signature(dotted: str) -> inspect.Signature | None:
    """The parameters of ``tensorflow.x.y``, None where Python cannot tell."""
    parts = dotted.split(".")
    here: object = importlib.import_module(parts[0])
    for index, part in enumerate(parts[1:], 2):
        try:
            here = getattr(here, part)
        except AttributeError:
            here = importlib.import_module(".".join(parts[:index]))
    if not callable(here):
        return None
    function: Callable[..., object] = here
    try:
        if inspect.isclass(here) and here.__init__ is not object.__init__:
            # Keras layers have a __new__ that takes anything
            given = inspect.signature(here.__init__)
            return given.replace(parameters=list(given.parameters.values())[1:])
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def imported(tree: ast.Module) -> dict[str, set[str]]:
    """What of TensorFlow each name of a file is bound to, by imports alone."""
    bound: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.partition(".")[0]
                bound.setdefault(alias.asname or whole, set()).add(whole)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = f"{node.module}.{alias.name}" if not node.level else ""
                bound.setdefault(alias.asname or alias.name, set()).add(name)
    clear = bound.keys() - complete.shadowed(tree)
    return {name: bound[name] for name in clear}


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """The calls of TensorFlow, with the name of the function where there is one only."""
    bound = imported(tree)
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        parts: list[str] = []
        below = call.func
        while isinstance(below, ast.Attribute):
            parts.append(below.attr)
            below = below.value
        every = bound.get(below.id, set()) if isinstance(below, ast.Name) else set()
        dotted = {".".join((each, *reversed(parts))) for each in every}
        if len(dotted) == 1 and all(each.startswith("tensorflow.") for each in dotted):
            yield call, dotted.pop()


def refused(call: ast.Call, dotted: str, before: str) -> bool:
    """Whether the installed TensorFlow does not take the arguments of a call.

    A call with the arguments that one had in the program as it was ``before`` may lack another:
    that was so then.
    """
    if complete.first_failure(dotted) or not complete.resolves(dotted):
        return False  # that is another complaint
    taken = signature(dotted)
    if taken is None:
        return False
    spread = any(isinstance(each, ast.Starred) for each in call.args)
    names = {each.arg: None for each in call.keywords if each.arg}
    positional = () if spread else call.args
    try:
        hidden = spread or any(each.arg is None for each in call.keywords)
        arguments = ast.unparse(call).removeprefix(ast.unparse(call.func))
        if hidden or arguments in before:
            taken.bind_partial(*positional, **names)
        else:
            taken.bind(*positional, **names)
    except TypeError:
        return True
    return False


def complaints(
    root: Path, reports: tuple[FileReport, ...], original: Mapping[str, bytes]
) -> tuple[int, list[str]]:
    """References of a tree, and those that TensorFlow refuses and that have no finding."""
    total, silent = 0, []
    for report in reports:
        path = Path(report.path)
        tree = tree_of(path.read_bytes()) if path.suffix == ".py" else None
        if tree is None:
            continue
        spans = [each.span for each in report.findings]
        rows = {row for span in spans for row in range(span.row, span.end_row + 1)}
        wrong: list[tuple[int, int, str]] = []
        for first, last, every in complete.references(tree):
            total += 1
            if all(map(complete.first_failure, every)):
                wrong.append((first, last, every[0]))
        then = tree_of(original.get(str(path.relative_to(root)), b""))
        before = ast.unparse(then) if then is not None else ""
        for call, dotted in calls(tree):
            if refused(call, dotted, before):
                wrong.append((call.lineno, call.end_lineno or call.lineno, f"{dotted}(...)"))
        for first, last, what in wrong:
            if not rows.intersection(range(first, last + 1)):
                silent.append(f"{path.relative_to(root)}:{first}: {what}")
    return total, silent


# ------------------------------------------------------------------ the two tools


def fix(root: Path) -> list[str]:
    """Apply every fix below a folder, those that are called unsafe, too; the internal errors."""
    command = [sys.executable, "-m", "tfmigrate", "fix", str(root)]
    options = ["--apply", "--unsafe-fixes", "--allow-dirty", "--quiet"]
    done = subprocess.run(
        [*command, *options], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode not in (0, 1, 2):  # 2: some files are Python 2
        raise RuntimeError(done.stderr)
    output = f"{done.stdout}\n{done.stderr}".splitlines()
    return [line.strip() for line in output if "internal error" in line]


def upgrade(before: Path, after: Path) -> None:
    """Run ``tf_upgrade_v2`` on a folder, as its documentation says."""
    tool = Path(sys.executable).with_name("tf_upgrade_v2")
    command = [str(tool), f"--intree={before}", f"--outtree={after}", "--copyotherfiles=False"]
    done = subprocess.run(
        [*command, f"--reportfile={after}.txt"],
        capture_output=True,
        text=True,
        cwd=before,
        check=False,
    )
    if done.returncode:
        print(f"  tf_upgrade_v2 ended with {done.returncode}: {done.stderr.splitlines()[-1:]}")
    # where it gave up on a file, the file is as it was
    for path in before.rglob("*.py"):
        copy = after / path.relative_to(before)
        if not copy.is_file() or (path.stat().st_size and not copy.stat().st_size):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


class Sums:
    """What is added up over the packages."""

    def __init__(self) -> None:
        self.before: Counter[tuple[str, bool]] = Counter()
        self.after: Counter[tuple[str, bool]] = Counter()
        self.upgraded: Counter[tuple[str, bool]] = Counter()
        self.faults: list[str] = []

    def measure(self, requirement: str, work: Path) -> str:
        """Fix one package in a copy; a line of the first table."""
        tree, other = work / "ours" / requirement, work / "theirs" / requirement
        shutil.copytree(corpora.fetch(requirement), tree)
        original = texts(tree)
        before = retired(check(tree))
        upgrade(corpora.fetch(requirement), other)
        upgraded = retired(check(other))
        crashes = fix(tree)
        fixed = texts(tree)
        fix(tree)
        again = texts(tree)
        reports = check(tree)
        after = retired(reports)
        total, silent = complaints(tree, reports, original)
        broken = [name for name in original if tree_of(original[name]) and not tree_of(fixed[name])]
        moved = [name for name in fixed if again[name] != fixed[name]]
        older = [name for name in original if compat(fixed[name]) > compat(original[name])]
        self.before += before
        self.after += after
        self.upgraded += upgraded
        for what, names in (
            ("crashed", crashes),
            ("does not parse", broken),
            ("changed by a second run", moved),
            ("names compat.v1 that were not there", older),
            ("refused by TensorFlow and not reported", silent),
        ):
            self.faults += [f"{requirement}: {what}: {name}" for name in names]
        changed = sum(original[name] != fixed[name] for name in original)
        return (
            f"{requirement:<26}{len(original):>6}{changed:>9}{total:>12,}{len(broken):>8}"
            f"{len(moved):>8}{len(older):>11}{len(silent):>8}"
        )

    def table(self) -> float:
        """Print what became of the retired references, rule by rule; the share that is gone."""
        print(f"\n{'':<44}{'':>9}{'tfmigrate fix':>15}{'tf_upgrade_v2':>15}")
        print(f"{'rule':<44}{'retired':>9}{'left':>7}{'gone':>8}{'left':>7}{'gone':>8}")
        names = {code: page.name for code, page in api.rules(Config()).patterns.items()}
        for graph in (False, True):
            codes = sorted({code for code, machinery in kinds_of(self) if machinery is graph})
            for code in codes:
                self.line(f"{code} {names.get(code, '')}", [(code, graph)])
            kinds = [(code, graph) for code in codes]
            self.line("graph machinery" if graph else "all but graph machinery", kinds)
            print()
        return self.share(self.after, [kind for kind in kinds_of(self) if not kind[1]])

    def share(self, left: Counter[tuple[str, bool]], kinds: list[tuple[str, bool]]) -> float:
        """How many of a hundred retired references are gone."""
        total = sum(self.before[kind] for kind in kinds)
        return 100 * (1 - sum(left[kind] for kind in kinds) / total) if total else 0.0

    def line(self, title: str, kinds: list[tuple[str, bool]]) -> None:
        """One line of the table."""
        total = sum(self.before[kind] for kind in kinds)
        cells = ""
        for after in (self.after, self.upgraded):
            left, gone = sum(after[kind] for kind in kinds), self.share(after, kinds)
            cells += f"{left:>7,}" + (f"{gone:>7.1f}%" if left <= total else f"{'more':>8}")
        print(f"{title:<44}{total:>9,}{cells}")


def kinds_of(sums: Sums) -> list[tuple[str, bool]]:
    """Every kind of retired references, those that a fix brought in included."""
    return sorted({*sums.before, *sums.after, *sums.upgraded})


def main() -> int:
    """Print the tables; fails where something is broken or too little is gone."""
    import tensorflow as tf

    print(f"TensorFlow {tf.__version__}")
    print(
        f"{'package':<26}{'files':>6}{'changed':>9}{'references':>12}{'broken':>8}{'again':>8}"
        f"{'compat.v1':>11}{'silent':>8}"
    )
    sums = Sums()
    with tempfile.TemporaryDirectory() as work:
        for requirement in corpora.TENSORFLOW_1:
            print(sums.measure(requirement, Path(work)), flush=True)
        share = sums.table()
    print(f"gone of what is not graph machinery: {share:.1f} % (at least {TARGET} %)")
    print("\n".join(sums.faults))
    return 1 if sums.faults or share < TARGET else 0


if __name__ == "__main__":
    sys.exit(main())
