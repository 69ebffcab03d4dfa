"""The bodies of the functions: which statements in which order, and what is written between."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tfmigrate.lifting.assigns import changes, effect_lines, is_group
from tfmigrate.lifting.functions import Program, Text, parameter, values_of
from tfmigrate.lifting.model import Fetch, Kind, Step, Unliftable, is_alias
from tfmigrate.lifting.rates import need_step, schedule_call
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.slices import Part, backward, dependencies
from tfmigrate.lifting.summary_steps import computes, is_merge, summarizes
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

    items: tuple[Item, ...]
    persistent: bool
    name: str = "tape"


@dataclass(frozen=True)
class Block:
    """Statements under a head that lifting writes."""

    head: str
    items: tuple[Item, ...]


Item = Line | Own | Tape | Block
_TAPES = ("tape", "inner_tape")
"""What tapes are called, outermost first."""


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
        self.placed: set[Step] = set()
        self.rates: dict[str, str] = {}
        self.updates: dict[Step, Update] = {}
        for step in part.steps:
            update = update_of(step, part, program, text)
            if update is not None:
                self.updates[step] = update
        self.slices = {
            step: self.slice(update) for step, update in self.updates.items() if update.gradients
        }

    def build(self) -> Body:
        """Put the statements in order."""
        body = Body()
        steps = [step for step in self.part.steps if not self.summarizes(step)]
        items, rest = self.taped(steps, 0)
        body.items.extend(items)
        after = self.after_updates(rest)
        body.items.extend(self.ordered(step for step in rest if step not in after))
        self.fetched_parts(body)
        self.fetched_rates(body)
        body.items.extend(self.flow(after, self.summaries()))
        body.returns = self.returned()
        if self.everywhere():
            body.items = [Block(self.writer(), tuple(body.items))]
        else:
            self.inline_return(body)
        return body

    def taped(self, steps: list[Step], depth: int) -> tuple[list[Item], list[Step]]:
        """What is computed under tapes, and the steps that are left for after them.

        A gradient that another gradient is taken of has its tape within the tape of that.
        """
        items: list[Item] = []
        done: set[Step] = set()
        for group in self.groups(steps):
            slices = {each for update in group for each in self.slices[update.step]}
            before = {each for update in group for each in self.given(update)} - slices - done
            items.extend(self.flow([step for step in steps if step in before]))
            done |= before
            inside = [step for step in steps if step in slices and step not in done]
            done |= set(inside)
            inner, left = self.taped(inside, depth + 1)
            inner.extend(self.flow(left))
            group = [
                self.named(update, _TAPES[depth] if depth < len(_TAPES) else "") for update in group
            ]
            for update in group:
                inner.extend(self.loss_lines(update))
                for path in update.watched:
                    _watch(inner, update.tape, path, self.scope.reaching(path, update.step.index))
            gradients = sum(update.gradients for update in group)
            items.append(Tape(tuple(inner), gradients > 1, group[0].tape))
        return items, [step for step in steps if step not in done]

    def named(self, update: Update, tape: str) -> Update:
        """An update whose tape has a name of its own."""
        if not tape:
            raise Unliftable(update.step.node, "gradients of gradients of gradients")
        if tape != update.tape:
            again = update_of(update.step, self.part, self.program, self.text, tape)
            assert again is not None
            self.updates[update.step] = update = again
        return update

    def groups(self, steps: list[Step]) -> list[list[Update]]:
        """The updates that take gradients side by side, in the order of their tapes."""
        wanted = [u for s in steps if (u := self.updates.get(s)) is not None and u.gradients]
        top = [u for u in wanted if not any(u.step in self.slices[o.step] for o in wanted)]
        result: list[list[Update]] = []
        for update in top:
            before = self.given(update)
            if result and not any(other.step in before for other in result[-1]):
                result[-1].append(update)
            else:
                result.append([update])
        return result

    def given(self, update: Update) -> set[Step]:
        """What is computed before a tape is opened: what tensors are differentiated by."""
        roots = [(path, update.step.index) for path in update.cut]
        return backward(self.scope, roots, self.fed())

    def slice(self, update: Update) -> set[Step]:
        """The steps that the gradients of an update are taken of."""
        reads = update.step.paths(uses(*update.targets).reads)
        roots = [(path, update.step.index) for path in reads]
        for name in reads:
            helper = self.scope.facts.helper(name)
            if helper is not None:
                roots.extend((path, update.step.index) for path in helper.free)
        return backward(self.scope, roots, {*self.fed(), *update.cut})

    def flow(self, steps: Iterable[Step], between: Sequence[Item] = ()) -> list[Item]:
        """Gradients and what is computed from them, then ``between``, then what changes variables.

        Within each the order is the program's.
        """
        ordered = sorted(steps, key=self.when)
        late = {step for step in ordered if step not in self.updates and self.follows(step)}
        items: list[Item] = []
        for step in ordered:
            update = self.updates.get(step)
            if update is not None:
                items.extend(self.calls_for(dependencies(step, self.scope), step.index))
                items.extend(Line(line) for line in update.lines)
            elif step not in late:
                items.extend(self.ordered([step]))
        items.extend(between)
        for step in ordered:
            update = self.updates.get(step)
            if update is not None:
                items.extend(Line(line) for line in update.applied)
            elif step in late:
                items.extend(self.ordered([step]))
        return items

    def follows(self, step: Step) -> bool:
        """Whether a step changes variables, or depends on one that does."""
        facts = self.scope.facts
        if changes(step, facts):
            return True
        roots = [(path, step.index) for path in dependencies(step, self.scope)]
        needed = backward(self.scope, roots)
        return any(each.kind is Kind.TRAIN or changes(each, facts) for each in needed)

    def when(self, step: Step) -> int:
        """Where a step stands; averages follow the training that they average over."""
        averages = any(
            role is Role.AVERAGE_APPLY for _, role in self.scope.facts.roles_below(step.node)
        )
        if not averages:
            return step.index
        later = [each for each in self.part.steps if each.kind is Kind.TRAIN]
        for each in later:
            roots = [(path, each.index) for path in dependencies(each, self.scope)]
            if step in backward(self.scope, roots):
                return step.index
        return max([step.index, *(each.index for each in later)])

    def summarizes(self, step: Step) -> bool:
        """Whether a step is a summary, or merges some."""
        value = getattr(step.node, "value", None)
        return summarizes(step.node, self.scope.facts) or is_merge(value, self.scope.facts)

    def summaries(self) -> list[Item]:
        """Write the summaries, for the step that the function is given."""
        found = [step for step in self.part.steps if self.summarizes(step)]
        items: list[Item] = []
        for step in found:
            items.extend(self.calls_for(dependencies(step, self.scope), step.index))
        kept = [s for s in found if summarizes(s.node, self.scope.facts)]
        if not kept or self.everywhere():
            return [*items, *(Own(step) for step in kept)]
        return [*items, Block(self.writer(), tuple(Own(step) for step in kept))]

    def everywhere(self) -> bool:
        """Whether functions that compute make summaries as well, so that all is in the writer."""
        return bool(self.part.sites and self.part.sites[0].writer) and any(
            computes(step.node, self.scope.facts) for step in self.part.steps
        )

    def writer(self) -> str:
        """The head of the block in which summaries are written."""
        return f"with {parameter(self.part.sites[0].writer)}.as_default(step=step):"

    def fed(self) -> set[str]:
        """The paths that are fed."""
        return {path for site in self.part.sites[:1] for path in site.feeds}

    def loss_lines(self, update: Update) -> list[Item]:
        """What has to be under the tape for a loss that is no name, or another part's."""
        lines: list[Item] = []
        for target in update.targets:
            reads = update.step.paths(uses(target).reads)
            lines.extend(self.calls_for(reads, update.step.index))
        lines.extend(Line(line) for line in update.taped)
        return lines

    def after_updates(self, steps: list[Step]) -> set[Step]:
        """The updates, and the steps that need what gradients give."""
        facts = self.scope.facts
        found = {step for step in steps if step in self.updates or changes(step, facts)}
        for step in steps:
            needed = backward(
                self.scope, [(path, step.index) for path in dependencies(step, self.scope)]
            )
            if needed & found:
                found.add(step)
        return found

    def ordered(self, steps: Iterable[Step]) -> list[Item]:
        """Steps in program order, each after the calls of shared parts that it needs."""
        items: list[Item] = []
        for step in sorted(steps, key=lambda each: each.index):
            if step in self.placed:
                continue
            self.placed.add(step)
            items.extend(self.calls_for(dependencies(step, self.scope), step.index))
            if not is_alias(step) and not self.scope.renames_operation(step):
                items.extend(self.own(step))
        return items

    def own(self, step: Step) -> list[Item]:
        """A statement of the program; an assignment whose value nobody reads is only done."""
        facts = self.scope.facts
        group = is_group(getattr(step.node, "value", None), facts)
        if (group or changes(step, facts)) and not self.wanted(step):
            lines = effect_lines(step, facts, self.text)
            if lines is not None:
                return [Block(head, (Line(text),)) if head else Line(text) for head, text in lines]
        return [Own(step)]

    def wanted(self, step: Step) -> bool:
        """Whether the value that a step binds is read by another, or returned."""
        values = {f.path for f in self.part.fetches or () if not f.operation and f.path}
        values |= {
            path
            for fetch in self.part.fetches or ()
            if fetch.path is None
            for path in self.part.sites[0].step.paths(uses(fetch.node).reads)
        }
        if step.writes & (values | set(self.part.gives)):
            return True
        for other in self.part.steps:
            group = is_group(getattr(other.node, "value", None), self.scope.facts)
            if other is not step and not group and step.writes & other.reads:
                return True
        return False

    def calls_for(self, paths: Iterable[str], position: int) -> list[Item]:
        """The calls of the shared parts that give some paths, those that they need first."""
        items: list[Item] = []
        for path in sorted(set(paths) - self.fed()):
            for other in self.part.uses:
                if path not in other.gives or id(other) in self.called:
                    continue
                if not set(self.scope.reaching(path, position)) & set(other.steps):
                    continue
                self.called.add(id(other))
                items.extend(self.given_to(other))
                items.extend(self.calls_for(other.takes, position))
                given = ", ".join(self.argument(each) for each in other.takes)
                names = ", ".join(parameter(each) for each in other.gives)
                items.append(Line(f"{names} = {self.callee(other)}({given})"))
        return items

    def given_to(self, other: Part) -> list[Item]:
        """The statements of this function that compute what a shared part takes."""
        own = {
            step
            for path in other.takes
            for step in self.scope.reaching(path, other.last)
            if step in self.part.steps and step.kind is Kind.STAGED
        }
        return [each for each in self.ordered(own) if isinstance(each, (Line, Own))]

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
        state = self.program.states.get(path)
        if state is not None and path not in self.part.takes:
            return self.program.objects.text(path, self.program.owners[self.part], state)
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


def _watch(items: list[Item], tape: str, path: str, makers: list[Step]) -> bool:
    """Have a tape watch a tensor from where it is there; whether that was among the items."""
    line = Line(f"{tape}.watch({parameter(path)})")
    for index, item in enumerate(items):
        if isinstance(item, Own) and item.step in makers:
            items.insert(index + 1, line)
            return True
        if isinstance(item, Line):
            names, separator, _ = item.text.partition(" = ")
            if separator and parameter(path) in names.split(", "):
                items.insert(index + 1, line)
                return True
        if isinstance(item, Tape):
            inner = list(item.items)
            if _watch(inner, tape, path, makers) and inner[0] is not line:
                items[index] = Tape(tuple(inner), item.persistent, item.name)
                return True
    items.insert(0, line)
    return False
