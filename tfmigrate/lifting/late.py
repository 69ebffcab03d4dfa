"""Variables whose shapes depend on the input: made when a module is called for the first time.

``w = tf.get_variable("w", [x.get_shape()[-1].value, units])`` knows its shape only where it is
called. In the class that its function becomes it is ``None`` at first; the first call makes it,
outside of the function that is being traced.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Stage, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.scope import stage_of_statement
from tfmigrate.lifting.stages import Stages
from tfmigrate.lifting.uses import uses
from tfmigrate.lifting.writing import Piece

_ROUNDS = 6
_GRAPHS = frozenset({Role.PLACEHOLDER, Role.SESSION, Role.RUN})
_SHAPES = frozenset({"shape", "get_shape", "dtype", "name"})
_STATIC = ("tf.Tensor.get_shape", "tf.TensorShape", "tf.Dimension", "tf.Tensor.shape", "tf.DType")


@dataclass
class Late:
    """What is made at the first call, ahead of a statement: attributes and their texts.

    ``guarded`` says that it stands in a condition, so that it may never be made.
    """

    made: list[tuple[str, str]] = field(default_factory=list)
    calls: list[ast.Call] = field(default_factory=list)
    guarded: bool = False

    @property
    def lines(self) -> list[str]:
        """The statements that make it."""
        return [f"self.{name} = {text}" for name, text in self.made]

    def reads(self) -> set[str]:
        """The names that they read."""
        return uses(ast.parse("\n".join(self.lines))).reads

    def text(self) -> str:
        """All of it as one statement."""
        lines = "\n".join(f"        {line}" for line in self.lines)
        return f"if self.{self.made[0][0]} is None:\n    with tf.init_scope():\n{lines}"


def parameter_stages(facts: Facts, outer: Stages) -> dict[str, dict[str, Stage]]:
    """The latest stage of what each parameter of each function is given, over all calls."""
    found: dict[str, dict[str, Stage]] = {
        name: dict(outer.given.get(name, {})) for name in facts.functions
    }
    bodies = [part for node in facts.functions.values() for part in node.body]
    inside = {id(each) for part in bodies for each in facts.below(part)}
    for _ in range(_ROUNDS):
        before = {name: dict(stages) for name, stages in found.items()}
        for node in facts.nodes:
            if isinstance(node, ast.Call) and id(node) not in inside:
                _given(node, facts, outer, found)
        for name, function in facts.functions.items():
            helper = facts.helper(name)
            if helper is not None and helper.roles & _GRAPHS:
                # it is the scope whose stages these are
                for each in facts.below(function):
                    if isinstance(each, ast.Call):
                        _given(each, facts, outer, found)
                continue
            stages = Stages(facts, outer.bound)
            stages.mutable = outer.mutable
            for argument in (*function.args.args, *function.args.kwonlyargs):
                stages.bound[argument.arg] = found[name].get(argument.arg, Stage.HOST)
            for statement in function.body:
                for each in ast.walk(statement):
                    if isinstance(each, (ast.Assign, ast.For)):
                        stage_of_statement(each, stages)
            for each in ast.walk(function):
                if isinstance(each, ast.Call):
                    _given(each, facts, stages, found)
        if before == found:
            break
    return found


def _given(
    call: ast.Call, facts: Facts, stages: Stages, found: dict[str, dict[str, Stage]]
) -> None:
    """Note the stages of the arguments of one call."""
    helper = facts.called(call)
    if helper is None or not isinstance(call.func, ast.Name):
        return
    names = [each.arg for each in helper.node.args.args]
    pairs = [*zip(names, call.args, strict=False), *((k.arg, k.value) for k in call.keywords)]
    into = found[call.func.id]
    for name, value in pairs:
        if name is not None:
            into[name] = max(into.get(name, Stage.HOST), stages.of(value))


def check(nodes: Iterable[ast.AST], facts: Facts, staged: Collection[str]) -> None:
    """Only shapes of tensors may be read by what a variable is made of, not tensors.

    Raises:
        Unliftable: a tensor is read.
    """
    for node in nodes:
        hidden = {
            id(each.value)
            for each in ast.walk(node)
            if isinstance(each, ast.Attribute) and each.attr in _SHAPES
        }
        for each in ast.walk(node):
            read = isinstance(each, ast.Name) and id(each) not in hidden and each.id in staged
            if read and facts.instance(each) == "tf.Tensor":
                assert isinstance(each, ast.Name)
                raise Unliftable(each, f"what is made depends on `{each.id}`, a tensor")


def makes_tensors(node: ast.stmt, facts: Facts) -> bool:
    """Whether a statement computes tensors, rather than what is known of them."""
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            symbol = facts.symbol(each.func)
            if symbol is not None and not symbol.startswith(_STATIC):
                return True
    return False


def blocks(
    body: list[ast.stmt],
    late: Mapping[ast.stmt, Late],
    removed: Collection[ast.stmt],
    reads: Callable[[list[ast.stmt]], set[str]],
    facts: Facts,
    tensors: Collection[str],
) -> list[Piece]:
    """The body of a call: what is made at the first call in blocks of its own.

    Args:
        body: the statements, those in the place of which something is made among them.
        late: what is made ahead of a statement.
        removed: statements that are not written.
        reads: the names that statements read.
        facts: what is known of the program.
        tensors: the parameters of the function that may be tensors.

    Raises:
        Unliftable: a tensor that a variable is made of is used otherwise, too.
    """
    inside = _inside(body, late, removed, reads, facts)
    check(inside, facts, tensors)
    pieces: list[Piece] = []
    waiting: list[ast.stmt] = []
    open_block: Piece | None = None
    for node in body:
        if node in inside:
            waiting.append(node)
            continue
        if node in late:
            if open_block is None:
                first = late[node].made[0][0]
                open_block = Piece(text="with tf.init_scope():")
                pieces.append(Piece(text=f"if self.{first} is None:", inner=[open_block]))
            open_block.inner.extend(Piece(node=each) for each in waiting)
            open_block.inner.extend(Piece(text=line) for line in late[node].lines)
            waiting = []
        if node not in removed:
            open_block = None
            pieces.append(Piece(node=node))
    return pieces


def _inside(
    body: list[ast.stmt],
    late: Mapping[ast.stmt, Late],
    removed: Collection[ast.stmt],
    reads: Callable[[list[ast.stmt]], set[str]],
    facts: Facts,
) -> set[ast.stmt]:
    """The statements that only serve what is made at the first call."""
    inside: set[ast.stmt] = set()
    missing: set[str] = set()
    for node in reversed(body):
        if node in late:
            missing |= late[node].reads()
        if node in removed or not isinstance(node, (ast.Assign, ast.AugAssign)):
            continue
        if not uses(node).writes & missing or node in late:
            continue
        rest = [each for each in body if each not in removed and each not in inside]
        rest.remove(node)
        if not uses(node).writes & reads(rest):
            inside.add(node)
            missing |= reads([node])
        elif makes_tensors(node, facts):
            reason = "a tensor that a variable is made of, and that is used elsewhere"
            raise Unliftable(node, reason)
    return inside
