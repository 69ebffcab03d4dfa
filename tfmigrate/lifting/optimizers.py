"""One optimizer that trains several lists of variables: Keras has to know all of them at first."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.model import Kind, Step, Unliftable
from tfmigrate.lifting.rates import optimizer_call
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.slices import Part, backward
from tfmigrate.lifting.training import listed_variables
from tfmigrate.lifting.uses import uses

if TYPE_CHECKING:
    from tfmigrate.lifting.emission import Emission

_LISTS = {
    Role.MINIMIZE: ("loss", "global_step", "var_list"),
    Role.COMPUTE_GRADIENTS: ("loss", "var_list"),
    Role.GRADIENTS: ("ys", "xs"),
}


def build_optimizers(out: Emission) -> None:
    """Name all variables to the optimizers that train different ones at different steps.

    Raises:
        Unliftable: they cannot be listed before the optimizer is used.
    """
    steps: dict[ast.Call, list[Step]] = defaultdict(list)
    for step in out.scope.steps:
        found = optimizer_call(step, out.scope) if step.kind is Kind.TRAIN else None
        if found is not None and found[1] is not step:
            steps[found[0]].append(step)
    for several in steps.values():
        if len(several) < 2:
            continue
        lists = [_variables(step, out) for step in several]
        if len(set(lists)) == 1 and lists[0] is not None:
            continue
        if None in lists:
            raise Unliftable(
                several[-1].node, "one optimizer for variables that are not the same each time"
            )
        call = several[-1].node.value  # type: ignore[attr-defined]
        owner = out.text(call.func.value)
        everything = _joined([each for each in dict.fromkeys(lists) if each is not None])
        out.make(several[-1], [f"{owner}.build({everything})"])


def _joined(lists: list[str]) -> str:
    """One list of the elements of several."""
    if all(each.startswith("[") and each.endswith("]") for each in lists):
        names = [name.strip() for each in lists for name in each[1:-1].split(",")]
        return f"[{', '.join(dict.fromkeys(names))}]"
    return " + ".join(lists)


def _variables(step: Step, out: Emission) -> str | None:
    """The text of the list of variables that a step trains; None if it cannot be told."""
    call = step.node.value  # type: ignore[attr-defined]
    role = out.scope.facts.role(call)
    if role is Role.APPLY_GRADIENTS:
        roots = [(path, step.index) for path in step.paths(uses(*call.args, *call.keywords).reads)]
        taken = [
            each
            for each in backward(out.scope, roots)
            if _takes(each, out) in (Role.COMPUTE_GRADIENTS, Role.GRADIENTS)
        ]
        direct = [each for each in taken if _takes(each, out) is not None]
        if len(direct) != 1:
            return None
        step = direct[0]
        call = _call(step)
        role = _takes(step, out)
    if role is None or not isinstance(call, ast.Call):
        return None
    names = _LISTS[role]
    listed = arguments(call, names).get(names[-1])
    if listed is None:
        target = arguments(call, names).get(names[0])
        part = next((p for p in out.program.parts if step in p.steps), None)
        return _default(step, target, part, out) if target is not None and part else None
    path = step.path(listed)
    reached = out.scope.reaching(path, step.index) if path is not None else []
    if any(each.kind is Kind.STAGED for each in reached):
        return None
    return out.text(listed)


def _default(step: Step, target: ast.expr, part: Part, out: Emission) -> str | None:
    names = listed_variables(step, target, part, out.program, out.text)
    return f"[{', '.join(names)}]" if names is not None else None


def _call(step: Step) -> ast.AST | None:
    value = getattr(step.node, "value", None)
    return value.value if isinstance(value, ast.Subscript) else value


def _takes(step: Step, out: Emission) -> Role | None:
    call = _call(step)
    role = out.scope.facts.role(call) if isinstance(call, ast.Call) else None
    return role if role in (Role.COMPUTE_GRADIENTS, Role.GRADIENTS) else None
