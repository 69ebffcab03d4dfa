"""Functions that return an ``arg_scope``, evaluated: what their names stand for.

Expressions are rebuilt with parameters and local names replaced by what they are bound to, and with
symbols in their canonical spelling, so that they mean the same anywhere.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from dataclasses import dataclass, field

from tfmigrate.transforms.layer_values import Reading, canonical, frees, literal


class Lost(Exception):
    """A scope cannot be evaluated; the message says why."""


@dataclass(slots=True)
class Bindings:
    """What the names of a function are bound to, while it is evaluated.

    ``inside`` says that there is such a function; ``owner`` is the one that called it, whose names
    the arguments read.
    """

    names: dict[str, ast.expr] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    inside: bool = False
    owner: ast.AST | None = None

    @classmethod
    def of_call(
        cls,
        call: ast.Call,
        function: ast.FunctionDef | ast.AsyncFunctionDef,
        around: Bindings,
        reading: Reading,
        owner: ast.AST | None,
    ) -> Bindings:
        """The parameters of a function, bound to the arguments of a call or to their defaults."""
        args = function.args
        names = [each.arg for each in (*args.posonlyargs, *args.args)]
        hidden = any(isinstance(each, ast.Starred) for each in call.args)
        if hidden or args.vararg or args.kwarg or any(each.arg is None for each in call.keywords):
            raise Lost(f"the arguments of `{function.name}` are hidden")
        if names[:1] in (["self"], ["cls"]) and isinstance(call.func, ast.Attribute):
            names = names[1:]
        first = len(names) - len(args.defaults)
        bound = dict(zip(names[max(first, 0) :], args.defaults, strict=False))
        for each, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
            if default is not None:
                bound[each.arg] = default
        found = {name: rebuilt(node, cls(), reading) for name, node in bound.items()}
        for name, node in zip(names, call.args, strict=False):
            found[name] = rebuilt(node, around, reading)
        for keyword in call.keywords:
            found[str(keyword.arg)] = rebuilt(keyword.value, around, reading)
        missing = [name for name in names if name not in found]
        if missing:
            raise Lost(f"`{missing[0]}` of `{function.name}` is not given")
        return cls(found, inside=True, owner=around.owner if around.inside else owner)

    def node(self, node: ast.expr, reading: Reading) -> ast.expr:
        """What an expression is, looking through a name."""
        if isinstance(node, ast.Name):
            if node.id in self.lost:
                raise Lost(f"`{node.id}` is computed")
            if node.id in self.names:
                return self.names[node.id]
        return reading.value(node) or node

    def bind(self, node: ast.stmt, reading: Reading) -> None:
        """Take note of what a statement binds."""
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                self.names[target.id] = rebuilt(node.value, self, reading)
                return
            if isinstance(target, ast.Subscript) and self.item(target, node.value, reading):
                return
        for part in ast.walk(node):
            if isinstance(part, ast.Name):
                self.lost.add(part.id)

    def item(self, target: ast.Subscript, value: ast.expr, reading: Reading) -> bool:
        """``params["decay"] = 0.9`` for a dict that is known."""
        if not isinstance(target.value, ast.Name) or not isinstance(target.slice, ast.Constant):
            return False
        known = self.names.get(target.value.id)
        if not isinstance(known, ast.Dict):
            return False
        key, new = target.slice.value, rebuilt(value, self, reading)
        kept = [
            (each, old)
            for each, old in zip(known.keys, known.values, strict=True)
            if each is None or literal(each) != key
        ]
        keys = [*(each for each, _ in kept), ast.Constant(key)]
        self.names[target.value.id] = ast.Dict(keys, [*(old for _, old in kept), new])
        return True

    def branch(self, node: ast.If, reading: Reading) -> Sequence[ast.stmt]:
        """The branch that is taken."""
        test = truth(rebuilt(node.test, self, reading))
        if test is None:
            raise Lost(f"`if {ast.unparse(node.test)}` cannot be told")
        return node.body if test else node.orelse


def truth(node: ast.expr) -> bool | None:
    """Whether an expression of literals is true; None if it is no such thing."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        inner = truth(node.operand)
        return None if inner is None else not inner
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = literal(node.left), literal(node.comparators[0])
        if left is ... or right is ...:
            return None
        if isinstance(node.ops[0], (ast.Is, ast.Eq)):
            return left == right
        return left != right if isinstance(node.ops[0], (ast.IsNot, ast.NotEq)) else None
    value = literal(node)
    return None if value is ... else bool(value)


def rebuilt(node: ast.expr, bindings: Bindings, reading: Reading) -> ast.expr:
    """An expression with names replaced, symbols spelled out, and certain conditions decided."""
    if isinstance(node, ast.Name):
        if node.id in bindings.lost:
            raise Lost(f"`{node.id}` is computed")
        if node.id in bindings.names:
            return bindings.names[node.id]
    symbol = reading.symbol(node)
    if symbol is not None:
        return ast.parse(canonical(symbol, reading.context), mode="eval").body
    if isinstance(node, ast.Name):
        return node
    if isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        if bindings.inside and any(name in bindings.names for name in frees([node])):
            raise Lost(f"`{ast.unparse(node)}` reads names of the function")
        return node
    made = copy.copy(node)
    for name, part in ast.iter_fields(node):
        setattr(made, name, _part(part, bindings, reading))
    if isinstance(made, ast.IfExp):
        certain = truth(made.test)
        if certain is not None:
            return made.body if certain else made.orelse
    return made


def _part(part: object, bindings: Bindings, reading: Reading) -> object:
    if isinstance(part, ast.expr):
        return rebuilt(part, bindings, reading)
    if isinstance(part, ast.keyword):
        return ast.keyword(part.arg, rebuilt(part.value, bindings, reading))
    if isinstance(part, list):
        return [_part(each, bindings, reading) for each in part]
    return part
