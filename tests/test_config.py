from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tfmigrate.config import Config, ConfigError, load, read
from tfmigrate.model import Dialect


def write(folder: Path, content: str, header: str = "[tool.tfmigrate]\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "pyproject.toml"
    file.write_text(header + content)
    return file


@pytest.mark.parametrize(
    ("content", "field", "expected"),
    [
        ('select = ["TFM2", "TFM101"]', "select", ("TFM2", "TFM101")),
        ('ignore = ["TFM5"]', "ignore", ("TFM5",)),
        ('extend-select = ["ALL"]', "extend_select", ("ALL",)),
        (
            'per-file-ignores = {"tests/**" = ["TFM2"]}',
            "per_file_ignores",
            (("tests/**", ("TFM2",)),),
        ),
        ('exclude = ["old"]', "exclude", ("old",)),
        ("exclude = []", "exclude", ()),
        ('extend-exclude = ["*_pb2.py"]', "extend_exclude", ("*_pb2.py",)),
        ('include = ["*.py"]', "include", ("*.py",)),
        ('target-version = "2.16"', "target_version", "2.16"),
        ('target-version = "2.16.1"', "target_version", "2.16"),
        ('dialect = {"src/old/**" = "tf1"}', "dialect", (("src/old/**", Dialect.TF1),)),
        ('output-format = "sarif"', "output_format", "sarif"),
        ("respect-gitignore = false", "respect_gitignore", False),
    ],
)
def test_keys(tmp_path: Path, content: str, field: str, expected: object) -> None:
    file = write(tmp_path, content)
    config = read(file)
    assert getattr(config, field) == expected
    assert config.root == tmp_path
    # everything else is as it is by default
    fields: dict[str, Any] = {"root": tmp_path, field: expected}
    assert Config(**fields) == config
    assert pickle.loads(pickle.dumps(config)) == config


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    file = write(
        tmp_path, 'extra-rules = ["rules", "/abs"]\nbaseline = "b.json"\ncache-dir = ".cache"\n'
    )
    config = read(file)
    assert config.extra_rules == (tmp_path / "rules", Path("/abs"))
    assert (config.baseline, config.cache_dir) == (tmp_path / "b.json", tmp_path / ".cache")


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ('selct = ["TFM2"]', "unknown key `selct` in [tool.tfmigrate]; did you mean `select`?"),
        ('extend_select = ["TFM2"]', "did you mean `extend-select`?"),
        ('target_version = "2.21"', "did you mean `target-version`?"),
        ("zzz = 1", "unknown key `zzz` in [tool.tfmigrate]; known keys: baseline, cache-dir"),
        ('select = "TFM2"', "`select` in [tool.tfmigrate] must be a list of rule codes"),
        ("select = [1]", "must be a list of rule codes"),
        ('select = ["tfm2"]', 'such as "TFM201", "TFM2" or "ALL", not [\'tfm2\']'),
        ('per-file-ignores = ["TFM2"]', "must be a table of patterns and codes"),
        ('per-file-ignores = {"a" = "TFM2"}', "must be a list of rule codes"),
        ("exclude = 1", "`exclude` in [tool.tfmigrate] must be a list of strings, not 1"),
        ("target-version = 2.16", 'must be a TensorFlow 2 release such as "2.21", not 2.16'),
        ('target-version = "1.15"', "must be a TensorFlow 2 release"),
        ('target-version = "latest"', "must be a TensorFlow 2 release"),
        ('dialect = {"a" = "tf3"}', "must be a table of patterns and dialects (tf1, compat, tf2)"),
        ('dialect = "tf1"', "must be a table of patterns and dialects"),
        ('extra-rules = "rules"', "must be a list of paths"),
        ("baseline = 3", "must be a path, not 3"),
        ('baseline = ""', "must be a path"),
        ('output-format = "xml"', "must be one of full, concise, json"),
        ('respect-gitignore = "yes"', "must be true or false, not 'yes'"),
        ("respect-gitignore = 1", "must be true or false"),
        ("x = = 1", "not valid TOML"),
    ],
)
def test_mistakes(tmp_path: Path, content: str, part: str) -> None:
    file = write(tmp_path, content)
    with pytest.raises(ConfigError) as caught:
        read(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert part in str(caught.value)
    with pytest.raises(ConfigError) as found:
        load([str(tmp_path)])
    assert str(found.value) == str(caught.value)


def test_other_mistakes(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        read(tmp_path / "pyproject.toml")
    with pytest.raises(ConfigError, match="must be a table"):
        read(write(tmp_path, "tfmigrate = 1", "[tool]\n"))
    file = tmp_path / "pyproject.toml"
    file.write_bytes(b"[tool.tfmigrate]\n# \xff\n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        read(file)


def test_the_nearest_one_with_a_table_counts(tmp_path: Path) -> None:
    write(tmp_path, 'ignore = ["TFM1"]')
    write(tmp_path / "a", "name = 'x'", "[project]\n")
    write(tmp_path / "a" / "b", 'ignore = ["TFM2"]')
    (tmp_path / "a" / "b" / "x.py").touch()
    assert load([str(tmp_path / "a" / "b" / "x.py")]).ignore == ("TFM2",)
    assert load(["b/x.py"], tmp_path / "a").ignore == ("TFM2",)
    assert load(["b/gone.py"], tmp_path / "a").ignore == ("TFM2",)
    assert load([str(tmp_path / "a")]).ignore == ("TFM1",)
    assert load(["..", str(tmp_path / "a" / "b")], tmp_path / "a").ignore == ("TFM1",)
    assert load([], tmp_path / "a" / "b").ignore == ("TFM2",)
    assert load(cwd=tmp_path / "a").root == tmp_path


def test_without_a_table(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    assert load([], deep) == Config(root=tmp_path)
    write(tmp_path / "a", "name = 'x'", "[project]\n")
    assert load([], deep) == Config(root=tmp_path / "a")
    # somebody else's broken file is none of our business, until it speaks of us
    write(tmp_path / "a", "= =", "[project]\n")
    assert load([], deep) == Config(root=tmp_path / "a")
    write(tmp_path / "a", "dependencies = ['tfmigrate']", "[project]\n")
    assert load([], deep) == Config(root=tmp_path / "a")
    assert read(tmp_path / "a" / "pyproject.toml") == Config(root=tmp_path / "a")


def test_overrides(tmp_path: Path) -> None:
    config = Config(root=tmp_path, select=("TFM2",), output_format="json")
    assert config.with_overrides(select=None, target_version=None) == config
    changed = config.with_overrides(select=["TFM1"], respect_gitignore=False, ignore=())
    assert (changed.select, changed.respect_gitignore) == (("TFM1",), False)
    assert changed.output_format == "json"
    assert config.select == ("TFM2",)
    with pytest.raises(TypeError):
        config.with_overrides(selct=["TFM1"])


def test_per_file_ignores_and_dialects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = Config(
        root=tmp_path,
        per_file_ignores=(
            ("tests/", ("TFM2", "TFM1")),
            ("*_test.py", ("TFM3",)),
            ("/a.py", ("X1",)),
        ),
        dialect=(("old/**", Dialect.TF1), ("old/new.py", Dialect.TF2)),
    )
    assert config.ignored_in("tests/x.py") == ("TFM2", "TFM1")
    assert config.ignored_in("src/tests/x_test.py") == ("TFM2", "TFM1", "TFM3")
    assert config.ignored_in(str(tmp_path / "a.py")) == ("X1",)
    assert config.ignored_in("src/a.py") == ()
    assert config.ignored_in("../outside.py") == ()
    assert config.dialect_of("old/x/y.py") is Dialect.TF1
    assert config.dialect_of("./old/new.py") is Dialect.TF2
    assert config.dialect_of("new/old.py") is None
    assert Config().dialect_of("x.py") is None
    assert Config().ignored_in("x.py") == ()


def test_nothing_heavy_is_imported_without_need(tmp_path: Path) -> None:
    program = "import sys; from tfmigrate.config import load; load(); print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"tomllib", "tomli", "pathspec", "json", "difflib", "packaging", "libcst"}
