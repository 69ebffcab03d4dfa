"""Recurrent networks: cells are made once where the program makes them, runs become layers.

``outputs, state = tf.nn.dynamic_rnn(cell, x)`` makes a layer around the cell and calls it; a cell
that only one run uses goes into the layer. How each is written is told by
:mod:`tfmigrate.transforms.recurrent`; here it is decided where things are made, and which of the
results are wanted.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Container, Iterator
from dataclasses import replace

from tfmigrate.lifting.cell_making import OLD, CellMaking
from tfmigrate.lifting.model import Stage, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import path_of, uses
from tfmigrate.lifting.writing import Piece
from tfmigrate.transforms import recurrent
from tfmigrate.transforms.layer_model import Creation, Refused
from tfmigrate.transforms.recurrent_model import RunCall

_OUTPUTS_FIRST = frozenset(
    {"dynamic_rnn", "static_rnn", "bidirectional_dynamic_rnn", "static_bidirectional_rnn"}
)


class Recurrent(CellMaking):
    """The recurrent part of a :class:`~tfmigrate.lifting.hoisting.Hoister`."""

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
            for load in _loaded(node, hoister.replaced):
                if load.id in names:
                    hoister.replaced[load] = f"self.{load.id}"
                    kept.add(load.id)
        hoister.made.extend(Piece(text=f"self.{name} = {name}") for name in sorted(kept))

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

    def run(self, call: ast.Call) -> None:
        """A run becomes a layer, made once, and its call."""
        hoister, statement = self.hoister, self.statement(call)
        symbol = hoister.facts.symbol(call.func) or ""
        symbol = OLD.get(symbol, symbol)
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
            key = "" if self.is_scope_computed(call) else key
            name = hoister.shared.get(key) if key else None
            if name is not None and self.bindings.shared.get(name) != creation.constructor:
                if hoister.is_reused():
                    raise Unliftable(call, "variables are shared by networks that are not alike")
                name = None
            if name is None:
                name = hoister.make_layer(self.named(creation, made, call), call)
                if key:
                    hoister.shared[key] = name
                    self.bindings.shared[name] = creation.constructor
            names.append(name)
        return names

    def is_scope_computed(self, call: ast.Call) -> bool:
        """Whether a network is in a variable scope whose name is not written out.

        Raises:
            Unliftable: it may share the variables of others of that name.
        """
        if self.hoister.function is not None:
            return False
        for each in self.bindings.ancestors(call):
            for item in each.items if isinstance(each, ast.With) else ():
                scope = item.context_expr
                if self.hoister.facts.role(scope) is not Role.VARIABLE_SCOPE:
                    continue
                if not self.hoister.scope_name(scope):
                    if self.hoister.reuses(scope):
                        raise Unliftable(scope, "a scope that is reused by a computed name")
                    return True
        return False

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

    def foldable(self, call: ast.Call) -> list[ast.stmt]:
        """The statements that make the cells of a run, if nothing else needs these."""
        found = []
        for each in self.cell_arguments(call):
            statement = self.bindings.only_use(each)
            if statement is None:
                return []
            found.append(statement)
        return found

    def outputs_alone(self, call: ast.Call, statement: ast.stmt) -> bool:
        """Whether the program needs nothing of a run but its outputs."""
        if self.name(call) not in _OUTPUTS_FIRST:
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

    def unchanged(self, value: ast.Call, made: ast.stmt, node: ast.expr) -> bool:
        """Whether what a statement read still has the same value where its result is used."""
        for each in ast.walk(value):
            if isinstance(each, ast.Name):
                scope = self.bindings.owner(made, each.id)
                for other in self.bindings.bound.get((scope, each.id), []):
                    between = made.lineno < other.statement.lineno <= node.lineno
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
        return ast.literal_eval(node) if isinstance(node, ast.expr) else None
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
