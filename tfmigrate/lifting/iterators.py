"""Iterators of datasets: which there are, what starts them, and which elements are drawn."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfmigrate.lifting.model import Kind, RunSite, Step, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.steps import given_to, heads
from tfmigrate.lifting.uses import path_of

if TYPE_CHECKING:
    from tfmigrate.lifting.scope import Scope

GRAPH = frozenset({Role.ITERATOR, Role.START, Role.HANDLE})
"""What only says how an iterator is made or started."""


@dataclass(eq=False)
class Element:
    """One ``get_next()``: the paths that its element is unpacked into, or the one that it is.

    ``iterator`` is the path of the iterator, ``handle`` that of the placeholder that chooses it.
    """

    step: Step
    iterator: str
    paths: list[str]
    unpacked: bool
    handle: str | None = None


@dataclass(eq=False)
class Made:
    """One iterator, or an operation that starts one, as a statement makes it.

    ``dataset`` is what it runs over; None if that is said where it is started.
    """

    step: Step
    iterator: str
    dataset: ast.expr | None
    one_shot: bool = False
    handle: str | None = None


@dataclass(eq=False)
class Start:
    """One run that starts iterators."""

    call: ast.Call
    step: Step
    made: list[Made]


@dataclass(eq=False)
class Iterators:
    """All of one scope. ``handles`` are names that hold the handle of an iterator."""

    elements: dict[str, Element] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    starters: dict[str, Made] = field(default_factory=dict)
    starts: list[Start] = field(default_factory=list)
    handles: dict[str, str] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)
    """Initializers that functions are given: they become what they start an iterator with."""
    handed: dict[ast.Call, Step] = field(default_factory=dict)
    """The runs that fetch handles."""

    def takes(self, call: ast.Call) -> bool:
        """Whether a run is one that starts iterators or fetches handles."""
        return call in self.handed or any(start.call is call for start in self.starts)

    def drawn(self, site: RunSite, paths: list[str]) -> list[Element]:
        """The elements that a run site draws if it needs some paths."""
        found: dict[Element, None] = {}
        for path in paths:
            element = self.elements.get(path)
            if element is not None and path not in site.feeds:
                found[element] = None
        return list(found)


def find(scope: Scope) -> Iterators:
    """The iterators of a scope whose steps have their kinds.

    Raises:
        Unliftable: one is made or used in a way that cannot be followed.
    """
    found = Iterators()
    finder = _Finder(scope, found)
    for step in scope.steps:
        if not step.header and not isinstance(step.node, (ast.FunctionDef, ast.ClassDef)):
            finder.made(step)
    for step in scope.steps:
        if step.kind is Kind.PLACEHOLDER:
            finder.element(step)
    if found.made:
        for step in scope.steps:
            if step.kind is Kind.KEPT:
                finder.runs(step)
        finder.check_sessions()
    return found


def names_of(target: ast.expr, step: Step) -> list[str] | None:
    """The paths of an assignment's target: a name, or some of them; None for all others."""
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    paths = [step.path(each) for each in parts]
    return [path for path in paths if path is not None] if None not in paths else None


def is_next(node: ast.stmt, step: Step, role: Role | None) -> bool:
    """Whether a statement gives the next element of an iterator a name."""
    return (
        role is Role.NEXT
        and isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and names_of(node.targets[0], step) is not None
    )


class _Finder:
    def __init__(self, scope: Scope, found: Iterators) -> None:
        self.scope = scope
        self.facts = scope.facts
        self.found = found

    def made(self, step: Step) -> None:
        """An iterator, an initializer or a handle that a statement makes."""
        node = step.node
        # what is made in the functions that it calls has steps of its own
        roles = {self.facts.role(each) for each in ast.walk(node)}
        if not roles & GRAPH or roles & {Role.RUN, Role.OPERATION_RUN, Role.EVAL}:
            return
        if not isinstance(node, ast.Assign) or len(node.targets) != 1:
            raise Unliftable(node, "an iterator that is not given a name")
        path = step.path(node.targets[0])
        value = node.value
        role = self.facts.role(value)
        if path is None or role not in GRAPH:
            if roles & {Role.ITERATOR}:
                raise Unliftable(node, "an iterator that is not given a name")
            return
        if role is Role.START:
            assert isinstance(value, ast.Attribute)
            self.found.starters[path] = self.iterator(value.value, step)
            return
        assert isinstance(value, ast.Call)
        if role is Role.HANDLE:
            assert isinstance(value.func, ast.Attribute)
            self.found.handles[path] = self.iterator(value.func.value, step).iterator
            return
        self.iterator_made(step, path, value)

    def iterator_made(self, step: Step, path: str, call: ast.Call) -> None:
        """A call that makes an iterator or its initializer."""
        symbol = self.facts.symbol(call.func) or ""
        name = symbol.rpartition(".")[2]
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        function = symbol.startswith("tf.data.make_")
        dataset = call.args[0] if function and call.args else owner
        if name == "make_one_shot_iterator":
            self.found.made[path] = Made(step, path, dataset, one_shot=True)
        elif name == "make_initializable_iterator":
            self.found.made[path] = Made(step, path, dataset)
        elif name == "from_structure":
            self.found.made[path] = Made(step, path, None)
        elif name == "from_string_handle" and call.args:
            handle = step.path(call.args[0])
            if handle not in self.scope.placeholders:
                raise Unliftable(call, "an iterator by a handle that is no placeholder")
            self.found.made[path] = Made(step, path, None, handle=handle)
        elif name == "make_initializer" and call.args and owner is not None:
            iterator = self.iterator(owner, step).iterator
            self.found.starters[path] = Made(step, iterator, call.args[0])
        else:
            raise Unliftable(call, "an iterator that is made in another way")

    def iterator(self, node: ast.AST, step: Step) -> Made:
        """The iterator that an expression is."""
        path = step.path(node)
        made = self.found.made.get(path or "")
        if made is None:
            raise Unliftable(node, "an iterator that is made elsewhere")
        return made

    def element(self, step: Step) -> None:
        """The element that a statement draws."""
        node = step.node
        value = getattr(node, "value", None)
        if not isinstance(value, ast.Call) or self.facts.role(value) is not Role.NEXT:
            return
        assert isinstance(node, ast.Assign) and isinstance(value.func, ast.Attribute)
        paths = names_of(node.targets[0], step) or []
        made = self.iterator(value.func.value, step)
        unpacked = isinstance(node.targets[0], (ast.Tuple, ast.List))
        if len(set(paths)) != len(paths) or any(path in self.found.elements for path in paths):
            raise Unliftable(node, "several elements under one name")
        element = Element(step, made.iterator, paths, unpacked, made.handle)
        self.found.elements.update(dict.fromkeys(paths, element))

    def runs(self, step: Step) -> None:
        """The runs of a statement that start iterators or fetch their handles."""
        for call in self.facts.run_calls(*heads(step)):
            fetched = _fetched(call, self.facts.role(call))
            if fetched is None:
                continue
            starts = self.starts(fetched, step)
            if starts:
                if not isinstance(step.node, ast.Expr) or step.node.value is not call:
                    raise Unliftable(call, "an iterator is started within an expression")
                self.found.starts.append(Start(call, step, starts))
                continue
            handles = self.handles(fetched, step)
            if handles:
                self.hand(call, step, handles)

    def starts(self, node: ast.expr, step: Step) -> list[Made] | None:
        """The iterators that a fetched thing starts; None if it does something else."""
        if self.facts.role(node) is Role.START and isinstance(node, ast.Attribute):
            return [self.iterator(node.value, step)]
        path = step.path(node)
        if path in self.found.starters:
            return [self.found.starters[path]]
        if path is not None and path in self.scope.initializers:
            return []
        parts: list[ast.expr] = []
        if isinstance(node, (ast.List, ast.Tuple)):
            parts = node.elts
        elif isinstance(node, ast.Call) and self.facts.role(node) is Role.GROUP:
            parts = node.args
        elif isinstance(node, ast.Call) and self.facts.role(node) is Role.INITIALIZE:
            return []
        elif path is not None:
            reached = self.scope.reaching(path, step.index)
            value = getattr(reached[0].node, "value", None) if len(reached) == 1 else None
            grouped = isinstance(value, ast.Call) and self.facts.role(value) is Role.GROUP
            if isinstance(value, ast.expr) and (
                grouped or isinstance(value, (ast.List, ast.Tuple))
            ):
                return self.starts(value, reached[0])
            given = self.given(path, node, step)
            if given is not None:
                return [given]
        found: list[Made] = []
        any_start = False
        for part in parts:
            inner = self.starts(part, step)
            if inner is None:
                if any_start:
                    raise Unliftable(
                        node, "an iterator is started in the run that something else is in"
                    )
                return None
            any_start = any_start or bool(inner)
            found.extend(inner)
        return found if parts else None

    def given(self, path: str, node: ast.expr, step: Step) -> Made | None:
        """The initializer that a function is given: one of those of a single iterator."""
        around = [each for each in step.blocks if isinstance(each, ast.FunctionDef)]
        cls = step.names.cls
        if not around or not isinstance(node, ast.Name):
            return None
        values = given_to(around[-1], self.facts, cls).get(node.id, [])
        paths = set()
        for value in values:
            found = path_of(value) or ""
            paths.add(f"{cls}.{found[5:]}" if cls and found.startswith("self.") else found)
        starters = [self.found.starters.get(each) for each in paths]
        iterators = {each.iterator for each in starters if each is not None and each.dataset}
        if len(iterators) != 1 or None in starters or path in self.found.starters:
            return None
        self.found.passed |= paths
        return Made(step, iterators.pop(), node)

    def handles(self, node: ast.expr, step: Step) -> list[str] | None:
        """The iterators whose handles a fetched thing is."""
        if isinstance(node, ast.Call) and self.facts.role(node) is Role.HANDLE:
            assert isinstance(node.func, ast.Attribute)
            return [self.iterator(node.func.value, step).iterator]
        path = step.path(node)
        if path in self.found.handles:
            return [self.found.handles[path]]
        if isinstance(node, (ast.List, ast.Tuple)):
            inner = [self.handles(each, step) for each in node.elts]
            if inner and all(inner):
                return [path for each in inner for path in each or ()]
        return None

    def hand(self, call: ast.Call, step: Step, handles: list[str]) -> None:
        """A run that fetches handles: what they are called from then on."""
        node = step.node
        names = None
        if isinstance(node, ast.Assign) and node.value is call and len(node.targets) == 1:
            names = names_of(node.targets[0], step)
        if names is None or len(names) != len(handles):
            raise Unliftable(call, "the handle of an iterator without a name")
        self.found.handles.update(zip(names, handles, strict=True))
        self.found.handed[call] = step

    def check_sessions(self) -> None:
        """An iterator that starts by itself starts again in each session: in one it is the same."""
        facts = self.facts
        opened = [
            step
            for step in self.scope.steps
            if any(
                isinstance(each, ast.Call) and facts.role(each) is Role.SESSION
                for part in heads(step)
                for each in ast.walk(part)
            )
        ]
        once = [made for made in self.found.made.values() if made.one_shot]
        looped = any(
            isinstance(block, (ast.For, ast.While))
            and not all(block in made.step.blocks for made in once)
            for step in opened
            for block in step.blocks
        )
        if once and (len(opened) > 1 or looped):
            raise Unliftable(once[0].step.node, "an iterator that starts anew in each session")


def _fetched(call: ast.Call, role: Role | None) -> ast.expr | None:
    """What a run fetches."""
    if role is Role.RUN:
        given = [each.value for each in call.keywords if each.arg == "fetches"]
        fetched = [*call.args[:1], *given]
        return fetched[0] if fetched else None
    return call.func.value if isinstance(call.func, ast.Attribute) else None


def ordered_writes(step: Step) -> Iterator[str]:
    """What a step binds, in the order in which it stands there."""
    node = step.node
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        for path in names_of(node.targets[0], step) or ():
            if path in step.writes:
                yield path
    for path in sorted(step.writes):
        if not isinstance(node, ast.Assign) or path not in (names_of(node.targets[0], step) or ()):
            yield path
