"""The functions of a program as pieces to write, each in its place."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tfmigrate.lifting.bodies import Block, Item, Line, Tape, body_of
from tfmigrate.lifting.functions import (
    parameter,
)
from tfmigrate.lifting.model import Step, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.slices import Part
from tfmigrate.lifting.specs import inline_spec, names_read
from tfmigrate.lifting.uses import uses
from tfmigrate.lifting.writing import Piece, Written

if TYPE_CHECKING:
    from tfmigrate.lifting.emission import Emission


class Definitions:
    """Writes the functions of a program; ``out`` takes the texts."""

    def __init__(self, out: Emission) -> None:
        self.out = out
        self.program = out.program
        self.scope = out.scope
        self.text = out.text
        self.replaced = out.replaced

    def function(self, part: Part) -> None:
        """Write a function after the last statement that it is made of."""
        body = body_of(part, self.program, self.text)
        cls = self.program.owners[part]
        takes = [p for p in part.takes if p not in self.program.constants.get(part, {})]
        names = [parameter(path) for path in takes]
        if part.sites and part.sites[0].writer:
            names.append("step")
        own = ["self", *names] if cls else names
        head = f"def {part.name}({', '.join(own)}):"
        if part.fetches is not None:
            if cls and not self.constant_specs(takes):
                self.wrapped(part, cls, takes, names)
            else:
                head = f"{self.decorator(takes, names, cls)}\n{head}"
            said = self.constants(part)
        else:
            said = []
        pieces = [*(Piece(text=line) for line in said), *self.pieces(body.items)]
        if self.program.draws is not None:
            lines = self.program.draws.conversions(part)
            pieces = [*(Piece(text=line) for line in lines), *pieces]
        if body.returns == ["<last>"]:
            pieces[-1].returned = True
        elif body.returns:
            pieces.append(Piece(text=f"return {', '.join(body.returns)}"))
        self.out.action(self.anchor(part)).after.append(Written(head, pieces))

    def constant_specs(self, takes: list[str]) -> bool:
        """Whether the specifications of some placeholders of a class read nothing of an object."""
        for path in takes:
            if path in self.program.states:
                return False
            step = self.scope.placeholders.get(path)
            if step is None or not step.names.cls or path in self.scope.iterators.elements:
                continue
            if names_read(step, self.program):
                return False
        return True

    def wrapped(self, part: Part, cls: str, takes: list[str], names: list[str]) -> None:
        """``self.f = tf.function(self.f, ...)`` where the last of its placeholders was made."""
        made = {**self.program.states, **self.scope.placeholders}
        last = max((made[path] for path in takes), key=lambda step: step.index)
        specs = [
            str(self.program.specs.get(path))
            if not self.constant_specs([path])
            else str(inline_spec(path, self.program, self.text))
            for path in takes
        ]
        specs += ["tf.TensorSpec([], tf.int64)"] * (len(names) - len(takes))
        text = f"tf.function(self.{part.name}, input_signature=[{', '.join(specs)}])"
        self.out.action(last.node).following.append(f"self.{part.name} = {text}")

    def decorator(self, takes: list[str], names: list[str], cls: str = "") -> str:
        """``@tf.function`` with the specifications of the parameters."""
        elements = self.scope.iterators.elements
        mixed = self.program.draws if set(takes) - set(elements) else None
        specs = [self.program.specs.get(path) for path in takes]
        if cls:
            specs = [
                None if path in elements else inline_spec(path, self.program, self.text)
                for path in takes
            ]
        elif mixed is not None:
            specs = [
                mixed.spec(path) if path in elements else spec
                for path, spec in zip(takes, specs, strict=True)
            ]
        if not cls:
            specs = [self.outside(spec, path) for spec, path in zip(specs, takes, strict=True)]
        if len(names) > len(takes):
            specs.append("tf.TensorSpec([], tf.int64)")
        if not specs or not all(specs):
            return "@tf.function"
        return f"@tf.function(input_signature=[{', '.join(str(each) for each in specs)}])"

    def outside(self, spec: str | None, path: str) -> str | None:
        """How a specification that an object holds is called outside of its class."""
        if spec is None or not spec.startswith("self."):
            return spec
        cls = self.program.objects.class_of(path)
        for site in self.scope.sites:
            if path in site.feeds and site.step.names.cls != cls:
                return f"{self.program.objects.instance(cls, site.step)}{spec[4:]}"
        return None

    def constant(self, path: str, part: Part) -> object:
        """The literal that a function has for a parameter; None if it takes it."""
        found = self.program.constants.get(part, {}).get(path)
        return None if found is None else found.value

    def constants(self, part: Part) -> list[str]:
        """In the statements of a function a parameter that is always the same is that literal.

        Returns the statements that say so at its beginning, where the same statement of the
        program is part of a function with another literal.
        """
        said = []
        for path, value in self.program.constants.get(part, {}).items():
            places = [
                (step, each)
                for step in part.steps
                for each in ast.walk(step.node)
                if isinstance(each, (ast.Name, ast.Attribute)) and step.path(each) == path
            ]
            several = any(
                step in other.steps
                for step, _ in places
                for other in self.program.parts
                if other is not part and self.constant(path, other) is not value.value
            )
            hidden = {
                id(each)
                for step, _ in places
                for done in ast.walk(step.node)
                if done in self.replaced
                for each in ast.walk(done)
                if each is not done
            }
            if several or any(id(each) in hidden for _, each in places):
                said.append(f"{parameter(path)} = {value.value!r}")
                continue
            for _, each in places:
                assert isinstance(each, ast.expr)
                self.replaced[each] = repr(value.value)
        return said

    def pieces(self, items: Sequence[Item]) -> list[Piece]:
        """The pieces of a body, those under the same contexts together."""
        result: list[Piece] = []
        for item in items:
            if isinstance(item, Line):
                result.append(Piece(text=item.text))
            elif isinstance(item, Block):
                inner = self.pieces(item.items)
                result.append(Piece(text=item.head, inner=inner))
            elif isinstance(item, Tape):
                kind = "persistent=True" if item.persistent else ""
                text = f"with tf.GradientTape({kind}) as {item.name}:"
                inner = self.pieces(item.items)
                if not inner:
                    last = self.scope.steps[-1].node
                    raise Unliftable(last, "what is minimized is computed elsewhere")
                result.append(Piece(text=text, inner=inner))
            else:
                self.place(item.step, result)
        return result

    def place(self, step: Step, result: list[Piece]) -> None:
        """A statement of the program, in the contexts that it stands in."""
        where = result
        for context in step.contexts:
            if not self.holds(context):
                continue
            if not where or where[-1].header is not context:
                where.append(Piece(header=context))
            where = where[-1].inner
        if isinstance(step.node, ast.Return) and step.node.value is not None:
            # what a property returned has the property's name here
            text = f"{step.names.method} = {self.text(step.node.value)}"
            where.append(Piece(text=text, node=step.node))
            return
        where.append(Piece(node=step.node))

    def holds(self, context: ast.With) -> bool:
        """Whether a context means something in a function."""
        wanted = {Role.NAME_SCOPE, Role.DEVICE}
        return all(self.scope.facts.role(item.context_expr) in wanted for item in context.items)

    def anchor(self, part: Part) -> ast.stmt:
        """The statement that a function is written after."""
        last = max([part.last, *(each.last for each in part.uses)])
        for site in part.sites:
            named = site.step.paths(
                name for fetch in part.fetches or () for name in uses(fetch.node).reads
            )
            for path in {*part.takes, *named}:
                for step in self.scope.reaching(path, site.step.index):
                    if not step.blocks:
                        last = max(last, step.index)
        if last < 0:
            raise Unliftable(part.sites[0].call, "nothing says where its function belongs")
        step = self.scope.steps[last]
        cls = self.program.owners[part]
        if cls:
            inside = [s for s in self.scope.steps[: last + 1] if s.names.cls == cls]
            method = self.out.method(inside[-1]) if inside else None
            if method is None:
                raise Unliftable(step.node, f"nothing says where a method of `{cls}` belongs")
            return method
        if not step.contexts:
            return step.node
        outer = step.contexts[0]
        runs = {site.call for site in self.scope.sites}
        # a block that also runs the graph goes, and the functions come before the runs
        return step.node if any(each in runs for each in ast.walk(outer)) else outer
