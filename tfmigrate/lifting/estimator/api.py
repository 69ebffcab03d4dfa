"""The functions of ``tf.estimator`` that lifting knows: their symbols and their parameters.

Parameters are those of TensorFlow 1.15; ``tf.contrib.learn`` had most of them before.
"""

from __future__ import annotations

import ast

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Unliftable

ESTIMATOR = "tf.estimator.Estimator"
SPEC = "tf.estimator.EstimatorSpec"
TRAIN_AND_EVALUATE = "tf.estimator.train_and_evaluate"
TRAIN_SPEC = "tf.estimator.TrainSpec"
EVAL_SPEC = "tf.estimator.EvalSpec"
RUN_CONFIG = "tf.estimator.RunConfig"
NUMPY = "tf.estimator.inputs.numpy_input_fn"
PANDAS = "tf.estimator.inputs.pandas_input_fn"
MODES = {
    "tf.estimator.ModeKeys.TRAIN": "train",
    "tf.estimator.ModeKeys.EVAL": "eval",
    "tf.estimator.ModeKeys.PREDICT": "infer",
}

_OLDER = {
    "tf.contrib.learn.RunConfig": RUN_CONFIG,
    "tf.contrib.learn.io.numpy_input_fn": NUMPY,
    "tf.contrib.learn.io.pandas_input_fn": PANDAS,
    "tf.contrib.learn.learn_io.numpy_input_fn": NUMPY,
    "tf.contrib.learn.learn_io.pandas_input_fn": PANDAS,
    "tf.contrib.learn.ModelFnOps": SPEC,
    "tf.contrib.learn.ModeKeys.TRAIN": "tf.estimator.ModeKeys.TRAIN",
    "tf.contrib.learn.ModeKeys.EVAL": "tf.estimator.ModeKeys.EVAL",
    "tf.contrib.learn.ModeKeys.INFER": "tf.estimator.ModeKeys.PREDICT",
}

PARAMETERS: dict[str, tuple[str, ...]] = {
    ESTIMATOR: ("model_fn", "model_dir", "config", "params", "warm_start_from"),
    SPEC: (
        "mode",
        "predictions",
        "loss",
        "train_op",
        "eval_metric_ops",
        "export_outputs",
        "training_chief_hooks",
        "training_hooks",
        "scaffold",
        "evaluation_hooks",
        "prediction_hooks",
    ),
    TRAIN_AND_EVALUATE: ("estimator", "train_spec", "eval_spec"),
    TRAIN_SPEC: ("input_fn", "max_steps", "hooks", "saving_listeners"),
    EVAL_SPEC: (
        "input_fn",
        "steps",
        "name",
        "hooks",
        "exporters",
        "start_delay_secs",
        "throttle_secs",
    ),
    RUN_CONFIG: (
        "model_dir",
        "tf_random_seed",
        "save_summary_steps",
        "save_checkpoints_steps",
        "save_checkpoints_secs",
        "session_config",
        "keep_checkpoint_max",
        "keep_checkpoint_every_n_hours",
        "log_step_count_steps",
        "train_distribute",
    ),
    NUMPY: ("x", "y", "batch_size", "num_epochs", "shuffle", "queue_capacity", "num_threads"),
    PANDAS: (
        "x",
        "y",
        "batch_size",
        "num_epochs",
        "shuffle",
        "queue_capacity",
        "num_threads",
        "target_column",
    ),
    "train": ("input_fn", "hooks", "steps", "max_steps", "saving_listeners"),
    "evaluate": ("input_fn", "steps", "hooks", "checkpoint_path", "name"),
    "predict": (
        "input_fn",
        "predict_keys",
        "hooks",
        "checkpoint_path",
        "yield_single_examples",
    ),
}
QUIET = frozenset(
    {
        "save_summary_steps",
        "save_checkpoints_steps",
        "save_checkpoints_secs",
        "session_config",
        "log_step_count_steps",
    }
)
"""Settings of a RunConfig that change nothing about the numbers."""


def symbol(node: ast.AST, facts: Facts) -> str | None:
    """The symbol of a call or an expression, in its newest TensorFlow 1 spelling."""
    found = facts.symbol(node.func if isinstance(node, ast.Call) else node)
    return _OLDER.get(found, found) if found is not None else None


def method(call: ast.Call, facts: Facts) -> str | None:
    """The method of an Estimator that a call calls; None for other calls."""
    found = facts.symbol(call.func)
    owner, _, name = (found or "").rpartition(".")
    return name if owner == ESTIMATOR and isinstance(call.func, ast.Attribute) else None


def given(call: ast.Call, what: str) -> dict[str, ast.expr]:
    """The arguments of a call by parameter; None as an argument counts as not given.

    Raises:
        Unliftable: arguments are unpacked, or one is not known.
    """
    names = PARAMETERS[what]
    if any(isinstance(each, ast.Starred) for each in call.args) or len(call.args) > len(names):
        raise Unliftable(call, f"the arguments of `{what}` are unpacked")
    found = dict(zip(names, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None:
            raise Unliftable(call, f"the arguments of `{what}` are unpacked")
        if keyword.arg not in names:
            raise Unliftable(keyword.value, f"`{keyword.arg}` of `{what}` has no counterpart")
        found[keyword.arg] = keyword.value
    return {name: value for name, value in found.items() if not is_none(value)}


def is_none(node: ast.AST) -> bool:
    """Whether an expression is ``None``."""
    return isinstance(node, ast.Constant) and node.value is None
