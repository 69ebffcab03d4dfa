"""Backward slices: what each run site needs, and what several of them share."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from tfmigrate.lifting import rates
from tfmigrate.lifting.cell_reads import late_reads
from tfmigrate.lifting.model import Fetch, Kind, RunSite, Step, is_alias
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.scope import Scope
from tfmigrate.lifting.separate import TAKES, differentiated_by, has_own_tape
from tfmigrate.lifting.updates import is_updates
from tfmigrate.lifting.uses import uses

MOVES = frozenset({Kind.STAGED, Kind.TRAIN})
"""The kinds of steps that a function is made of."""


@dataclass(eq=False)
class Part:
    """A function to be: steps in program order, what it takes and what it gives.

    ``fetches`` are what a run site asks of it, None for a part that several functions share.
    ``takes`` and ``gives`` are paths; ``uses`` the shared parts that it calls.
    """

    steps: list[Step]
    fetches: list[Fetch] | None = None
    sites: list[RunSite] = field(default_factory=list)
    takes: list[str] = field(default_factory=list)
    gives: list[str] = field(default_factory=list)
    uses: list[Part] = field(default_factory=list)
    name: str = ""

    @property
    def last(self) -> int:
        """The position of its last step."""
        return max((step.index for step in self.steps), default=-1)


def reads_of(step: Step) -> frozenset[str]:
    """What a step reads: what its text reads, and the control inputs of the blocks around it."""
    control = uses(*(item for context in step.contexts for item in context.items)).reads
    return step.reads | step.paths(control)


def backward(
    scope: Scope, roots: Iterable[tuple[str, int]], cut: Collection[str] = ()
) -> set[Step]:
    """The staged steps that the values of some paths at some positions depend on.

    ``cut`` are paths that are given: what they depend on is not needed.
    """
    needed: set[Step] = set()
    work = list(roots)
    while work:
        path, position = work.pop()
        if path in cut:
            continue
        for step in scope.reaching(path, position):
            if step.kind not in MOVES or step in needed:
                continue
            needed.add(step)
            work.extend((each, step.index) for each in dependencies(step, scope))
    return needed


def dependencies(step: Step, scope: Scope) -> set[str]:
    """What a step needs: what it reads, and what the functions that it calls read."""
    found = set(reads_of(step)) | late_reads(step, scope) | rates.needed(step, scope)
    for name in step.reads:
        helper = scope.facts.helper(name)
        if helper is not None:
            found |= helper.free
    return found


def roots_of(fetch: Fetch, site: RunSite, scope: Scope) -> list[tuple[str, int]]:
    """Where the slice of a fetch begins."""
    if fetch.path is not None:
        return [(fetch.path, site.step.index)]
    found = site.step.paths(uses(fetch.node).reads)
    for name in list(found):
        helper = scope.facts.helper(name)
        if helper is not None:
            found |= helper.free
    return [(path, site.step.index) for path in found]


def slice_of(site: RunSite, scope: Scope) -> list[Step]:
    """The steps that a run site runs, in program order."""
    roots = [root for fetch in site.fetches for root in roots_of(fetch, site, scope)]
    return sorted(backward(scope, roots, site.feeds), key=lambda step: step.index)


def share(parts: list[Part], scope: Scope) -> list[Part]:
    """Take what several functions compute out of them; return the parts shared.

    Steps that the same functions need go together. What is not worth a function of its own (a
    call of one of the program's own functions) is left in each.
    """
    users: dict[Step, list[Part]] = defaultdict(list)
    for part in parts:
        for step in part.steps:
            users[step].append(part)
    watched = _watched(users, scope)
    mixed = {part for part in parts if len(_classes(part, scope)) > 1}
    groups: dict[tuple[bool, str, tuple[int, ...]], list[Step]] = defaultdict(list)
    for step, needing in users.items():
        # what a class computes stays in its methods, whoever asks for it
        if is_alias(step) or scope.renames_operation(step) or step in watched:
            continue
        foreign = bool(step.names.cls) and any(part in mixed for part in needing)
        if (len(needing) > 1 or foreign) and step.kind is Kind.STAGED and not _tied(step, scope):
            key = (foreign, step.names.cls, tuple(sorted(id(part) for part in needing)))
            groups[key].append(step)
    shared = []
    for (foreign, *_), steps in groups.items():
        steps.sort(key=lambda step: step.index)
        if _entangled(steps, scope):
            continue
        if _versions(steps, users, scope) or not (foreign or _worth(steps, scope)):
            continue
        part = Part(steps)
        for user in users[steps[0]]:
            user.steps = [step for step in user.steps if step not in set(steps)]
        shared.append(part)
    shared.sort(key=lambda part: part.last)
    return shared


def _classes(part: Part, scope: Scope) -> set[str]:
    """The classes that what a part computes or gives belongs to; empty for none."""
    found = {step.names.cls for step in part.steps}
    for fetch in part.fetches or ():
        head, dot, _ = (fetch.path or "").partition(".")
        if fetch.path and not fetch.operation:
            found.add(head if dot and head in scope.facts.classes else "")
    return found


def _entangled(steps: list[Step], scope: Scope) -> bool:
    """Whether steps outside of a group stand between steps of it: they need it, and it them."""
    inside = set(steps)
    for step in steps:
        roots = [(path, step.index) for path in dependencies(step, scope)]
        for other in backward(scope, roots) - inside:
            before = [(path, other.index) for path in dependencies(other, scope)]
            if backward(scope, before) & inside:
                return True
    return False


def _watched(users: Collection[Step], scope: Scope) -> set[Step]:
    """Tensors that gradients are taken by, and what is computed from them.

    A tape has to see them from where they are made, unless a variable is in them anyway.
    """
    made: set[Step] = set()
    for step in users:
        for path in differentiated_by(step, scope.facts):
            found = [s for s in scope.reaching(path, step.index) if s.kind is Kind.STAGED]
            slices = backward(scope, [(path, step.index)])
            reads = {(each, s.index) for s in slices for each in s.reads}
            variables = any(m.kind is Kind.STATE for each in reads for m in scope.reaching(*each))
            made |= set() if variables else set(found)
    return {
        step
        for step in users
        if step in made
        or made & backward(scope, [(path, step.index) for path in dependencies(step, scope)])
    }


def _tied(step: Step, scope: Scope) -> bool:
    """Whether a step only makes sense beside a gradient or an update."""
    tied = {
        Role.COMPUTE_GRADIENTS,
        Role.GRADIENTS,
        Role.ASSIGN,
        Role.AVERAGE_APPLY,
        Role.APPLY_GRADIENTS,
        Role.SUMMARY,
        Role.MERGE,
    }
    if has_own_tape(step, scope.facts):
        tied -= TAKES
    if any(role in tied for _, role in scope.facts.roles_below(step.node)):
        return True
    if is_updates(getattr(step.node, "value", None), scope.facts):
        return True
    # and so is everything made from gradients
    for path in step.reads:
        for other in scope.reaching(path, step.index):
            if other.kind in MOVES and other is not step and _tied(other, scope):
                return True
    return False


def _worth(steps: list[Step], scope: Scope) -> bool:
    """Whether some steps are more than a call of a function that the program has already."""
    if len(steps) > 2:
        return True
    for step in steps:
        value = getattr(step.node, "value", None)
        if not isinstance(step.node, ast.Assign) or not isinstance(value, ast.Call):
            return True
        simple = all(
            isinstance(each, (ast.Name, ast.Attribute, ast.Constant)) for each in value.args
        )
        if scope.facts.called(value) is None and not (len(steps) == 1 and simple):
            return True
    return False


def _versions(steps: list[Step], users: dict[Step, list[Part]], scope: Scope) -> bool:
    """Whether a path has several values among the steps, so that names alone do not tell."""
    inside = set(steps)
    last = max(step.index for step in steps)
    for step in steps:
        for path in step.writes | step.mutates:
            # what gives a name another value afterwards is no concern of the shared function
            others = [
                each
                for each in users
                if each not in inside
                and path in each.defines
                and each.kind in MOVES
                and (each.index < last or path in each.mutates)
            ]
            if others or path in scope.placeholders:
                return True
        for path in dependencies(step, scope):
            found = [each for each in users if path in each.defines and each not in inside]
            if len(found) > 1 or (found and path in scope.placeholders):
                return True
    return False


def connect(parts: list[Part], shared: list[Part], scope: Scope) -> None:
    """Work out what each part takes and gives, and which shared parts it calls."""
    makers = {step: part for part in shared for step in part.steps}
    sites = [site for part in parts for site in part.sites]
    given = {path for site in sites for path in site.feeds} - set(scope.placeholders)
    for part in [*shared, *parts]:
        own = set(part.steps)
        wanted = [
            (path, step.index) for step in part.steps for path in sorted(dependencies(step, scope))
        ]
        fed: set[str] = set()
        for site in part.sites[:1]:
            fed = set(site.feeds)
            for fetch in site.fetches:
                wanted.extend(roots_of(fetch, site, scope))
        for path, position in wanted:
            if path in fed or path in scope.placeholders:
                reached = scope.reaching(path, position)
                if path in fed or any(step.kind is Kind.PLACEHOLDER for step in reached):
                    if path not in part.takes:
                        part.takes.append(path)
                    continue
            if path in given and part.fetches is None and path not in part.takes:
                # what some functions are given, others have: a state to begin with
                if not any(step in own for step in scope.reaching(path, position)):
                    part.takes.append(path)
            for step in scope.reaching(path, position):
                if step in own or step.kind not in MOVES:
                    continue
                maker = makers.get(step)
                if part.fetches is None and path not in part.takes:
                    part.takes.append(path)
                if maker is None:
                    continue
                if path not in maker.gives:
                    maker.gives.append(path)
                if part.fetches is not None and maker not in part.uses:
                    part.uses.append(maker)
    _close(parts, shared, scope)


def _close(parts: list[Part], shared: list[Part], scope: Scope) -> None:
    """A function calls what the shared parts that it calls need, too."""
    givers = {path: part for part in shared for path in part.gives}
    for part in parts:
        fed = {path for site in part.sites[:1] for path in site.feeds}
        work = list(part.uses)
        while work:
            for path in work.pop().takes:
                if path in fed:
                    if path not in part.takes:
                        part.takes.append(path)
                    continue
                giver = givers.get(path)
                if giver is None and path in scope.placeholders and path not in part.takes:
                    part.takes.append(path)
                if giver is not None and giver not in part.uses:
                    part.uses.append(giver)
                    work.append(giver)
        part.uses.sort(key=lambda each: each.last)
