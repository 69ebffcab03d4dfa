"""Put support code into a program: once, behind its imports, under the names that it uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from tfmigrate.catalogue.support import Support
from tfmigrate.engine import imports as importing
from tfmigrate.engine.imported import Imports
from tfmigrate.engine.imports import Wanted
from tfmigrate.model import Edit, Span

_TENSORFLOW = Wanted("tensorflow", "", "tf")


def wants(support: Support, imports: Imports) -> tuple[Wanted, ...]:
    """The imports that a block needs; TensorFlow may have another name in the file."""
    every = importing.wanted(support.imports)
    if tensorflow_name(imports) is None:
        return every
    return tuple(each for each in every if each != _TENSORFLOW)


def tensorflow_name(imports: Imports) -> str | None:
    """What the module calls TensorFlow; None if it does not import it."""
    for path in ("tensorflow", "tensorflow.compat.v1"):
        for binding in imports.bindings:
            if path == f"{binding.module}.{binding.member}".rstrip(".") and not binding.scope:
                return None if binding.dotted else binding.name
    return None


def code_for(support: Support, imports: Imports) -> str:
    """The block with the file's own name for TensorFlow."""
    name = tensorflow_name(imports) or "tf"
    if name == "tf" or _TENSORFLOW not in importing.wanted(support.imports):
        return support.code
    lines = support.code.split("\n")
    for node in sorted(names(support.code, "tf"), key=lambda each: -each.col_offset):
        line = lines[node.lineno - 1].encode()
        start = node.col_offset
        lines[node.lineno - 1] = (line[:start] + name.encode() + line[start + 2 :]).decode()
    return "\n".join(lines)


def names(code: str, name: str) -> list[ast.Name]:
    """Each place where a block uses a name."""
    found = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name))
    return [node for node in found if node.id == name]


def present(support: Support, imports: Imports) -> bool:
    """Whether a file has a block already."""
    own = [ast.dump(node) for node in imports.tree.body]
    return all(ast.dump(node) in own for node in ast.parse(code_for(support, imports)).body)


def taken(support: Support, imports: Imports) -> str | None:
    """A name that the block would bind, and that the file has for something else."""
    if present(support, imports):
        return None
    bound = imports.top.get_identifiers()
    for name in support.defines:
        if name in bound and any(
            (symbol.is_assigned() or symbol.is_imported()) for symbol in (imports.top.lookup(name),)
        ):
            return name
    return None


def add(supports: Sequence[Support], imports: Imports) -> list[Edit]:
    """The edit that puts blocks which the file does not have behind its imports."""
    new = [code_for(each, imports) for each in supports if not present(each, imports)]
    if not new:
        return []
    text = "\n\n\n".join(new)
    row = behind_imports(imports)
    user = first_user({name for each in supports for name in each.defines}, imports)
    if user is not None and user.lineno <= row:
        early = ahead_of(user, text, imports)
        if early:
            return early
    if row == 0:
        return [Edit(Span(1, 1, 1, 1), f"{text}\n\n\n")]
    column = len(imports.lines[row]) + 1
    following = "\n".join(imports.lines.lines[row:])
    blank = len(re.match(r"\n*", re.sub(r"(?m)^[ \t]+$", "", following))[0])  # type: ignore[index]
    gap = "\n" * max(2 - blank, 0) if following.strip() else ""
    return [Edit(Span(row, column, row, column), f"\n\n\n{text}{gap}")]


def first_user(defined: set[str], imports: Imports) -> ast.stmt | None:
    """The first statement that needs one of these names when the module is imported."""
    for node in imports.tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)):
            continue
        if any(isinstance(each, ast.Name) and each.id in defined for each in ast.walk(node)):
            return node
    return None


def ahead_of(user: ast.stmt, text: str, imports: Imports) -> list[Edit]:
    """The edits that put a block ahead of its first user, and the import of TensorFlow with it.

    None of them if TensorFlow is imported there together with something else.
    """
    body = imports.tree.body
    index = body.index(user)
    later = [
        node
        for node in body[index:]
        if isinstance(node, (ast.Import, ast.ImportFrom)) and mentions_tensorflow(node)
    ]
    plain = [node for node in later if ast.unparse(node) == "import tensorflow as tf"]
    if index == 0 or len(plain) != 1:
        return []
    row = importing.last_row(body[index - 1])
    column = len(imports.lines[row]) + 1
    moved = plain[0].lineno
    return [
        Edit(Span(row, column, row, column), f"\nimport tensorflow as tf\n\n\n{text}\n\n"),
        Edit(Span(moved, 1, moved + 1, 1), ""),
    ]


def behind_imports(imports: Imports) -> int:
    """The row behind which code may stand that needs what the module imports."""
    row = 0
    leading = True
    # what follows an import of TensorFlow without a break belongs to it
    going = False
    for index, node in enumerate(imports.tree.body):
        imported = isinstance(node, (ast.Import, ast.ImportFrom)) or guards_imports(node)
        leading = leading and (imported or importing.is_docstring(node, index))
        going = imported and (going or mentions_tensorflow(node))
        if leading or going:
            row = importing.last_row(node)
    return row


def guards_imports(node: ast.stmt) -> bool:
    """Whether a statement is a ``try`` or an ``if`` around imports."""
    if not isinstance(node, (ast.Try, ast.If)):
        return False
    return all(isinstance(each, (ast.Import, ast.ImportFrom)) for each in node.body)


def mentions_tensorflow(node: ast.stmt) -> bool:
    """Whether a statement imports TensorFlow, or something that it has in a ``try``."""
    return any(importing.is_tensorflow(each) for each in imports_in(node))


def imports_in(node: ast.stmt) -> Iterable[ast.Import | ast.ImportFrom]:
    """The imports in a statement."""
    for each in ast.walk(node):
        if isinstance(each, (ast.Import, ast.ImportFrom)):
            yield each
