"""What a name or an expression may stand for, as far as the resolver can tell."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from tfmigrate.names.scopes import Scope


@dataclass(frozen=True, slots=True)
class Symbol:
    """A module, class, function or constant of TensorFlow (or of another root of the catalogue).

    ``name`` is the canonical dotted name (``tf.contrib.slim``). ``imported`` says that an import
    bound it, so that each use of the bare name is a reference of its own; a name bound by
    assignment (``log = tf.log``) was already a reference where it was assigned.
    ``alternatives`` are the other symbols it may be, from the branches of a ``try`` or an ``if``.
    ``declared_v2`` says that the source spells it ``tf.compat.v2``.
    """

    name: str
    imported: bool = False
    alternatives: tuple[str, ...] = ()
    declared_v2: bool = False


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a TensorFlow class; ``guessed`` if only its name says so (``sess``).

    ``origin`` is the symbol whose call made it, where that is known.
    """

    type: str
    guessed: bool = False
    origin: str = field(default="", compare=False)


@dataclass(slots=True, eq=False)
class LocalClass:
    """A class of the file itself: its TensorFlow bases and what is assigned to ``self``."""

    name: str
    bases: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()
    methods: dict[str, LocalFunction] = field(default_factory=dict)
    attributes: dict[str, Value] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class LocalFunction:
    """A function of the file itself.

    Its ``body`` is read when it is first called, as the interpreter would, or at the end; then it
    is None, and ``result`` what the function returns. ``computed`` says that reading the attribute
    calls it, as with a property. ``guards`` are the ``try`` statements around the definition.
    """

    scope: Scope
    body: list[ast.stmt] | None
    guards: int = 0
    computed: bool = False
    result: Value = None


@dataclass(frozen=True, slots=True)
class Object:
    """An object of a class of the file itself; ``self`` in its methods."""

    cls: LocalClass


Value: TypeAlias = "Symbol | Instance | LocalClass | LocalFunction | Object | None"
"""``None`` is whatever TensorFlow has no part in, or what cannot be told."""


class Role(str, Enum):
    """How a reference stands in the source."""

    IMPORT = "import"
    ATTRIBUTE = "attribute"
    NAME = "name"
    ALIAS = "alias"
    """A use of a name that was assigned (``log = tf.log``): reported where it was assigned."""
    MEMBER = "member"
    """A method or attribute of an object whose class is known."""
    GETATTR = "getattr"
    """``getattr(tf, "log")``."""
    STAR = "star"
    """``from tensorflow import *``."""
    DYNAMIC = "dynamic"
    """``getattr(tf, name)``: which symbol, only the running program knows."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One place where a name resolves to a symbol.

    ``symbol`` is the longest canonical name that some TensorFlow release knows, ``rest`` what the
    source says beyond it (``tf.app.flags.FLAGS`` and ``batch_size``). ``node`` is the expression,
    or the ``ast.alias`` of an import. ``call`` is the call whose function this is; ``bound`` how
    many leading arguments of that call are not arguments of the symbol (1 for
    ``functools.partial(tf.nn.dropout, ...)``). ``root`` is the symbol that the leading name is
    bound to (``tf`` for ``tf.log``), so that a rename knows what it may lean on. ``guarded`` says
    that the reference stands in a ``try`` that catches the failure; ``declared_v2``, that it is
    spelled ``tf.compat.v2`` and so means TensorFlow 2, whatever the file around it speaks.
    """

    symbol: str
    rest: str
    node: ast.expr | ast.alias | ast.stmt
    role: Role
    root: str = ""
    call: ast.Call | None = None
    bound: int = 0
    guessed: bool = False
    guarded: bool = False
    stored: bool = False
    alternatives: tuple[str, ...] = ()
    declared_v2: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """What the resolver found in one file.

    ``attributes`` are all attribute accesses by attribute name (what ``attributes`` matches of
    patterns look at); ``values`` what some expressions stand for, by identity of their node,
    for the detectors; ``comparisons`` are those with a tensor, ``functions`` the names of the
    functions that the file defines. ``hashing`` is what hashes or searches: dict and set displays
    and subscript assignments with a tensor as key, ``list.index(x)`` and ``list.remove(x)`` of a
    tensor, every ``set(...)``; ``dimensions`` are comparisons and truth tests of an item of a
    static shape; ``arithmetic`` the outermost operation of each sum or product; ``inner`` is what
    binds names beside assignments: lambdas, comprehensions, ``:=``, ``global`` and ``nonlocal``.
    ``declared_v2`` says that ``tf.compat.v2`` is imported: the author means TensorFlow 2.
    """

    references: tuple[Reference, ...]
    attributes: dict[str, list[ast.Attribute]]
    values: dict[int, Value]
    comparisons: tuple[ast.Compare, ...] = ()
    functions: frozenset[str] = frozenset()
    hashing: tuple[ast.expr, ...] = ()
    dimensions: tuple[ast.expr, ...] = ()
    arithmetic: tuple[ast.BinOp, ...] = ()
    inner: tuple[ast.AST, ...] = ()
    declared_v2: bool = False
