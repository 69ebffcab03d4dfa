"""What a name can be bound to, as far as reading the source can tell."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(eq=False)
class Value:
    """Any object; compared by identity, as Python objects are."""


@dataclass(eq=False)
class Opaque(Value):
    """An object of which nothing is known but, perhaps, a literal value or its class."""

    literal: Any = None
    made_by: Value | None = None


@dataclass(eq=False)
class External(Value):
    """Something outside the files read, by its dotted name: ``numpy.ndarray``."""

    dotted: str


@dataclass(eq=False)
class Module(Value):
    """A module that is being, or has been, evaluated."""

    name: str
    package: bool
    names: dict[str, Value] = field(default_factory=dict)
    doc: str = ""
    loaded: bool = False
    given: set[str] = field(default_factory=set)
    """Names that other modules put into it: a second import of its file does not have them."""


@dataclass(eq=False)
class Lazy(Value):
    """A module that is imported when it is first touched.

    ``dead``: the loader refuses every attribute (Keras 3 in the place of Keras 2).
    """

    module: str
    dead: bool = False


@dataclass(eq=False)
class Function(Value):
    """A function, with the module whose names its decorators and defaults refer to."""

    node: FunctionNode
    module: Module
    static: bool = False
    bound: bool = False
    """A class method: the first parameter is not the caller's."""
    keyword_only: bool = False
    """Refuses positional arguments (``tf.raw_ops``)."""
    follows: Value | None = None
    """The function whose signature it takes over (``functools.wraps``)."""


@dataclass(eq=False)
class Property(Value):
    """A property of a class."""


@dataclass(eq=False)
class Partial(Value):
    """``functools.partial``: another callable with some arguments filled in."""

    target: Value
    positional: int
    keywords: frozenset[str]


@dataclass(eq=False)
class Class(Value):
    """A class; ``parameters`` replaces its constructor's where that is generated."""

    name: str
    module: Module
    bases: list[Value]
    names: dict[str, Value] = field(default_factory=dict)
    node: ast.ClassDef | None = None
    parameters: str | None = None
    extra_members: frozenset[str] = frozenset()
    keywords: dict[str, Value] = field(default_factory=dict)
    """Keywords of the class statement, such as ``metaclass``."""


def lineage(cls: Class) -> list[Value]:
    """The class and its bases in the order of Python's attribute look-up."""
    try:
        return _merge(cls, frozenset())
    except ValueError:
        return _depth_first(cls, set())


def _merge(cls: Value, seen: frozenset[int]) -> list[Value]:
    """C3 linearisation; raises ``ValueError`` where Python would raise ``TypeError``."""
    if not isinstance(cls, Class):
        return [cls]
    if id(cls) in seen:
        raise ValueError("a class among its own bases")
    below = seen | {id(cls)}
    sequences = [_merge(base, below) for base in cls.bases] + [list(cls.bases)]
    result: list[Value] = [cls]
    while sequences := [s for s in sequences if s]:
        for sequence in sequences:
            head = sequence[0]
            if not any(any(head is other for other in s[1:]) for s in sequences):
                break
        else:
            raise ValueError("no consistent order of bases")
        result.append(head)
        for sequence in sequences:
            if sequence[0] is head:
                del sequence[0]
    return result


def _depth_first(cls: Value, seen: set[int]) -> list[Value]:
    if id(cls) in seen:
        return []
    seen.add(id(cls))
    result: list[Value] = [cls]
    for base in cls.bases if isinstance(cls, Class) else ():
        result += _depth_first(base, seen)
    return result
