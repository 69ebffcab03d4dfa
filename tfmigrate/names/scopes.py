"""Scopes: which name is bound to what, at the point that the resolver has reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tfmigrate.names.values import Instance, Symbol, Value

_ABSENT = object()
_TENSORS = {"tf.Tensor", "tf.Variable"}


class Scope:
    """The names of one module, class, function or comprehension.

    Binding is followed in the order of the source, as the interpreter would execute it; where
    branches meet, what any of them may have bound is kept (see :meth:`branch`).
    """

    __slots__ = ("_journal", "is_class", "names", "outer", "parent")

    def __init__(self, parent: Scope | None, *, is_class: bool = False) -> None:
        self.names: dict[str, Value] = {}
        self.parent = parent
        self.is_class = is_class
        self.outer: dict[str, Scope] = {}
        self._journal: dict[str, object] | None = None

    def bind(self, name: str, value: Value) -> None:
        """Bind ``name`` here, or in the scope that ``global`` or ``nonlocal`` named."""
        elsewhere = self.outer.get(name)
        if elsewhere is not None:
            elsewhere.bind(name, value)
            return
        if self._journal is not None:
            self._journal.setdefault(name, self.names.get(name, _ABSENT))
        self.names[name] = value

    def lookup(self, name: str) -> Value:
        """What ``name`` means here: this scope, then the enclosing ones, classes left out."""
        scope: Scope | None = self
        while scope is not None:
            if (not scope.is_class or scope is self) and name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return None

    def declare_global(self, name: str) -> None:
        """``global name``."""
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        if scope is not self:
            self.outer[name] = scope

    def declare_nonlocal(self, name: str) -> None:
        """``nonlocal name``."""
        scope = self.parent
        while scope is not None:
            if not scope.is_class and name in scope.names:
                self.outer[name] = scope
                return
            scope = scope.parent

    @contextmanager
    def branch(self) -> Iterator[dict[str, Value]]:
        """Run one branch of a statement; what it bound is in the yielded dict afterwards.

        The scope itself is left as it was before: :meth:`merge` puts the branches together.
        """
        enclosing, self._journal = self._journal, {}
        bound: dict[str, Value] = {}
        try:
            yield bound
        finally:
            journal, self._journal = self._journal, enclosing
            for name, before in journal.items():
                if name in self.names:
                    bound[name] = self.names[name]
                if before is _ABSENT:
                    self.names.pop(name, None)
                else:
                    self.names[name] = before  # type: ignore[assignment]

    def merge(self, branches: list[dict[str, Value]]) -> None:
        """Bind what the branches bound, the first that knows better winning."""
        for branch in branches:
            for name in branch:
                value: Value = None
                for other in branches:
                    if name in other:
                        value = join(value, other[name])
                self.bind(name, value)


def join(first: Value, second: Value) -> Value:
    """What a name may be that is one thing in one branch and another in the next.

    Nothing certain, if it is an object of this class or of that one.
    """
    if first is None or second is None:
        return second if first is None else first
    if isinstance(first, Instance) and isinstance(second, Instance):
        if first.type == second.type:
            return first
        return Instance("tf.Tensor") if {first.type, second.type} <= _TENSORS else None
    if not (isinstance(first, Symbol) and isinstance(second, Symbol)) or first.name == second.name:
        return first
    others = dict.fromkeys((*first.alternatives, second.name, *second.alternatives))
    others.pop(first.name, None)
    return Symbol(first.name, first.imported, tuple(others), first.declared_v2)
