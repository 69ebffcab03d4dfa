"""Lists of trained variables, written out where a program asks for them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tfmigrate.lifting.collected import (
    check_all,
    filter_of,
    is_list_of_variables,
    listed,
    lists_all,
    scope_of,
)
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.losses import asks, written
from tfmigrate.lifting.model import Kind, Step, Unliftable
from tfmigrate.lifting.savers import is_saver
from tfmigrate.lifting.training import makes_variables, variable_text

if TYPE_CHECKING:
    from tfmigrate.lifting.emission import Emission


class VariableLists:
    """Writes out lists of variables; ``out`` takes the texts."""

    def __init__(self, out: Emission) -> None:
        self.out = out
        self.program = out.program
        self.scope = out.scope
        self.text = out.text
        self.replaced = out.replaced

    def lists(self, step: Step) -> None:
        """Write out the lists of trained variables that a statement asks for."""
        facts = self.scope.facts
        if step.header:
            # its statements are steps of their own
            return
        if is_saver(getattr(step.node, "value", None), facts):
            return
        for each in ast.walk(step.node):
            asked = asks(each, facts)
            if asked is not None:
                assert isinstance(each, ast.expr)
                self.replaced[each] = written(asked, self.out.losses(step))
            if isinstance(each, ast.List) and any(_asks_for_all(e, facts) for e in each.elts):
                parts = [
                    part
                    for one in each.elts
                    for part in (
                        self.out.losses(step) if _asks_for_all(one, facts) else [self.text(one)]
                    )
                ]
                self.replaced[each] = f"[{', '.join(parts)}]"
            filtered = filter_of(each)
            if filtered is not None and self.is_list(filtered[0], step):
                _, text, begins = filtered
                assert isinstance(each, ast.expr)
                weights = self.weights(step)
                if all(where for where, _ in weights):
                    listing = listed(weights, text, anywhere=not begins, node=each)
                    self.replaced[each] = listing
            elif is_list_of_variables(each, facts):
                assert isinstance(each, ast.Call)
                scope = scope_of(each, facts)
                if lists_all(each, facts):
                    check_all(each, self.scope.steps[: step.index], facts)
                self.replaced[each] = listed(self.weights(step), scope, anywhere=False, node=each)

    def is_list(self, node: ast.expr, step: Step) -> bool:
        """Whether an expression is a list of all trained variables, or a name for one."""
        if is_list_of_variables(node, self.scope.facts):
            return True
        path = step.path(node)
        found = self.scope.reaching(path, step.index) if path is not None else []
        return len(found) == 1 and is_list_of_variables(
            getattr(found[0].node, "value", None), self.scope.facts
        )

    def weights(self, step: Step) -> list[tuple[str, str]]:
        """What is trained: the variables that statements made so far, and layers."""
        found = list(self.out.hoister(step.names.cls).weights)
        for module in self.out.modules.known.values():
            module.listed = True
        for other in self.scope.steps[: step.index]:
            if other.kind is Kind.STATE:
                for path in other.writes:
                    text = variable_text(path, other, self.scope)
                    if text and other.names.cls and "." in path:
                        objects = self.program.objects
                        text = text.replace(path, objects.text(path, step.names.cls, other))
                    if text:
                        found.append(("/".join(self.out.scopes(other)), text))
                    elif text is None and makes_variables(other, self.scope.facts):
                        line = other.node.lineno
                        reason = f"a list of variables with those that line {line} makes"
                        raise Unliftable(step.node, reason)
        return found


def _asks_for_all(node: ast.expr, facts: Facts) -> bool:
    """Whether an entry of a list stands for all regularization losses."""
    return isinstance(node, ast.Starred) and asks(node.value, facts) is not None
