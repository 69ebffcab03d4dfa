"""Feature columns as objects that compute their values themselves (``rules/support``)."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.functions import Text
from tfmigrate.lifting.model import Unliftable

_CLASSES: dict[str, tuple[str, tuple[str, ...], frozenset[str]]] = {
    "numeric_column": ("NumericColumn", ("numeric_column",), frozenset({"default_value"})),
    "bucketized_column": (
        "BucketizedColumn",
        ("categorical_column", "bucketized_column"),
        frozenset(),
    ),
    "categorical_column_with_vocabulary_list": (
        "VocabularyColumn",
        ("categorical_column", "vocabulary_column"),
        frozenset(),
    ),
    "categorical_column_with_hash_bucket": (
        "HashedColumn",
        ("categorical_column", "hashed_column"),
        frozenset(),
    ),
    "categorical_column_with_identity": (
        "IdentityColumn",
        ("categorical_column", "identity_column"),
        frozenset(),
    ),
    "crossed_column": ("CrossedColumn", ("categorical_column", "crossed_column"), frozenset()),
    "indicator_column": ("IndicatorColumn", ("indicator_column",), frozenset()),
    "embedding_column": (
        "EmbeddingColumn",
        ("embedding_column",),
        frozenset(
            {
                "ckpt_to_load_from",
                "tensor_name_in_ckpt",
                "max_norm",
                "trainable",
                "use_safe_embedding_lookup",
            }
        ),
    ),
}
"""The class for a column, the support code that has it, and parameters that it does not take."""
_LAYERS: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "input_layer": ("InputLayer", "input_layer", ("input_layer",), ("feature_columns",)),
    "linear_model": (
        "LinearModel",
        "linear_model",
        ("input_layer", "linear_model"),
        ("feature_columns", "units"),
    ),
}
ORDER = (
    "numeric_column",
    "categorical_column",
    "vocabulary_column",
    "hashed_column",
    "identity_column",
    "bucketized_column",
    "crossed_column",
    "indicator_column",
    "embedding_column",
    "input_layer",
    "linear_model",
)
_NAMESPACES = ("tf.feature_column", "tf.contrib.feature_column")


def name_of(node: ast.AST, facts: Facts) -> str | None:
    """The function of ``tf.feature_column`` that an expression is."""
    namespace, _, name = (facts.symbol(node) or "").rpartition(".")
    return name if namespace in _NAMESPACES else None


def describe(facts: Facts, replaced: dict[ast.expr, str]) -> list[str]:
    """Put classes in the place of the functions that make columns; the support code they need.

    Raises:
        Unliftable: there is no such class.
    """
    wanted: list[str] = []
    calls = {id(each.func): each for each in ast.walk(facts.tree) if isinstance(each, ast.Call)}
    for node in ast.walk(facts.tree):
        name = name_of(node, facts)
        if name is None or not isinstance(node, ast.expr) or name in _LAYERS:
            continue
        if name not in _CLASSES:
            raise Unliftable(node, f"`tf.feature_column.{name}` has no counterpart")
        call = calls.get(id(node))
        cls, support, strange = _CLASSES[name]
        if call is None:
            raise Unliftable(node, f"`tf.feature_column.{name}` is not called here")
        for keyword in call.keywords:
            if keyword.arg in strange or keyword.arg is None:
                raise Unliftable(call, f"`{keyword.arg}` of `tf.feature_column.{name}`")
        replaced[node] = cls
        wanted.extend(support)
    return ordered(wanted)


def ordered(wanted: Iterable[str]) -> list[str]:
    """Support code in the order in which it can be read."""
    found = set(wanted)
    return [each for each in ORDER if each in found]


class Layers:
    """The ``input_layer`` and ``linear_model`` of one model function."""

    def __init__(self, facts: Facts, text: Text) -> None:
        self.facts = facts
        self.text = text
        self.made: list[tuple[str, str]] = []
        """Attributes and their constructors."""
        self.support: list[str] = []

    def take(self, node: ast.FunctionDef, unique: object) -> None:
        """Take the layers out of a function: made once, called where they were."""
        for call in ast.walk(node):
            name = name_of(call.func, self.facts) if isinstance(call, ast.Call) else None
            if not isinstance(call, ast.Call) or name not in _LAYERS:
                continue
            cls, attribute, support, known = _LAYERS[name]
            given = dict(zip(("features", *known), call.args, strict=False))
            given |= {str(each.arg): each.value for each in call.keywords}
            if not {"features", "feature_columns"} <= set(given) <= {"features", *known}:
                raise Unliftable(call, f"arguments of `tf.feature_column.{name}`")
            own = unique(attribute)  # type: ignore[operator]
            columns = self.text(given["feature_columns"])
            arguments = [columns, *([self.text(given["units"])] if "units" in given else [])]
            self.made.append((own, f"{cls}({', '.join(arguments)})"))
            self.text.replaced[call] = f"self.{own}({self.text(given['features'])})"
            self.support.extend(support)
