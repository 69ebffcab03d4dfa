"""Names, attributes and calls: what they stand for, and the references in them."""

from __future__ import annotations

import ast
from typing import cast

from tfmigrate.names.knowledge import Knowledge, canonical
from tfmigrate.names.operators import Operators
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

_SETS = {"set", "frozenset"}
_SEARCHES = {"index", "remove"}
"""Methods of lists that compare their argument with the items."""


class Expressions(Operators):
    """The expressions that refer to symbols."""

    def __init__(self, knowledge: Knowledge) -> None:
        super().__init__(knowledge)
        self.expressions |= {
            ast.Name: self.name,
            ast.Attribute: self.attribute,
            ast.Call: self.call,
            ast.Constant: lambda node: None,
        }

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
            spelled = f"{base.name}.{rest}"
            dotted = canonical(spelled)
            v2 = base.declared_v2 or dotted != spelled
            others = tuple(f"{each}.{rest}" for each in base.alternatives)
            role = Role.ATTRIBUTE
            if not base.imported and self.knowledge.split(dotted)[0] == base.name:
                role = Role.ALIAS
            self.refer(dotted, node, role, base.name, call, alternatives=others, declared_v2=v2)
            return Symbol(dotted, False, others, v2)
        value: Value = base
        every = list(names)
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
        return self.unknown(node.value, every, node, call) if names else value

    def own_attribute(
        self, owner: Object, name: str, node: ast.Attribute, call: ast.Call | None
    ) -> Value:
        """``self.name``: assigned, inherited from a class of TensorFlow, or the file's own."""
        cls = owner.cls
        if name in cls.attributes:
            return cls.attributes[name]
        if name in cls.own:
            method = cls.methods.get(name)
            return self.enter(method) if method is not None and method.computed else method
        for base in cls.bases:
            symbol = f"{base}.{name}"
            self.refer(symbol, node, Role.MEMBER, base, call=call, stored=_is_store(node))
            return self.knowledge.property(base, name)
        kind = self.knowledge.types.unique.get(name)
        if kind is not None and call is not None:
            self.refer(f"{kind}.{name}", node, Role.MEMBER, kind, call=call, guessed=True)
        guess = self.knowledge.types.guess.get(name)
        return Instance(guess, True) if guess is not None else None

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
        if kind is not None:
            return self.member(Instance(kind, guessed), node, call)
        made = types.unknown.get(node.attr) if call is None else None
        return Instance(made, guessed=True) if made is not None else None

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
        if callee is None and _last_name(function) == "import_module":
            self.import_call(node)
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

    def import_call(self, node: ast.Call) -> None:
        """``importlib.import_module("tensorflow.contrib.slim")`` is an import."""
        name = node.args[0] if node.args else None
        if not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
            return
        if name.value.partition(".")[0] == "tensorflow":
            symbol = canonical(name.value)
            self.refer(symbol, node, Role.IMPORT, symbol)
            self.values[id(node)] = Symbol(symbol)

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
        if isinstance(callee, LocalFunction):
            return self.enter(callee)
        if isinstance(callee, LocalClass):
            constructor = callee.methods.get("__init__")
            if constructor is not None:
                self.enter(constructor)
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
        types = self.knowledge.types
        if function.attr in types.unique:
            return self.knowledge.returned(types.unique[function.attr], function.attr)
        kind = types.unknown.get(f"{function.attr}()") if owner is None else None
        return Instance(kind, guessed=True) if kind is not None else None

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


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _is_store(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store)


def _inner(node: ast.Attribute, depth: int) -> ast.Attribute:
    for _ in range(depth):
        node = cast(ast.Attribute, node.value)
    return node
