"""Canned estimators written out as a ``model_fn`` of TensorFlow 1, which is lifted like any other.

Losses, metrics, predictions, default optimizers and rates are those of TensorFlow 1.15.5, read off
its results (the programs of the tests were run there): the loss is the sum over a batch, a
``LinearClassifier`` takes Ftrl with a rate of 0.2 however many columns there are.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from tfmigrate.lifting.estimator import api
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.functions import Text
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.uses import uses
from tfmigrate.lifting.writing import Action, Source, write

_MANY = ("model_dir", "n_classes", "weight_column", "label_vocabulary")
_ONE = ("model_dir", "label_dimension", "weight_column")
_DNN = ("activation_fn", "dropout", "input_layer_partitioner", "config", "warm_start_from")
_LINEAR = ("config", "partitioner", "warm_start_from", "loss_reduction", "sparse_combiner")
_WIDE = (
    *("linear_feature_columns", "linear_optimizer", "dnn_feature_columns", "dnn_optimizer"),
    *("dnn_hidden_units", "dnn_activation_fn", "dnn_dropout"),
)
_PARAMETERS: dict[str, tuple[str, ...]] = {
    "DNNClassifier": (
        *("hidden_units", "feature_columns", *_MANY, "optimizer", *_DNN),
        *("loss_reduction", "batch_norm"),
    ),
    "DNNRegressor": (
        *("hidden_units", "feature_columns", *_ONE, "optimizer", *_DNN),
        *("loss_reduction", "batch_norm"),
    ),
    "DNNLinearCombinedClassifier": (
        *("model_dir", *_WIDE, "n_classes", "weight_column", "label_vocabulary"),
        *("input_layer_partitioner", "config", "warm_start_from", "loss_reduction"),
        *("batch_norm", "linear_sparse_combiner"),
    ),
    "DNNLinearCombinedRegressor": (
        *("model_dir", *_WIDE, "label_dimension", "weight_column"),
        *("input_layer_partitioner", "config", "warm_start_from", "loss_reduction"),
        *("batch_norm", "linear_sparse_combiner"),
    ),
    "LinearClassifier": ("feature_columns", *_MANY, "optimizer", *_LINEAR),
    "LinearRegressor": ("feature_columns", *_ONE, "optimizer", *_LINEAR),
}
_UNKNOWN = frozenset(
    {
        *("weight_column", "label_vocabulary", "warm_start_from", "batch_norm"),
        *("sparse_combiner", "linear_sparse_combiner"),
    }
)
_BY_NAME = {
    "Adagrad": "tf.train.AdagradOptimizer",
    "Adam": "tf.train.AdamOptimizer",
    "Ftrl": "tf.train.FtrlOptimizer",
    "RMSProp": "tf.train.RMSPropOptimizer",
    "SGD": "tf.train.GradientDescentOptimizer",
}
_UNROLLED = 4
"""So many hidden layers are still written one by one."""
_TRAIN = """\
    optimizer = {optimizer}
    train_op = optimizer.minimize(loss, global_step=tf.train.get_global_step())"""
_TRAIN_BOTH = """\
    linear_optimizer = {linear_optimizer}
    optimizer = {optimizer}
    train_op = tf.group(
        linear_optimizer.minimize(loss, var_list="linear_model"),
        optimizer.minimize(loss, global_step=tf.train.get_global_step()),
    )"""
_DEFAULTS = {
    "optimizer": {"DNN": ("Adagrad", "0.05"), "Linear": ("Ftrl", "0.2")},
    "linear_optimizer": {"DNN": ("Ftrl", "0.005")},
    "dnn_optimizer": {"DNN": ("Adagrad", "0.001")},
}

_BINARY = """\
    logistic = tf.sigmoid(logits)
    two_class_logits = tf.concat([tf.zeros_like(logits), logits], axis=-1)
    class_ids = tf.expand_dims(tf.argmax(two_class_logits, axis=-1), axis=-1)
    predictions = {
        "logits": logits,
        "logistic": logistic,
        "probabilities": tf.nn.softmax(two_class_logits),
        "class_ids": class_ids,
        "classes": tf.strings.as_string(class_ids),
    }
    if mode == "infer":
        return tf.estimator.EstimatorSpec(mode, predictions=predictions)
    targets = tf.cast(tf.reshape(labels, tf.shape(logits)), tf.float32)
    losses = tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)
    loss = tf.reduce_{reduction}(losses)
    metrics = {
        "accuracy": tf.metrics.accuracy(targets, class_ids),
        "accuracy_baseline": AccuracyBaseline(targets),
        "auc": tf.metrics.auc(targets, logistic),
        "auc_precision_recall": tf.metrics.auc(targets, logistic, curve="PR"),
        "average_loss": tf.metrics.mean(losses),
        "label/mean": tf.metrics.mean(targets),
        "precision": tf.metrics.precision(targets, class_ids),
        "prediction/mean": tf.metrics.mean(logistic),
        "recall": tf.metrics.recall(targets, class_ids),
    }
"""
_SEVERAL = """\
    class_ids = tf.expand_dims(tf.argmax(logits, axis=-1), axis=-1)
    predictions = {
        "logits": logits,
        "probabilities": tf.nn.softmax(logits),
        "class_ids": class_ids,
        "classes": tf.strings.as_string(class_ids),
    }
    if mode == "infer":
        return tf.estimator.EstimatorSpec(mode, predictions=predictions)
    targets = tf.reshape(labels, [-1])
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)
    loss = tf.reduce_{reduction}(losses)
    metrics = {
        "accuracy": tf.metrics.accuracy(targets, tf.squeeze(class_ids, -1)),
        "average_loss": tf.metrics.mean(losses),
    }
"""
_NUMBER = """\
    predictions = {"predictions": logits}
    if mode == "infer":
        return tf.estimator.EstimatorSpec(mode, predictions=predictions)
    targets = tf.cast(tf.reshape(labels, tf.shape(logits)), tf.float32)
    losses = tf.math.squared_difference(logits, targets)
    loss = tf.reduce_{reduction}(losses)
    metrics = {
        "average_loss": tf.metrics.mean(losses),
        "label/mean": tf.metrics.mean(targets),
        "prediction/mean": tf.metrics.mean(logits),
    }
"""
_END = """\
    if mode == "eval":
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops=metrics)
{train}
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)
"""
_DOCS = {
    "DNNClassifier": "Classes by dense layers over feature columns.",
    "DNNRegressor": "Numbers by dense layers over feature columns.",
    "DNNLinearCombinedClassifier": "Classes by dense layers and a linear model together.",
    "DNNLinearCombinedRegressor": "Numbers by dense layers and a linear model together.",
    "LinearClassifier": "Classes by a linear model of feature columns.",
    "LinearRegressor": "Numbers by a linear model of feature columns.",
}


def canned(node: ast.AST, facts: Facts) -> str | None:
    """The name of the canned estimator that a call makes; None for other calls."""
    if not isinstance(node, ast.Call):
        return None
    symbol = facts.symbol(node.func) or ""
    namespace, _, name = symbol.rpartition(".")
    return name if namespace == "tf.estimator" and name in _PARAMETERS else None


def write_out(text: str, facts: Facts) -> str | None:
    """The program with its canned estimators written out; None if it has none.

    Raises:
        Unliftable: one of them is made in a way that is not understood.
    """
    calls = [each for each in ast.walk(facts.tree) if canned(each, facts) is not None]
    if not calls:
        return None
    calls.sort(key=lambda each: (each.lineno, each.col_offset))  # type: ignore[attr-defined]
    if len(calls) > 1:
        raise Unliftable(calls[1], "several canned estimators in one file")
    call = calls[0]
    assert isinstance(call, ast.Call)
    writer = _Writer(call, str(canned(call, facts)), facts, Text(text))
    function = writer.function()
    anchor = _top(call, facts)
    actions: dict[ast.stmt, Action] = {node: Action(removed=True) for node in writer.gone}
    actions[anchor] = Action(before=[function])
    return write(Source(text), {call: writer.estimator()}, actions)


def _top(node: ast.AST, facts: Facts) -> ast.stmt:
    """The statement of the module that a node is in; the first that a decorator or it begins."""
    for each in facts.tree.body:
        if any(child is node for child in ast.walk(each)):
            return each
    raise Unliftable(node, "an Estimator that is made nowhere")


@dataclass
class _Writer:
    """One canned estimator."""

    call: ast.Call
    name: str
    facts: Facts
    text: Text

    def __post_init__(self) -> None:
        names = _PARAMETERS[self.name]
        if any(isinstance(each, ast.Starred) for each in self.call.args):
            raise Unliftable(self.call, f"the arguments of `{self.name}` are unpacked")
        self.given = dict(zip(names, self.call.args, strict=False))
        for keyword in self.call.keywords:
            if keyword.arg not in names:
                raise Unliftable(self.call, f"`{keyword.arg}` of `{self.name}` is not known")
            self.given[keyword.arg] = keyword.value
        self.given = {k: v for k, v in self.given.items() if not api.is_none(v)}
        for name in sorted(_UNKNOWN & set(self.given)):
            raise Unliftable(self.given[name], f"`{name}` of `{self.name}`")
        self.both = "Combined" in self.name
        wanted = {"feature_columns"}
        if self.both:
            wanted = {"linear_feature_columns", "dnn_feature_columns"}
        if not wanted <= set(self.given):
            raise Unliftable(self.call, f"`{self.name}` without feature columns")
        self.params: dict[str, str] = {}
        self.gone: list[ast.stmt] = []

    def function_name(self) -> str:
        """What the model function is called."""
        kind = "dnn" if self.name.startswith("DNN") else "linear"
        kind = "wide_and_deep" if self.both else kind
        return f"{kind}_{'classifier' if self.name.endswith('Classifier') else 'regressor'}_fn"

    def function(self) -> str:
        """The text of the model function."""
        body = self.network()
        classes = self.given.get("n_classes")
        reduction = self.reduction()
        if self.name.endswith("Regressor"):
            tail = _NUMBER
        elif classes is None or (isinstance(classes, ast.Constant) and classes.value == 2):
            tail = _BINARY
        elif isinstance(classes, ast.Constant) or self.is_number(classes):
            tail = _SEVERAL
        else:
            raise Unliftable(classes, "the number of classes is not known")
        head = (
            f"def {self.function_name()}(features, labels, mode, params):\n"
            f'    """{_DOCS[self.name]}"""\n'
        )
        train = _TRAIN.replace("{optimizer}", "" if self.both else self.optimizer("optimizer"))
        if self.both:
            train = _TRAIN_BOTH.replace("{linear_optimizer}", self.optimizer("linear_optimizer"))
            train = train.replace("{optimizer}", self.optimizer("dnn_optimizer"))
        end = _END.replace("{train}", train)
        return f"{head}{body}{tail.replace('{reduction}', reduction)}{end}"

    def units(self) -> str:
        """How many logits there are."""
        if self.name.endswith("Regressor"):
            node = self.given.get("label_dimension")
            return "1" if node is None else self.passed("label_dimension", node)
        node = self.given.get("n_classes")
        if node is None or (isinstance(node, ast.Constant) and node.value == 2):
            return "1"
        return self.passed("n_classes", node)

    def is_number(self, node: ast.expr) -> bool:
        """Whether a name is bound once to a number greater than two."""
        found = [
            each.value
            for each in ast.walk(self.facts.tree)
            if isinstance(each, ast.Assign)
            and isinstance(node, ast.Name)
            and any(isinstance(t, ast.Name) and t.id == node.id for t in each.targets)
        ]
        value = found[0] if len(found) == 1 else None
        if isinstance(value, ast.Call) and ast.unparse(value.func) == "len" and value.args:
            inner = value.args[0]
            return isinstance(inner, (ast.List, ast.Tuple)) and len(inner.elts) > 2
        return isinstance(value, ast.Constant) and isinstance(value.value, int) and value.value > 2

    def network(self) -> str:
        """The lines that compute the logits."""
        prefix = "dnn_" if self.both else ""
        of_columns = f"{prefix}feature_columns"
        columns = self.passed(of_columns, self.given[of_columns])
        if self.name.startswith("Linear"):
            units = self.units()
            more = "" if units == "1" else f", units={units}"
            return f"    logits = tf.feature_column.linear_model(features, {columns}{more})\n"
        if f"{prefix}hidden_units" not in self.given:
            raise Unliftable(self.call, f"`{self.name}` without hidden units")
        activation = self.given.get(f"{prefix}activation_fn")
        function = "tf.nn.relu" if activation is None else self.passed("activation_fn", activation)
        lines = [f"net = tf.feature_column.input_layer(features, {columns})"]
        layer = [f"net = tf.layers.dense(net, {{}}, activation={function})"]
        dropout = self.given.get(f"{prefix}dropout")
        if dropout is not None:
            rate = self.passed("dropout", dropout)
            layer.append(f'net = tf.layers.dropout(net, {rate}, training=mode == "train")')
        node = self.given[f"{prefix}hidden_units"]
        if isinstance(node, (ast.List, ast.Tuple)) and len(node.elts) <= _UNROLLED:
            lines += [line.replace("{}", self.text(each)) for each in node.elts for line in layer]
        else:
            lines.append(f"for units in {self.passed('hidden_units', node)}:")
            lines += [f"    {line.replace('{}', 'units')}" for line in layer]
        units = self.units()
        logits = f"tf.layers.dense(net, {units})"
        if self.both:
            wide = self.passed("linear_feature_columns", self.given["linear_feature_columns"])
            more = "" if units == "1" else f", units={units}"
            logits += f" + tf.feature_column.linear_model(features, {wide}{more})"
        lines.append(f"logits = {logits}")
        return "".join(f"    {line}\n" for line in lines)

    def passed(self, name: str, node: ast.expr) -> str:
        """The text of an argument within the model function: a constant, or a parameter."""
        constant = isinstance(node, ast.Constant) or (
            isinstance(node, (ast.List, ast.Tuple))
            and all(isinstance(each, ast.Constant) for each in node.elts)
        )
        if constant or (self.facts.symbol(node) is not None and not isinstance(node, ast.Call)):
            return self.text(node)
        self.params[name] = self.text(node)
        return f'params["{name}"]'

    def reduction(self) -> str:
        """``sum``, or ``mean`` if that was asked for."""
        node = self.given.get("loss_reduction")
        if node is None:
            return "sum"
        name = ast.unparse(node).strip("'\"").rpartition(".")[2].upper()
        if name == "SUM":
            return "sum"
        if name in ("SUM_OVER_BATCH_SIZE", "MEAN"):
            return "mean"
        raise Unliftable(node, "how the loss is reduced is not known")

    def optimizer(self, which: str) -> str:
        """The text that makes an optimizer."""
        kind = "DNN" if self.name.startswith("DNN") else "Linear"
        default, rate = _DEFAULTS[which][kind]
        node = self.given.get(which)
        if node is None:
            return f"{_BY_NAME[default]}(learning_rate={rate})"
        if isinstance(node, ast.Constant):
            if node.value not in _BY_NAME:
                raise Unliftable(node, f"the optimizer {node.value!r} is not known")
            return f"{_BY_NAME[node.value]}(learning_rate={rate})"
        if isinstance(node, ast.Lambda):
            node = node.body
        if isinstance(node, ast.Name):
            node = self.bound(node)
        symbol = self.facts.symbol(node.func) if isinstance(node, ast.Call) else None
        if not isinstance(node, ast.Call) or not (symbol or "").startswith("tf.train."):
            raise Unliftable(node, "the optimizer is not made here")
        prefix = which.removesuffix("optimizer")
        given = [
            self.argument(f"{prefix}{'learning_rate' if index == 0 else index}", each)
            for index, each in enumerate(node.args)
        ]
        given += [
            f"{each.arg}={self.argument(f'{prefix}{each.arg}', each.value)}"
            for each in node.keywords
        ]
        return f"{self.text(node.func)}({', '.join(given)})"

    def argument(self, name: str, node: ast.expr) -> str:
        """One argument of the optimizer."""
        if isinstance(node, ast.Call):
            return self.text(node)
        return self.passed(name, node)

    def bound(self, node: ast.Name) -> ast.expr:
        """What a name is bound to, once; the statement goes if nothing else reads the name."""
        found = [
            each
            for each in ast.walk(self.facts.tree)
            if isinstance(each, ast.Assign) and node.id in uses(each).writes
        ]
        read = [
            each
            for each in ast.walk(self.facts.tree)
            if isinstance(each, ast.Name) and each.id == node.id and isinstance(each.ctx, ast.Load)
        ]
        if len(found) != 1 or len(read) != 1:
            raise Unliftable(node, f"`{node.id}` is not bound once and used once")
        self.gone.append(found[0])
        return found[0].value

    def estimator(self) -> str:
        """The text that makes an Estimator of the model function."""
        given = [self.function_name()]
        given += [
            f"{k}={self.text(self.given[k])}" for k in ("model_dir", "config") if k in self.given
        ]
        listed = ", ".join(f'"{key}": {value}' for key, value in self.params.items())
        return f"tf.estimator.Estimator({', '.join([*given, f'params={{{listed}}}'])})"
