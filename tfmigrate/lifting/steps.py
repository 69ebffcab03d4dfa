"""From the statements of a scope to steps: blocks that mean nothing natively are taken apart."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Step
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import Uses, path_of, uses

GONE = frozenset({Role.SESSION, Role.GRAPH, Role.AS_DEFAULT})
"""Contexts that have no native counterpart."""
CONTEXTS = frozenset({Role.NAME_SCOPE, Role.DEVICE, Role.CONTROL, Role.VARIABLE_SCOPE})
"""Contexts that hold for the statements in them, wherever these move."""
Compound = ast.For | ast.While | ast.If | ast.Try | ast.With


def read(body: Iterable[ast.stmt], facts: Facts) -> list[Step]:
    """The steps of a module or function, in the order in which they run."""
    reader = _Reader(facts)
    found = list(reader.block(body, (), ()))
    # the bodies of functions that run the graph run when all of it is there
    while reader.deferred:
        node, blocks = reader.deferred.pop(0)
        reader.names = own_names(node, facts)
        found.extend(reader.block(node.body, (), (*blocks, node)))
    return found


def own_names(node: ast.FunctionDef, facts: Facts) -> dict[str, str]:
    """The paths of the names of a function; a parameter that is always given one name is that.

    Tensors are handed to functions under other names: ``evaluate(sess, accuracy, x)``.
    """
    declared = {name for each in ast.walk(node) if isinstance(each, ast.Global) for name in each.names}
    parameters = [each.arg for each in (*node.args.args, *node.args.kwonlyargs)]
    names = {
        name: f"{node.name}.{name}"
        for name in {*parameters, *uses(*node.body).writes} - declared
    }
    rebound = uses(*node.body).writes
    for name, values in given_to(node, facts).items():
        paths = {path_of(value) for value in values}
        if len(paths) == 1 and None not in paths and name not in rebound:
            names[name] = str(paths.pop())
    return names


def given_to(node: ast.FunctionDef, facts: Facts) -> dict[str, list[ast.expr]]:
    """What each parameter of a function is given, over all of its calls in the file."""
    parameters = [each.arg for each in node.args.args]
    given: dict[str, list[ast.expr]] = {}
    for call in ast.walk(facts.tree):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
            continue
        if call.func.id != node.name:
            continue
        for name, value in zip(parameters, call.args, strict=False):
            given.setdefault(name, []).append(value)
        for keyword in call.keywords:
            if keyword.arg is not None:
                given.setdefault(keyword.arg, []).append(keyword.value)
    return given


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
        self.names: dict[str, str] = {}
        self.deferred: list[tuple[ast.FunctionDef, tuple[ast.stmt, ...]]] = []

    def block(
        self,
        body: Iterable[ast.stmt],
        contexts: tuple[ast.With, ...],
        blocks: tuple[ast.stmt, ...],
    ) -> Iterator[Step]:
        """The steps of a list of statements."""
        for node in body:
            if isinstance(node, ast.With):
                yield from self.with_block(node, contexts, blocks)
            elif isinstance(node, ast.FunctionDef) and self.runs(node):
                yield self.step(node, Uses(writes={node.name}), contexts, blocks, header=True)
                self.deferred.append((node, blocks))
            elif isinstance(node, (ast.For, ast.While, ast.If, ast.Try)) and self.taken_apart(node):
                yield self.step(node, _head(node), contexts, blocks, header=True)
                inside = (*blocks, node)
                for part in _bodies(node):
                    yield from self.block(part, contexts, inside)
            else:
                yield self.step(node, uses(node), contexts, blocks)

    def runs(self, node: ast.FunctionDef) -> bool:
        """Whether a function runs the graph."""
        helper = self.facts.helper(node.name)
        return helper is not None and helper.runs

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
        wanted = {Role.RUN, Role.EVAL, Role.OPERATION_RUN, Role.SESSION}
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
