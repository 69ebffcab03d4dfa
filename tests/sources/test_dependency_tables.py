"""Dependency files with tables: setup.cfg, pyproject.toml, Pipfile, conda environments."""

from __future__ import annotations

import pytest

from .hits import hits

SETUP_CFG = """\
[metadata]
name = tensorflow-gpu
description = tensorflow==1.0

[options]
python_requires = >=3.5,<3.8
install_requires =
    numpy
    # tensorflow==1.1
    tensorflow>=1.2,<2; sys_platform == "linux"
zip_safe = false
tests_require = tensorflow==1.3

[options.extras_require]
gpu =
    tensorflow-gpu==1.4
one = tf-slim

[tool:pytest]
install_requires =
    tensorflow==1.5
"""


def test_setup_cfg() -> None:
    assert hits("setup.cfg", SETUP_CFG) == [
        ("TFM603", ">=3.5,<3.8"),
        ("TFM601", "tensorflow>=1.2,<2"),
        ("TFM601", "tensorflow==1.3"),
        ("TFM602", "tensorflow-gpu==1.4"),
        ("TFM602", "tf-slim"),
    ]
    fine = SETUP_CFG.replace("<3.8", "").replace("tensorflow>=1.2,<2", "tensorflow")
    assert hits("setup.cfg", fine)[0] == ("TFM601", "tensorflow==1.3")
    assert hits("setup.cfg", "install_requires = tensorflow==1.0\n  tensorflow==1.1") == []


PYPROJECT = """\
# dependencies = ["tensorflow==1.0"]
[project]
name = "tensorflow-gpu"
requires-python = ">=3.6, <3.8"
dependencies = [
    "numpy",  # "tensorflow==1.1"
    'tensorflow==1.2 ; sys_platform == "linux"', "tf-slim",
]
optional-dependencies.gpu = ["tensorflow-gpu==1.3"]

[project.optional-dependencies]
"a b" = [
  \"\"\"tensorflow<2\"\"\",
]

[dependency-groups]
dev = ["tensorflow==1.4", {include-group = "tensorflow-gpu"}]

[build-system]
requires = ["tensorflow==1.5"]

[tool.hatch.envs.test]
dependencies = ["tensorflow==1.6"]

[tool.black]
target = ["tensorflow==1.7"]
"""

POETRY = """\
[tool.poetry.dependencies]
python = "~3.7"
tensorflow = "^1.14"
tensorflow-gpu = {version = "1.15", optional = true}
tensorflow-addons = [{version = "*", python = "<3.8"}, {version = "0.20", python = ">=3.8"}]
keras = {git = "x", version = "~2.3"}
numpy = "1.16"
[tool.poetry.dev-dependencies]
tensorflow-cpu = ">=1.4 <2 || 1.15"
[tool.poetry.group.dev.dependencies]
tensorflow-rocm = "1.*"
[[tool.poetry.source]]
name = "tensorflow-gpu"
[tool.other.dependencies]
tensorflow = "^1.14"
"""


def test_pyproject() -> None:
    assert hits("pyproject.toml", PYPROJECT) == [
        ("TFM603", ">=3.6, <3.8"),
        ("TFM601", "tensorflow==1.2"),
        ("TFM602", "tf-slim"),
        ("TFM602", "tensorflow-gpu==1.3"),
        ("TFM601", "tensorflow<2"),
        ("TFM601", "tensorflow==1.4"),
        ("TFM601", "tensorflow==1.5"),
        ("TFM601", "tensorflow==1.6"),
    ]
    windows = PYPROJECT.replace("\n", "\r\n")
    assert hits("pyproject.toml", windows) == hits("pyproject.toml", PYPROJECT)


def test_poetry() -> None:
    assert hits("pyproject.toml", POETRY) == [
        ("TFM603", "~3.7"),
        ("TFM601", "^1.14"),
        ("TFM602", "1.15"),
        ("TFM602", "0.20"),
        ("TFM602", "~2.3"),
        ("TFM602", "1.16"),
        ("TFM601", ">=1.4 <2 || 1.15"),
        ("TFM601", "1.*"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not toml ===",
        "[project]\ndependencies = ['tensorflow>=2', 'keras']\nrequires-python = '>=3.6'",
        "[tool.poetry.dependencies]\npython = '^3.6'\ntensorflow = '*'",
        "[tool.poetry.dependencies]\ntensorflow = '>=1.4'\npython = '>=3.6,<4'",
        "[tool.poetry.dependencies]\ntensorflow = '^1.14 || ^2.0'",
        "[tool.poetry.dependencies]\ntensorflow = {git = 'tensorflow==1.0'}",
        "[tool.poetry.dependencies]\ntensorflow = {version = '^1.0', python = '<3.8'}",
        "[project]\nx = 1979-05-27 07:32:00\ny = [1, {a = true}]\ndependencies = []",
        "[project]\ndependencies = ['tensorflow==1.0'",
    ],
)
def test_pyproject_that_is_fine(text: str) -> None:
    found = hits("pyproject.toml", text)
    # the last one is cut off in the middle: what was read until there counts
    assert found == ([("TFM601", "tensorflow==1.0")] if text.endswith("1.0'") else [])


def test_pipfile() -> None:
    text = (
        "[[source]]\nurl = 'tensorflow==1.0'\n[packages]\ntensorflow = '==1.14'\nkeras = '*'\n"
        "tensorflow-gpu = {version = '*', extras = ['x']}\nnumpy = '<2'\n"
        "[dev-packages]\nTensorFlow_CPU = '~=1.14'\n[requires]\npython_version = '3.6'\n"
    )
    assert hits("Pipfile", text) == [
        ("TFM601", "==1.14"),
        ("TFM602", "*"),
        ("TFM601", "~=1.14"),
        ("TFM603", "3.6"),
    ]
    assert (
        hits("Pipfile", "[packages]\ntensorflow='>=1.4'\n[requires]\npython_version='3.12'") == []
    )


ENVIRONMENT = """\
name: tensorflow-gpu
channels:
  - tensorflow=1.0
dependencies:
  - python=3.6
  # - tensorflow=1.1
  - tensorflow=1.13
  - "tensorflow-gpu==1.12"
  - conda-forge::tensorflow=1.15.0=gpu_py36h3991807_0  # pinned
  - tensorflow >=1.4,<2
  - tensorflow 1.14.*
  - tensorflow-base 1.13.1 mkl_py36_0
  - numpy=1.16
  - pip
  - pip:
    - tensorflow==1.14
    - "keras<2.4"
    # - tensorflow==1.15
    - -r requirements.txt
  - tensorflow-mkl=1.13
variables:
  x: tensorflow==1.0
  - tensorflow==1.0
"""


def test_conda() -> None:
    assert hits("environment.yml", ENVIRONMENT) == [
        ("TFM603", "python=3.6"),
        ("TFM601", "tensorflow=1.13"),
        ("TFM602", "tensorflow-gpu==1.12"),
        ("TFM601", "conda-forge::tensorflow=1.15.0=gpu_py36h3991807_0"),
        ("TFM601", "tensorflow >=1.4,<2"),
        ("TFM601", "tensorflow 1.14.*"),
        ("TFM601", "tensorflow-base 1.13.1 mkl_py36_0"),
        ("TFM602", "numpy=1.16"),
        ("TFM601", "tensorflow==1.14"),
        ("TFM602", "keras<2.4"),
        ("TFM601", "tensorflow-mkl=1.13"),
    ]
    assert hits("conda.yaml", "dependencies: [python=3.6, tensorflow=1.13]") == [
        ("TFM603", "python=3.6"),
        ("TFM601", "tensorflow=1.13"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "dependencies:\n  - python=3.10\n  - tensorflow\n",
        "dependencies:\n- python>=3.6\n- tensorflow=2.3=gpu_py38\n- tensorflow>=1.4\n",
        "dependencies:\n- tensorflow=1.15|2.3\n- python\n- python=3\n",
        "channels:\n- tensorflow=1.0\n",
        "- tensorflow=1.0\n",
        "a: [1\n\tb: {",
    ],
)
def test_conda_that_is_fine(text: str) -> None:
    assert hits("environment.yml", text) == []
