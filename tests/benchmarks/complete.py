"""Complete: every reference that real TensorFlow does not resolve has a finding on its line.

    python tests/benchmarks/complete.py

What a reference is, is found here by a reading of the source of its own, and whether it resolves is
asked of the installed TensorFlow: neither the atlas nor the resolver of tfmigrate is used.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import corpora

from tfmigrate import api
from tfmigrate.config import Config

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
_RESOLVED: dict[str, bool] = {}


def resolves(dotted: str) -> bool:
    """Whether the installed TensorFlow has ``tensorflow.x.y``: by import, then by attribute."""
    if dotted not in _RESOLVED:
        _RESOLVED[dotted] = _ask(dotted)
    return _RESOLVED[dotted]


def _ask(dotted: str) -> bool:
    parts = dotted.split(".")
    here: object = importlib.import_module(parts[0])
    for index, part in enumerate(parts[1:], 2):
        try:
            here = getattr(here, part)
            continue
        except Exception:
            if not isinstance(here, types.ModuleType):
                return False
        try:
            here = importlib.import_module(".".join(parts[:index]))
        except Exception:
            return False
        if not (isinstance(here, types.ModuleType) or inspect.isclass(here)):
            return True
    return True


def module_or_class(dotted: str) -> bool:
    """Whether what ``dotted`` names has attributes of its own worth asking for."""
    parts = dotted.split(".")
    here: object = importlib.import_module(parts[0])
    for index, part in enumerate(parts[1:], 2):
        try:
            here = getattr(here, part)
        except AttributeError:
            here = importlib.import_module(".".join(parts[:index]))
    return isinstance(here, types.ModuleType) or inspect.isclass(here)


def first_failure(dotted: str) -> bool:
    """Whether some part of a chain fails; what follows a function or a constant is not asked."""
    parts = dotted.split(".")
    for index in range(1, len(parts) + 1):
        prefix = ".".join(parts[:index])
        if not resolves(prefix):
            return True
        if not module_or_class(prefix):
            return False
    return False


def references(tree: ast.Module) -> Iterator[tuple[int, int, list[str]]]:
    """First row, last row and dotted name of each reference to TensorFlow.

    Several dotted names where several imports bind the name, as those in a ``try`` do.
    """
    names: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "tensorflow":
                    bound = alias.asname or "tensorflow"
                    whole = alias.name if alias.asname else "tensorflow"
                    names.setdefault(bound, []).append(whole)
                    yield alias.lineno, alias.end_lineno or alias.lineno, [alias.name]
        elif isinstance(node, ast.ImportFrom) and is_tensorflow(node):
            for alias in node.names:
                if alias.name != "*":
                    dotted = f"{node.module}.{alias.name}"
                    names.setdefault(alias.asname or alias.name, []).append(dotted)
                    yield alias.lineno, alias.end_lineno or alias.lineno, [dotted]
    # names that are also bound to something else: what they are is not asked
    clear = names.keys() - shadowed(tree)
    inner: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and id(node) not in inner:
            parts, below = [node.attr], node.value
            while isinstance(below, ast.Attribute):
                inner.add(id(below))
                parts.append(below.attr)
                below = below.value
            if isinstance(below, ast.Name) and below.id in clear:
                inner.add(id(below))
                every = [".".join((name, *reversed(parts))) for name in names[below.id]]
                yield node.lineno, node.end_lineno or node.lineno, every
        elif isinstance(node, ast.Name) and id(node) not in inner and node.id in clear:
            yield node.lineno, node.end_lineno or node.lineno, names[node.id]


def is_tensorflow(node: ast.ImportFrom) -> bool:
    """Whether an import is from TensorFlow."""
    return not node.level and (node.module or "").split(".")[0] == "tensorflow"


def shadowed(tree: ast.Module) -> set[str]:
    """Names that are also bound to something else in the file: what they are is not asked."""
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
    return bound


def measure(requirement: str) -> tuple[int, int, list[str]]:
    """References, those that do not resolve, and those of them without a finding."""
    root = corpora.fetch(requirement)
    report = api.check([str(root)], Config(root=root, target_version="2.21"), cached=False)
    total = dead = 0
    missed: list[str] = []
    for file in report.files:
        if not file.path.endswith(".py"):
            continue
        rows = {
            row for each in file.findings for row in range(each.span.row, each.span.end_row + 1)
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                tree = ast.parse(Path(file.path).read_bytes())
            except SyntaxError:
                continue
        for first, last, every in references(tree):
            total += 1
            if all(map(first_failure, every)):
                dead += 1
                if not rows.intersection(range(first, last + 1)):
                    missed.append(f"{file.path}:{first}: {every[0]}")
    return total, dead, missed


def main() -> int:
    """Print the table; fails if anything was missed."""
    import tensorflow as tf

    print(f"TensorFlow {tf.__version__}")
    print(f"{'package':<28}{'references':>11}{'dead':>8}{'missed':>8}")
    every: list[str] = []
    sums = [0, 0]
    for requirement in corpora.TENSORFLOW_1:
        total, dead, missed = measure(requirement)
        print(f"{requirement:<28}{total:>11,}{dead:>8,}{len(missed):>8,}", flush=True)
        sums[0] += total
        sums[1] += dead
        every += missed
    print(f"{'all':<28}{sums[0]:>11,}{sums[1]:>8,}{len(every):>8,}")
    if sums[1]:
        print(f"found: {100 * (1 - len(every) / sums[1]):.2f} %")
    print("\n".join(every))
    return 1 if every else 0


if __name__ == "__main__":
    sys.exit(main())
