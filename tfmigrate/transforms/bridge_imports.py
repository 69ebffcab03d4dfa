"""Import statements of a bridged file, and what is put beside them."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tfmigrate.transforms.source import Piece, Source

Statement = ast.Import | ast.ImportFrom
_FROM = re.compile(r"from\s+([\w.]+)")


@dataclass(frozen=True, slots=True)
class Imported:
    """One name of an import statement: ``import module as bound`` if ``name`` is empty."""

    module: str
    name: str
    bound: str

    @property
    def whole(self) -> bool:
        """Whether it imports a module by its full path."""
        return not self.name

    def clause(self) -> str:
        """How it stands in its statement."""
        written = self.name or self.module
        return written if written == self.bound else f"{written} as {self.bound}"


def module_name(path: str) -> str:
    """The name for import statements of a canonical path."""
    return "tensorflow" + path[2:] if path == "tf" or path.startswith("tf.") else path


def imported(path: str, bound: str) -> Imported:
    """How to import what is at a canonical path under a name."""
    parent, _, last = path.rpartition(".")
    if path in ("tf", "tf.compat.v1") or not parent:
        return Imported(module_name(path), "", bound)
    return Imported(module_name(parent), last, bound)


def statements(tree: ast.Module) -> Iterator[tuple[Statement, list[ast.stmt]]]:
    """Every import statement with the block that it stands in."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                for each in block:
                    if isinstance(each, ast.Import | ast.ImportFrom):
                        yield each, block


def rewritten(
    node: Statement, block: Sequence[ast.stmt], new: Sequence[Imported | None], source: Source
) -> list[Piece]:
    """The pieces that make an import statement import ``new``: one for each of its names."""
    kept = [each for each in new if each is not None]
    if not kept:
        return [removed(node, block, source)]
    if len(kept) == len(new):
        pieces = in_place(node, kept, source)
        if pieces is not None:
            return pieces
    start, end = source.start(node), source.end(node)
    lines = [*comments(source.text[start:end]), *written(kept)]
    separator = f"\n{source.indentation(start)}" if source.starts_line(start) else "; "
    return [(start, end, separator.join(lines))]


def comments(text: str) -> list[str]:
    """The comments in an import statement, which holds no strings."""
    return [line[line.index("#") :].rstrip() for line in text.split("\n") if "#" in line]


def in_place(node: Statement, new: Sequence[Imported], source: Source) -> list[Piece] | None:
    """The smallest change that does it; None if the statement has to be split."""
    pieces: list[Piece] = []
    start = source.start(node)
    if isinstance(node, ast.ImportFrom):
        modules = {each.module for each in new}
        match = _FROM.match(source.text, start)
        if len(modules) != 1 or match is None or any(each.whole for each in new):
            return None
        pieces.append((match.start(1), match.end(1), modules.pop()))
    elif not all(each.whole for each in new):
        return None
    for alias, each in zip(node.names, new, strict=True):
        pieces.append((source.start(alias), source.end(alias), each.clause()))
    return pieces


def written(new: Iterable[Imported]) -> list[str]:
    """Import statements, those from one module together."""
    grouped: dict[str, list[str]] = {}
    for each in dict.fromkeys(new):
        key = "import" if each.whole else f"from {each.module} import"
        grouped.setdefault(key, []).append(each.clause())
    lines: list[str] = []
    for head, clauses in grouped.items():
        one_each = [[clause] for clause in clauses] if head == "import" else [clauses]
        lines.extend(f"{head} {', '.join(each)}" for each in one_each)
    return lines


def removed(node: ast.stmt, block: Sequence[ast.stmt], source: Source) -> Piece:
    """The piece that takes a statement away, its line with it if nothing else is there."""
    start, end = source.start(node), source.end(node)
    if len(block) == 1:
        return (start, end, "pass")
    index = list(block).index(node)
    line_end = source.line_end(end)
    rest = source.text[end:line_end].strip()
    if source.starts_line(start) and not rest:
        return (source.line_start(start), min(line_end + 1, len(source.text)), "")
    if index + 1 < len(block) and block[index + 1].lineno == node.end_lineno:
        return (start, source.start(block[index + 1]), "")
    before = source.end(block[index - 1])
    if index and ";" in source.text[before:start] and "\n" not in source.text[before:start]:
        return (before, end, "")
    # only a comment stands behind it
    return (start, line_end - len(source.text[end:line_end].lstrip()), "")


def is_import(node: ast.stmt) -> bool:
    """Whether a statement imports and does nothing else."""
    if isinstance(node, ast.Try):
        handlers = [each for handler in node.handlers for each in handler.body]
        inner = [*node.body, *handlers, *node.orelse, *node.finalbody]
        return any(map(is_import, inner)) and all(
            is_import(each) or isinstance(each, ast.Pass | ast.Assign) for each in inner
        )
    if isinstance(node, ast.If):
        return bool(node.body) and all(map(is_import, (*node.body, *node.orelse)))
    return isinstance(node, ast.Import | ast.ImportFrom)


def mentions(node: ast.stmt, module: str) -> bool:
    """Whether a statement, or one in it, imports from a module."""
    return module in _roots(node)


def imports_from(node: ast.stmt, module: str) -> bool:
    """Whether a statement is an import of a module, or of something in it."""
    return is_import(node) and mentions(node, module)


def after_imports(body: Sequence[ast.stmt], index: int, gone: Container[int]) -> ast.stmt:
    """The last of the imports that stand together with the one at ``index`` and do not go."""
    last = body[index]
    for node in body[index + 1 :]:
        if not is_import(node):
            break
        if id(node) not in gone:
            last = node
    return last


def put_after(
    node: ast.stmt, body: Sequence[ast.stmt], lines: Sequence[str], source: Source
) -> Piece:
    """The piece that puts lines after a statement, as a paragraph of their own."""
    end = source.end(node)
    index = list(body).index(node)
    following = body[index + 1] if index + 1 < len(body) else None
    indentation = source.indentation(source.start(node))
    text = "\n".join(indentation + line if line else "" for line in lines)
    if following is not None and following.lineno == node.end_lineno:
        # several statements in one line: the next ones get a line of their own
        return (end, source.start(following), f"\n\n{text}\n\n{indentation}")
    at = source.line_end(end)
    next_line = source.text[at + 1 : source.line_end(at + 1)] if at < len(source.text) else ""
    gap = "\n" if next_line.strip() else ""
    return (at, at, f"\n\n{text}{gap}")


def put_before(node: ast.stmt, lines: Sequence[str], source: Source) -> Piece:
    """The piece that puts lines before a statement, after a blank line."""
    start = source.line_start(source.start(node))
    above = source.text[: max(start - 1, 0)].rpartition("\n")[2]
    gap = "\n" if above.strip() and not above.lstrip().startswith("#") else ""
    return (start, start, gap + "\n".join(lines) + "\n")


def leading(body: Sequence[ast.stmt]) -> int:
    """How many statements have to stay at the top: the docstring and imports from the future."""
    index = 0
    for index, node in enumerate(body):
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not (future or (index == 0 and text)):
            return index
    return index


def first_outside(body: Sequence[ast.stmt]) -> int | None:
    """The index of the first import from outside the standard library, ``__future__`` included."""
    for index, node in enumerate(body):
        if not is_import(node):
            continue
        if not all(map(is_standard, _roots(node))):
            return index
    return None


def _roots(node: ast.stmt) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in each.names)
        elif isinstance(each, ast.ImportFrom):
            yield "" if each.level else (each.module or "").partition(".")[0]


def is_standard(module: str) -> bool:
    """Whether a module belongs to Python itself."""
    return module in sys.stdlib_module_names
