"""New values of arguments: ``1 - keep_prob``, folded where the argument is a literal."""

from __future__ import annotations

import ast
from decimal import Decimal, InvalidOperation, localcontext

from tfmigrate.transforms.holes import Filling, Template, enclosed
from tfmigrate.transforms.layout import Slot, extent
from tfmigrate.transforms.precedence import ANYTHING, PRIMARY, strength
from tfmigrate.transforms.source import Piece, Source

_OPERATIONS = {
    ast.Add: Decimal.__add__,
    ast.Sub: Decimal.__sub__,
    ast.Mult: Decimal.__mul__,
    ast.Div: Decimal.__truediv__,
}
_DIGITS = 15
"""As many as a float keeps of any decimal number."""


def value_of(slot: Slot) -> ast.expr:
    """The expression that an argument passes."""
    return slot.node.value if isinstance(slot.node, ast.keyword) else slot.node


def recomputed(slot: Slot, pattern: Template, source: Source) -> list[Piece] | None:
    """The pieces that turn the value of an argument into what ``pattern`` makes of it.

    None if that cannot be written: the value would stand there twice and is more than a name.
    """
    node = value_of(slot)
    start, end = extent(node, slot, source)
    number = folded(pattern, source.text[source.start(node) : source.end(node)], node)
    if number is not None:
        return [(start, end, number)]
    inside = inverse(pattern, node)
    if inside is not None:
        return [(start, source.start(inside), ""), (source.end(inside), end, "")]
    tight = tightness(slot, source)
    if len(pattern.holes) != 1:
        if not is_simple(node):
            return None
        text = pattern.text
        for hole in reversed(pattern.holes):
            written = enclosed(Filling(source.text[start:end], tight), hole.level)
            text = text[: hole.start] + written + text[hole.end :]
        return [(start, end, text)]
    (hole,) = pattern.holes
    left, right = ("", "") if tight >= hole.level else ("(", ")")
    before, after = pattern.text[: hole.start], pattern.text[hole.end :]
    return [(start, start, before + left), (end, end, right + after)]


def tightness(slot: Slot, source: Source) -> int:
    """How tightly the text of an argument binds, the parentheses around it included."""
    node = value_of(slot)
    start, _ = extent(node, slot, source)
    if source.start(node) < start:
        return 0  # a generator that shares the parentheses of its call
    return strength(node) if source.start(node) == start else PRIMARY


def is_simple(node: ast.expr) -> bool:
    """Whether an expression may be written twice: it costs nothing and has no effect."""
    while isinstance(node, (ast.Attribute, ast.Subscript)):
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, (ast.Constant, ast.Name)):
            return False
        node = node.value
    return isinstance(node, (ast.Name, ast.Constant))


def inverse(pattern: Template, node: ast.expr) -> ast.expr | None:
    """What is left of ``1 - (1 - rate)``: ``rate``."""
    if pattern.text.replace(" ", "") not in ("1-{}", "1.0-{}", "1.-{}"):
        return None
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)):
        return None
    left, right = node.left, node.right
    is_one = isinstance(left, ast.Constant) and type(left.value) in (int, float) and left.value == 1
    return right if is_one and strength(right) > ANYTHING else None


def folded(pattern: Template, text: str, node: ast.expr) -> str | None:
    """The number that ``pattern`` makes of a literal, as a person would write it.

    In decimal arithmetic: 1 - 0.8 is 0.2. None if it is no literal, or no finite decimal.
    """
    if _literal(node) is None or len(pattern.holes) != 1:
        return None
    (hole,) = pattern.holes
    written = f"{pattern.text[: hole.start]}({text}){pattern.text[hole.end :]}"
    tree = ast.parse(written, mode="eval").body
    if not isinstance(tree, ast.BinOp):
        return None
    try:
        with localcontext() as exact:
            exact.prec = _DIGITS + 5
            result = _computed(tree)
    except (InvalidOperation, ArithmeticError):
        return None
    if result is None or len(result.normalize().as_tuple().digits) > _DIGITS:
        return None
    numbers = [each.value for each in ast.walk(tree) if isinstance(each, ast.Constant)]
    divides = any(isinstance(each, ast.Div) for each in ast.walk(tree))
    whole = all(type(each) is int for each in numbers) and not divides
    return spelled(result, whole=whole)


def spelled(number: Decimal, *, whole: bool) -> str:
    """A number in the shortest usual form: ``0.2``, ``0.0``, ``5e-5``."""
    if whole:
        return str(int(number))
    number = number.normalize()
    if number == 0:
        return "0.0"
    if number.adjusted() < -4 or number.adjusted() > _DIGITS:
        mantissa, _, exponent = f"{number:e}".partition("e")
        return f"{mantissa}e{int(exponent)}"
    text = f"{number:f}"
    return text if "." in text else text + ".0"


def _literal(node: ast.expr) -> Decimal | None:
    """The decimal number that a literal spells."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _literal(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return Decimal(repr(node.value))
    return None


def _computed(node: ast.expr) -> Decimal | None:
    """The value of sums and products of literals, None for anything else."""
    if isinstance(node, ast.BinOp):
        operation = _OPERATIONS.get(type(node.op))
        left, right = _computed(node.left), _computed(node.right)
        if operation is None or left is None or right is None:
            return None
        return operation(left, right)
    return _literal(node)
