"""Command-line flags: whether a program reads them only when they have been parsed.

TensorFlow 1 parsed flags at the first read, absl parses them in ``app.run``. Where the program is
started by ``app.run`` and reads flags in functions only, that is the same.
"""

from __future__ import annotations

import ast

CODE = "TFM409"
"""The rule about flags, whose fix is safe in such programs."""


def are_read_in_time(tree: ast.Module) -> bool:
    """Whether ``app.run`` starts a program and nothing reads a flag before."""
    runs = any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "run"
        and ast.unparse(node.func.value).rpartition(".")[2] == "app"
        for node in ast.walk(tree)
    )
    holders = {"FLAGS"} | {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "FLAGS"
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return runs and not any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in holders
        for statement in tree.body
        if not isinstance(statement, (ast.FunctionDef, ast.ClassDef, ast.If))
        for node in ast.walk(statement)
    )
