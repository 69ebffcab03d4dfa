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


def summarizes(node: ast.stmt, facts: Facts) -> bool:
    """Whether a statement does nothing but make summaries, itself or by a function of the file."""
    if isinstance(node, (ast.For, ast.If)):
        if any(isinstance(each, ast.stmt) and computes(each, facts) for each in ast.walk(node)):
            return False
        return any(role is Role.SUMMARY for _, role in facts.roles_below(node))
    value = getattr(node, "value", None)
    if isinstance(node, ast.Expr):
        return any(role is Role.SUMMARY for _, role in facts.roles_below(node))
    return is_summary(value, facts)


def computes(node: ast.stmt, facts: Facts) -> bool:
    """Whether a statement makes summaries beside a value that others read."""
    value = getattr(node, "value", None)
    if not isinstance(node, ast.Assign) or is_summary(value, facts):
        return False
    return any(role is Role.SUMMARY for _, role in facts.roles_below(node))


def mark(steps: list[Step], facts: Facts) -> list[Step]:
    """Steps in which the dependence of merged summaries on each summary can be seen."""
    found: list[str] = []
    marked = []
    for step in steps:
        value = getattr(step.node, "value", None)
        if is_merge(value, facts) or step.header:
            made = False
        else:
            made = summarizes(step.node, facts) or computes(step.node, facts)
        if made:
            path = f"<summary {step.index}>"
            found.append(path)
            step = replace(step, writes=step.writes | {path})
        if is_merge(value, facts) and not value.args and not value.keywords:  # type: ignore[union-attr]
            step = replace(step, reads=step.reads | set(found))
        marked.append(step)
    return marked
