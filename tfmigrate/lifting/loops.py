"""Loops until an iterator ends, written by a lift, as loops over what is iterated."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

import libcst as cst

from tfmigrate.lifting.shapes import calls, is_only


def loops(text: str, names: Collection[str]) -> str:
    """Write loops that draw from iterators until they end as ``for`` loops.

    Args:
        text: the lifted program.
        names: the iterators that the lift has made; no others are touched.
    """
    if not names:
        return text
    return _over_datasets(cst.parse_module(text).visit(_ToFor(names)).code, names)


class _ToFor(cst.CSTTransformer):
    """``while True: try: x = next(iterator) ... except StopIteration: break``."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__()
        self.names = names

    def leave_While(
        self, original_node: cst.While, updated_node: cst.While
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        """``while True:`` around a ``try`` that ends it."""
        node = updated_node
        inner = _only(node.body)
        if not _is_endless(node) or node.orelse is not None or not isinstance(inner, cst.Try):
            return updated_node
        if inner.orelse or inner.finalbody or len(inner.handlers) != 1:
            return updated_node
        handler = inner.handlers[0]
        rest = _before_break(handler)
        made = _for(inner.body, self.names)
        if made is None or rest is None or (rest and _breaks(inner.body)):
            return updated_node
        lines = [*node.leading_lines, *_comments(inner.leading_lines)]
        loop = made.with_changes(leading_lines=lines)
        return cst.FlattenSentinel([loop, *rest]) if rest else loop

    def leave_Try(
        self, original_node: cst.Try, updated_node: cst.Try
    ) -> cst.BaseStatement | cst.FlattenSentinel[cst.BaseStatement]:
        """``try: while True: ...`` with a handler for the end."""
        node = updated_node
        if node.orelse or len(node.handlers) != 1 or not _is_end(node.handlers[0]):
            return updated_node
        body = list(node.body.body) if isinstance(node.body, cst.IndentedBlock) else []
        loop = body[-1] if body else None
        if not isinstance(loop, cst.While) or not _is_endless(loop) or loop.orelse is not None:
            return updated_node
        if any(_draws(each, self.names) for each in body[:-1]):
            return updated_node
        made = _for(loop.body, self.names)
        handler = node.handlers[0].body
        rest = [each for each in handler.body if not is_only(each, cst.Pass)]
        if made is None or (rest and _breaks(loop.body)):
            return updated_node
        made = made.with_changes(leading_lines=loop.leading_lines)
        flat: list[cst.BaseStatement] = [*body[:-1], made, *rest]  # type: ignore[list-item]
        if node.finalbody is not None:
            block = cst.IndentedBlock(flat)
            return node.with_changes(body=block, handlers=[])
        first = flat[0]
        flat[0] = first.with_changes(leading_lines=[*node.leading_lines, *first.leading_lines])  # type: ignore[attr-defined]
        return cst.FlattenSentinel(flat)


def _only(body: cst.BaseSuite) -> cst.BaseStatement | None:
    found = body.body if isinstance(body, cst.IndentedBlock) else ()
    return found[0] if len(found) == 1 else None


def _is_endless(node: cst.While) -> bool:
    test = node.test
    return (isinstance(test, cst.Name) and test.value == "True") or (
        isinstance(test, cst.Integer) and test.value == "1"
    )


def _is_end(handler: cst.ExceptHandler) -> bool:
    """Whether a handler catches the end of an iterator, and nothing else."""
    caught = handler.type
    named = isinstance(caught, cst.Name) and caught.value == "StopIteration"
    return named and handler.name is None


def _before_break(handler: cst.ExceptHandler) -> list[cst.BaseStatement] | None:
    """What a handler does before it leaves the loop; None if it does not leave it."""
    if not _is_end(handler) or not isinstance(handler.body, cst.IndentedBlock):
        return None
    body = list(handler.body.body)
    if not body or not is_only(body[-1], cst.Break):
        return None
    return body[:-1]


def _for(body: cst.BaseSuite, names: Collection[str]) -> cst.For | None:
    """The ``for`` loop for statements of which the first draws, and no other."""
    if not isinstance(body, cst.IndentedBlock) or not body.body:
        return None
    first, *rest = body.body
    drawn = _draws(first, names)
    if len(drawn) != 1 or any(_draws(each, names) for each in rest):
        return None
    if not isinstance(first, cst.SimpleStatementLine) or len(first.body) != 1:
        return None
    statement = first.body[0]
    if not isinstance(statement, cst.Assign) or len(statement.targets) != 1:
        return None
    if statement.value is not drawn[0]:
        return None
    comments = _comments(first.leading_lines)
    kept = list(rest) or [cst.parse_statement("pass")]
    if comments:
        kept[0] = kept[0].with_changes(leading_lines=[*comments, *kept[0].leading_lines])  # type: ignore[attr-defined]
    target = statement.targets[0].target
    if isinstance(target, cst.Tuple):
        target = target.with_changes(lpar=[], rpar=[])
    return cst.For(target, drawn[0].args[0].value, body.with_changes(body=kept))


def _comments(lines: Collection[cst.EmptyLine]) -> list[cst.EmptyLine]:
    return [line for line in lines if line.comment is not None]


def _draws(node: cst.CSTNode, names: Collection[str]) -> list[cst.Call]:
    """The calls of ``next`` on an iterator of the lift."""
    found = calls(node, "next")
    return [each for each in found if each.args and _last(each.args[0].value) in names]


def _last(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def _breaks(body: cst.BaseSuite) -> bool:
    """Whether the statements of a loop leave it by themselves."""
    work: list[cst.CSTNode] = [body]
    while work:
        node = work.pop()
        if isinstance(node, cst.Break):
            return True
        if not isinstance(node, (cst.For, cst.While, cst.FunctionDef, cst.ClassDef)):
            work.extend(node.children)
    return False


# -------------------------------------------------------------------- datasets


def _over_datasets(text: str, names: Collection[str]) -> str:
    """``iterator = iter(dataset)`` and the loop over it: a loop over the dataset."""
    for name in sorted(names):
        tree = ast.parse(text)
        pairs = _pairs(tree, name)
        lines = text.split("\n")
        for start, loop in sorted(pairs, key=lambda pair: pair[1].lineno, reverse=True):
            _replace(lines, loop.iter, ast.get_source_segment(text, _plain(start.value)) or "")
        for start, _ in sorted(pairs, key=lambda pair: pair[0].lineno, reverse=True):
            del lines[start.lineno - 1 : start.end_lineno]
        text = "\n".join(lines)
    return text


def _replace(lines: list[str], node: ast.expr, new: str) -> None:
    row = lines[node.lineno - 1].encode()
    changed = row[: node.col_offset] + new.encode() + row[node.end_col_offset :]
    lines[node.lineno - 1] = changed.decode()


def _pairs(tree: ast.Module, name: str) -> list[tuple[ast.Assign, ast.For]]:
    """The statements that start an iterator for one loop alone, and those loops."""
    blocks = {id(node): block for block in _blocks(tree) for node in block}
    parents = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    made = [node for node in ast.walk(tree) if _makes(node, name)]
    found: list[tuple[ast.Assign, ast.For]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Global) and name in node.names:
            return []
        if isinstance(node, ast.For) and isinstance(node.iter, ast.Name) and node.iter.id == name:
            start = _before(node, made, blocks[id(node)])
            if start is None:
                return []
            found.append((start, node))
    loops_ = {id(loop) for _, loop in found}
    starts = {id(start) for start, _ in found}
    if len(starts) < len(found):
        return []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name) or node.id != name or not isinstance(node.ctx, ast.Load):
            continue
        if id(parents[id(node)]) in loops_:
            continue
        if not _started_apart(node, starts, loops_, made, blocks, parents):
            return []
    return found


def _started_apart(
    node: ast.AST,
    starts: Collection[int],
    loops_: Collection[int],
    made: list[ast.AST],
    blocks: dict[int, list[ast.stmt]],
    parents: dict[int, ast.AST],
) -> bool:
    """Whether what is drawn somewhere comes from a start of its own, rather than from a loop's."""
    current: ast.AST | None = node
    while current is not None and not isinstance(current, (ast.FunctionDef, ast.Module)):
        block = blocks.get(id(current))
        if block is not None:
            assert isinstance(current, ast.stmt)
            for above in reversed(block[: block.index(current)]):
                if above in made:
                    return id(above) not in starts
                if any(id(each) in loops_ for each in ast.walk(above)):
                    return False
        if id(current) in loops_:
            return False
        current = parents.get(id(current))
    return False


def _makes(node: ast.AST, name: str) -> bool:
    return (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == name
    )


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for part in ("body", "orelse", "finalbody"):
            block = getattr(node, part, None)
            if isinstance(block, list):
                yield block


def _before(loop: ast.For, made: list[ast.AST], block: list[ast.stmt]) -> ast.Assign | None:
    """The statement that makes what a loop runs over, in the same block, if it can go."""
    above = [each for each in block[: block.index(loop)] if each in made]
    start = above[-1] if above else None
    if not isinstance(start, ast.Assign) or start.lineno == loop.lineno:
        return None
    read = {each.id for each in ast.walk(start.value) if isinstance(each, ast.Name)}
    simple = isinstance(_dataset(start.value), (ast.Name, ast.Attribute))
    for node in block[block.index(start) + 1 : block.index(loop)]:
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store) and each.id in read:
                return None
            if isinstance(each, ast.Call) and not simple:
                # a dataset that is made between other calls keeps its place
                return None
    return start


def _plain(value: ast.expr) -> ast.expr:
    """What a loop runs over: the dataset, or its iterator of arrays."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "iter":
        return value.args[0]
    return value


def _dataset(value: ast.expr) -> ast.expr:
    """The dataset that an iterator is made of."""
    plain = _plain(value)
    if isinstance(plain, ast.Call) and isinstance(plain.func, ast.Attribute):
        return plain.func.value if plain.func.attr == "as_numpy_iterator" else plain
    return plain
