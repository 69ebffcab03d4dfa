"""Gradients taken inside of loops, blocks and functions of the program: a tape of their own there.

Towers (``for i in range(gpus): ... grads = optimizer.compute_gradients(loss)``) and helper
functions take gradients of what they have just computed. The statements that the loss is made
of, in the same block, go under a tape.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.model import Kind, Step, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.separate import COMPOUND as _Compound
from tfmigrate.lifting.separate import TAKES as _TAKES
from tfmigrate.lifting.separate import single_index
from tfmigrate.lifting.slices import backward
from tfmigrate.lifting.uses import uses
from tfmigrate.lifting.writing import Action, Piece

if TYPE_CHECKING:
    from tfmigrate.lifting.emission import Emission

_COMPUTE = ("loss", "var_list")
_GRADIENTS = ("ys", "xs", "grad_ys")


def write_tapes(out: Emission) -> None:
    """Open tapes in the loops, blocks and functions of a scope that take gradients.

    Raises:
        Unliftable: what they take gradients of is computed elsewhere.
    """
    facts = out.scope.facts
    for step in out.scope.steps:
        if step.header or not isinstance(step.node, _Compound):
            continue
        if not any(facts.role(each) in _TAKES for each in ast.walk(step.node)):
            continue
        if isinstance(step.node, ast.FunctionDef):
            helper = facts.helper(step.node.name)
            if helper is not None and helper.makes_state:
                raise Unliftable(step.node, "gradients in a function that makes variables")
        for block in _blocks(step.node):
            _Block(block, step, out).write()
        _optimizers(step, out)


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of a statement, outermost first."""
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list) and block:
            yield block
            for each in block:
                yield from _blocks(each)


def _optimizers(step: Step, out: Emission) -> None:
    """Optimizers that a loop makes are made once, before it."""
    for block in _blocks(step.node):
        for node in block:
            value = getattr(node, "value", None)
            if not isinstance(value, ast.Call) or out.scope.facts.role(value) is not Role.OPTIMIZER:
                continue
            own = uses(*block).writes
            if uses(value).reads & own or not isinstance(node, ast.Assign):
                raise Unliftable(node, "an optimizer that depends on what is made beside it")
            if isinstance(step.node, ast.FunctionDef):
                raise Unliftable(node, "an optimizer that is made each time a function is called")
            out.make(step, [f"{out.text(node.targets[0])} = {out.optimizer(value, step)}"])
            out.action(node).removed = True


class _Block:
    """One block of statements, with the gradients that are taken in it."""

    def __init__(self, body: Sequence[ast.stmt], step: Step, out: Emission) -> None:
        self.body = list(body)
        self.step = step
        self.out = out
        self.facts = out.scope.facts

    def write(self) -> None:
        """Put a tape before each gradient of the block."""
        taped: set[int] = set()
        for position, node in enumerate(self.body):
            found = self.taken(node)
            if found is None:
                continue
            call, index = found
            role = self.facts.role(call)
            given = arguments(call, _COMPUTE if role is Role.COMPUTE_GRADIENTS else _GRADIENTS)
            target = given.get("loss") or given.get("ys")
            if target is None or not isinstance(node, ast.Assign):
                raise Unliftable(call, "gradients of what?")
            needed = self.needed(target, position)
            if not needed:
                raise Unliftable(call, "a gradient of what is computed elsewhere")
            inside = range(min(needed), max(needed) + 1)
            if taped & set(inside):
                raise Unliftable(call, "several gradients of the same in one block")
            taped |= set(inside)
            self.check(inside, call)
            watched = self.watched(given.get("xs"), inside)
            inner: list[Piece] = [Piece(text=f"tape.watch({name})") for name in watched]
            inner += [Piece(node=self.body[each]) for each in inside]
            head = Piece(text="with tf.GradientTape() as tape:", inner=inner)
            for each in inside:
                self.out.action(self.body[each]).removed = True
            self.out.action(self.body[inside[0]]).pieces = [head]
            self.out.action(self.body[inside[0]]).within = True
            self.out.actions[node] = Action(
                removed=True, texts=self.lines(node, call, given, index)
            )

    def taken(self, node: ast.stmt) -> tuple[ast.Call, int | None] | None:
        """The gradient that a statement takes."""
        value = getattr(node, "value", None)
        index = None
        if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Call):
            index = single_index(value, value.value)
            value = value.value
        if isinstance(value, ast.Call) and self.facts.role(value) in _TAKES:
            return value, index
        if isinstance(node, _Compound):
            return None
        for each in ast.walk(node):
            if isinstance(each, ast.Call) and self.facts.role(each) in _TAKES:
                raise Unliftable(each, "gradients are taken within a larger expression")
        return None

    def needed(self, target: ast.expr, position: int) -> set[int]:
        """The statements before a position that an expression depends on."""
        wanted = set(uses(target).reads)
        found: set[int] = set()
        for index in range(position - 1, -1, -1):
            here = uses(self.body[index])
            if (here.writes | here.mutates) & wanted:
                found.add(index)
                wanted |= here.reads
        return found

    def check(self, inside: range, call: ast.Call) -> None:
        """Make sure that nothing that variables are in is computed before the tape."""
        found = uses(*(self.body[each] for each in inside))
        before = [each for each in self.step_statements() if each not in self.body]
        for name in found.reads - found.writes:
            for each in before:
                if not isinstance(each, _Compound) and name in uses(each).writes:
                    raise Unliftable(call, f"a gradient by way of `{name}`, from another block")
            path = self.step.names.get(name, name)
            reached = self.out.scope.reaching(path, self.step.index)
            staged = [each for each in reached if each.kind is Kind.STAGED]
            for maker in staged:
                slice_ = backward(self.out.scope, [(path, self.step.index)])
                if any(self.variables(other) for other in slice_ | {maker}):
                    raise Unliftable(
                        call, f"a gradient by way of `{name}`, from outside of the loop"
                    )

    def step_statements(self) -> list[ast.stmt]:
        """Every statement of the step."""
        return [each for each in ast.walk(self.step.node) if isinstance(each, ast.stmt)][1:]

    def variables(self, step: Step) -> bool:
        """Whether a step reads variables."""
        reads = [each for path in step.reads for each in self.out.scope.reaching(path, step.index)]
        roles = {role for _, role in self.facts.roles_below(step.node)}
        made = roles & {Role.LAYER, Role.GET_VARIABLE, Role.VARIABLE, Role.RECURRENT}
        return bool(made) or any(each.kind is Kind.STATE for each in reads)

    def watched(self, xs: ast.expr | None, inside: range) -> list[str]:
        """The tensors that a gradient is taken by."""
        if xs is None:
            return []
        listed = xs.elts if isinstance(xs, (ast.List, ast.Tuple)) else [xs]
        inner = uses(*(self.body[each] for each in inside)).writes
        names = []
        for each in listed:
            path = self.step.path(each)
            if not isinstance(each, ast.Name) or path is None:
                continue
            reached = self.out.scope.reaching(path, self.step.index)
            staged = any(s.kind in (Kind.STAGED, Kind.PLACEHOLDER) for s in reached)
            function = isinstance(self.step.node, ast.FunctionDef)
            if each.id in inner:
                raise Unliftable(each, "a gradient by a tensor of the same block")
            if staged or (function and each.id in {a.arg for a in self.step.node.args.args}):  # type: ignore[attr-defined]
                names.append(each.id)
        return names

    def lines(
        self, node: ast.Assign, call: ast.Call, given: dict[str, ast.expr], index: int | None
    ) -> list[str]:
        """The statements that take the gradient."""
        text = self.out.text
        target = text(node.targets[0])
        if self.facts.role(call) is Role.COMPUTE_GRADIENTS:
            lines, variables = [], "variables"
            if "var_list" in given:
                variables = text(given["var_list"])
            else:
                lines.append("variables = tape.watched_variables()")
            taken = f"tape.gradient({text(given['loss'])}, {variables})"
            return [*lines, f"{target} = list(zip({taken}, {variables}))"]
        xs = given.get("xs")
        if xs is None:
            raise Unliftable(call, "gradients by what?")
        listed = xs.elts if isinstance(xs, (ast.List, ast.Tuple)) else [xs]
        by = text(xs)
        if index is not None:
            by = text(listed[index])
        elif listed[0] is xs and self.facts.instance(xs) in ("tf.Variable", "tf.Tensor"):
            by = f"[{by}]"
        extra = f", output_gradients={text(given['grad_ys'])}" if "grad_ys" in given else ""
        return [f"{target} = tape.gradient({text(given['ys'])}, {by}{extra})"]
