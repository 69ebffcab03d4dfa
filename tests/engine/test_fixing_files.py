"""Fixing files: many at once, their dependencies, and writing what came out."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tfmigrate import api
from tfmigrate.config import Config
from tfmigrate.engine import context, run
from tfmigrate.engine.fixing import FixOptions
from tfmigrate.model import FileFix, Finding

CONTEXT = context.load("2.21")
TF = "import tensorflow as tf\n"
LOG = f"{TF}x = tf.log(1.0)\n"
NATIVE = f"{TF}x = tf.math.log(1.0)\n"
LEFT = f"{TF}x = tf.contrib.no_such_thing(1)\n"
UNSAFE = FixOptions(unsafe=True)


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)


def fixed(folder: Path, options: FixOptions | None = None, **rest: Any) -> dict[str, FileFix]:
    outcomes = api.fix([str(folder)], Config(root=folder), options, **rest)
    return {os.path.relpath(each.path, folder): each for each in outcomes}


def codes(findings: Iterable[Finding]) -> list[str]:
    return [each.code for each in findings]


# ------------------------------------------------------------------ many files


@pytest.mark.parametrize("workers", [1, 2])
def test_files_are_fixed_and_not_written(
    project: Path, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_WORTH_A_POOL", 0)
    write(project, a_dot_py=LOG, b_dot_py="x = 1\n", c_dot_py=f"{TF}x = (\n", d_dot_py=LEFT)
    counted: list[int] = []
    outcomes = fixed(project, workers=workers, total=counted.append, progress=counted.append)
    assert list(outcomes) == ["a.py", "b.py", "c.py", "d.py"]
    assert outcomes["a.py"].after == NATIVE.encode()
    assert outcomes["a.py"].before == LOG.encode() == (project / "a.py").read_bytes()
    assert codes(outcomes["a.py"].applied) == ["TFM101"]
    assert outcomes["b.py"] == FileFix(outcomes["b.py"].path, b"", b"")
    assert outcomes["c.py"].failed
    assert codes(outcomes["d.py"].left)
    assert not outcomes["d.py"].failed
    assert counted[0] == 4
    assert sum(counted[1:]) == 4


def test_a_process_that_dies_takes_one_file_along(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, a_dot_py=LOG, b_dot_py=f"{LOG}# die\n", c_dot_py=LOG)
    monkeypatch.setattr(run, "_WORTH_A_POOL", 0)
    before = run.Fixing.do

    def do(self: run.Fixing, job: Any, context: Any) -> Any:
        if job.path.endswith("b.py"):
            os._exit(9)
        return before(self, job, context)

    monkeypatch.setattr(run.Fixing, "do", do)
    outcomes = fixed(project, workers=2)
    assert outcomes["a.py"].after == outcomes["c.py"].after == NATIVE.encode()
    (left,) = outcomes["b.py"].left
    assert outcomes["b.py"].failed
    assert "the file was not fixed" in left.message


def test_who_is_asked_is_asked_in_one_process(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_WORTH_A_POOL", 0)
    write(project, a_dot_py=LOG, b_dot_py=LOG)
    asked: list[Finding] = []

    def accept(finding: Finding) -> bool:
        asked.append(finding)
        return len(asked) == 1

    outcomes = fixed(project, FixOptions(accept=accept), workers=2)
    assert outcomes["a.py"].after == NATIVE.encode()
    assert outcomes["b.py"].after == LOG.encode()
    assert codes(outcomes["b.py"].held) == ["TFM101"]


def test_what_is_not_there_is_told(project: Path) -> None:
    (outcome,) = api.fix([str(project / "no.py")], Config(root=project))
    assert outcome.failed
    assert codes(outcome.left) == ["TFM004"]


def test_the_configuration_says_what_is_wanted(project: Path) -> None:
    write(project, a_dot_py=LOG)
    config = Config(root=project, ignore=("TFM101",))
    (outcome,) = api.fix([str(project)], config)
    assert outcome.after == outcome.before
    assert not outcome.held


def test_text_in_memory(project: Path) -> None:
    config = Config(root=project)
    assert api.fix_text(LOG.encode(), "a.py", config).after == NATIVE.encode()
    excluded = api.fix_text(LOG.encode(), "build/a.py", config)
    assert excluded.after == LOG.encode()
    pins = api.fix_text(b"tensorflow==1.15\n", "requirements.txt", config, UNSAFE)
    assert pins.after == b"tensorflow>=2.21\n"


# ------------------------------------------------------------------ writing


def test_apply_writes_what_changed(project: Path) -> None:
    write(project, a_dot_py=LOG, b_dot_py=LEFT, c_dot_py="x = 1\n")
    (project / "a.py").chmod(0o754)
    stamps = {name: (project / name).stat().st_mtime_ns for name in ("b.py", "c.py")}
    outcomes = api.apply(fixed(project).values())
    assert (project / "a.py").read_text() == NATIVE
    assert (project / "a.py").stat().st_mode & 0o777 == 0o754
    assert {name: (project / name).stat().st_mtime_ns for name in stamps} == stamps
    assert not any(each.failed for each in outcomes)
    assert all(each.after == each.before for each in fixed(project).values())


def test_a_file_that_has_changed_since_is_not_written(project: Path) -> None:
    write(project, a_dot_py=LOG)
    outcomes = fixed(project)
    (project / "a.py").write_text("mine\n")
    (outcome,) = api.apply(outcomes.values())
    assert (project / "a.py").read_text() == "mine\n"
    assert (outcome.failed, outcome.applied, codes(outcome.left)) == (True, (), ["TFM004"])


def test_a_file_that_cannot_be_written_does_not_stop_the_others(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, a_dot_py=LOG, b_dot_py=LOG)
    outcomes = fixed(project)
    (project / "a.py").unlink()
    first, second = api.apply(outcomes.values())
    assert (first.failed, second.failed) == (True, False)
    assert not (project / "a.py").exists()
    assert (project / "b.py").read_text() == NATIVE


# ------------------------------------------------------------------ dependencies

PINS = "tensorflow==1.15  # the last one\nnumpy\n"


def test_pins_follow_when_all_programs_are_native(project: Path) -> None:
    logs = f"{TF}tf.logging.info(tf.summary.create_file_writer('x'))\n"
    write(project, a_dot_py=logs, pkg__b_dot_py=LOG, requirements_dot_txt=PINS)
    outcome = fixed(project)["requirements.txt"]
    assert outcome.after == (b"tensorflow>=2.21  # the last one\nabsl-py\ntensorboard\nnumpy\n")
    assert set(codes(outcome.applied)) == {"TFM601"}
    assert not outcome.left


@pytest.mark.parametrize("other", [LEFT, f"{TF}x = (\n"])
def test_pins_stay_as_long_as_a_program_needs_them(project: Path, other: str) -> None:
    write(project, a_dot_py=LOG, b_dot_py=other, requirements_dot_txt=PINS)
    outcome = fixed(project)["requirements.txt"]
    assert outcome.after == outcome.before == PINS.encode()
    assert codes(outcome.held) == ["TFM601"]
    after = fixed(project, UNSAFE)["requirements.txt"].after
    assert after == PINS.replace("==1.15", ">=2.21").encode()


def test_pins_alone_say_nothing_of_the_programs(project: Path) -> None:
    write(project, requirements_dot_txt=PINS)
    outcome = fixed(project)["requirements.txt"]
    assert (outcome.after, codes(outcome.held)) == (PINS.encode(), ["TFM601"])


def test_pins_that_are_silenced_stay(project: Path) -> None:
    silent = PINS.replace("# the", "# tfmigrate: ignore[TFM601] the")
    write(project, a_dot_py=LOG, requirements_dot_txt=silent)
    assert fixed(project, UNSAFE)["requirements.txt"].after in (b"", silent.encode())
    write(project, requirements_dot_txt=PINS)
    config = Config(root=project, ignore=("TFM6",))
    (_, outcome) = api.fix([str(project)], config, UNSAFE)
    assert outcome.after == outcome.before


def test_a_setup_script_is_a_program_and_declares(project: Path) -> None:
    text = (
        "from setuptools import setup\n\nimport tensorflow as tf\n\ntf.logging.info('x')\n"
        "setup(install_requires=['tensorflow==1.15'])\n"
    )
    write(project, setup_dot_py=text)
    outcome = fixed(project)["setup.py"]
    assert outcome.before == text.encode()
    assert b"logging.info" in outcome.after
    assert b"'tensorflow>=2.21', 'absl-py'" in outcome.after


def test_newlines_of_pins_stay(project: Path) -> None:
    data = b"tensorflow==1.15\r\nnumpy\r\n"
    (project / "requirements.txt").write_bytes(data)
    outcome = fixed(project, UNSAFE)["requirements.txt"]
    assert outcome.after == data.replace(b"==1.15", b">=2.21")


def test_each_pin_can_be_refused(project: Path) -> None:
    write(project, requirements_dot_txt="tensorflow==1.15\nkeras==2.2\n")
    options = FixOptions(unsafe=True, accept=lambda each: each.span.row == 2)
    outcome = fixed(project, options)["requirements.txt"]
    assert outcome.after.startswith(b"tensorflow==1.15\nkeras>")


def test_a_crash_over_pins_is_a_finding(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tfmigrate.sources import dependencies

    def check(*args: Any) -> Any:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(dependencies, "check", check)
    write(project, requirements_dot_txt=PINS, a_dot_py=LOG)
    outcomes = fixed(project)
    assert outcomes["requirements.txt"].failed
    assert outcomes["a.py"].after == NATIVE.encode()
