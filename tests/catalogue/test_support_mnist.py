"""The block that reads MNIST: shapes, scaling and the order of the batches of TensorFlow 1.15.5."""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest

from tfmigrate.catalogue import support

pytestmark = pytest.mark.tensorflow

BLOCK = support.load()["mnist"]
BATCHES = [
    (5, True, [11, 17, 8, 5, 10], 0),
    (8, True, [6, 16, 19, 9, 4, 15, 18, 7], 0),
    (7, True, [13, 12, 14, 18, 4, 7, 5], 1),
    (16, True, [14, 15, 13, 8, 17, 9, 12, 10, 11, 16, 19, 6, 7, 16, 9, 14], 2),
    (3, False, [13, 10, 6], 2),
    (9, False, [18, 8, 11, 19, 4, 17, 15, 12, 5], 2),
    (4, True, [17, 19, 11, 14], 3),
]
"""Size, whether shuffled, labels and finished epochs; 20 images, four to validate, seed 3."""


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        importlib.import_module("tensorflow")
    except ImportError:
        pytest.fail('these tests need TensorFlow: pip install "tfmigrate[prove]"', pytrace=False)
    names: dict[str, Any] = {}
    exec("\n".join((*BLOCK.imports, BLOCK.code)), names)
    return names


@pytest.fixture
def read(names: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """``read_data_sets`` of images that are all of one grey, which is their label."""
    np = names["np"]

    def part(count: int) -> Any:
        labels = np.arange(count, dtype="uint8")
        return labels[:, None, None] * np.ones((1, 28, 28), "uint8"), labels

    def read_data_sets(*args: Any, count: int = 20, **options: Any) -> Any:
        both = (part(count), part(6))
        monkeypatch.setattr(names["tf"].keras.datasets.mnist, "load_data", lambda *_: both)
        return names["read_data_sets"](*args, **options)

    return read_data_sets


def test_order_of_the_batches(read: Any) -> None:
    data = read("unused", validation_size=4, seed=3)
    for size, shuffle, labels, epochs in BATCHES:
        images, found = data.train.next_batch(size, shuffle=shuffle)
        assert found.tolist() == labels
        assert (images[:, 0] * 255).round().tolist() == labels
        assert data.train.epochs_completed == epochs
    assert data.test.next_batch(4, False, True)[1].tolist() == [5, 2, 3, 4]


def test_parts_and_shapes(read: Any) -> None:
    data = read("unused", count=10, one_hot=True, validation_size=4)
    assert [part.num_examples for part in data] == [6, 4, 6]
    assert data.train.images.shape == (6, 784)
    assert data.train.images.dtype == "float32"
    assert data.validation.labels.shape == (4, 10)
    assert data.validation.labels.dtype == "float64"
    assert data.validation.labels.argmax(1).tolist() == [0, 1, 2, 3]
    square = read("unused", reshape=False, dtype="uint8", validation_size=0)
    assert square.train.images.shape == (20, 28, 28, 1)
    assert square.train.images.dtype == "uint8"
    assert square.train.labels.tolist() == list(range(20))


def test_without_a_seed_the_order_is_that_of_tensorflow(read: Any, names: dict[str, Any]) -> None:
    orders = []
    for _ in range(2):
        names["tf"].random.set_seed(11)
        train = read("unused").train
        assert train.num_examples == 19
        orders.append(train.next_batch(19)[1].tolist())
    assert orders[0] == orders[1] != sorted(orders[0])
    assert sorted(orders[0]) == list(range(1, 20))


def test_fake_data_is_refused(read: Any) -> None:
    with pytest.raises(ValueError, match="fake"):
        read("unused", fake_data=True)
    with pytest.raises(ValueError, match="fake"):
        read("unused").train.next_batch(1, True)
