"""Cells of recurrent networks: made once, with what is fed to them kept in variables."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tfmigrate.lifting.cells import Bindings
from tfmigrate.lifting.model import Stage, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import path_of
from tfmigrate.names import plain
from tfmigrate.transforms import recurrent
from tfmigrate.transforms.layer_model import Creation, Refused
from tfmigrate.transforms.layer_values import Arg, Reading
from tfmigrate.transforms.recurrent_cells import kind_of
from tfmigrate.transforms.recurrent_model import TUPLE, CellCall, Kind

if TYPE_CHECKING:
    from tfmigrate.lifting.hoisting import Hoister

CELLS = ("cell", "cell_fw", "cell_bw", "cells_fw", "cells_bw")
"""The parameters of runs that are cells."""
OLD = {
    "tf.nn.rnn": "tf.nn.static_rnn",
    "tf.nn.bidirectional_rnn": "tf.nn.static_bidirectional_rnn",
}
"""What runs were called before TensorFlow 1.0."""
_POSITIONS = {"bidirectional": 2, "stack": 2}


@dataclass(eq=False)
class CellMaking:
    """What is known and written of cells for one :class:`~tfmigrate.lifting.hoisting.Hoister`.

    ``support`` names the blocks of support code that the new text needs, ``leading`` holds lines
    to write before statements wherever these go, ``dropped`` statements that nothing needs any
    more. ``late`` are the variables that stand for probabilities that are fed: what is assigned to
    them, how the program wrote that, and the statements that make cells with it.
    """

    hoister: Hoister
    bindings: Bindings
    support: list[str] = field(default_factory=list)
    leading: dict[ast.stmt, list[str]] = field(default_factory=dict)
    dropped: set[ast.stmt] = field(default_factory=set)
    late: dict[str, tuple[str, str, list[ast.stmt]]] = field(default_factory=dict)

    def kind(self, call: ast.Call) -> str | None:
        """What a call is to recurrent networks; None if nothing."""
        facts = self.hoister.facts
        role = facts.role(call)
        if role is Role.RECURRENT:
            return "recurrent"
        if role is Role.CELL_STATE:
            return "state"
        symbol = facts.symbol(call.func)
        if symbol == TUPLE:
            return "tuple"
        if symbol is not None or facts.called(call) is not None:
            return None
        if isinstance(call.func, ast.Attribute) and call.func.attr == "zero_state":
            return "state" if self.bindings.is_cell(call.func.value) else None
        return "step" if self.bindings.is_cell(call.func) else None

    def reading(self) -> Reading:
        """The reading of the program in which names of cells are looked through."""
        symbol = self.hoister.reading.symbol
        return replace(
            self.hoister.nested(),
            value=self.bindings.value,
            # a name for one of several classes is none of them
            symbol=lambda node: None if self.bindings.classes(node) else symbol(node),
        )

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that an expression is part of."""
        return next(e for e in (node, *self.bindings.ancestors(node)) if isinstance(e, ast.stmt))

    def within_run(self, call: ast.Call) -> bool:
        """Whether a cell or its first state is part of a call that is rewritten with it."""
        if self.kind(call) == "state":
            user = self.bindings.user(call)
            return user is not None and self.hoister.facts.role(user) is Role.RECURRENT
        if not self.is_made(call):
            return False
        for each in self.bindings.ancestors(call):
            if isinstance(each, ast.stmt):
                return False
            role = self.hoister.facts.role(each) if isinstance(each, ast.Call) else None
            if role in (Role.RECURRENT, Role.CELL):
                return True
        return False

    def cell(self, call: ast.Call) -> CellCall:
        """The Keras cell for a constructor call."""
        symbol = self.hoister.facts.symbol(call.func) or ""
        around = self.initializer(call)
        made = recurrent.cell(call, symbol, self.reading(), around)
        if isinstance(made, Refused):
            raise Unliftable(call, made.reason)
        if self.kept_apart(made.keep_probs, call):
            return self.cell(call)
        self.support.extend(made.support)
        return made

    def sizes(self, node: ast.AST) -> None:
        """``cell.state_size`` of an LSTM has the sizes in the other order."""
        for each in ast.walk(node):
            if not (isinstance(each, ast.Attribute) and each.attr == "state_size"):
                continue
            if each in self.hoister.replaced or not self.bindings.is_cell(each.value):
                continue
            kind = kind_of(Arg(each.value, self.reading()))
            if kind is Kind.PAIR:
                tuple_name, support = recurrent.STATE_TUPLE.text, recurrent.STATE_TUPLE.support
                text = self.hoister.text(each)
                self.hoister.replaced[each] = f"{tuple_name}(*{text}[::-1])"
                self.support.extend(support)
            elif kind is not Kind.SINGLE:
                raise Unliftable(each, "the sizes of the states of several cells")

    def reference(self, node: ast.expr, call: ast.Call) -> None:
        """A class of cells that a name stands for becomes a function that makes one.

        Raises:
            Unliftable: it is called with more than the number of its units.
        """
        if node in self.hoister.replaced:
            return
        if len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
            raise Unliftable(call, "a cell whose class is a variable, made with several arguments")
        units = ast.Name("units", ast.Load())
        reading = self.reading()
        source = reading.source
        made = recurrent.cell(
            ast.Call(node, [units], []),
            self.hoister.facts.symbol(node) or "",
            replace(reading, source=lambda e: "units" if e is units else source(e)),
            self.bindings.initializer(call),
        )
        if isinstance(made, Refused):
            raise Unliftable(node, made.reason)
        self.support.extend(made.support)
        self.hoister.replaced[node] = f"lambda units: {made.constructor}"

    def kept_apart(self, keep_probs: tuple[tuple[str, ast.expr], ...], call: ast.Call) -> bool:
        """Give probabilities that are fed a variable; whether there were any."""
        found = False
        for name, node in keep_probs:
            if node not in self.hoister.replaced and self.is_late(node):
                self.hoister.replaced[node] = self.variable(name, node, call)
                found = True
        return found

    def is_late(self, node: ast.expr) -> bool:
        """Whether an expression is known only when the functions run.

        The parameters of a function that makes cells are not: their calls are looked at.
        """
        return any(
            self.hoister.stages.of(each) is Stage.STAGED
            and not (isinstance(each, ast.Name) and self.bindings.is_of_maker(each))
            for each in ast.walk(node)
            if isinstance(each, (ast.Name, ast.Attribute))
        )

    def variable(self, name: str, node: ast.expr, call: ast.AST) -> str:
        """The variable for a probability that is fed."""
        text = ast.unparse(node)
        for known, (_, other, places) in self.late.items():
            if other == text:
                places.append(self.statement(call))
                return known
        if self.hoister.frames:
            raise Unliftable(call, "a probability that is fed, for cells made in a loop")
        wanted = path_of(node)
        label = wanted.rpartition(".")[2] if wanted is not None else name
        made = self.hoister.keep_variable(self.hoister.unique(f"cell_{label}"))
        self.late[made] = self.local(node), text, [self.statement(call)]
        return made

    def local(self, node: ast.expr) -> str:
        """The text of an expression in a function, where tensors of an object are local names."""
        stages = self.hoister.stages
        known = {
            ast.unparse(each): each.attr
            for each in ast.walk(node)
            if isinstance(each, ast.Attribute) and stages.of(each) is Stage.STAGED
        }
        text = self.hoister.text(node)
        for attribute, name in known.items():
            text = re.sub(rf"(?<![\w.]){re.escape(attribute)}(?!\w)", name, text)
        return text

    def passed(self, call: ast.Call) -> None:
        """The arguments of a function that makes a cell: what is fed becomes a variable."""
        helper = self.hoister.facts.called(call)
        assert helper is not None
        names = [each.arg for each in helper.node.args.args]
        pairs = [*zip(names, call.args, strict=False)]
        pairs += [(each.arg or "", each.value) for each in call.keywords]
        for name, node in pairs:
            if self.is_late(node) and not self.bindings.passes_on(helper.node, name):
                raise Unliftable(call, f"`{call.func.id}` computes with `{name}`, which is fed")  # type: ignore[attr-defined]
        self.kept_apart(tuple(pairs), call)

    def initializer(self, call: ast.Call) -> ast.expr | None:
        """The initializer of the scope in which the variables of a cell are made: where it runs.

        Raises:
            Unliftable: it runs in scopes with different ones.
        """
        own = self.bindings.initializer(call)
        found = {ast.dump(own): own} if own is not None else {}
        for run, cells in self.users().items():
            if call in cells:
                around = self.bindings.initializer(run)
                if around is not None:
                    found[ast.dump(around)] = around
        if len(found) > 1:
            raise Unliftable(call, "a cell that is used in scopes with different initializers")
        return next(iter(found.values()), None)

    def users(self) -> dict[ast.Call, set[ast.Call]]:
        """The runs and steps of the file, and the constructors of cells that each may use."""
        known = self.bindings.users
        if not known:
            for node in ast.walk(self.hoister.facts.tree):
                kind = self.kind(node) if isinstance(node, ast.Call) else None
                if isinstance(node, ast.Call) and kind in ("recurrent", "step"):
                    cells = self.cell_arguments(node) if kind == "recurrent" else [node.func]
                    known[node] = set().union(*(self.bindings.constructors(e) for e in cells))
        return known

    def creation(self, call: ast.Call) -> Creation:
        """A cell that is made on the spot, as something to make once."""
        if self.hoister.facts.role(call) is Role.CELL:
            return Creation("cell", self.cell(call).constructor, weights=False)
        self.passed(call)
        return Creation("cell", self.hoister.text(call), weights=False)

    def is_made(self, call: ast.Call) -> bool:
        """Whether a call makes a cell: by its constructor, or a function of the file."""
        is_cell = self.hoister.facts.role(call) is Role.CELL
        return (is_cell and not self.bindings.classes(call.func)) or self.bindings.makes_cell(call)

    def cell_arguments(self, call: ast.Call) -> list[ast.expr]:
        """The arguments of a run that are cells."""
        name = self.name(call)
        count = next((n for word, n in _POSITIONS.items() if word in name), 1)
        return [
            *call.args[:count],
            *(each.value for each in call.keywords if each.arg in CELLS),
        ]

    def name(self, call: ast.Call) -> str:
        """The last part of the name of a run."""
        symbol = plain(self.hoister.facts.symbol(call.func) or "")
        return OLD.get(symbol, symbol).rpartition(".")[2]

    def assigned(self, call: ast.Call, statement: ast.stmt) -> None:
        """Assign what is fed to the variables of the cells, before they run."""
        cells = self.users().get(self.bindings.original.get(call, call), set())
        makers = {self.statement(each) for each in cells} | {
            self.statement(each) for cell in cells for each in self.bindings.calls_to(cell)
        }
        for name, (text, _, places) in self.late.items():
            if makers & set(places) or statement in places:
                line = f"{name}.assign({text})"
                lines = self.leading.setdefault(statement, [])
                if line not in lines:
                    lines.append(line)

    def drop(self, *statements: ast.stmt) -> None:
        """Statements that nothing needs any more."""
        self.hoister.removed.update(statements)
        self.dropped.update(statements)
