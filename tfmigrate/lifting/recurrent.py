"""Recurrent networks: cells are made once where the program makes them, runs become layers.

``outputs, state = tf.nn.dynamic_rnn(cell, x)`` makes a layer around the cell and calls it; a cell
that only one run uses goes into the layer. How each is written is told by
:mod:`tfmigrate.transforms.recurrent`; here it is decided where things are made, which of the
results are wanted, and what becomes of probabilities that are fed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tfmigrate.lifting.cells import Bindings
from tfmigrate.lifting.model import Stage, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import path_of, uses
from tfmigrate.lifting.writing import Piece
from tfmigrate.names import plain
from tfmigrate.transforms import recurrent
from tfmigrate.transforms.layer_model import Creation, Refused
from tfmigrate.transforms.layer_values import Arg, Reading
from tfmigrate.transforms.recurrent_cells import kind_of
from tfmigrate.transforms.recurrent_model import TUPLE, CellCall, Kind, RunCall

if TYPE_CHECKING:
    from tfmigrate.lifting.hoisting import Hoister

CELLS = ("cell", "cell_fw", "cell_bw", "cells_fw", "cells_bw")
"""The parameters of runs that are cells."""
_OUTPUTS_FIRST = frozenset({"dynamic_rnn", "static_rnn", "bidirectional_dynamic_rnn"})
_POSITIONS = {"bidirectional": 2, "stack": 2}


@dataclass(eq=False)
class Recurrent:
    """The recurrent part of a :class:`~tfmigrate.lifting.hoisting.Hoister`.

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

    # ------------------------------------------------------------------ reading

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

    def within_run(self, call: ast.AST) -> bool:
        """Whether an expression is part of a call that is rewritten as a whole: a run, a cell."""
        for each in self.bindings.ancestors(call):
            if isinstance(each, ast.stmt):
                return False
            if isinstance(each, ast.Call):
                if self.hoister.facts.role(each) in (Role.RECURRENT, Role.CELL):
                    return True
        return False

    # ------------------------------------------------------------------ cells

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

    # ------------------------------------------------------------------ functions

    def moves(self, node: ast.stmt) -> bool:
        """Whether a statement of a function only makes cells: it moves to the constructor."""
        function = self.hoister.function
        if function is None or not isinstance(node, (ast.Assign, ast.Expr, ast.If, ast.For)):
            return False
        if self.bindings.nested(node, function):
            return False
        calls = self.hoister.calls(node)
        outer = [each for each in calls if not self.within_run(each)]
        return bool(outer) and all(self.is_made(each) for each in outer)

    def move(self, node: ast.stmt) -> None:
        """Make the cells of a statement in the constructor, by the statement itself."""
        self.hoister.removed.add(node)
        used = [
            each
            for each in uses(node).writes
            for load in self.bindings.read(node, each)
            if self.bindings.user(load) is not None
        ]
        if isinstance(node, ast.Assign) and used and self.folds_in(node):
            self.dropped.add(node)
            return
        self.in_place(node)
        self.hoister.made.append(Piece(node=node))
        for each in uses(node).writes:
            self.hoister.stages.bound[each] = Stage.STATE

    def folds_in(self, node: ast.Assign) -> bool:
        """Whether the run that uses a cell, and nothing else does, takes it in."""
        loads = [e for name in uses(node).writes for e in self.bindings.read(node, name)]
        run = self.bindings.user(loads[0]) if len(loads) == 1 else None
        if run is None or self.kind(run) != "recurrent" or node not in self.foldable(run):
            return False
        symbol = self.hoister.facts.symbol(run.func) or ""
        # whether the states are wanted makes no difference to what is folded
        return self.made(run, symbol, state=False, fold=True).folded

    def settle(self, body: list[ast.stmt]) -> None:
        """Cells that the calls of a function need beside those runs are kept as attributes."""
        hoister = self.hoister
        names = {n for piece in hoister.made if piece.node for n in uses(piece.node).writes}
        kept: set[str] = set()
        for node in body:
            for each in ast.walk(node):
                if isinstance(each, ast.expr) and each in hoister.replaced:
                    text = hoister.replaced[each]
                    for name in sorted(names):
                        pattern = rf"(?<![\w.\"']){name}(?![\w\"'=])"
                        text, count = re.subn(pattern, f"self.{name}", text)
                        kept |= {name} if count else set()
                    hoister.replaced[each] = text
        for node in body:
            for name in _loaded(node, hoister.replaced):
                if name.id in names:
                    hoister.replaced[name] = f"self.{name.id}"
                    kept.add(name.id)
        hoister.made.extend(Piece(text=f"self.{name} = {name}") for name in sorted(kept))

    # ------------------------------------------------------------------ expressions

    def rewrite(self, call: ast.Call, kind: str) -> None:
        """Write the new text of one call."""
        if kind == "tuple":
            self.support.extend(recurrent.STATE_TUPLE.support)
            self.hoister.replaced[call.func] = recurrent.STATE_TUPLE.text
        elif kind == "recurrent":
            self.run(call)
        elif kind == "held":
            self.hoister.replaced[call] = self.cell(call).constructor
        elif kind in ("state", "step"):
            write = recurrent.zero_state if kind == "state" else recurrent.step
            made = write(call, self.reading())
            if isinstance(made, Refused):
                raise Unliftable(call, made.reason)
            self.support.extend(made.support)
            self.hoister.replaced[call] = made.text
            if kind == "step":
                self.stepped(call)

    def stepped(self, call: ast.Call) -> None:
        """A cell that the program calls itself: its variables are its own."""
        path = path_of(call.func)
        if path is None or self.hoister.stages.of(call.func) is not Stage.STATE:
            return
        moved = self.hoister.function is not None and "." not in path
        listed = f"*self.{path}.trainable_variables" if moved else f"*{path}.trainable_variables"
        if all(text != listed for _, text in self.hoister.weights):
            self.hoister.weights.append(("/".join(self.hoister.scopes), listed))
        self.assigned(call, self.statement(call))

    def in_place(self, node: ast.AST) -> None:
        """Rewrite the cells, states and steps of a statement that stays where it is."""
        self.sizes(node)
        for each in ast.walk(node):
            if isinstance(each, ast.Call):
                for reference in self.bindings.classes(each.func):
                    self.reference(reference, each)
        for call in self.hoister.calls(node):
            kind = self.hoister.kind(call)
            if kind in ("tuple", "state", "step") or (
                kind == "held"
                and self.hoister.facts.role(call) is Role.CELL
                and not self.within_run(call)
            ):
                self.rewrite(call, kind)
            elif kind == "module" and self.bindings.makes_cell(call):
                self.passed(call)

    # ------------------------------------------------------------------ runs

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
        return plain(self.hoister.facts.symbol(call.func) or "").rpartition(".")[2]

    def run(self, call: ast.Call) -> None:
        """A run becomes a layer, made once, and its call."""
        hoister, statement = self.hoister, self.statement(call)
        symbol = hoister.facts.symbol(call.func) or ""
        if not recurrent.is_run(symbol):
            raise Unliftable(call, f"`{symbol}` has no counterpart: write the loop")
        for each in ast.walk(call):
            if isinstance(each, ast.Call) and self.bindings.makes_cell(each):
                self.passed(each)
        state = not self.outputs_alone(call, statement)
        folded = self.foldable(call)
        made = self.made(self.seen_through(call, statement), symbol, state, fold=bool(folded))
        if made.folded:
            self.drop(*folded)
        names = self.names(made, call)
        taken = [hoister.unique(each) for each, _ in made.temporaries]
        lines = [f"{name} = {text}" for name, text in made.assigned(*names, *taken)]
        if lines:
            self.leading.setdefault(statement, []).extend(lines)
        self.assigned(call, statement)
        self.support.extend(made.support)
        text = made.text(*names, *taken)
        if made.batch is not None and self.only_items(call, statement):
            text = made.batch.format(*names, *taken)
        hoister.replaced[call] = text
        if not state:
            self.drop_state(call, statement)

    def made(self, call: ast.Call, symbol: str, state: bool, fold: bool) -> RunCall:
        """What a run becomes."""
        around = self.initializer_of_run(call)
        made = recurrent.run(
            call, symbol, self.reading(), state=state, fold=fold, initializer=around
        )
        if isinstance(made, Refused):
            raise Unliftable(call, made.reason)
        if self.kept_apart(made.keep_probs, call):
            return self.made(call, symbol, state, fold)
        return made

    def initializer_of_run(self, call: ast.Call) -> ast.expr | None:
        """The initializer of the scope that a run is in."""
        return self.bindings.initializer(self.bindings.original.get(call, call))

    def names(self, made: RunCall, call: ast.Call) -> list[str]:
        """Make the layers of a run; what they are called."""
        hoister, names = self.hoister, []
        scope = next((e.value for e in call.keywords if e.arg == "scope"), None)
        within = scope.value if isinstance(scope, ast.Constant) else None
        for creation in made.creations:
            key = hoister.key_of(creation.name, str(within or "rnn"))
            name = hoister.shared.get(key) if key else None
            if name is None:
                name = hoister.make_layer(self.named(creation, made, call), call)
                if key:
                    hoister.shared[key] = name
                    self.bindings.shared[name] = creation.constructor
            elif self.bindings.shared.get(name) != creation.constructor:
                raise Unliftable(call, "variables are shared by networks that are not alike")
            names.append(name)
        return names

    def named(self, creation: Creation, made: RunCall, call: ast.Call) -> Creation:
        """A layer is called after its cell: ``encoder_cell`` makes ``encoder_lstm``."""
        cells = self.cell_arguments(call)
        if len(made.creations) > 1 or len(cells) != 1 or not isinstance(cells[0], ast.Name):
            return creation
        base = re.sub(r"_?cells?_?", "_", cells[0].id, flags=re.IGNORECASE).strip("_").lower()
        if not base or base in creation.name or not base.isidentifier():
            return creation
        name = base if creation.name in base else f"{base}_{creation.name}"
        return replace(creation, name=name)

    def assigned(self, call: ast.AST, statement: ast.stmt) -> None:
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

    def foldable(self, call: ast.Call) -> list[ast.stmt]:
        """The statements that make the cells of a run, if nothing else needs these."""
        found = []
        for each in self.cell_arguments(call):
            statement = self.bindings.only_use(each)
            if statement is None:
                return []
            found.append(statement)
        return found

    # ------------------------------------------------------------------ results

    def outputs_alone(self, call: ast.Call, statement: ast.stmt) -> bool:
        """Whether the program needs nothing of a run but its outputs."""
        name = self.name(call)
        if name not in (*_OUTPUTS_FIRST, "static_bidirectional_rnn"):
            return False
        parent = self.bindings.parents.get(call)
        if isinstance(parent, ast.Subscript):
            index = parent.slice
            return isinstance(index, ast.Constant) and index.value == 0
        target = _unpacked(statement, call)
        if target is None:
            return False
        return not any(self.is_read(each, statement) for each in target.elts[1:])

    def is_read(self, target: ast.expr, statement: ast.stmt) -> bool:
        """Whether what is bound to a target is read anywhere."""
        for each in ast.walk(target):
            if isinstance(each, ast.Name) and self.bindings.read(statement, each.id):
                return True
            if isinstance(each, (ast.Attribute, ast.Subscript, ast.Starred)):
                return True
        return False

    def drop_state(self, call: ast.Call, statement: ast.stmt) -> None:
        """Only the outputs are bound: ``outputs, _ = ...`` is ``outputs = ...``."""
        replaced, parent = self.hoister.replaced, self.bindings.parents.get(call)
        if isinstance(parent, ast.Subscript):
            replaced[parent] = replaced[call]
            return
        target = _unpacked(statement, call)
        assert target is not None
        replaced[target] = self.hoister.text(target.elts[0])

    def only_items(self, call: ast.Call, statement: ast.stmt) -> bool:
        """Whether only single steps of a list of outputs are used; they are taken of a tensor."""
        target = _unpacked(statement, call)
        name = target.elts[0] if target is not None else None
        if not isinstance(name, ast.Name):
            return False
        scope = self.bindings.owner(statement, name.id)
        if len(self.bindings.bound.get((scope, name.id), [])) != 1:
            return False
        items = []
        for each in self.bindings.read(statement, name.id):
            parent = self.bindings.parents.get(each)
            if not (isinstance(parent, ast.Subscript) and parent.value is each):
                return False
            if not isinstance(_number(parent.slice), int):
                return False
            items.append(parent)
        for parent in items:
            self.hoister.replaced[parent] = f"{name.id}[:, {_number(parent.slice)}]"
        return bool(items)

    # ------------------------------------------------------------------ inputs

    def seen_through(self, call: ast.Call, statement: ast.stmt) -> ast.Call:
        """The call with names written out that stand for what Keras does by itself.

        An initial state of zeros goes, and steps that were taken apart only for this run stay
        together; their statements go as well.
        """
        arguments = [self.instead(each, statement) for each in call.args]
        keywords = [
            ast.copy_location(ast.keyword(e.arg, self.instead(e.value, statement)), e)
            for e in call.keywords
        ]
        if arguments == call.args and all(
            new.value is old.value for new, old in zip(keywords, call.keywords, strict=True)
        ):
            return call
        made = ast.copy_location(ast.Call(call.func, arguments, keywords), call)
        self.bindings.original[made] = call
        self.bindings.parents[made] = self.bindings.parents[call]
        return made

    def instead(self, node: ast.expr, statement: ast.stmt) -> ast.expr:
        """What a name of an argument stands for, if its statement can go."""
        if not isinstance(node, ast.Name):
            return node
        made = self.bindings.only_value(node)
        value = made.value if made is not None else None
        if made is None or not isinstance(value, ast.Call):
            return node
        zero = self.kind(value) == "state"
        apart = self.hoister.facts.symbol(value.func) == "tf.unstack" and _by_steps(value)
        if not zero and not (apart and self.unchanged(value, made.statement, node)):
            return node
        self.drop(made.statement)
        return value

    def drop(self, *statements: ast.stmt) -> None:
        """Statements that nothing needs any more."""
        self.hoister.removed.update(statements)
        self.dropped.update(statements)

    def unchanged(self, value: ast.Call, made: ast.stmt, node: ast.AST) -> bool:
        """Whether what a statement read still has the same value where its result is used."""
        for each in ast.walk(value):
            if isinstance(each, ast.Name):
                scope = self.bindings.owner(made, each.id)
                for other in self.bindings.bound.get((scope, each.id), []):
                    between = made.lineno < other.statement.lineno <= node.lineno  # type: ignore[attr-defined]
                    if between and other.statement is not made:
                        return False
        return True


def _unpacked(statement: ast.stmt, call: ast.AST) -> ast.Tuple | ast.List | None:
    """The targets that the results of a run are bound to."""
    if not isinstance(statement, ast.Assign) or statement.value is not call:
        return None
    target = statement.targets[0]
    if len(statement.targets) == 1 and isinstance(target, (ast.Tuple, ast.List)) and target.elts:
        return target
    return None


def _by_steps(call: ast.Call) -> bool:
    """Whether ``tf.unstack`` goes along the second axis: steps of a batch."""
    given = dict(zip(("value", "num", "axis"), call.args, strict=False))
    given.update({each.arg: each.value for each in call.keywords if each.arg})
    axis = given.get("axis")
    return isinstance(given.get("value"), ast.Name) and _number(axis) == 1


def _number(node: ast.AST | None) -> object:
    """The value of a literal number."""
    try:
        return ast.literal_eval(node) if node is not None else None  # type: ignore[arg-type]
    except (ValueError, TypeError, SyntaxError):
        return None


def _loaded(node: ast.AST, replaced: Container[ast.AST]) -> Iterator[ast.Name]:
    """The names that are read below a node, outside of what is replaced."""
    if node in replaced:
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _loaded(child, replaced)
