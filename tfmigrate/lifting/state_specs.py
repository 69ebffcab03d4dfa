"""States that are fed: what the functions that take them say of them."""

from __future__ import annotations

import ast

from tfmigrate.lifting.functions import Program, Text, parameter
from tfmigrate.lifting.model import Kind, Step, Unliftable
from tfmigrate.lifting.roles import Role

_STAYS = frozenset({Kind.KEPT, Kind.STATE})


def states_fed(program: Program) -> list[tuple[str, Step]]:
    """The states of cells that are fed, with the statements that make the first ones.

    Raises:
        Unliftable: it is made in another way.
    """
    scope = program.scope
    found: dict[str, Step] = {}
    for part in program.parts:
        for site in part.sites:
            for path in site.feeds:
                if path in scope.placeholders or path in found or path not in part.takes:
                    continue
                reaching = scope.reaching(path, site.step.index)
                steps = [step for step in reaching if _makes_state(step, program)]
                if not steps:
                    continue
                if len(reaching) != 1 or (steps[0].names.cls and steps[0].kind not in _STAYS):
                    raise Unliftable(site.call, f"`{path}`, a state that is fed")
                found[path] = steps[0]
    return list(found.items())


def _makes_state(step: Step, program: Program) -> bool:
    """Whether a statement makes the first state of a cell."""
    value = step.node.value if isinstance(step.node, ast.Assign) else None
    return value is not None and any(
        program.scope.facts.role(each) is Role.CELL_STATE for each in ast.walk(value)
    )


def local_names(program: Program) -> dict[ast.expr, str]:
    """New texts for the states of objects in functions that are given them.

    Raises:
        Unliftable: a statement is part of a function that is given a state, and of one that is not.
    """
    found: dict[ast.expr, str] = {}
    for path, maker in states_fed(program):
        if not maker.names.cls:
            continue
        for part in [*program.parts, *program.shared]:
            for step in part.steps:
                reads = [
                    each
                    for each in ast.walk(step.node)
                    if isinstance(each, (ast.Attribute, ast.Name)) and step.path(each) == path
                ]
                if reads and path not in part.takes:
                    raise Unliftable(
                        step.node, f"`{parameter(path)}`, a state that is not always fed"
                    )
                found.update(dict.fromkeys(reads, parameter(path)))
    return found


def spec_text(path: str, step: Step, program: Program, text: Text) -> str:
    """The statement that describes a state; the size of its batch is open if only a run has it.

    The functions of an object describe it themselves: then there is none.
    """
    if step.names.cls:
        program.states[path] = step
        value = program.objects.text(path, step.names.cls, step)
        program.specs[path] = f"tf.nest.map_structure(tf.type_spec_from_value, {value})"
        return ""
    name = program.specs.setdefault(path, program.unique(f"{parameter(path)}_spec"))
    if step.kind in _STAYS:
        value = parameter(path)
        return f"{name} = tf.nest.map_structure(tf.type_spec_from_value, {value})"
    assert isinstance(step.node, ast.Assign)
    call = step.node.value
    if not (isinstance(call, ast.Call) and program.scope.facts.role(call) is Role.CELL_STATE):
        raise Unliftable(step.node, f"`{path}`, a state that is fed")
    size = call.args[0] if call.args else call.keywords[0].value
    old, new = text(size), text(call)
    if new.count(old) != 1:
        raise Unliftable(step.node, f"`{path}`, a state that is fed")
    function = "lambda each: tf.TensorSpec([None, *each.shape[1:]], each.dtype)"
    return f"{name} = tf.nest.map_structure({function}, {new.replace(old, '1')})"
