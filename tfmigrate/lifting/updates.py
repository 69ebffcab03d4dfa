"""Batch normalization: whether and when its moving averages are updated.

TensorFlow 1 put the updates into a collection, and only ran them with ``UPDATE_OPS`` as a control
input, or as fetches. A Keras layer updates by itself, each time that it is called for training. So
where a program ran the updates, the list of them goes; where it never did, the layers get
``momentum=1.0``, which keeps their averages at what they started with; and where it ran them in
one place and used the statistics of the batch without them in another, nothing says the same.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Kind, Step, Unliftable
from tfmigrate.lifting.roles import Role

if TYPE_CHECKING:
    from tfmigrate.lifting.functions import Program
    from tfmigrate.lifting.scope import Scope
    from tfmigrate.lifting.slices import Part

_KEY = "tf.GraphKeys.UPDATE_OPS"
_NORMS = ("batch_norm", "batch_normalization", "BatchNormalization")
_TRAINING = ("training", "is_training")


def is_updates(node: ast.AST | None, facts: Facts) -> bool:
    """Whether an expression is the list of the updates."""
    if not isinstance(node, ast.Call) or facts.role(node) is not Role.COLLECTION or not node.args:
        return False
    if (facts.symbol(node.func) or "").endswith("add_to_collection"):
        return False
    key = node.args[0]
    return facts.symbol(key) == _KEY or (
        isinstance(key, ast.Constant) and key.value == "update_ops"
    )


def mark(scope: Scope) -> None:
    """Let the list of the updates depend on what is normalized before it.

    Raises:
        Unliftable: only some of the updates are meant.
    """
    for step in scope.steps:
        value = getattr(step.node, "value", None)
        if not isinstance(value, ast.Call) or not is_updates(value, scope.facts):
            continue
        before = [each for each in scope.steps[: step.index] if normalizes(each, scope.facts)]
        if len(value.args) > 1 or value.keywords:
            raise Unliftable(value, "the updates of one scope only")
        step.reads |= {path for each in before for path in each.writes}


def normalizes(step: Step, facts: Facts) -> bool:
    """Whether a statement normalizes batches, by itself or by functions that it calls."""
    if step.header or step.kind not in (Kind.STAGED, Kind.STATE):
        return False
    return bool(list(_norms(step.node, facts, set())))


def _norms(node: ast.AST, facts: Facts, seen: set[ast.AST]) -> Iterator[ast.AST]:
    """The references to batch normalization below a node, functions looked through."""
    layers = False
    for each in ast.walk(node):
        symbol = facts.symbol(each)
        if symbol is not None and symbol.rpartition(".")[2] in _NORMS:
            yield each
        helper = facts.called(each)
        if helper is not None and helper.node not in seen:
            seen.add(helper.node)
            yield from _norms(helper.node, facts, seen)
        layers = layers or facts.role(each) is Role.LAYER
    if layers and _scoped(facts):
        yield node


def _scoped(facts: Facts) -> bool:
    """Whether an ``arg_scope`` normalizes what other layers compute."""
    return any(
        keyword.arg == "normalizer_fn"
        and (facts.symbol(keyword.value) or "").endswith("batch_norm")
        for each in facts.nodes
        if isinstance(each, ast.Call) and facts.role(each) is Role.ARG_SCOPE
        for keyword in each.keywords
    )


def frozen(program: Program) -> bool:
    """Whether the program never updates the moving averages.

    Raises:
        Unliftable: it does so in some of its run sites that train, and not in others.
    """
    facts = program.scope.facts
    if _in_place(facts):
        return False
    several = {part: _steps(part) for part in program.parts}
    norms = {
        part: [each for each in steps if normalizes(each, facts)]
        for part, steps in several.items()
        if not any(is_updates(getattr(s.node, "value", None), facts) for s in steps)
    }
    updating = len(norms) < len(several)
    trained = [
        (part, step)
        for part, steps in norms.items()
        for step in steps
        if _trains(step, part, program)
    ]
    if trained and updating:
        part, step = trained[0]
        where = part.sites[0].call if part.sites else step.node
        raise Unliftable(
            where, "the statistics of a batch are used without updating the moving averages"
        )
    asked = [
        step for step in program.scope.steps if is_updates(getattr(step.node, "value", None), facts)
    ]
    if trained and asked and not updating:
        raise Unliftable(asked[0].node, "no run site is seen to run these updates")
    return bool(trained)


def _steps(part: Part) -> list[Step]:
    """The steps of a part and of those that it calls."""
    return [*part.steps, *(step for other in part.uses for step in other.steps)]


def _in_place(facts: Facts) -> bool:
    """Whether every normalization updates in place (``updates_collections=None``)."""
    given = [
        each.value
        for each in facts.nodes
        if isinstance(each, ast.keyword) and each.arg == "updates_collections"
    ]
    given += [
        value
        for each in facts.nodes
        if isinstance(each, ast.Dict)
        for key, value in zip(each.keys, each.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "updates_collections"
    ]
    return bool(given) and all(isinstance(e, ast.Constant) and e.value is None for e in given)


def _trains(step: Step, part: Part, program: Program) -> bool:
    """Whether the normalizations of a step may use the statistics of the batch in a part."""
    facts = program.scope.facts
    constants = program.constants.get(part, {})
    found: list[object] = []
    for node in ast.walk(step.node):
        path = step.path(node) if isinstance(node, (ast.Name, ast.Attribute)) else None
        if path in constants:
            found.append(constants[path].value)
        elif path is not None and path in program.scope.placeholders and _is_bool(path, program):
            found.append(None)
        if isinstance(node, ast.Call):
            found += [each.value for each in _told(node, facts) if isinstance(each, ast.Constant)]
    if found:
        return any(each is not False for each in found)
    return not _plainly_off(step, facts)


def _told(call: ast.Call, facts: Facts) -> list[ast.expr]:
    """What a call is told of training, by the names of its parameters."""
    given = {str(each.arg): each.value for each in call.keywords}
    helper = facts.called(call)
    if helper is not None:
        args = helper.node.args
        names = [each.arg for each in args.args]
        first = len(names) - len(args.defaults)
        given = {
            **dict(zip(names[first:], args.defaults, strict=True)),
            **dict(zip(names, call.args, strict=False)),
            **given,
        }
    return [value for name, value in given.items() if "train" in name or "phase" in name]


def _plainly_off(step: Step, facts: Facts) -> bool:
    """Whether a step only has ``tf.layers.batch_normalization`` that is not told to train."""
    for each in _norms(step.node, facts, set()):
        if not (facts.symbol(each) or "").startswith("tf.layers."):
            return False
    calls = [each for each in facts.nodes if isinstance(each, ast.Call)]
    return not any(
        keyword.arg in _TRAINING
        for call in calls
        if (facts.symbol(call.func) or "").rpartition(".")[2] in _NORMS
        for keyword in call.keywords
    )


def _is_bool(path: str, program: Program) -> bool:
    """Whether a placeholder takes a truth value."""
    call = getattr(program.scope.placeholders[path].node, "value", None)
    values = [*call.args, *(k.value for k in call.keywords)] if isinstance(call, ast.Call) else []
    return any(
        program.scope.facts.symbol(each) == "tf.bool"
        or (isinstance(each, ast.Constant) and isinstance(each.value, bool))
        for each in values
    )


def without_updates(constructor: str) -> str:
    """The constructor of a normalization that keeps its moving averages."""
    tree = ast.parse(constructor, mode="eval").body
    if not isinstance(tree, ast.Call) or "BatchNormalization" not in ast.unparse(tree.func):
        return constructor
    for keyword in tree.keywords:
        if keyword.arg == "momentum":
            value = keyword.value
            head = constructor.encode()[: value.col_offset].decode()
            return head + "1.0" + constructor.encode()[value.end_col_offset :].decode()
    named = next((k.value for k in tree.keywords if k.arg == "name"), None)
    if named is not None:
        cut = named.col_offset - len("name=")
        return f"{constructor[:cut]}momentum=1.0, {constructor[cut:]}"
    comma = ", " if tree.args or tree.keywords else ""
    return f"{constructor[:-1]}{comma}momentum=1.0)"


def told_at_run(call: str, training: str, objects: list[str]) -> str | None:
    """A call whose ``training`` is a tensor, as a condition; None if it cannot be told apart.

    Args:
        call: the call, with holes for the objects.
        training: the text of what it is told.
        objects: the constructors of the objects.
    """
    told = f", training={training})"
    at = call.find(told)
    norms = [n for n, each in enumerate(objects) if "BatchNormalization(" in each]
    if len(norms) != 1 or call.count(told) != 1:
        return None
    start = call.rfind(f"{{{norms[0]}}}(", 0, at)
    if start < 0:
        return None
    normed = call[start:at]
    one, other = (f"{normed}, training={each})" for each in ("True", "False"))
    before, after = call[:start], call[at + len(told) :]
    chosen = f"{one} if {training} else {other}"
    return f"{before}({chosen}){after}" if before or after else chosen
