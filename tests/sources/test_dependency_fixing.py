"""Dependency files are rewritten to what the migrated code needs, and nothing else in them."""

from __future__ import annotations

import re
from configparser import ConfigParser

import pytest
import tomllib
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement

from tfmigrate.catalogue.load import rules_folder
from tfmigrate.model import Applicability
from tfmigrate.sources import dependencies
from tfmigrate.sources.dependencies.fixing import additions, fix
from tfmigrate.sources.dependencies.placing import Rows

TARGET = "2.21"

LINES = [
    ("tensorflow==1.15.0", "tensorflow>=2.21"),
    ("tensorflow<2", "tensorflow>=2.21,<3"),
    ("tensorflow>=1.13, <2.0", "tensorflow>=2.21, <3"),
    ("tensorflow~=1.15", "tensorflow~=2.21"),
    ("tensorflow == 1.15  # the last one", "tensorflow >= 2.21  # the last one"),
    ("tensorflow (>=1.0,<2.0)", "tensorflow (>=2.21,<3)"),
    ("TensorFlow==1.15", "TensorFlow>=2.21"),
    ("tensorflow [x] == 1.13", "tensorflow [x] >= 2.21"),
    ("tensorflow-cpu==1.15", "tensorflow-cpu>=2.21"),
    ("intel-tensorflow==1.15", "tensorflow>=2.21"),
    ("tf-nightly==1.15.0.dev20190821", "tf-nightly>=2.21"),
    ("tensorflow-gpu", "tensorflow[and-cuda]>=2.21"),
    ("tensorflow_gpu==1.14", "tensorflow[and-cuda]>=2.21"),
    (
        'tensorflow-gpu>=1.14 ; sys_platform == "linux"',
        'tensorflow[and-cuda]>=2.21 ; sys_platform == "linux"',
    ),
    ("tf-nightly-gpu", "tf-nightly[and-cuda]"),
    ("tensorflow-tensorboard==1.5", "tensorboard"),
    ("tensorboard==1.15", "tensorboard>=2.0"),
    ("tensorflow-hub==0.7.0", "tensorflow-hub>=0.16"),
    ("tensorflow-probability==0.7", "tensorflow-probability[tf]>=0.24"),
    ("tensorflow-serving-api==1.15", "tensorflow-serving-api>=2.0"),
    ("dm-sonnet==1.36", "dm-sonnet>=2.0"),
    ("keras>=2.2,<3", "keras>=3.12,<4"),
    ("keras==2.2.4", "keras>=3.12"),
    (
        "https://example.org/tensorflow-1.15.0-cp37-cp37m-linux_x86_64.whl",
        "tensorflow>=2.21",
    ),
]

KEPT = [
    "tensorflow",
    "tensorflow>=1.15",
    "tensorflow>=2.3,<3",
    'tensorflow==1.15; python_version < "3.8"',
    "# tensorflow==1.15",
    "-r tensorflow.txt",
    "-e git+https://example.org/tensorflow#egg=tensorflow",
    "numpy==1.16",
    "scipy",
    # a successor that is another package is for a person to choose
    "edward",
    "tflearn",
    # bridged code needs it still
    "tf-slim==1.1.0",
    "stable-baselines==2.10",
]


def fixed(path: str, text: str, *needs: str) -> str:
    """The fixed text, after looking whether a second run leaves it as it is."""
    once = fix(path, text, needs, TARGET)
    assert fix(path, once, needs, TARGET) == once
    return once


@pytest.mark.parametrize(("old", "new"), LINES)
def test_requirements(old: str, new: str) -> None:
    around = "# first\nscipy>=1\n{}\n\nabsl-py  # last\n"
    assert fixed("requirements.txt", around.format(old)) == around.format(new)
    assert dependencies.check("requirements.txt", new, TARGET) == ()


@pytest.mark.parametrize("new", [new for _, new in LINES])
def test_what_is_written_is_a_requirement(new: str) -> None:
    written = Requirement(new.partition("#")[0])
    if written.name.lower() in ("tensorflow", "tensorflow-cpu"):
        assert written.specifier.contains("2.21.0")
        assert not written.specifier.contains("1.15.5")


@pytest.mark.parametrize("line", KEPT)
def test_what_stays(line: str) -> None:
    text = f"{line}\nrich\n"
    assert fixed("requirements.txt", text) == text


def test_what_belonged_to_tensorflow_1_goes() -> None:
    text = "numpy==1.16\ntensorflow==1.15\ntensorflow-estimator==1.15.1\ntensorflow-addons  # no\n"
    assert fixed("requirements.txt", text) == "numpy>=1.26\ntensorflow>=2.21\n"


def test_numpy_and_protobuf_only_beside_tensorflow() -> None:
    text = "numpy==1.16\nprotobuf==3.6.1\n"
    assert fixed("requirements.txt", text) == text
    assert fixed("requirements.txt", f"{text}tensorflow\n") == (
        "numpy>=1.26\nprotobuf>=6.31.1\ntensorflow\n"
    )


def test_hashes_are_left_with_a_reason() -> None:
    text = "tensorflow==1.15.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\nscipy\n"
    assert fixed("requirements.txt", text) == text
    (finding,) = dependencies.check("requirements.txt", text, TARGET)
    assert finding.fix is None
    assert "hashes" in finding.message


def test_fixes_are_unsafe_and_touch_the_requirement_only() -> None:
    (finding,) = dependencies.check("requirements.txt", "tensorflow==1.15  # x\n", TARGET)
    assert finding.fix is not None
    assert finding.fix.applicability is Applicability.UNSAFE
    (edit,) = finding.fix.edits
    assert (edit.span.column, edit.span.end_column) == (1, 17)
    assert finding.fix.message == "Replace with `tensorflow>=2.21`"


def test_setup_py() -> None:
    text = """\
from setuptools import setup

setup(
    name="x",
    python_requires=">=3.5,<3.8",
    install_requires=["numpy>=1.14", 'tensorflow>=1.13,<2.0', "tensorflow-estimator"],
    extras_require={
        "gpu": ["tensorflow-gpu==1.15"],  # CUDA 10
        "addons": ["tensorflow-addons"],
    },
)
"""
    expected = """\
from setuptools import setup

setup(
    name="x",
    python_requires=">=3.10",
    install_requires=["numpy>=1.14", 'tensorflow>=2.21,<3', 'absl-py'],
    extras_require={
        "gpu": ["tensorflow[and-cuda]>=2.21"],  # CUDA 10
        "addons": [],
    },
)
"""
    assert fixed("setup.py", text, "absl-py") == expected
    compile(expected, "setup.py", "exec")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('    "tensorflow==1.15",  # a\n', '    "tensorflow>=2.21",  # a\n    "absl-py",\n'),
        ("    'tensorflow<2'\n", "    'tensorflow>=2.21,<3',\n    'absl-py'\n"),
    ],
)
def test_lists_of_one_line_each(old: str, new: str) -> None:
    head = "from setuptools import setup\nNEEDED = [\n    'scipy',\n"
    around = head + "{}]\nsetup(install_requires=NEEDED)\n"
    assert fixed("setup.py", around.format(old), "absl-py") == around.format(new)
    compile(around.format(new), "setup.py", "exec")


@pytest.mark.parametrize(
    "argument",
    [
        '"tensorflow==" + VERSION',
        'f"tensorflow=={VERSION}"',
        '"tensor" "flow==1.15"',
        "open('r.txt')",
    ],
)
def test_what_is_put_together_at_run_time_stays(argument: str) -> None:
    text = f"from setuptools import setup\nVERSION = '1.15'\nsetup(install_requires=[{argument}])\n"
    assert fixed("setup.py", text, "absl-py") == text


def test_setup_cfg() -> None:
    text = """\
[options]
python_requires = >=3.5,<3.8
install_requires =
    numpy
    tensorflow == 1.15
    tensorflow-estimator

[options.extras_require]
gpu = tensorflow-gpu==1.15
"""
    new = fixed("setup.cfg", text, "tensorboard")
    assert (
        new
        == """\
[options]
python_requires = >=3.10
install_requires =
    numpy
    tensorflow >= 2.21
    tensorboard

[options.extras_require]
gpu = tensorflow[and-cuda]>=2.21
"""
    )
    parser = ConfigParser()
    parser.read_string(new)
    assert parser["options"]["install_requires"].split("\n")[-1] == "tensorboard"


def test_pyproject() -> None:
    text = """\
[project]
requires-python = ">=3.6,<3.8"  # old
dependencies = ["numpy", "tensorflow~=1.15", "tensorflow-estimator"]
[project.optional-dependencies]
gpu = [
  "tensorflow-gpu==1.15",  # CUDA
  "tensorflow-addons",
]
[dependency-groups]
test = ["tensorflow==1.15", "pytest"]
"""
    new = fixed("pyproject.toml", text, "absl-py", "tensorboard")
    assert (
        new
        == """\
[project]
requires-python = ">=3.10"  # old
dependencies = ["numpy", "tensorflow~=2.21", "absl-py", "tensorboard"]
[project.optional-dependencies]
gpu = [
  "tensorflow[and-cuda]>=2.21",  # CUDA
]
[dependency-groups]
test = ["tensorflow>=2.21", "pytest"]
"""
    )
    assert tomllib.loads(new)["project"]["dependencies"][-1] == "tensorboard"


def test_poetry() -> None:
    text = """\
[tool.poetry.dependencies]
python = "~3.7"
tensorflow = "^1.14"
tensorflow-addons = "0.10"  # gone
keras = "2.2.4"
[tool.poetry.group.gpu.dependencies]
tensorflow-hub = {version = "0.7", optional = true}
"""
    new = fixed("pyproject.toml", text, "tf_keras")
    assert (
        new
        == """\
[tool.poetry.dependencies]
python = ">=3.10,<3.14"
tensorflow = "^2.21"
tf-keras = ">=2.21"
keras = ">=3.12"
[tool.poetry.group.gpu.dependencies]
tensorflow-hub = {version = ">=0.16", optional = true}
"""
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"1.15.0"  # x', '{version = ">=2.21", extras = ["and-cuda"]}  # x'),
        (
            '{version = "1.15", optional = true}',
            '{extras = ["and-cuda"], version = ">=2.21", optional = true}',
        ),
    ],
)
def test_a_key_is_renamed(old: str, new: str) -> None:
    text = f"[tool.poetry.dependencies]\ntensorflow-gpu = {old}\n"
    after = fixed("pyproject.toml", text)
    assert after == f"[tool.poetry.dependencies]\ntensorflow = {new}\n"
    table = tomllib.loads(after)["tool"]["poetry"]["dependencies"]
    assert table["tensorflow"]["extras"] == ["and-cuda"]


def test_a_key_is_not_doubled() -> None:
    text = (
        '[packages]\ntensorflow = "==1.15"\ntensorflow-gpu = "*"\n'
        '[requires]\npython_version = "3.6"\n'
    )
    after = fixed("Pipfile", text)
    assert after == (
        '[packages]\ntensorflow = ">=2.21"\ntensorflow-gpu = "*"\n'
        '[requires]\npython_version = "3.12"\n'
    )


def test_conda() -> None:
    text = """\
name: x
dependencies:
  - python=3.6
  - tensorflow-gpu=1.15.0
  - numpy=1.16  # old
  - conda-forge::tensorflow==1.14=gpu_py37
  - pip:
    - tensorflow-gpu==1.15  # pip
    - tensorflow-addons
"""
    assert (
        fixed("environment.yml", text)
        == """\
name: x
dependencies:
  - python=3.12
  - tensorflow>=2.21
  - numpy>=1.26  # old
  - conda-forge::tensorflow>=2.21
  - pip:
    - tensorflow[and-cuda]>=2.21  # pip
"""
    )


def test_the_only_item_of_a_list_stays() -> None:
    text = "dependencies:\n  - python=3.12\n  - pip:\n    - tensorflow-addons\n"
    assert fixed("environment.yml", text) == text


def test_dockerfile() -> None:
    text = """\
FROM python:3.7-slim-buster AS tools
FROM tensorflow/tensorflow:1.15.5-gpu-py3
RUN pip install --no-cache-dir tensorflow==1.15 numpy && \\
    pip3 install "tensorflow-gpu==1.14" \\
      tensorflow-estimator==1.14 \\
      scipy
RUN conda install -y tensorflow=1.15
RUN ["pip", "install", "tensorflow==1.13"]
ARG TF=1.15.0
RUN pip install tensorflow==${TF}
"""
    assert (
        fixed("Dockerfile", text, "absl-py")
        == """\
FROM python:3.12-slim-bookworm AS tools
FROM tensorflow/tensorflow:2.21.0-gpu
RUN pip install --no-cache-dir tensorflow~=2.21 absl-py numpy && \\
    pip3 install "tensorflow[and-cuda]>=2.21" \\
      scipy
RUN conda install -y tensorflow=2.21
RUN ["pip", "install", "tensorflow>=2.21"]
ARG TF=1.15.0
RUN pip install tensorflow==${TF}
"""
    )


@pytest.mark.parametrize(
    "line",
    [
        "FROM nvcr.io/nvidia/tensorflow:20.03-tf1-py3",
        "FROM tensorflow/tensorflow:1.15.0-devel-gpu-py3",
        "FROM tensorflow/serving:1.15.0",
        "FROM tensorflow/tensorflow:1.15.0@sha256:00",
        "FROM python:3.7-alpine",
        "RUN pip install tensorflow-estimator",
    ],
)
def test_images_and_commands_without_a_certain_successor(line: str) -> None:
    assert fixed("Dockerfile", f"{line}\n") == f"{line}\n"
    assert len(dependencies.check("Dockerfile", f"{line}\nRUN pip install tensorflow", TARGET)) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("pip install tensorflow==1.15 numpy", "pip install tensorflow~=2.21 numpy"),
        ("pip install -q tensorflow-gpu", "pip install -q tensorflow[and-cuda]"),
        ("pip install 'tensorflow<2'", "pip install 'tensorflow>=2.21,<3'"),
        ("conda install tensorflow=1.15", "conda install tensorflow=2.21"),
    ],
)
def test_commands_of_notebooks(old: str, new: str) -> None:
    (finding,) = dependencies.check_command(old, 3, 2, TARGET)
    assert finding.fix is not None
    cell = f"import os\n\n!{old}\nprint()"
    assert Rows(cell).apply(finding.fix.edits) == f"import os\n\n!{new}\nprint()"


def test_additions_go_next_to_tensorflow() -> None:
    text = "absl_py>=1\n  tensorflow==1.15\nscipy\n"
    needs = ("absl-py", "tensorboard", "tf_keras", "tf_slim")
    assert fixed("requirements.txt", text, *needs) == (
        "absl_py>=1\n  tensorflow>=2.21\n  tensorboard\n  tf-keras>=2.21\n  tf-slim>=1.1\nscipy\n"
    )
    added = additions("requirements.txt", text, needs, TARGET)
    assert [each.fix.message for each in added if each.fix] == [
        "Add `tensorboard`",
        "Add `tf-keras`",
        "Add `tf-slim`",
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("requirements.txt", "scipy\n"),
        ("constraints.txt", "tensorflow>=2.21\n"),
        ("poetry.lock", 'name = "tensorflow"\nversion = "1.15"\n'),
        ("notes.txt", "tensorflow==1.15\n"),
        ("setup.py", "this is no Python ==\n"),
        ("pyproject.toml", "this is no TOML ==\n"),
    ],
)
def test_where_nothing_is_added_or_changed(path: str, text: str) -> None:
    assert fixed(path, text, "absl-py") == text


@given(
    st.lists(
        st.sampled_from([*(old for old, _ in LINES), *KEPT, "", "  # note", "tensorflow-estimator"])
    )
)
def test_other_lines_stay_as_they_are(lines: list[str]) -> None:
    text = "\n".join(lines)
    after = fixed("requirements.txt", text)
    reported = {each.span.row for each in dependencies.check("requirements.txt", text, TARGET)}
    kept = [line for row, line in enumerate(lines, 1) if row not in reported]
    remaining = iter(after.split("\n"))
    assert all(line in remaining for line in kept)


@given(st.text(), st.sampled_from(["requirements.txt", "setup.py", "Pipfile", "environment.yml"]))
def test_whatever_the_text_is(text: str, path: str) -> None:
    if "tensor" not in text.lower():
        assert fix(path, text, ("absl-py",), TARGET) == text


# ------------------------------------------------------------------------- the pages of the rules


@pytest.mark.parametrize(
    ("code", "path"),
    [
        ("TFM601", "requirements.txt"),
        ("TFM602", "requirements.txt"),
        ("TFM603", "pyproject.toml"),
        ("TFM604", "Dockerfile"),
    ],
)
def test_the_pages_show_what_is_written(code: str, path: str) -> None:
    (page,) = (rules_folder() / "patterns").glob(f"{code}-*.md")
    before, after = re.findall(r"```text\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    assert fix(path, before, (), TARGET) == after
