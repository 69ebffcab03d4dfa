"""The state of the pass over one file, and what reading any part of it takes."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace

from tfmigrate.names.knowledge import Knowledge
from tfmigrate.names.scopes import Scope, join
from tfmigrate.names.values import (
    Instance,
    LocalClass,
    LocalFunction,
    Object,
    Reference,
    Role,
    Symbol,
    Value,
)

TENSOR = Instance("tf.Tensor")


class Reader:
    """Reads nodes without rules of their own, binds names and notes references.

    What kinds of expressions have rules is in ``expressions``, filled by the subclasses.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.references: list[Reference] = []
        self.attributes: dict[str, list[ast.Attribute]] = {}
        self.values: dict[int, Value] = {}
        self.comparisons: list[ast.Compare] = []
        self.functions: set[str] = set()
        self.hashing: list[ast.expr] = []
        self.dimensions: list[ast.expr] = []
        self.arithmetic: list[ast.BinOp] = []
        self.inner: list[ast.AST] = []
        self.scope = Scope(None)
        self.cls: LocalClass | None = None
        self.guards = 0
        self.current: LocalFunction | None = None
        self.waiting: deque[LocalFunction] = deque()
        self.expressions: dict[type[ast.AST], Callable[..., Value]] = {}

    def body(self, statements: Iterable[ast.stmt]) -> None:
        """Read statements; the resolver knows those that bind names."""
        for statement in statements:
            self.children(statement)

    def enter(self, function: LocalFunction) -> Value:
        """Read the body of a function, if that is still to be done; what it returns."""
        if function.body is not None:
            body, function.body = function.body, None
            before = self.scope, self.cls, self.guards, self.current
            self.scope, self.cls, self.guards = function.scope, None, function.guards
            self.current = function
            self.body(body)
            self.scope, self.cls, self.guards, self.current = before
        return function.result

    def children(self, node: ast.AST) -> None:
        """Read whatever expressions and statements are below a node without rules of its own."""
        for name in node._fields:
            value = getattr(node, name)
            if value.__class__ is list:
                for each in value:
                    if isinstance(each, ast.AST):
                        self.any(each)
            elif isinstance(value, ast.AST):
                self.any(value)

    def any(self, node: ast.AST) -> None:
        """Read a node of whatever kind below an expression or a simple statement."""
        if isinstance(node, ast.expr):
            self.value(node)
        elif not isinstance(node, (ast.expr_context, ast.operator)):
            self.children(node)

    def value(self, node: ast.expr) -> Value:
        """Read an expression: note its references and say what it stands for."""
        visit = self.expressions.get(node.__class__)
        if visit is None:
            self.children(node)
            return None
        value = visit(node)
        if value is not None:
            self.values[id(node)] = value
        return value

    def bind(self, target: ast.expr, value: Value, source: ast.expr | None) -> None:
        """Bind what stands to the left of an assignment."""
        if isinstance(target, ast.Name):
            if isinstance(value, Symbol) and value.imported:
                value = replace(value, imported=False)
            self.scope.bind(target.id, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self.unpack(target, value, source)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, None, None)
        elif isinstance(target, ast.Attribute):
            owner = self.value(target.value)
            self.attributes.setdefault(target.attr, []).append(target)
            if isinstance(owner, Object):
                known = owner.cls.attributes.get(target.attr)
                owner.cls.attributes[target.attr] = join(known, value)
            elif isinstance(owner, Instance):
                self.member(owner, target, stored=True)
        else:
            self.value(target)

    def unpack(self, target: ast.Tuple | ast.List, value: Value, source: ast.expr | None) -> None:
        """Bind the names of ``a, b = ...``."""
        if isinstance(source, (ast.Tuple, ast.List)) and len(source.elts) == len(target.elts):
            for one, what in zip(target.elts, source.elts, strict=True):
                self.bind(one, self.values.get(id(what)), what)
            return
        item = self.item(value)
        for one in target.elts:
            self.bind(one, item, None)

    def item(self, owner: Value) -> Value:
        """What an item of an object is: by index, in a loop, or unpacked."""
        if not isinstance(owner, Instance):
            return None
        kind = self.knowledge.item(owner.type)
        return Instance(kind.type, owner.guessed) if kind is not None else None

    def parameters(self, args: ast.arguments) -> dict[str, Value]:
        """The parameters of a function; defaults and annotations are read where it stands."""
        bound: dict[str, Value] = {}
        for default in (*args.defaults, *args.kw_defaults):
            if default is not None:
                self.value(default)
        every = (*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg)
        for argument in every:
            if argument is not None:
                kind = self.value(argument.annotation) if argument.annotation else None
                bound[argument.arg] = self.annotation_instance(kind)
        return bound

    def annotation_instance(self, kind: Value) -> Value:
        """What an object annotated as ``kind`` is."""
        if isinstance(kind, Symbol):
            symbol, rest = self.knowledge.split(kind.name)
            if not rest and self.knowledge.is_class(symbol):
                return Instance(self.knowledge.base(symbol))
        if isinstance(kind, LocalClass):
            return Object(kind)
        return None

    def member(
        self,
        owner: Instance,
        node: ast.Attribute,
        call: ast.Call | None = None,
        *,
        stored: bool = False,
    ) -> Value:
        """A member of an object of a known class."""
        symbol = f"{owner.type}.{node.attr}"
        self.refer(
            symbol, node, Role.MEMBER, owner.type, call=call, guessed=owner.guessed, stored=stored
        )
        return self.knowledge.property(owner.type, node.attr)

    def refer(
        self,
        dotted: str,
        node: ast.expr | ast.alias | ast.stmt,
        role: Role,
        root: str,
        call: ast.Call | None = None,
        *,
        guessed: bool = False,
        stored: bool = False,
        alternatives: tuple[str, ...] = (),
        declared_v2: bool = False,
    ) -> None:
        """Note a reference."""
        symbol, rest = self.knowledge.split(dotted)
        self.references.append(
            Reference(
                symbol,
                rest,
                node,
                role,
                root,
                call,
                guessed=guessed,
                guarded=self.guards > 0,
                stored=stored,
                alternatives=alternatives,
                declared_v2=declared_v2,
            )
        )


def is_tensor(value: Value) -> bool:
    """Whether a value is a tensor or a variable."""
    return isinstance(value, Instance) and value.type in ("tf.Tensor", "tf.Variable")
