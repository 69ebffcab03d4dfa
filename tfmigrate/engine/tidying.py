"""Tidy imports: remove those that fixing left without a use.

Only what comes from TensorFlow, or was added by fixing, goes; what others may import from here
(``__all__``, ``__init__.py``), what stands in a ``try`` and what was unused before, stays.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable

from tfmigrate.engine.imported import Binding, Imports, Key
from tfmigrate.model import Edit, Span


def used(imports: Imports) -> frozenset[Key]:
    """The imports that something uses."""
    return frozenset(each.key for each in imports.bindings if needed(each, imports))


def unused(
    imports: Imports,
    before: Collection[Key],
    added: Collection[Key],
    roots: Collection[str],
    *,
    package: bool,
) -> list[Binding]:
    """The imports that fixing left without a use.

    Args:
        imports: those of the text as it is now.
        before: those that were used before.
        added: those that fixing added.
        roots: the packages that the catalogue speaks of.
        package: whether this is the ``__init__.py`` of a package, whose imports are its interface.
    """
    return [
        each
        for each in imports.bindings
        if (each.key in added or (each.key in before and each.root in roots))
        and not (each.guarded or each.in_class or (package and not each.scope))
        and not needed(each, imports)
    ]


def needed(binding: Binding, imports: Imports) -> bool:
    """Whether an import has to stay: for ``import a.b`` that is whether ``a.b`` is spelled."""
    if not binding.used or not binding.dotted:
        return binding.used
    if binding.name in imports.exported:
        return True
    spelled = binding.module.split(".")
    return any(
        parts(node)[: len(spelled)] == spelled
        for node in ast.walk(imports.tree)
        if isinstance(node, ast.Attribute)
    )


def parts(node: ast.expr) -> list[str]:
    """The names of ``a.b.c``; empty for what is none."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [*names, node.id][::-1] if isinstance(node, ast.Name) else []


def remove(bindings: Iterable[Binding], imports: Imports) -> list[Edit]:
    """The edits that remove imports: names from their statements, or whole statements."""
    by_node: dict[int, list[Binding]] = {}
    going = list(bindings)
    edits: list[Edit] = []
    for each in going:
        if each.used and each.dotted and is_last(each, going, imports):
            # `import a.b` also is what makes `a` known
            span = imports.lines.span(each.alias)
            edits.append(Edit(span, each.name))
        else:
            by_node.setdefault(id(each.node), []).append(each)
    bodies: dict[int, int] = {}
    for some in by_node.values():
        node, body = some[0].node, some[0].body
        gone = {id(each.alias) for each in some}
        if len(gone) < len(node.names):
            edits.extend(names(some[0], gone, imports))
            continue
        first = id(body[0])
        bodies[first] = bodies.get(first, 0) + 1
        if bodies[first] == len(body) and (some[0].scope or some[0].nested):
            # a block cannot be empty
            edits.append(Edit(imports.lines.span(node), "pass"))
        else:
            edits.append(statement(node, imports))
    return spaced(edits, imports)


def is_last(binding: Binding, going: list[Binding], imports: Imports) -> bool:
    """Whether no other import would be left that binds the same name in the same scope."""
    same = [
        each
        for each in imports.bindings
        if (each.scope, each.name) == (binding.scope, binding.name) and not each.guarded
    ]
    staying = [each for each in same if each not in going]
    return not staying and same[0] is binding


def names(binding: Binding, gone: Collection[int], imports: Imports) -> list[Edit]:
    """The edits that take some names out of an import statement."""
    lines, aliases = imports.lines, binding.node.names
    edits = []
    kept: ast.alias | None = None
    for index, alias in enumerate(aliases):
        span = lines.span(alias)
        if id(alias) not in gone:
            kept = alias
            continue
        after = aliases[index + 1] if index + 1 < len(aliases) else None
        if alone(span, imports):
            # on a row of its own: the row goes, with the comment on it
            edits.append(Edit(Span(span.row, 1, span.row + 1, 1), ""))
        elif after is not None and lines.span(after).row == span.row:
            follows = lines.span(after)
            edits.append(Edit(Span(span.row, span.column, follows.row, follows.column), ""))
        elif kept is not None:
            previous = lines.span(kept)
            start = (previous.end_row, previous.end_column)
            edits.append(Edit(Span(*start, span.end_row, span.end_column), ""))
        else:
            end = span.end_column
            rest = lines[span.end_row][end - 1 :]
            comma = len(rest) - len(rest.lstrip(" ,")) if rest.lstrip().startswith(",") else 0
            edits.append(Edit(Span(span.row, span.column, span.end_row, end + comma), ""))
    return combined(edits)


def alone(span: Span, imports: Imports) -> bool:
    """Whether an alias has a row to itself, but for its comma and a comment."""
    line = imports.lines[span.row]
    before, after = line[: span.column - 1], line[span.end_column - 1 :].lstrip(" ,\t")
    if imports.lines[span.row - 1].endswith("\\"):
        return False
    return not before.strip() and (not after or after.startswith("#"))


def combined(edits: list[Edit]) -> list[Edit]:
    """Deletions that overlap or touch as one."""
    found: list[Edit] = []
    for each in sorted(edits, key=lambda edit: edit.span):
        last = found[-1].span if found else None
        here = each.span
        if last is not None and (last.end_row, last.end_column) >= (here.row, here.column):
            end = max((last.end_row, last.end_column), (here.end_row, here.end_column))
            found[-1] = Edit(Span(last.row, last.column, *end), "")
        else:
            found.append(each)
    return found


def statement(node: ast.stmt, imports: Imports) -> Edit:
    """The edit that removes a statement, with its row if it has that to itself."""
    lines = imports.lines
    span = lines.span(node)
    before = lines[span.row][: span.column - 1]
    after = lines[span.end_row][span.end_column - 1 :].lstrip()
    if before.strip():
        # behind a semicolon, or behind the colon of its block
        head = before.rstrip()
        start = len(head[:-1].rstrip()) if head.endswith(";") else len(before)
        if head.endswith(":") and after.startswith(";"):
            skip = len(lines[span.end_row]) - len(after[1:].lstrip())
            return Edit(Span(span.row, span.column, span.end_row, skip + 1), "")
        return Edit(Span(span.row, start + 1, span.end_row, span.end_column), "")
    if after.startswith(";") and after[1:].strip() and not after[1:].lstrip().startswith("#"):
        skip = len(lines[span.end_row]) - len(after[1:].lstrip())
        return Edit(Span(span.row, span.column, span.end_row, skip + 1), "")
    return Edit(Span(span.row, 1, span.end_row + 1, 1), "")


def spaced(edits: Iterable[Edit], imports: Imports) -> list[Edit]:
    """The edits, with blank rows going along where removed rows would leave two gaps as one."""
    every = list(edits)
    rows = [each for each in every if is_rows(each)]
    rest = [each for each in every if not is_rows(each)]
    return [*rest, *(with_blanks(each, imports) for each in combined(rows))]


def is_rows(edit: Edit) -> bool:
    """Whether an edit removes whole rows."""
    span = edit.span
    return not edit.content and span.column == span.end_column == 1 and span.row < span.end_row


def with_blanks(edit: Edit, imports: Imports) -> Edit:
    """The removal of rows, with the smaller of the gaps above and below."""
    span, rows = edit.span, imports.lines.lines
    above = below = 0
    while span.row - above > 1 and not imports.lines[span.row - above - 1].strip():
        above += 1
    while span.end_row + below < len(rows) and not imports.lines[span.end_row + below].strip():
        below += 1
    if span.row - above <= 1:
        return Edit(Span(span.row - above, 1, span.end_row + below, 1), "")
    if not above or not below:
        return edit
    if above <= below:
        return Edit(Span(span.row - above, 1, span.end_row, 1), "")
    return Edit(Span(span.row, 1, span.end_row + below, 1), "")
