"""Fetches that are more than one tensor: states of cells, lists of steps."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from tfmigrate.lifting.cells import Bindings
from tfmigrate.lifting.model import Fetch, RunSite, Step
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.scope import Scope
from tfmigrate.names import plain
from tfmigrate.transforms.layer_values import Arg, Reading
from tfmigrate.transforms.recurrent_cells import kind_of
from tfmigrate.transforms.recurrent_model import TUPLE, Kind

_LISTS = frozenset({"tf.split", "tf.unstack", "tf.meshgrid", "tf.unpack", "tf.dynamic_partition"})
_PYTHON_LISTS = frozenset({"list", "tuple", "zip", "map", "reversed", "sorted", "dict"})
_DEEP = 8


class Structures:
    """Tells which of the values of a scope are structures of tensors."""

    def __init__(self, scope: Scope, reading: Reading, bindings: Bindings) -> None:
        self.scope = scope
        self.bindings = bindings
        self.reading = replace(reading, value=bindings.value)
        self.asked: set[tuple[ast.AST, str]] = set()

    def is_nested(self, fetch: Fetch, site: RunSite) -> bool:
        """Whether what a run site fetches is a structure."""
        if fetch.path is None:
            return self.value(fetch.node, None)
        return self.path(fetch.path, site.step.index, 0)

    def path(self, path: str, position: int, depth: int) -> bool:
        """Whether the value of a path is one."""
        if depth > _DEEP:
            return False
        for step in self.scope.reaching(path, position):
            if path in step.mutates:
                return True
            for where, value in _assigned(step, path):
                if isinstance(value, ast.Name) and not where:
                    if self.path(step.path(value) or "", step.index, depth + 1):
                        return True
                elif self.value(value, where[0] if where else None):
                    return True
        return False

    def value(self, node: ast.expr, index: int | None) -> bool:
        """Whether an expression, or one item of it, is one."""
        if isinstance(node, (ast.List, ast.Tuple)):
            return index is None or (index < len(node.elts) and self.value(node.elts[index], None))
        if isinstance(node, (ast.ListComp, ast.Dict, ast.DictComp)):
            return index is None
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            inner = node.slice.value
            if isinstance(node.value, ast.Call) and isinstance(inner, int) and index is None:
                return self.value(node.value, inner)
            return False
        if isinstance(node, ast.Name):
            return index is None and self.named(node)
        return self.call(node, index) if isinstance(node, ast.Call) else False

    def named(self, node: ast.Name) -> bool:
        """Whether a local name of a function is one."""
        scope = self.bindings.owner(node, node.id)
        if not isinstance(scope, ast.FunctionDef) or (scope, node.id) in self.asked:
            return False
        self.asked.add((scope, node.id))
        found = self.bound_to_one(node, scope)
        self.asked.discard((scope, node.id))
        return found

    def bound_to_one(self, node: ast.Name, scope: ast.FunctionDef) -> bool:
        """Whether a name is bound to a structure anywhere in its function."""
        for each in self.bindings.bound.get((scope, node.id), []):
            if not isinstance(each.statement, ast.Assign) or self.bindings.is_inside(
                node, each.statement
            ):
                continue
            for where, leaf in _leaves(each.statement.targets[0]):
                index = where[0] if where else None
                fits = leaf is each.target and len(where) < 2
                if fits and self.value(each.statement.value, index):
                    return True
        return False

    def call(self, node: ast.Call, index: int | None) -> bool:
        """Whether what a call gives is one."""
        facts = self.scope.facts
        symbol = plain(facts.symbol(node.func) or "")
        role = facts.role(node)
        if role in (Role.GRADIENTS, Role.COMPUTE_GRADIENTS):
            return index is None
        if role is Role.RECURRENT:
            return index is None or self.run(node, symbol.rpartition(".")[2], index)
        if role is Role.CELL_STATE and isinstance(node.func, ast.Attribute):
            return self.state(node.func.value)
        if symbol == TUPLE or symbol in _LISTS:
            return index is None
        if not symbol and facts.called(node) is None:
            if isinstance(node.func, ast.Name) and node.func.id in _PYTHON_LISTS:
                return index is None
            if self.bindings.is_cell(node.func):
                return index is None or (index == 1 and self.state(node.func))
        returned = self.bindings.returned(node)
        return any(each is not None and self.value(each, index) for each in returned)

    def run(self, node: ast.Call, name: str, index: int) -> bool:
        """Whether an item of the results of a run is one."""
        if name == "bidirectional_dynamic_rnn" or (index == 0 and name.startswith("static")):
            return True
        return index > 0 and bool(node.args) and self.state(node.args[0])

    def state(self, cell: ast.expr) -> bool:
        """Whether the state of a cell is one."""
        return kind_of(Arg(cell, self.reading)) not in (Kind.SINGLE, Kind.JOINED)


def _assigned(step: Step, path: str) -> Iterator[tuple[tuple[int, ...], ast.expr]]:
    """The values that a step assigns to a path, and which item of them it is."""
    for node in ast.walk(step.node):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                for where, each in _leaves(target):
                    if step.path(each) == path and len(where) < 2:
                        yield where, node.value


def _leaves(target: ast.expr) -> Iterator[tuple[tuple[int, ...], ast.expr]]:
    """The single targets of an assignment, with the way to each."""
    if isinstance(target, (ast.Tuple, ast.List)):
        for index, each in enumerate(target.elts):
            for where, leaf in _leaves(each):
                yield (index, *where), leaf
    else:
        yield (), target
