"""The parameters of functions and classes, as written in their source."""

from __future__ import annotations

import ast
import builtins
import enum
import importlib
import inspect
import sys

from tfmigrate.atlas.probe import class_signature, notation
from tfmigrate.atlas.reader.values import (
    Class,
    External,
    Function,
    FunctionNode,
    Partial,
    Value,
    lineage,
)


def signature_text(value: Value, depth: int = 0) -> str | None:
    """The parameters in the notation of the atlas; None where the source does not tell."""
    if depth > 20:
        return None
    if isinstance(value, Function):
        if value.follows is not None:
            followed = signature_text(value.follows, depth + 1)
            if followed is not None:
                return followed
        text = arguments_text(value.node, value.bound)
        return f"*,{text}" if value.keyword_only and text else text
    if isinstance(value, Partial):
        return _partial_text(value, depth)
    if isinstance(value, Class):
        return constructor_text(value)
    if isinstance(value, External):
        return _external_text(value)
    return None


def method_text(value: Value, static: bool = False) -> str | None:
    """The parameters of a member of a class, without ``self`` or ``cls``."""
    if isinstance(value, Function):
        if value.follows is not None:
            followed = method_text(value.follows, value.static or static)
            if followed is not None:
                return followed
        return arguments_text(value.node, not (value.static or static))
    return None


def arguments_text(node: FunctionNode, drop_first: bool) -> str:
    """Parameters of one definition; a leading ``*args`` is not dropped."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    required = len(positional) - len(arguments.defaults)
    parts = [arg.arg + "=" * (index >= required) for index, arg in enumerate(positional)]
    if drop_first and parts:
        del parts[0]
    if arguments.vararg:
        parts.append("*" + arguments.vararg.arg)
    elif arguments.kwonlyargs:
        parts.append("*")
    for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        parts.append(arg.arg + "=" * (default is not None))
    if arguments.kwarg:
        parts.append("**" + arguments.kwarg.arg)
    return ",".join(parts)


def constructor(cls: Class) -> tuple[Value, str] | None:
    """What makes an instance (``__init__`` or ``__new__``, the nearer), and its name."""
    for base in lineage(cls):
        if isinstance(base, Class):
            for name in ("__init__", "__new__"):
                if name in base.names:
                    return base.names[name], name
            if base.parameters is not None:
                return base, ""
        elif isinstance(base, External) and _external_class(base.dotted) is not None:
            return base, ""
    return None


def constructor_text(cls: Class) -> str | None:
    """The parameters of a class's constructor."""
    if cls.parameters is not None and "__init__" not in cls.names and "__new__" not in cls.names:
        return cls.parameters
    found = constructor(cls)
    if found is None:
        unknown = any(isinstance(base, External) for base in lineage(cls))
        return None if unknown else ""
    value, name = found
    if isinstance(value, Class):
        return value.parameters
    if not name:
        return signature_text(value)
    # __new__ is a static method, but its first parameter is not the caller's either
    return method_text(value)


def _partial_text(value: Partial, depth: int) -> str | None:
    """What is left to pass: positional ones gone, keyword ones optional and by keyword only."""
    text = signature_text(value.target, depth + 1)
    if text is None:
        return None
    parts = text.split(",") if text else []
    plain = [p for p in parts if not p.startswith("*")]
    del parts[: min(value.positional, len(plain))]
    result: list[str] = []
    starred = False
    for part in parts:
        name = part.rstrip("=")
        if part == "*" or (part.startswith("*") and not part.startswith("**")):
            if part == "*" and starred:
                continue
            if starred:
                continue
            starred = True
            result.append(part)
        elif name in value.keywords:
            if not starred:
                starred = True
                result.append("*")
            result.append(name + "=")
        else:
            result.append(part)
    return ",".join(result)


def _external_class(dotted: str) -> object | None:
    """A class of the standard library; None for anything else."""
    root, _, rest = dotted.partition(".")
    if root in builtins.__dict__ and not rest:
        return getattr(builtins, root)  # type: ignore[no-any-return]
    if root not in sys.stdlib_module_names:
        return None
    found: object
    parts = dotted.split(".")
    for size in range(len(parts) - 1, 0, -1):
        try:
            found = importlib.import_module(".".join(parts[:size]))
        except ImportError:
            continue
        for part in parts[size:]:
            found = getattr(found, part, None)
        return found
    return None


def star_names(module: str) -> list[str]:
    """What ``from module import *`` brings from the standard library; nothing from elsewhere."""
    if module.partition(".")[0] not in sys.stdlib_module_names:
        return []
    try:
        found = importlib.import_module(module)
    except ImportError:
        return []
    return [n for n in getattr(found, "__all__", dir(found)) if not n.startswith("_")]


def external_members(dotted: str) -> frozenset[str]:
    """The public members of a class of the standard library; empty if it is not one."""
    found = _external_class(dotted)
    if not inspect.isclass(found):
        return frozenset()
    return frozenset(name for name in dir(found) if not name.startswith("_"))


def _external_text(value: External) -> str | None:
    found = _external_class(value.dotted)
    try:
        if inspect.isclass(found):
            return "value" if issubclass(found, enum.Enum) else class_signature(found)
        if callable(found):
            return notation(list(inspect.signature(found).parameters.values()))
    except (TypeError, ValueError):
        return None
    return None


def only_raises(value: Value) -> bool:
    """Whether calling it does nothing but raise, other than for want of an implementation."""
    if isinstance(value, Class):
        found = constructor(value)
        return found is not None and isinstance(found[0], Function) and only_raises(found[0])
    if not isinstance(value, Function) or isinstance(value.node, ast.Lambda):
        return False
    last = value.node.body[-1]
    if not isinstance(last, ast.Raise) or last.exc is None:
        return False
    error = last.exc.func if isinstance(last.exc, ast.Call) else last.exc
    if isinstance(error, ast.Name) and error.id == "NotImplementedError":
        return False
    early = (ast.Return, ast.Yield, ast.YieldFrom)
    return not any(isinstance(node, early) for node in ast.walk(value.node))
