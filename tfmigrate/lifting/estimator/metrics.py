"""``eval_metric_ops``: the streaming metrics of TensorFlow 1 as Keras metrics."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from tfmigrate.engine.context import Context
from tfmigrate.lifting.estimator.modes import Path
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.uses import path_of, uses
from tfmigrate.transforms.bound import call_text
from tfmigrate.transforms.layer_values import Arg, Reading, Refusal, bind

_TABLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "accuracy": ("Accuracy", ()),
    "auc": ("AUC", ("num_thresholds", "curve")),
    "false_negatives": ("FalseNegatives", ()),
    "false_positives": ("FalsePositives", ()),
    "mean": ("Mean", ()),
    "mean_absolute_error": ("MeanAbsoluteError", ()),
    "mean_iou": ("MeanIoU", ("num_classes",)),
    "mean_squared_error": ("MeanSquaredError", ()),
    "precision": ("Precision", ()),
    "recall": ("Recall", ()),
    "root_mean_squared_error": ("RootMeanSquaredError", ()),
    "true_negatives": ("TrueNegatives", ()),
    "true_positives": ("TruePositives", ()),
}
"""The Keras metric, and the parameters that its constructor takes; the rest goes to each update.

Measured: the same numbers as 1.15.5 (the page of TFM303 has the programs).
"""
_IGNORED = frozenset({"metrics_collections", "updates_collections", "name"})
_OWN = {"AccuracyBaseline": "accuracy_baseline"}
"""Metrics of canned estimators, and the support code that has them."""
_VALUES = ("labels", "predictions", "values")


@dataclass
class Metric:
    """One metric: its key, how it is made, and what each batch gives it."""

    key: str
    constructor: str
    updates: list[tuple[str, ast.expr]] = field(default_factory=list)


class Metrics:
    """The metrics of one ``model_fn``."""

    def __init__(self, path: Path, facts: Facts, reading: Reading, context: Context) -> None:
        self.path = path
        self.facts = facts
        self.reading = reading
        self.context = context
        self.consumed: set[ast.stmt] = set()
        """The statements that made them."""
        self.support: list[str] = []

    def read(self) -> list[Metric]:
        """Every metric, in the order of the keys, which is that of the results.

        Raises:
            Unliftable: one of them has no Keras counterpart with the same numbers.
        """
        node = self.path.spec.get("eval_metric_ops")
        pairs = [] if node is None else self.pairs(node)
        found = [self.metric(key, value) for key, value in pairs]
        return sorted(found, key=lambda each: each.key)

    def pairs(self, node: ast.expr) -> list[tuple[str, ast.expr]]:
        """The keys and values of the dictionary."""
        node = self.value(node)
        if isinstance(node, ast.Dict):
            keys = [each.value if isinstance(each, ast.Constant) else None for each in node.keys]
            if all(isinstance(each, str) for each in keys):
                return list(zip(map(str, keys), node.values, strict=True))
        if isinstance(node, ast.Call) and path_of(node.func) == "dict" and not node.args:
            return [(str(each.arg), each.value) for each in node.keywords]
        raise Unliftable(node, "the metrics of the evaluation are not written out")

    def value(self, node: ast.expr) -> ast.expr:
        """What a name stands for; the statement that bound it is done with."""
        if not isinstance(node, ast.Name):
            return node
        for each in reversed(self.path.statements):
            if node.id not in uses(each).writes | uses(each).mutates:
                continue
            if isinstance(each, ast.Assign) and len(each.targets) == 1:
                target = each.targets[0]
                pair = isinstance(target, ast.Tuple)
                if pair or isinstance(target, ast.Name):
                    self.consumed.add(each)
                    return each.value
            break
        raise Unliftable(node, f"`{node.id}` is not bound once")

    def metric(self, key: str, node: ast.expr) -> Metric:
        """One metric."""
        if isinstance(node, ast.Tuple) and node.elts:
            node = node.elts[0]
        call = self.value(node)
        if isinstance(call, ast.Call) and path_of(call.func) in _OWN:
            name = str(path_of(call.func))
            self.support.append(_OWN[name])
            return Metric(key, f"{name}()", [("", each) for each in call.args])
        symbol = self.facts.symbol(call.func) if isinstance(call, ast.Call) else None
        namespace, _, name = (symbol or "").rpartition(".")
        if not isinstance(call, ast.Call) or namespace != "tf.metrics":
            raise Unliftable(call, f"the metric `{key}` is not one of `tf.metrics`")
        if name not in _TABLE:
            raise Unliftable(call, f"`{symbol}` has no counterpart in Keras")
        keras, made_of = _TABLE[name]
        atlas = self.context.atlas
        signature = atlas.signature(symbol or "", atlas.releases[0])
        if signature is None:
            raise Unliftable(call, f"the parameters of `{symbol}` are not known")
        try:
            given = bind(call, signature.names, self.reading)
        except Refusal as refusal:
            raise Unliftable(call, str(refusal)) from None
        arguments, updates = [], []
        for parameter in (each for each in signature.names if each in given):
            arg = given[parameter]
            if parameter in made_of:
                arguments.append(("" if parameter == "num_classes" else parameter, arg.text))
            elif parameter in _VALUES:
                updates.append(("", arg.node))
            elif parameter == "weights":
                if arg.literal is not None:
                    updates.append(("sample_weight", arg.node))
            elif parameter not in _IGNORED and parameter != "summation_method":
                raise Unliftable(arg.node, f"`{parameter}` of `{symbol}` has no counterpart")
        spelled = self.reading.spell(f"tf.keras.metrics.{keras}")
        if name == "auc":
            spelled, arguments = self.area(given, arguments, spelled)
        return Metric(key, call_text(spelled, arguments), updates)

    def area(
        self, given: dict[str, Arg], arguments: list[tuple[str, str]], spelled: str
    ) -> tuple[str, list[tuple[str, str]]]:
        """The area under a curve: by trapezoids, or carefully interpolated, which Keras does."""
        curve = given["curve"].literal if "curve" in given else "ROC"
        method = given["summation_method"].literal if "summation_method" in given else "trapezoidal"
        if curve == "PR" and method == "trapezoidal":
            self.support.append("precision_recall_area")
            return "PrecisionRecallArea", [each for each in arguments if each[0] != "curve"]
        if (curve, method) in (("ROC", "trapezoidal"), ("PR", "careful_interpolation")):
            return spelled, arguments
        node = given.get("summation_method") or given["curve"]
        raise Unliftable(node.node, "this area under the curve has no counterpart in Keras")
