"""Detectors: what a pattern finds that no symbol, argument or attribute name betrays.

A detector takes a program, the context and the match that asks for it, and yields the nodes to
report, each with the symbol it concerns, if there is one. A pattern names it in a ``[[match]]``
table: ``detector = "..."``; ``symbols`` beside it are those whose calls it looks at.
"""

from __future__ import annotations

from collections.abc import Mapping

from tfmigrate.engine.detectors import (
    devices,
    keras,
    numpy_types,
    order,
    shards,
    structures,
    tensors,
)
from tfmigrate.engine.detectors.base import Detector, Found, Program

__all__ = ["DETECTORS", "Detector", "Found", "Program"]

# the catalogue holds the same names, to refuse others when rules are read: rows.DETECTORS
DETECTORS: Mapping[str, Detector] = {
    "concat-dim-first": order.concat_dim_first,
    "device-function": devices.device_function,
    "keras-in-graph": keras.keras_in_graph,
    "keras-regularizer-in-graph": keras.keras_regularizer_in_graph,
    "numpy-promotion": numpy_types.numpy_promotion,
    "reverse-with-booleans": order.reverse_with_booleans,
    "shape-item": tensors.shape_item,
    "sharded-params": shards.sharded_params,
    "single-structure": structures.single_structure,
    "split-dim-first": order.split_dim_first,
    "tensor-equality": tensors.tensor_equality,
}
