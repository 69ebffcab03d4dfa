"""How tightly expressions bind, so that parentheses are written where they are needed only."""

from __future__ import annotations

import ast

from tfmigrate.transforms.source import Source

ANYTHING = 1
"""What an argument of a call may be without parentheses."""
PRIMARY = 16
"""What may be called, subscripted or asked for an attribute."""

_BINARY: dict[type[ast.operator], int] = {
    ast.BitOr: 7,
    ast.BitXor: 8,
    ast.BitAnd: 9,
    ast.LShift: 10,
    ast.RShift: 10,
    ast.Add: 11,
    ast.Sub: 11,
    ast.Mult: 12,
    ast.MatMult: 12,
    ast.Div: 12,
    ast.FloorDiv: 12,
    ast.Mod: 12,
    ast.Pow: 14,
}
_LEVELS: dict[type[ast.expr], int] = {
    ast.NamedExpr: 0,
    ast.Yield: 0,
    ast.YieldFrom: 0,
    ast.Starred: 0,
    ast.Lambda: 1,
    ast.IfExp: 2,
    ast.Compare: 6,
    ast.Await: 15,
}
_UNARY = 13
_NOT = 5
_BEFORE = ("(", "[", "{", ",", "=", ":", "return", "yield", "in")
_AFTER = (")", "]", "}", ",", ":", "#", ";", "for", "=")


def strength(node: ast.expr) -> int:
    """How tightly the outermost operation of an expression binds."""
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)]
    if isinstance(node, ast.BoolOp):
        return 3 if isinstance(node.op, ast.Or) else 4
    if isinstance(node, ast.UnaryOp):
        return _NOT if isinstance(node.op, ast.Not) else _UNARY
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return 15  # 1.real is no attribute access
    return _LEVELS.get(type(node), PRIMARY)


def demanded(parent: ast.AST | None, child: ast.expr) -> int:
    """How tightly ``child`` has to bind to stand in ``parent`` without parentheses."""
    if isinstance(parent, ast.BinOp):
        level = _BINARY[type(parent.op)]
        power = isinstance(parent.op, ast.Pow)
        return level + (child is (parent.left if power else parent.right))
    if isinstance(parent, ast.UnaryOp):
        return _NOT if isinstance(parent.op, ast.Not) else _UNARY
    if isinstance(parent, (ast.Attribute, ast.Subscript)) and child is parent.value:
        return PRIMARY
    if isinstance(parent, ast.Call) and child is parent.func:
        return PRIMARY
    if isinstance(parent, ast.Compare):
        return 7
    if isinstance(parent, ast.BoolOp):
        return 4 if isinstance(parent.op, ast.Or) else 5
    if isinstance(parent, (ast.IfExp, ast.comprehension)):
        return 3
    return ANYTHING


def stands_alone(source: Source, start: int, end: int) -> bool:
    """Whether what stands in a stretch of the text is a whole argument, item or value.

    Then any expression may take its place without parentheses.
    """
    line = source.line_start(start)
    before = source.text[line:start].rstrip()
    after = source.text[end : source.line_end(end)].lstrip()
    if before.endswith(("==", "!=", "<=", ">=", ":=", "**", " for", "*")):
        return False
    if after.startswith(("==", "format")):
        return False
    opens = not before or before.endswith(_BEFORE[:6]) or _ends_in_word(before)
    closes = not after or after.startswith(_AFTER[:7]) or after.startswith("for ")
    return opens and closes and (bool(before) or _is_statement(source, line, end))


def _ends_in_word(before: str) -> bool:
    return before.rsplit(maxsplit=1)[-1] in ("return", "yield", "in", "print")


def _is_statement(source: Source, line: int, end: int) -> bool:
    """Whether a line that begins with an expression is not the continuation of an operation."""
    previous = source.text[:line].rstrip()
    after = source.text[end:].lstrip()
    operators = ("+", "-", "*", "/", "%", "@", "&", "|", "^", "<", ">", "\\", ".")
    words = ("and", "or", "not", "is", "if", "else", "await")
    ends = previous.endswith(operators) or previous.split(" ")[-1].strip() in words
    return not ends and not after.startswith(operators) and not after.startswith(words)
