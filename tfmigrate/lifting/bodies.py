"""The bodies of the functions: which statements in which order, and what is written between."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from tfmigrate.lifting.functions import Program, Text, parameter, values_of
from tfmigrate.lifting.model import Fetch, Step, Unliftable, is_alias
from tfmigrate.lifting.rates import need_step, schedule_call
from tfmigrate.lifting.slices import Part, backward, dependencies
from tfmigrate.lifting.summary_steps import is_merge, is_summary
from tfmigrate.lifting.training import Update, update_of
from tfmigrate.lifting.uses import uses


@dataclass(frozen=True)
class Line:
    """A statement that lifting writes."""

    text: str


@dataclass(frozen=True)
class Own:
    """A statement of the program."""

    step: Step


@dataclass(frozen=True)
class Tape:
    """What is computed under a gradient tape."""

    items: tuple[Line | Own, ...]
    persistent: bool


@dataclass(frozen=True)
class Block:
    """Statements under a head that lifting writes."""

    head: str
    items: tuple[Own, ...]


Item = Line | Own | Tape | Block


@dataclass
class Body:
    """The body of a function; ``returns`` are the texts of what it returns."""

    items: list[Item] = field(default_factory=list)
    returns: list[str] = field(default_factory=list)


def body_of(part: Part, program: Program, text: Text) -> Body:
    """The body of a function.

    Raises:
        Unliftable: the order of gradients and updates cannot be told.
    """
    return _Builder(part, program, text).build()


class _Builder:
    def __init__(self, part: Part, program: Program, text: Text) -> None:
        self.part = part
        self.program = program
        self.scope = program.scope
        self.text = text
        self.called: set[int] = set()
        self.rates: dict[str, str] = {}
        self.updates: dict[Step, Update] = {}
        for step in part.steps:
            update = update_of(step, part, program, text)
            if update is not None:
                self.updates[step] = update

    def build(self) -> Body:
        """Put the statements in order."""
        body = Body()
        differentiated = self.differentiated()
        if differentiated is not None:
            inside = self.ordered(step for step in self.part.steps if step in differentiated)
            for update in self.updates.values():
                inside.extend(self.loss_lines(update))
            gradients = sum(update.gradients for update in self.updates.values())
            body.items.append(Tape(tuple(inside), gradients > 1))
        rest = [
            step
            for step in self.part.steps
            if step not in (differentiated or ()) and not self.summarizes(step)
        ]
        after = self.after_updates(rest)
        body.items.extend(self.ordered(step for step in rest if step not in after))
        self.fetched_parts(body)
        self.fetched_rates(body)
        self.summaries(body)
        applied: list[str] = []
        for step in sorted(after, key=lambda each: each.index):
            update = self.updates.get(step)
            if update is None:
                body.items.extend(self.ordered([step]))
                continue
            if update.gradients == 0:
                # what was computed from gradients is applied where the program does so
                body.items.extend(Line(line) for line in [*applied, *update.applied])
                applied = []
                continue
            body.items.extend(Line(line) for line in update.lines)
            applied.extend(update.applied)
        body.items.extend(Line(line) for line in applied)
        body.returns = self.returned()
        self.inline_return(body)
        return body

    def summarizes(self, step: Step) -> bool:
        """Whether a step is a summary, or merges some."""
        value = getattr(step.node, "value", None)
        return is_summary(value, self.scope.facts) or is_merge(value, self.scope.facts)

    def summaries(self, body: Body) -> None:
        """Write the summaries, for the step that the function is given."""
        found = [step for step in self.part.steps if self.summarizes(step)]
        if not found:
            return
        for step in found:
            body.items.extend(self.calls_for(dependencies(step, self.scope), step.index))
        kept = [s for s in found if is_summary(getattr(s.node, "value", None), self.scope.facts)]
        writer = parameter(self.part.sites[0].writer)
        head = f"with {writer}.as_default(step=step):"
        body.items.append(Block(head, tuple(Own(step) for step in kept)))

    def differentiated(self) -> set[Step] | None:
        """The steps that gradients are taken of; None if no gradients are taken."""
        wanted = [each for each in self.updates.values() if each.gradients]
        if not wanted:
            return None
        fed = self.fed()
        found: set[Step] = set()
        for update in wanted:
            reads = update.step.paths(uses(*update.targets).reads)
            roots = [(path, update.step.index) for path in reads]
            for name in reads:
                helper = self.scope.facts.helper(name)
                if helper is not None:
                    roots.extend((path, update.step.index) for path in helper.free)
            for step in backward(self.scope, roots, fed):
                if step in self.updates and self.updates[step].gradients:
                    raise Unliftable(update.step.node, "a gradient of a gradient")
                found.add(step)
        return found

    def fed(self) -> set[str]:
        """The paths that are fed."""
        return {path for site in self.part.sites[:1] for path in site.feeds}

    def loss_lines(self, update: Update) -> list[Line | Own]:
        """What has to be under the tape for a loss that is no name, or another part's."""
        lines: list[Line | Own] = []
        for target in update.targets:
            reads = update.step.paths(uses(target).reads)
            lines.extend(self.calls_for(reads, update.step.index))
        lines.extend(Line(line) for line in update.taped)
        return lines

    def after_updates(self, steps: list[Step]) -> set[Step]:
        """The updates, and the steps that need what gradients give."""
        found = {step for step in steps if step in self.updates}
        for step in steps:
            needed = backward(
                self.scope, [(path, step.index) for path in dependencies(step, self.scope)]
            )
            if needed & {each for each in found if self.updates.get(each)}:
                found.add(step)
        return found

    def ordered(self, steps: Iterable[Step]) -> list[Line | Own]:
        """Steps in program order, each after the calls of shared parts that it needs."""
        items: list[Line | Own] = []
        for step in sorted(steps, key=lambda each: each.index):
            items.extend(self.calls_for(dependencies(step, self.scope), step.index))
            if not is_alias(step):
                items.append(Own(step))
        return items

    def calls_for(self, paths: Iterable[str], position: int) -> list[Line | Own]:
        """The calls of the shared parts that give some paths, those that they need first."""
        items: list[Line | Own] = []
        for path in sorted(paths):
            for other in self.part.uses:
                if path not in other.gives or id(other) in self.called:
                    continue
                if not set(self.scope.reaching(path, position)) & set(other.steps):
                    continue
                self.called.add(id(other))
                items.extend(self.calls_for(other.takes, position))
                given = ", ".join(self.argument(each) for each in other.takes)
                names = ", ".join(parameter(each) for each in other.gives)
                items.append(Line(f"{names} = {self.callee(other)}({given})"))
        return items

    def callee(self, other: Part) -> str:
        """How a shared part is called from here."""
        cls = self.program.owners[other]
        if not cls:
            return other.name
        if self.program.owners[self.part] == cls:
            return f"self.{other.name}"
        near = self.part.sites[0].step if self.part.sites else self.part.steps[0]
        outside = [step for step in self.part.steps if step.names.cls != cls]
        return f"{self.program.objects.instance(cls, (outside or [near])[0])}.{other.name}"

    def argument(self, path: str) -> str:
        """How a shared part is given a path: by name, or as the constant that is fed."""
        constant = self.program.constants.get(self.part, {}).get(path)
        return repr(constant.value) if constant is not None else parameter(path)

    def fetched_parts(self, body: Body) -> None:
        """Call the shared parts that give what is fetched."""
        for site in self.part.sites[:1]:
            for fetch in self.part.fetches or ():
                reads = {fetch.path} if fetch.path else site.step.paths(uses(fetch.node).reads)
                body.items.extend(self.calls_for(reads, site.step.index))

    def fetched_rates(self, body: Body) -> None:
        """A schedule that is fetched beside an update has the value that the update uses."""
        for site in self.part.sites[:1]:
            for fetch in self.part.fetches or ():
                found = self.scope.reaching(fetch.path or "", site.step.index)
                if not found or schedule_call(found[0].node, self.scope) is None:
                    continue
                assert fetch.path is not None
                name = parameter(fetch.path)
                schedule = self.text(found[0].node.targets[0])  # type: ignore[attr-defined]
                step = self.text(need_step(found[0].node.value, self.scope))  # type: ignore[attr-defined]
                self.rates[fetch.path] = f"current_{name}"
                body.items.append(Line(f"current_{name} = {schedule}({step})"))

    def returned(self) -> list[str]:
        """The texts of what the function returns."""
        if self.part.fetches is None:
            return [parameter(path) for path in self.part.gives]
        return [self.value(self.part.fetches[index]) for index in values_of(self.part)]

    def value(self, fetch: Fetch) -> str:
        """The text of one fetched value."""
        if fetch.path is None:
            return self.text(fetch.node)
        return self.rates.get(fetch.path, parameter(fetch.path))

    def inline_return(self, body: Body) -> None:
        """Return the last value as an expression, if its name is used for nothing else."""
        if len(body.returns) != 1 or not body.items:
            return
        last = body.items[-1]
        if isinstance(last, Line):
            name, separator, call = last.text.partition(" = ")
            if separator and name == body.returns[0]:
                body.items.pop()
                body.returns = [call]
            return
        if not isinstance(last, Own) or last.step.contexts:
            return
        node = last.step.node
        if isinstance(node, ast.Return) and last.step.names.method == body.returns[0]:
            body.returns = ["<last>"]
            return
        if (
            isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == body.returns[0]
            and node.lineno == node.end_lineno
        ):
            body.items.pop()
            body.items.append(Own(last.step))
            body.returns = ["<last>"]
