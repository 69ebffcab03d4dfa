"""Expressions: what they stand for, and the references in them."""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterable
from typing import cast

from tfmigrate.names.knowledge import Knowledge, canonical
from tfmigrate.names.scopes import Scope
from tfmigrate.names.values import Instance, LocalClass, Object, Reference, Role, Symbol, Value

_TENSOR = Instance("tf.Tensor")
_SETS = {"set", "frozenset"}
_SEARCHES = {"index", "remove"}
"""Methods of lists that compare their argument with the items."""


class Expressions:
    """The reading of expressions, and the state of the pass over one file."""

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
        self.inner: list[ast.expr] = []
        self.scope = Scope(None)
        self.cls: LocalClass | None = None
        self.guards = 0
        self.waiting: deque[tuple[str, Callable[[], None]]] = deque()
        self.expressions: dict[type[ast.AST], Callable[..., Value]] = {
            ast.Name: self.name,
            ast.Attribute: self.attribute,
            ast.Call: self.call,
            ast.Constant: lambda node: None,
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

    def bind(self, target: ast.expr, value: Value, source: ast.expr | None) -> None:
        """Bind what stands to the left of an assignment."""
        if isinstance(target, ast.Name):
            if isinstance(value, Symbol) and value.imported:
                value = Symbol(value.name, False, value.alternatives)
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
                owner.cls.attributes[target.attr] = value if known is None else known
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
        item = self.knowledge.item(value.type) if isinstance(value, Instance) else None
        for one in target.elts:
            self.bind(one, item, None)

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

    def name(self, node: ast.Name) -> Value:
        """A name on its own."""
        if node.id == "__class__":
            return None
        value = self.scope.lookup(node.id)
        if isinstance(value, Symbol) and isinstance(node.ctx, ast.Load):
            role = Role.NAME if value.imported else Role.ALIAS
            self.refer(value.name, node, role, value.name, alternatives=value.alternatives)
        return value

    def attribute(self, node: ast.Attribute) -> Value:
        """An attribute chain that is not called."""
        return self.chain(node, None)

    def chain(self, node: ast.Attribute, call: ast.Call | None) -> Value:
        """An attribute chain: from the symbol that its first name is, or on an object."""
        self.attributes.setdefault(node.attr, []).append(node)
        names = [node.attr]
        inner = node.value
        while isinstance(inner, ast.Attribute):
            base = self.stored(inner)
            if base is not None:
                return self.on(base, names, node, call)
            self.attributes.setdefault(inner.attr, []).append(inner)
            names.append(inner.attr)
            inner = inner.value
        base = self.scope.lookup(inner.id) if isinstance(inner, ast.Name) else self.value(inner)
        if base is None and names:
            return self.unknown(inner, names, node, call)
        return self.on(base, names, node, call)

    def stored(self, node: ast.Attribute) -> Value:
        """What ``self.x`` holds, if an assignment said so."""
        if isinstance(node.value, ast.Name):
            owner = self.scope.lookup(node.value.id)
            if isinstance(owner, Object):
                return owner.cls.attributes.get(node.attr)
        return None

    def on(
        self, base: Value, names: list[str], node: ast.Attribute, call: ast.Call | None
    ) -> Value:
        """Follow ``names`` (innermost last) from ``base``."""
        if isinstance(base, Symbol):
            rest = ".".join(reversed(names))
            dotted = canonical(f"{base.name}.{rest}")
            others = tuple(f"{each}.{rest}" for each in base.alternatives)
            role = Role.ATTRIBUTE
            if not base.imported and self.knowledge.split(dotted)[0] == base.name:
                role = Role.ALIAS
            self.refer(dotted, node, role, base.name, call=call, alternatives=others)
            return Symbol(dotted, False, others)
        value: Value = base
        while names and value is not None:
            name = names.pop()
            last = not names
            at = node if last else _inner(node, len(names))
            if isinstance(value, Symbol):
                return self.on(value, [*names, name], node, call)
            if isinstance(value, Object):
                value = self.own_attribute(value, name, at, call if last else None)
            elif isinstance(value, Instance):
                value = self.member(value, at, call=call if last else None)
            else:
                return None
        return value

    def own_attribute(
        self, owner: Object, name: str, node: ast.Attribute, call: ast.Call | None
    ) -> Value:
        """``self.name``: assigned, inherited from a class of TensorFlow, or the file's own."""
        cls = owner.cls
        if name in cls.attributes:
            return cls.attributes[name]
        if name in cls.own:
            return None
        for base in cls.bases:
            symbol = f"{base}.{name}"
            self.refer(symbol, node, Role.MEMBER, base, call=call, stored=_is_store(node))
            return self.knowledge.property(base, name)
        kind = self.knowledge.types.unique.get(name)
        if kind is not None and call is not None:
            self.refer(f"{kind}.{name}", node, Role.MEMBER, kind, call=call, guessed=True)
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

    def unknown(
        self, inner: ast.expr, names: list[str], node: ast.Attribute, call: ast.Call | None
    ) -> Value:
        """A member of something unknown: some names and keywords give it away."""
        types = self.knowledge.types
        owner = names[1] if len(names) > 1 else inner.id if isinstance(inner, ast.Name) else ""
        kind = types.guess.get(owner)
        guessed = True
        if kind is None:
            kind = types.unique.get(node.attr) if call is not None else None
            guessed = kind is None
        if kind is None and call is not None:
            keywords = (types.keywords.get(f"{node.attr}.{each.arg}") for each in call.keywords)
            kind = next((each for each in keywords if each), None)
        if kind is None:
            return None
        return self.member(Instance(kind, guessed), node, call)

    def call(self, node: ast.Call) -> Value:
        """A call: its function, its arguments, and what it returns."""
        function = node.func
        if isinstance(function, ast.Attribute):
            callee = self.chain(function, node)
            if callee is not None:
                self.values[id(function)] = callee
        elif isinstance(function, ast.Name):
            callee = self.scope.lookup(function.id)
            self.name_call(function, callee, node)
        else:
            callee = self.value(function)
        for argument in node.args:
            self.value(argument)
        for keyword in node.keywords:
            self.value(keyword.value)
        if isinstance(function, ast.Attribute) and function.attr in _SEARCHES:
            self.keyed(node, node.args[:1])
        return self.result(node, callee)

    def name_call(self, function: ast.Name, callee: Value, node: ast.Call) -> None:
        """A call of a plain name."""
        if isinstance(callee, Symbol):
            role = Role.NAME if callee.imported else Role.ALIAS
            self.refer(
                callee.name, function, role, callee.name, node, alternatives=callee.alternatives
            )
            self.values[id(function)] = callee
        elif callee is None and function.id == "getattr" and len(node.args) >= 2:
            self.getattr(node)
        elif callee is None and function.id in _SETS:
            self.hashing.append(node)

    def getattr(self, node: ast.Call) -> None:
        """``getattr(tf, "log")`` is ``tf.log``."""
        owner, name = node.args[0], node.args[1]
        base = self.scope.lookup(owner.id) if isinstance(owner, ast.Name) else None
        if isinstance(owner, ast.Attribute) and (dotted := self.dotted(owner)):
            base = Symbol(dotted)
        if not isinstance(base, Symbol):
            return
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            symbol = f"{base.name}.{name.value}"
            guarded = len(node.args) > 2
            self.guards += guarded
            self.refer(symbol, node, Role.GETATTR, base.name)
            self.guards -= guarded
            self.values[id(node)] = Symbol(symbol)
        else:
            self.refer(base.name, node, Role.DYNAMIC, base.name)

    def dotted(self, node: ast.Attribute) -> str | None:
        """The symbol that a plain attribute chain spells, without noting a reference."""
        names: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        base = self.scope.lookup(inner.id) if isinstance(inner, ast.Name) else None
        return ".".join((base.name, *reversed(names))) if isinstance(base, Symbol) else None

    def result(self, node: ast.Call, callee: Value) -> Value:
        """What a call stands for."""
        got = self.values.get(id(node))
        if got is not None:
            return got
        function = node.func
        if isinstance(callee, Symbol):
            return self.knowledge.made(callee.name)
        if isinstance(callee, LocalClass):
            return Object(callee)
        if _last_name(function) == "partial":
            self.partial(node)
            return None
        if isinstance(function, ast.Attribute):
            return self.method_result(function)
        if isinstance(callee, Instance):
            return self.knowledge.returned(callee.type, "__call__")
        return None

    def method_result(self, function: ast.Attribute) -> Value:
        """What a method call returns, by the class of its object."""
        owner = self.values.get(id(function.value))
        if owner is None and isinstance(function.value, ast.Name):
            owner = self.scope.lookup(function.value.id)
        if owner is None and isinstance(function.value, ast.Attribute):
            owner = self.stored(function.value)
        if isinstance(owner, Instance):
            return self.knowledge.returned(owner.type, function.attr)
        if isinstance(owner, Object) and function.attr not in owner.cls.own:
            for base in owner.cls.bases:
                made = self.knowledge.returned(base, function.attr)
                if made is not None:
                    return made
        if function.attr in self.knowledge.types.unique:
            return self.knowledge.returned(
                self.knowledge.types.unique[function.attr], function.attr
            )
        return None

    def partial(self, node: ast.Call) -> None:
        """``partial(tf.nn.dropout, keep_prob=0.5)`` passes arguments as a call would."""
        if not node.args:
            return
        for index, reference in enumerate(self.references):
            if reference.node is node.args[0]:
                self.references[index] = Reference(
                    reference.symbol,
                    reference.rest,
                    reference.node,
                    reference.role,
                    reference.root,
                    node,
                    1,
                )

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
            self.bind(generator.target, self.item(generator.iter, value), None)
            for condition in generator.ifs:
                self.test(condition)
        parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for part in parts:
            self.value(part)
        if isinstance(node, (ast.DictComp, ast.SetComp)):
            self.keyed(node, parts[:1])
        self.scope = outer
        return None

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
        return self.knowledge.item(owner.type) if isinstance(owner, Instance) else None

    def binary(self, node: ast.BinOp) -> Value:
        """Arithmetic; long sums lean to the left and are read in a loop, not by recursion."""
        self.arithmetic.append(node)
        right: list[ast.expr] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            right.append(left.right)
            left = left.left
        values = [self.value(left), *(self.value(each) for each in reversed(right))]
        return next((each for each in values if _is_tensor(each)), None) and _TENSOR

    def unary(self, node: ast.UnaryOp) -> Value:
        """``-x``, ``not x``."""
        negated = isinstance(node.op, ast.Not)
        value = self.test(node.operand) if negated else self.value(node.operand)
        return _TENSOR if _is_tensor(value) else None

    def compare(self, node: ast.Compare) -> Value:
        """Comparisons: with a tensor, a tensor."""
        values = [self.value(each) for each in (node.left, *node.comparators)]
        known = any(_is_tensor(each) for each in values)
        if known or self.holds_tensor(node):
            self.comparisons.append(node)
        if any(_is_dimension(each) for each in values):
            self.dimensions.append(node)
        identity = any(
            isinstance(each, (ast.Is, ast.IsNot, ast.In, ast.NotIn)) for each in node.ops
        )
        return _TENSOR if known and not identity else None

    def if_expression(self, node: ast.IfExp) -> Value:
        """``a if test else b``: either of the two."""
        self.test(node.test)
        first, second = self.value(node.body), self.value(node.orelse)
        return first if first is not None else second

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
        if any(_is_tensor(self.values.get(id(each))) for each in keys):
            self.hashing.append(node)

    def holds_tensor(self, node: ast.Compare) -> bool:
        """Whether a comparison looks for something in a list of tensors: ``v in [a, b]``."""
        last = node.comparators[-1]
        return (
            isinstance(node.ops[-1], (ast.In, ast.NotIn))
            and isinstance(last, (ast.List, ast.Tuple))
            and any(_is_tensor(self.values.get(id(each))) for each in last.elts)
        )

    def item(self, iterable: ast.expr, value: Value) -> Value:
        """What a loop over ``iterable`` binds, where its items are all of one class."""
        if isinstance(value, Instance):
            # nobody loops over a tensor in a graph: a call thought to return one returns a list
            return None if _is_tensor(value) else self.knowledge.item(value.type)
        if not isinstance(iterable, (ast.List, ast.Tuple)):
            return None
        items = [self.values.get(id(each)) for each in iterable.elts]
        first = items[0] if items else None
        if all(each == first for each in items):
            return first if isinstance(first, Instance) else None
        return _TENSOR if all(map(_is_tensor, items)) else None

    def await_(self, node: ast.Await) -> Value:
        """``await x``."""
        return self.value(node.value)

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
            )
        )


def _is_tensor(value: Value) -> bool:
    return isinstance(value, Instance) and value.type in ("tf.Tensor", "tf.Variable")


def _is_dimension(value: Value) -> bool:
    return isinstance(value, Instance) and value.type == "tf.Dimension"


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_store(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store)


def _inner(node: ast.Attribute, depth: int) -> ast.Attribute:
    for _ in range(depth):
        node = cast(ast.Attribute, node.value)
    return node
