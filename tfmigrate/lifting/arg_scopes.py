"""The defaults that ``arg_scope`` and ``variable_scope`` give to what is made inside them."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from tfmigrate.engine.context import Context
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.transforms.arg_scope import Scoping, arg_scopes, module_names
from tfmigrate.transforms.layer_make import Defaults
from tfmigrate.transforms.layer_model import Refused
from tfmigrate.transforms.layer_values import Arg, Reading, Refusal
from tfmigrate.transforms.layer_values import value as native
from tfmigrate.transforms.layers import reading_of, variable_scope_defaults

_SCOPE = (
    "name_or_scope",
    "default_name",
    "values",
    "initializer",
    "regularizer",
)
_INITIALIZERS = ("tf.initializers.", "tf.keras.initializers.")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Given = tuple["ast.expr | None", "ast.expr | None"]
"""The initializer and the regularizer that the scopes around a call set."""


def reading_for(
    facts: Facts, source: str, text: Callable[[ast.AST], str], context: Context
) -> Reading:
    """How layer functions are read in a program.

    Args:
        facts: what is known of the program.
        source: its text.
        text: what to write for an expression.
        context: facts, rules and target release.
    """
    found = reading_of(source, facts.names, context, tree=facts.tree)
    return replace(found, source=text)


@dataclass(eq=False)
class Scopes:
    """What the scopes of a program say of the calls in them."""

    facts: Facts
    reading: Reading
    frozen: bool = False
    """Whether moving averages are never updated."""
    around: dict[ast.AST, ast.AST] = field(default_factory=dict)
    renewed: set[ast.AST] = field(default_factory=set)
    """The names in the place of which an initializer is made anew."""

    def __post_init__(self) -> None:
        for node in self.facts.nodes:
            for child in ast.iter_child_nodes(node):
                self.around[child] = node

    @cached_property
    def scoping(self) -> Scoping | None:
        """The ``arg_scope`` blocks; None if there are none."""
        roles = {role for _, role in self.facts.roles_below(self.facts.tree)}
        return arg_scopes(self.facts.tree, self.reading) if Role.ARG_SCOPE in roles else None

    @cached_property
    def everywhere(self) -> frozenset[str]:
        """The names that every function sees."""
        return frozenset(module_names(self.facts.tree))

    def defaults(self, call: ast.Call) -> Defaults:
        """The defaults for a call of a layer function.

        Raises:
            Unliftable: they cannot be told.
        """
        given = self.scoping.of(call) if self.scoping is not None else {}
        if isinstance(given, Refused):
            raise Unliftable(call, given.reason)
        initializer, regularizer = self.of_variables(call)
        if initializer is None and regularizer is None:
            return given
        merged: dict[str, Mapping[str, ast.expr | str]] = {
            symbol: dict(each)
            for symbol, each in variable_scope_defaults(initializer, regularizer).items()
        }
        for symbol, each in given.items():
            merged[symbol] = {**merged.get(symbol, {}), **each}
        return merged

    def of_variables(self, call: ast.Call) -> Given:
        """The initializer and the regularizer of the variable scopes that a call runs in.

        Raises:
            Unliftable: it runs in several that differ, or in one whose names it does not see.
        """
        owner, (initializer, regularizer) = self.lexical(call)
        if owner is not None and (initializer is None or regularizer is None):
            found = self.outside(owner, frozenset())
            initializer, regularizer = initializer or found[0], regularizer or found[1]
        fresh = self.made_anew(initializer) if initializer is not None else None
        return fresh, regularizer

    def lexical(self, node: ast.AST) -> tuple[ast.AST | None, Given]:
        """What the scopes in the same function set, and that function."""
        initializer: ast.expr | None = None
        regularizer: ast.expr | None = None
        inner: ast.AST = node
        while inner in self.around:
            inner = self.around[inner]
            if isinstance(inner, _FUNCTIONS):
                return inner, (initializer, regularizer)
            for item in inner.items if isinstance(inner, ast.With) else ():
                scope = item.context_expr
                if self.facts.role(scope) is Role.VARIABLE_SCOPE and isinstance(scope, ast.Call):
                    given = dict(zip(_SCOPE, scope.args, strict=False))
                    given |= {str(each.arg): each.value for each in scope.keywords}
                    initializer = initializer or _not_none(given.get("initializer"))
                    regularizer = regularizer or _not_none(given.get("regularizer"))
        return None, (initializer, regularizer)

    def outside(self, function: ast.AST, seen: frozenset[ast.AST]) -> Given:
        """What is set where a function is called, the same at every call."""
        if function in seen:
            return None, None
        found: list[Given] = []
        for call in self.calls(getattr(function, "name", "")):
            owner, given = self.lexical(call)
            if owner is not None and None in given:
                outer = self.outside(owner, seen | {function})
                given = given[0] or outer[0], given[1] or outer[1]
            found.append(given)
        if not found:
            return None, None
        texts = {tuple(each and ast.dump(each) for each in given) for given in found}
        if len(texts) > 1:
            raise Unliftable(function, "it is called in variable scopes with several defaults")
        for each in found[0]:
            hidden = {
                name.id
                for name in ast.walk(each or ast.Pass())
                if isinstance(name, ast.Name) and name.id not in self.everywhere
            }
            if hidden:
                reason = f"a variable scope around its call reads `{min(hidden)}`"
                raise Unliftable(function, reason)
        return found[0]

    def calls(self, name: str) -> Iterator[ast.Call]:
        """The calls of a function of the file."""
        for node in self.facts.nodes:
            called = node.func if isinstance(node, ast.Call) else None
            if isinstance(called, ast.Name) and called.id == name:
                assert isinstance(node, ast.Call)
                yield node

    def fresh(self, call: ast.Call) -> ast.Call:
        """A call in which names of initializers are what they are bound to.

        A Keras initializer gives the same values each time, so each layer needs one of its own.
        """
        new = copy.copy(call)
        new.args = [self.made_anew(each) for each in call.args]
        new.keywords = [copy.copy(each) for each in call.keywords]
        for each in new.keywords:
            each.value = self.made_anew(each.value)
        return new

    def made_anew(self, node: ast.expr) -> ast.expr:
        """What a name is bound to, if it is an initializer made once; else the node."""
        value = self.reading.value(node) if isinstance(node, ast.Name) else None
        if not isinstance(value, ast.Call):
            return node
        symbol = self.facts.symbol(value.func) or ""
        made = symbol.endswith("_initializer") or symbol.startswith(_INITIALIZERS)
        if not made or not self.seen_by(value, node):
            return node
        self.renewed.add(node)
        return value

    def initializers(self) -> dict[ast.expr, str]:
        """The new texts of initializers and regularizers, wherever they are made."""
        found: dict[ast.expr, str] = {}
        for node in self.facts.nodes:
            symbol = self.facts.symbol(node.func) if isinstance(node, ast.Call) else None
            if symbol is None or not symbol.endswith(("_initializer", "_regularizer")):
                continue
            assert isinstance(node, ast.Call)
            try:
                text = native(Arg(node, self.reading))
            except Refusal:
                continue
            if text != self.reading.source(node):
                found[node] = text
        return found

    def seen_by(self, value: ast.expr, node: ast.AST) -> bool:
        """Whether the names of an expression mean the same where another one stands."""
        if self.lexical(value)[0] is self.lexical(node)[0]:
            return True
        names = {each.id for each in ast.walk(value) if isinstance(each, ast.Name)}
        return names <= self.everywhere

    def gone(self) -> Iterator[ast.stmt]:
        """The statements that only make scopes or initializers, which nothing else reads."""
        names = {each.id for each in self.renewed if isinstance(each, ast.Name)}
        for node in self.facts.nodes:
            (target,) = node.targets[:1] if isinstance(node, ast.Assign) else (None,)
            if isinstance(target, ast.Name) and target.id in names:
                loads = (
                    each
                    for each in self.facts.nodes
                    if isinstance(each, ast.Name) and each.id == target.id
                    if isinstance(each.ctx, ast.Load)
                )
                if all(each in self.renewed for each in loads):
                    assert isinstance(node, ast.Assign)
                    yield node
        if self.scoping is None:
            return
        for node in self.facts.tree.body:
            made = isinstance(node, ast.FunctionDef) and node.name in self.scoping.makers
            if made and self.only_for_scopes(node.name):  # type: ignore[attr-defined]
                yield node
        for node in self.facts.nodes:
            if not isinstance(node, ast.Assign) or len(node.targets) != 1:
                continue
            (target,) = node.targets
            called = isinstance(node.value, ast.Call) and node.value.func
            made = isinstance(called, ast.Name) and called.id in self.scoping.makers
            if made and isinstance(target, ast.Name) and self.only_for_scopes(target.id):
                yield node

    def only_for_scopes(self, name: str) -> bool:
        """Whether a name is read in the heads of ``arg_scope`` blocks alone, or for such."""
        assert self.scoping is not None
        for node in self.facts.nodes:
            if not isinstance(node, ast.Name) or node.id != name:
                continue
            if isinstance(node.ctx, ast.Load) and not self.in_head(node):
                return False
        return True

    def in_head(self, node: ast.AST) -> bool:
        """Whether a node stands in the head of a block that goes, or in a maker of scopes."""
        assert self.scoping is not None
        inner = node
        while inner in self.around:
            inner, child = self.around[inner], inner
            if isinstance(inner, ast.withitem) and child is inner.context_expr:
                return self.around[inner] in self.scoping.blocks
            if isinstance(inner, ast.Assign):
                called = isinstance(inner.value, ast.Call) and inner.value.func is node
                (target,) = inner.targets[:1]
                return called and isinstance(target, ast.Name) and self.only_for_scopes(target.id)
            if isinstance(inner, ast.FunctionDef) and inner.name in self.scoping.makers:
                return True
        return False


def _not_none(node: ast.expr | None) -> ast.expr | None:
    none = isinstance(node, ast.Constant) and node.value is None
    return None if none else node
