"""The packages that the benchmarks run on: downloaded when they are needed, never committed."""

from __future__ import annotations

import os
import shutil
import tempfile
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
    """The unpacked source of ``name==version``, downloaded if it is not there yet.

    Not with pip: it runs the ``setup.py`` of a source distribution, and some of 2018 no longer run.
    """
    target = folder() / requirement
    if target.is_dir():
        return target
    from unearth import PackageFinder

    target.parent.mkdir(parents=True, exist_ok=True)
    finder = PackageFinder(ignore_compatibility=True)
    found = list(finder.find_matches(requirement))
    if not found:
        raise LookupError(f"there is no {requirement}")
    link = min((each.link for each in found), key=lambda each: each.is_wheel)
    partial = target.with_name(f"{requirement}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    with tempfile.TemporaryDirectory() as work:
        unpacked = finder.download_and_unpack(link, work)
        if unpacked.is_file():
            shutil.unpack_archive(unpacked, partial, "zip")
        else:
            shutil.copytree(unpacked, partial)
    partial.rename(target)
    return target
