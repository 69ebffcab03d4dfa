"""From the statements of a scope to steps: blocks that mean nothing natively are taken apart."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tfmigrate.lifting.facts import Facts, methods_of
from tfmigrate.lifting.model import Naming, Step
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import Uses, makes_feed, path_of, uses

GONE = frozenset({Role.SESSION, Role.GRAPH, Role.AS_DEFAULT, Role.ARG_SCOPE})
"""Contexts that have no native counterpart."""
CONTEXTS = frozenset({Role.NAME_SCOPE, Role.DEVICE, Role.CONTROL, Role.VARIABLE_SCOPE})
"""Contexts that hold for the statements in them, wherever these move."""
Compound = ast.For | ast.While | ast.If | ast.Try | ast.With


def read(body: Iterable[ast.stmt], facts: Facts) -> list[Step]:
    """The steps of a module or function, in the order in which they run."""
    reader = _Reader(facts)
    found = list(reader.block(body, (), ()))
    found.extend(reader.rest())
    for name in reader.classes if body is facts.tree.body else ():
        # a class that other files make objects of
        found.extend(reader.construct(name, ()))
    found.extend(reader.rest())
    return found


def instances_of(classes: Iterable[str], facts: Facts) -> dict[str, str]:
    """The names that are given an object of a class, and that class."""
    found: dict[str, str] = {}
    for node in facts.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            func = node.value.func
            if isinstance(func, ast.Name) and func.id in classes:
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        found[target.id] = func.id
    return found


def given_to(node: ast.FunctionDef, facts: Facts, cls: str = "") -> dict[str, list[ast.expr]]:
    """What each parameter of a function is given, over all of its calls in the file.

    ``cls`` is the class that it is a method of.
    """
    parameters = [each.arg for each in node.args.args][1 if cls else 0 :]
    given: dict[str, list[ast.expr]] = {}
    for call in calls_of(node, facts):
        for name, value in zip(parameters, call.args, strict=False):
            given.setdefault(name, []).append(value)
        for keyword in call.keywords:
            if keyword.arg is not None:
                given.setdefault(keyword.arg, []).append(keyword.value)
    return given


def calls_of(node: ast.FunctionDef, facts: Facts) -> list[ast.Call]:
    """The calls of a function or method of the file."""
    return facts.calls_of(node)


def graph_classes(facts: Facts) -> dict[str, ast.ClassDef]:
    """The classes whose methods build or run a graph."""
    wanted = {
        Role.PLACEHOLDER,
        Role.RUN,
        Role.EVAL,
        Role.OPERATION_RUN,
        Role.SESSION,
        Role.MINIMIZE,
        Role.APPLY_GRADIENTS,
        Role.SAVER,
    }
    return {
        name: node
        for name, node in facts.classes.items()
        if node in facts.tree.body and any(facts.role(each) in wanted for each in facts.below(node))
    }


def item_roles(node: ast.With, facts: Facts) -> list[Role | None]:
    """What each context manager of a ``with`` is; None if it is the program's own."""
    return [_context_role(item.context_expr, facts) for item in node.items]


def _context_role(node: ast.expr, facts: Facts) -> Role | None:
    role = facts.role(node)
    if role is None and facts.instance(node) in ("tf.Session", "tf.Graph"):
        return Role.AS_DEFAULT
    return role


class _Reader:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.count = 0
        self.classes = graph_classes(facts)
        self.instances = instances_of(self.classes, facts)
        self.built: set[tuple[str, str]] = set()
        self.names = Naming(instances=self.instances)
        self.namings: dict[ast.FunctionDef | None, Naming] = {}
        self.deferred: list[tuple[ast.FunctionDef, tuple[ast.stmt, ...], Naming]] = []

    def block(
        self,
        body: Iterable[ast.stmt],
        contexts: tuple[ast.With, ...],
        blocks: tuple[ast.stmt, ...],
    ) -> Iterator[Step]:
        """The steps of a list of statements."""
        for node in body:
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                yield from self.built_by(node, contexts, blocks)
            if isinstance(node, ast.With):
                yield from self.with_block(node, contexts, blocks)
            elif isinstance(node, ast.ClassDef) and node.name in self.classes:
                yield self.step(node, Uses(writes={node.name}), contexts, blocks, header=True)
            elif isinstance(node, ast.FunctionDef) and self.runs(node):
                yield self.step(node, Uses(writes={node.name}), contexts, blocks, header=True)
                self.deferred.append((node, blocks, self.names))
            elif isinstance(node, (ast.For, ast.While, ast.If, ast.Try)) and self.taken_apart(node):
                yield self.step(node, _head(node), contexts, blocks, header=True)
                inside = (*blocks, node)
                for part in _bodies(node):
                    yield from self.block(part, contexts, inside)
            else:
                yield self.step(node, uses(node), contexts, blocks)

    def built_by(
        self, node: ast.stmt, contexts: tuple[ast.With, ...], blocks: tuple[ast.stmt, ...]
    ) -> Iterator[Step]:
        """The steps of the methods that a statement has run: constructors, builders, properties."""
        inner = [node] if not hasattr(node, "body") else _heads(node)
        for each in (sub for part in inner for sub in self.facts.below(part)):
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Name):
                if each.func.id in self.classes:
                    yield from self.construct(each.func.id, contexts)
            path = path_of(each)
            if path is None or not isinstance(each, ast.Attribute):
                continue
            cls, _, name = self.names.get(path, path).partition(".")
            method = methods_of(self.classes[cls]).get(name) if cls in self.classes else None
            if method is not None and self.builds(method):
                yield from self.method(cls, method, contexts)

    def construct(self, cls: str, contexts: tuple[ast.With, ...]) -> Iterator[Step]:
        """The steps of making an object of a class: its constructor, what that calls, the rest."""
        methods = methods_of(self.classes[cls])
        if (cls, "__init__") in self.built:
            return
        if "__init__" in methods:
            yield from self.method(cls, methods["__init__"], contexts)
        for method in methods.values():
            if self.facts.helper(f"{cls}.{method.name}", method).runs:  # type: ignore[union-attr]
                if (cls, method.name) not in self.built:
                    self.built.add((cls, method.name))
                    names = Naming({}, cls, method.name, self.instances)
                    self.deferred.append((method, (), names))
            elif method.decorator_list and self.builds(method):
                yield from self.method(cls, method, contexts)

    def builds(self, method: ast.FunctionDef) -> bool:
        """Whether a method is run once to build a part of the graph, as its call shows."""
        if len(method.args.args) > 1 and method.name != "__init__":
            return False
        return any(self.facts.symbol(each) is not None for each in self.facts.below(method))

    def method(
        self, cls: str, method: ast.FunctionDef, contexts: tuple[ast.With, ...]
    ) -> Iterator[Step]:
        """The steps of a method, once."""
        if (cls, method.name) in self.built:
            return
        self.built.add((cls, method.name))
        before = self.names
        self.names = self.naming(method, Naming({}, cls, method.name, self.instances))
        yield from self.block(method.body, contexts, ())
        self.names = before

    def rest(self) -> Iterator[Step]:
        """The bodies of functions that run the graph: they run when all of it is there."""
        while self.deferred:
            node, blocks, around = self.next_deferred()
            self.names = self.naming(node, around)
            yield from self.block(node.body, (), (*blocks, node))

    def next_deferred(self) -> tuple[ast.FunctionDef, tuple[ast.stmt, ...], Naming]:
        """The next function to read: one whose callers have been read, if there is one."""
        waiting = [node for node, _, _ in self.deferred]
        for index, (node, _, _) in enumerate(self.deferred):
            callers = (self.facts.within.get(id(call)) for call in calls_of(node, self.facts))
            if not any(caller is not node and caller in waiting for caller in callers):
                return self.deferred.pop(index)
        return self.deferred.pop(0)

    def naming(self, node: ast.FunctionDef, around: Naming) -> Naming:
        """What the names of a function stand for.

        A parameter that is always given one name is that: tensors are handed to functions under
        other names (``evaluate(sess, accuracy, x)``).
        """
        arguments = node.args
        parameters = [each.arg for each in (*arguments.args, *arguments.kwonlyargs)]
        declared = {
            name for each in ast.walk(node) if isinstance(each, ast.Global) for name in each.names
        }
        rebound = {each for each in uses(*node.body).writes if "." not in each}
        owner = f"{around.cls}.{node.name}" if around.cls else node.name
        own = dict(around.own)
        own |= {n: f"{owner}.{n}" for n in {*parameters, *rebound} - declared if n != "self"}
        for name, paths in self.given_paths(node, around.cls).items():
            path = paths.pop() if len(paths) == 1 else None
            if path is not None and name not in rebound:
                own[name] = path
        names = replace(around, own=own)
        self.namings[node] = names
        return names

    def given_paths(self, node: ast.FunctionDef, cls: str) -> dict[str, set[str | None]]:
        """The paths that each parameter of a function is given, over its calls in the file."""
        parameters = [each.arg for each in node.args.args][1 if cls else 0 :]
        found: dict[str, set[str | None]] = {}
        for call in calls_of(node, self.facts):
            caller = self.facts.within.get(id(call))
            outside = self.namings.get(caller, Naming(instances=self.instances))
            pairs: list[tuple[str | None, ast.expr]] = [
                *zip(parameters, call.args, strict=False),
                *((each.arg, each.value) for each in call.keywords),
            ]
            for name, value in pairs:
                path = path_of(value)
                if path is not None and "." in path:
                    path = None
                if name is not None:
                    found.setdefault(name, set()).add(
                        outside.get(path, path) if path is not None else None
                    )
        return found

    def runs(self, node: ast.FunctionDef) -> bool:
        """Whether a function runs the graph, or makes what a run is fed with."""
        helper = self.facts.helper(node.name)
        return helper is not None and (helper.runs or makes_feed(node))

    def with_block(
        self, node: ast.With, contexts: tuple[ast.With, ...], blocks: tuple[ast.stmt, ...]
    ) -> Iterator[Step]:
        """The steps of a ``with``: transparent if it is TensorFlow's, else a block."""
        roles = item_roles(node, self.facts)
        if all(role in GONE or role in CONTEXTS for role in roles):
            yield self.step(node, _head(node), contexts, blocks, header=True)
            holds = any(role in CONTEXTS for role in roles)
            yield from self.block(node.body, (*contexts, node) if holds else contexts, blocks)
        elif self.taken_apart(node) or any(role in GONE for role in roles):
            yield self.step(node, _head(node), contexts, blocks, header=True)
            yield from self.block(node.body, contexts, (*blocks, node))
        else:
            yield self.step(node, uses(node), contexts, blocks)

    def taken_apart(self, node: Compound) -> bool:
        """Whether there are run sites or sessions in a compound statement."""
        wanted = {Role.RUN, Role.EVAL, Role.OPERATION_RUN, Role.SESSION, Role.SAVER_CALL}
        return any(role in wanted for _, role in self.facts.roles_below(node))

    def step(
        self,
        node: ast.stmt,
        found: Uses,
        contexts: tuple[ast.With, ...],
        blocks: tuple[ast.stmt, ...],
        *,
        header: bool = False,
    ) -> Step:
        """One step."""
        self.count += 1
        if isinstance(node, ast.Return) and self.names.cls and node.value is not None:
            # what a property returns is what its name stands for
            found = Uses(found.reads, {f"self.{self.names.method}"}, found.mutates)
        return Step(
            node,
            self.count - 1,
            frozenset(self.names.get(each, each) for each in found.reads),
            frozenset(self.names.get(each, each) for each in found.writes),
            # `tf.add(x, y)` is no `set.add`
            frozenset(self.names.get(each, each) for each in found.mutates - self.facts.imported),
            contexts,
            blocks,
            header=header,
            names=self.names,
        )


def _heads(node: ast.stmt) -> list[ast.AST]:
    """The expressions in the head of a compound statement."""
    return [
        each for each in ast.iter_child_nodes(node) if isinstance(each, (ast.expr, ast.withitem))
    ]


def heads(step: Step) -> list[ast.AST]:
    """The syntax that belongs to a step: all of it, or the head of a compound statement."""
    node = step.node
    if not step.header:
        return [node]
    if isinstance(node, ast.For):
        return [node.iter]
    if isinstance(node, (ast.While, ast.If)):
        return [node.test]
    if isinstance(node, ast.With):
        return list(node.items)
    return []


def _head(node: Compound) -> Uses:
    """What the head of a compound statement reads and binds."""
    if isinstance(node, ast.For):
        return uses(node.target, node.iter)
    if isinstance(node, (ast.While, ast.If)):
        return uses(node.test)
    if isinstance(node, ast.With):
        return uses(*node.items)
    return Uses()


def _bodies(node: ast.For | ast.While | ast.If | ast.Try) -> Iterator[list[ast.stmt]]:
    """The blocks of a compound statement."""
    yield node.body
    if isinstance(node, ast.Try):
        for handler in node.handlers:
            yield handler.body
    yield node.orelse
    if isinstance(node, ast.Try):
        yield node.finalbody
