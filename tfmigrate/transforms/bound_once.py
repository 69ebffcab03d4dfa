"""Names that are bound once in a module and never changed, so that they can be looked through."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable

_BINDERS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def bound_once(tree: ast.Module) -> Callable[[ast.expr], ast.expr | None]:
    """What a name is bound to: the expression of its only assignment in the whole module.

    None for everything else, and for names that are subscripted for writing or whose methods are
    called, because what they hold may have changed since (``params["decay"] = 0.9``).
    """
    counts: Counter[str] = Counter()
    values: dict[str, ast.expr] = {}
    changed: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            counts[node.id] += 1
        elif isinstance(node, ast.arg):
            counts[node.arg] += 1
        elif isinstance(node, _BINDERS):
            counts[node.name] += 1
        elif isinstance(node, ast.alias):
            counts[(node.asname or node.name).partition(".")[0]] += 1
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            changed.update(node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            changed.add(node.value.id)
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
            changed |= {node.value.id} if not isinstance(node.ctx, ast.Load) else set()
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            (target,) = node.targets
            if isinstance(target, ast.Name):
                values[target.id] = node.value

    def value(node: ast.expr) -> ast.expr | None:
        if not isinstance(node, ast.Name) or counts[node.id] != 1 or node.id in changed:
            return None
        return values.get(node.id)

    return value
