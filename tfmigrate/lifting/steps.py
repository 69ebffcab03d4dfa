"""From the statements of a scope to steps: blocks that mean nothing natively are taken apart."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Step
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import Uses, uses

GONE = frozenset({Role.SESSION, Role.GRAPH, Role.AS_DEFAULT})
"""Contexts that have no native counterpart."""
CONTEXTS = frozenset({Role.NAME_SCOPE, Role.DEVICE, Role.CONTROL, Role.VARIABLE_SCOPE})
"""Contexts that hold for the statements in them, wherever these move."""
Compound = ast.For | ast.While | ast.If | ast.Try | ast.With


def read(body: Iterable[ast.stmt], facts: Facts) -> list[Step]:
    """The steps of a module or function, in the order in which they run."""
    return list(_Reader(facts).block(body, (), ()))


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
            elif isinstance(node, (ast.For, ast.While, ast.If, ast.Try)) and self.taken_apart(node):
                yield self.step(node, _head(node), contexts, blocks, header=True)
                inside = (*blocks, node)
                for part in _bodies(node):
                    yield from self.block(part, contexts, inside)
            else:
                yield self.step(node, uses(node), contexts, blocks)

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
            frozenset(found.reads),
            frozenset(found.writes),
            # `tf.add(x, y)` is no `set.add`
            frozenset(found.mutates - self.facts.imported),
            contexts,
            blocks,
            header=header,
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
