"""Collections of tensors as Python lists, which functions that add to them are handed.

``tf.add_to_collection("losses", x)`` added to a list that the graph kept. The same program with a
list of its own: made where the graph is built, passed to the functions that add to it, and read in
the place of ``tf.get_collection("losses")``. What layers add by themselves
(``REGULARIZATION_LOSSES``) is not gathered here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.writing import Action, Source, write

_LOSSES = "losses"
_REGULARIZATION = "regularization_losses"
_RESERVED = frozenset(
    {
        "variables",
        "trainable_variables",
        "model_variables",
        "local_variables",
        "moving_average_variables",
        "update_ops",
        "summaries",
        "train_op",
        "init_op",
        "ready_op",
        "queue_runners",
        "table_initializer",
        "savers",
        "global_step",
        "resources",
        "while_context",
        "cond_context",
    }
)
"""Collections that hold something other than tensors of the program."""
_GETTERS = ("get_losses", "get_total_loss")
_NO_LOSS = ("get_", "compute_weighted_loss", "add_loss", "Reduction")


@dataclass
class _Use:
    """One collection: where it is added to, and where it is read."""

    added: list[tuple[ast.Call, ast.expr]] = field(default_factory=list)
    made: list[ast.Call] = field(default_factory=list)
    """Losses of ``tf.losses``, which add themselves."""
    read: list[ast.Call] = field(default_factory=list)


def gather(text: str, facts: Facts) -> str | None:
    """The program with lists for its collections; None if there is nothing to change."""
    found: dict[str, _Use] = {}
    for node in facts.nodes:
        if isinstance(node, ast.Call):
            _read_call(node, facts, found)
    for key, use in found.items():
        # one at a time: the next one is found in the new text
        if use.read and (use.added or use.made) and key not in _RESERVED:
            changed = _Gatherer(text, facts, key, use).write()
            if changed is not None:
                return changed
    return None


def _read_call(node: ast.Call, facts: Facts, found: dict[str, _Use]) -> None:
    """Note a call that adds to a collection or reads one."""
    symbol = facts.symbol(node.func) or ""
    last = symbol.rpartition(".")[2]
    if last in ("add_to_collection", "get_collection", "get_collection_ref") and node.args:
        key = key_of(node.args[0], facts)
        if key is None or facts.role(node) is not Role.COLLECTION:
            return
        if last != "add_to_collection" and len(node.args) == 1 and not node.keywords:
            found.setdefault(key, _Use()).read.append(node)
        elif last == "add_to_collection" and len(node.args) == 2:
            found.setdefault(key, _Use()).added.append((node, node.args[1]))
    elif facts.role(node) in (Role.LOSS, Role.LOSSES):
        use = found.setdefault(_LOSSES, _Use())
        if last in _GETTERS:
            use.read.append(node)
        elif last == "add_loss" and len(node.args) == 1 and not node.keywords:
            use.added.append((node, node.args[0]))
        elif not last.startswith(_NO_LOSS):
            use.made.append(node)


def key_of(node: ast.expr, facts: Facts) -> str | None:
    """The name of a collection: a string, a name that is bound to one, or one of GraphKeys."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    symbol = facts.symbol(node) or ""
    if symbol.startswith("tf.GraphKeys."):
        return symbol.rpartition(".")[2].lower()
    if isinstance(node, ast.Name):
        values = [
            each.value
            for each in facts.nodes
            if isinstance(each, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == node.id for t in each.targets)
        ]
        if len(values) == 1 and isinstance(values[0], ast.Constant):
            return str(values[0].value)
    return None


class _Gatherer:
    """Writes one collection as a list."""

    def __init__(self, text: str, facts: Facts, key: str, use: _Use) -> None:
        self.text = text
        self.facts = facts
        self.use = use
        self.replaced: dict[ast.expr, str] = {}
        self.actions: dict[ast.stmt, Action] = {}
        self.around: dict[ast.AST, ast.AST] = {}
        for node in facts.nodes:
            for child in ast.iter_child_nodes(node):
                self.around[child] = node
        self.taken = {each.id for each in facts.nodes if isinstance(each, ast.Name)}
        self.taken |= {each.arg for each in facts.nodes if isinstance(each, ast.arg)}
        self.taken |= set(facts.functions)
        wanted = re.sub(r"\W", "_", key).strip("_").lower() or "collected"
        self.name = self.free(wanted if wanted.isidentifier() else f"collected_{wanted}")

    def free(self, wanted: str) -> str:
        """A name that nothing else has."""
        while wanted in self.taken:
            wanted += "_"
        self.taken.add(wanted)
        return wanted

    def source(self, node: ast.AST) -> str:
        """The text of a node."""
        return ast.get_source_segment(self.text, node) or ast.unparse(node)

    def function(self, node: ast.AST) -> ast.AST:
        """The function that a node stands in, or the module."""
        while node in self.around:
            node = self.around[node]
            if isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
                return node
        return self.facts.tree

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that a node stands in."""
        while not isinstance(node, ast.stmt):
            node = self.around[node]
        return node

    def write(self) -> str | None:
        """The new text; None if a list cannot take the place of the collection."""
        adding = [call for call, _ in self.use.added] + self.use.made
        users = {self.function(each) for each in [*adding, *self.use.read]}
        threaded = self.threaded(users)
        if threaded is None:
            return None
        homes = {self.function(call) for each in threaded for call in self.calls(each)}
        homes = {each for each in homes | users if each not in threaded}
        if len(homes) != 1:
            return None
        (home,) = homes
        if not isinstance(home, (ast.Module, ast.FunctionDef)):
            return None
        simple = None if threaded else self.literal(adding)
        if not self.losses(simple is None) or not self.adders(simple is None):
            return None
        self.readers(simple)
        self.settle()
        if simple is None:
            self.begin(home, [*adding, *(c for each in threaded for c in self.calls(each))])
            for each in threaded:
                self.thread(each)
        return write(Source(self.text), self.replaced, self.actions)

    def threaded(self, users: set[ast.AST]) -> list[ast.FunctionDef] | None:
        """The functions that are handed the list: all that use it and are called."""
        found: list[ast.FunctionDef] = []
        work = [each for each in users if not isinstance(each, ast.Module)]
        while work:
            node = work.pop()
            if not isinstance(node, ast.FunctionDef) or node.name not in self.facts.functions:
                return None
            calls = list(self.calls(node))
            if node in found or not calls or self.builds(node):
                continue
            if node.args.vararg or node.args.kwarg:
                return None
            found.append(node)
            work += [each for c in calls if not isinstance(each := self.function(c), ast.Module)]
        return found

    def builds(self, node: ast.FunctionDef) -> bool:
        """Whether a function builds a whole graph and runs it: the list is its own."""
        helper = self.facts.helper(node.name)
        return helper is not None and helper.runs

    def calls(self, node: ast.FunctionDef) -> Iterator[ast.Call]:
        """The calls of a function."""
        for each in self.facts.nodes:
            called = each.func if isinstance(each, ast.Call) else None
            if isinstance(called, ast.Name) and called.id == node.name:
                assert isinstance(each, ast.Call)
                yield each

    def literal(self, adding: list[ast.Call]) -> list[str] | None:
        """What is added, if each is added once, in straight code ahead of where all is read."""
        first = min(each.lineno for each in self.use.read)
        found: list[tuple[int, str]] = []
        for call in adding:
            node: ast.AST = self.statement(call)
            while node in self.around and isinstance(self.around[node], ast.With):
                node = self.around[node]
            if not isinstance(self.around[node], (ast.Module, ast.FunctionDef)):
                return None
            if call.lineno >= first:
                return None
            value = next((v for c, v in self.use.added if c is call), None)
            if value is None:
                found.append((call.lineno, self.named(call)))
            elif isinstance(value, ast.Name):
                found.append((call.lineno, value.id))
            else:
                name = self.free("loss" if self.name.startswith("loss") else "value")
                action = self.actions.setdefault(self.statement(call), Action())
                action.removed = True
                action.texts = [f"{name} = {self.source(value)}"]
                found.append((call.lineno, name))
        return [name for _, name in sorted(found)]

    def named(self, call: ast.Call) -> str:
        """The name of a loss, which it is given if it has none."""
        statement = self.statement(call)
        if isinstance(statement, ast.Assign) and statement.value is call:
            (target,) = statement.targets[:1]
            if isinstance(target, ast.Name):
                return target.id
        name = self.free("loss")
        action = self.actions.setdefault(statement, Action())
        if isinstance(statement, ast.Expr) and statement.value is call:
            action.removed = True
            action.texts = [f"{name} = {self.loss_text(call)}"]
        else:
            action.before.append(f"{name} = {self.loss_text(call)}")
            self.replaced[call] = name
        return name

    def loss_text(self, call: ast.Call) -> str:
        """A loss function that no longer adds its loss by itself, and can be named so."""
        text = self.source(call)
        return f"tf.compat.v1.{text[3:]}" if text.startswith("tf.losses.") else text

    def losses(self, appended: bool) -> bool:
        """Let losses of ``tf.losses`` add themselves to the list."""
        for call in self.use.made if appended else ():
            statement = self.statement(call)
            if isinstance(statement, ast.Return):
                name = self.free("loss")
                action = self.actions.setdefault(statement, Action())
                action.before += [f"{name} = {self.loss_text(call)}", f"{self.name}.append({name})"]
                self.replaced[call] = name
                continue
            if not isinstance(statement, (ast.Expr, ast.Assign)):
                return False
            name = self.named(call)
            action = self.actions.setdefault(statement, Action())
            action.following.append(f"{self.name}.append({name})")
        return True

    def adders(self, appended: bool) -> bool:
        """``losses.append(x)``; nothing where the list is written out."""
        for call, value in self.use.added:
            statement = self.statement(call)
            if not isinstance(statement, ast.Expr) or statement.value is not call:
                return False
            if appended:
                self.replaced[call] = f"{self.name}.append({self.source(value)})"
            else:
                self.actions.setdefault(statement, Action()).removed = True
        return True

    def readers(self, simple: list[str] | None) -> None:
        """Read the list."""
        listed = self.name if simple is None else f"[{', '.join(simple)}]"
        for call in self.use.read:
            last = (self.facts.symbol(call.func) or "").rpartition(".")[2]
            if last != "get_total_loss":
                self.replaced[call] = listed
                continue
            root = self.source(call.func).removesuffix("get_total_loss")
            base = self.source(call.func).partition(".")[0]
            alone = any(
                isinstance(each, ast.Constant) and each.value is False
                for each in [*call.args[:1], *(k.value for k in call.keywords)]
            )
            more = "" if alone else f", *{root}get_regularization_losses()"
            inside = f"*{self.name}" if simple is None else ", ".join(simple)
            self.replaced[call] = f"{base}.add_n([{inside}{more}])"

    def settle(self) -> None:
        """What is added by hand is no longer added by itself: say which function is meant.

        On TensorFlow 2 ``tf.losses`` is something else.
        """
        for call in self.use.made:
            func = call.func
            owner = func.value if isinstance(func, ast.Attribute) else None
            if isinstance(owner, ast.Attribute) and self.source(owner) == "tf.losses":
                self.replaced[owner] = "tf.compat.v1.losses"

    def begin(self, home: ast.AST, adding: list[ast.Call]) -> None:
        """Make the list ahead of the first that is added to it."""
        inside = [each for each in adding if self.function(each) is home]
        earliest = min(inside, key=lambda each: (each.lineno, each.col_offset))
        first: ast.AST = self.statement(earliest)
        while self.around[first] is not home:
            first = self.around[first]
        assert isinstance(first, ast.stmt)
        self.actions.setdefault(first, Action()).before.insert(0, f"{self.name} = []")

    def thread(self, node: ast.FunctionDef) -> None:
        """Give a function the list, in its head and in its calls."""
        self.actions.setdefault(node, Action()).adding.append(self.name)
        for call in self.calls(node):
            text = self.source(call)
            closing = text.rstrip()[:-1].rstrip().removesuffix(",")
            comma = "" if closing.endswith("(") else ", "
            self.replaced[call] = f"{closing}{comma}{self.name}={self.name})"
