"""What of a ``model_fn`` has no counterpart in a class with a loop of its own."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from tfmigrate.lifting.estimator import methods
from tfmigrate.lifting.estimator.modes import Mode, Path
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import uses

_UPDATES = frozenset({"tf.layers.batch_normalization", "tf.layers.BatchNormalization"})


def check(node: ast.FunctionDef, paths: Mapping[Mode, Path], facts: Facts, *, saved: bool) -> None:
    """Go through a model function.

    Raises:
        Unliftable: it has something that has no counterpart.
    """
    for path in paths.values():
        for name in (
            "scaffold",
            "evaluation_hooks",
            "prediction_hooks",
            "training_chief_hooks",
        ):
            if name in path.spec:
                raise Unliftable(path.spec[name], f"`{name}` of an EstimatorSpec")
    train, evaluation = paths[Mode.TRAIN], paths[Mode.EVAL]
    for path, name in ((train, "loss"), (train, "train_op"), (evaluation, "loss")):
        if name not in path.spec:
            what = f"no `{name}` in the EstimatorSpec for {path.mode.name}"
            raise Unliftable(path.node or node, what)
    hooks = train.spec.get("training_hooks")
    if hooks is not None and not methods.only_logs(hooks, train.statements, facts):
        raise Unliftable(hooks, "training hooks that do more than to log")
    for each in ast.walk(node):
        symbol = facts.symbol(each) or ""
        if symbol.startswith("tf.summary.") and saved and isinstance(each, ast.Call):
            raise Unliftable(each, "summaries of an Estimator that has a directory")
        if facts.role(each) is Role.LOSSES and isinstance(each, ast.Call):
            raise Unliftable(each, "losses that layers collect")
        if (
            isinstance(each, ast.Call)
            and symbol
            in (
                "tf.get_collection",
                "tf.add_to_collection",
            )
            and "UPDATE_OPS" not in ast.dump(each)
            and "update_ops" not in ast.dump(each)
        ):
            raise Unliftable(each, "a collection of the graph")
    check_updates(node, facts)


def check_updates(node: ast.FunctionDef, facts: Facts) -> None:
    """Batch normalization updates its averages natively; it did only with UPDATE_OPS."""
    roots = [node, *called(node, facts)]
    normal = [
        each
        for root in roots
        for each in ast.walk(root)
        if isinstance(each, ast.Call) and facts.symbol(each.func) in _UPDATES
    ]
    trained = [each for each in normal if any(k.arg == "training" for k in each.keywords)]
    if trained and "UPDATE_OPS" not in ast.dump(node):
        raise Unliftable(trained[0], "batch normalization whose averages were never updated")


def called(node: ast.AST, facts: Facts) -> Iterable[ast.FunctionDef]:
    """The functions of the file that a function calls."""
    for each in ast.walk(node):
        helper = facts.called(each) if isinstance(each, ast.Call) else None
        if helper is not None and helper.node is not node:
            yield helper.node


def predicts_dictionary(path: Path, facts: Facts) -> bool:
    """Whether predictions are a dictionary, rather than one tensor."""
    node = path.spec["predictions"]
    for _ in range(3):
        if isinstance(node, ast.Dict):
            return True
        if not isinstance(node, ast.Name):
            break
        found = [
            each
            for each in path.statements
            if isinstance(each, ast.Assign) and node.id in uses(each).writes
        ]
        if not found:
            raise Unliftable(node, "what is predicted is not written out")
        node = found[-1].value
    if isinstance(node, ast.Call) and facts.called(node) is not None:
        raise Unliftable(node, "predictions that a function returns")
    if isinstance(node, ast.Call) and facts.symbol(node.func) is None:
        return isinstance(node.func, ast.Name) and node.func.id == "dict"
    return False
