"""The resolver: which names of a file are TensorFlow, and which symbols they are.

One pass over the syntax tree. The module is read in the order in which it runs; function bodies
are read when the scope around them is complete, because that is when they are called.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import cast

from tfmigrate.names.expressions import Expressions
from tfmigrate.names.knowledge import Knowledge, canonical
from tfmigrate.names.scopes import Scope, join
from tfmigrate.names.values import (
    LocalClass,
    LocalFunction,
    Names,
    Object,
    Reference,
    Role,
    Symbol,
)

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_CATCHING = {"ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException"}
_STATIC = {"staticmethod", "classmethod"}


@lru_cache(maxsize=4)
def resolve(tree: ast.Module, knowledge: Knowledge) -> Names:
    """Every reference to a symbol in ``tree``, in the order of the source.

    The last few answers are remembered: a tree is asked for again while its file is fixed.
    """
    resolver = _Resolver(knowledge)
    resolver.run(tree)
    references = sorted(resolver.references, key=_position)
    return Names(
        tuple(references),
        resolver.attributes,
        resolver.values,
        tuple(resolver.comparisons),
        frozenset(resolver.functions),
        tuple(resolver.hashing),
        tuple(resolver.dimensions),
        tuple(resolver.arithmetic),
        tuple(resolver.inner),
        resolver.declared_v2,
    )


def _position(reference: Reference) -> tuple[int, int]:
    return reference.node.lineno, reference.node.col_offset


class _Resolver(Expressions):
    """The reading of statements: what binds names, and what opens a scope."""

    def __init__(self, knowledge: Knowledge) -> None:
        super().__init__(knowledge)
        self.declared_v2 = False
        self.statements: dict[type[ast.AST], Callable[..., None]] = {
            ast.Import: self.import_,
            ast.ImportFrom: self.import_from,
            ast.Assign: self.assign,
            ast.AnnAssign: self.annotated,
            ast.AugAssign: self.augmented,
            ast.FunctionDef: self.function,
            ast.AsyncFunctionDef: self.function,
            ast.ClassDef: self.class_,
            ast.Return: self.return_,
            ast.For: self.for_,
            ast.AsyncFor: self.for_,
            ast.With: self.with_,
            ast.AsyncWith: self.with_,
            ast.Try: self.try_,
            ast.If: self.if_,
            ast.While: self.while_,
            ast.Assert: self.assert_,
            ast.Global: self.global_,
            ast.Nonlocal: self.nonlocal_,
            ast.Match: self.match,
        }
        if hasattr(ast, "TryStar"):
            self.statements[ast.TryStar] = self.try_

    def run(self, tree: ast.Module) -> None:
        """Read the module, then the function bodies in the order in which they were met."""
        self.body(tree.body)
        while self.waiting:
            self.enter(self.waiting.popleft())

    def body(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            visit = self.statements.get(statement.__class__)
            if visit is None:
                self.children(statement)
            else:
                visit(statement)

    def import_(self, node: ast.Import) -> None:
        for alias in node.names:
            dotted = self.canonical(alias.name)
            if dotted is None:
                self.scope.bind(alias.asname or alias.name.partition(".")[0], None)
                continue
            if alias.asname:
                v2 = is_v2(alias.name)
                self.scope.bind(alias.asname, Symbol(dotted, imported=True, declared_v2=v2))
            else:
                root = cast(str, self.canonical(alias.name.partition(".")[0]))
                self.scope.bind(alias.name.partition(".")[0], Symbol(root, imported=True))
            self.refer(dotted, alias, Role.IMPORT, root=dotted)

    def import_from(self, node: ast.ImportFrom) -> None:
        dotted = None if node.level else self.canonical(node.module or "")
        for alias in node.names:
            if alias.name == "*":
                if dotted is not None:
                    self.refer(dotted, node, Role.STAR, root=dotted)
                continue
            target = None if dotted is None else canonical(f"{dotted}.{alias.name}")
            v2 = is_v2(f"{node.module}.{alias.name}")
            bound = None if target is None else Symbol(target, imported=True, declared_v2=v2)
            self.scope.bind(alias.asname or alias.name, bound)
            if target is not None:
                self.refer(target, alias, Role.IMPORT, root=cast(str, dotted))

    def canonical(self, module: str) -> str | None:
        """The canonical name of an imported module, None if the catalogue knows nothing of it."""
        root = module.partition(".")[0]
        if root == "tensorflow":
            self.declared_v2 |= is_v2(module)
            return canonical(module)
        return module if root in self.knowledge.roots else None

    def assign(self, node: ast.Assign) -> None:
        value = self.value(node.value)
        for target in node.targets:
            self.bind(target, value, node.value)

    def annotated(self, node: ast.AnnAssign) -> None:
        kind = self.value(node.annotation)
        value = self.value(node.value) if node.value is not None else None
        if value is None:
            value = self.annotation_instance(kind)
        if node.value is not None or not isinstance(node.target, ast.Name):
            self.bind(node.target, value, node.value)
        elif value is not None:
            self.bind(node.target, value, None)

    def augmented(self, node: ast.AugAssign) -> None:
        self.value(node.value)
        self.value(node.target)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.value(decorator)
        names = {d.id for d in node.decorator_list if isinstance(d, ast.Name)}
        parameters = self.parameters(node.args)
        if node.returns is not None:
            self.value(node.returns)
        self.functions.add(node.name)
        function = LocalFunction(Scope(self.scope), node.body, self.guards)
        function.scope.names.update(parameters)
        first = next(iter((*node.args.posonlyargs, *node.args.args)), None)
        if self.cls is not None and self.scope.is_class:
            function.computed = any(map(_computes, names))
            self.cls.methods[node.name] = function
            if first and not names & _STATIC:
                function.scope.names[first.arg] = Object(self.cls)
        self.scope.bind(node.name, function)
        self.waiting.append(function)

    def return_(self, node: ast.Return) -> None:
        value = self.value(node.value) if node.value is not None else None
        if self.current is not None:
            self.current.result = join(self.current.result, value)

    def class_(self, node: ast.ClassDef) -> None:
        for decorator in node.decorator_list:
            self.value(decorator)
        bases = [self.value(base) for base in node.bases]
        for keyword in node.keywords:
            self.value(keyword.value)
        names: list[str] = []
        for base in bases:
            if isinstance(base, Symbol):
                names.append(self.knowledge.base(base.name))
            elif isinstance(base, LocalClass):
                names.extend(base.bases)
        own = {each.name for each in node.body if isinstance(each, _FUNCTIONS)}
        cls = LocalClass(node.name, tuple(names), frozenset(own))
        for base in bases:
            if isinstance(base, LocalClass):
                cls.own |= base.own
                cls.methods.update(base.methods)
                cls.attributes.update(base.attributes)
        self.scope.bind(node.name, cls)
        outer_scope, outer_class = self.scope, self.cls
        self.scope, self.cls = Scope(outer_scope, is_class=True), cls
        before = len(self.waiting)
        self.body(node.body)
        self.scope, self.cls = outer_scope, outer_class
        # the constructor runs before the methods, wherever it stands
        constructor = cls.methods.get("__init__")
        methods = [self.waiting.pop() for _ in range(len(self.waiting) - before)]
        methods.sort(key=lambda each: each is constructor)
        self.waiting.extend(reversed(methods))

    def for_(self, node: ast.For | ast.AsyncFor) -> None:
        value = self.value(node.iter)
        self.bind(node.target, self.looped(node.iter, value), None)
        self.body(node.body)
        self.body(node.orelse)

    def while_(self, node: ast.While) -> None:
        self.test(node.test)
        self.body(node.body)
        self.body(node.orelse)

    def with_(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            value = self.value(item.context_expr)
            if item.optional_vars is not None:
                self.bind(item.optional_vars, value, None)
        self.body(node.body)

    def assert_(self, node: ast.Assert) -> None:
        self.test(node.test)
        if node.msg is not None:
            self.value(node.msg)

    def if_(self, node: ast.If) -> None:
        self.test(node.test)
        with self.scope.branch() as first:
            self.body(node.body)
        with self.scope.branch() as second:
            self.body(node.orelse)
        self.scope.merge([first, second])

    def try_(self, node: ast.Try) -> None:
        guarded = any(_catches(handler) for handler in node.handlers)
        self.guards += guarded
        with self.scope.branch() as tried:
            self.body(node.body)
        self.guards -= guarded
        branches = [tried]
        for handler in node.handlers:
            with self.scope.branch() as bound:
                if handler.type is not None:
                    self.value(handler.type)
                if handler.name:
                    self.scope.bind(handler.name, None)
                self.body(handler.body)
            branches.append(bound)
        self.scope.merge(branches)
        self.body(node.orelse)
        self.body(node.finalbody)

    def global_(self, node: ast.Global) -> None:
        self.inner.append(node)
        for name in node.names:
            self.scope.declare_global(name)

    def nonlocal_(self, node: ast.Nonlocal) -> None:
        self.inner.append(node)
        for name in node.names:
            self.scope.declare_nonlocal(name)

    def match(self, node: ast.Match) -> None:
        self.value(node.subject)
        for case in node.cases:
            for pattern in ast.walk(case.pattern):
                if isinstance(pattern, (ast.MatchAs, ast.MatchStar)) and pattern.name:
                    self.scope.bind(pattern.name, None)
                elif isinstance(pattern, ast.MatchMapping) and pattern.rest:
                    self.scope.bind(pattern.rest, None)
                elif isinstance(pattern, ast.MatchValue):
                    self.value(pattern.value)
                elif isinstance(pattern, ast.MatchClass):
                    self.value(pattern.cls)
            if case.guard is not None:
                self.value(case.guard)
            self.body(case.body)


def is_v2(module: str) -> bool:
    """Whether a module is spelled ``tensorflow.compat.v2``."""
    return module == "tensorflow.compat.v2" or module.startswith("tensorflow.compat.v2.")


def _computes(decorator: str) -> bool:
    """Whether a decorator makes a method an attribute: ``property`` and what is named after it."""
    return decorator.endswith("property") or decorator == "define_scope"


def _catches(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches a missing module or attribute."""
    if handler.type is None:
        return True
    named = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(getattr(each, "id", getattr(each, "attr", "")) in _CATCHING for each in named)
