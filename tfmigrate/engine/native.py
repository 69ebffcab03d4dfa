"""Swap ``import tensorflow.compat.v1 as tf`` for ``import tensorflow as tf``, once that is all.

A file is ready for it when every finding is gone but those about the import itself and about
``disable_v2_behavior()``: whatever it still refers to means the same outside ``tf.compat.v1``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from tfmigrate.engine import program, syntax, tidying
from tfmigrate.engine.context import Context
from tfmigrate.engine.detectors import Program
from tfmigrate.engine.imported import Binding, Imports, Key, blocks
from tfmigrate.engine.symbols import ALIAS
from tfmigrate.model import Dialect, Edit, Finding, Severity, Span
from tfmigrate.names import Names, Reference, Role, plain, resolve
from tfmigrate.names.knowledge import COMPAT

SWITCHES = frozenset({"tf.disable_v2_behavior", "tf.disable_eager_execution"})
"""What keeps a program in graph mode: calls that a native program does without."""
_MODULE = "tensorflow.compat.v1"
_FROM = re.compile(r"from\s+(tensorflow\.compat\.v1)\b")


@dataclass(frozen=True, slots=True)
class Swap:
    """The edits that make a file native, and where the findings are that they resolve."""

    edits: tuple[Edit, ...]
    places: tuple[Span, ...]


def swap(
    imports: Imports,
    context: Context,
    dialect: Dialect,
    added: Collection[Key],
    *,
    switches: bool,
) -> Swap | None:
    """What makes a file native; None if it is already, or not ready.

    Args:
        imports: those of the file.
        context: facts, rules and target release.
        dialect: what the file spoke.
        added: the imports that fixing added.
        switches: whether calls such as ``disable_v2_behavior()`` may go.
    """
    if not concerns(imports.text):
        return None
    with syntax.deep_recursion():
        names = resolve(imports.tree, context.knowledge)
        found = list(
            program.findings(Program(imports.tree, names, dialect), context, imports.lines)
        )
    compat = [each for each in imports.bindings if is_compat(each)]
    calls = [each for each in names.references if plain(each.symbol) in SWITCHES and is_call(each)]
    places = [imports.lines.span(each.alias) for each in compat]
    places += [imports.lines.span(each.node) for each in calls]
    if not places or (calls and not switches) or blocked(found, places):
        return None
    edits = rewritten(compat, names, imports, added)
    going = dropped(calls, imports)
    if edits is None or going is None:
        return None
    # a name in a statement that goes need not be changed
    staying = [each for each in edits if not any(inside(each, other) for other in going)]
    return Swap(tuple(tidying.spaced((*staying, *going), imports)), tuple(places))


def concerns(text: str) -> bool:
    """Whether there may be something to swap in a text."""
    return "compat" in text or any(each.rpartition(".")[2] in text for each in SWITCHES)


def inside(edit: Edit, other: Edit) -> bool:
    """Whether an edit is about a part of what another one is about."""
    one, two = edit.span, other.span
    starts = (two.row, two.column) <= (one.row, one.column)
    return starts and (one.end_row, one.end_column) <= (two.end_row, two.end_column)


def is_compat(binding: Binding) -> bool:
    """Whether an import is one of ``tf.compat.v1`` under a name of its own, or from it."""
    path = f"{binding.module}.{binding.member}" if binding.member else binding.module
    return (path == _MODULE or path.startswith(f"{_MODULE}.")) and not binding.dotted


def is_call(reference: Reference) -> bool:
    """Whether a reference is what some call calls."""
    return reference.call is not None


def blocked(found: list[Finding], places: Collection[Span]) -> bool:
    """Whether something is left that means another thing outside ``tf.compat.v1``."""
    return any(
        each.span not in places
        and each.severity is not Severity.INFO
        and not each.code.startswith("TFM0")
        for each in found
    ) or any(each.span in places and each.code != ALIAS and is_name(each) for each in found)


def is_name(finding: Finding) -> bool:
    """Whether a finding is about a name other than a switch."""
    return finding.symbol not in SWITCHES


def rewritten(
    compat: list[Binding], names: Names, imports: Imports, added: Collection[Key]
) -> list[Edit] | None:
    """The edits of the imports, and of what they bind; None for a form that is not understood."""
    edits: list[Edit] = []
    going: list[Binding] = []
    for binding in compat:
        if binding.guarded or binding.in_class:
            return None
        whole = f"{binding.module}.{binding.member}".rstrip(".") == _MODULE
        native = next((each for each in imports.bindings if is_native(each, binding)), None)
        if not whole:
            edit = from_native(binding, imports)
            if edit is None:
                return None
            edits.append(edit)
            continue
        # of two names the one that somebody gave it, not the one that fixing had to make do with
        if native is not None and native.key not in added and native.alias.asname:
            if native.name != binding.name:
                edits.extend(renamed(names, COMPAT, binding.name, native.name, imports))
            going.append(binding)
            continue
        if native is not None:
            edits.extend(renamed(names, "tf", native.name, binding.name, imports))
            going.append(native)
        if len(binding.node.names) > 1 and binding.member:
            return None
        named = "tensorflow"
        if binding.name != named:
            named += f" as {binding.name}"
        at = imports.lines.span(binding.node if binding.member else binding.alias)
        edits.append(Edit(at, f"import {named}" if binding.member else named))
    return [*dict.fromkeys(edits), *tidying.remove(going, imports)]


def is_native(binding: Binding, beside: Binding) -> bool:
    """Whether an import is TensorFlow itself, in the same scope as another."""
    whole = binding.module == "tensorflow" and not binding.member
    return whole and binding.scope == beside.scope and not binding.guarded


def from_native(binding: Binding, imports: Imports) -> Edit | None:
    """The edit that makes ``from tensorflow.compat.v1... import`` native."""
    span = imports.lines.span(binding.node)
    found = _FROM.match(imports.lines[span.row], span.column - 1)
    if found is None:
        return None
    return Edit(Span(span.row, found.start(1) + 1, span.row, found.end(1) + 1), "tensorflow")


def renamed(names: Names, root: str, old: str, new: str, imports: Imports) -> Iterator[Edit]:
    """The edits that write ``new`` for ``old`` wherever that stands for a symbol."""
    for reference in names.references:
        node = reference.node
        while isinstance(node, ast.Attribute):
            node = node.value
        said = reference.root == root and reference.role in (Role.ATTRIBUTE, Role.NAME)
        if said and isinstance(node, ast.Name) and node.id == old:
            yield Edit(imports.lines.span(node), new)


def dropped(calls: list[Reference], imports: Imports) -> list[Edit] | None:
    """The edits that remove calls which are statements; None if one is not."""
    if not calls:
        return []
    bodies = {
        id(node.value): (node, body)
        for body in every_block(imports.tree)
        for node in body
        if isinstance(node, ast.Expr)
    }
    edits = []
    emptied: dict[int, int] = {}
    for reference in calls:
        found = bodies.get(id(reference.call))
        if found is None:
            return None
        node, body = found
        emptied[id(body)] = emptied.get(id(body), 0) + 1
        if emptied[id(body)] == len(body) and body is not imports.tree.body:
            edits.append(Edit(imports.lines.span(node), "pass"))
        else:
            edits.append(tidying.statement(node, imports))
    return edits


def every_block(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """Each list of statements of a program."""
    waiting: list[list[ast.stmt]] = [tree.body]
    while waiting:
        body = waiting.pop()
        yield body
        for node in body:
            waiting.extend(blocks(node))
