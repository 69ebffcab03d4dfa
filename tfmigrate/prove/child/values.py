"""The values of snippets as plain data that JSON holds and that can be compared."""

from __future__ import annotations

import numbers
from typing import Any

_ELEMENTS = 8
_LARGE = 64
_HEAD = 24


def fetched(value: Any, session: Any) -> Any:
    """``value`` with every tensor in it, however deep, replaced by what ``session`` makes of it.

    All of them are fetched at once: what one of them changes, the others see, or not, as they do
    in one run of a program.
    """
    import tensorflow as tf
    from tensorflow.python.data.ops import dataset_ops

    if isinstance(value, dataset_ops.DatasetV2):
        return elements(value, session)
    kinds = (tf.Operation, tf.Tensor, tf.SparseTensor, tf.IndexedSlices, tf.RaggedTensor)
    found: list[Any] = []
    collect(value, (*kinds, tf.Variable), found)
    values = iter(session.run(found))
    return filled(value, (*kinds, tf.Variable), values)


def collect(value: Any, kinds: Any, found: list[Any]) -> None:
    """Add to ``found`` each tensor in ``value``, from the left to the right."""
    if isinstance(value, kinds):
        found.append(value)
    elif isinstance(value, dict):
        for each in value.values():
            collect(each, kinds, found)
    elif isinstance(value, (list, tuple)):
        for each in value:
            collect(each, kinds, found)


def filled(value: Any, kinds: Any, values: Any) -> Any:
    """``value`` with each tensor in it replaced by the next of ``values``."""
    if isinstance(value, kinds):
        return next(values)
    if isinstance(value, dict):
        return {key: filled(each, kinds, values) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled(each, kinds, values) for each in value]
    return value


def elements(dataset: Any, session: Any) -> list[Any]:
    """The first elements of a dataset in a graph."""
    import tensorflow as tf

    following = tf.compat.v1.data.make_initializable_iterator(dataset)
    session.run(following.initializer)
    element, found = following.get_next(), []
    for _ in range(_ELEMENTS):
        try:
            found.append(fetched(element, session))
        except tf.errors.OutOfRangeError:
            break
    return found


def plain(value: Any) -> Any:
    """``value`` as lists, dictionaries, strings and numbers.

    Raises:
        TypeError: it is something that has no value, such as a function.
    """
    import numpy as np
    import tensorflow as tf

    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, bytes):
        return {"bytes": [value.decode("latin-1")]}
    if isinstance(value, numbers.Integral) and not isinstance(value, np.generic):
        return int(value)
    if isinstance(value, float) and not isinstance(value, np.generic):
        return value
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in sorted(value.items(), key=str)}
    if isinstance(value, tf.DType):
        return {"dtype": value.name}
    if isinstance(value, tf.TensorShape):
        return {"shape": None if value.rank is None else value.as_list()}
    if isinstance(value, tf.data.Dataset):
        return [plain(each) for each in value.take(_ELEMENTS)]
    if hasattr(value, "dense_shape") and hasattr(value, "indices"):
        parts = (value.indices, value.values, value.dense_shape)
        return {"sparse": [plain(each) for each in parts if each is not None]}
    if hasattr(value, "to_list"):
        return {"ragged": plain(value.to_list())}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if hasattr(value, "numpy"):
        value = value.numpy()
        if isinstance(value, bytes):
            return {"bytes": [value.decode("latin-1")]}
    if isinstance(value, (np.ndarray, np.generic)):
        return array(np.asarray(value))
    raise TypeError(f"no value: {value!r}")


def array(value: Any) -> dict[str, Any]:
    """An array: its dtype, its shape and its numbers, or a digest of many."""
    if value.dtype.kind in "OSU":
        texts = [
            each.decode("latin-1") if isinstance(each, bytes) else str(each)
            for each in value.ravel().tolist()
        ]
        return {"bytes": texts}
    result = {"dtype": str(value.dtype), "shape": list(value.shape)}
    if value.dtype.kind == "c":
        flat = [part for each in value.ravel().tolist() for part in (each.real, each.imag)]
    elif value.dtype.kind in "biu":
        flat = [int(each) for each in value.ravel().tolist()]
    else:
        flat = [float(each) for each in value.astype("float64").ravel().tolist()]
    if len(flat) > _LARGE:
        result["sum"], result["absolute"] = sum(flat), sum(abs(each) for each in flat)
        flat = flat[:_HEAD]
    result["numbers"] = [rounded(each) for each in flat]
    return result


def rounded(value: float) -> float | int | str:
    """A number with the digits that matter; what JSON cannot say as a word."""
    if isinstance(value, int):
        return value
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    return float(f"{value:.9g}")
