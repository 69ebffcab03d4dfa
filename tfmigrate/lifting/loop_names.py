"""Names that a loop and what stands around it both bind: the loop gets names of its own.

``W`` is one variable before a loop, others in its rounds and yet another one after it. As long as
no value passes from one to the next, other names mean the same and can be told apart.
"""

from __future__ import annotations

import ast

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.uses import names_in
from tfmigrate.lifting.writing import Source, write


def own_loop_names(text: str, facts: Facts) -> str | None:
    """The program with such names renamed in its loops; None if there are none."""
    replaced: dict[ast.expr, str] = {}
    taken = names_in([facts.tree])
    scopes: list[ast.AST] = [facts.tree]
    scopes += [node for node in facts.nodes if isinstance(node, ast.FunctionDef)]
    for scope in scopes:
        own = _own_nodes(scope)
        names = [node for node in own if isinstance(node, ast.Name)]
        for loop in own:
            if isinstance(loop, ast.For) and not any(True for _ in facts.run_calls(loop)):
                replaced.update(_renamed(loop, names, taken))
    return write(Source(text), dict(replaced), {}) if replaced else None


def _own_nodes(scope: ast.AST) -> list[ast.AST]:
    """The nodes of a scope, those of functions within left out."""
    found: list[ast.AST] = []
    for child in ast.iter_child_nodes(scope):
        if isinstance(child, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        found.append(child)
        found.extend(_own_nodes(child))
    return found


def _renamed(loop: ast.For, names: list[ast.Name], taken: set[str]) -> dict[ast.expr, str]:
    """New texts for the names that a loop binds for itself."""
    inside = {id(each) for part in loop.body for each in ast.walk(part)}
    begin, end = _place(loop), (loop.end_lineno or 0, loop.end_col_offset or 0)
    found: dict[ast.expr, str] = {}
    bound = _bound_first(loop)
    for name in sorted(bound):
        mine = sorted((n for n in names if n.id == name and id(n) in inside), key=_evaluated)
        before = [n for n in names if n.id == name and _place(n) < begin]
        after = sorted((n for n in names if n.id == name and _place(n) >= end), key=_evaluated)
        stored = any(isinstance(n.ctx, ast.Store) for n in (*before, *after))
        if not stored or not isinstance(mine[0].ctx, ast.Store):
            continue
        if after and not isinstance(after[0].ctx, ast.Store):
            continue
        new, number = f"{name}_i", 2
        while new in taken:
            new, number = f"{name}_{number}", number + 1
        taken.add(new)
        found.update(dict.fromkeys(mine, new))
    return found


def _bound_first(loop: ast.For) -> set[str]:
    """The names that a round of a loop binds for sure before anything in it may read them."""
    found: set[str] = set()
    seen: set[str] = set()
    for statement in _straight(loop.body):
        if isinstance(statement, ast.Assign):
            reads = {n.id for n in ast.walk(statement.value) if isinstance(n, ast.Name)}
            targets = {
                n.id for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)
            }
            found |= targets - seen - reads
            seen |= reads | targets
        else:
            seen |= {n.id for n in ast.walk(statement) if isinstance(n, ast.Name)}
    return found


def _straight(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements that always run, those in ``with`` blocks among them."""
    found: list[ast.stmt] = []
    for statement in body:
        if isinstance(statement, ast.With):
            found.extend(ast.Expr(item.context_expr) for item in statement.items)
            found.extend(_straight(statement.body))
        else:
            found.append(statement)
    return found


def _place(node: ast.expr | ast.stmt) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _evaluated(node: ast.Name) -> tuple[int, bool, int]:
    """The order of evaluation within a statement of one line: what is read comes first."""
    return node.lineno, isinstance(node.ctx, ast.Store), node.col_offset
