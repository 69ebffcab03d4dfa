"""Calls that get a statement of their own: gradients, training and rates inside of expressions.

``clip(tf.gradients(loss, xs), 1.0)`` says two things at once. Where a gradient is taken matters
(a tape has to be open), so it is said first: ``gradients = tf.gradients(loss, xs)``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Step, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import names_in
from tfmigrate.lifting.writing import Action, Source, write

TAKES = frozenset({Role.COMPUTE_GRADIENTS, Role.GRADIENTS})
"""What takes gradients."""
_APPLIES = frozenset({Role.MINIMIZE, Role.APPLY_GRADIENTS})
COMPOUND = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.FunctionDef)
"""Statements with statements in them."""
_NAMES = {
    Role.GRADIENTS: "gradients",
    Role.COMPUTE_GRADIENTS: "grads_and_vars",
    Role.MINIMIZE: "train_op",
    Role.APPLY_GRADIENTS: "train_op",
    Role.SCHEDULE: "learning_rate",
    Role.GLOBAL_STEP: "global_step",
}
_OWN_TIME = (ast.Lambda, ast.IfExp, ast.BoolOp)
"""What is in these is not always evaluated."""
_STEP_VALUE = "tf.train.global_step"
_EVALUATE = "tf.test.TestCase.evaluate"
_ONE_STEP = frozenset({_STEP_VALUE, _EVALUATE, "tf.Variable.load"})


def separate(text: str, facts: Facts) -> str | None:
    """Give one layer of calls statements of their own; None if there are none to take out."""
    if facts.roles.isdisjoint(_NAMES):
        return None
    source = _Separator(text, facts)
    for statement in _statements(facts.tree):
        source.statement(statement)
    if not source.replaced and not source.actions:
        return None
    return write(Source(text), source.replaced, source.actions)


def one_step(text: str, facts: Facts) -> str | None:
    """One global step, however often the program asks for it; None if it does so once at most.

    ``tf.train.global_step(sess, step)`` is a run of the step.
    """
    if Role.GLOBAL_STEP not in facts.roles and not facts.symbols & _ONE_STEP:
        return None
    replaced: dict[ast.expr, str] = {}
    for call in _calls(facts.tree):
        if facts.symbol(call.func) == _STEP_VALUE:
            given = arguments(call, ("sess", "global_step_tensor"))
            if set(given) == {"sess", "global_step_tensor"}:
                owner, step = (ast.get_source_segment(text, each) for each in given.values())
                replaced[call] = f"{owner}.run({step})"
        if facts.symbol(call.func) == _EVALUATE and len(call.args) == 1 and not call.keywords:
            fetched = ast.get_source_segment(text, call.args[0])
            replaced[call] = f"tf.get_default_session().run({fetched})"
        if _loads(call, facts):
            assert isinstance(call.func, ast.Attribute)
            given = arguments(call, ("value", "session"))
            owner = ast.get_source_segment(text, call.func.value)
            session = given.get("session")
            where = ast.get_source_segment(text, session) if session is not None else None
            if "value" in given and where is not None:
                value = ast.get_source_segment(text, given["value"])
                replaced[call] = f"{where}.run({owner}.assign({value}))"
    named: dict[ast.AST, str] = {}
    for body, statement, call in _steps(facts):
        if body in named:
            replaced[call] = named[body]
        elif isinstance(statement, ast.Assign) and statement.value is call:
            target = statement.targets[0]
            if isinstance(target, ast.Name):
                named[body] = target.id
    gone: dict[ast.stmt, Action] = {
        statement: Action(removed=True)
        for _, statement, call in _steps(facts)
        if isinstance(statement, ast.Assign)
        and statement.value is call
        and replaced.get(call) == ast.unparse(statement.targets[0])
    }
    for statement in gone:
        replaced.pop(statement.value, None)  # type: ignore[attr-defined]
    return write(Source(text), replaced, gone) if replaced or gone else None


def _loads(call: ast.Call, facts: Facts) -> bool:
    """Whether a call gives a variable a value, outside of the graph."""
    func = call.func
    return isinstance(func, ast.Attribute) and facts.symbol(func) == "tf.Variable.load"


def _steps(facts: Facts) -> Iterator[tuple[ast.AST, ast.stmt, ast.Call]]:
    """The calls that give the global step, with the function and the statement they are in."""
    owners: list[ast.AST] = [facts.tree]
    owners += [each for each in facts.nodes if isinstance(each, ast.FunctionDef)]
    for owner in owners:
        for statement in _own_statements(owner):
            if hasattr(statement, "body"):
                continue
            for call in _calls(statement):
                if facts.role(call) is Role.GLOBAL_STEP and not call.args and not call.keywords:
                    yield owner, statement, call


def _own_statements(owner: ast.AST) -> Iterator[ast.stmt]:
    """The statements of a function, not those of functions within."""
    for child in ast.iter_child_nodes(owner):
        if isinstance(child, ast.stmt):
            yield child
        if not isinstance(child, (ast.FunctionDef, ast.ClassDef, ast.expr)):
            yield from _own_statements(child)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    for each in ast.walk(node):
        if isinstance(each, ast.Call):
            yield each


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    for each in ast.walk(tree):
        if isinstance(each, (ast.Assign, ast.Expr, ast.AugAssign, ast.Return, ast.For)):
            yield each


class _Separator:
    def __init__(self, text: str, facts: Facts) -> None:
        self.text = text
        self.facts = facts
        self.taken = names_in([facts.tree])
        self.replaced: dict[ast.expr, str] = {}
        self.actions: dict[ast.stmt, Action] = {}

    def statement(self, node: ast.stmt) -> None:
        """Take the outermost calls out of a statement."""
        roots: list[ast.AST] = [node]
        if isinstance(node, ast.For):
            roots = [node.iter]
        for root in roots:
            for call in self.found(root, node):
                role = self.facts.role(call)
                assert role is not None
                name = self.name(_NAMES[role])
                self.replaced[call] = name
                made = f"{name} = {ast.get_source_segment(self.text, call)}"
                self.actions.setdefault(node, Action()).before.append(made)

    def found(self, node: ast.AST, statement: ast.stmt) -> list[ast.Call]:
        """The calls to take out below a node, outermost first and none within another."""
        result: list[ast.Call] = []
        if isinstance(node, ast.Call) and self.moves(node, statement):
            return [node]
        if isinstance(node, _OWN_TIME):
            return result
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return self.found(node.generators[0].iter, statement)
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.stmt):
                result.extend(self.found(child, statement))
        return result

    def moves(self, call: ast.Call, statement: ast.stmt) -> bool:
        """Whether a call needs a statement of its own, and has none."""
        role = self.facts.role(call)
        if role not in _NAMES or (
            role is Role.GLOBAL_STEP and not self.steps_beside(call, statement)
        ):
            return False
        value = getattr(statement, "value", None)
        if isinstance(statement, ast.Return) and value is call:
            return False
        if value is call:
            return isinstance(statement, ast.AugAssign)
        if role is Role.GRADIENTS and isinstance(value, ast.Subscript) and value.value is call:
            # `gradient = tf.gradients(loss, x)[0]` is `gradient = tape.gradient(loss, x)`
            return not (isinstance(statement, ast.Assign) and single_index(value, call) is not None)
        return not (role is Role.SCHEDULE and isinstance(statement, ast.Return))

    def steps_beside(self, call: ast.Call, statement: ast.stmt) -> bool:
        """Whether the global step is asked for in an expression of the graph."""
        return not isinstance(statement, ast.Return)

    def name(self, base: str) -> str:
        """A name that the file does not know."""
        name, number = base, 2
        while name in self.taken:
            name, number = f"{base}_{number}", number + 1
        self.taken.add(name)
        return name


def single_index(node: ast.Subscript, call: ast.Call) -> int | None:
    """The index in ``tf.gradients(ys, xs)[i]`` if it can be told which of ``xs`` is meant."""
    if not isinstance(node.slice, ast.Constant) or not isinstance(node.slice.value, int):
        return None
    try:
        xs = arguments(call, ("ys", "xs")).get("xs")
    except Unliftable:
        return None
    index = node.slice.value
    if isinstance(xs, (ast.List, ast.Tuple)):
        return index if 0 <= index < len(xs.elts) else None
    return index if index == 0 and isinstance(xs, (ast.Name, ast.Attribute)) else None


def has_own_tape(step: Step, facts: Facts) -> bool:
    """Whether the gradients of a step are taken inside of it, by a loop or a function."""
    inside = any(
        facts.role(each) in _APPLIES for each in ast.walk(step.node) if isinstance(each, ast.Call)
    )
    if isinstance(step.node, COMPOUND):
        return not inside
    direct = any(
        facts.role(each) in TAKES | _APPLIES
        for each in ast.walk(step.node)
        if isinstance(each, ast.Call)
    )
    applied = any(role in _APPLIES for _, role in facts.roles_below(step.node))
    return not direct and not applied


def differentiated_by(step: Step, facts: Facts) -> set[str]:
    """The paths that a statement takes gradients by, if it names them."""
    value = getattr(step.node, "value", None)
    if isinstance(value, ast.Subscript):
        value = value.value
    if not isinstance(value, ast.Call) or facts.role(value) is not Role.GRADIENTS:
        return set()
    xs = arguments(value, ("ys", "xs")).get("xs")
    listed = xs.elts if isinstance(xs, (ast.List, ast.Tuple)) else [xs]
    return {path for each in listed if each is not None and (path := step.path(each)) is not None}
