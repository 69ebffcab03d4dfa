"""Training operations: what is differentiated, by which variables, and how they are updated."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.collected import is_list_of_variables
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.functions import Program, Text, parameter
from tfmigrate.lifting.makers import untrained
from tfmigrate.lifting.model import Kind, Stage, Step, Unliftable
from tfmigrate.lifting.rates import Rated, optimizer_call, rate_of
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.scope import Scope
from tfmigrate.lifting.separate import has_own_tape, single_index
from tfmigrate.lifting.slices import Part, backward, dependencies
from tfmigrate.lifting.sparse import dense, dense_pairs, looks_up, treatment
from tfmigrate.lifting.uses import uses

_MINIMIZE = ("loss", "global_step", "var_list")
_COMPUTE = ("loss", "var_list")
_APPLY = ("grads_and_vars", "global_step")
_GRADIENTS = ("ys", "xs", "grad_ys")
_ONCE = frozenset({Role.VARIABLE, Role.GET_VARIABLE})
_MADE = frozenset({Role.LAYER, Role.VARIABLE, Role.GET_VARIABLE, Role.CELL, Role.RECURRENT})
_MOVED = frozenset({Kind.STAGED, Kind.TRAIN})
_MANY = 8
"""So many variables are still listed by name."""


@dataclass
class Update:
    """What a gradient or training statement becomes.

    ``targets`` are the expressions that are differentiated, ``taped`` the statements for them
    that belong under the tape, ``lines`` those after it, ``applied`` those that change variables;
    ``gradients`` counts the calls of ``tape.gradient``.
    """

    step: Step
    targets: list[ast.expr] = field(default_factory=list)
    taped: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    gradients: int = 0
    tape: str = "tape"
    watched: list[str] = field(default_factory=list)
    """The paths of tensors that it differentiates by."""
    cut: list[str] = field(default_factory=list)
    """Those of them that are all that it differentiates by: what is before them is not taped."""


def update_of(
    step: Step, part: Part, program: Program, text: Text, tape: str = "tape"
) -> Update | None:
    """What a step becomes if it takes or applies gradients; None for all other steps.

    ``tape`` is the name of its tape.

    Raises:
        Unliftable: it does so in a way that is not understood.
    """
    facts = program.scope.facts
    value = getattr(step.node, "value", None)
    index = None
    if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Call):
        index = single_index(value, value.value)
        value = value.value if index is not None else value
    writer = _Writer(step, part, program, text, tape)
    if isinstance(value, ast.Call):
        role = facts.role(value)
        if role is Role.MINIMIZE:
            return writer.minimize(value)
        if role is Role.APPLY_GRADIENTS:
            return writer.apply(value)
        if role is Role.COMPUTE_GRADIENTS:
            return writer.compute(value)
        if role is Role.GRADIENTS:
            return writer.gradients(value, index)
    if has_own_tape(step, facts):
        return None
    wanted = {Role.MINIMIZE, Role.APPLY_GRADIENTS, Role.COMPUTE_GRADIENTS, Role.GRADIENTS}
    for node, found in facts.roles_below(step.node):
        if found in wanted:
            raise Unliftable(node, "gradients are taken within a larger expression or a function")
    return None


class _Writer:
    def __init__(
        self, step: Step, part: Part, program: Program, text: Text, tape: str = "tape"
    ) -> None:
        self.step = step
        self.tape = tape
        self.part = part
        self.program = program
        self.scope = program.scope
        self.text = text

    def minimize(self, call: ast.Call) -> Update:
        """``optimizer.minimize(loss)``."""
        given = arguments(call, _MINIMIZE)
        update = self.differentiate(given, call)
        optimizer = self.optimizer(call, update)
        loss = self.loss(given, update)
        variables = self.variables(given, update)
        name = self.local("gradients")
        gradients = f"{self.tape}.gradient({loss}, {variables})"
        if self.dense(update.targets, call):
            gradients = dense(gradients)
        update.lines.append(f"{name} = {gradients}")
        update.applied.append(f"{optimizer}.apply_gradients(zip({name}, {variables}))")
        self.count(given, update)
        return update

    def compute(self, call: ast.Call) -> Update:
        """``gvs = optimizer.compute_gradients(loss)``."""
        given = arguments(call, _COMPUTE)
        update = self.differentiate(given, call)
        loss = self.loss(given, update)
        variables = self.variables(given, update)
        target = self.target(call)
        update.lines.append(
            f"{target} = list(zip({self.tape}.gradient({loss}, {variables}), {variables}))"
        )
        return update

    def gradients(self, call: ast.Call, index: int | None = None) -> Update:
        """``grads = tf.gradients(loss, variables)``, or the one of them at an index."""
        given = arguments(call, _GRADIENTS)
        if "xs" not in given or "ys" not in given:
            raise Unliftable(call, "gradients of what by what?")
        if "stop_gradients" in given:
            raise Unliftable(call, "gradients that stop at tensors")
        update = Update(self.step, [given["ys"]], gradients=1, tape=self.tape)
        ys = self.loss({"loss": given["ys"]}, update, "target")
        listed = given["xs"]
        elements = listed.elts if isinstance(listed, (ast.List, ast.Tuple)) else [listed]
        if index is not None:
            xs = self.text(elements[index])
            if len(elements) == 1 and listed is elements[0] and not self.single(listed):
                raise Unliftable(call, "the gradient by the first of some variables")
        else:
            xs = self.text(listed)
            if listed is elements[0] and self.single(listed):
                xs = f"[{xs}]"
        extra = ""
        if "grad_ys" in given:
            extra = f", output_gradients={self.text(given['grad_ys'])}"
        tensors = [path for each in elements if (path := self.tensor(each)) is not None]
        update.watched = list(dict.fromkeys(tensors))
        if len(tensors) == len(elements):
            update.cut = update.watched
        update.lines.append(f"{self.target(call)} = {self.tape}.gradient({ys}, {xs}{extra})")
        return update

    def tensor(self, node: ast.expr) -> str | None:
        """The path of a tensor that a gradient is taken by; None for variables."""
        path = self.step.path(node)
        found = self.scope.reaching(path, self.step.index) if path is not None else []
        for each in found[:1]:
            value = getattr(each.node, "value", None)
            variables = is_list_of_variables(value, self.scope.facts) or isinstance(
                value, (ast.List, ast.ListComp)
            )
            if each.kind is Kind.PLACEHOLDER or (each.kind is Kind.STAGED and not variables):
                return path
            if each.kind is Kind.KEPT and each.stage is Stage.FIXED and not variables:
                return path
        return None

    def apply(self, call: ast.Call) -> Update:
        """``optimizer.apply_gradients(gvs)``."""
        given = arguments(call, _APPLY)
        if "grads_and_vars" not in given:
            raise Unliftable(call, "which gradients are applied?")
        update = Update(self.step)
        pairs = self.text(given["grads_and_vars"])
        if self.dense([given["grads_and_vars"]], call):
            pairs = dense_pairs(pairs)
        optimizer = self.optimizer(call, update)
        update.applied.append(f"{optimizer}.apply_gradients({pairs})")
        self.count(given, update)
        return update

    def dense(self, targets: list[ast.expr], call: ast.Call) -> bool:
        """Whether gradients of looked up rows have to be made dense before they are applied.

        Raises:
            Unliftable: the optimizer left alone what was not looked up, as none does any more.
        """
        found = optimizer_call(self.step, self.scope)
        symbol = self.scope.facts.symbol(found[0].func) if found is not None else None
        needs = treatment(symbol) if symbol is not None else "same"
        if needs == "same":
            return False
        reads = _with_free(self.step.paths(uses(*targets).reads), self.program)
        steps = backward(self.scope, [(path, self.step.index) for path in reads])
        if not looks_up(steps, self.scope):
            return False
        if needs == "differs":
            reason = f"`{symbol}` only changed the rows of a table that were looked up"
            raise Unliftable(call, f"{reason}; Keras changes all of them")
        return True

    def differentiate(self, given: dict[str, ast.expr], call: ast.Call) -> Update:
        """The beginning of what takes the gradient of a loss."""
        if "loss" not in given:
            raise Unliftable(call, "which loss is minimized?")
        return Update(self.step, [given["loss"]], gradients=1, tape=self.tape)

    def loss(self, given: dict[str, ast.expr], update: Update, base: str = "loss") -> str:
        """The name of the loss; under the tape it is given one if it has none."""
        node = given["loss"]
        path = self.step.path(node)
        if path is not None:
            return parameter(path)
        if isinstance(node, (ast.List, ast.Tuple)) and all(map(self.step.path, node.elts)):
            return f"[{', '.join(parameter(self.step.path(each) or '') for each in node.elts)}]"
        taken = {parameter(p) for each in self.part.steps for p in each.writes}
        taken |= {parameter(p) for p in self.part.takes}
        earlier = sum(
            each.index < self.step.index for each in self.part.steps if each.kind in _MOVED
        )
        name = base if base not in taken else f"{base}_{earlier}"
        update.taped.append(f"{name} = {self.text(node)}")
        return name

    def target(self, call: ast.Call) -> str:
        """What the statement binds."""
        node = self.step.node
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            raise Unliftable(call, "gradients that are not given one name")
        return self.text(node.targets[0])

    def optimizer(self, call: ast.Call, update: Update) -> str:
        """The optimizer that a method is called on; it is given its rate if the graph has it."""
        assert isinstance(call.func, ast.Attribute)
        owner = call.func.value
        path = self.step.path(owner)
        name = self.made(path) if path is not None else self.program.optimizer_for(self.step, owner)
        found = optimizer_call(self.step, self.scope)
        if found is not None:
            rate = rate_of(*found, self.scope)
            if rate.how is Rated.GIVEN and rate.node is not None:
                update.applied.append(f"{name}.learning_rate = {self.text(rate.node)}")
        return name

    def count(self, given: dict[str, ast.expr], update: Update) -> None:
        """The global step counts the updates."""
        step = given.get("global_step")
        if step is None:
            return
        path = self.step.path(step)
        text = (
            self.made(path)
            if path is not None
            else self.program.hoist(self.step, step, "global_step")
        )
        update.applied.append(f"{text}.assign_add(1)")

    def variables(self, given: dict[str, ast.expr], update: Update) -> str:
        """The variables that are trained: those listed, else those that the loss depends on."""
        listed = given.get("var_list")
        if listed is not None:
            text = self.text(listed)
            if isinstance(listed, (ast.Name, ast.List)):
                return text
            name = self.local("variables")
            update.lines.append(f"{name} = list({text})")
            return name
        names = self.read_variables(update)
        name = self.local("variables")
        listed_names = (
            f"{self.tape}.watched_variables()" if names is None else f"[{', '.join(names)}]"
        )
        update.lines.append(f"{name} = {listed_names}")
        return name

    def read_variables(self, update: Update) -> list[str] | None:
        """The trainable variables that a loss depends on by name, None if they cannot be told."""
        reads = self.step.paths(uses(*update.targets).reads)
        roots = [(path, self.step.index) for path in _with_free(reads, self.program)]
        read = {path for path, _ in roots}
        for step in backward(self.scope, roots):
            read |= dependencies(step, self.scope)
            if any(role in _MADE for _, role in self.scope.facts.roles_below(step.node)):
                return None
        found: dict[int, str] = {}
        for path in read:
            for step in self.scope.reaching(path, self.step.index):
                if step.kind is not Kind.STATE:
                    continue
                text = variable_text(path, step, self.scope)
                if text is None:
                    return None
                if text:
                    star = "*" if text.startswith("*") else ""
                    tail = ".values()" if text.endswith(".values()") else ""
                    found[step.index] = f"{star}{self.made(path)}{tail}"
        names = [found[index] for index in sorted(found)]
        return names if names and len(names) <= _MANY else None

    def made(self, path: str) -> str:
        """How something that is made once is called in the function."""
        owner = self.program.owners[self.part]
        return self.program.objects.text(path, owner, self.step)

    def local(self, name: str) -> str:
        """A local variable of the update; with the operation's name if there are several."""
        several = [each for each in self.part.steps if each.kind is Kind.TRAIN]
        own = {parameter(path) for each in self.part.steps for path in each.writes}
        if len(several) < 2 and name not in own:
            return name
        operation = next((parameter(path) for path in sorted(self.step.writes)), "")
        return f"{operation}_{name}" if operation else name

    def single(self, node: ast.expr) -> bool:
        """Whether an expression is one variable rather than a list of them."""
        return self.scope.facts.instance(node) in ("tf.Variable", "tf.Tensor")


def _with_free(paths: set[str], program: Program) -> set[str]:
    found = set(paths)
    for name in paths:
        helper = program.scope.facts.helper(name)
        if helper is not None:
            found |= helper.free
    return found


def variable_text(path: str, step: Step, scope: Scope) -> str | None:
    """How a step's variables are listed; "" if it trains none, None if that is not known."""
    node = step.node
    if not isinstance(node, ast.Assign) or len(node.targets) != 1 or step.blocks:
        return None
    value = node.value
    if step.path(node.targets[0]) != path:
        return None
    if isinstance(value, ast.Call):
        if scope.facts.role(value) in (Role.GLOBAL_STEP, Role.SCHEDULE, Role.OPTIMIZER):
            return ""
        if scope.facts.role(value) in _ONCE:
            return "" if untrained(value) else path
        if scope.facts.instance(value) == "tf.Variable" and scope.facts.called(value):
            return path
        return None
    if isinstance(value, (ast.ListComp, ast.List, ast.Tuple, ast.DictComp)):
        items = value.elts if isinstance(value, (ast.List, ast.Tuple)) else []
        if isinstance(value, ast.ListComp):
            items = [value.elt]
        if isinstance(value, ast.DictComp):
            items = [value.value]
        made = [each for each in items if isinstance(each, ast.Call)]
        if not items or len(made) != len(items):
            return None
        if all(scope.facts.role(each) in _ONCE and untrained(each) for each in made):
            return ""
        if all(scope.facts.role(each) in _ONCE and not untrained(each) for each in made):
            return f"*{path}.values()" if isinstance(value, ast.DictComp) else f"*{path}"
        return None
    if isinstance(value, ast.Dict) and all(
        isinstance(each, ast.Call) and scope.facts.instance(each) == "tf.Variable"
        for each in value.values
    ):
        return f"*{path}.values()"
    return None


def listed_variables(
    step: Step, target: ast.expr, part: Part, program: Program, text: Text
) -> list[str] | None:
    """The trainable variables that an expression depends on; None if they cannot be told."""
    return _Writer(step, part, program, text).read_variables(Update(step, [target]))


def makes_variables(step: Step, facts: Facts) -> bool:
    """Whether a step makes variables that may be trained."""
    return any(
        role in _ONCE and not (isinstance(node, ast.Call) and untrained(node))
        for node, role in facts.roles_below(step.node)
    )
