"""The packages that the benchmarks run on: downloaded when they are needed, never committed."""

from __future__ import annotations

import json
import os
import tarfile
import urllib.request
import zipfile
from pathlib import Path

TENSORFLOW_1 = (
    "tensor2tensor==1.9.0",
    "magenta==1.1.8",
    "stable-baselines==2.10.1",
    "tflearn==0.5.0",
    "tensorforce==0.4.2",
    "edward==1.3.5",
    "gpflow==1.5.1",
    "dm-sonnet==1.36",
    "NiftyNet==0.6.0",
    "dopamine-rl==1.0.5",
)
"""Packages written for TensorFlow 1."""
NATIVE = (
    "gpflow==2.9.2",
    "tensorflow-recommenders==0.7.3",
    "keras-tuner==1.4.7",
    "tensorflow-model-optimization==0.8.0",
    "tensorflow-datasets==4.9.9",
    "tensorflow-probability==0.25.0",
    "tf-agents==0.19.0",
    "trieste==4.2.2",
    "tensorflow-gnn==1.0.3",
    "keras-cv==0.9.0",
)
"""Packages written for TensorFlow 2."""


def folder() -> Path:
    """Where the packages are kept: ``TFMIGRATE_CORPORA``, or the cache folder."""
    default = Path.home() / ".cache" / "tfmigrate" / "corpora"
    return Path(os.environ.get("TFMIGRATE_CORPORA", default))


def fetch(requirement: str) -> Path:
    """The unpacked source of ``name==version``, downloaded from PyPI if it is not there yet."""
    target = folder() / requirement
    if target.is_dir():
        return target
    name, _, version = requirement.partition("==")
    with urllib.request.urlopen(f"https://pypi.org/pypi/{name}/{version}/json") as answer:
        files = json.load(answer)["urls"]
    kinds = {each["packagetype"]: each for each in files}
    chosen = kinds.get("sdist") or kinds["bdist_wheel"]
    archive = folder() / chosen["filename"]
    archive.parent.mkdir(parents=True, exist_ok=True)
    urllib.request.urlretrieve(chosen["url"], archive)
    partial = target.with_name(f"{requirement}.partial")
    if archive.suffix in (".whl", ".zip"):
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(partial)
    else:
        with tarfile.open(archive) as source:
            source.extractall(partial, filter="data")
    archive.unlink()
    partial.rename(target)
    return target
