from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tfmigrate.sources import git
from tfmigrate.sources.git import GitError, uncommitted

IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")


def run(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *IDENTITY, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one commit."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "pkg").mkdir()
    for name in ("a.py", "pkg/b.py", "pkg/odd \u00fc name.py"):
        (folder / name).write_text("x\n")
    (folder / ".gitignore").write_text("generated.py\n")
    run(folder, "init")
    run(folder, "add", "--all")
    run(folder, "commit", "-m", "x")
    monkeypatch.chdir(folder)
    return folder


FILES = ["a.py", "pkg/b.py", "pkg/odd \u00fc name.py"]


def test_clean(repository: Path) -> None:
    assert uncommitted(FILES) == []
    assert uncommitted([str(repository / name) for name in FILES]) == []


@pytest.mark.parametrize("name", FILES)
def test_changed(repository: Path, name: str) -> None:
    (repository / name).write_text("y\n")
    assert uncommitted(FILES) == [name]
    run(repository, "add", name)
    assert uncommitted(FILES) == [name]
    run(repository, "commit", "-m", "y")
    assert uncommitted(FILES) == []


def test_only_the_files_that_are_asked_for(repository: Path) -> None:
    (repository / "a.py").write_text("y\n")
    assert uncommitted(["pkg/b.py"]) == []


def test_unknown_to_git(repository: Path) -> None:
    (repository / "new.py").write_text("x\n")
    (repository / "fresh").mkdir()
    (repository / "fresh" / "new.py").write_text("x\n")
    assert uncommitted(["new.py", "fresh/new.py"]) == ["fresh/new.py", "new.py"]
    (repository / "generated.py").write_text("x\n")
    assert uncommitted(["generated.py"]) == []


def test_moved(repository: Path) -> None:
    run(repository, "mv", "a.py", "c.py")
    assert uncommitted(["c.py"]) == ["c.py"]


def test_patterns_are_names(repository: Path) -> None:
    (repository / "a.py").write_text("y\n")
    (repository / "[a].py").write_text("x\n")
    assert uncommitted(["[a].py"]) == ["[a].py"]


def test_from_another_folder(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / "a.py").write_text("y\n")
    monkeypatch.chdir(repository / "pkg")
    assert uncommitted(["../a.py", "b.py"]) == ["../a.py"]


def test_links_are_followed(repository: Path, tmp_path: Path) -> None:
    (repository / "a.py").write_text("y\n")
    link = tmp_path / "link.py"
    link.symlink_to(repository / "a.py")
    assert uncommitted([str(link)]) == [str(link)]


def test_outside_of_a_repository(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x\n")
    assert uncommitted([str(tmp_path / "a.py")]) == []
    # not one either
    (tmp_path / ".git").mkdir()
    assert uncommitted([str(tmp_path / "a.py")]) == []


def test_one_repository_in_another(repository: Path) -> None:
    inner = repository / "inner"
    inner.mkdir()
    run(inner, "init")
    (inner / "a.py").write_text("x\n")
    run(inner, "add", "--all")
    run(inner, "commit", "-m", "x")
    assert uncommitted(["inner/a.py", "a.py"]) == []
    (inner / "a.py").write_text("y\n")
    assert uncommitted(["inner/a.py", "a.py"]) == ["inner/a.py"]


def test_a_submodule_and_a_linked_working_tree(repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    run(repository, "worktree", "add", str(other))
    assert (other / ".git").is_file()
    (other / "a.py").write_text("y\n")
    assert uncommitted([str(other / "a.py"), "a.py"]) == [str(other / "a.py")]


def test_many_files(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "_BATCH", 3)
    names = [f"n{number}.py" for number in range(8)]
    for name in names:
        (repository / name).write_text("x\n")
    assert uncommitted(names) == names


def test_the_environment_of_a_hook(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    (repository / "a.py").write_text("y\n")
    assert uncommitted(FILES) == ["a.py"]


def test_the_index_is_not_touched(repository: Path) -> None:
    index = repository / ".git" / "index"
    os.utime(repository / "a.py", (1, 1))
    before = index.read_bytes()
    assert uncommitted(FILES) == []
    assert index.read_bytes() == before


def test_git_has_to_answer(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repository / ".git" / "config").write_text("[core")
    with pytest.raises(GitError, match="bad config"):
        uncommitted(FILES)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(GitError, match="git cannot be run"):
        uncommitted(FILES)
