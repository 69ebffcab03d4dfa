"""What cells read that is fed: their runs depend on it, though they were made before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tfmigrate.lifting.model import Kind, Step
from tfmigrate.lifting.roles import Role

if TYPE_CHECKING:
    from tfmigrate.lifting.scope import Scope

_LATE = frozenset({Kind.STAGED, Kind.PLACEHOLDER})


def late_reads(step: Step, scope: Scope) -> set[str]:
    """The tensors that the cells read which a step uses: a probability that is fed."""
    if not scope.celled:
        return set()
    found: set[str] = set()
    seen: set[int] = set()
    work = [step]
    while work:
        each = work.pop()
        for path in _reads(each, scope):
            for other in scope.reaching(path, each.index):
                if other.kind in _LATE and each is not step:
                    found.add(path)
                if other.kind in (Kind.STATE, Kind.KEPT) and other.index not in seen:
                    seen.add(other.index)
                    if other.kind is Kind.STATE and _makes_cells(other, scope):
                        work.append(other)
    return found


def _makes_cells(step: Step, scope: Scope) -> bool:
    """Whether a step makes cells, itself or by a function."""
    return any(role is Role.CELL for _, role in scope.facts.roles_below(step.node))


def _reads(step: Step, scope: Scope) -> set[str]:
    """What a step reads, functions that it calls looked through."""
    found = set(step.reads)
    for name in step.reads:
        helper = scope.facts.helper(name)
        if helper is not None:
            found |= helper.free
    return found
