"""Dependency files: requirements, setup.py, Dockerfiles, and what is said of them."""

from __future__ import annotations

import pytest

from tfmigrate.model import Finding, Severity, Span
from tfmigrate.sources.dependencies import check, check_command, is_dependency_file

from .hits import Hits, hits


@pytest.mark.parametrize(
    "path",
    [
        "requirements.txt",
        "a/requirements-dev.txt",
        "requirements_gpu.in",
        "dev-requirements.txt",
        "Requirements.txt",
        "constraints.txt",
        "requirements/base.txt",
        "a/requirements/base.in",
        "setup.py",
        "setup.cfg",
        "a/pyproject.toml",
        "Pipfile",
        "environment.yml",
        "environment-gpu.yaml",
        "conda.yaml",
        "conda_env.yml",
        "Dockerfile",
        "Dockerfile.gpu",
        "gpu.Dockerfile",
        "Containerfile",
    ],
)
def test_names_of_dependency_files(path: str) -> None:
    assert is_dependency_file(path)


@pytest.mark.parametrize(
    "path",
    [
        "readme.txt",
        "base.txt",
        "requirements/readme.md",
        "requirements.py",
        "setup.pyc",
        "my_setup.py",
        "Pipfile.lock",
        "docker-compose.yml",
        "mkdocs.yml",
        "Dockerfile_notes.md",
        "dockerfiles/a.py",
        "poetry.lock",
        "",
    ],
)
def test_names_of_other_files(path: str) -> None:
    assert not is_dependency_file(path)
    assert check(path, "tensorflow==1.14", "2.21") == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tensorflow==1.14", [("TFM601", "tensorflow==1.14")]),
        ("  TensorFlow == 1.14.0  # why\n", [("TFM601", "TensorFlow == 1.14.0")]),
        ("numpy\r\ntensorflow~=1.14\r\n", [("TFM601", "tensorflow~=1.14")]),
        ("tensorflow<2", [("TFM601", "tensorflow<2")]),
        ("tensorflow>=1.4,<2.0.0", [("TFM601", "tensorflow>=1.4,<2.0.0")]),
        ("tensorflow >=1.4, <=1.15", [("TFM601", "tensorflow >=1.4, <=1.15")]),
        ("tensorflow (>=1.4,<2)", [("TFM601", "tensorflow (>=1.4,<2)")]),
        ("tensorflow==1.*", [("TFM601", "tensorflow==1.*")]),
        ("tensorflow===1.14", [("TFM601", "tensorflow===1.14")]),
        ("tensorflow==1.15.0rc3", [("TFM601", "tensorflow==1.15.0rc3")]),
        ("tensorflow<2.0.0b1", [("TFM601", "tensorflow<2.0.0b1")]),
        ("tensorflow-cpu==1.15.0; sys_platform == 'linux'", [("TFM601", "tensorflow-cpu==1.15.0")]),
        ("intel_tensorflow==1.15.2", [("TFM601", "intel_tensorflow==1.15.2")]),
        ("tensorflow==1.15 ; python_version<'3.8' or x", [("TFM601", "tensorflow==1.15")]),
        (
            "tensorflow==1.14 \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb\n",
            [("TFM601", "tensorflow==1.14")],
        ),
        ("tensorflow\\\n==1.14", [("TFM601", "tensorflow\\\n==1.14")]),
        (
            "https://x.org/linux/cpu/tensorflow-1.4.0-cp36-cp36m-linux_x86_64.whl\n",
            [("TFM601", "https://x.org/linux/cpu/tensorflow-1.4.0-cp36-cp36m-linux_x86_64.whl")],
        ),
        (
            "tensorflow @ https://x.org/tensorflow-1.4.0-cp36-cp36m-linux_x86_64.whl",
            [("TFM601", "tensorflow @ https://x.org/tensorflow-1.4.0-cp36-cp36m-linux_x86_64.whl")],
        ),
        (
            "./wheels/tensorflow-1.4.0-cp36-cp36m-linux_x86_64.whl ; sys_platform == 'linux'",
            [("TFM601", "./wheels/tensorflow-1.4.0-cp36-cp36m-linux_x86_64.whl")],
        ),
        ("tensorflow-gpu", [("TFM602", "tensorflow-gpu")]),
        ("tensorflow_gpu>=1.4", [("TFM602", "tensorflow_gpu>=1.4")]),
        ("tf-nightly-gpu", [("TFM602", "tf-nightly-gpu")]),
        ("tf-nightly-gpu-2.0-preview", [("TFM602", "tf-nightly-gpu-2.0-preview")]),
        (
            "tensorflow-addons[tensorflow]==0.23",
            [("TFM602", "tensorflow-addons[tensorflow]==0.23")],
        ),
        ("tensorflow-estimator==1.13.0", [("TFM602", "tensorflow-estimator==1.13.0")]),
        ("tf-estimator-nightly", [("TFM602", "tf-estimator-nightly")]),
        ("Keras==2.2.4", [("TFM602", "Keras==2.2.4")]),
        ("keras>=2,<3", [("TFM602", "keras>=2,<3")]),
        ("tf-slim", [("TFM602", "tf-slim")]),
        ("tf_slim>=1.0", [("TFM602", "tf_slim>=1.0")]),
        ("tensorflow-probability==0.7.0", [("TFM602", "tensorflow-probability==0.7.0")]),
        ("tensorflow-hub<0.8", [("TFM602", "tensorflow-hub<0.8")]),
        ("tensorboard==1.14", [("TFM602", "tensorboard==1.14")]),
        ("tensorflow-tensorboard", [("TFM602", "tensorflow-tensorboard")]),
        ("tensorflow-serving-api==1.15", [("TFM602", "tensorflow-serving-api==1.15")]),
        ("dm-sonnet==1.36", [("TFM602", "dm-sonnet==1.36")]),
        ("gpflow<2", [("TFM602", "gpflow<2")]),
        ("tensor2tensor", [("TFM602", "tensor2tensor")]),
        (
            "tensorflow\nprotobuf<3.21\nnumpy==1.16.4",
            [("TFM602", "protobuf<3.21"), ("TFM602", "numpy==1.16.4")],
        ),
    ],
)
def test_requirements_files(text: str, expected: Hits) -> None:
    assert hits("requirements.txt", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tensorflow",
        "tensorflow>=1.4",
        "tensorflow>=1.4,<3",
        "tensorflow>1",
        "tensorflow!=1.14",
        "tensorflow==2.3.0",
        "tensorflow==2.0.0rc1",
        "tensorflow==2.0.0-alpha0",
        "tensorflow~=2.12",
        "tensorflow<=2.0",
        "tensorflow<2.1,>=1.15,!=2.0.0",
        "tensorflow[and-cuda]>=2.21",
        "# tensorflow==1.14",
        "  # tensorflow-gpu\n\n#tensorflow==1.14 \\\nnumpy",
        "numpy  # tensorflow==1.14",
        "-r tensorflow-gpu.txt",
        "-e git+https://github.com/x/tensorflow-gpu@1.0#egg=tensorflow-gpu",
        "--find-links tensorflow-gpu",
        "git+https://github.com/tensorflow/addons",
        "./tensorflow-gpu",
        "tensorflow-gpu.txt",
        "tensorflow @ git+https://github.com/tensorflow/tensorflow@v1.14",
        "tensorflow-datasets==1.0",
        "tensorflow==not-a-version",
        "https://x.org/tensorflow-2.4.0-cp36-cp36m-linux_x86_64.whl",
        "numpy ; https://x.org/tensorflow-1.4.0-cp36-cp36m-linux_x86_64.whl",
        "tensorflow==${VERSION}",
        "tensorflow==1.15; python_version < '3.8'",
        "tensorflow-gpu==1.15 ; python_version == '3.6' and sys_platform == 'linux'",
        "keras",
        "keras>=2",
        "keras==3.5.0",
        "tf_keras==2.16",
        "tensorflow-probability",
        "tensorflow-probability>=0.12",
        "tensorflow-probability[tf]==0.25",
        "tensorflow-hub==0.16.1",
        "tensorboard==2.15",
        "tensorboard",
        "dm-sonnet==2.0.2",
        "gpflow>=1.5",
        "protobuf<3.21\nnumpy==1.16.4",
        "tensorflow\nnumpy<2\nprotobuf>=3.20",
        "tensorflow\nnumpy==1.26.4",
    ],
)
def test_requirements_files_that_are_fine(text: str) -> None:
    assert hits("requirements.txt", text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "from setuptools import setup\n"
            "setup(name='tensorflow-gpu', keywords='tensorflow==1.0',\n"
            "    install_requires=['numpy', 'tensorflow==1.14'], python_requires='>=3.5, <3.8')\n",
            [("TFM601", "tensorflow==1.14"), ("TFM603", ">=3.5, <3.8")],
        ),
        (
            "REQUIRED = ['tensorflow>=1.4,<2',\n  'é', \"tensorflow-gpu\"]\n"
            "setuptools.setup(install_requires=REQUIRED + ['x'])\n",
            [("TFM601", "tensorflow>=1.4,<2"), ("TFM602", "tensorflow-gpu")],
        ),
        (
            "extras = {}\nextras['gpu'] = ['tensorflow-gpu==1.15']\n"
            "extras.update({'cpu': ['é', 'tensorflow==1.15']})\nsetup(extras_require=extras)",
            [("TFM602", "tensorflow-gpu==1.15"), ("TFM601", "tensorflow==1.15")],
        ),
        (
            "req = []\nreq.append('tensorflow<2')\nreq += ['tf-slim']\n"
            "req.extend(['tensorflow-gpu'])\n"
            "setup(tests_require=list(req), setup_requires=req)",
            [("TFM601", "tensorflow<2"), ("TFM602", "tf-slim"), ("TFM602", "tensorflow-gpu")],
        ),
        (
            "kw = dict(install_requires=['tensorflow==1.0'] if gpu else ('tensorflow-gpu',))\n"
            "setup(**kw)",
            [("TFM601", "tensorflow==1.0"), ("TFM602", "tensorflow-gpu")],
        ),
        ("c = {'install_requires': ['tensorflow<2']}\nsetup(**c)", [("TFM601", "tensorflow<2")]),
        (
            "def deps():\n    return ['tensorflow<2']\nsetup(install_requires=deps())",
            [("TFM601", "tensorflow<2")],
        ),
        ("setup(install_requires='tensorflow<2')", [("TFM601", "tensorflow<2")]),
        ("setup(install_requires=['tensor' 'flow<2'])", [("TFM601", "'tensor' 'flow<2'")]),
    ],
)
def test_setup_py(text: str, expected: Hits) -> None:
    assert hits("setup.py", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "print 'python 2'",
        "setup(name='tensorflow-gpu', description='tensorflow==1.0')",
        "setup(install_requires=['tensorflow>=1.4'], python_requires='>=3.6')",
        "# setup(install_requires=['tensorflow==1.0'])",
        "setup(install_requires=['tensorflow=={}'.format('1.0'), f'tensorflow=={v}'])",
        "setup(install_requires=['tensorflow==' + v, v + 'tensorflow-gpu'])",
        "x = x\ny = y + y\nsetup(install_requires=x + y)",
        "def f():\n    return f()\nsetup(install_requires=f())",
        "unused = ['tensorflow==1.0']\nsetup(install_requires=[])",
        "setup(install_requires=open('r.txt').read().split())",
        "check('tensorflow==1.0')",
    ],
)
def test_setup_py_that_is_fine(text: str) -> None:
    assert hits("setup.py", text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "FROM tensorflow/tensorflow:1.15.0-gpu-py3\n",
            [("TFM604", "tensorflow/tensorflow:1.15.0-gpu-py3")],
        ),
        (
            "from --platform=linux/amd64 gcr.io/tensorflow/tensorflow:1.4.0 AS base",
            [("TFM604", "gcr.io/tensorflow/tensorflow:1.4.0")],
        ),
        (
            "FROM nvcr.io/nvidia/tensorflow:20.03-tf1-py3",
            [("TFM604", "nvcr.io/nvidia/tensorflow:20.03-tf1-py3")],
        ),
        (
            "FROM nvcr.io/nvidia/tensorflow:19.05-py3",
            [("TFM604", "nvcr.io/nvidia/tensorflow:19.05-py3")],
        ),
        (
            "FROM gcr.io/deeplearning-platform-release/tf-gpu.1-15:latest",
            [("TFM604", "gcr.io/deeplearning-platform-release/tf-gpu.1-15:latest")],
        ),
        (
            "FROM tensorflow/tensorflow:1.15.0@sha256:abcd",
            [("TFM604", "tensorflow/tensorflow:1.15.0@sha256:abcd")],
        ),
        ("FROM tensorflow/serving:1.15.0", [("TFM604", "tensorflow/serving:1.15.0")]),
        (
            "ARG TAG=1.15.2\nFROM tensorflow/tensorflow:${TAG}-gpu\n",
            [("TFM604", "tensorflow/tensorflow:${TAG}-gpu")],
        ),
        (
            "FROM tensorflow/tensorflow:${TAG:-1.15.2}",
            [("TFM604", "tensorflow/tensorflow:${TAG:-1.15.2}")],
        ),
        ("FROM python:3.6-slim", [("TFM603", "python:3.6-slim")]),
        ("FROM python:2", [("TFM603", "python:2")]),
        ("FROM docker.io/library/python:3.7.4", [("TFM603", "docker.io/library/python:3.7.4")]),
        (
            "FROM ubuntu\nRUN apt-get update && \\\n    # comment tensorflow==1.0\n"
            "    pip3 install -U numpy 'tensorflow==1.14' \\\n\n  \"tensorflow-gpu\" && ls\n",
            [("TFM601", "tensorflow==1.14"), ("TFM602", "tensorflow-gpu")],
        ),
        ("RUN python3 -m pip install -U tensorflow<2", [("TFM601", "tensorflow<2")]),
        ('RUN ["pip", "install", "tensorflow==1.14"]', [("TFM601", "tensorflow==1.14")]),
        (
            "RUN conda install -y -c x tensorflow-gpu=1.12 python=3.6",
            [("TFM602", "tensorflow-gpu=1.12"), ("TFM603", "python=3.6")],
        ),
        ("ENV TF 1.15\nRUN pip install tensorflow==$TF", [("TFM601", "tensorflow==$TF")]),
        ("RUN <<EOF\npip install tensorflow==1.14\nEOF", [("TFM601", "tensorflow==1.14")]),
        ("RUN uv pip install tensorflow-addons; echo x", [("TFM602", "tensorflow-addons")]),
    ],
)
def test_dockerfiles(text: str, expected: Hits) -> None:
    assert hits("Dockerfile", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FROM tensorflow/tensorflow",
        "FROM tensorflow/tensorflow:latest-gpu",
        "FROM tensorflow/tensorflow:2.21.0-gpu",
        "FROM nvcr.io/nvidia/tensorflow:20.03-tf2-py3",
        "FROM nvcr.io/nvidia/tensorflow:24.01-tf2-py3",
        "FROM registry:5000/tensorflow/tensorflow",
        "FROM python:3",
        "FROM python:3.12-slim",
        "FROM python",
        "FROM nvidia/cuda:10.0-cudnn7",
        "FROM tensorflow/tensorflow:$TAG",
        "FROM scratch",
        "# FROM tensorflow/tensorflow:1.15.0",
        "#RUN pip install tensorflow==1.14",
        "RUN pip install numpy && echo tensorflow==1.14",
        "RUN echo pip install # tensorflow",
        "RUN pip install -r tensorflow-gpu.txt",
        "RUN pip uninstall tensorflow-gpu",
        "RUN apt-get install tensorflow-gpu",
        "LABEL x='pip install tensorflow==1.14'",
        "RUN pip install tensorflow==$VERSION 'tensorflow>=2'",
        "COPY tensorflow==1.14 /x",
    ],
)
def test_dockerfiles_that_are_fine(text: str) -> None:
    assert hits("Dockerfile", text) == []


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        (
            "requirements.txt",
            "tensorflow==1.14",
            "`tensorflow==1.14` admits only TensorFlow 1; write `tensorflow>=2.21`",
        ),
        (
            "requirements.txt",
            "tensorflow-cpu<2",
            "`tensorflow-cpu<2` admits only TensorFlow 1; write `tensorflow-cpu>=2.21`",
        ),
        (
            "environment.yml",
            "dependencies:\n- tensorflow-mkl=1.13",
            "`tensorflow-mkl=1.13` admits only TensorFlow 1; write `tensorflow>=2.21`",
        ),
        (
            "Pipfile",
            "[packages]\ntensorflow = '<2'",
            '`tensorflow = <2` admits only TensorFlow 1; write `">=2.21"`',
        ),
        (
            "requirements.txt",
            "dm-sonnet==1.36",
            "`dm-sonnet==1.36`: Sonnet 1 builds TensorFlow 1 graphs; write `dm-sonnet>=2.0`",
        ),
        (
            "requirements.txt",
            "tensorflow-tensorboard",
            "`tensorflow-tensorboard`: was renamed to `tensorboard` in 2017; write `tensorboard`",
        ),
        (
            "setup.cfg",
            "[options]\npython_requires = <3.8",
            "`<3.8` leaves out every Python that TensorFlow 2.21 runs on: 3.10 to 3.13",
        ),
        (
            "Dockerfile",
            "FROM tensorflow/tensorflow:1.15.0-gpu-py3",
            "the image `tensorflow/tensorflow:1.15.0-gpu-py3` brings TensorFlow 1; use"
            " `tensorflow/tensorflow:2.21.0-gpu`",
        ),
        (
            "Dockerfile",
            "FROM nvcr.io/nvidia/tensorflow:20.03-tf1-py3",
            "the image `nvcr.io/nvidia/tensorflow:20.03-tf1-py3` brings TensorFlow 1; use a"
            " `-tf2-py3` tag",
        ),
    ],
)
def test_messages_say_what_to_write(path: str, text: str, message: str) -> None:
    (finding,) = check(path, text, "2.21")
    assert finding.message == message
    assert finding.severity is Severity.ERROR


def test_what_conflicts_only_is_a_warning() -> None:
    found = check("requirements.txt", "tensorflow\nnumpy<1.20\ntensorflow-gpu", "2.21")
    assert [finding.severity for finding in found] == [Severity.WARNING, Severity.ERROR]


@pytest.mark.parametrize(
    ("target", "text", "code"),
    [
        ("2.4", "FROM python:3.6", None),
        ("2.7", "FROM python:3.6", "TFM603"),
        ("2.20", "FROM python:3.9", None),
        ("2.21", "FROM python:3.9", "TFM603"),
        ("2.15", "RUN pip install keras==2.15", None),
        ("2.16", "RUN pip install keras==2.15", "TFM602"),
        ("2.15", "RUN pip install tensorflow-estimator", None),
        ("2.0", "RUN pip install tensorflow==1.15", "TFM601"),
    ],
)
def test_the_target_counts(target: str, text: str, code: str | None) -> None:
    assert [found.code for found in check("Dockerfile", text, target)] == ([code] if code else [])


def test_pythons_of_projects_without_tensorflow() -> None:
    def codes(text: str) -> list[str]:
        found = check("environment.yml", text, "2.21", uses_tensorflow=False)
        return [finding.code for finding in found]

    assert codes("dependencies:\n- python=3.6\n") == []
    assert codes("dependencies:\n- python=3.6\n- tensorflow\n") == ["TFM603"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("pip install -q tensorflow==1.15 numpy", [Span(3, 25, 3, 41)]),
        ("pip install 'tensorflow-gpu<2'", [Span(3, 23, 3, 39)]),
        ("tensorflow_version 1.x", [Span(3, 10, 3, 32)]),
        ("tensorflow_version 2.x", []),
        ("pip install tensorflow", []),
        ("wget tensorflow==1.15", []),
    ],
)
def test_commands(command: str, expected: list[Span]) -> None:
    found: tuple[Finding, ...] = check_command(command, 3, 10, "2.21")
    assert [finding.span for finding in found] == expected
