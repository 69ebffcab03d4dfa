"""The repository and what is built from it: what is where, and what needs what."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pathspec
import pytest

from tfmigrate.catalogue.load import parse_toml

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "tfmigrate"
PYPROJECT = parse_toml(ROOT / "pyproject.toml", (ROOT / "pyproject.toml").read_text("utf-8"))
TOP = {"pyproject.toml", "README.md", "tfmigrate", "rules", "tests"}
LINES = 600
ATLAS_BYTES = 1_500_000

WITH_TENSORFLOW = {"atlas/build.py", "atlas/check.py", "atlas/probe.py"}
"""The modules that make the data, and hold them against the real thing: not for run time."""

BLOCKED = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"tensorflow", "keras", "tf_keras", "numpy"}:
            raise RuntimeError(f"the linter imports {name}")

sys.meta_path.insert(0, Blocker())
from tfmigrate.cli import main
main()
"""
PROGRAM = """
import tensorflow as tf
from tensorflow.contrib import slim

x = tf.placeholder(tf.float32)
y = slim.flatten(x)
"""
WHERE = "from tfmigrate.catalogue.load import rules_folder; print(rules_folder())"


def python_files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if "__pycache__" not in path.parts]


def imports(path: Path) -> Iterator[str]:
    """The top-level names that a module imports, by statement or by ``import_module``."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
            given = node.args[0] if node.args else None
            if isinstance(given, ast.Constant) and isinstance(given.value, str):
                yield given.value.partition(".")[0]


def called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    return ast.unparse(node.func).rpartition(".")[2]


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    result = subprocess.run(
        [str(each) for each in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def isolated() -> bool:
    """Whether the build back-end has to be fetched first."""
    return find_spec("hatchling") is None or find_spec("editables") is None


# ------------------------------------------------------------------------------ the repository


def test_top_level() -> None:
    ignored = pathspec.GitIgnoreSpec.from_lines((ROOT / ".gitignore").read_text().splitlines())
    found = {
        path.name
        for path in ROOT.iterdir()
        if not path.name.startswith(".")
        and not ignored.match_file(f"{path.name}/" if path.is_dir() else path.name)
    }
    assert found == TOP


def test_rules_hold_no_python() -> None:
    kinds = {path.suffix for path in (ROOT / "rules").rglob("*") if path.is_file()}
    assert kinds == {".toml", ".md"}


def test_every_module_has_its_tests() -> None:
    mirrored = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir()}
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert packages <= mirrored


@pytest.mark.parametrize("folder", ["tfmigrate", "tests"])
def test_no_file_is_too_long(folder: str) -> None:
    programs = ROOT / "tests" / "programs"
    long = {
        str(path.relative_to(ROOT)): length
        for path in python_files(ROOT / folder)
        if not path.is_relative_to(programs)
        and (length := len(path.read_text("utf-8").splitlines())) > LINES
    }
    assert long == {}


# ------------------------------------------------------------------------------ dependencies


def test_nothing_at_run_time_imports_tensorflow() -> None:
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in python_files(PACKAGE)
        if {"tensorflow", "keras", "numpy"} & set(imports(path))
    }
    assert {path for path in found if not path.startswith("prove/")} <= WITH_TENSORFLOW


@pytest.mark.parametrize("arguments", [["check", "--no-cache"], ["explain", "tf.placeholder"]])
def test_works_where_tensorflow_cannot_be_imported(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    checks = arguments[0] == "check"
    files = ["program.py"] if checks else []
    result = subprocess.run(
        [sys.executable, "-c", BLOCKED, *arguments, *files],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == (1 if checks else 0), result.stderr
    assert "placeholder" in result.stdout
    assert "Traceback" not in result.stderr


def test_run_time_dependencies() -> None:
    requirements = PYPROJECT["project"]["dependencies"]
    declared = {re.split(r"[<>=;\[ ]", each, maxsplit=1)[0] for each in requirements}
    assert declared == {"click", "libcst", "packaging", "pathspec", "rich", "tomli"}
    known = {*declared, *sys.stdlib_module_names, "tfmigrate", "tomllib", "tensorflow"}
    undeclared = {
        f"{path.relative_to(PACKAGE)}: {name}"
        for path in python_files(PACKAGE)
        for name in imports(path)
        if name and name not in known and not path.is_relative_to(PACKAGE / "prove")
    }
    assert undeclared == set()


# ------------------------------------------------------------------------------ what is built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    options = [] if isolated() else ["--no-isolation"]
    run(sys.executable, "-m", "build", *options, "--outdir", folder, ROOT)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_has_rules_and_facts(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        sizes = {each.filename: each.compress_size for each in archive.infolist()}
    rules = {
        f"tfmigrate/_rules/{path.relative_to(ROOT / 'rules').as_posix()}"
        for path in (ROOT / "rules").rglob("*")
        if path.is_file()
    }
    assert len(rules) > 100
    assert rules <= set(sizes)
    data = [name for name in sizes if name.startswith("tfmigrate/atlas/data/")]
    assert len(data) == 3
    assert sum(sizes[name] for name in data) < ATLAS_BYTES
    print(f"atlas {sum(sizes[name] for name in data):,} bytes, wheel {wheel.stat().st_size:,}")
    assert wheel.stat().st_size < 2 * ATLAS_BYTES
    assert not [name for name in sizes if name.startswith(("tests/", "rules/"))]


def test_an_installed_wheel_reads_its_own_rules(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {WHERE}"
    found = run(sys.executable, "-I", "-S", "-c", code, cwd=tmp_path)
    assert Path(found.strip()) == tmp_path / "tfmigrate" / "_rules"


def test_an_editable_install_reads_the_live_rules(tmp_path: Path) -> None:
    options = [] if isolated() else ["--no-build-isolation"]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", *options]
    run(*pip, "--target", tmp_path, "--editable", ROOT)
    # without site-packages, only what has just been installed can be imported
    code = f"import site; site.addsitedir({str(tmp_path)!r}); {WHERE}"
    found = run(sys.executable, "-I", "-S", "-c", code, cwd=tmp_path)
    assert Path(found.strip()) == ROOT / "rules"
    assert not (PACKAGE / "_rules").exists()
