"""The loops around the steps: ``train``, ``evaluate`` and ``predict``, as an Estimator ran them."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.uses import uses
from tfmigrate.lifting.writing import Piece

if TYPE_CHECKING:
    from tfmigrate.lifting.estimator.classes import Needs

LOGGING_HOOKS = frozenset(
    {"tf.train.LoggingTensorHook", "tf.train.StepCounterHook", "tf.train.ProfilerHook"}
)


@dataclass
class Steps:
    """How the callers of a loop limit it: how many do, and whether by a number for certain."""

    calls: int = 0
    limited: int = 0
    maximum: int = 0
    uncertain: bool = False

    def add(self, steps: ast.expr | None, maximum: ast.expr | None, *, certain: bool) -> None:
        """Note one call."""
        self.calls += 1
        self.limited += steps is not None
        self.maximum += maximum is not None
        self.uncertain = self.uncertain or not certain

    def parameters(self) -> str:
        """The parameters that limit the loop."""
        found = ""
        if self.limited:
            found += ", steps" if self.limited == self.calls else ", steps=None"
        if self.maximum:
            found += ", max_steps" if self.maximum == self.calls else ", max_steps=None"
        return found

    def lines(self) -> tuple[list[Piece], str]:
        """What comes before the loop, and what it runs over."""
        before = []
        done = "int(self.optimizer.iterations)"
        both = self.limited and self.maximum
        if self.maximum and not both and self.maximum == self.calls and not self.uncertain:
            return [], f"dataset.take(max(max_steps - {done}, 0))"
        if self.maximum:
            inner = [Piece(text=f"dataset = dataset.take(max(max_steps - {done}, 0))")]
            before.append(Piece(text="if max_steps is not None:", inner=inner))
        if self.limited == self.calls and self.calls and not self.uncertain:
            return before, "dataset.take(steps)"
        if self.limited:
            inner = [Piece(text="dataset = dataset.take(steps)")]
            before.append(Piece(text="if steps is not None:", inner=inner))
        return before, "dataset"


def train(features: str, labels: str, needs: Needs) -> Piece:
    """``train``: a step for each batch."""
    before, over = needs.trained.lines()
    call = f"self.train_step({features}, {labels or 'None'})"
    inner = [Piece(text=call)]
    if needs.logged:
        inner = [
            Piece(text=f"loss = {call}"),
            Piece(
                text="if self.optimizer.iterations % 100 == 1:",
                inner=[
                    Piece(
                        text=f'{needs.logged}.info("loss = %s, step = %d",'
                        " loss.numpy(), self.optimizer.iterations.numpy())"
                    )
                ],
            ),
        ]
    body = [*before, *loop(features, labels, over, inner)]
    if needs.saved:
        saved = Piece(text="self.checkpoints.save(self.optimizer.iterations)")
        body.append(_perhaps(saved, needs))
    return Piece(text=f"def train(self, dataset{needs.trained.parameters()}):", inner=body)


def loop(features: str, labels: str, over: str, inner: list[Piece]) -> list[Piece]:
    """A loop over the batches of a dataset, which may hold labels that nobody wants."""
    if labels:
        return [Piece(text=f"for {features}, {labels} in {over}:", inner=inner)]
    first = Piece(text=f"{features} = batch[0] if isinstance(batch, tuple) else batch")
    return [Piece(text=f"for batch in {over}:", inner=[first, *inner])]


def evaluate(features: str, labels: str, needs: Needs) -> Piece:
    """``evaluate``: metrics over all batches, the loss as the mean of those of the batches."""
    reset = Piece(
        text="for metric in self.metrics.values():", inner=[Piece(text="metric.reset_state()")]
    )
    before, over = needs.evaluated.lines()
    call = Piece(text=f"self.test_step({features}, {labels or 'None'})")
    results = Piece(
        text="results = {name: float(metric.result()) for name, metric in self.metrics.items()}"
    )
    step = Piece(text='results["global_step"] = int(self.optimizer.iterations)')
    body = [reset, *before, *loop(features, labels, over, [call]), results, step]
    head = f"def evaluate(self, dataset{needs.evaluated.parameters()}):"
    return Piece(text=head, inner=[*body, Piece(text="return results")])


def predict(features: str, dictionary: bool, needs: Needs) -> Piece:
    """``predict``: the predictions for one example after the other."""
    call = f"self.predict_step({features})"
    if dictionary:
        numbers = "{name: value.numpy() for name, value in " + call + ".items()}"
        inner = [
            Piece(text=f"predictions = {numbers}"),
            Piece(
                text="for values in zip(*predictions.values()):",
                inner=[Piece(text="yield dict(zip(predictions, values))")],
            ),
        ]
    else:
        inner = [Piece(text=f"yield from {call}.numpy()")]
    if needs.labelled is None:
        body = loop(features, "", "dataset", inner)
    else:
        target = f"{features}, _" if needs.labelled else features
        body = [Piece(text=f"for {target} in dataset:", inner=inner)]
    return Piece(text="def predict(self, dataset):", inner=body)


def checkpoints(needs: Needs) -> list[Piece]:
    """The checkpoints of a model directory, of which the last is read if there is one."""
    manager = (
        "self.checkpoints = tf.train.CheckpointManager(\n"
        f"    tf.train.Checkpoint(model=self), model_dir, max_to_keep={needs.keep}\n)"
    )
    lines = [Piece(text=manager), Piece(text="self.checkpoints.restore_or_initialize()")]
    if needs.saved == "always":
        return lines
    return [
        Piece(text="self.checkpoints = None"),
        Piece(text="if model_dir:", inner=lines),
    ]


def _perhaps(piece: Piece, needs: Needs) -> Piece:
    if needs.saved == "always":
        return piece
    return Piece(text="if self.checkpoints is not None:", inner=[piece])


def only_logs(node: ast.expr, statements: list[ast.stmt], facts: Facts) -> bool:
    """Whether hooks do nothing but to write to the log."""
    if isinstance(node, (ast.List, ast.Tuple)):
        return all(only_logs(each, statements, facts) for each in node.elts)
    if isinstance(node, ast.Name):
        found = [
            each
            for each in statements
            if isinstance(each, ast.Assign) and node.id in uses(each).writes
        ]
        return len(found) == 1 and only_logs(found[0].value, statements, facts)
    return isinstance(node, ast.Call) and facts.symbol(node.func) in LOGGING_HOOKS
