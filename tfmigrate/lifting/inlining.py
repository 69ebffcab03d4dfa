"""Functions that build a part of the graph, written out where they are called.

``train_op = training(loss, rate)`` has no function to become: what it builds goes into the
functions of the run sites, statement by statement. So its body takes the place of the call first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tfmigrate.lifting.facts import Facts, Helper
from tfmigrate.lifting.functions import Text
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import names_in, uses
from tfmigrate.lifting.writing import Action, Piece, Source, write

_BUILDS = frozenset(
    {
        Role.PLACEHOLDER,
        Role.MINIMIZE,
        Role.APPLY_GRADIENTS,
        Role.COMPUTE_GRADIENTS,
        Role.GRADIENTS,
        Role.NEXT,
        Role.QUEUE,
    }
)
_PIPELINES = frozenset({Role.NEXT, Role.QUEUE})
_TWICE = 2
"""Functions that make input pipelines are often called for training and for testing."""
_RUNS = frozenset({Role.RUN, Role.EVAL, Role.OPERATION_RUN, Role.SESSION, Role.SAVER_CALL})


def inline(text: str, facts: Facts, builds: frozenset[Role] = _BUILDS) -> str | None:
    """Write one function or method out where it is called; None if there is none to write out.

    ``builds`` are the roles that a function has to have for that.
    """
    for call, statement in _calls(facts.tree):
        helper = facts.called(call)
        if helper is None or helper.roles & _RUNS:
            continue
        method = id(call) in facts.methods
        if method and isinstance(statement, ast.Expr) and not call.args and not call.keywords:
            # it builds its part of the graph in its own place
            continue
        needed = method and (helper.makes_state or reads_tensors(call, helper, facts))
        if not helper.roles & builds and not needed:
            continue
        if _can_go(helper, facts, method=method):
            changed = _Inliner(text, call, statement, helper, facts, method=method).write()
            if changed is not None:
                return changed
    return None


def reads_tensors(call: ast.Call, helper: Helper, facts: Facts) -> bool:
    """Whether a method computes with attributes that its class gives tensors."""
    if not helper.tensorflow:
        return False
    cls, _ = facts.methods[id(call)]
    read = {each for each in uses(helper.node).reads if each.startswith("self.")}
    for node in ast.walk(facts.classes[cls]):
        if not isinstance(node, ast.Assign):
            continue
        given = {each for each in uses(node).writes if each.startswith("self.")}
        computed = any(
            isinstance(each, ast.Call)
            and (facts.symbol(each.func) is not None or id(each) in facts.methods)
            for each in ast.walk(node.value)
        )
        if computed and given & read:
            return True
    return False


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.stmt]]:
    """The calls that are statements of their own or the whole value of an assignment."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Expr, ast.Assign)) and isinstance(node.value, ast.Call):
            if isinstance(node, ast.Expr) or len(node.targets) == 1:
                yield node.value, node


def _uses(node: ast.FunctionDef, facts: Facts, *, method: bool) -> int:
    """How often a function or method is named."""
    if method:
        return sum(
            isinstance(each, ast.Attribute) and each.attr == node.name for each in facts.nodes
        )
    return sum(
        isinstance(each, ast.Name) and each.id == node.name and isinstance(each.ctx, ast.Load)
        for each in facts.nodes
    )


def _can_go(helper: Helper, facts: Facts, *, method: bool) -> bool:
    """Whether a function can be written out: with one return, at its end, and called only once.

    A method may be called more often.
    """
    node = helper.node
    if node.args.vararg or node.args.kwarg or node.args.posonlyargs or node.decorator_list:
        return False
    often = _TWICE if helper.roles & _PIPELINES else 1
    if not method and (
        node not in facts.tree.body or _uses(node, facts, method=False) not in range(1, often + 1)
    ):
        return False
    inside = [each for each in ast.walk(node) if each is not node]
    if any(isinstance(each, (ast.Yield, ast.Global)) for each in inside):
        return False
    returns = [
        each
        for each in inside
        if isinstance(each, ast.Return)
        and not any(
            isinstance(other, (ast.FunctionDef, ast.Lambda)) and each in ast.walk(other)
            for other in inside
        )
    ]
    return not returns or (len(returns) == 1 and returns[0] is last_statement(node.body))


def last_statement(body: list[ast.stmt]) -> ast.stmt:
    """The last statement of a function, in whatever ``with`` blocks it stands."""
    last = body[-1]
    return last_statement(last.body) if isinstance(last, ast.With) else last


class _Inliner:
    def __init__(
        self,
        text: str,
        call: ast.Call,
        statement: ast.stmt,
        helper: Helper,
        facts: Facts,
        *,
        method: bool,
    ) -> None:
        self.method = method
        self.last = _uses(helper.node, facts, method=method) == 1
        self.text = Text(text)
        self.call = call
        self.statement = statement
        self.node = helper.node
        self.facts = facts
        self.before: list[str] = []
        self.after: list[tuple[ast.expr, ast.expr]] = []

    def write(self) -> str | None:
        """The text of the file with the function written out; None if it cannot be."""
        body = list(self.node.body)
        comment = ast.get_docstring(self.node)
        if comment is not None:
            body = body[1:]
        renamed = self.returned(body)
        if renamed is None or not self.bind(renamed):
            return None
        for each in self.own_names(self.node):
            new = renamed.get(each.id)
            if new is not None and new != each.id:
                self.text.replaced[each] = new
        returned = [f"{self.text(name)} = {self.text(what)}" for name, what in self.after]
        last = last_statement(body) if body else None
        inner: dict[ast.stmt, Action] = {}
        if isinstance(last, ast.Return):
            if last is body[-1]:
                body = body[:-1]
            else:
                inner[last] = Action(removed=True, texts=returned)
                returned = []
        pieces = [Piece(text=line) for line in self.before]
        own = self.text.replaced
        pieces += [Piece(node=each, replaced=own, actions=inner) for each in body]
        pieces += [Piece(text=line) for line in returned]
        action = Action(removed=True, pieces=pieces)
        if comment is not None:
            action.comments = [f"# {line}".rstrip() for line in comment.splitlines()]
        source = Source(self.text.source)
        actions = {self.statement: action}
        if self.last:
            actions[self.node] = Action(removed=True)
        return write(source, {}, actions)

    def own_names(self, node: ast.AST) -> Iterator[ast.Name]:
        """The names in the function, except where a function within binds them anew."""
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                yield each

    def returned(self, body: list[ast.stmt]) -> dict[str, str] | None:
        """New names for what is returned: those that it is given at the call."""
        renamed: dict[str, str] = {}
        last = last_statement(body) if body else None
        value = last.value if isinstance(last, ast.Return) else None
        if not isinstance(self.statement, ast.Assign):
            return renamed
        if value is None:
            return None
        target = self.statement.targets[0]
        pairs = [(target, value)]
        if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, (ast.Tuple, ast.List)):
            if len(target.elts) != len(value.elts):
                return None
            pairs = list(zip(target.elts, value.elts, strict=True))
        parameters = {each.arg for each in self.node.args.args}
        local = {each for each in uses(*body).writes if "." not in each}
        for name, what in pairs:
            simple = isinstance(name, ast.Name) and isinstance(what, ast.Name)
            if simple and what.id in local - parameters and what.id not in renamed:  # type: ignore[attr-defined]
                renamed[what.id] = name.id  # type: ignore[attr-defined]
            else:
                self.after.append((name, what))
        return renamed

    def bind(self, renamed: dict[str, str]) -> bool:
        """Give the parameters their values, and local names that are taken another one."""
        names = [each.arg for each in (*self.node.args.args, *self.node.args.kwonlyargs)]
        names = names[1:] if self.method else names
        given = self.given(names)
        if given is None:
            return False
        body = self.node.body
        writes = uses(*body).writes
        taken = self.taken()
        for name, value in given.items():
            plain = isinstance(value, (ast.Name, ast.Constant))
            if plain and name not in writes:
                renamed[name] = self.text(value)
            elif name in taken and not (isinstance(value, ast.Name) and value.id == name):
                renamed[name] = self.another(name, taken)
                self.before.append(f"{renamed[name]} = {self.text(value)}")
            else:
                self.before.append(f"{name} = {self.text(value)}")
        free = set(renamed.values())
        for name in sorted(each for each in writes - set(given) if "." not in each):
            if name not in renamed and (name in taken or name in free):
                renamed[name] = self.another(name, taken)
        # a returned name must not be one that the body reads for something else
        return not any(
            new != old and new in uses(*body).reads and new not in given and new not in renamed
            for old, new in renamed.items()
            if new.isidentifier() and old in writes
        )

    def given(self, names: list[str]) -> dict[str, ast.expr] | None:
        """What each parameter is given; None if that cannot be told."""
        if any(isinstance(each, ast.Starred) for each in self.call.args):
            return None
        given: dict[str, ast.expr] = dict(zip(names, self.call.args, strict=False))
        for keyword in self.call.keywords:
            if keyword.arg is None:
                return None
            given[keyword.arg] = keyword.value
        defaults = self.node.args.defaults
        with_default = self.node.args.args[len(self.node.args.args) - len(defaults) :]
        for argument, value in zip(with_default, defaults, strict=True):
            given.setdefault(argument.arg, value)
        return None if set(names) - set(given) else given

    def taken(self) -> set[str]:
        """The names that mean something where the call stands."""
        around: ast.AST = self.facts.within.get(id(self.call), self.facts.tree)
        own = set(ast.walk(self.node))
        found = names_in(
            each
            for each in ast.walk(around)
            if isinstance(each, (ast.Name, ast.arg)) and each not in own
        )
        return found | {name for each in self.facts.tree.body for name in uses(each).writes}

    def another(self, name: str, taken: set[str]) -> str:
        """Another name for a local name of the function."""
        number = 2
        while f"{name}_{number}" in taken:
            number += 1
        taken.add(f"{name}_{number}")
        return f"{name}_{number}"
