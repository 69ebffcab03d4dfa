"""Lists what is reachable under ``tf`` through public names, as ``probe`` does in a live one."""

from __future__ import annotations

import ast

from tfmigrate.atlas.probe import is_api, is_leaked, is_public, is_skipped
from tfmigrate.atlas.reader.interpreter import ImportFailed, Interpreter
from tfmigrate.atlas.reader.signatures import (
    external_members,
    method_text,
    only_raises,
    signature_text,
)
from tfmigrate.atlas.reader.tree import ROOTS, Tree
from tfmigrate.atlas.reader.values import (
    Class,
    External,
    Function,
    Lazy,
    Module,
    Partial,
    Value,
    lineage,
)
from tfmigrate.atlas.writing import MemberRow, SymbolRow


class Walk:
    """The public symbols of one release; ``symbols`` and ``values`` are filled by ``run``."""

    def __init__(self, tree: Tree) -> None:
        self.interpreter = Interpreter(tree)
        self.symbols: dict[str, SymbolRow] = {}
        self.values: dict[str, Value] = {}
        """What each symbol is bound to, to find the private places of the same value."""
        self.modules: dict[str, Module] = {}
        """The modules among them, by the symbol that an attribute access reaches them under."""
        self.dead: list[str] = []
        """Modules whose loader refuses every name."""
        self._members: dict[int, dict[str, MemberRow]] = {}

    def run(self, root: str = "tf") -> None:
        """Import TensorFlow (with contrib, where there is one) and list it."""
        tf = self.interpreter.load("tensorflow")
        contrib = self._contrib("tensorflow.contrib")
        if isinstance(tf, Module):
            self.symbols["tf"] = SymbolRow("m")
            self.modules["tf"] = tf
            self._module("tf", tf, ("tensorflow",), root)
        for name, module in contrib.items():
            # what can be imported exists, even if it is no attribute of tf.contrib
            symbol = "tf" + name.removeprefix("tensorflow")
            if symbol not in self.symbols:
                trail = ("tensorflow", "tensorflow.contrib")
                self._value(symbol, module, trail, root)

    def _contrib(self, package: str) -> dict[str, Value]:
        """Every module below a package of contrib, but for private ones, and imports them."""
        found: dict[str, Value] = {}
        for child in self.interpreter.tree.children(package):
            name = f"{package}.{child}"
            if child == "python" or child.endswith("_test"):
                continue
            try:
                found[name] = self.interpreter.load(name)
            except ImportFailed:
                continue
            found |= self._contrib(name)
        return found

    def _module(self, path: str, module: Module, trail: tuple[str, ...], root: str) -> None:
        for name, value in sorted(module.names.items()):
            symbol = f"{path}.{name}"
            if not is_public(name) or is_skipped(symbol):
                continue
            inside = symbol == root or symbol.startswith(root + ".")
            if inside or root.startswith(symbol + "."):
                self._value(symbol, value, trail, root)

    def _value(self, symbol: str, value: Value, trail: tuple[str, ...], root: str) -> None:
        if isinstance(value, Lazy):
            value = self.interpreter.resolve(value)
        if isinstance(value, Lazy):
            self.symbols[symbol] = SymbolRow("m")
            if value.dead:
                self.dead.append(symbol)
            return
        if isinstance(value, Module):
            self._submodule(symbol, value, trail, root)
            return
        self.values[symbol] = value
        self.symbols[symbol] = self.row(value)

    def _submodule(self, symbol: str, module: Module, trail: tuple[str, ...], root: str) -> None:
        inside = not is_api(trail[-1])
        outside = module.name.partition(".")[0] not in ROOTS or module.name.startswith("absl")
        leaked = is_leaked(symbol, module.name, trail, self.interpreter.curated)
        if module.name in trail or inside or outside or leaked:
            self.symbols[symbol] = SymbolRow("v")
            return
        self.symbols[symbol] = SymbolRow("m")
        self.modules[symbol] = module
        self._module(symbol, module, (*trail, module.name), root)

    def row(self, value: Value) -> SymbolRow:
        """What is known about a function, class or other object."""
        if isinstance(value, Class):
            members = self.members(value)
            return SymbolRow("c", signature_text(value), only_raises(value), members)
        if isinstance(value, (Function, Partial)):
            return SymbolRow("f", signature_text(value), only_raises(value))
        if isinstance(value, External):
            return _external(value)
        return SymbolRow("v")

    def members(self, cls: Class) -> dict[str, MemberRow]:
        """Public members, inherited ones and attributes that methods set included."""
        if id(cls) in self._members:
            return self._members[id(cls)]
        found: dict[str, MemberRow] = {}
        attributes: set[str] = set()
        for base in lineage(cls):
            if isinstance(base, External):
                for name in external_members(base.dotted):
                    found.setdefault(name, MemberRow())
            elif isinstance(base, Class):
                for name, value in base.names.items():
                    if not name.startswith("_"):
                        found.setdefault(name, MemberRow(_method(value)))
                for name in base.extra_members:
                    found.setdefault(name, MemberRow())
                attributes |= _assigned(base)
        for name in attributes:
            found.setdefault(name, MemberRow(attribute=True))
        self._members[id(cls)] = found
        return found


def _method(value: Value) -> str | None:
    return method_text(value) if isinstance(value, Function) else None


def _external(value: External) -> SymbolRow:
    text = signature_text(value)
    members = external_members(value.dotted)
    if members:
        return SymbolRow("c", text, members={name: MemberRow() for name in members})
    return SymbolRow("f" if text is not None else "v", text)


def _assigned(cls: Class) -> set[str]:
    """Attributes that the methods of a class body assign on ``self``."""
    if cls.node is None:
        return set()
    found: set[str] = set()
    for method in cls.node.body:
        if not isinstance(method, ast.FunctionDef) or not method.args.args:
            continue
        owner = method.args.args[0].arg
        for node in ast.walk(method):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.ctx, ast.Store)
                and isinstance(node.value, ast.Name)
                and node.value.id == owner
                and not node.attr.startswith("_")
            ):
                found.add(node.attr)
    return found
