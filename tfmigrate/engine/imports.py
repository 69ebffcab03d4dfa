"""Add imports: what new text needs, put where a person would have put it.

The order is that of isort and Ruff: the standard library, other packages, the project; in each
block ``import`` before ``from``, by name. A block that is sorted otherwise, as Google's style
has it (by module, whatever the form), stays sorted that way.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tfmigrate.engine.imported import Binding, ImportNode, Imports
from tfmigrate.model import Edit, Span

_WIDTH = 100
"""A line is not made longer than this by adding a name to it."""


@dataclass(frozen=True, slots=True, order=True)
class Wanted:
    """One name that has to be imported: ``from module import member as asname``."""

    module: str
    member: str = ""
    asname: str = ""

    @property
    def name(self) -> str:
        """What is bound."""
        return self.asname or self.member or self.module.partition(".")[0]

    @property
    def spelled(self) -> str:
        """The part of the statement that names it."""
        what = self.member or self.module
        return f"{what} as {self.asname}" if self.asname else what


def wanted(statements: Iterable[str]) -> tuple[Wanted, ...]:
    """The names that import statements bind, each once."""
    found: dict[Wanted, None] = {}
    for node in ast.parse("\n".join(statements)).body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[Wanted(alias.name, "", alias.asname or "")] = None
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found[Wanted(node.module or "", alias.name, alias.asname or "")] = None
    return tuple(found)


def provides(binding: Binding, want: Wanted) -> bool:
    """Whether an import of the module binds the very thing that is wanted."""
    same = (binding.module, binding.member) == (want.module, want.member)
    return same and not binding.scope and binding.name == want.name


def missing(wants: Iterable[Wanted], imports: Imports) -> tuple[Wanted, ...]:
    """What the module does not import yet."""
    return tuple(
        want for want in wants if not any(provides(each, want) for each in imports.bindings)
    )


def taken(want: Wanted, imports: Imports, rows: Iterable[int]) -> bool:
    """Whether the name that an import would bind means something else where it is needed.

    Args:
        want: the import.
        imports: those of the text that is to use it.
        rows: where it is to be used: parameters and variables of functions there hide it.
    """
    for binding in imports.bindings:
        if binding.scope or binding.name != want.name or provides(binding, want):
            continue
        if not (binding.dotted and not want.member and binding.root == want.name):
            return True
    if want.name in imports.top.get_identifiers() and imports.top.lookup(want.name).is_assigned():
        return True
    return imports.hidden(want.name, rows)


def add(wants: Sequence[Wanted], imports: Imports) -> list[Edit]:
    """The edits that add imports which the module lacks."""
    edits: list[Edit] = []
    rest: list[Wanted] = []
    for module in dict.fromkeys(each.module for each in wants if each.member):
        names = sorted(each for each in wants if each.member and each.module == module)
        merged = merge(names, imports)
        if merged is None:
            rest.extend(names)
        else:
            edits.append(merged)
    rest.extend(each for each in wants if not each.member)
    by_module: dict[tuple[bool, str], list[Wanted]] = {}
    for each in sorted(rest):
        # every `import` is a statement of its own, the names of one `from` share theirs
        key = (True, each.module) if each.member else (False, each.spelled)
        by_module.setdefault(key, []).append(each)
    statements = [
        Statement(is_from, names[0].module, spell(is_from, names))
        for (is_from, _), names in sorted(by_module.items())
    ]
    for standard in (True, False):
        some = [each for each in statements if is_standard(each.module) is standard]
        if some:
            edits.extend(place(some, imports, standard=standard))
    return joined(edits)


def spell(is_from: bool, names: Sequence[Wanted]) -> str:
    """An import statement."""
    what = ", ".join(each.spelled for each in names)
    return f"from {names[0].module} import {what}" if is_from else f"import {what}"


def joined(edits: Iterable[Edit]) -> list[Edit]:
    """Insertions at one place as one."""
    found: dict[Span, str] = {}
    for each in edits:
        found[each.span] = found.get(each.span, "") + each.content
    return [Edit(span, content) for span, content in found.items()]


def merge(names: Sequence[Wanted], imports: Imports) -> Edit | None:
    """The edit that adds names to a ``from`` statement that is there, if that is on one line."""
    for binding in imports.at_top():
        node = binding.node
        if not isinstance(node, ast.ImportFrom) or binding.module != names[0].module:
            continue
        line = imports.lines[node.lineno]
        text = ", ".join(each.spelled for each in names)
        if node.lineno != node.end_lineno or binding.member == "*":
            continue
        if len(line) + len(text) + 2 > _WIDTH:
            continue
        before = [each for each in node.names if each.name.lower() < names[0].member.lower()]
        if before:
            span = imports.lines.span(before[-1])
            at = Span(span.end_row, span.end_column, span.end_row, span.end_column)
            return Edit(at, f", {text}")
        span = imports.lines.span(node.names[0])
        return Edit(Span(span.row, span.column, span.row, span.column), f"{text}, ")
    return None


@dataclass(frozen=True, slots=True)
class Statement:
    """A new import statement."""

    is_from: bool
    module: str
    text: str


def is_standard(module: str) -> bool:
    """Whether a module is in the standard library."""
    return module.partition(".")[0] in sys.stdlib_module_names


def place(statements: Sequence[Statement], imports: Imports, *, standard: bool) -> list[Edit]:
    """The edits that put new statements where they belong."""
    blocks = import_blocks(imports)
    own = [block for block in blocks if any(kind_of(each) is standard for each in block)]
    if own:
        # where TensorFlow is imported, what takes its place is needed
        block = next((each for each in own if any(map(is_tensorflow, each))), own[-1])
        return [within(each, block, imports, standard=standard) for each in statements]
    text = "\n".join(each.text for each in statements)
    if blocks and standard:
        first = min(blocks[0], key=lambda node: node.lineno)
        return [Edit(Span(first.lineno, 1, first.lineno, 1), f"{text}\n\n")]
    absolute = [node for block in blocks for node in block if kind_of(node) is not None]
    if absolute and ends_its_row(absolute[-1], imports):
        row = last_row(absolute[-1])
        follows = imports.lines[row + 1].strip()
        return [after(row, f"\n\n{text}\n" if follows else f"\n\n{text}", imports)]
    return [at_start(text, imports)]


def import_blocks(imports: Imports) -> list[list[ImportNode]]:
    """The imports of the module, in runs without anything else in between."""
    blocks: list[list[ImportNode]] = []
    previous: ast.stmt | None = None
    for node in imports.tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)) and not is_future(node):
            if isinstance(previous, (ast.Import, ast.ImportFrom)) and (
                node.lineno <= last_row(previous) + 1 and blocks and blocks[-1][-1] is previous
            ):
                blocks[-1].append(node)
            else:
                blocks.append([node])
        previous = node
    return blocks


def within(
    statement: Statement, block: list[ImportNode], imports: Imports, *, standard: bool
) -> Edit:
    """The edit that adds a statement to a block, in its order."""
    own = [node for node in block if kind_of(node) is standard]
    forms = [isinstance(node, ast.ImportFrom) for node in own]
    sections = forms == sorted(forms)
    if sections:
        same = [node for node in own if isinstance(node, ast.ImportFrom) is statement.is_from]
        if not same:
            return beyond(own[-1] if statement.is_from else None, own[0], statement, imports)
        own = same
    smaller = [node for node in own if module_of(node).lower() <= statement.module.lower()]
    return beyond(smaller[-1] if smaller else None, own[0], statement, imports)


def beyond(
    previous: ImportNode | None, first: ImportNode, statement: Statement, imports: Imports
) -> Edit:
    """The edit that puts a statement behind ``previous``, or else before ``first``."""
    if previous is not None and ends_its_row(previous, imports):
        return after(last_row(previous), f"\n{statement.text}", imports)
    row = (previous or first).lineno
    return Edit(Span(row, 1, row, 1), f"{statement.text}\n")


def ends_its_row(node: ast.stmt, imports: Imports) -> bool:
    """Whether nothing but imports and comments stands behind a statement in its row."""
    row = last_row(node)
    return all(
        isinstance(each, (ast.Import, ast.ImportFrom)) and last_row(each) == row
        for each in imports.tree.body
        if each.lineno == row
    )


def at_start(text: str, imports: Imports) -> Edit:
    """The edit that puts the first imports into a module."""
    body = imports.tree.body
    head = 0
    while head < len(body) and (is_docstring(body[head], head) or is_future(body[head])):
        head += 1
    follows = body[head] if head < len(body) else None
    if head:
        row = last_row(body[head - 1])
        if follows is None or follows.lineno != row:
            gap = "" if not imports.lines[row + 1].strip() else gap_before(follows)
            return after(row, f"\n\n{text}{gap}", imports)
    row = first_row(follows, imports) if follows is not None else 1
    return Edit(Span(row, 1, row, 1), f"{text}\n{gap_before(follows)}")


def gap_before(node: ast.stmt | None) -> str:
    """The blank lines between imports and what follows."""
    definition = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    return "\n\n" if definition else "\n" if node is not None else ""


def first_row(node: ast.stmt, imports: Imports) -> int:
    """The row that a statement starts on, with its decorators and the comments right above it.

    The comments at the head of the file are not about its first statement.
    """
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    row = start = min([node.lineno, *(each.lineno for each in decorators)])
    while row > 1 and imports.lines[row - 1].lstrip().startswith("#"):
        row -= 1
    return row if row > 1 else start


def after(row: int, text: str, imports: Imports) -> Edit:
    """The edit that puts text at the end of a row."""
    column = len(imports.lines[row]) + 1
    return Edit(Span(row, column, row, column), text)


def last_row(node: ast.stmt) -> int:
    """The row that a statement ends on."""
    return node.end_lineno or node.lineno


def module_of(node: ImportNode) -> str:
    """The module that a statement imports, or imports from."""
    if isinstance(node, ast.ImportFrom):
        return "." * node.level + (node.module or "")
    return node.names[0].name


def kind_of(node: ImportNode) -> bool | None:
    """Whether a module is of the standard library; None for one of the same package."""
    module = module_of(node)
    return None if module.startswith(".") else is_standard(module)


def is_tensorflow(node: ImportNode) -> bool:
    """Whether a statement imports TensorFlow."""
    return module_of(node).partition(".")[0] == "tensorflow"


def is_future(node: ast.stmt) -> bool:
    """Whether a statement is ``from __future__ import ...``."""
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def is_docstring(node: ast.stmt, index: int) -> bool:
    """Whether the statement at ``index`` of a module is its docstring."""
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return index == 0 and constant and isinstance(node.value.value, str)  # type: ignore[attr-defined]
