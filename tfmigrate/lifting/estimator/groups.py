"""Which statements of a ``model_fn`` each mode needs, and which of them several modes share."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tfmigrate.lifting.estimator.modes import Mode, Path
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.uses import uses

Modes = frozenset[Mode]


@dataclass(eq=False)
class Group:
    """Statements that the same modes need: a method, or a part of one if it is one mode's.

    ``takes`` are the names that come from other groups or from what the model is called with,
    ``gives`` those that others read.
    """

    modes: Modes
    statements: list[ast.stmt] = field(default_factory=list)
    takes: list[str] = field(default_factory=list)
    gives: list[str] = field(default_factory=list)
    name: str = ""
    flags: list[str] = field(default_factory=list)
    """The parameters that tell the mode."""


class Reads:
    """What statements read once some of their expressions are replaced."""

    def __init__(self, replaced: Mapping[ast.expr, str]) -> None:
        self.replaced = replaced

    def of(self, *nodes: ast.AST) -> set[str]:
        """The names that some nodes read."""
        found: set[str] = set()
        for node in nodes:
            own = uses(node)
            bound = own.writes if isinstance(node, (ast.FunctionDef, ast.Lambda)) else set()
            names = {
                each.id
                for each in self.kept(node)
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)
            }
            texts = [
                self.replaced[each]
                for each in self.kept(node)
                if isinstance(each, ast.expr) and each in self.replaced
            ]
            for text in texts:
                names |= uses(ast.parse(f"f({text})")).reads - {"f"}
            augmented = own.reads if isinstance(node, ast.AugAssign) else set()
            found |= (names & (own.reads | _inside(texts)) | augmented) - bound
        return found

    def kept(self, node: ast.AST) -> Iterable[ast.AST]:
        """The nodes below one, not looking into what is replaced."""
        yield node
        if node in self.replaced:
            return
        for child in ast.iter_child_nodes(node):
            yield from self.kept(child)


def _inside(texts: Iterable[str]) -> set[str]:
    return {name for text in texts for name in uses(ast.parse(f"f({text})")).reads}


def sliced(path: Path, roots: Iterable[str], reads: Reads, gone: set[ast.stmt]) -> list[ast.stmt]:
    """The statements of a path that names depend on, in order."""
    needed = set(roots)
    found: list[ast.stmt] = []
    for node in reversed(path.statements):
        if node in gone:
            continue
        used = uses(node)
        if not (used.writes | used.mutates) & needed:
            continue
        found.insert(0, node)
        simple = isinstance(node, (ast.Assign, ast.AnnAssign))
        if simple and not used.mutates & needed:
            needed -= used.writes
        needed |= reads.of(node)
    return found


def grouped(slices: Mapping[Mode, list[ast.stmt]]) -> list[Group]:
    """Statements by the modes that need them, those of many modes first."""
    wanted: dict[ast.stmt, set[Mode]] = {}
    for mode, statements in slices.items():
        for node in statements:
            wanted.setdefault(node, set()).add(mode)
    groups: dict[Modes, Group] = {}
    for node in sorted(wanted, key=lambda each: (each.lineno, each.col_offset)):
        modes = frozenset(wanted[node])
        groups.setdefault(modes, Group(modes)).statements.append(node)
    return sorted(groups.values(), key=lambda each: -len(each.modes))


def connect(
    groups: list[Group],
    slices: Mapping[Mode, list[ast.stmt]],
    roots: Mapping[Mode, set[str]],
    reads: Reads,
) -> None:
    """Work out what groups hand to each other.

    Raises:
        Unliftable: in one mode a name has another value than in the others.
    """
    of = {node: group for group in groups for node in group.statements}
    order = {group: index for index, group in enumerate(groups)}
    for mode, statements in slices.items():
        last: dict[str, Group] = {}
        readers: dict[str, list[Group]] = {}
        for node in statements:
            group = of[node]
            for name in sorted(reads.of(node)):
                source = last.get(name)
                if source is None:
                    continue
                if source is not group and order[source] > order[group]:
                    raise Unliftable(node, f"`{name}` is something else in one of the modes")
                if source is not group:
                    _add(source.gives, name)
                    _add(group.takes, name)
                readers.setdefault(name, []).append(group)
            for name in sorted(uses(node).writes):
                late = [each for each in readers.get(name, []) if order[each] > order[group]]
                if late:
                    raise Unliftable(node, f"`{name}` is given a second value")
                last[name] = group
        for name in sorted(roots[mode]):
            source = last.get(name)
            if source is not None and len(source.modes) > 1:
                _add(source.gives, name)
    for group in groups:
        group.gives.sort(key=lambda name: _defined(name, group))


def outside(group: Group, names: Iterable[str], reads: Reads) -> list[str]:
    """Which of some names the statements of a group read."""
    found = reads.of(*group.statements)
    return [name for name in names if name in found]


def _defined(name: str, group: Group) -> int:
    """Where in a group a name gets its value."""
    return max(
        (index for index, node in enumerate(group.statements) if name in uses(node).writes),
        default=0,
    )


def _add(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)
