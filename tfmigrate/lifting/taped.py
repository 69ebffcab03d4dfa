"""Tensors that are the same at every run, and that a gradient is taken of all the same.

Such a tensor is computed where it stands; but a tape has to see how.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.model import Kind, Stage, Step, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import uses

if TYPE_CHECKING:
    from tfmigrate.lifting.scope import Scope

_TAKEN = {
    Role.GRADIENTS: ("ys", "xs"),
    Role.COMPUTE_GRADIENTS: ("loss", "var_list"),
    Role.MINIMIZE: ("loss", "global_step", "var_list"),
}


def taped(scope: Scope) -> set[Step]:
    """The statements that compute such tensors."""
    found: set[Step] = set()
    for step in scope.steps:
        value = getattr(step.node, "value", None)
        if isinstance(value, ast.Subscript):
            value = value.value
        names = _TAKEN.get(scope.facts.role(value)) if isinstance(value, ast.Call) else None  # type: ignore[arg-type]
        if names is None:
            continue
        assert isinstance(value, ast.Call)
        try:
            given = arguments(value, names)
        except Unliftable:
            continue
        by = step.paths(uses(given["xs"]).reads) if "xs" in given else set()
        target = given.get(names[0])
        if target is not None:
            follower = _Follower(scope, by)
            for path in step.paths(uses(target).reads) - by:
                follower.leads(path, step.index)
            found |= follower.found
    return found


class _Follower:
    """Goes back from what is differentiated to what it is differentiated by.

    ``by`` are the paths of that; without any, variables are meant.
    """

    def __init__(self, scope: Scope, by: set[str]) -> None:
        self.scope = scope
        self.by = by
        self.found: set[Step] = set()
        self.seen: dict[Step, bool] = {}

    def leads(self, path: str, position: int) -> bool:
        """Whether the value of a path depends on it; the statements on the way are collected."""
        if path in self.by:
            return True
        makers = self.scope.reaching(path, position)
        # each of them is looked at, not only the first that depends on it
        return max((self.depends(each) for each in makers), default=False)

    def depends(self, step: Step) -> bool:
        """Whether what a statement binds depends on it."""
        if step.kind is Kind.STATE:
            return not self.by
        if step in self.seen:
            return self.seen[step]
        self.seen[step] = False
        if not isinstance(step.node, ast.Assign) or step.kind not in (Kind.KEPT, Kind.STAGED):
            return False
        if self.scope.facts.role(step.node.value) is Role.CELL_STATE:
            # zeros of the sizes that a cell has
            return False
        result = max((self.leads(each, step.index) for each in step.reads), default=False)
        self.seen[step] = result
        if result and step.kind is Kind.KEPT and step.stage is Stage.FIXED:
            self.found.add(step)
        return result
