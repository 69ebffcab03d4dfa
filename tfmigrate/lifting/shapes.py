"""What nodes of LibCST look like: its own matchers take longer to import than a program to lift."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst


def is_only(node: cst.CSTNode, kind: type[cst.BaseSmallStatement]) -> bool:
    """Whether a line of statements holds one of a kind, and nothing else."""
    return (
        isinstance(node, cst.SimpleStatementLine)
        and len(node.body) == 1
        and isinstance(node.body[0], kind)
    )


def passes(node: cst.BaseSuite) -> bool:
    """Whether a block does nothing."""
    return (
        isinstance(node, cst.IndentedBlock)
        and len(node.body) == 1
        and is_only(node.body[0], cst.Pass)
    )


def calls(node: cst.CSTNode, name: str) -> Iterator[cst.Call]:
    """The calls of a function below a node, by its name, in the order of the source."""
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value == name:
        yield node
    for each in node.children:
        yield from calls(each, name)
