"""Classes that hold a graph: how what they hold is called inside and outside of their methods."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from tfmigrate.lifting.model import Kind, Step, Unliftable
from tfmigrate.lifting.scope import Scope
from tfmigrate.lifting.slices import MOVES, Part
from tfmigrate.lifting.substitution import replace_names

_GRAPH = (*MOVES, Kind.PLACEHOLDER)


@dataclass(eq=False)
class Objects:
    """The classes of a scope.

    ``kept`` maps the path of a local name of a method, which functions read after the method has
    ended, to the attribute that it becomes; ``first`` are statements that keep parameters.
    """

    scope: Scope
    kept: dict[str, str] = field(default_factory=dict)
    first: dict[ast.stmt, list[str]] = field(default_factory=dict)

    @property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes of the file."""
        return self.scope.facts.classes

    def owner(self, part: Part) -> str:
        """The class whose method a function becomes; empty if it stands on its own."""
        owners = {step.names.cls for step in part.steps}
        owners |= {self.owner(other) for other in part.uses}
        fetched = [each.path for each in part.fetches or () if each.path and not each.operation]
        owners |= {self.class_of(path) for path in fetched}
        if not owners:
            owners = {self.class_of(path) for path in part.takes}
        return owners.pop() if len(owners) == 1 else ""

    def class_of(self, path: str) -> str:
        """The class that a path belongs to."""
        head = path.partition(".")[0]
        return head if "." in path and head in self.classes else ""

    def instance(self, cls: str, step: Step) -> str:
        """What an object of a class is called where a step stands.

        Raises:
            Unliftable: it has no name there.
        """
        if step.names.cls == cls:
            return "self"
        for name, path in step.names.own.items():
            if step.names.instances.get(path) == cls:
                return name
        found = [name for name, other in step.names.instances.items() if other == cls]
        if not found:
            raise Unliftable(step.node, f"an object of `{cls}` without a name")
        return found[0]

    def attributes(self, cls: str) -> set[str]:
        """The names that a class has given to something that stays."""
        node = self.classes[cls]
        taken = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
        for step in self.scope.steps:
            if step.kind not in _GRAPH and step.kind is not Kind.DROPPED:
                taken |= {p.partition(".")[2] for p in step.writes if p.startswith(f"{cls}.")}
        return taken | {"self"}

    def text(self, path: str, owner: str, step: Step) -> str:
        """How something that is made once is called in a function of ``owner``."""
        cls = self.class_of(path)
        if not cls:
            return path.rpartition(".")[2]
        attribute = self.attribute(path, step)
        where = "self" if owner == cls else self.instance(cls, step)
        return f"{where}.{attribute}"

    def attribute(self, path: str, step: Step) -> str:
        """The attribute that a path of a class is, or becomes."""
        rest = path.partition(".")[2]
        if "." not in rest:
            return rest
        if path not in self.kept:
            made = [each for each in self.scope.steps if path in each.writes]
            if len(made) > 1 and any(each.kind in (Kind.STATE, Kind.STAGED) for each in made):
                name = path.rpartition(".")[2]
                raise Unliftable(step.node, f"`{name}` names several things, some of them state")
            self.kept[path] = self.keep(path, step)
        return self.kept[path]

    def keep(self, path: str, step: Step) -> str:
        """The attribute that a local name of a method is kept in."""
        cls, method, name = path.split(".", 2)
        for other in self.scope.steps:
            # `self.rate = rate` is there already
            if isinstance(other.node, ast.Assign) and other.path(other.node.value) == path:
                for target in other.node.targets:
                    kept = other.path(target)
                    if kept is not None and kept.startswith(f"{cls}.") and kept.count(".") == 1:
                        return kept.partition(".")[2]
        taken = {p.partition(".")[2] for s in self.scope.steps for p in s.writes}
        taken |= {each.name for each in self.classes[cls].body if isinstance(each, ast.FunctionDef)}
        attribute = name
        while attribute in taken or attribute in self.kept.values():
            attribute = f"{attribute}_"
        if not any(path in other.writes for other in self.scope.steps):
            node = next(
                each
                for each in self.classes[cls].body
                if isinstance(each, ast.FunctionDef) and each.name == method
            )
            body = [each for each in node.body if not _is_docstring(each)]
            self.first.setdefault(body[0], []).append(f"self.{attribute} = {name}")
        return attribute

    def is_graph(self, path: str, step: Step) -> bool:
        """Whether a path is a tensor or operation where a step stands."""
        if path in step.writes and step.kind in _GRAPH:
            return True
        return any(other.kind in _GRAPH for other in self.scope.reaching(path, step.index))

    def spell(self, step: Step) -> dict[ast.expr, str]:
        """New texts for the tensors of a statement that moves into a function: local names."""
        found: dict[ast.expr, str] = {}
        for node in names_below(step.node):
            path = step.path(node)
            if path is not None and path != ast.unparse(node) and self.is_graph(path, step):
                found[node] = path.rpartition(".")[2]
        return {node: text for node, text in found.items() if text != ast.unparse(node)}

    def promote(
        self, step: Step, within: ast.AST, done: Mapping[ast.expr, str]
    ) -> dict[ast.expr, str]:
        """New texts for names of a method that a function reads when the method has ended."""
        found: dict[ast.expr, str] = {}
        for node in names_below(within, done):
            path = step.path(node)
            if path is None or node in done or not self.is_local(path, step):
                continue
            found[node] = f"self.{self.attribute(path, step)}"
        return found

    def promote_text(self, step: Step, text: str) -> str:
        """The same for the text of an expression that was written."""
        known = {}
        for node in ast.walk(ast.parse(f"({text})", mode="eval")):
            path = step.path(node) if isinstance(node, ast.Name) else None
            if path is not None and isinstance(node, ast.Name) and self.is_local(path, step):
                known[node.id] = f"self.{self.attribute(path, step)}"
        return replace_names(text, known) if known else text

    def is_local(self, path: str, step: Step) -> bool:
        """Whether a path is a local name of a method that is no tensor."""
        return (
            bool(step.names.cls)
            and path.count(".") == 2
            and self.class_of(path) == step.names.cls
            and not self.is_graph(path, step)
        )

    def respell(self, step: Step) -> dict[ast.expr, str]:
        """New texts for the names of a statement that stays, where they are attributes now."""
        found: dict[ast.expr, str] = {}
        for node in names_below(step.node):
            path = step.path(node)
            if path in self.kept and any(path in other.writes for other in self.scope.steps):
                found[node] = f"self.{self.kept[path]}"
        return found


def names_below(
    node: ast.AST, done: Mapping[ast.expr, str] = MappingProxyType({})
) -> list[ast.expr]:
    """The names, and attributes of names, below a node, outside of what is done."""
    if node in done:
        return []
    if isinstance(node, ast.Name):
        return [node]
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return [node, node.value]
    return [name for child in ast.iter_child_nodes(node) for name in names_below(child, done)]


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
