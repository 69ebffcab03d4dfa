"""What is known about distributions, Pythons and images. Data only.

Sources: the wheels and metadata on PyPI (which Pythons each TensorFlow release has wheels for;
what ``tensorflow-cpu`` 2.21.0 requires), release notes (2.16: Keras 3, Estimator gone), and
imports tried on 2.21 (``tf_slim``, ``tensorflow_addons``).
"""

from __future__ import annotations

from dataclasses import dataclass

KERAS_3 = (2, 16)
"""The first TensorFlow release whose Keras is Keras 3."""

TENSORFLOW = frozenset(
    {
        "intel-tensorflow",
        "tensorflow",
        "tensorflow-aarch64",
        "tensorflow-base",
        "tensorflow-cpu",
        "tensorflow-eigen",
        "tensorflow-intel",
        "tensorflow-mkl",
        "tensorflow-rocm",
        "tf-nightly",
        "tf-nightly-cpu",
    }
)
"""Distributions that are TensorFlow under a name that still has releases."""

STILL_OWN_NAME = frozenset({"tensorflow-cpu", "tensorflow-rocm", "tf-nightly", "tf-nightly-cpu"})
"""Variants that keep their name; for the others ``tensorflow`` is what to write."""


@dataclass(frozen=True, slots=True)
class Retired:
    """A distribution with no version, or no version under ``least``, that works on the target.

    ``since`` is the first target release this is true for; ``beside`` limits it to files that
    also ask for TensorFlow, for distributions that projects use for other things as well.
    """

    advice: str
    write: str | None = None
    least: str | None = None
    recommended: str | None = None
    """What to ask for, where that is more than ``least``."""
    since: tuple[int, int] = (2, 0)
    breaks: bool = True
    beside: bool = False


_GPU = (
    "GPU support is part of the `tensorflow` package since 2.1, and installing `tensorflow-gpu`"
    " 2.12 only raises"
)
_ADDONS = (
    "TensorFlow Addons ended in May 2024 and does not import with Keras 3; most of its layers,"
    " losses and optimizers are in Keras"
)
_ESTIMATOR = "Estimators were removed in TensorFlow 2.16; use `tf.keras.Model`"
_TF1_ONLY = "builds TensorFlow 1 graphs, and there is no release for TensorFlow 2"

RETIRED: dict[str, Retired] = {
    "dm-sonnet": Retired("Sonnet 1 builds TensorFlow 1 graphs", least="2.0"),
    "edward": Retired(_TF1_ONLY, "tensorflow-probability[tf]"),
    "gpflow": Retired("GPflow 1 builds TensorFlow 1 graphs", least="2.0"),
    "keras": Retired(
        "TensorFlow uses Keras 3 since 2.16, and 2.21 requires at least 3.12",
        least="3.0",
        recommended="3.12",
        since=KERAS_3,
    ),
    "niftynet": Retired(f"{_TF1_ONLY}; its authors recommend MONAI"),
    "numpy": Retired(
        "TensorFlow 2.21 requires NumPy 1.26 or later",
        least="1.26",
        since=(2, 21),
        breaks=False,
        beside=True,
    ),
    "protobuf": Retired(
        "TensorFlow 2.21 requires protobuf 6.31.1 or later",
        least="6.31.1",
        since=(2, 21),
        breaks=False,
        beside=True,
    ),
    "stable-baselines": Retired(f"{_TF1_ONLY}; Stable-Baselines3 is its PyTorch successor"),
    "tensor2tensor": Retired(
        "is archived and needs Estimators, which TensorFlow 2.16 removed; take the model from"
        " Keras Hub or vendor it",
        since=KERAS_3,
    ),
    "tensorboard": Retired("TensorBoard 1 belongs to TensorFlow 1", least="2.0", breaks=False),
    "tensorflow-addons": Retired(_ADDONS),
    "tensorflow-estimator": Retired(_ESTIMATOR, since=KERAS_3),
    "tensorflow-gpu": Retired(_GPU, "tensorflow[and-cuda]"),
    "tensorflow-hub": Retired(
        "the first release that works with Keras 3 (through `tf_keras`) is 0.16",
        least="0.16",
        since=KERAS_3,
        breaks=False,
    ),
    "tensorflow-probability": Retired(
        "with Keras 3 it needs release 0.24 or later and `tf_keras`, which the extra `[tf]` brings",
        "tensorflow-probability[tf]",
        least="0.24",
        since=KERAS_3,
    ),
    "tensorflow-serving-api": Retired("release 1 requires TensorFlow 1", least="2.0"),
    "tensorflow-serving-api-gpu": Retired("release 1 requires TensorFlow 1", least="2.0"),
    "tensorflow-serving-api-python3": Retired(
        "was merged into `tensorflow-serving-api`", "tensorflow-serving-api"
    ),
    "tensorflow-tensorboard": Retired("was renamed to `tensorboard` in 2017", "tensorboard"),
    "tensorflow-text": Retired("release 1 requires TensorFlow 1", least="2.0"),
    "tf-estimator-nightly": Retired(_ESTIMATOR, since=KERAS_3),
    "tf-nightly-2-0-preview": Retired("TensorFlow 2 has been released since", "tensorflow"),
    "tf-nightly-gpu": Retired("was merged into `tf-nightly`", "tf-nightly[and-cuda]"),
    "tf-nightly-gpu-2-0-preview": Retired(
        "TensorFlow 2 has been released since", "tensorflow[and-cuda]"
    ),
    "tf-slim": Retired(
        "has had no release since 2020, and its batch_norm raises on TensorFlow 2.16 and later;"
        " write the layers with `tf.keras.layers`",
        since=KERAS_3,
        breaks=False,
    ),
    "tflearn": Retired("builds TensorFlow 1 graphs through private modules; use `tf.keras`"),
}
PYTHONS: tuple[tuple[tuple[int, int], tuple[int, int], tuple[int, int]], ...] = (
    ((2, 0), (3, 5), (3, 7)),
    ((2, 2), (3, 5), (3, 8)),
    ((2, 4), (3, 6), (3, 8)),
    ((2, 5), (3, 6), (3, 9)),
    ((2, 7), (3, 7), (3, 9)),
    ((2, 8), (3, 7), (3, 10)),
    ((2, 12), (3, 8), (3, 11)),
    ((2, 14), (3, 9), (3, 11)),
    ((2, 16), (3, 9), (3, 12)),
    ((2, 20), (3, 9), (3, 13)),
    ((2, 21), (3, 10), (3, 13)),
)
"""From that TensorFlow release on: the first and the last Python that there are wheels for."""


def pythons(target: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The first and the last Python that TensorFlow ``target`` runs on."""
    low, high = PYTHONS[0][1:]
    for release, first, last in PYTHONS:
        if target >= release:
            low, high = first, last
    return low, high
