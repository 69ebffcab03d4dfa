"""The defaults that ``arg_scope`` gives to the calls below it.

``with slim.arg_scope([slim.conv2d], stride=2):`` changes the defaults of every ``slim.conv2d``
that runs inside, in the functions that are called from there as well. So the module is walked the
way it runs: each function with the scope in which it is called. A function that returns a scope
(``inception_arg_scope(weight_decay)``) is evaluated, with its parameters replaced by arguments.

Facts from ``tensorflow/contrib/framework/python/ops/arg_scope.py`` of 1.15: an inner scope adds to
the outer one; a scope that is entered again, as a value, replaces it; an explicit argument wins.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tfmigrate.transforms.layer_make import Defaults
from tfmigrate.transforms.layer_model import Refused
from tfmigrate.transforms.layer_values import Reading, canonical, frees, literal, parsed
from tfmigrate.transforms.scope_values import Bindings, Lost, rebuilt

ARG_SCOPE = "tf.contrib.framework.arg_scope"
ADD_ARG_SCOPE = "tf.contrib.framework.add_arg_scope"
_UNCLEAR = "its arg scope is not understood: "
_FIRST = "list_ops_or_scope"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_NORMALIZERS = ("batch_norm", "layer_norm", "instance_norm", "group_norm")
_NORMALIZER = "normalizer_fn"
_CONTRIB = "tf.contrib.layers."


@dataclass(frozen=True, slots=True)
class Default:
    """A default: the node or text of its value, and the function whose names it reads."""

    value: ast.expr | str
    owner: ast.AST | None = None

    @property
    def key(self) -> str:
        """What tells it from others."""
        return self.value if isinstance(self.value, str) else ast.unparse(self.value)

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it reads."""
        return frees([parsed(self.value) if isinstance(self.value, str) else self.value])


@dataclass(frozen=True, slots=True)
class Scope:
    """The defaults at one place: function, parameter, default; or why they cannot be told."""

    defaults: Mapping[str, Mapping[str, Default]] = field(default_factory=dict)
    reason: str = ""

    @property
    def key(self) -> object:
        """What tells it from other scopes."""
        every = {
            (name, parameter, default.key)
            for name, defaults in self.defaults.items()
            for parameter, default in defaults.items()
        }
        return frozenset(every), self.reason

    def adding(self, names: Iterable[str], given: Mapping[str, Default]) -> Scope:
        """This scope with other defaults for some functions."""
        both = dict(self.defaults)
        for name in names:
            both[name] = {**both.get(name, {}), **given}
        return replace(self, defaults=both)


EMPTY = Scope()


@dataclass(frozen=True, slots=True)
class Scoping:
    """What the scopes of a module say of each call in it.

    ``blocks`` are the ``with`` statements that open nothing but understood scopes: to be unwrapped;
    ``makers`` the functions that only make scopes, ``decorated`` those under ``add_arg_scope``,
    whose calls have defaults under their own names.
    """

    reading: Reading
    blocks: frozenset[ast.With]
    makers: frozenset[str]
    decorated: frozenset[str]
    globals: frozenset[str]
    at: Mapping[int, tuple[Scope, ...]]
    owners: Mapping[int, ast.AST | None]
    around: Mapping[ast.AST, ast.AST]

    def of(self, call: ast.Call) -> Defaults | Refused:
        """The defaults for a call, as ``split`` wants them, or why they cannot be told."""
        scopes = self.at.get(id(call), ())
        if not scopes:
            return {}
        if any(each.reason for each in scopes):
            return Refused(next(each.reason for each in scopes if each.reason))
        if len({each.key for each in scopes}) > 1:
            return Refused("it is called in several arg scopes that differ")
        owner = self.owners.get(id(call))
        relevant = self.relevant(call, scopes[0])
        found: dict[str, dict[str, ast.expr | str]] = {}
        for name, defaults in scopes[0].defaults.items():
            for parameter, default in defaults.items():
                hidden = self.hidden(default, owner)
                if hidden and name in relevant and not passes(call, parameter):
                    return Refused(f"`{parameter}` of the arg scope reads `{hidden}`")
                if not hidden:
                    found.setdefault(name, {})[parameter] = default.value
        return found

    def hidden(self, default: Default, owner: ast.AST | None) -> str:
        """A name that a default reads, and that another function does not see."""
        if default.owner is None:
            return ""
        inner = owner
        while inner is not None:
            if inner is default.owner:
                return ""
            inner = self.around.get(inner)
        seen = self.globals
        if owner is not None:
            cls = self.around.get(owner)
            same = isinstance(cls, ast.ClassDef) and self.around.get(default.owner) is cls
            seen = seen | {"self"} if same else seen
        return next((each for each in default.names if each not in seen), "")

    def relevant(self, call: ast.Call, scope: Scope) -> set[str]:
        """The functions whose defaults a call may read."""
        nodes = [call.func, *call.args, *(each.value for each in call.keywords)]
        names = {name for node in nodes if (name := name_of(node, self.reading)) is not None}
        normalized = passes(call, _NORMALIZER) or any(
            _NORMALIZER in scope.defaults.get(name, {}) for name in names
        )
        return names | ({_CONTRIB + each for each in _NORMALIZERS} if normalized else set())


def passes(call: ast.Call, parameter: str) -> bool:
    """Whether a call passes a parameter by its keyword."""
    return any(each.arg == parameter for each in call.keywords)


def name_of(node: ast.expr, reading: Reading) -> str | None:
    """What scopes call a function: its canonical symbol, or its name in the module."""
    symbol = reading.symbol(node)
    if symbol is not None:
        return canonical(symbol, reading.context)
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None


def is_arg_scope(node: ast.expr, reading: Reading) -> bool:
    """Whether an expression opens an ``arg_scope``."""
    return isinstance(node, ast.Call) and name_of(node.func, reading) == ARG_SCOPE


def arg_scopes(tree: ast.Module, reading: Reading) -> Scoping:
    """Walk a module and note the scope of every call in it."""
    walk = _Walk(tree, reading)
    walk.run()
    decorated = (
        each.name
        for each in walk.functions()
        if any(name_of(node, reading) == ADD_ARG_SCOPE for node in each.decorator_list)
    )
    at = {number: tuple(scopes.values()) for number, scopes in walk.at.items()}
    return Scoping(
        reading,
        frozenset(walk.blocks - walk.unclear),
        frozenset(walk.makers),
        frozenset(decorated),
        frozenset(module_names(tree)),
        at,
        walk.owners,
        dict(enclosing(tree, None)),
    )


def enclosing(node: ast.AST, inside: ast.AST | None) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Each function and class with the one around it."""
    for child in ast.iter_child_nodes(node):
        opens = isinstance(child, (*_FUNCTIONS, ast.ClassDef))
        if opens and inside is not None:
            yield child, inside
        yield from enclosing(child, child if opens else inside)


def module_names(tree: ast.Module) -> Iterator[str]:
    """The names that every function of a module sees."""
    yield from dir(builtins)
    stack: list[ast.AST] = list(tree.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if not isinstance(node, (*_FUNCTIONS, ast.ClassDef, ast.Lambda)):
            stack.extend(ast.iter_child_nodes(node))


class _Walk:
    """One walk over a module, in the order in which it would run."""

    def __init__(self, tree: ast.Module, reading: Reading) -> None:
        self.tree = tree
        self.reading = reading
        self.at: dict[int, dict[object, Scope]] = {}
        self.owners: dict[int, ast.AST | None] = {}
        self.blocks: set[ast.With] = set()
        self.unclear: set[ast.With] = set()
        self.makers: set[str] = set()
        self.named: dict[str, list[ast.FunctionDef | ast.AsyncFunctionDef]] = {}
        self.waiting: list[tuple[ast.FunctionDef | ast.AsyncFunctionDef, Scope]] = []
        self.seen: set[tuple[int, object]] = set()
        self.values: dict[tuple[ast.AST | None, str], Scope] = {}
        for node in ast.walk(tree):
            if isinstance(node, _FUNCTIONS):
                self.named.setdefault(node.name, []).append(node)

    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Every function of the module."""
        return [each for several in self.named.values() for each in several]

    def run(self) -> None:
        """The module, then what it calls, then what nobody calls, then the rest."""
        self.body(self.tree.body, EMPTY, None)
        self.drain()
        mentioned = {
            node.id if isinstance(node, ast.Name) else node.attr
            for node in ast.walk(self.tree)
            if isinstance(node, (ast.Name, ast.Attribute))
        }
        for rest in (False, True):
            for each in self.functions():
                done = any(number == id(each) for number, _ in self.seen)
                if not done and (rest or each.name not in mentioned):
                    self.waiting.append((each, EMPTY))
                    self.drain()

    def drain(self) -> None:
        """Walk the functions that were called, each once in every scope."""
        while self.waiting:
            function, scope = self.waiting.pop()
            key = (id(function), scope.key)
            if key not in self.seen:
                self.seen.add(key)
                self.body(function.body, scope, function)

    def body(self, statements: Iterable[ast.stmt], scope: Scope, owner: ast.AST | None) -> None:
        """Statements, in order."""
        for node in statements:
            self.statement(node, scope, owner)

    def statement(self, node: ast.stmt, scope: Scope, owner: ast.AST | None) -> None:
        """One statement; the bodies of functions wait until they are called."""
        if isinstance(node, (ast.With, ast.AsyncWith)):
            inner = self.with_(node, scope, owner)
            self.body(node.body, inner, owner)
            return
        if isinstance(node, _FUNCTIONS):
            for each in (*node.decorator_list, *node.args.defaults):
                self.expression(each, scope, owner)
            return
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                self.statement(child, scope, owner)
            elif isinstance(child, ast.expr):
                self.expression(child, scope, owner)
            elif isinstance(child, (ast.ExceptHandler, ast.match_case)):
                self.body(child.body, scope, owner)

    def with_(self, node: ast.With | ast.AsyncWith, scope: Scope, owner: ast.AST | None) -> Scope:
        """The scope inside a ``with``."""
        opens = [is_arg_scope(item.context_expr, self.reading) for item in node.items]
        if any(opens) and isinstance(node, ast.With):
            (self.blocks if all(opens) else self.unclear).add(node)
        for item, opened in zip(node.items, opens, strict=True):
            if opened and isinstance(item.context_expr, ast.Call):
                scope = self.entered(item.context_expr, scope, owner, Bindings())
            else:
                self.expression(item.context_expr, scope, owner)
            if opened and isinstance(item.optional_vars, ast.Name):
                self.values[owner, item.optional_vars.id] = scope
        if scope.reason and isinstance(node, ast.With):
            self.unclear.add(node)
        return scope

    def expression(self, node: ast.expr, scope: Scope, owner: ast.AST | None) -> None:
        """Note the calls in an expression, and the functions of the module that it mentions."""
        owned = {id(part.value) for part in ast.walk(node) if isinstance(part, ast.Attribute)}
        for part in ast.walk(node):
            if isinstance(part, ast.Call):
                self.at.setdefault(id(part), {})[scope.key] = scope
                self.owners[id(part)] = owner
            name = ""
            if isinstance(part, ast.Name) and self.reading.symbol(part) is None:
                # `function.attribute` does not call it
                name = "" if id(part) in owned else part.id
            elif isinstance(part, ast.Attribute) and self.reading.symbol(part) is None:
                name = part.attr
            for function in self.named.get(name, ()):
                self.waiting.append((function, scope))

    def entered(
        self, call: ast.Call, scope: Scope, owner: ast.AST | None, bindings: Bindings
    ) -> Scope:
        """The scope that a call of ``arg_scope`` makes inside another one."""
        first = call.args[0] if call.args else None
        first = first or next((k.value for k in call.keywords if k.arg == _FIRST), None)
        try:
            if first is None:
                raise Lost("`arg_scope` without arguments")
            listed = bindings.node(first, self.reading)
            if isinstance(listed, (ast.List, ast.Tuple)):
                return scope.adding(self.targets(listed), self.given(call, owner, bindings))
            return self.value(first, scope, owner, bindings)
        except Lost as lost:
            return replace(scope, reason=f"{_UNCLEAR}{lost}")

    def targets(self, listed: ast.List | ast.Tuple) -> list[str]:
        """The functions that a scope is for."""
        names = [name_of(each, self.reading) for each in listed.elts]
        if None in names:
            raise Lost("the list of functions is computed")
        return [each for each in names if each is not None]

    def given(
        self, call: ast.Call, owner: ast.AST | None, bindings: Bindings
    ) -> dict[str, Default]:
        """The defaults that a scope gives."""
        found: dict[str, Default] = {}
        for keyword in call.keywords:
            if keyword.arg == _FIRST:
                continue
            if keyword.arg is not None:
                found[keyword.arg] = self.default(keyword.value, owner, bindings)
                continue
            spread = bindings.node(keyword.value, self.reading)
            if not isinstance(spread, ast.Dict):
                raise Lost("its keywords are computed")
            for key, value in zip(spread.keys, spread.values, strict=True):
                name = literal(key) if key is not None else None
                if not isinstance(name, str):
                    raise Lost("its keywords are computed")
                found[name] = self.default(value, owner, bindings)
        return found

    def default(self, node: ast.expr, owner: ast.AST | None, bindings: Bindings) -> Default:
        """One default: as it stands, or with what is known of the names in it."""
        if not bindings.inside:
            return Default(node, owner)
        return Default(ast.unparse(rebuilt(node, bindings, self.reading)), bindings.owner)

    def value(
        self, node: ast.expr, scope: Scope, owner: ast.AST | None, bindings: Bindings
    ) -> Scope:
        """A scope that is a value: bound by a ``with``, or what a function returns."""
        if isinstance(node, ast.Name) and (owner, node.id) in self.values:
            return self.values[owner, node.id]
        if isinstance(node, ast.Call):
            name = name_of(node.func, self.reading)
            functions = self.named.get(name or "", [])
            if len(functions) == 1:
                inner = Bindings.of_call(node, functions[0], bindings, self.reading, owner)
                found = self.returned(functions[0].body, scope, inner, {})
                if found is None:
                    raise Lost(f"`{name}` does not plainly return a scope")
                self.makers.add(functions[0].name)
                self.seen.add((id(functions[0]), scope.key))
                return found
        raise Lost(f"`{ast.unparse(node)}` is computed")

    def returned(
        self,
        statements: Iterable[ast.stmt],
        scope: Scope,
        bindings: Bindings,
        values: dict[str, Scope],
    ) -> Scope | None:
        """The scope that a function returns; None if these statements do not return."""
        for node in statements:
            if isinstance(node, ast.Return) and node.value is not None:
                if isinstance(node.value, ast.Name) and node.value.id in values:
                    return values[node.value.id]
                return self.value(node.value, scope, bindings.owner, bindings)
            found: Scope | None = None
            if isinstance(node, ast.With):
                found = self.returned_with(node, scope, bindings, values)
            elif isinstance(node, ast.If):
                found = self.returned(bindings.branch(node, self.reading), scope, bindings, values)
            else:
                bindings.bind(node, self.reading)
            if found is not None:
                return found
        return None

    def returned_with(
        self, node: ast.With, scope: Scope, bindings: Bindings, values: dict[str, Scope]
    ) -> Scope | None:
        """What a ``with`` in a function that returns a scope returns."""
        for item in node.items:
            call = item.context_expr
            if not isinstance(call, ast.Call) or not is_arg_scope(call, self.reading):
                raise Lost("a function that makes a scope does more than that")
            scope = self.entered(call, scope, bindings.owner, bindings)
            if scope.reason:
                raise Lost(scope.reason.removeprefix(_UNCLEAR))
            if isinstance(item.optional_vars, ast.Name):
                values[item.optional_vars.id] = scope
        return self.returned(node.body, scope, bindings, values)
