"""Input queues as datasets: producers, readers and batches, in the normal form of a program.

A queue of examples between a source and ``tf.train.batch`` is a ``Dataset``: what is computed of
one example becomes a function that is mapped, and the batch the element of its iterator. What
iterators become then is the matter of others.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.functions import Text
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.pipelines import Pipeline, source_of
from tfmigrate.lifting.pipelines import Source as Read
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import names_in, uses
from tfmigrate.lifting.writing import Action, Piece, Source, Written, write

_BATCH = (
    "tensors",
    "batch_size",
    "num_threads",
    "capacity",
    "enqueue_many",
    "shapes",
    "dynamic_pad",
    "allow_smaller_final_batch",
    "shared_name",
    "name",
)
_SHUFFLED = (
    "tensors",
    "batch_size",
    "capacity",
    "min_after_dequeue",
    "num_threads",
    "seed",
    "enqueue_many",
    "shapes",
    "allow_smaller_final_batch",
    "shared_name",
    "name",
)
_BATCHES = {"tf.train.batch": _BATCH, "tf.train.shuffle_batch": _SHUFFLED}
_TOLD = frozenset({"num_threads", "capacity", "min_after_dequeue", "shapes", "name", "shared_name"})
"""What only queues and their threads were told."""
_LEFT = frozenset({"tf.train.start_queue_runners", "tf.train.Coordinator", "tf.train.QueueRunner"})


def datasets(text: str, facts: Facts) -> str | None:
    """Write one input pipeline as a dataset; None if there is none that is understood."""
    bodies = [facts.tree.body, *(each.body for each in facts.functions.values())]
    for body in bodies:
        statements = list(_flat(body))
        for at, node in enumerate(statements):
            try:
                read = source_of(node, statements[:at], facts)
                if read is not None:
                    changed = _Writer(text, facts, statements, at, read).write()
                    if changed is not None:
                        return changed
            except Unliftable:
                # what is left of the queues is named when the lift ends
                continue
    return None


def _flat(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a scope; blocks that only give names and places are looked into."""
    for node in body:
        if isinstance(node, ast.With):
            yield from _flat(node.body)
        else:
            yield node


@dataclass
class _Chain:
    """What is computed of one example: the statements, and the batch that ends it."""

    moved: list[ast.stmt] = field(default_factory=list)
    batch: ast.Assign | None = None
    position: int = -1


class _Writer:
    def __init__(
        self, text: str, facts: Facts, statements: list[ast.stmt], at: int, read: Read
    ) -> None:
        self.text = Text(text)
        self.facts = facts
        self.statements = statements
        self.at = at
        self.read = read
        self.taken = names_in([facts.tree]) | set(facts.functions)
        self.actions: dict[ast.stmt, Action] = {}

    def unique(self, wanted: str) -> str:
        """A name that is not taken."""
        name, number = wanted, 2
        while name in self.taken:
            name, number = f"{wanted}_{number}", number + 1
        self.taken.add(name)
        return name

    def write(self) -> str | None:
        """The program with this pipeline as a dataset; None if it is not to be told."""
        chain = self.chain()
        if chain is None:
            return None
        node = self.statements[self.at]
        self.actions[node] = Action(removed=True)
        for each in self.read.statements:
            if not self.used_elsewhere(each):
                self.actions[each] = Action(removed=True)
        name = self.unique("dataset")
        pipeline = Pipeline(name, self.text, self.unique)
        lines = pipeline.start(self.read)
        if chain.batch is None:
            if self.read.prelude:
                lines.append(f"{name} = {name}.map({self.read.mapped})")
            target = ", ".join(self.read.names) if self.read.unpacked else self.read.names[-1]
            lines.append(f"{target} = {name}.make_one_shot_iterator().get_next()")
            self.actions[node].texts = lines
            return write(Source(self.text.source), self.text.replaced, self.actions)
        lines += self.mapped(chain, name)
        lines += self.batched(chain.batch, name)
        target = self.text(chain.batch.targets[0])
        lines.append(f"{target} = {name}.make_one_shot_iterator().get_next()")
        self.actions[chain.batch] = Action(removed=True, texts=lines)
        self.forget(chain.batch)
        return write(Source(self.text.source), self.text.replaced, self.actions)

    def used_elsewhere(self, node: ast.stmt) -> bool:
        """Whether what a statement of the source binds is read by others, too."""
        bound = uses(node).writes
        mine = {self.statements[self.at], *self.read.statements}
        return any(bound & uses(each).reads for each in self.statements if each not in mine)

    def forget(self, batch: ast.Assign) -> None:
        """Numbers that were only computed for the queues go with them."""
        used = set() if "min_after_dequeue" not in self.given(batch) else {"capacity"}
        told = {name: value for name, value in self.given(batch).items() if name in _TOLD - used}
        told.update(
            {f"queue {k.arg}": k.value for k in self.read.producer.keywords if k.arg in _TOLD}
        )
        gone: list[ast.AST] = list(told.values())
        names = [each.id for part in gone for each in ast.walk(part) if isinstance(each, ast.Name)]
        while names:
            name = names.pop()
            made = [each for each in self.statements if name in uses(each).writes]
            if len(made) != 1 or not isinstance(made[0], ast.Assign) or made[0] in self.actions:
                continue
            plain = not any(isinstance(each, ast.Call) for each in ast.walk(made[0]))
            inside = {id(each) for part in gone for each in ast.walk(part)}
            read = any(
                isinstance(each, ast.Name)
                and each.id == name
                and isinstance(each.ctx, ast.Load)
                and id(each) not in inside
                for each in ast.walk(self.facts.tree)
            )
            if plain and not read and isinstance(made[0].targets[0], ast.Name):
                self.actions[made[0]] = Action(removed=True)
                gone.append(made[0].value)
                names += [e.id for e in ast.walk(made[0].value) if isinstance(e, ast.Name)]

    # ---------------------------------------------------------------- what depends on an example

    def chain(self) -> _Chain | None:
        """The statements from the source to its batch."""
        late = set(self.read.names)
        chain = _Chain()
        dependent: list[ast.stmt] = []
        for index, node in enumerate(self.statements[self.at + 1 :], self.at + 1):
            found = uses(node)
            if not late & (found.reads | found.mutates):
                late -= found.writes
                continue
            if self.is_batch(node):
                if chain.batch is not None:
                    return None
                assert isinstance(node, ast.Assign)
                chain.batch, chain.position = node, index
                late -= found.writes
                continue
            if chain.batch is not None:
                # an example that is used beside its batches
                return None
            dependent.append(node)
            late |= found.writes
        if chain.batch is None:
            return chain if not self.read.key_is_used(self.statements[self.at + 1 :]) else None
        return self.needed(chain, dependent)

    def is_batch(self, node: ast.stmt) -> bool:
        """Whether a statement makes batches."""
        return (
            isinstance(node, ast.Assign)
            and len(node.targets) == 1
            and isinstance(node.value, ast.Call)
            and self.facts.symbol(node.value.func) in _BATCHES
        )

    def needed(self, chain: _Chain, dependent: list[ast.stmt]) -> _Chain | None:
        """The statements that the batch needs; None if there are others, or of another kind."""
        assert chain.batch is not None
        wanted = set(uses(chain.batch.value).reads)
        for node in reversed(dependent):
            found = uses(node)
            changes = isinstance(node, ast.Expr) and found.reads & wanted
            if not found.writes & wanted and not found.mutates & wanted and not changes:
                return None
            roles = {role for _, role in self.facts.roles_below(node)}
            if roles & {Role.SUMMARY, Role.VARIABLE, Role.GET_VARIABLE, Role.RUN, Role.EVAL}:
                return None
            wanted |= found.reads
            chain.moved.insert(0, node)
        if self.read.line_key and self.read.line_key in wanted:
            return None
        return chain

    # ---------------------------------------------------------------- the dataset

    def mapped(self, chain: _Chain, name: str) -> list[str]:
        """The function of one example, and that it is mapped."""
        assert chain.batch is not None
        given = self.given(chain.batch)
        returned = self.returned(given["tensors"])
        parameters = self.read.parameters
        if not chain.moved and not self.read.prelude and returned == ", ".join(parameters):
            return []
        function = self.unique("parse")
        pieces = [Piece(text=line) for line in self.read.prelude]
        pieces += [Piece(node=node) for node in chain.moved]
        pieces.append(Piece(text=f"return {returned}"))
        for node in chain.moved:
            self.actions[node] = Action(removed=True)
        head = f"def {function}({', '.join(parameters)}):"
        self.actions[self.statements[self.at]].after.append(Written(head, pieces))
        return [f"{name} = {name}.map({function})"]

    def given(self, batch: ast.Assign) -> dict[str, ast.expr]:
        """The arguments of a batch."""
        assert isinstance(batch.value, ast.Call)
        symbol = self.facts.symbol(batch.value.func) or ""
        given = arguments(batch.value, _BATCHES[symbol])
        given = {"tensors" if key == "tensor_list" else key: each for key, each in given.items()}
        if "tensors" not in given or "batch_size" not in given:
            raise Unliftable(batch, "a batch of what, or of how many?")
        return given

    def returned(self, tensors: ast.expr) -> str:
        """What a function of one example returns."""
        if isinstance(tensors, (ast.List, ast.Tuple)):
            return ", ".join(self.text(each) for each in tensors.elts)
        return self.text(tensors)

    def batched(self, batch: ast.Assign, name: str) -> list[str]:
        """The batches: what a queue left over at its end is dropped, if not asked for."""
        given = self.given(batch)
        lines = []
        if _is_true(given.get("enqueue_many")):
            lines.append(f"{name} = {name}.unbatch()")
        elif "enqueue_many" in given and not _is_false(given["enqueue_many"]):
            raise Unliftable(batch, "whether one example or many are queued is computed")
        if "min_after_dequeue" in given:
            seed = f", seed={self.text(given['seed'])}" if "seed" in given else ""
            lines.append(f"{name} = {name}.shuffle({self.text(given['capacity'])}{seed})")
        smaller = given.get("allow_smaller_final_batch")
        if smaller is None or _is_false(smaller):
            dropped = ", drop_remainder=True"
        elif _is_true(smaller):
            dropped = ""
        else:
            dropped = f", drop_remainder=not {self.text(smaller)}"
        method = "padded_batch" if _is_true(given.get("dynamic_pad")) else "batch"
        lines.append(f"{name} = {name}.{method}({self.text(given['batch_size'])}{dropped})")
        return lines


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def check(facts: Facts) -> None:
    """Make sure that no queues are left.

    Raises:
        Unliftable: one is, at which nothing can be said of what it holds.
    """
    for node in ast.walk(facts.tree):
        symbol = facts.symbol(node) or ""
        owned = symbol.startswith(
            ("tf.train.batch", "tf.train.shuffle_batch", "tf.train.QueueRunner")
        )
        if owned or symbol.endswith(("_input_producer", "Queue")) or symbol in _LEFT:
            raise Unliftable(node, f"`{symbol}` in a way that has no dataset for a counterpart")
