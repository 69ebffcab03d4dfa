"""The training operation of a ``model_fn``: what goes under the tape, and what comes after it."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.estimator.groups import Reads, sliced
from tfmigrate.lifting.estimator.modes import Path
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import path_of, uses
from tfmigrate.lifting.writing import Piece
from tfmigrate.transforms.layer_model import Refused
from tfmigrate.transforms.layer_values import Reading
from tfmigrate.transforms.optimizers import Optimizer, Schedule, optimizer, schedule

_MINIMIZE = ("loss", "global_step", "var_list")
_COMPUTE = ("loss", "var_list")
_APPLY = ("grads_and_vars", "global_step")
_GRADIENTS = ("ys", "xs")
_ALL = "tf.trainable_variables"
_LOOKUPS = frozenset(
    {
        "tf.nn.embedding_lookup",
        "tf.gather",
        "tf.contrib.layers.embed_sequence",
        "tf.nn.embedding_lookup_sparse",
    }
)
STEP = "self.optimizer.iterations"


@dataclass
class Training:
    """What is known of the training operation.

    ``loss`` is what is minimized, ``gone`` are statements that make optimizers, schedules and the
    training operation; ``after`` those that work on gradients, with their new text where they have
    one; ``rate`` is the statement that bound the learning rate, if it is a schedule.
    """

    loss: ast.expr
    made: Optimizer
    gone: set[ast.stmt] = field(default_factory=set)
    after: list[tuple[ast.stmt | None, str]] = field(default_factory=list)
    steps: set[str] = field(default_factory=set)
    """Names of the global step."""
    rates: set[str] = field(default_factory=set)
    """Names of the learning rate, where it is a schedule."""
    imports: tuple[str, ...] = ()
    second: Optimizer | None = None
    """The optimizer of the linear part, if that has its own."""
    planned: str = ""
    """The statement that makes the schedule."""


class Trainer:
    """Reads the training operation of one path."""

    def __init__(self, path: Path, facts: Facts, reading: Reading) -> None:
        self.path = path
        self.facts = facts
        self.reading = reading
        self.gone: set[ast.stmt] = set()
        self.steps: set[str] = set()
        self.rates: set[str] = set()
        self.imports: tuple[str, ...] = ()
        self.planned = ""
        for node in path.statements:
            if isinstance(node, ast.Assign) and self.facts.role(node.value) is Role.GLOBAL_STEP:
                self.gone.add(node)
                self.steps |= uses(node).writes

    def read(self) -> Training:
        """The training operation.

        Raises:
            Unliftable: it is made in a way that is not understood.
        """
        pair = self.pair(self.path.spec["train_op"])
        if pair is not None:
            return self.settled(self.together(*pair))
        call = self.operation(self.path.spec["train_op"])
        role = self.facts.role(call)
        if role is Role.MINIMIZE:
            given = arguments(call, _MINIMIZE)
            self.check_variables(given.get("var_list"))
            if "loss" not in given:
                raise Unliftable(call, "which loss is minimized?")
            training = Training(given["loss"], self.optimizer(call))
            training.after = [
                (None, "variables = tape.watched_variables()"),
                (None, f"gradients = tape.gradient({self.loss_name(given['loss'])}, variables)"),
                *self.dense(training.made, "gradients"),
                (None, "self.optimizer.apply_gradients(zip(gradients, variables))"),
            ]
        elif role is Role.APPLY_GRADIENTS:
            training = self.applied(call)
        else:
            raise Unliftable(call, "the training operation is not that of an optimizer")
        return self.settled(training)

    def pair(self, node: ast.expr) -> tuple[ast.Call, ast.Call] | None:
        """The two operations of a linear model and a deep one, as canned estimators have them."""
        found = self.find(node.id) if isinstance(node, ast.Name) else None
        value = found.value if isinstance(found, ast.Assign) else node
        if self.facts.role(value) is not Role.GROUP or not isinstance(value, ast.Call):
            return None
        calls = [each for each in value.args if isinstance(each, ast.Call)]
        if len(calls) != 2 or any(self.facts.role(each) is not Role.MINIMIZE for each in calls):
            return None
        of = arguments(calls[0], _MINIMIZE).get("var_list")
        if not (isinstance(of, ast.Constant) and of.value == "linear_model"):
            return None
        if found is not None:
            self.gone.add(found)
        return calls[0], calls[1]

    def together(self, linear: ast.Call, deep: ast.Call) -> Training:
        """Two optimizers, one for a linear model and one for all the rest."""
        loss = arguments(deep, _MINIMIZE)["loss"]
        training = Training(loss, self.optimizer(deep))
        training.second = self.optimizer(linear)
        name = self.loss_name(loss)
        lines = [
            "wide = self.linear_model.weights",
            "variables = tape.watched_variables()",
            "deep = [each for each in variables if all(each is not other for other in wide)]",
            f"wide_gradients, deep_gradients = tape.gradient({name}, (wide, deep))",
            "self.linear_optimizer.apply_gradients(zip(wide_gradients, wide))",
            "self.optimizer.apply_gradients(zip(deep_gradients, deep))",
        ]
        training.after = [(None, line) for line in lines]
        return training

    def settled(self, training: Training) -> Training:
        """What was found on the way."""
        training.gone, training.steps = self.gone, self.steps
        training.rates, training.imports = self.rates, self.imports
        training.planned = self.planned
        return training

    def loss_name(self, node: ast.expr) -> str:
        """What the loss is called under the tape."""
        return node.id if isinstance(node, ast.Name) else "loss"

    def operation(self, node: ast.expr) -> ast.Call:
        """The call that makes the operation: groups and names looked through."""
        if isinstance(node, ast.Name):
            return self.operation(self.bound(node).value)  # type: ignore[attr-defined]
        if isinstance(node, ast.Call) and self.facts.role(node) is Role.GROUP:
            trains = [each for each in node.args if self.trains(each)]
            others = [each for each in node.args if each not in trains]
            if len(trains) == 1 and all(self.updates(each) for each in others):
                return self.operation(trains[0])
        if not isinstance(node, ast.Call):
            raise Unliftable(node, "the training operation is not that of an optimizer")
        return node

    def trains(self, node: ast.expr) -> bool:
        """Whether an expression is a training operation."""
        if isinstance(node, ast.Name):
            found = self.find(node.id)
            node = found.value if isinstance(found, ast.Assign) else node
        return self.facts.role(node) in (Role.MINIMIZE, Role.APPLY_GRADIENTS)

    def updates(self, node: ast.expr) -> bool:
        """Whether an expression stands for the update operations, which layers do themselves."""
        if isinstance(node, ast.Starred):
            node = node.value
        if isinstance(node, ast.Name):
            found = self.find(node.id)
            if isinstance(found, ast.Assign):
                self.gone.add(found)
                node = found.value
        return "UPDATE_OPS" in ast.dump(node) or "update_ops" in ast.dump(node)

    def find(self, name: str) -> ast.stmt | None:
        """The statement that binds a name."""
        found = [each for each in self.path.statements if name in uses(each).writes]
        return found[-1] if found else None

    def bound(self, node: ast.Name) -> ast.stmt:
        """The assignment of a name, which is done with."""
        found = self.find(node.id)
        if not isinstance(found, ast.Assign) or not isinstance(found.targets[0], ast.Name):
            raise Unliftable(node, f"`{node.id}` is not bound in a simple way")
        self.gone.add(found)
        return found

    def optimizer(self, call: ast.Call) -> Optimizer:
        """The optimizer that a method is called on."""
        assert isinstance(call.func, ast.Attribute)
        owner = call.func.value
        if isinstance(owner, ast.Name):
            owner = self.bound(owner).value  # type: ignore[attr-defined]
        symbol = self.facts.symbol(owner.func) if isinstance(owner, ast.Call) else None
        if not isinstance(owner, ast.Call) or self.facts.role(owner) is not Role.OPTIMIZER:
            raise Unliftable(call, "the optimizer is not made in the model function")
        made = optimizer(owner, symbol or "", self.reading)
        rate = made.learning_rate if isinstance(made, Optimizer) else None
        planned = self.schedule(rate)
        if planned is not None:
            name = rate.id if isinstance(rate, ast.Name) else "learning_rate"
            self.planned = f"{name} = {planned.constructor}"
            made = optimizer(owner, symbol or "", self.reading, rate=name, varies=True)
        if isinstance(made, Refused):
            raise Unliftable(owner, made.reason)
        if made.sparse == "differs" and self.looks_up():
            raise Unliftable(owner, f"`{symbol}` leaves rows alone that were not looked up")
        return made

    def dense(self, made: Optimizer, name: str) -> list[tuple[ast.stmt | None, str]]:
        """Gradients of looked-up tables as dense tensors, where the optimizer needs that."""
        if made.sparse != "densify" or not self.looks_up():
            return []
        return [(None, f"{name} = [tf.convert_to_tensor(each) for each in {name}]")]

    def looks_up(self) -> bool:
        """Whether rows of tables are looked up anywhere in the file."""
        return any(self.facts.symbol(each) in _LOOKUPS for each in self.facts.nodes)

    def schedule(self, node: ast.expr | None) -> Schedule | None:
        """The schedule that a learning rate follows; None if it is a number."""
        name = node.id if isinstance(node, ast.Name) else None
        found = self.find(name) if name is not None else None
        if isinstance(found, ast.Assign):
            node = found.value
        if not isinstance(node, ast.Call) or self.facts.role(node) is not Role.SCHEDULE:
            if node is not None and self.counts(node):
                raise Unliftable(node, "a learning rate that is computed from the global step")
            return None
        planned = schedule(node, self.facts.symbol(node.func) or "", self.reading)
        if isinstance(planned, Refused):
            raise Unliftable(node, planned.reason)
        if not self.is_step(planned.step):
            raise Unliftable(node, "a learning rate that follows something else than the step")
        if found is not None and name is not None:
            self.gone.add(found)
            self.rates.add(name)
        self.imports = planned.imports
        return planned

    def is_step(self, node: ast.expr) -> bool:
        """Whether an expression is the global step."""
        return (isinstance(node, ast.Name) and node.id in self.steps) or (
            self.facts.role(node) is Role.GLOBAL_STEP
        )

    def counts(self, node: ast.expr) -> bool:
        """Whether the global step is part of an expression, names looked through."""
        if any(self.is_step(each) for each in ast.walk(node) if isinstance(each, ast.expr)):
            return True
        slice_ = sliced(self.path, uses(node).reads, Reads({}), set())
        values = [getattr(each, "value", None) for each in slice_]
        return any(
            isinstance(each, ast.expr) and self.facts.role(each) is Role.GLOBAL_STEP
            for value in values
            if value is not None
            for each in ast.walk(value)
        )

    def check_variables(self, node: ast.expr | None) -> None:
        """The variables of ``var_list`` must be all that are trained."""
        if node is None:
            return
        if isinstance(node, ast.Name):
            found = self.find(node.id)
            if isinstance(found, ast.Assign):
                self.gone.add(found)
                node = found.value
        if not self.is_all(node):
            raise Unliftable(node, "only some of the variables are trained")

    def is_all(self, node: ast.expr) -> bool:
        """``tf.trainable_variables()``."""
        return (
            isinstance(node, ast.Call)
            and self.facts.symbol(node.func) == _ALL
            and not (node.args or node.keywords)
        )

    def applied(self, call: ast.Call) -> Training:
        """``optimizer.apply_gradients(...)``, and what was done to the gradients before."""
        given = arguments(call, _APPLY)
        if "grads_and_vars" not in given:
            raise Unliftable(call, "which gradients are applied?")
        made = self.optimizer(call)
        if made.sparse == "densify" and self.looks_up():
            raise Unliftable(
                call, "gradients of looked-up tables are changed before they are applied"
            )
        pairs = given["grads_and_vars"]
        every = sliced(self.path, uses(pairs).reads, Reads({}), self.gone)
        first = [each for each in every if self.differentiates(each)]
        if len(first) != 1:
            raise Unliftable(call, "the gradients are not taken in one place")
        after: list[tuple[ast.stmt | None, str]] = []
        loss, lines = self.differentiated(first[0])
        known: set[str] = set()
        for node in every:
            value = getattr(node, "value", None)
            if node is first[0]:
                after += [(None, line) for line in lines]
            elif isinstance(value, ast.expr) and self.is_all(value):
                target = ", ".join(sorted(uses(node).writes))
                after.append((None, f"{target} = tape.watched_variables()"))
            elif uses(node).reads & known:
                after.append((node, ""))
            else:
                continue
            self.gone.add(node)
            known |= uses(node).writes
        after.append((None, f"self.optimizer.apply_gradients({self.reading.source(pairs)})"))
        return Training(loss, made, after=after)

    def differentiates(self, node: ast.stmt) -> bool:
        """Whether a statement takes gradients."""
        wanted = (Role.COMPUTE_GRADIENTS, Role.GRADIENTS)
        return any(
            self.facts.role(each) in wanted for each in ast.walk(node) if isinstance(each, ast.Call)
        )

    def differentiated(self, node: ast.stmt) -> tuple[ast.expr, list[str]]:
        """The loss of a statement that takes gradients, and what becomes of the statement."""
        value = getattr(node, "value", None)
        if not isinstance(node, ast.Assign) or not isinstance(value, ast.Call):
            raise Unliftable(node, "gradients are taken within a larger expression")
        target = self.reading.source(node.targets[0])
        pairs = self.facts.role(value) is Role.COMPUTE_GRADIENTS
        unzipped = path_of(value.func) == "zip" and len(value.args) == 1
        if unzipped and isinstance(value.args[0], ast.Starred):
            # `gradients, variables = zip(*optimizer.compute_gradients(loss))`
            value, pairs = value.args[0].value, False
            targets = node.targets[0]
            inner = isinstance(value, ast.Call) and self.facts.role(value) is Role.COMPUTE_GRADIENTS
            if not inner or not isinstance(targets, ast.Tuple) or len(targets.elts) != 2:
                raise Unliftable(node, "gradients are taken within a larger expression")
            given = arguments(value, _COMPUTE)  # type: ignore[arg-type]
            self.check_variables(given.get("var_list"))
            gradients, variables = (self.reading.source(each) for each in targets.elts)
            return given["loss"], [
                f"{variables} = tape.watched_variables()",
                f"{gradients} = tape.gradient({self.loss_name(given['loss'])}, {variables})",
            ]
        if pairs:
            given = arguments(value, _COMPUTE)
            self.check_variables(given.get("var_list"))
            loss = self.loss_name(given["loss"])
            return given["loss"], [
                "variables = tape.watched_variables()",
                f"{target} = list(zip(tape.gradient({loss}, variables), variables))",
            ]
        if self.facts.role(value) is not Role.GRADIENTS:
            raise Unliftable(node, "gradients are taken within a larger expression")
        given = arguments(value, _GRADIENTS)
        if set(given) != {"ys", "xs"}:
            raise Unliftable(node, "gradients of what by what?")
        loss = self.loss_name(given["ys"])
        xs = given["xs"]
        if self.is_all(xs):
            return given["ys"], [f"{target} = tape.gradient({loss}, tape.watched_variables())"]
        found = self.find(xs.id) if isinstance(xs, ast.Name) else None
        if not isinstance(found, ast.Assign) or not self.is_all(found.value):
            raise Unliftable(xs, "only some of the variables are trained")
        return given["ys"], [f"{target} = tape.gradient({loss}, {self.reading.source(xs)})"]


def pieces_after(training: Training) -> list[Piece]:
    """What comes after the tape."""
    return [
        Piece(node=node) if node is not None else Piece(text=text) for node, text in training.after
    ]
