"""The functions behind the command, as an editor or a script calls them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfmigrate import api
from tfmigrate.catalogue import CatalogueError
from tfmigrate.config import Config
from tfmigrate.engine.baseline import BaselineError
from tfmigrate.engine.context import TargetError
from tfmigrate.model import Dialect, Report

LOG = "import tensorflow as tf\nx = tf.log(1)\n"


def codes(report: Report) -> list[tuple[str, str]]:
    return [(file.path, finding.code) for file, finding in report.findings()]


def test_check_text(tmp_path: Path) -> None:
    config = Config(root=tmp_path)
    report = api.check_text(LOG.encode(), "a.py", config)
    assert codes(report) == [("a.py", "TFM101")]
    assert report.target == "2.21"
    assert report.files[0].dialect is Dialect.TF1
    assert not list(tmp_path.iterdir())


def test_check(tmp_path: Path) -> None:
    for name in ("b.py", "a.py"):
        (tmp_path / name).write_text(LOG)
    totals: list[int] = []
    steps: list[int] = []
    config = Config(root=tmp_path)
    report = api.check(
        [str(tmp_path)], config, cached=False, total=totals.append, progress=steps.append
    )
    assert codes(report) == [(str(tmp_path / name), "TFM101") for name in ("a.py", "b.py")]
    assert totals == [2]
    assert sum(steps) == 2
    assert not (tmp_path / ".tfmigrate_cache").exists()
    assert api.check([str(tmp_path)], config) == report
    assert (tmp_path / ".tfmigrate_cache").exists()
    assert api.clean(config) == tmp_path / ".tfmigrate_cache"
    assert api.clean(config) is None


def test_what_is_not_there(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.py")
    report = api.check([gone], Config(root=tmp_path), cached=False)
    assert codes(report) == [(gone, "TFM004")]
    assert report.files[0].failed


@pytest.mark.parametrize("cached", [True, False])
def test_mistakes_are_told_although_there_is_nothing_to_check(cached: bool, tmp_path: Path) -> None:
    config = Config(root=tmp_path)
    with pytest.raises(TargetError, match=r"3\.0"):
        api.check([], config.with_overrides(target_version="3.0"), cached=cached)
    with pytest.raises(CatalogueError, match="rules"):
        api.check([], config.with_overrides(extra_rules=(tmp_path / "rules",)), cached=cached)
    with pytest.raises(BaselineError, match="no such baseline"):
        api.check([], config.with_overrides(baseline=tmp_path / "b.json"), cached=cached)
    with pytest.raises(BaselineError, match="no such baseline"):
        api.check_text(b"", "a.py", config.with_overrides(baseline=tmp_path / "b.json"))


EXCLUDED: dict[str, tuple[dict[str, tuple[str, ...]], str, bool]] = {
    "nothing": ({}, "src/a.py", False),
    "by default": ({}, "src/build/a.py", True),
    "a folder that is not one": ({}, "src/building/a.py", False),
    "not any more": ({"exclude": ()}, "build/a.py", False),
    "a name": ({"exclude": ("old",)}, "src/old/x/a.py", True),
    "a file": ({"exclude": ("a.py",)}, "src/a.py", True),
    "a pattern": ({"exclude": ("*_pb2.py",)}, "src/a_pb2.py", True),
    "a path": ({"exclude": ("src/old/",)}, "src/old/a.py", True),
    "another path": ({"exclude": ("src/old/",)}, "old/a.py", False),
    "one more": ({"extend_exclude": ("old",)}, "old/a.py", True),
    "the others as well": ({"extend_exclude": ("o*d",)}, "venv/a.py", True),
    "taken back": ({"exclude": ("*.py", "!a.py")}, "src/a.py", False),
    "outside": ({"exclude": ("old",)}, "../elsewhere/a.py", False),
}


@pytest.mark.parametrize(("settings", "path", "expected"), EXCLUDED.values(), ids=EXCLUDED)
def test_excluded(
    settings: dict[str, tuple[str, ...]], path: str, expected: bool, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    config = Config(root=root).with_overrides(**settings)
    assert api.excluded(str(root / path), config) is expected
    report = api.check_text(LOG.encode(), str(root / path), config)
    assert (report.files == ()) is expected


def test_excluded_files_are_the_ones_that_a_walk_leaves_out(tmp_path: Path) -> None:
    names = ["a.py", "build/b.py", "old/c.py", "old/deep/d.py", "new/e_pb2.py", "new/f.py"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("")
    config = Config(root=tmp_path, extend_exclude=("old", "*_pb2.py"))
    walked = {each.path for each in api.files([str(tmp_path)], config)}
    for name in names:
        path = str(tmp_path / name)
        assert api.excluded(path, config) is (path not in walked)
        assert len(api.files([path], config)) == 1
        assert len(api.files([path], config, force_exclude=True)) == (path in walked)


def test_explain_and_rules() -> None:
    config = Config()
    context = api.load(config)
    assert (api.explain("tf.log", context) or "").startswith("# tf.log")
    assert api.explain("tf.lgo", context) is None
    assert "tf.log" in api.unknown_subject("tf.lgo", context)
    assert api.rules(config).digest == context.catalogue.digest
