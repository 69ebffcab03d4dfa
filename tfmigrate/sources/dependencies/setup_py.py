"""The requirements in a ``setup.py``, read from its syntax tree: the file is never run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tfmigrate.model import Span
from tfmigrate.sources.dependencies.declared import Declared, Located, Python
from tfmigrate.sources.dependencies.requirement import pip
from tfmigrate.sources.text import parse_quietly, split_lines

_REQUIREMENTS = frozenset({"install_requires", "extras_require", "tests_require", "setup_requires"})
_ADDING = frozenset({"append", "extend", "insert", "update", "add"})
_PLAIN = re.compile(r"[rRuU]?(\"\"\"|'''|\"|')")


def setup_py(text: str) -> Iterator[Declared]:
    """What the arguments of ``setup()`` require, through variables and what is added to them.

    Strings that are formatted or concatenated at run time are not understood and say nothing. A
    file that does not parse declares nothing here: the syntax error is reported elsewhere.
    """
    try:
        tree = parse_quietly(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    module = _Module(tree)
    lines = split_lines(text)
    seen: set[int] = set()
    for keyword, value in _arguments(tree):
        if keyword == "python_requires":
            yield from _python(module, value, lines)
            continue
        for node in module.strings(value, frozenset()):
            if id(node) not in seen:
                seen.add(id(node))
                declared = pip(_located(node, lines))
                if declared is not None:
                    yield declared


def _arguments(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Keyword arguments of any call, and items of dictionaries, that name requirements."""
    wanted = _REQUIREMENTS | {"python_requires"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg in wanted:
                    yield keyword.arg, keyword.value
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in wanted:
                    yield str(key.value), value
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                    name = target.slice.value
                    if name in wanted:
                        yield str(name), node.value


class _Module:
    """What each variable is assigned, or gets added, anywhere in the file."""

    def __init__(self, tree: ast.Module) -> None:
        self.values: dict[str, list[ast.expr]] = {}
        self.returned: dict[str, list[ast.expr]] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._add(target, node.value)
            elif isinstance(node, ast.AugAssign | ast.AnnAssign) and node.value is not None:
                self._add(node.target, node.value)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in _ADDING:
                    for argument in node.args:
                        self._add(node.func.value, argument)
            elif isinstance(node, ast.FunctionDef):
                self.returned[node.name] = [
                    inner.value
                    for inner in ast.walk(node)
                    if isinstance(inner, ast.Return) and inner.value is not None
                ]

    def _add(self, target: ast.expr, value: ast.expr) -> None:
        while isinstance(target, ast.Subscript):
            target = target.value
        if isinstance(target, ast.Name):
            self.values.setdefault(target.id, []).append(value)

    def strings(self, node: ast.expr, through: frozenset[str]) -> Iterator[ast.Constant]:
        """The string literals that ``node`` evaluates to a collection of."""
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                yield node
        elif isinstance(node, ast.Name):
            if node.id not in through:
                for value in self.values.get(node.id, ()):
                    yield from self.strings(value, through | {node.id})
        else:
            for child in self._children(node):
                yield from self.strings(child, through)

    def _children(self, node: ast.expr) -> list[ast.expr]:
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return node.elts
        if isinstance(node, ast.Dict):
            return node.values
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.BitOr):
            # "tensorflow" + VERSION is put together at run time
            sides = [node.left, node.right]
            return [] if any(_is_text(side) for side in sides) else sides
        if isinstance(node, ast.IfExp):
            return [node.body, node.orelse]
        if isinstance(node, ast.Starred | ast.Subscript):
            return [node.value]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in ("list", "tuple", "set", "sorted", "dict"):
                return [*node.args, *(keyword.value for keyword in node.keywords)]
            return self.returned.pop(node.func.id, [])
        return []


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _python(module: _Module, value: ast.expr, lines: list[str]) -> Iterator[Python]:
    for node in module.strings(value, frozenset()):
        source = _located(node, lines)
        written = source.text.strip()
        yield Python((re.sub(r"\s+", "", written),), written, source.span(0, len(source.text)))


def _located(node: ast.Constant, lines: list[str]) -> Located:
    """The literal with the places of its characters, where they are in the file as they are."""
    text = str(node.value)
    row, end_row = node.lineno, node.end_lineno or node.lineno
    column = _characters(lines[row - 1], node.col_offset)
    end_column = _characters(lines[end_row - 1], node.end_col_offset or 0)
    source = lines[row - 1][column:end_column] if row == end_row else ""
    quote = _PLAIN.match(source)
    if quote and source == f"{quote[0]}{text}{quote[1]}":
        return Located(text, ((0, row, column + len(quote[0]) + 1),))
    return Located(text, (), Span(row, column + 1, end_row, end_column + 1))


def _characters(line: str, offset: int) -> int:
    """``ast`` counts columns in UTF-8 bytes."""
    return offset if line.isascii() else len(line.encode()[:offset].decode(errors="ignore"))
