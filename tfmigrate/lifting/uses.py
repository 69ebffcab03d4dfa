"""Which names a piece of syntax reads, binds and changes in place."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

from tfmigrate.names.walking import walk

_IN_PLACE = frozenset(
    {"append", "extend", "insert", "update", "setdefault", "add", "appendleft", "pop", "remove"}
)


@dataclass
class Uses:
    """The paths that some syntax reads, binds and changes; see :func:`uses`."""

    reads: set[str] = field(default_factory=set)
    writes: set[str] = field(default_factory=set)
    mutates: set[str] = field(default_factory=set)


def path_of(node: ast.AST) -> str | None:
    """``x`` or ``self.x``: what a binding can be followed through; None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return None


def uses(*nodes: ast.AST) -> Uses:
    """What some statements or expressions read, bind and change in place.

    Names that comprehensions and lambdas bind are theirs alone; what a nested function reads
    without binding it is read.
    """
    found = Uses()
    for node in nodes:
        _Visitor(found).visit(node)
    return found


def shapes_below(node: ast.AST) -> list[ast.expr]:
    """``x.get_shape()`` and ``x.shape`` below a node: what is known of tensors ahead of a run."""
    found: list[ast.expr] = []
    for each in ast.walk(node):
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute):
            if each.func.attr == "get_shape":
                found.append(each)
        elif isinstance(each, ast.Attribute) and each.attr == "shape":
            found.append(each)
    return found


def names_in(nodes: Iterable[ast.AST]) -> set[str]:
    """Every identifier that is read or bound anywhere below some nodes."""
    found: set[str] = set()
    for node in nodes:
        for each in walk(node):
            if isinstance(each, ast.Name):
                found.add(each.id)
            elif isinstance(each, ast.arg):
                found.add(each.arg)
    return found


def turns_to_reuse(node: ast.stmt) -> bool:
    """Whether a statement says that variables are reused from now on, and nothing else."""
    if isinstance(node, ast.If):
        return not node.orelse and all(turns_to_reuse(each) for each in node.body)
    call = node.value if isinstance(node, ast.Expr) else None
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "reuse_variables"
    )


def makes_feed(node: ast.FunctionDef) -> bool:
    """Whether a function makes a dictionary whose keys are parameters: placeholders, it seems."""
    parameters = {each.arg for each in node.args.args}
    return any(
        isinstance(each, ast.Dict)
        and bool(each.keys)
        and all(isinstance(key, ast.Name) and key.id in parameters for key in each.keys)
        for each in ast.walk(node)
    )


class _Visitor(ast.NodeVisitor):
    def __init__(self, found: Uses, bound: frozenset[str] = frozenset()) -> None:
        self.found = found
        self.bound = bound

    def visit_Name(self, node: ast.Name) -> None:
        if node.id in self.bound:
            return
        if isinstance(node.ctx, ast.Load):
            self.found.reads.add(node.id)
        else:
            self.found.writes.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = path_of(node)
        base = path.partition(".")[0] if path is not None else ""
        if path is None or base in self.bound:
            if not isinstance(node.ctx, ast.Load):
                self._changed(node.value)
            self.visit(node.value)
        elif isinstance(node.ctx, ast.Load):
            self.found.reads |= {path, base}
        else:
            self.found.writes.add(path)
            if base != "self":
                self.found.mutates.add(base)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not isinstance(node.ctx, ast.Load):
            self._changed(node.value)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        path = path_of(node.target)
        if path is not None:
            self.found.reads.add(path)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Attribute) and node.func.attr in _IN_PLACE:
            self._changed(node.func.value)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.found.writes.add(node.name)
        for each in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults):
            if each is not None:
                self.visit(each)
        self._inner(node.args, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._inner(node.args, [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.found.writes.add(node.name)
        inner = Uses()
        for part in (*node.bases, *node.decorator_list, *node.keywords, *node.body):
            _Visitor(inner, self.bound).visit(part)
        self.found.reads |= inner.reads - inner.writes

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for each in node.names:
            self.found.writes.add((each.asname or each.name).partition(".")[0])

    visit_ImportFrom = visit_Import

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.found.writes.add(node.name)
        self.generic_visit(node)

    def visit_ListComp(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        own = {
            each.id
            for generator in node.generators
            for each in ast.walk(generator.target)
            if isinstance(each, ast.Name)
        }
        inner = _Visitor(self.found, self.bound | own)
        for generator in node.generators:
            inner.visit(generator.iter)
            for condition in generator.ifs:
                inner.visit(condition)
        parts = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        for part in parts:
            inner.visit(part)

    visit_SetComp = visit_ListComp
    visit_GeneratorExp = visit_ListComp
    visit_DictComp = visit_ListComp

    def _inner(self, args: ast.arguments, body: Iterable[ast.AST]) -> None:
        """The body of a function: its free names are read."""
        own = {each.arg for each in ast.walk(args) if isinstance(each, ast.arg)}
        inner = Uses()
        visitor = _Visitor(inner)
        for part in body:
            visitor.visit(part)
        free = (inner.reads | inner.mutates) - inner.writes - own
        self.found.reads |= {each for each in free if each not in self.bound}

    def _changed(self, node: ast.AST) -> None:
        while isinstance(node, (ast.Subscript, ast.Attribute)) and path_of(node) is None:
            node = node.value
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id != "self":
                node = node.value
        path = path_of(node)
        if path is not None and path.partition(".")[0] not in self.bound:
            self.found.mutates.add(path)
