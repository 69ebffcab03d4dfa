"""What the resolver knows, asked in the terms of lifting: roles of calls, helper functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tfmigrate.lifting.roles import Role, role_of
from tfmigrate.lifting.uses import uses
from tfmigrate.names import Instance, Names, Reference, plain
from tfmigrate.names import Role as Stands
from tfmigrate.names.walking import walk

RUNS = frozenset({Role.RUN, Role.EVAL, Role.OPERATION_RUN})
_STATE = frozenset(
    {
        Role.VARIABLE,
        Role.GET_VARIABLE,
        Role.LAYER,
        Role.LAYER_OBJECT,
        Role.CELL,
        Role.RECURRENT,
        Role.OPTIMIZER,
        Role.GLOBAL_STEP,
    }
)
_ASSIGNS = frozenset({"assign", "assign_add", "assign_sub"})
_NOT_TENSORS = ("tf.TensorShape", "tf.Dimension", "tf.DType", "tf.data.Dataset")


@dataclass(frozen=True)
class Helper:
    """What a function of the file does when it is called, itself and through what it calls.

    ``free`` are the names it reads from around it.
    """

    node: ast.FunctionDef
    roles: frozenset[Role]
    free: frozenset[str]
    tensorflow: bool

    @property
    def makes_state(self) -> bool:
        """Whether calling it makes variables or layers."""
        return bool(self.roles & _STATE)

    @property
    def runs(self) -> bool:
        """Whether calling it runs a session."""
        return bool(self.roles & (RUNS | {Role.SESSION, Role.SAVER_CALL}))


def makes_late(facts: Facts) -> bool:
    """Whether some function makes variables whose shapes depend on what it is given."""
    made = {Role.VARIABLE, Role.GET_VARIABLE}
    for name, node in facts.functions.items():
        helper = facts.helper(name)
        if helper is None or not helper.roles & made:
            continue
        for each in ast.walk(node):
            shape = isinstance(each, ast.Attribute) and each.attr in ("shape", "get_shape")
            if shape or isinstance(each, ast.If):
                return True
    return False


def methods_of(node: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    """The methods of a class by name."""
    return {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}


class Facts:
    """The resolver's findings for one file.

    ``tree`` is the parsed file and ``names`` what :func:`tfmigrate.names.resolve` said of it.
    """

    def __init__(self, tree: ast.Module, names: Names) -> None:
        self.tree = tree
        self.names = names
        self.nodes = walk(tree)
        self._below: dict[ast.AST, list[ast.AST]] = {tree: self.nodes}
        self.references: dict[int, Reference] = {}
        for each in names.references:
            if each.role is not Stands.IMPORT:
                self.references[id(each.node)] = each
        self.imported = {
            (each.asname or each.name).partition(".")[0]
            for node in self.nodes
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for each in node.names
        }
        self.functions: dict[str, ast.FunctionDef] = {}
        twice = set()
        for node in self.nodes:
            if isinstance(node, ast.FunctionDef):
                if node.name in self.functions:
                    twice.add(node.name)
                self.functions[node.name] = node
        for name in twice:
            del self.functions[name]
        self.classes = {node.name: node for node in self.nodes if isinstance(node, ast.ClassDef)}
        self.methods: dict[int, tuple[str, ast.FunctionDef]] = {}
        for node in self.classes.values():
            self._read_methods(node)
        self._appended: dict[ast.FunctionDef, frozenset[str]] = {}
        self._helpers: dict[str, Helper] = {}
        self._sessions: dict[ast.FunctionDef, frozenset[str]] = {}

    @cached_property
    def roles(self) -> frozenset[Role]:
        """Every role that something in the file has."""
        return frozenset(role for role in map(role_of, self.symbols) if role is not None)

    @cached_property
    def symbols(self) -> frozenset[str]:
        """Every symbol that something in the file is."""
        found = (self.symbol(each.node) for each in self.references.values())
        return frozenset(symbol for symbol in found if symbol is not None)

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """Every name that is read or bound somewhere in the file."""
        return frozenset(each.id for each in self.nodes if isinstance(each, ast.Name))

    @cached_property
    def within(self) -> dict[int, ast.FunctionDef]:
        """The innermost function that each node stands in, by the identity of the node."""
        found: dict[int, ast.FunctionDef] = {}
        for function in self.nodes:
            if isinstance(function, ast.FunctionDef):
                # inner functions come later and win
                found.update((id(each), function) for each in self.below(function))
        return found

    @cached_property
    def _calls(self) -> dict[ast.FunctionDef, list[ast.Call]]:
        """The calls of each function and method of the file."""
        found: dict[ast.FunctionDef, list[ast.Call]] = {}
        for call in self.nodes:
            if isinstance(call, ast.Call):
                for target in dict.fromkeys(target for target, _ in self.targets(call)):
                    found.setdefault(target, []).append(call)
        return found

    def calls_of(self, node: ast.FunctionDef) -> list[ast.Call]:
        """The calls of a function or method of the file."""
        return self._calls.get(node, [])

    def below(self, node: ast.AST) -> list[ast.AST]:
        """A node of the file and all nodes below it, remembered."""
        found = self._below.get(node)
        if found is None:
            found = self._below[node] = walk(node)
        return found

    def _read_methods(self, node: ast.ClassDef) -> None:
        """Note which method each ``self.method(...)`` of a class calls."""
        methods = methods_of(node)
        for each in ast.walk(node):
            if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute):
                owner = each.func.value
                if isinstance(owner, ast.Name) and owner.id == "self":
                    method = methods.get(each.func.attr)
                    if method is not None:
                        self.methods[id(each)] = (node.name, method)

    def symbol(self, node: ast.AST) -> str | None:
        """The symbol that an expression is, in its TensorFlow 1 spelling; None for others."""
        reference = self.references.get(id(node))
        if reference is None:
            return None
        symbol = plain(reference.symbol)
        return f"{symbol}.{reference.rest}" if reference.rest else symbol

    def role(self, node: ast.AST) -> Role | None:
        """The role of the symbol that a call calls, or that an attribute is."""
        symbol = self.symbol(node.func if isinstance(node, ast.Call) else node)
        if symbol is None and isinstance(node, ast.Call) and _assigns(node):
            # of a variable from a list, which the resolver cannot tell
            return Role.ASSIGN
        return role_of(symbol) if symbol is not None else None

    def called(self, node: ast.AST) -> Helper | None:
        """The function of the file that a call calls."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self.helper(node.func.id)
        if id(node) in self.methods:
            cls, method = self.methods[id(node)]
            return self.helper(f"{cls}.{method.name}", method)
        return None

    def helper(self, name: str, node: ast.FunctionDef | None = None) -> Helper | None:
        """What a function of the file, or a method of one of its classes, does."""
        if name in self._helpers:
            return self._helpers[name]
        node = node or self.functions.get(name)
        if node is None:
            return None
        # a recursive call adds nothing to what the function does
        self._helpers[name] = Helper(node, frozenset(), frozenset(), False)
        roles: set[Role] = set()
        tensorflow = False
        free = set(uses(node).reads)
        for each in walk(ast.Module(node.body, [])):
            role = self.role(each)
            if role is not None and (isinstance(each, ast.Call) or role in RUNS):
                roles.add(role)
            tensorflow = tensorflow or self.symbol(each) is not None
            inner = self.called(each)
            if inner is not None:
                roles |= inner.roles
                free |= inner.free
                tensorflow = tensorflow or inner.tensorflow
        self._helpers[name] = Helper(node, frozenset(roles), frozenset(free), tensorflow)
        return self._helpers[name]

    def appended(self, node: ast.FunctionDef) -> frozenset[str]:
        """The parameters of a function that it, or what it calls, changes in place."""
        if node not in self._appended:
            # a recursive call adds nothing
            self._appended[node] = frozenset()
            names = {each.arg for each in (*node.args.args, *node.args.kwonlyargs)}
            found = uses(*node.body).mutates
            for each in self.below(node):
                if isinstance(each, ast.Call):
                    found |= self.changed_by(each)
            self._appended[node] = frozenset(found & names)
        return self._appended[node]

    def changed_by(self, call: ast.Call) -> set[str]:
        """The names that a call of a function of the file changes in place."""
        helper = self.called(call)
        if helper is None:
            return set()
        changed = self.appended(helper.node)
        names = [each.arg for each in helper.node.args.args]
        pairs = [*zip(names, call.args, strict=False), *((k.arg, k.value) for k in call.keywords)]
        return {v.id for name, v in pairs if name in changed and isinstance(v, ast.Name)}

    def roles_below(self, *nodes: ast.AST) -> Iterator[tuple[ast.AST, Role]]:
        """Every call below some nodes that has a role, helper functions looked through."""
        for node in nodes:
            for each in self.below(node):
                role = self.role(each)
                if role is not None:
                    yield each, role
                helper = self.called(each)
                if helper is not None:
                    for inner in helper.roles:
                        yield each, inner

    def run_calls(self, *nodes: ast.AST) -> Iterator[ast.Call]:
        """The run sites below some nodes, in no particular order."""
        for node in nodes:
            for each in self.below(node):
                if isinstance(each, ast.Call) and self.role(each) in RUNS:
                    yield each

    def session_parameters(self, node: ast.FunctionDef) -> frozenset[str]:
        """The parameters of a function that are sessions: it runs them, or hands them on."""
        if node in self._sessions:
            return self._sessions[node]
        self._sessions[node] = frozenset()
        found = set()
        parameters = {each.arg for each in node.args.args}
        for call in self.below(node):
            if isinstance(call, ast.Call):
                found |= parameters & self._session_names(call)
        self._sessions[node] = frozenset(found)
        return self._sessions[node]

    def _session_names(self, call: ast.Call) -> set[str]:
        """The names that a call uses as sessions."""
        func = call.func
        if self.role(call) is Role.RUN:
            owner = func.value if isinstance(func, ast.Attribute) else None
            return {owner.id} if isinstance(owner, ast.Name) else set()
        for target, bound in self.targets(call):
            wanted = self.session_parameters(target)
            names = [each.arg for each in target.args.args][bound:]
            pairs = [
                *zip(names, call.args, strict=False),
                *((each.arg, each.value) for each in call.keywords),
            ]
            found = {v.id for name, v in pairs if name in wanted and isinstance(v, ast.Name)}
            if found:
                return found
        return {
            each.id
            for each in call.args
            if isinstance(each, ast.Name) and self.instance(each) == "tf.Session"
        }

    def targets(self, call: ast.Call) -> list[tuple[ast.FunctionDef, int]]:
        """The functions and methods of the file that a call may call; how many are bound."""
        func = call.func
        if isinstance(func, ast.Name):
            if func.id in self.classes:
                init = methods_of(self.classes[func.id]).get("__init__")
                return [(init, 1)] if init is not None else []
            node = self.functions.get(func.id)
            return [(node, 0)] if node is not None else []
        if isinstance(func, ast.Attribute):
            found = (methods_of(node).get(func.attr) for node in self.classes.values())
            return [(node, 1) for node in found if node is not None]
        return []

    def instance(self, node: ast.AST) -> str | None:
        """The class that the resolver says the value of an expression is of."""
        value = self.names.values.get(id(node))
        return value.type if isinstance(value, Instance) else None

    def is_static(self, node: ast.AST) -> bool:
        """Whether an expression is of a class that is no tensor: shapes, types, datasets."""
        return self.instance(node) in _NOT_TENSORS


def _assigns(call: ast.Call) -> bool:
    """Whether a call is a method that only variables have."""
    func = call.func
    return isinstance(func, ast.Attribute) and func.attr in _ASSIGNS and len(call.args) == 1
