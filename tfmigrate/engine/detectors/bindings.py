"""What a name evidently stands for where it is used.

A name is evident if one assignment, and no other, can have given it its value: the last one
before the use in the same function, if nothing can go around it, or the only one there is in an
enclosing function or in the module. What is not evident is None, and detectors keep silent.
"""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias, cast

Place: TypeAlias = tuple[int, int]
_MAX_HOPS = 8


@dataclass(frozen=True, slots=True)
class Block:
    """Statements that may be left out (a branch), or run again (a loop)."""

    start: Place
    end: Place
    loop: bool

    def has(self, place: Place) -> bool:
        """Whether a place is in it."""
        return self.start <= place < self.end


@dataclass(frozen=True, slots=True)
class Binding:
    """One binding of a name: from where on it holds, to what, and in which blocks it stands.

    ``source`` is what a name was unpacked from, if its value is not written out.
    """

    place: Place
    value: ast.AST | None
    blocks: tuple[Block, ...]
    augmented: bool = False
    source: ast.expr | None = None


@dataclass(slots=True)
class Frame:
    """The names of the module, a function or a class."""

    start: Place
    end: Place
    outer: Frame | None = None
    is_class: bool = False
    unread: list[ast.stmt] = field(default_factory=list)
    """Its body, until something in it is asked for."""
    names: dict[str, list[Binding]] = field(default_factory=dict)
    inner: list[Frame] = field(default_factory=list)
    """The functions and classes in it, in the order of the source."""

    def has(self, place: Place) -> bool:
        """Whether a place is in its body."""
        return self.start <= place < self.end

    def add(self, name: str, binding: Binding) -> None:
        """Note a binding."""
        self.names.setdefault(name, []).append(binding)


def start_of(node: ast.AST) -> Place:
    """Where a node starts."""
    return node.lineno, node.col_offset  # type: ignore[attr-defined]


def end_of(node: ast.AST) -> Place:
    """Where a node ends."""
    return node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]


class Bindings:
    """The assignments of one file, by function.

    Functions are read when something in them is asked for. ``inner`` is what binds names that
    the statements around it do not show: lambdas, comprehensions, ``:=``, ``global``, ``nonlocal``.
    """

    def __init__(self, tree: ast.Module, inner: Iterable[ast.AST]) -> None:
        last = (tree.body[-1].end_lineno or 0) + 1 if tree.body else 1
        self.module = Frame((0, 0), (last, 0), unread=tree.body)
        self.inner: list[ast.AST] = []
        self.elsewhere: set[str] = set()
        for each in inner:
            if isinstance(each, ast.NamedExpr):
                self.elsewhere.add(each.target.id)
            elif isinstance(each, (ast.Global, ast.Nonlocal)):
                self.elsewhere.update(each.names)
            else:
                self.inner.append(each)

    def frame(self, place: Place) -> Frame:
        """The innermost function, class or module that a place is in."""
        found = self.module
        while True:
            self._open(found)
            index = bisect_right(found.inner, place, key=lambda each: each.start)
            if not index or not found.inner[index - 1].has(place):
                return found
            found = found.inner[index - 1]

    def _open(self, frame: Frame) -> None:
        """Read the body of a function or class, if it has not been read."""
        body, frame.unread = frame.unread, []
        self._read(body, frame, ())

    def _open_all(self, frame: Frame) -> None:
        """Read a class with everything in it."""
        self._open(frame)
        for each in frame.inner:
            self._open_all(each)

    def evident(self, node: ast.expr) -> ast.AST | None:
        """What an expression stands for: itself, or what its name was evidently bound to."""
        found: ast.AST | None = node
        for _ in range(_MAX_HOPS):
            if isinstance(found, ast.Name):
                binding = self.reaching(found)
                found = None if binding is None or binding.augmented else binding.value
            elif isinstance(found, ast.Attribute) and is_own(found):
                found = self.own_attribute(found)
            else:
                return found
        return None

    def reaching(self, node: ast.Name) -> Binding | None:
        """The one binding that a use of a name can get its value from."""
        place, name = start_of(node), node.id
        if any(name in bound_by(each) for each in self.inner if within(place, each)):
            return None
        if name in self.elsewhere:
            return None
        frame = self.frame(place)
        if name in frame.names:
            return dominating(frame.names[name], place)
        outer = frame.outer
        while outer is not None:
            if name in outer.names and not outer.is_class:
                every = outer.names[name]
                return every[0] if len(every) == 1 else None
            outer = outer.outer
        return None

    def own_attribute(self, node: ast.Attribute) -> ast.AST | None:
        """What ``self.x`` is: the only thing that the class assigns to it, or its method."""
        every = self.possible(node)
        return every[0].value if len(every) == 1 and not every[0].augmented else None

    def possible(self, node: ast.Name | ast.Attribute) -> list[Binding]:
        """Every binding that a name, or ``self.x``, may have its value from."""
        frame: Frame | None = self.frame(start_of(node))
        if isinstance(node, ast.Name):
            while frame is not None and (node.id not in frame.names or frame.is_class):
                frame = frame.outer
            return frame.names[node.id] if frame is not None else []
        while frame is not None and not frame.is_class:
            frame = frame.outer
        if frame is None:
            return []
        self._open_all(frame)
        return [*frame.names.get(node.attr, ()), *frame.names.get(f"self.{node.attr}", ())]

    def _read(self, body: list[ast.stmt], frame: Frame, blocks: tuple[Block, ...]) -> None:
        for statement in body:
            self._statement(statement, frame, blocks)

    def _block(
        self, body: list[ast.stmt], frame: Frame, blocks: tuple[Block, ...], *, loop: bool = False
    ) -> None:
        if body:
            block = Block(start_of(body[0]), end_of(body[-1]), loop)
            self._read(body, frame, (*blocks, block))

    def _statement(self, node: ast.stmt, frame: Frame, blocks: tuple[Block, ...]) -> None:
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            if node.value is not None:
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    bind(frame, target, node.value, Binding(end_of(node), None, blocks))
        elif isinstance(node, ast.AugAssign):
            bind(frame, node.target, None, Binding(end_of(node), None, blocks, augmented=True))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self._definition(node, frame, blocks)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            # the target is bound where the body starts, and after the loop perhaps not at all
            start = start_of(node.body[0])
            inside = Block(start, end_of(node.body[-1]), loop=True)
            bind(frame, node.target, None, Binding(start, None, (*blocks, inside)))
            self._block(node.body, frame, blocks, loop=True)
            self._block(node.orelse, frame, blocks)
        elif isinstance(node, ast.While):
            # the test runs again after the body, so it belongs to the loop
            inside = Block(start_of(node), end_of(node.body[-1]), loop=True)
            self._read(node.body, frame, (*blocks, inside))
            self._block(node.orelse, frame, blocks)
        elif isinstance(node, ast.If):
            self._block(node.body, frame, blocks)
            self._block(node.orelse, frame, blocks)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                if item.optional_vars is not None:
                    place = start_of(node.body[0])
                    bind(frame, item.optional_vars, None, Binding(place, None, blocks))
            self._read(node.body, frame, blocks)
        elif isinstance(node, ast.Match):
            self._match(node, frame, blocks)
        elif hasattr(node, "handlers"):
            self._try(cast(ast.Try, node), frame, blocks)
        else:
            self._simple(node, frame, blocks)

    def _simple(self, node: ast.stmt, frame: Frame, blocks: tuple[Block, ...]) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                frame.add(name, Binding(end_of(node), None, blocks))
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                bind(frame, target, None, Binding(end_of(node), None, blocks))

    def _definition(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
        frame: Frame,
        blocks: tuple[Block, ...],
    ) -> None:
        # what is decorated is whatever the decorator makes of it
        value = None if node.decorator_list else node
        frame.add(node.name, Binding(end_of(node), value, blocks))
        is_class = isinstance(node, ast.ClassDef)
        inside = Frame(start_of(node.body[0]), end_of(node), frame, is_class, node.body)
        frame.inner.append(inside)
        if not isinstance(node, ast.ClassDef):
            for name in parameters(node.args):
                inside.add(name, Binding(inside.start, None, ()))

    def _try(self, node: ast.Try, frame: Frame, blocks: tuple[Block, ...]) -> None:
        self._block(node.body, frame, blocks)
        for handler in node.handlers:
            if handler.name:
                frame.add(handler.name, Binding(end_of(handler), None, blocks))
            self._block(handler.body, frame, blocks)
        self._block(node.orelse, frame, blocks)
        self._read(node.finalbody, frame, blocks)

    def _match(self, node: ast.Match, frame: Frame, blocks: tuple[Block, ...]) -> None:
        for case in node.cases:
            for pattern in ast.walk(case.pattern):
                name = getattr(pattern, "name", None) or getattr(pattern, "rest", None)
                if isinstance(name, str):
                    frame.add(name, Binding(end_of(pattern), None, blocks))
            self._block(case.body, frame, blocks)


def bind(frame: Frame, target: ast.expr, value: ast.expr | None, like: Binding) -> None:
    """Note what an assignment binds; ``like`` says where it stands."""
    if isinstance(target, ast.Name):
        frame.add(target.id, replace(like, value=value))
    elif isinstance(target, (ast.Tuple, ast.List)):
        pairs: list[ast.expr | None] = [None] * len(target.elts)
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            spread = any(isinstance(each, ast.Starred) for each in (*target.elts, *value.elts))
            pairs = pairs if spread else [*value.elts]
        elif value is not None:
            like = replace(like, source=value)
        for one, what in zip(target.elts, pairs, strict=True):
            bind(frame, one, what, like)
    elif isinstance(target, ast.Starred):
        bind(frame, target.value, None, like)
    elif isinstance(target, ast.Attribute) and is_own(target):
        owner: Frame | None = frame
        while owner is not None and not owner.is_class:
            owner = owner.outer
        if owner is not None:
            name = f"self.{target.attr}"
            owner.add(name, replace(like, value=value))


def dominating(bindings: list[Binding], place: Place) -> Binding | None:
    """The last binding before ``place``, if each way there leads through it, and past no other."""
    before = [each for each in bindings if each.place <= place]
    if not before:
        return None
    last = max(before, key=lambda each: each.place)
    if not all(block.has(place) for block in last.blocks):
        return None
    for later in bindings:
        if later.place > place:
            around = (each for each in later.blocks if each.loop and each.has(place))
            if any(block not in last.blocks for block in around):
                return None
    return last


def parameters(args: ast.arguments) -> list[str]:
    """The names of the parameters of a function."""
    every = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
    return [each.arg for each in every if each is not None]


def bound_by(node: ast.AST) -> set[str]:
    """The names that a lambda or a comprehension binds inside itself."""
    if isinstance(node, ast.Lambda):
        return set(parameters(node.args))
    return {
        each.id
        for generator in getattr(node, "generators", ())
        for each in ast.walk(generator.target)
        if isinstance(each, ast.Name)
    }


def within(place: Place, node: ast.AST) -> bool:
    """Whether a place is in an expression."""
    return start_of(node) <= place < end_of(node)


def is_own(node: ast.Attribute) -> bool:
    """Whether an attribute is one of ``self``."""
    return isinstance(node.value, ast.Name) and node.value.id == "self"
