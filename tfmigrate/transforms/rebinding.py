"""One name for a module, bound to the module's successor: then the uses stay as they are.

``from tensorflow.python.platform import flags`` becomes ``from absl import flags``, and
``gfile = tf.gfile`` becomes ``gfile = tf.io.gfile``, if everything that is read through the name
has its successor there.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tfmigrate.catalogue import Row
from tfmigrate.model import Applicability, Edit, Fix
from tfmigrate.names import Reference
from tfmigrate.transforms.calls import Site, leading_name, rewrite
from tfmigrate.transforms.plan import Left
from tfmigrate.transforms.removing import rows
from tfmigrate.transforms.source import Piece, Source
from tfmigrate.transforms.spelling import Spelling

_ORDER = (Applicability.SAFE, Applicability.UNSAFE, Applicability.DISPLAY)

Sites = Callable[[Reference], "Site | None"]
"""What a reference is to become, None if the catalogue does not say."""


@dataclass(frozen=True, slots=True)
class Group:
    """A name, the module that it is bound to, and the module that it is to be bound to."""

    name: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Rebinding:
    """Everything that is read through one name, and the statement that binds it."""

    group: Group
    uses: tuple[Reference, ...]
    statement: ast.Import | ast.ImportFrom | ast.Assign
    alias: ast.alias | None

    @property
    def statement_names(self) -> list[ast.alias]:
        """The names that an import statement binds."""
        return [] if isinstance(self.statement, ast.Assign) else self.statement.names


def candidate(site: Site) -> Group | None:
    """The name that might be bound anew to make one reference right.

    Only if the module keeps its last name (``tf.app.flags`` and ``absl.flags``), or that is what
    the file calls it.
    """
    node, old = site.reference.node, site.reference.root
    if old in ("tf", "tf.compat.v1") or not isinstance(node, ast.Attribute) or site.row.call:
        return None
    first = leading_name(node)
    new = site.successor.rpartition(".")[0]
    last = new.rpartition(".")[2]
    if first is None or last not in (first.id, old.rpartition(".")[2]) or new == "tf":
        return None
    return Group(first.id, old, new)


def rebound(group: Group, spelling: Spelling, sites: Sites) -> Fix | None:
    """The fix that binds a name to the successor of its module; None if that is not all it takes.

    One and the same fix for the statement and for each use.
    """
    found = _gather(group, spelling)
    if found is None:
        return None
    edits: dict[Edit, None] = {}
    imports: dict[str, None] = {}
    trust = 0
    for reference in found.uses:
        if reference.symbol == group.old and not reference.rest:
            continue  # the module itself, passed on
        site = sites(reference)
        if site is None or not site.successor.startswith(group.new + "."):
            return None
        try:
            fix = rewrite(site.within(group.new, group.name))
        except Left as reason:
            if str(reason):
                return None
            trust = max(trust, _ORDER.index(site.applicability))
            continue
        trust = max(trust, _ORDER.index(fix.applicability))
        edits |= dict.fromkeys(fix.edits)
        imports |= dict.fromkeys(fix.imports)
    own = _statement(found, spelling)
    if own is None:
        return None
    pieces, statement = own
    edits |= dict.fromkeys(spelling.source.edits(pieces))
    imports |= dict.fromkeys(statement)
    message = f"Let `{group.name}` be `{group.new}`"
    ordered = tuple(sorted(edits, key=lambda each: each.span))
    return Fix(_ORDER[trust], message, ordered, tuple(imports))


def _gather(group: Group, spelling: Spelling) -> Rebinding | None:
    """What is read through a name, and the one statement that binds it."""
    uses = []
    for reference in spelling.references:
        node = reference.node
        first = leading_name(node) if isinstance(node, ast.expr) else None
        if first is None or first.id != group.name:
            continue
        if reference.root != group.old:
            return None
        uses.append(reference)
    bindings = spelling.bindings
    imported = bindings.imported.get(group.name, [])
    others = [each for each in bindings.others.get(group.name, []) if each == bindings.module]
    if len(imported) == 1 and not others:
        node = imported[0].node
        alias = next(
            each
            for each in node.names
            if (each.asname or each.name.partition(".")[0]) == group.name
        )
        if isinstance(node, ast.Import) and alias.asname is None:
            return None
        return Rebinding(group, tuple(uses), node, alias)
    if len(others) == 1 and not imported:
        for assigned in spelling.tree.body:
            if isinstance(assigned, ast.Assign) and _binds(assigned, group.name):
                return Rebinding(group, tuple(uses), assigned, None)
    return None


def _binds(node: ast.Assign, name: str) -> bool:
    """Whether an assignment binds one name, to an attribute of something."""
    target = node.targets[0]
    one = len(node.targets) == 1 and isinstance(target, ast.Name) and target.id == name
    return one and isinstance(node.value, ast.Attribute)


def _statement(found: Rebinding, spelling: Spelling) -> tuple[list[Piece], list[str]] | None:
    """What happens to the statement that binds the name, and the imports that this takes."""
    source, group, node = spelling.source, found.group, found.statement
    if isinstance(node, ast.Assign) and group.new.startswith("tf."):
        first = leading_name(node.value)
        spelled = spelling.spell(group.new, node.lineno, first.id if first else "")
        return [(source.start(node.value), source.end(node.value), spelled.text)], []
    parent, _, last = group.new.rpartition(".")
    if not parent or spelling.context.atlas.import_fails(parent, spelling.context.target, last):
        return None
    module = "tensorflow" + parent[2:] if parent.partition(".")[0] == "tf" else parent
    renamed = f" as {group.name}" if group.name != last else ""
    statement = f"from {module} import {last}{renamed}"
    if node not in spelling.tree.body:
        return _in_place(node, statement, source)
    if found.alias is not None and len(found.statement_names) > 1:
        pieces = _without(found.alias, found.statement_names, source)
        return None if pieces is None else (pieces, [statement])
    cut = _line(node, source)
    return None if cut is None else ([cut], [statement])


def _in_place(
    node: ast.stmt, statement: str, source: Source
) -> tuple[list[Piece], list[str]] | None:
    """The new import where the old one stood: in a function, or in a ``try``."""
    if isinstance(node, (ast.Import, ast.ImportFrom)) and len(node.names) > 1:
        return None
    return [(source.start(node), source.end(node), statement)], []


def _without(alias: ast.alias, names: Iterable[ast.alias], source: Source) -> list[Piece] | None:
    """The pieces that take one name out of an import statement; None if a comment is in the way."""
    every = list(names)
    index = every.index(alias)
    if index + 1 < len(every):
        start, end = source.start(alias), source.start(every[index + 1])
    else:
        start, end = source.end(every[index - 1]), source.end(alias)
    if "#" in source.text[start:end]:
        return None
    return [(start, end, "")]


def _line(node: ast.stmt, source: Source) -> Piece | None:
    """The piece that removes a statement with its line; None if something else stands there."""
    return rows(source.start(node), source.end(node), source)


def assigned_name(node: ast.Attribute, spelling: Spelling) -> str | None:
    """The name that an expression is assigned to at the top of the file, if it is."""
    assigned = _assignment(node, spelling)
    target = assigned.targets[0] if assigned is not None else None
    return target.id if isinstance(target, ast.Name) else None


def _assignment(node: ast.Attribute, spelling: Spelling) -> ast.Assign | None:
    """The statement at the top of the file that assigns an expression to one name."""
    line = spelling.source.lines[node.lineno]
    if "=" not in line[: node.col_offset] or line[:1].isspace():
        return None
    for each in spelling.tree.body:
        if isinstance(each, ast.Assign) and len(each.targets) == 1:
            value = each.value
            if (value.lineno, value.col_offset) == (node.lineno, node.col_offset):
                return each if isinstance(each.targets[0], ast.Name) else None
    return None


def unused(reference: Reference, spelling: Spelling) -> Fix | None:
    """The fix that removes ``layers = tf.layers`` when nothing is read through the name."""
    node = reference.node
    if not isinstance(node, ast.Attribute) or reference.rest or reference.guarded:
        return None
    assigned = _assignment(node, spelling)
    target = assigned.targets[0] if assigned is not None else None
    if assigned is None or not isinstance(target, ast.Name):
        return None
    bindings = spelling.bindings
    quoted = (f'"{target.id}"', f"'{target.id}'")
    if bindings.used.get(target.id) or any(each in spelling.source.text for each in quoted):
        return None
    cut = _line(assigned, spelling.source)
    if cut is None:
        return None
    message = f"Remove `{target.id}`, which nothing uses"
    return Fix(Applicability.SAFE, message, spelling.source.edits([cut]))


def defined(reference: Reference, row: Row, spelling: Spelling) -> Fix | None:
    """The fix that takes a name away from what is gone, so that support code can define it.

    ``from tensorflow.contrib.training import HParams``, or an assignment, binds the name that the
    block of the row defines: the uses stay as they are.
    """
    name = defined_name(row)
    if not name or row.fix is None or reference.guarded or reference.alternatives:
        return None
    node, cut = reference.node, None
    if isinstance(node, ast.alias) and (node.asname or node.name) == name:
        for each in spelling.tree.body:
            if isinstance(each, ast.ImportFrom) and node in each.names:
                several = len(each.names) > 1
                line = _line(each, spelling.source)
                cut = _without(node, each.names, spelling.source) if several else line and [line]
    elif isinstance(node, ast.Attribute) and not reference.rest:
        assigned = _assignment(node, spelling)
        if assigned is not None and _binds(assigned, name):
            line = _line(assigned, spelling.source)
            cut = line and [line]
    if not cut:
        return None
    return Fix(row.fix, f"Define `{name}` here", spelling.source.edits(cut), (), row.support)


def defined_name(row: Row) -> str:
    """The name that the support code of a row defines: what is written, or what is called."""
    if not row.support:
        return ""
    return row.to or row.call.partition("(")[0]
