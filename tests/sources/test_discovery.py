from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tfmigrate.config import Config
from tfmigrate.sources.discovery import Found, Kind, Unreadable, discover, kind_of


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(root: Path, *files: str, **contents: str) -> None:
    for name in files:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    for name, content in contents.items():
        (root / name).write_text(content)


def ignore(folder: Path, *lines: str, name: str = ".gitignore") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(lines) + "\n")


def found(paths: Iterable[str] = (".",), **config: Any) -> list[str]:
    return [item.path for item in discover(paths, Config(**config))]


def test_takes_what_is_ours_sorted(root: Path) -> None:
    make(root, "b.py", "a/z.py", "a/b.ipynb", "a.pyi", "w.pyw", "c.txt", "d.pyc", "README.md")
    make(root, "requirements.txt", "requirements/dev.in", "Dockerfile", "a-b/c.py")
    kinds = {item.path: item.kind for item in discover(["."], Config()) if isinstance(item, Found)}
    assert list(kinds) == [
        "Dockerfile",
        "a/b.ipynb",
        "a/z.py",
        "a-b/c.py",
        "a.pyi",
        "b.py",
        "requirements/dev.in",
        "requirements.txt",
        "w.pyw",
    ]
    assert kinds["a/b.ipynb"] is Kind.NOTEBOOK
    assert kinds["a.pyi"] is kinds["w.pyw"] is Kind.PYTHON
    assert kinds["Dockerfile"] is kinds["requirements/dev.in"] is Kind.DEPENDENCIES


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a.py", Kind.PYTHON),
        ("setup.py", Kind.PYTHON),
        ("a.ipynb", Kind.NOTEBOOK),
        ("setup.cfg", Kind.DEPENDENCIES),
        ("a.txt", None),
        ("py", None),
        ("a.py.orig", None),
    ],
)
def test_kind_of(path: str, kind: Kind | None) -> None:
    assert kind_of(path) is kind
    assert kind_of(path, named=True) is (kind or Kind.PYTHON)


def test_paths_keep_the_spelling_of_the_argument(root: Path) -> None:
    make(root, "src/a.py", "src/b/c.py")
    assert found(["src"]) == ["src/a.py", "src/b/c.py"]
    assert found(["./src/"]) == ["src/a.py", "src/b/c.py"]
    assert found([str(root / "src")]) == [str(root / "src/a.py"), str(root / "src/b/c.py")]
    os.chdir(root / "src" / "b")
    assert found([".."]) == ["../a.py", "../b/c.py"]


def test_each_file_once(root: Path) -> None:
    make(root, "src/a.py", "b.py")
    assert found(["src/a.py", "src", ".", "./src/a.py", str(root / "b.py")]) == sorted(
        [str(root / "b.py"), "src/a.py"]
    )


def test_default_excludes(root: Path) -> None:
    make(root, "a.py", ".venv/a.py", "node_modules/x/a.py", "lib/site-packages/a.py")
    make(root, "build/a.py", "builder/a.py", "x/__pycache__/a.py", ".tox/a.py")
    assert found() == ["a.py", "builder/a.py"]
    assert found(["build"]) == ["build/a.py"]
    assert found(exclude=(), include=("build",)) == ["build/a.py"]


def test_configured_excludes(root: Path) -> None:
    make(root, "a.py", "gen/a.py", "src/gen/a.py", "src/b_pb2.py", "old/x.py", "old/keep.py")
    everything = found()
    assert len(everything) == 6
    assert found(extend_exclude=("gen",)) == ["a.py", "old/keep.py", "old/x.py", "src/b_pb2.py"]
    assert found(extend_exclude=("/gen",))[0:2] == ["a.py", "old/keep.py"]
    assert "src/gen/a.py" in found(extend_exclude=("/gen",))
    assert "src/b_pb2.py" not in found(extend_exclude=("*_pb2.py",))
    assert found(extend_exclude=("old/*", "!old/keep.py")) == [
        path for path in everything if path != "old/x.py"
    ]
    # named, so taken
    assert found(["gen/a.py"], extend_exclude=("gen",)) == ["gen/a.py"]


def test_configured_excludes_are_relative_to_the_configuration(root: Path) -> None:
    make(root, "src/gen/a.py", "gen/a.py")
    os.chdir(root / "src")
    assert found(["../gen", "gen"], extend_exclude=("/gen/a.py",), root=root) == ["gen/a.py"]


def test_include(root: Path) -> None:
    make(root, "a.py", "bin/run", "bin/other", "n.ipynb")
    assert found(include=("*.py", "bin/run")) == ["a.py", "bin/run"]


def test_gitignore_nested_and_negated(root: Path) -> None:
    (root / ".git").mkdir()
    ignore(root, "*.py", "!keep.py", "# comment", "", "/out/")
    ignore(root / "a", "!x.py", "keep.py")
    make(root, "x.py", "keep.py", "a/x.py", "a/keep.py", "a/b/x.py", "out/keep.py", "b/keep.py")
    assert found() == ["a/b/x.py", "a/x.py", "b/keep.py", "keep.py"]
    assert len(found(respect_gitignore=False)) == 7
    # from below, the files above hold, too
    os.chdir(root / "a")
    assert found() == ["b/x.py", "x.py"]


def test_other_ignore_files(root: Path) -> None:
    ignore(root / ".git" / "info", "local.py", name="exclude")
    ignore(root, "b.py")
    ignore(root, "!b.py", "c.py", name=".ignore")
    make(root, "a.py", "b.py", "c.py", "local.py", "sub/local.py")
    assert found() == ["a.py", "b.py"]


def test_a_named_file_or_directory_is_taken_although_ignored(root: Path) -> None:
    (root / ".git").mkdir()
    ignore(root, "gen/", "x.py")
    make(root, "gen/a.py", "gen/b/c.py", "x.py", "y.py")
    assert found() == ["y.py"]
    assert found(["gen", "x.py"]) == ["gen/a.py", "gen/b/c.py", "x.py"]


def test_without_a_repository_only_the_ignore_files_below_hold(root: Path) -> None:
    ignore(root, "*.py")
    make(root, "pkg/a.py", "pkg/b.py")
    ignore(root / "pkg", "b.py")
    assert found(["pkg"]) == ["pkg/a.py"]


def test_another_repository_inside(root: Path) -> None:
    (root / ".git").mkdir()
    ignore(root, "a.py", "vendor/x.py")
    make(root, "a.py", "b.py", "vendor/a.py", "vendor/x.py")
    (root / "vendor" / ".git").mkdir()
    assert found() == ["b.py", "vendor/a.py", "vendor/x.py"]


def test_broken_ignore_files_hide_nothing(root: Path) -> None:
    (root / ".gitignore").write_bytes(b"\xff\xfe\n!\nb.py\n")
    (root / "sub" / ".gitignore").mkdir(parents=True)
    make(root, "a.py", "b.py", "sub/a.py")
    assert found() == ["a.py", "sub/a.py"]


def test_directory_links_in_a_circle(root: Path) -> None:
    make(root, "src/a.py", "src/b/c.py")
    (root / "src" / "b" / "up").symlink_to(root / "src", target_is_directory=True)
    (root / "again").symlink_to("src", target_is_directory=True)
    assert found() == ["src/a.py", "src/b/c.py"]
    assert found(["again"]) == ["again/a.py", "again/b/c.py"]


def test_links_to_elsewhere(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    make(elsewhere, "x.py", "y.py")
    make(root, "a.py")
    (root / "0linked").symlink_to(elsewhere, target_is_directory=True)
    (root / "b.py").symlink_to("a.py")
    (root / "c.py").symlink_to(elsewhere / "x.py")
    (root / "broken.py").symlink_to("nowhere.py")
    (root / "self.py").symlink_to("self.py")
    # b.py is a.py, c.py is 0linked/x.py
    assert found() == ["0linked/x.py", "0linked/y.py", "a.py"]


def test_special_files_are_left_alone(root: Path) -> None:
    make(root, "a.py")
    os.mkfifo(root / "pipe.py")
    (root / "dir.py").mkdir()
    assert found() == ["a.py"]


def test_what_cannot_be_read_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(root, "a.py", "locked/b.py", "open/c.py")
    assert discover(["missing.py", "a.py"], Config()) == (
        Found("a.py", Kind.PYTHON),
        Unreadable("missing.py", "no such file or directory"),
    )
    scandir = os.scandir

    @contextmanager
    def refuse(path: str) -> Iterator[Iterator[os.DirEntry[str]]]:
        if path.rstrip("/").endswith("locked"):
            raise PermissionError(13, "Permission denied")
        with scandir(path) as entries:
            yield entries

    monkeypatch.setattr(os, "scandir", refuse)
    assert discover(["."], Config()) == (
        Found("a.py", Kind.PYTHON),
        Unreadable("locked", "permission denied"),
        Found("open/c.py", Kind.PYTHON),
    )


def test_pathspec_is_imported_only_where_there_is_something_to_match(root: Path) -> None:
    import subprocess
    import sys

    make(root, "a.py")
    program = (
        "import sys; from tfmigrate.config import Config; from tfmigrate.sources.discovery import"
        " discover; assert discover(['.'], Config()); print('pathspec' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"
    ignore(root, "b.py")
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True\n"


def test_empty(root: Path) -> None:
    assert discover([], Config()) == ()
    assert discover(["."], Config()) == ()
