"""Names within the text of an expression, replaced by what they stand for."""

from __future__ import annotations

import ast
from collections.abc import Mapping

_ATOMS = (ast.Name, ast.Constant, ast.Attribute, ast.Call, ast.Subscript, ast.List, ast.Tuple)
_PURE = frozenset({"int", "len", "list", "tuple", "range", "min", "max", "str", "float"})


def replace_names(text: str, definitions: Mapping[str, str]) -> str:
    """An expression with names replaced, in parentheses where they would bind otherwise."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    found = [
        node
        for node in ast.walk(ast.parse(f"({text})", mode="eval"))
        if isinstance(node, ast.Name) and node.id in definitions
    ]
    for node in sorted(found, key=lambda each: (each.lineno, each.col_offset), reverse=True):
        # the parenthesis that was put before the text shifts its first line
        column = node.col_offset - (1 if node.lineno == 1 else 0)
        ahead = lines[node.lineno - 1].encode()[:column].decode()
        begin = starts[node.lineno - 1] + len(ahead)
        new = definitions[node.id]
        simple = isinstance(ast.parse(f"({new})", mode="eval").body, _ATOMS)
        text = text[:begin] + (new if simple else f"({new})") + text[begin + len(node.id) :]
    return text


def once_in(body: list[ast.stmt], name: str) -> ast.expr | None:
    """The expression that a name is given in a loop, if it is given once and without effects."""
    given = [
        node
        for statement in body
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
    ]
    for statement in body:
        if isinstance(statement, (ast.With, ast.If)):
            found = once_in(statement.body, name) if isinstance(statement, ast.With) else None
            if found is not None:
                return found if len(given) == 1 else None
        if isinstance(statement, ast.Assign) and len(given) == 1:
            target = statement.targets[0]
            if isinstance(target, ast.Name) and target.id == name and is_pure(statement.value):
                return statement.value
    return None


def is_pure(node: ast.expr) -> bool:
    """Whether evaluating an expression twice is the same as once."""
    return all(
        isinstance(each.func, ast.Name) and each.func.id in _PURE
        for each in ast.walk(node)
        if isinstance(each, ast.Call)
    )
