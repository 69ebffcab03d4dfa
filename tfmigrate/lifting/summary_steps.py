"""Which statements are summaries, and which merge them."""

from __future__ import annotations

import ast
from dataclasses import replace

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Step
from tfmigrate.lifting.roles import Role


def is_summary(node: ast.AST | None, facts: Facts) -> bool:
    """Whether an expression is a summary operation."""
    return isinstance(node, ast.Call) and facts.role(node) is Role.SUMMARY


def is_merge(node: ast.AST | None, facts: Facts) -> bool:
    """Whether an expression merges summary operations."""
    return isinstance(node, ast.Call) and facts.role(node) is Role.MERGE


def mark(steps: list[Step], facts: Facts) -> list[Step]:
    """Steps in which the dependence of merged summaries on each summary can be seen."""
    found: list[str] = []
    marked = []
    for step in steps:
        value = getattr(step.node, "value", None)
        if is_summary(value, facts):
            path = f"<summary {step.index}>"
            found.append(path)
            step = replace(step, writes=step.writes | {path})
        elif is_merge(value, facts) and not value.args and not value.keywords:  # type: ignore[union-attr]
            step = replace(step, reads=step.reads | set(found))
        marked.append(step)
    return marked
