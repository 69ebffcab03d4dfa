"""What names are bound to, as far as the program shows it: which expressions are cells."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.stages import OF_CELLS

_CELL = "tf.nn.rnn_cell.RNNCell"
_DEEP = 12
_ADDS = frozenset({"append", "extend", "insert"})
Owner = ast.Module | ast.FunctionDef | ast.ClassDef | ast.Lambda


@dataclass(frozen=True, eq=False)
class Binding:
    """One place where a name gets a value; ``value`` is None if it is not known as such."""

    name: str
    statement: ast.stmt
    value: ast.expr | None
    target: ast.AST


@dataclass(eq=False)
class Bindings:
    """The bindings of one file, by the scope that they are in.

    Values are looked up by position: ``cell = wrap(cell)`` reads the ``cell`` before it. Where
    several values are possible, :meth:`value` gives a conditional expression of them.
    """

    facts: Facts
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    bound: dict[tuple[ast.AST, str], list[Binding]] = field(default_factory=dict)
    loads: dict[tuple[ast.AST, str], list[ast.Name]] = field(default_factory=dict)
    users: dict[ast.Call, set[ast.Call]] = field(default_factory=dict)
    """Runs and steps of cells, with the constructors of the cells that they may use."""
    original: dict[ast.AST, ast.Call] = field(default_factory=dict)
    """The calls that others, in which names are written out, stand for."""
    shared: dict[str, str] = field(default_factory=dict)
    """How the layers were made that variables are shared with."""

    def __post_init__(self) -> None:
        """Read the file."""
        for node in self.facts.nodes:
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node
        for node in self.facts.nodes:
            for each in _bound_by(node):
                self.bound.setdefault((self.around(each.statement), each.name), []).append(each)
        for node in self.facts.nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                self.loads.setdefault((self.owner(node, node.id), node.id), []).append(node)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, from the inside out."""
        while node in self.parents:
            node = self.parents[node]
            yield node

    def around(self, node: ast.AST) -> ast.AST:
        """The function, or the module, that a node stands in."""
        for each in self.ancestors(node):
            if isinstance(each, (ast.FunctionDef, ast.Lambda, ast.Module)):
                return each
        return self.facts.tree

    def owner(self, node: ast.AST, name: str) -> ast.AST:
        """The scope that a name, read at a node, belongs to."""
        scope = self.around(node)
        while not isinstance(scope, ast.Module):
            if (scope, name) in self.bound or name in _parameters(scope):
                return scope
            scope = self.around(scope)
        return scope

    def read(self, statement: ast.stmt, name: str) -> list[ast.Name]:
        """The places that read a name of the scope that a statement is in."""
        return self.loads.get((self.owner(statement, name), name), [])

    def value(self, node: ast.AST) -> ast.expr | None:
        """The expression that a name, an attribute of ``self`` or a call stands for."""
        if isinstance(node, ast.Name):
            return self.named(node)
        if isinstance(node, ast.Attribute):
            return _either(self.attributes(node))
        if isinstance(node, ast.Call):
            return _either(self.returned(node))
        if isinstance(node, ast.Subscript):
            return self.item(node)
        return None

    def named(self, node: ast.Name) -> ast.expr | None:
        """What a name stands for where it is read."""
        scope = self.owner(node, node.id)
        found = self.bound.get((scope, node.id), [])
        if scope is self.around(node):
            before = [each for each in found if _position(each.statement) < _position(node)]
            reaching: list[ast.expr | None] = []
            for each in sorted(before, key=lambda one: _position(one.statement), reverse=True):
                if self.is_inside(node, each.statement):
                    continue
                reaching.append(each.value)
                if self.dominates(each.statement, node):
                    return _either(reaching)
            reaching.extend(self.given(scope, node.id))
            return _either(reaching)
        values = [each.value for each in found] or self.given(scope, node.id)
        return _either(values)

    def is_inside(self, node: ast.AST, statement: ast.stmt) -> bool:
        """Whether a node is part of a statement."""
        return statement in self.ancestors(node)

    def dominates(self, statement: ast.stmt, node: ast.AST) -> bool:
        """Whether a statement has run whenever a node after it does."""
        block = self.parents.get(statement)
        if isinstance(block, ast.With):
            return self.dominates(block, node) or block in self.ancestors(node)
        if isinstance(block, (ast.If, ast.For, ast.While, ast.Try, ast.ExceptHandler)):
            return block in self.ancestors(node) and _branch(block, statement) == _branch(
                block, self.below(block, node)
            )
        return True

    def below(self, block: ast.AST, node: ast.AST) -> ast.AST:
        """The child of a block that a node is in."""
        while self.parents[node] is not block:
            node = self.parents[node]
        return node

    def given(self, scope: ast.AST, name: str) -> list[ast.expr | None]:
        """What a parameter is given, over the calls of its function, and its default."""
        if not isinstance(scope, ast.FunctionDef) or name not in _parameters(scope):
            return []
        names = [each.arg for each in (*scope.args.posonlyargs, *scope.args.args)]
        found: list[ast.expr | None] = []
        for call in self.calls_of(scope):
            passed = dict(zip(names, call.args, strict=False))
            passed.update({each.arg: each.value for each in call.keywords if each.arg})
            if name in passed:
                found.append(passed[name])
        return found

    def calls_of(self, function: ast.FunctionDef) -> list[ast.Call]:
        """The calls of a function of the file by its name."""
        if self.facts.functions.get(function.name) is not function:
            return []
        return [
            each
            for each in self.parents
            if isinstance(each, ast.Call)
            and isinstance(each.func, ast.Name)
            and each.func.id == function.name
        ]

    def attributes(self, node: ast.Attribute) -> list[ast.expr | None]:
        """What is assigned to an attribute of ``self`` in its class."""
        if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            return []
        inside = next((e for e in self.ancestors(node) if isinstance(e, ast.ClassDef)), None)
        if inside is None:
            return []
        return [
            each.value
            for each in ast.walk(inside)
            if isinstance(each, ast.Assign)
            for target in each.targets
            if isinstance(target, ast.Attribute) and ast.unparse(target) == ast.unparse(node)
        ]

    def returned(self, call: ast.Call) -> list[ast.expr | None]:
        """What a function of the file returns."""
        helper = self.facts.called(call)
        if helper is None:
            return []
        return [
            each.value
            for each in ast.walk(helper.node)
            if isinstance(each, ast.Return) and self.around(each) is helper.node
        ]

    def item(self, node: ast.Subscript) -> ast.expr | None:
        """What ``cells[0]`` stands for."""
        value = self.value(node.value)
        if isinstance(value, ast.ListComp):
            return value.elt
        index = node.slice
        number = index.value if isinstance(index, ast.Constant) else None
        if isinstance(value, (ast.List, ast.Tuple)) and isinstance(number, int):
            return value.elts[number] if abs(number) < len(value.elts) else None
        return None

    def is_cell(self, node: ast.AST, depth: int = 0) -> bool:
        """Whether an expression is a recurrent cell."""
        if depth > _DEEP:
            return False
        if self.facts.instance(node) == _CELL:
            return not (
                isinstance(node, ast.Call)
                and self.facts.role(node) is not Role.CELL
                and self.facts.symbol(node.func) is not None
            )
        if isinstance(node, ast.Call) and (
            self.facts.role(node) is Role.CELL or self.classes(node.func)
        ):
            return True
        if isinstance(node, ast.IfExp):
            return any(self.is_cell(each, depth + 1) for each in (node.body, node.orelse))
        found = self.value(node)
        return found is not None and self.is_cell(found, depth + 1)

    def classes(self, node: ast.AST) -> list[ast.expr]:
        """The classes of cells that a name may stand for: ``cell_fn = rnn.GRUCell``."""
        if not isinstance(node, ast.Name):
            return []
        scope = self.owner(node, node.id)
        found: list[ast.expr] = []
        for each in self.bound.get((scope, node.id), []):
            if each.value is None:
                return []
            options: list[ast.expr] = [each.value]
            if isinstance(each.value, ast.IfExp):
                options = [each.value.body, each.value.orelse]
            elif isinstance(each.value, ast.Subscript) and isinstance(each.value.value, ast.Dict):
                options = each.value.value.values
            if any(self.facts.role(one) is not Role.CELL for one in options):
                return []
            found.extend(one for one in options if not isinstance(one, ast.Call))
        return found

    def makes_cell(self, call: ast.Call) -> bool:
        """Whether a call of a function of the file makes a cell, and nothing of a graph."""
        helper = self.facts.called(call)
        if helper is None or Role.CELL not in helper.roles:
            return False
        return helper.roles <= OF_CELLS and self.is_cell(call)

    def is_of_maker(self, node: ast.Name) -> bool:
        """Whether a name is a parameter of a function that only makes cells."""
        scope = self.owner(node, node.id)
        if not isinstance(scope, ast.FunctionDef) or node.id not in _parameters(scope):
            return False
        helper = self.facts.helper(scope.name)
        return helper is not None and helper.node is scope and helper.roles <= OF_CELLS

    def nested(self, node: ast.stmt, function: ast.AST) -> bool:
        """Whether a statement of a function stands in a loop or condition of it."""
        for each in self.ancestors(node):
            if each is function:
                return False
            if not isinstance(each, ast.With):
                return True
        return True

    def user(self, load: ast.AST) -> ast.Call | None:
        """The call that a name is an argument of."""
        parent = self.parents.get(load)
        if isinstance(parent, ast.keyword):
            parent = self.parents.get(parent)
        return parent if isinstance(parent, ast.Call) and parent.func is not load else None

    def initializer(self, node: ast.AST, depth: int = 0) -> ast.expr | None:
        """The initializer of the nearest variable scope around a node that sets one.

        A function that is called within a scope has it as well, if all of its calls do.
        """
        around = None
        for each in self.ancestors(node):
            if isinstance(each, ast.With):
                for item in each.items:
                    found = _initializer_of(item.context_expr, self.facts)
                    if found is not None:
                        made = self.value(found) if isinstance(found, ast.Name) else None
                        known = isinstance(made, ast.Call) and self.facts.symbol(made.func)
                        return made if known else found
            if isinstance(each, (ast.FunctionDef, ast.Module)):
                around = each
                break
        if not isinstance(around, ast.FunctionDef) or depth > _DEEP:
            return None
        given = [self.initializer(call, depth + 1) for call in self.calls_of(around)]
        return given[0] if given else None

    def constructors(self, node: ast.AST) -> set[ast.Call]:
        """The calls that make the cells which an expression may stand for."""
        found: set[ast.Call] = set()
        seen: set[ast.AST] = set()
        work = [node]
        while work:
            each = work.pop()
            if each in seen:
                continue
            seen.add(each)
            if isinstance(each, ast.Call) and self.facts.role(each) is Role.CELL:
                found.add(each)
            work.extend(ast.iter_child_nodes(each))
            work.extend(self.possible(each))
        return found

    def possible(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a name or the call of a function may stand for, and what is put into a list."""
        if isinstance(node, ast.Call):
            yield from (each for each in self.returned(node) if each is not None)
        elif isinstance(node, ast.Attribute):
            yield from (each for each in self.attributes(node) if each is not None)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            scope = self.owner(node, node.id)
            for each in self.bound.get((scope, node.id), []):
                if each.value is not None:
                    yield each.value
                elif isinstance(each.statement, ast.For):
                    yield each.statement.iter
            yield from (each for each in self.given(scope, node.id) if each is not None)
            for load in self.loads.get((scope, node.id), []):
                method = self.parents.get(load)
                if isinstance(method, ast.Attribute) and method.attr in _ADDS:
                    call = self.parents.get(method)
                    if isinstance(call, ast.Call) and call.func is method and call.args:
                        yield call.args[-1]

    def calls_to(self, cell: ast.Call) -> list[ast.Call]:
        """The calls of the functions that make a cell, and of those that call these."""
        found: list[ast.Call] = []
        work: list[ast.AST] = [cell]
        while work:
            around = self.around(work.pop())
            if isinstance(around, ast.FunctionDef):
                calls = [each for each in self.calls_of(around) if each not in found]
                found += calls
                work += calls
        return found

    def passes_on(self, function: ast.FunctionDef, name: str) -> bool:
        """Whether a function does nothing with a parameter but to hand it to cells."""
        for each in self.loads.get((function, name), []):
            call = self.parents[each]
            if isinstance(call, ast.keyword):
                call = self.parents[call]
            if not isinstance(call, ast.Call):
                return False
            if self.facts.role(call) is not Role.CELL and not self.makes_cell(call):
                return False
        return True

    def varies(self, function: ast.FunctionDef, name: str) -> bool:
        """Whether the calls of a function give a parameter different values."""
        given = {ast.dump(each) for each in self.given(function, name) if each is not None}
        return len(given) > 1

    def is_probability(self, function: ast.FunctionDef, name: str) -> bool:
        """Whether a parameter is nothing but a probability of dropout in cells."""
        found = self.loads.get((function, name), [])
        keywords = [self.parents[each] for each in found]
        return bool(found) and all(
            isinstance(each, ast.keyword)
            and (each.arg or "").endswith("keep_prob")
            and isinstance(self.parents[each], ast.Call)
            and self.facts.role(self.parents[each]) is Role.CELL
            for each in keywords
        )

    def only_use(self, node: ast.expr) -> ast.stmt | None:
        """The statement that makes a cell, if nothing but one expression uses it."""
        found = self.only_value(node) if isinstance(node, ast.Name) else None
        if found is None or not isinstance(found.value, ast.Call):
            return None
        scope = self.owner(node, found.name)
        alone = len(self.bound[scope, found.name]) == 1 and self.loads[scope, found.name] == [node]
        return found.statement if alone and self.facts.role(found.value) is Role.CELL else None

    def only_value(self, node: ast.Name) -> Binding | None:
        """The binding that a name has its value of, if it is not read anywhere else after it."""
        scope = self.owner(node, node.id)
        if scope is not self.around(node):
            return None
        before = [
            each
            for each in self.bound.get((scope, node.id), [])
            if _position(each.statement) < _position(node)
        ]
        if not before:
            return None
        last = max(before, key=lambda each: _position(each.statement))
        if not (isinstance(last.statement, ast.Assign) and last.statement.targets == [last.target]):
            return None
        end = last.statement.end_lineno or 0
        after = [e for e in self.loads[scope, node.id] if e.lineno > end]
        elsewhere = [e for e in self.loads[scope, node.id] if self.around(e) is not scope]
        if after != [node] or elsewhere or self.loop(last.statement) is not self.loop(node):
            return None
        return last if self.dominates(last.statement, node) else None

    def loop(self, node: ast.AST) -> ast.AST | None:
        """The innermost loop around a node."""
        loops = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp, ast.FunctionDef)
        return next((each for each in self.ancestors(node) if isinstance(each, loops)), None)


def _initializer_of(node: ast.expr, facts: Facts) -> ast.expr | None:
    """The initializer that a variable scope sets."""
    if not isinstance(node, ast.Call) or facts.role(node) is not Role.VARIABLE_SCOPE:
        return None
    for each in node.keywords:
        if each.arg == "initializer":
            return None if isinstance(each.value, ast.Constant) else each.value
    return None


def _bound_by(node: ast.AST) -> Iterator[Binding]:
    """What a node binds in the scope around it."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _targets(target, node.value, node)
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        yield from _targets(node.target, node.value, node)
    elif isinstance(node, (ast.AugAssign, ast.For)):
        yield from _targets(node.target, None, node)
    elif isinstance(node, ast.With):
        for item in node.items:
            if item.optional_vars is not None:
                yield from _targets(item.optional_vars, None, node)


def _targets(target: ast.expr, value: ast.expr | None, node: ast.stmt) -> Iterator[Binding]:
    if isinstance(target, ast.Name):
        yield Binding(target.id, node, value, target)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, None, node)
    elif isinstance(target, (ast.Tuple, ast.List)):
        parts: list[ast.expr | None] = [None] * len(target.elts)
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            parts = list(value.elts)
        for each, part in zip(target.elts, parts, strict=True):
            yield from _targets(each, part, node)


def _either(values: list[ast.expr | None]) -> ast.expr | None:
    """One value, or a conditional expression of several; None if one is not known."""
    known = [each for each in values if each is not None]
    if not known or len(known) != len(values):
        return None
    result = known[0]
    for each in known[1:]:
        result = ast.copy_location(ast.IfExp(ast.Constant(True), result, each), result)
    return result


def _parameters(scope: ast.AST) -> set[str]:
    if not isinstance(scope, (ast.FunctionDef, ast.Lambda)):
        return set()
    return {each.arg for each in ast.walk(scope.args) if isinstance(each, ast.arg)}


def _position(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _branch(block: ast.AST, node: ast.AST) -> str:
    """Which of the lists of statements of a block a child is in."""
    for name in ("body", "orelse", "handlers", "finalbody"):
        if node in (getattr(block, name, None) or ()):
            return name
    return ""
