"""What a checkpoint holds: variables, lists of them, layers, modules and optimizers."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tfmigrate.lifting.model import Kind, Step, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.training import variable_text
from tfmigrate.lifting.writing import Piece

if TYPE_CHECKING:
    from tfmigrate.lifting.emission import Emission
    from tfmigrate.lifting.modules import Module

_MAKES = frozenset(
    {
        Role.VARIABLE,
        Role.GET_VARIABLE,
        Role.GLOBAL_STEP,
        Role.CELL,
        Role.LAYER_OBJECT,
        Role.OPTIMIZER,
    }
)
_EVERYTHING = frozenset(
    {"tf.global_variables", "tf.all_variables", "tf.contrib.slim.get_variables_to_restore"}
)
_RESERVED = frozenset({"root", "save_counter", "save", "write", "read", "restore"})
_OF_MODULES = frozenset({"name", "name_scope", "variables", "submodules", "with_name_scope"})


@dataclass
class Held:
    """The arguments of a checkpoint; whether layers are among what it holds."""

    objects: dict[str, str] = field(default_factory=dict)
    arguments: list[str] = field(default_factory=list)
    layers: bool = False

    def add(self, name: str, text: str) -> None:
        """Hold one more thing."""
        if text in self.objects.values():
            return
        wanted, number = name, 2
        while wanted in self.objects or wanted in _RESERVED:
            wanted, number = f"{name}_{number}", number + 1
        self.objects[wanted] = text

    def keywords(self) -> list[str]:
        """What is held as keywords."""
        return [f"{name}={text}" for name, text in self.objects.items()]


def saved_objects(step: Step, listed: ast.expr | None, emission: Emission) -> Held:
    """What the saver that a step makes saves, as arguments of ``tf.train.Checkpoint``.

    Raises:
        Unliftable: something of it has no object that could be saved.
    """
    held = Held()
    if (
        listed is None
        or emission.scope.facts.symbol(getattr(listed, "func", listed)) in _EVERYTHING
    ):
        _everything(step, emission, held)
        held.arguments = held.keywords()
    else:
        held.arguments = _listed(step, listed, emission, held)
    if not held.arguments:
        raise Unliftable(step.node, "a saver without any variables")
    return held


def _everything(step: Step, emission: Emission, held: Held) -> None:
    """All that is made before a saver is."""
    scope, facts = emission.scope, emission.scope.facts
    objects = emission.program.objects
    for other in scope.steps[: step.index]:
        roles = {role for _, role in facts.roles_below(other.node)} if not other.header else set()
        if Role.MOVING_AVERAGE in roles:
            raise Unliftable(step.node, "moving averages among what is saved")
        for _, name in (each for each in emission.held if each[0] == other.index):
            held.layers = True
            held.add(name.rpartition(".")[2], _seen(name, other, step, emission))
        for name, at in emission.program.hoisted.values():
            if at is other:
                held.add(name.rpartition(".")[2], _seen(name, other, step, emission))
        if other.kind not in (Kind.STATE, Kind.KEPT) or not roles & _MAKES or other.header:
            continue
        if isinstance(other.node, ast.FunctionDef):
            continue
        for path in sorted(_bound(other, step, emission), key=_order(other)):
            if objects.class_of(path) and path.count(".") > 1:
                raise Unliftable(other.node, f"`{path.rpartition('.')[2]}` is saved, a local name")
            text = objects.text(path, step.names.cls, step)
            held.add(path.rpartition(".")[2], text)
    if held.layers:
        for module in emission.modules.known.values():
            module.tracked = True


def _seen(name: str, other: Step, step: Step, emission: Emission) -> str:
    """What is made in one step, as it is called in another."""
    cls = other.names.cls
    if not name.startswith("self.") or cls == step.names.cls:
        return name
    return f"{emission.program.objects.instance(cls, step)}.{name.removeprefix('self.')}"


def _bound(step: Step, at: Step, emission: Emission) -> set[str]:
    """The paths of a step that hold what it makes; in a loop, those of the lists that it fills.

    Raises:
        Unliftable: a loop makes variables that nothing holds.
    """
    facts = emission.scope.facts
    looped = isinstance(step.node, (ast.For, ast.While)) or any(
        isinstance(block, (ast.For, ast.While)) and block not in at.blocks for block in step.blocks
    )
    if not looped:
        if not isinstance(step.node, (ast.If, ast.Try, ast.With)):
            return set(step.defines)
        made: set[str] = set()
        for node in ast.walk(step.node):
            if isinstance(node, ast.Assign):
                roles = {role for _, role in facts.roles_below(node.value)}
                paths = [step.path(target) for target in node.targets] if roles & _MAKES else []
                made |= {path for path in paths if path is not None}
        return made | set(step.mutates)
    if not step.mutates:
        raise Unliftable(step.node, "what a loop makes is saved, and nothing holds all of it")
    return set(step.mutates)


def _order(step: Step):  # type: ignore[no-untyped-def]
    """Names in the order in which they stand in a statement."""
    names = [step.path(each) for each in ast.walk(step.node)]
    return lambda path: names.index(path) if path in names else 0


def _listed(step: Step, listed: ast.expr, emission: Emission, held: Held) -> list[str]:
    """The variables that a saver is given."""
    scope, facts = emission.scope, emission.scope.facts
    literal = listed
    path = step.path(listed)
    if path is not None:
        found = scope.reaching(path, step.index)
        if len(found) != 1 or not isinstance(found[0].node, ast.Assign):
            raise Unliftable(listed, "what a saver saves is known only when the program runs")
        if found[0].kind not in (Kind.STATE, Kind.KEPT):
            raise Unliftable(listed, "a saver of some of the variables, by how they are called")
        literal = found[0].node.value
    if isinstance(literal, ast.Dict):
        keys = [each.value for each in literal.keys if isinstance(each, ast.Constant)]
        plain = all(isinstance(key, str) and key.isidentifier() for key in keys)
        _check_variables(literal.values, step, emission)
        if path is not None or len(keys) < len(literal.keys) or not plain or set(keys) & _RESERVED:
            return [f"**{emission.text(listed)}"]
        pairs = zip(keys, literal.values, strict=True)
        return [f"{key!s}={emission.text(value)}" for key, value in pairs]
    if isinstance(literal, (ast.List, ast.Tuple)):
        _check_variables(literal.elts, step, emission)
        if path is not None:
            return [f"variables={emission.text(listed)}"]
        for each in literal.elts:
            own = step.path(each)
            if own is None:
                return [f"variables={emission.text(listed)}"]
            held.add(own.rpartition(".")[2], emission.text(each))
        return held.keywords()
    if facts.symbol(getattr(literal, "func", literal)) == "tf.trainable_variables":
        return _trained(step, emission, held)
    raise Unliftable(listed, "a saver of some of the variables, by how they are called")


def _check_variables(nodes: list[ast.expr], step: Step, emission: Emission) -> None:
    """What is listed has to be variables that are there."""
    for node in nodes:
        path = step.path(node)
        if path is None:
            continue
        for other in emission.scope.reaching(path, step.index):
            if other.kind is Kind.STAGED:
                raise Unliftable(node, "a variable that is saved has no name any more")


def _trained(step: Step, emission: Emission, held: Held) -> list[str]:
    """All trained variables, by name."""
    if emission.held:
        raise Unliftable(step.node, "a saver of the trained variables of layers only")
    for other in emission.scope.steps[: step.index]:
        if other.kind is not Kind.STATE:
            continue
        for path in sorted(other.writes, key=_order(other)):
            text = variable_text(path, other, emission.scope)
            if text:
                name = text.lstrip("*").partition(".values()")[0]
                held.add(name.rpartition(".")[2], name)
    return held.keywords()


def track(module: Module) -> None:
    """Make the class of a module one whose objects a checkpoint can hold.

    Raises:
        Unliftable: it has attributes that such a class has for itself.
    """
    if module.written is None:
        return
    init = module.written.body[0]
    for piece in init.inner:
        attribute = piece.text.partition(" = ")[0].removeprefix("self.")
        if attribute in _OF_MODULES:
            raise Unliftable(module.node, f"a module with `{attribute}` for an attribute")
    module.written.head = f"class {module.class_name}(tf.Module):"
    init.inner.insert(0, Piece(text="super().__init__()"))
