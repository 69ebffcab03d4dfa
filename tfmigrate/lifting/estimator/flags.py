"""Conditions on the mode, in statements that one mode needs or that several share."""

from __future__ import annotations

import ast

from tfmigrate.lifting.estimator.groups import Group
from tfmigrate.lifting.estimator.modes import Mode, Reader
from tfmigrate.lifting.model import Unliftable


class Flags:
    """Replaces conditions on the mode: constants in one mode, parameters in what modes share.

    ``reader`` knows their values, ``replaced`` collects the new texts.
    """

    def __init__(self, reader: Reader, replaced: dict[ast.expr, str]) -> None:
        self.reader = reader
        self.replaced = replaced

    def statement(self, node: ast.stmt, group: Group) -> None:
        """Conditions on the mode: parameters of what modes share, constants elsewhere."""
        known = [
            each
            for each in ast.walk(node)
            if isinstance(each, ast.Compare) and self.settled(each, group)
        ]
        inside = {id(sub) for each in known for sub in ast.walk(each) if sub is not each}
        for each in ast.walk(node):
            if isinstance(each, ast.expr) and id(each) not in inside:
                self.expression(each, group)

    def settled(self, node: ast.Compare, group: Group) -> bool:
        """Whether a comparison is known, or says whether this is training."""
        values = {self.reader.truth(node, mode) for mode in group.modes}
        return None not in values and (len(values) == 1 or self.reader.is_training(node))

    def expression(self, node: ast.expr, group: Group) -> None:
        """One expression that may be a condition on the mode."""
        known = isinstance(node, (ast.Name, ast.Compare)) and not (
            isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        )
        if not known:
            return
        if isinstance(node, ast.Name) and node.id == self.reader.mode_name:
            if len(group.modes) == 1:
                (mode,) = group.modes
                self.replaced[node] = repr(mode.value).replace("'", '"')
            elif "mode" not in group.flags:
                group.flags.append("mode")
            return
        values = {self.reader.truth(node, mode) for mode in group.modes}
        if values == {None}:
            return
        if len(values) == 1:
            self.replaced[node] = str(values.pop())
        elif self.reader.is_training(node):
            name = node.id if isinstance(node, ast.Name) else self.name()
            if isinstance(node, ast.Compare):
                opposite = self.reader.truth(node, Mode.TRAIN) is False
                self.replaced[node] = f"not {name}" if opposite else name
            elif self.reader.flags[name][Mode.TRAIN] is False:
                raise Unliftable(node, f"`{name}` stands for not training")
            if name not in group.flags:
                group.flags.append(name)
        elif isinstance(node, ast.Name):
            raise Unliftable(node, f"`{node.id}` depends on the mode")

    def name(self) -> str:
        """What the parameter that says training is called."""
        names = [
            name
            for name, values in self.reader.flags.items()
            if values.get(Mode.TRAIN) and values.get(Mode.EVAL) is False
        ]
        return names[0] if names else "training"
