"""Functions that build a part of the graph, written out where they are called.

``train_op = training(loss, rate)`` has no function to become: what it builds goes into the
functions of the run sites, statement by statement. So its body takes the place of the call first.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tfmigrate.lifting.facts import Facts, Helper
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import names_in, uses
from tfmigrate.lifting.writing import Action, Piece, Source, write

_BUILDS = frozenset({Role.PLACEHOLDER, Role.MINIMIZE, Role.APPLY_GRADIENTS, Role.COMPUTE_GRADIENTS})
_RUNS = frozenset({Role.RUN, Role.EVAL, Role.OPERATION_RUN, Role.SESSION})


def inline(text: str, facts: Facts) -> str | None:
    """Write one function out where it is called; None if there is none to write out."""
    for call, statement in _calls(facts.tree):
        helper = facts.called(call)
        if helper is None or not helper.roles & _BUILDS or helper.roles & _RUNS:
            continue
        if _can_go(helper, facts):
            return _Inliner(text, call, statement, helper, facts).write()
    return None


def _calls(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.stmt]]:
    """The calls that are statements of their own or the whole value of an assignment."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.Expr, ast.Assign)) and isinstance(node.value, ast.Call):
            if isinstance(node, ast.Expr) or len(node.targets) == 1:
                yield node.value, node


def _can_go(helper: Helper, facts: Facts) -> bool:
    """Whether a function can be written out: called once, by name, with one return at its end."""
    node = helper.node
    if node.args.vararg or node.args.kwarg or node.args.posonlyargs or node.decorator_list:
        return False
    if node not in facts.tree.body:
        return False
    used = [
        each
        for each in ast.walk(facts.tree)
        if isinstance(each, ast.Name) and each.id == node.name and isinstance(each.ctx, ast.Load)
    ]
    inside = [each for each in ast.walk(node) if each is not node]
    if len(used) != 1 or any(isinstance(each, (ast.Yield, ast.Global)) for each in inside):
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
    return not returns or (len(returns) == 1 and returns[0] is node.body[-1])


class _Inliner:
    def __init__(
        self, text: str, call: ast.Call, statement: ast.stmt, helper: Helper, facts: Facts
    ) -> None:
        self.text = text
        self.call = call
        self.statement = statement
        self.node = helper.node
        self.facts = facts
        self.replaced: dict[ast.expr, str] = {}
        self.before: list[str] = []

    def source(self, node: ast.AST) -> str:
        """The text of a node."""
        return ast.get_source_segment(self.text, node) or ast.unparse(node)  # type: ignore[arg-type]

    def write(self) -> str | None:
        """The text of the file with the function written out; None if it cannot be."""
        body = list(self.node.body)
        comment = ast.get_docstring(self.node)
        if comment is not None:
            body = body[1:]
        renamed = self.returned(body)
        if renamed is None or not self.bind(renamed):
            return None
        if body and isinstance(body[-1], ast.Return):
            body = body[:-1]
        for each in self.own_names(self.node):
            new = renamed.get(each.id)
            if new is not None and new != each.id:
                self.replaced[each] = new
        pieces = [Piece(text=line) for line in self.before]
        pieces += [Piece(node=each) for each in body]
        pieces += [Piece(text=line) for line in self.after]
        action = Action(removed=True, pieces=pieces)
        if comment is not None:
            action.comments = [f"# {line}".rstrip() for line in comment.splitlines()]
        source = Source(self.text)
        actions = {self.statement: action, self.node: Action(removed=True)}
        return write(source, self.replaced, actions)

    def own_names(self, node: ast.AST) -> Iterator[ast.Name]:
        """The names in the function, except where a function within binds them anew."""
        for each in ast.walk(node):
            if isinstance(each, ast.Name):
                yield each

    def returned(self, body: list[ast.stmt]) -> dict[str, str] | None:
        """New names for what is returned: those that it is given at the call."""
        renamed: dict[str, str] = {}
        self.after: list[str] = []
        last = body[-1] if body else None
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
        local = uses(*body).writes
        for name, what in pairs:
            simple = isinstance(name, ast.Name) and isinstance(what, ast.Name)
            if simple and what.id in local - parameters and what.id not in renamed:  # type: ignore[attr-defined]
                renamed[what.id] = name.id  # type: ignore[attr-defined]
            else:
                self.after.append(f"{self.source(name)} = {self.source(what)}")
        return renamed

    def bind(self, renamed: dict[str, str]) -> bool:
        """Give the parameters their values, and local names that are taken another one."""
        names = [each.arg for each in (*self.node.args.args, *self.node.args.kwonlyargs)]
        if any(isinstance(each, ast.Starred) for each in self.call.args):
            return False
        given: dict[str, ast.expr] = dict(zip(names, self.call.args, strict=False))
        for keyword in self.call.keywords:
            if keyword.arg is None:
                return False
            given[keyword.arg] = keyword.value
        defaults = self.node.args.defaults
        for argument, value in zip(self.node.args.args[-len(defaults) :] if defaults else [], defaults, strict=True):
            given.setdefault(argument.arg, value)
        if set(names) - set(given):
            return False
        body = self.node.body
        writes = uses(*body).writes
        outside = names_in(
            each for each in ast.walk(self.facts.tree) if isinstance(each, (ast.Name, ast.arg)) and each not in set(ast.walk(self.node))
        )
        for name, value in given.items():
            plain = isinstance(value, (ast.Name, ast.Constant))
            if plain and name not in writes:
                renamed[name] = self.source(value)
            elif name in outside and not (isinstance(value, ast.Name) and value.id == name):
                renamed[name] = f"{self.node.name}_{name}"
                self.before.append(f"{renamed[name]} = {self.source(value)}")
            else:
                self.before.append(f"{name} = {self.source(value)}")
        free = set(renamed.values())
        for name in writes - set(given):
            if name not in renamed and (name in outside or name in free):
                renamed[name] = f"{self.node.name}_{name}"
        # a returned name must not be one that the body reads for something else
        return not any(
            new != old and new in uses(*body).reads and new not in given and new not in renamed
            for old, new in renamed.items()
            if new.isidentifier() and old in writes
        )
