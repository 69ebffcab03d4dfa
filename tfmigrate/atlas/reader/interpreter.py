"""Evaluates the module level of Python files: what names are bound to after importing them.

Statements are taken in their order and imports when they are met, so deletions, overwritten names,
``__all__``, circular imports and submodules that appear as attributes come out as they do in
Python. Expressions go to ``expressions``; what they cannot tell is an ``Opaque`` object.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from tfmigrate.atlas.reader.expressions import Evaluator
from tfmigrate.atlas.reader.protos import proto_names
from tfmigrate.atlas.reader.signatures import star_names
from tfmigrate.atlas.reader.tree import ROOTS, Tree
from tfmigrate.atlas.reader.values import (
    Class,
    External,
    Lazy,
    Module,
    Opaque,
    Value,
    lineage,
)

_DOCUMENTED = re.compile(r"^@@(\w+)$", re.MULTILINE)
"""How ``remove_undocumented`` finds the names that a docstring promises."""
_ABSENT = ("tf_keras", "tf_slim", "StringIO", "cPickle", "ConfigParser", "__builtin__")


class ImportFailed(Exception):
    """An import of something that is not there, where a ``try`` may catch it."""


class Interpreter:
    """All modules of one release, each evaluated when it is first imported."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.modules: dict[str, Module] = {}
        self.evaluator = Evaluator(self)
        self.curated: set[str] = set()
        """Modules that removed what they did not document."""
        self.failures: list[str] = []
        """Imports that failed where nothing would have caught them: gaps of this reading."""
        self._tries = [0]
        """For each module being evaluated, the number of ``try`` statements around this point."""

    # ------------------------------------------------------------------ modules

    def load(self, name: str) -> Value:
        """Import a module by its dotted name. Raises ``ImportFailed`` if it is surely absent."""
        root = name.partition(".")[0]
        if root in _ABSENT:
            raise ImportFailed(name)
        if root not in ROOTS and root != "tensorflow_core":
            return External(name)
        name = self.tree.canonical(name)
        if name in self.modules:
            return self.modules[name]
        place = self.tree.find(name)
        parent, _, last = name.rpartition(".")
        if parent and (parent not in self.modules or place is None):
            self.load(parent)
        if place is None:
            return self._not_a_file(name)
        if name in self.modules:
            return self.modules[name]
        path, package = place
        module = Module(name, package)
        self.modules[name] = module
        self._evaluate(module, self.tree.parse(path))
        module.loaded = True
        if parent and parent in self.modules:
            self.modules[parent].names[last] = module
        return module

    def _not_a_file(self, name: str) -> Value:
        if self.tree.is_extension(name):
            return External(name)
        parent, _, last = name.rpartition(".")
        above = self.modules.get(self.tree.canonical(parent))
        if above is not None and isinstance(found := above.names.get(last), (Module, Lazy)):
            return found
        raise ImportFailed(name)

    def _evaluate(self, module: Module, tree: ast.Module) -> None:
        module.doc = ast.get_docstring(tree, clean=True) or ""
        module.names["__name__"] = Opaque(module.name)
        module.names["__doc__"] = Opaque(module.doc)
        if module.name.endswith("_pb2"):
            module.names.update(proto_names(tree, module))
        self._tries.append(0)
        try:
            self.run(tree.body, module.names, module)
        finally:
            self._tries.pop()

    # ------------------------------------------------------------------ attributes

    def attribute(self, value: Value, name: str) -> Value | None:
        """``value.name``; None if it is known not to be there."""
        if isinstance(value, Lazy):
            value = self.resolve(value)
        if isinstance(value, Module):
            return value.names.get(name)
        if isinstance(value, External):
            return External(f"{value.dotted}.{name}")
        if isinstance(value, Class):
            for base in lineage(value):
                if isinstance(base, Class) and name in base.names:
                    return base.names[name]
            return None
        return Opaque()

    def resolve(self, value: Value) -> Value:
        """The module behind a lazy loader; other values as they are."""
        if isinstance(value, Lazy) and not value.dead:
            try:
                return self.load(value.module)
            except ImportFailed:
                return value
        return value

    # ------------------------------------------------------------------ statements

    def run(self, body: Iterable[ast.stmt], names: dict[str, Value], module: Module) -> None:
        """Evaluate statements into ``names`` (of a module or a class)."""
        for statement in body:
            self._statement(statement, names, module)

    def _statement(self, node: ast.stmt, names: dict[str, Value], module: Module) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                names[node.name] = self.evaluator.function(node, names, module)
            case ast.ClassDef():
                names[node.name] = self._class(node, names, module)
            case ast.Import():
                self._import(node, names)
            case ast.ImportFrom():
                self._import_from(node, names, module)
            case ast.Assign():
                value = self.evaluator.value(node.value, names, module)
                for target in node.targets:
                    self._bind(target, value, names, module)
            case ast.AnnAssign():
                value = self.evaluator.value(node.value, names, module) if node.value else Opaque()
                self._bind(node.target, value, names, module)
            case ast.AugAssign():
                self._bind(
                    node.target, self.evaluator.augmented(node, names, module), names, module
                )
            case ast.Delete():
                self._delete(node, names, module)
            case ast.Expr():
                self._expression(node.value, names, module)
            case _:
                self._compound(node, names, module)

    def _compound(self, node: ast.stmt, names: dict[str, Value], module: Module) -> None:
        match node:
            case ast.If():
                truth = self.evaluator.truth(node.test, names, module)
                if truth is not True:
                    self.run(node.orelse, names, module)
                if truth is not False:
                    self.run(node.body, names, module)
            case ast.Try():
                try:
                    self._tries[-1] += 1
                    try:
                        self.run(node.body, names, module)
                    finally:
                        self._tries[-1] -= 1
                except ImportFailed:
                    if node.handlers:
                        self.run(node.handlers[0].body, names, module)
                else:
                    self.run(node.orelse, names, module)
                self.run(node.finalbody, names, module)
            case ast.With():
                self.run(node.body, names, module)
            case ast.For():
                items = self.evaluator.items(node.iter, names, module)
                if items and any(isinstance(i, Opaque) and i.literal is None for i in items):
                    items = None
                for item in items if items is not None else (Opaque(),):
                    self._bind(node.target, item, names, module)
                    self.run(node.body, names, module)
                if items is None and isinstance(node.target, ast.Name):
                    # perhaps the loop never runs; its variable is no part of an interface
                    names.pop(node.target.id, None)
            case ast.While():
                self.run(node.body, names, module)

    def _class(self, node: ast.ClassDef, names: dict[str, Value], module: Module) -> Class:
        bases = [self.evaluator.base(base, names, module) for base in node.bases]
        cls = Class(node.name, module, [b for b in bases if b is not None], node=node)
        for keyword in node.keywords:
            if keyword.arg:
                cls.keywords[keyword.arg] = self.evaluator.value(keyword.value, names, module)
        scope = _ClassScope(names)
        self.run(node.body, scope, module)
        cls.names = dict(scope)
        cls.parameters = self.evaluator.generated_constructor(cls)
        return cls

    def _expression(self, node: ast.expr, names: dict[str, Value], module: Module) -> None:
        if not isinstance(node, ast.Call):
            return
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        called = node.func.id if isinstance(node.func, ast.Name) else called
        arguments = node.args
        if called == "remove_undocumented":
            self._remove_undocumented(node, names, module)
        elif called == "setattr" and len(arguments) == 3:
            owner = self.evaluator.value(arguments[0], names, module)
            name = self.evaluator.literal(arguments[1], names, module)
            if isinstance(name, str):
                value = self.evaluator.value(arguments[2], names, module)
                self._set(owner, name, value, module)
        elif called == "delattr" and len(arguments) == 2:
            owner = self.evaluator.value(arguments[0], names, module)
            name = self.evaluator.literal(arguments[1], names, module)
            if isinstance(owner, (Module, Class)) and isinstance(name, str):
                owner.names.pop(name, None)
        elif called in ("append", "extend") and isinstance(node.func, ast.Attribute):
            self.evaluator.extend(node, names, module)
        else:
            self.evaluator.value(node, names, module)

    def _remove_undocumented(self, node: ast.Call, names: dict[str, Value], module: Module) -> None:
        values: list[ast.expr | None] = [*node.args, None, None, None][:3]
        named = self.evaluator.literal(node.args[0], names, module) if node.args else None
        if isinstance(named, str):
            module = self.modules.get(self.tree.canonical(named), module)
        self.curated.add(module.name)
        for keyword in node.keywords:
            if keyword.arg == "allowed_exception_list":
                values[1] = keyword.value
            elif keyword.arg == "doc_string_modules":
                values[2] = keyword.value
        allowed = self.evaluator.strings(values[1], names, module) if values[1] else []
        documented: list[Value] = [module]
        if values[2] is not None:
            documented = self.evaluator.items(values[2], names, module) or [module]
        keep = set(allowed or [])
        for source in documented:
            if isinstance(source, Module):
                keep |= set(_DOCUMENTED.findall(source.doc))
        for name in list(module.names):
            if not name.startswith("_") and name not in keep:
                del module.names[name]

    # ------------------------------------------------------------------ binding

    def _bind(
        self, target: ast.expr, value: Value, names: dict[str, Value], module: Module
    ) -> None:
        match target:
            case ast.Name():
                names[target.id] = value
            case ast.Attribute():
                owner = self.evaluator.value(target.value, names, module)
                self._set(owner, target.attr, value, module)
            case ast.Tuple() | ast.List():
                parts = self.evaluator.parts(value)
                for index, item in enumerate(target.elts):
                    known = parts is not None and index < len(parts)
                    self._bind(item, parts[index] if known and parts else Opaque(), names, module)
            case ast.Subscript():
                # globals()["name"] = value
                if isinstance(target.value, ast.Call) and isinstance(target.value.func, ast.Name):
                    name = self.evaluator.literal(target.slice, names, module)
                    if target.value.func.id in ("globals", "locals", "vars") and isinstance(
                        name, str
                    ):
                        names[name] = value

    def _set(self, owner: Value, name: str, value: Value, module: Module) -> None:
        if isinstance(owner, Lazy):
            owner = self.resolve(owner)
        if isinstance(owner, Module) and owner is not module:
            owner.given.add(name)
        if isinstance(owner, (Module, Class)):
            owner.names[name] = value

    def _delete(self, node: ast.Delete, names: dict[str, Value], module: Module) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                names.pop(target.id, None)
            elif isinstance(target, ast.Attribute):
                owner = self.evaluator.value(target.value, names, module)
                if isinstance(owner, (Module, Class)):
                    owner.names.pop(target.attr, None)

    # ------------------------------------------------------------------ imports

    def _import(self, node: ast.Import, names: dict[str, Value]) -> None:
        for alias in node.names:
            found = self._load_or_go_on(alias.name)
            if alias.asname:
                names[alias.asname] = found
            else:
                root = alias.name.partition(".")[0]
                names[root] = self._load_or_go_on(root)

    def _load_or_go_on(self, name: str) -> Value:
        """Import; a failure counts only where the source expects one."""
        try:
            return self.load(name)
        except ImportFailed:
            return self._failed(name)

    def _failed(self, name: str) -> Value:
        if self._tries[-1]:
            raise ImportFailed(name)
        self.failures.append(name)
        return External(name)

    def _import_from(self, node: ast.ImportFrom, names: dict[str, Value], module: Module) -> None:
        if node.module == "__future__":
            for alias in node.names:
                names[alias.asname or alias.name] = Opaque(node.module)
            return
        source = self._load_or_go_on(_absolute(node, module))
        for alias in node.names:
            if alias.name == "*":
                self._import_star(source, names)
            else:
                names[alias.asname or alias.name] = self._from(source, alias.name)

    def _from(self, source: Value, name: str) -> Value:
        source = self.resolve(source)
        if not isinstance(source, Module):
            return self.attribute(source, name) or Opaque()
        if name in source.names:
            return source.names[name]
        if source.package:
            try:
                return self.load(f"{source.name}.{name}")
            except ImportFailed:
                pass
        if name.startswith("_") or not source.loaded:
            return External(f"{source.name}.{name}")
        return self._failed(f"{source.name}.{name}")

    def _import_star(self, source: Value, names: dict[str, Value]) -> None:
        source = self.resolve(source)
        if isinstance(source, External):
            for name in star_names(source.dotted):
                names[name] = External(f"{source.dotted}.{name}")
        if not isinstance(source, Module):
            return
        listed = self.evaluator.parts(source.names.get("__all__"))
        literals = [p.literal for p in listed or () if isinstance(p, Opaque)]
        wanted = [n for n in literals if isinstance(n, str)]
        if listed is None:
            wanted = [n for n in source.names if not n.startswith("_")]
        for name in wanted:
            if name in source.names:
                names[name] = source.names[name]
            elif source.package:
                try:
                    names[name] = self.load(f"{source.name}.{name}")
                except ImportFailed:
                    continue


class _ClassScope(dict[str, Value]):
    """Names of a class body: reads fall through to the module, writes do not."""

    def __init__(self, outer: dict[str, Value]) -> None:
        super().__init__()
        self.outer = outer

    def __missing__(self, name: str) -> Value:
        return self.outer[name]


def _absolute(node: ast.ImportFrom, module: Module) -> str:
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    drop = node.level - (1 if module.package else 0)
    base: Sequence[str] = parts[: len(parts) - drop] if drop else parts
    return ".".join([*base, *([node.module] if node.module else [])])
