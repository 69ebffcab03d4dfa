"""Evaluates expressions at module level, as far as names depend on them."""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING, Any

from tfmigrate.atlas.reader.values import (
    Class,
    External,
    Function,
    Lazy,
    Module,
    Opaque,
    Partial,
    Property,
    Value,
    lineage,
)

if TYPE_CHECKING:
    from tfmigrate.atlas.reader.interpreter import Interpreter

Names = dict[str, Value]
_LOADERS = ("LazyLoader", "_LazyLoader", "KerasLazyLoader", "_KerasLazyLoader")
_PROPERTIES = (
    "property",
    "abstractproperty",
    "cached_property",
    "classproperty",
    "cached_per_instance",
)
_NAMED_TUPLES = ("collections.namedtuple",)
_FALSE_NAMES = ("TYPE_CHECKING", "PY2")
_TRUE_NAMES = ("PY3",)


class Evaluator:
    """Expressions to values. Nothing raises but a failed import: what is unknown is opaque."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter

    # ------------------------------------------------------------------ entry points

    def value(self, node: ast.expr, names: Names, module: Module) -> Value:
        """The value of an expression."""
        match node:
            case ast.Name():
                return self._name(node.id, names, module)
            case ast.Attribute():
                return self._attribute(node, names, module)
            case ast.Call():
                return self._call(node, names, module)
            case ast.Constant():
                return Opaque(node.value)
            case ast.List() | ast.Tuple() | ast.Set():
                return Opaque([self.value(item, names, module) for item in node.elts])
            case ast.BinOp(op=ast.Add()):
                return self._sum(
                    self.value(node.left, names, module), self.value(node.right, names, module)
                )
            case ast.Lambda():
                return Function(node, module)
            case ast.IfExp():
                truth = self.truth(node.test, names, module)
                return self.value(node.orelse if truth is False else node.body, names, module)
            case ast.BoolOp():
                return self.value(node.values[0], names, module)
            case ast.Subscript():
                return self._subscript(node, names, module)
            case ast.ListComp():
                return self._listing(node, names, module)
            case ast.Compare():
                return Opaque(self.truth(node, names, module))
            case _:
                return Opaque()

    def literal(self, node: ast.expr, names: Names, module: Module) -> Any:
        """The constant an expression is known to be, else None."""
        found = self.value(node, names, module)
        return found.literal if isinstance(found, Opaque) else None

    def items(self, node: ast.expr, names: Names, module: Module) -> list[Value] | None:
        """The elements of a list or tuple expression; None if unknown."""
        return self.parts(self.value(node, names, module))

    def parts(self, value: Value | None) -> list[Value] | None:
        """The elements of a list; None if it is not one, or unknown."""
        if isinstance(value, Opaque) and isinstance(value.literal, list):
            return value.literal
        return None

    def strings(self, node: ast.expr, names: Names, module: Module) -> list[str] | None:
        """The strings of a list expression; None if unknown."""
        found = self.items(node, names, module)
        if found is None:
            return None
        literals = [item.literal for item in found if isinstance(item, Opaque)]
        return [text for text in literals if isinstance(text, str)]

    def base(self, node: ast.expr, names: Names, module: Module) -> Value | None:
        """A base class; None for what cannot be one."""
        if isinstance(node, ast.Subscript):
            return self.base(node.value, names, module)
        found = self.value(node, names, module)
        if isinstance(found, (Class, External)):
            return None if isinstance(found, External) and found.dotted == "object" else found
        return None

    def augmented(self, node: ast.AugAssign, names: Names, module: Module) -> Value:
        """``target += value``."""
        before = self.value(node.target, names, module)
        if isinstance(node.op, ast.Add):
            return self._sum(before, self.value(node.value, names, module))
        return Opaque()

    def extend(self, node: ast.Call, names: Names, module: Module) -> None:
        """``names.append(x)`` and ``names.extend(xs)`` on known lists."""
        if not isinstance(node.func, ast.Attribute) or len(node.args) != 1:
            return
        target = self.parts(self.value(node.func.value, names, module))
        added = self.value(node.args[0], names, module)
        if target is None:
            return
        if node.func.attr == "append":
            target.append(added)
        else:
            target += self.parts(added) or []

    # ------------------------------------------------------------------ definitions

    def function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, names: Names, module: Module
    ) -> Value:
        """A definition with its decorators applied, the inner ones first."""
        value: Value = Function(node, module)
        for decorator in reversed(node.decorator_list):
            value = self._decorated(decorator, value, names, module)
        return value

    def _decorated(self, decorator: ast.expr, value: Value, names: Names, module: Module) -> Value:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        last = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if last in _PROPERTIES or last in ("setter", "getter", "deleter"):
            return Property()
        if isinstance(value, Function):
            if last == "staticmethod":
                value.static = True
            elif last == "classmethod":
                value.bound = True
            elif last == "wraps" and isinstance(decorator, ast.Call) and decorator.args:
                value.follows = self.value(decorator.args[0], names, module)
        if isinstance(called, (ast.Name, ast.Attribute)):
            maker = self.value(called, names, module)
            plain = isinstance(maker, Class) and not isinstance(decorator, ast.Call)
            if plain and isinstance(maker, Class) and _is_property_class(maker):
                return Property()
        return value

    def generated_constructor(self, cls: Class) -> str | None:
        """The parameters of a constructor that nobody wrote: dataclasses and typed named tuples."""
        node = cls.node
        if node is None:
            return None
        bases = {b.dotted for b in cls.bases if isinstance(b, External)}
        if bases & {"typing.NamedTuple", "typing_extensions.NamedTuple"}:
            return _annotated_fields(node)
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            last = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if last == "dataclass" and "__init__" not in cls.names:
                inherited = [
                    b.parameters
                    for b in lineage(cls)[:0:-1]
                    if isinstance(b, Class) and b.parameters
                ]
                own = _annotated_fields(node)
                return ",".join([*inherited[-1:], *([own] if own else [])])
        return None

    # ------------------------------------------------------------------ single nodes

    def _name(self, name: str, names: Names, module: Module) -> Value:
        for scope in (names, module.names):
            try:
                return scope[name]
            except KeyError:
                continue
        if hasattr(builtins, name):
            return External(name)
        return Opaque()

    def _attribute(self, node: ast.Attribute, names: Names, module: Module) -> Value:
        owner = self.value(node.value, names, module)
        found = self.interpreter.attribute(owner, node.attr)
        return found if found is not None else Opaque()

    def _subscript(self, node: ast.Subscript, names: Names, module: Module) -> Value:
        owner = self.value(node.value, names, module)
        if isinstance(owner, External):
            if owner.dotted == "sys.modules":
                name = self.literal(node.slice, names, module)
                found = self.interpreter.modules.get(name) if isinstance(name, str) else None
                return found or Opaque()
            return Opaque()
        return owner if isinstance(owner, Class) else Opaque()

    def _listing(self, node: ast.ListComp, names: Names, module: Module) -> Value:
        """``[s for s in dir(m) if not s.startswith("_")]``; other comprehensions are unknown."""
        loop = node.generators[0]
        called = loop.iter
        if not (isinstance(called, ast.Call) and getattr(called.func, "id", "") == "dir"):
            return Opaque()
        listed = self.value(called.args[0], names, module) if called.args else module
        if not isinstance(listed, Module):
            return Opaque()
        hidden = tuple(
            str(test.operand.args[0].value)
            for test in loop.ifs
            if isinstance(test, ast.UnaryOp)
            and isinstance(test.operand, ast.Call)
            and isinstance(test.operand.func, ast.Attribute)
            and test.operand.func.attr == "startswith"
            and isinstance(test.operand.args[0], ast.Constant)
        )
        return Opaque([Opaque(name) for name in listed.names if not name.startswith(hidden)])

    def _sum(self, left: Value, right: Value) -> Value:
        first, second = self.parts(left), self.parts(right)
        if first is None and second is None:
            texts = [v.literal for v in (left, right) if isinstance(v, Opaque)]
            if len(texts) == 2 and all(isinstance(t, str) for t in texts):
                return Opaque(texts[0] + texts[1])
            return Opaque()
        return Opaque([*(first or []), *(second or [])])

    # ------------------------------------------------------------------ calls

    def _call(self, node: ast.Call, names: Names, module: Module) -> Value:
        last = (
            node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        )
        if last in _LOADERS:
            return self._loader(node, last, names, module)
        if isinstance(node.func, ast.Call) and len(node.args) == 1:
            # a decorator applied by hand: tf_export("name")(function)
            return self.value(node.args[0], names, module)
        callee = self.value(node.func, names, module)
        special = self._special(node, last, callee, names, module)
        if special is not None:
            return special
        arguments = [
            self.value(a, names, module) for a in node.args if not isinstance(a, ast.Starred)
        ]
        if isinstance(callee, Class):
            return Property() if _is_property_class(callee) else Opaque(made_by=callee)
        if len(arguments) == 1 and isinstance(arguments[0], (Function, Class, Partial)):
            # called with nothing but a function: a decorator
            return Opaque() if _is_plain(callee) else arguments[0]
        if isinstance(callee, Function):
            return self._result(callee, arguments)
        return Opaque()

    def _special(
        self, node: ast.Call, last: str, callee: Value, names: Names, module: Module
    ) -> Value | None:
        """Calls of known functions; None if this is none of them."""
        arguments = node.args
        dotted = callee.dotted if isinstance(callee, External) else ""
        if last in _PROPERTIES:
            return Property()
        if last in ("staticmethod", "classmethod") and arguments:
            return self._static(last, self.value(arguments[0], names, module))
        if last == "partial" and arguments:
            return Partial(
                self.value(arguments[0], names, module),
                len(arguments) - 1,
                frozenset(k.arg for k in node.keywords if k.arg),
            )
        if dotted in _NAMED_TUPLES or last in ("namedtuple", "NamedTuple"):
            return self._named_tuple(node, names, module)
        if dotted == "importlib.import_module" and arguments:
            name = self.literal(arguments[0], names, module)
            return self.interpreter.load(name) if isinstance(name, str) else Opaque()
        if last == "deprecated_alias" and len(arguments) >= 3:
            return self.value(arguments[2], names, module)
        if last in ("to_raw_op", "kwarg_only") and arguments:
            function = self.value(arguments[0], names, module)
            if isinstance(function, Function):
                return Function(function.node, function.module, keyword_only=True)
            return function
        if last == "make_decorator" and arguments:
            return self.value(arguments[0], names, module)
        if last == "GeneratedProtocolMessageType" and arguments:
            name = self.literal(arguments[0], names, module)
            return names.get(str(name)) or Class(str(name), module, [], parameters="*args,**kwargs")
        if last == "EnumTypeWrapper":
            return Opaque()
        if dotted in ("list", "set", "sorted", "tuple") and len(arguments) == 1:
            return self.value(arguments[0], names, module)
        if dotted == "getattr" and len(arguments) >= 2:
            name = self.literal(arguments[1], names, module)
            owner = self.value(arguments[0], names, module)
            found = self.interpreter.attribute(owner, name) if isinstance(name, str) else None
            return found or Opaque()
        if dotted == "type" and len(arguments) == 3:
            bases = self.items(arguments[1], names, module) or []
            return Class(str(self.literal(arguments[0], names, module)), module, list(bases))
        if last in ("make_all", "make_all_from_docstring"):
            return Opaque()
        return None

    def _static(self, last: str, value: Value) -> Value:
        if isinstance(value, Function):
            return Function(
                value.node,
                value.module,
                static=last == "staticmethod",
                bound=last == "classmethod",
                follows=value.follows,
            )
        return value

    def _loader(self, node: ast.Call, last: str, names: Names, module: Module) -> Value:
        if "Keras" in last:
            submodule = next((k.value for k in node.keywords if k.arg == "submodule"), None)
            mode = next((k.value for k in node.keywords if k.arg == "mode"), None)
            part = self.literal(submodule, names, module) if submodule else None
            version = self.literal(mode, names, module) if mode else "v2"
            return self._keras(part, str(version))
        name = self.literal(node.args[2], names, module) if len(node.args) > 2 else None
        return Lazy(name) if isinstance(name, str) else Opaque()

    def _keras(self, submodule: str | None, version: str) -> Value:
        """What KerasLazyLoader routes to: Keras 3 if it is there, else a Keras 2."""
        new = self.interpreter.tree.find("keras._tf_keras.keras") is not None
        package = "keras._tf_keras.keras" if new else f"keras.api._{version}.keras"
        if submodule is None:
            return Lazy(package)
        return Lazy(f"{package}.{submodule}", new and submodule.startswith("__internal__.legacy."))

    def _named_tuple(self, node: ast.Call, names: Names, module: Module) -> Value:
        name = self.literal(node.args[0], names, module) if node.args else ""
        fields: list[str] = []
        if len(node.args) > 1:
            content = self.value(node.args[1], names, module)
            text = content.literal if isinstance(content, Opaque) else None
            if isinstance(text, str):
                fields = text.replace(",", " ").split()
            else:
                for item in self.parts(content) or ():
                    pair = self.parts(item)
                    first = pair[0] if pair else item
                    if isinstance(first, Opaque) and isinstance(first.literal, str):
                        fields.append(first.literal)
        members = frozenset(fields) | {"count", "index"}
        return Class(str(name), module, [], parameters=",".join(fields), extra_members=members)

    def _result(self, function: Function, arguments: list[Value]) -> Value:
        """What a call of a known function gives: a function defined in it, or an argument of it."""
        if isinstance(function.node, ast.Lambda):
            return Opaque()
        inner = {s.name: s for s in function.node.body if isinstance(s, ast.FunctionDef)}
        last = function.node.body[-1]
        if not isinstance(last, ast.Return) or last.value is None:
            return Opaque()
        result = last.value
        if isinstance(result, ast.Call) and len(result.args) >= 1:
            # return tf_decorator.make_decorator(target, wrapper)
            first, final = result.args[0], result.args[-1]
            parameter = self._argument(function, first, arguments)
            if parameter is not None:
                return parameter
            result = final
        if isinstance(result, ast.Name) and result.id in inner:
            made = Function(inner[result.id], function.module)
            if _takes_anything(inner[result.id]):
                # a wrapper: it stands for the function it was given
                made.follows = next((a for a in arguments if isinstance(a, Function)), None)
            return made
        return self._argument(function, result, arguments) or Opaque()

    def _argument(self, function: Function, node: ast.expr, arguments: list[Value]) -> Value | None:
        if not isinstance(node, ast.Name):
            return None
        parameters = [a.arg for a in function.node.args.args]
        if node.id in parameters and parameters.index(node.id) < len(arguments):
            found = arguments[parameters.index(node.id)]
            return found if isinstance(found, (Function, Class, Partial)) else None
        return None

    # ------------------------------------------------------------------ conditions

    def truth(self, node: ast.expr, names: Names, module: Module) -> bool | None:
        """Whether a condition holds at import; None if unknown."""
        match node:
            case ast.Constant():
                return bool(node.value)
            case ast.UnaryOp(op=ast.Not()):
                inner = self.truth(node.operand, names, module)
                return None if inner is None else not inner
            case ast.BoolOp():
                return self._all_or_any(node, names, module)
            case ast.Name():
                return self._known_name(node.id, names)
            case ast.Attribute():
                return _flag(node.attr)
            case ast.Call():
                return False if _asks_environment(node) else None
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compare(left, op, right, names, module)
            case _:
                return None

    def _all_or_any(self, node: ast.BoolOp, names: Names, module: Module) -> bool | None:
        found = [self.truth(value, names, module) for value in node.values]
        decisive = isinstance(node.op, ast.Or)
        if decisive in found:
            return decisive
        return None if None in found else not decisive

    def _known_name(self, name: str, names: Names) -> bool | None:
        known = _flag(name)
        if known is not None:
            return known
        found = names.get(name)
        if isinstance(found, Opaque) and isinstance(found.literal, (bool, int)):
            return bool(found.literal)
        return None

    def _compare(
        self, left: ast.expr, op: ast.cmpop, right: ast.expr, names: Names, module: Module
    ) -> bool | None:
        if _asks_environment(left):
            return False
        version = self._version(left)
        if version is not None and isinstance(right, (ast.Tuple, ast.Constant)):
            try:
                other = ast.literal_eval(right)
            except ValueError:
                return None
            return _ordered(version, op, other)
        one = self.literal(left, names, module)
        if isinstance(op, (ast.In, ast.NotIn)) and isinstance(one, str):
            scoped = isinstance(right, ast.Call) and isinstance(right.func, ast.Name)
            if scoped and right.func.id in ("vars", "globals", "locals", "dir"):  # type: ignore[attr-defined]
                return (one in names) is isinstance(op, ast.In)
            return None
        two = self.literal(right, names, module)
        if isinstance(one, str) and isinstance(two, str) and isinstance(op, (ast.Eq, ast.NotEq)):
            return (one == two) is isinstance(op, ast.Eq)
        return None

    def _version(self, node: ast.expr) -> tuple[int, ...] | int | None:
        """``sys.version_info`` and its first items, on the release's Python."""
        if isinstance(node, ast.Subscript):
            whole = self._version(node.value)
            if isinstance(whole, tuple):
                if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, int):
                    return whole[node.slice.value] if node.slice.value < len(whole) else None
                return whole
        if isinstance(node, ast.Attribute):
            if node.attr == "version_info":
                return self.interpreter.tree.python
            if node.attr in ("major", "minor"):
                whole = self._version(node.value)
                if isinstance(whole, tuple):
                    return whole[node.attr == "minor"]
        return None


def _asks_environment(node: ast.expr) -> bool:
    """``os.environ.get(...)`` and ``os.getenv(...)``: taken to be unset."""
    text = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    return text.endswith(("environ.get", "os.getenv"))


def _flag(name: str) -> bool | None:
    if name in _FALSE_NAMES:
        return False
    return True if name in _TRUE_NAMES else None


def _ordered(left: Any, op: ast.cmpop, right: Any) -> bool | None:
    try:
        match op:
            case ast.Lt():
                return bool(left < right)
            case ast.LtE():
                return bool(left <= right)
            case ast.Gt():
                return bool(left > right)
            case ast.GtE():
                return bool(left >= right)
            case ast.Eq():
                return bool(left == right)
    except TypeError:
        return None
    return None


def _annotated_fields(node: ast.ClassDef) -> str:
    parts = []
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = ast.unparse(statement.annotation)
            if "ClassVar" not in text:
                parts.append(statement.target.id + "=" * (statement.value is not None))
    return ",".join(parts)


def _is_property_class(cls: Class) -> bool:
    """Descriptors that behave as properties: subclasses of ``property``, or with ``__get__``."""
    for base in lineage(cls):
        if isinstance(base, External) and base.dotted == "property":
            return True
        if isinstance(base, Class) and "__get__" in base.names:
            return True
    return False


def _takes_anything(node: ast.FunctionDef) -> bool:
    """Whether it is ``(*args, **kwargs)``."""
    arguments = node.args
    return bool(arguments.vararg and arguments.kwarg and not arguments.args)


def _is_plain(callee: Value) -> bool:
    """Whether it is a builtin function, which never decorates."""
    return isinstance(callee, External) and "." not in callee.dotted
