"""What a program left in its folder: scalars in event files, variables in checkpoints."""

from __future__ import annotations

import gc
import importlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_HEAD = 8
_BOOKKEEPING = ("_CHECKPOINTABLE_OBJECT_GRAPH", "save_counter")


def flush() -> None:
    """Let the summary writers that the program did not close write what they hold."""
    for each in gc.get_objects():
        if type(each).__name__ in ("EventFileWriter", "_ResourceSummaryWriter"):
            try:
                each.flush()
            except Exception:  # closed, or never opened: nothing is left in it
                continue


def files(ending: str, folder: str = ".") -> list[str]:
    """The files below ``folder`` with ``ending`` in their names, the oldest first."""
    found = [
        Path(parent, name)
        for parent, _, names in os.walk(folder)
        for name in names
        if ending in name
    ]
    found.sort(key=lambda path: (path.stat().st_mtime_ns, path))
    return [str(path) for path in found]


def scalars() -> list[list[Any]]:
    """Tag, step and value of each scalar in the event files."""
    import tensorflow as tf

    found = []
    for path in files("tfevents"):
        for record in tf.compat.v1.io.tf_record_iterator(path):
            event = tf.compat.v1.Event.FromString(record)
            for value in event.summary.value:
                number = _scalar(value)
                if number is not None:
                    found.append([value.tag, int(event.step), number])
    return found


def _scalar(value: Any) -> float | None:
    from tensorflow.python.framework import tensor_util

    if value.WhichOneof("value") == "simple_value":
        return float(value.simple_value)
    if value.WhichOneof("value") != "tensor":
        return None
    array = tensor_util.MakeNdarray(value.tensor)
    return float(array) if array.ndim == 0 and array.dtype.kind == "f" else None


def variables() -> dict[str, list[Any]]:
    """The floating point variables of the newest checkpoint: shape, mean, deviation, first ones."""
    newest = files(".index")[-1:] or files(".h5")[-1:] or files(".keras")[-1:]
    found = {}
    for path in newest:
        for name, array in _contents(path):
            if array.dtype.kind == "f" and not name.startswith(_BOOKKEEPING):
                found[name] = describe(array)
    return found


def describe(array: Any) -> list[Any]:
    """An array as something short that can be compared."""
    wide = array.astype("float64")
    head = [float(each) for each in wide.ravel()[:_HEAD]]
    if not array.size:
        return [list(array.shape), 0.0, 0.0, head]
    return [list(array.shape), float(wide.mean()), float(wide.std()), head]


def _contents(path: str) -> Iterator[tuple[str, Any]]:
    import tensorflow as tf

    if path.endswith(".index"):
        reader = tf.train.load_checkpoint(path[: -len(".index")])
        for name in sorted(reader.get_variable_to_shape_map()):
            yield name, _array(reader, name)
        return
    import io
    import zipfile

    source: Any = path
    if path.endswith(".keras"):
        source = io.BytesIO(zipfile.ZipFile(path).read("model.weights.h5"))
    yield from _datasets(source)


def _array(reader: Any, name: str) -> Any:
    import numpy as np

    return np.asarray(reader.get_tensor(name))


def _datasets(source: Any) -> Iterator[tuple[str, Any]]:
    import numpy as np

    h5py = importlib.import_module("h5py")

    names: list[str] = []
    with h5py.File(source, "r") as file:
        file.visititems(lambda name, each: names.append(name) if hasattr(each, "dtype") else None)
        for name in names:
            yield name, np.asarray(file[name])
