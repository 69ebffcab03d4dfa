"""Operators, comparisons and comprehensions."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from tfmigrate.names.knowledge import Knowledge
from tfmigrate.names.reading import TENSOR, Reader, is_tensor
from tfmigrate.names.scopes import Scope, join
from tfmigrate.names.values import Instance, Value


class Operators(Reader):
    """The expressions that combine others, and what the detectors want to know of them."""

    def __init__(self, knowledge: Knowledge) -> None:
        super().__init__(knowledge)
        self.expressions |= {
            ast.Lambda: self.lambda_,
            ast.ListComp: self.comprehension,
            ast.SetComp: self.comprehension,
            ast.GeneratorExp: self.comprehension,
            ast.DictComp: self.comprehension,
            ast.NamedExpr: self.named,
            ast.Subscript: self.subscript,
            ast.Dict: self.display,
            ast.Set: self.display,
            ast.BoolOp: self.bool_op,
            ast.BinOp: self.binary,
            ast.UnaryOp: self.unary,
            ast.Compare: self.compare,
            ast.IfExp: self.if_expression,
            ast.Await: self.await_,
        }

    def lambda_(self, node: ast.Lambda) -> Value:
        """A lambda: its parameters hide names while its body is read."""
        inside = Scope(self.scope)
        inside.names.update(self.parameters(node.args))
        self.inner.append(node)
        self.inside(inside, [node.body])
        return None

    def inside(self, scope: Scope, nodes: Iterable[ast.expr]) -> None:
        """Read expressions in a scope of their own."""
        outer, self.scope = self.scope, scope
        for node in nodes:
            self.value(node)
        self.scope = outer

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> Value:
        """A comprehension: a scope of its own, but for its first iterable."""
        self.inner.append(node)
        outer = self.scope
        inside = Scope(outer)
        for index, generator in enumerate(node.generators):
            self.scope = inside if index else outer
            value = self.value(generator.iter)
            self.scope = inside
            self.bind(generator.target, self.looped(generator.iter, value), None)
            for condition in generator.ifs:
                self.test(condition)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for part in parts:
            self.value(part)
        if isinstance(node, (ast.DictComp, ast.SetComp)):
            self.keyed(node, parts[:1])
        self.scope = outer
        return None

    def looped(self, iterable: ast.expr, value: Value) -> Value:
        """What a loop over ``iterable`` binds, where its items are all of one class."""
        if isinstance(value, Instance):
            # nobody loops over a tensor in a graph: a call thought to return one returns a list
            return None if is_tensor(value) else self.item(value)
        if not isinstance(iterable, (ast.List, ast.Tuple)):
            return None
        items = [self.values.get(id(each)) for each in iterable.elts]
        first = items[0] if items else None
        if all(each == first for each in items):
            return first if isinstance(first, Instance) else None
        return TENSOR if all(map(is_tensor, items)) else None

    def named(self, node: ast.NamedExpr) -> Value:
        """``name := value``."""
        value = self.value(node.value)
        self.scope.bind(node.target.id, value)
        self.inner.append(node)
        return value

    def subscript(self, node: ast.Subscript) -> Value:
        """``x[i]``."""
        owner = self.value(node.value)
        self.value(node.slice)
        if isinstance(node.ctx, ast.Store):
            self.keyed(node, [node.slice])
        if isinstance(node.slice, ast.Slice):
            return owner if isinstance(owner, Instance) else None
        return self.item(owner)

    def binary(self, node: ast.BinOp) -> Value:
        """Arithmetic; long sums lean to the left and are read in a loop, not by recursion."""
        self.arithmetic.append(node)
        right: list[ast.expr] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            right.append(left.right)
            left = left.left
        values = [self.value(left), *(self.value(each) for each in reversed(right))]
        return next((each for each in values if is_tensor(each)), None) and TENSOR

    def unary(self, node: ast.UnaryOp) -> Value:
        """``-x``, ``not x``."""
        negated = isinstance(node.op, ast.Not)
        value = self.test(node.operand) if negated else self.value(node.operand)
        return TENSOR if is_tensor(value) else None

    def compare(self, node: ast.Compare) -> Value:
        """Comparisons: with a tensor, a tensor."""
        values = [self.value(each) for each in (node.left, *node.comparators)]
        known = any(is_tensor(each) for each in values)
        if known or self.holds_tensor(node):
            self.comparisons.append(node)
        if any(_is_dimension(each) for each in values):
            self.dimensions.append(node)
        identity = any(
            isinstance(each, (ast.Is, ast.IsNot, ast.In, ast.NotIn)) for each in node.ops
        )
        return TENSOR if known and not identity else None

    def holds_tensor(self, node: ast.Compare) -> bool:
        """Whether a comparison looks for something in a list of tensors: ``v in [a, b]``."""
        last = node.comparators[-1]
        return (
            isinstance(node.ops[-1], (ast.In, ast.NotIn))
            and isinstance(last, (ast.List, ast.Tuple))
            and any(is_tensor(self.values.get(id(each))) for each in last.elts)
        )

    def if_expression(self, node: ast.IfExp) -> Value:
        """``a if test else b``: either of the two."""
        self.test(node.test)
        return join(self.value(node.body), self.value(node.orelse))

    def bool_op(self, node: ast.BoolOp) -> Value:
        """``a and b``: each is a test."""
        for each in node.values:
            self.test(each)
        return None

    def test(self, node: ast.expr) -> Value:
        """Read an expression that is asked whether it is true."""
        value = self.value(node)
        if _is_dimension(value):
            self.dimensions.append(node)
        return value

    def display(self, node: ast.Dict | ast.Set) -> Value:
        """``{key: value}``, ``{a, b}``."""
        self.children(node)
        self.keyed(node, node.keys if isinstance(node, ast.Dict) else node.elts)
        return None

    def keyed(self, node: ast.expr, keys: Iterable[ast.expr | None]) -> None:
        """Note ``node`` if one of its keys is a tensor."""
        if any(is_tensor(self.values.get(id(each))) for each in keys):
            self.hashing.append(node)

    def await_(self, node: ast.Await) -> Value:
        """``await x``."""
        return self.value(node.value)


def _is_dimension(value: Value) -> bool:
    return isinstance(value, Instance) and value.type == "tf.Dimension" and not value.guessed
