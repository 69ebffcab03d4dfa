"""Functions that make variables when called, as small classes that make them once."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tfmigrate.lifting.arg_scopes import Scopes
from tfmigrate.lifting.cells import Bindings
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.hoisting import Hoister
from tfmigrate.lifting.late import blocks, parameter_stages
from tfmigrate.lifting.losses import asks, losses_property
from tfmigrate.lifting.makers import is_maker
from tfmigrate.lifting.model import Stage, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.stages import Stages
from tfmigrate.lifting.steps import item_roles
from tfmigrate.lifting.uses import uses
from tfmigrate.lifting.writing import Piece, Written
from tfmigrate.transforms.layer_model import Creation, LayerCall
from tfmigrate.transforms.layer_values import Reading

_NAMED = frozenset({Role.GET_VARIABLE, Role.LAYER, Role.VARIABLE_SCOPE})
_REFUSED = frozenset(
    {Role.PLACEHOLDER, Role.MINIMIZE, Role.APPLY_GRADIENTS, Role.RUN, Role.SESSION}
)


@dataclass(eq=False)
class Module:
    """A function of the file that becomes a class.

    ``made_of`` are the parameters that its constructor takes, ``called_with`` those of a call;
    ``scope`` is the name of the variable scope that all of its variables are in, if it has one.
    """

    node: ast.FunctionDef
    class_name: str
    made_of: list[str] = field(default_factory=list)
    called_with: list[str] = field(default_factory=list)
    hoister: Hoister | None = None
    scope: str | None = None
    written: Written | None = None
    listed: bool = False
    """Whether the program asks for the variables of its objects."""
    tracked: bool = False
    """Whether its objects are saved."""


@dataclass(eq=False)
class Modules:
    """The modules of one file, each made when it is first called for."""

    facts: Facts
    reading: Reading
    outer: Stages
    unique: Callable[..., str]
    free: Callable[[str], None]
    bindings: Bindings
    layering: Scopes
    known: dict[str, Module] = field(default_factory=dict)

    def split(self, call: ast.Call, at: Hoister) -> LayerCall | None:
        """The call of a function that becomes a class: its object, and the call of that.

        Returns None for all other calls.
        """
        helper = self.facts.called(call)
        if helper is None or not helper.makes_state or not isinstance(call.func, ast.Name):
            return None
        if is_maker(call, self.facts, at.stages):
            return None
        if helper.roles & _REFUSED:
            raise Unliftable(call, f"`{call.func.id}` builds a graph of its own")
        module = self.module(helper.node)
        given = bind_call(call, module.node)
        for name in module.made_of:
            value = given.get(name)
            if value is not None and at.stages.of(value) is Stage.STAGED:
                raise Unliftable(call, f"the variables of `{call.func.id}` depend on a tensor")
        made = _passed(call, module.made_of, given, at.text)
        passed = _passed(call, module.called_with, given, at.text)
        constructor = f"{module.class_name}({', '.join(made)})"
        frees = tuple(sorted(uses(*(v for k, v in given.items() if k in module.made_of)).reads))
        scope, literal = self.identity(module, given)
        regularized = bool(module.hoister is not None and module.hoister.losses)
        name = snake(call.func.id)
        if literal is not None:
            name = f"{literal}_{name}" if literal in at.hidden else literal
        creation = Creation(name, constructor, frees, regularized=regularized)
        text = f"{{0}}({', '.join(each.replace('{', '{{').replace('}', '}}') for each in passed)})"
        return LayerCall((creation,), text, scope=scope)

    def check_sharing(self, hoisters: Iterable[Hoister]) -> None:
        """Variables that calls share by the name of their scope have to be in one object.

        Raises:
            Unliftable: several objects would each have their own.
        """
        outside = list(hoisters)
        for module in self.known.values():
            if module.scope is None or not _reuses(module.node):
                continue
            if self._objects(module, outside, 0) > 1:
                raise Unliftable(
                    module.node,
                    f"`{module.node.name}` shares variables between calls in different functions",
                )

    def _objects(self, module: Module, outside: list[Hoister], depth: int) -> int:
        """How many objects of a class are made."""
        made = re.compile(rf"\b{module.class_name}\(")
        count = sum(bool(made.search(p.text)) for hoister in outside for p in hoister.made)
        for other in self.known.values():
            if other.hoister is not None and other is not module and depth < len(self.known):
                inside = sum(bool(made.search(piece.text)) for piece in other.hoister.made)
                if inside:
                    count += inside * self._objects(other, outside, depth + 1)
        return count

    def module(self, node: ast.FunctionDef) -> Module:
        """The module of a function."""
        if node.name in self.known:
            return self.known[node.name]
        name = camel(node.name)
        module = Module(node, name if name != node.name else node.name)
        if module.class_name != node.name:
            module.class_name = self.unique(module.class_name)
            # the object takes the name that the function had
            self.free(node.name)
        self.known[node.name] = module
        if node.args.vararg or node.args.kwarg or node.args.posonlyargs:
            raise Unliftable(node, f"`{node.name}` takes any arguments")
        if node.decorator_list:
            raise Unliftable(node, f"`{node.name}` is decorated")
        self.build(module)
        return module

    def build(self, module: Module) -> None:
        """Split a function into what is made and what is called."""
        node = module.node
        stages = Stages(self.facts, self.outer.bound)
        stages.mutable = self.outer.mutable
        for name in parameters(node):
            stages.bound[name] = self.parameters.get(node.name, {}).get(name, Stage.HOST)
            if self.bindings.varies(node, name) and self.bindings.is_probability(node, name):
                # cells that share their variables may differ in this
                stages.bound[name] = Stage.STAGED
        module.scope = self.own_scope(node)
        hoister = self.hoister(node, stages, all_late=False)
        hoister.statements(node.body)
        if hoister.late:
            # variables that belong together are made together
            hoister = self.hoister(node, stages, all_late=True)
            hoister.statements(node.body)
        module.hoister = hoister
        self.write(module, hoister)

    @cached_property
    def regularized(self) -> bool:
        """Whether the program asks for regularization losses."""
        return any(asks(each, self.facts) for each in self.facts.nodes)

    @cached_property
    def parameters(self) -> dict[str, dict[str, Stage]]:
        """The stages of what the functions of the file are given."""
        return parameter_stages(self.facts, self.outer)

    def hoister(self, node: ast.FunctionDef, stages: Stages, *, all_late: bool) -> Hoister:
        """What takes state out of a function."""
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        # the functions become classes: their names are free
        names -= set(self.facts.functions)

        def unique(*wanted: str) -> str:
            for each in wanted:
                if each not in names:
                    names.add(each)
                    return each
            number = 2
            while f"{wanted[-1]}_{number}" in names:
                number += 1
            names.add(f"{wanted[-1]}_{number}")
            return f"{wanted[-1]}_{number}"

        own = Stages(self.facts, stages.bound)
        own.mutable = stages.mutable
        return Hoister(
            self.facts,
            self.reading,
            own,
            unique,
            self.split,
            prefix="self.",
            function=node,
            bindings=self.bindings,
            layering=self.layering,
            all_late=all_late,
        )

    def own_scope(self, node: ast.FunctionDef) -> str | None:
        """The name of the variable scope that holds all that a function makes."""
        name = self.scope_of(node)
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            return name.value
        return None

    def scope_of(self, node: ast.FunctionDef) -> ast.expr | None:
        """The expression of the name of that scope."""
        body = [each for each in node.body if not _is_docstring(each)]
        blocks = [each for each in body if isinstance(each, ast.With)]
        if len(blocks) != 1 or item_roles(blocks[0], self.facts) != [Role.VARIABLE_SCOPE]:
            return None
        call = blocks[0].items[0].context_expr
        return call.args[0] if isinstance(call, ast.Call) and call.args else None

    def named_by(self, node: ast.FunctionDef) -> list[str]:
        """The parameters that say what the variables of a function are called."""
        names: list[ast.AST | None] = [self.scope_of(node)]
        for each in ast.walk(node):
            if isinstance(each, ast.Call) and self.facts.role(each) in _NAMED:
                keyword = [k.value for k in each.keywords if k.arg in ("name", "scope")]
                first = each.args[:1] if self.facts.role(each) is Role.GET_VARIABLE else []
                names += [*first, *keyword]
        read = {
            part.id
            for each in names
            if each is not None
            for part in ast.walk(each)
            if isinstance(part, ast.Name)
        }
        return [name for name in parameters(node) if name in read]

    def identity(
        self, module: Module, given: Mapping[str, ast.expr]
    ) -> tuple[str | None, str | None]:
        """What tells the objects of a module apart where it is called, and a name from that."""
        named = self.named_by(module.node)
        if not named:
            return module.scope, None
        values = [given.get(name, defaults(module.node).get(name)) for name in named]
        literals = [
            str(each.value)
            for each in values
            if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        if len(literals) != len(values):
            return None, None
        scope = "/".join([*([module.scope] if module.scope else []), *literals])
        given_all = all(name in given for name in named)
        literal = re.sub(r"\W", "_", "_".join(literals)).strip("_").lower()
        return scope, literal if given_all and literal.isidentifier() else None

    def write(self, module: Module, hoister: Hoister) -> None:
        """The text of the class."""
        node = module.node
        body = _flattened(node.body, hoister)
        hoister.recurrent.settle(body)
        wanted = parameters(node)
        hoister.made[:0], body = before_made(node, body, hoister)
        body = without_dead(body, hoister)
        in_made = _read_in_made(hoister)
        locals_ = {
            path: each
            for each in ast.walk(node)
            if isinstance(each, ast.stmt) and each is not node
            for path in uses(each).writes
        }
        for path in in_made & set(locals_) - set(wanted):
            if not path.startswith("self."):
                raise Unliftable(locals_[path], f"what is made depends on `{path}`")
        losses, kept = None, list[str]()
        if hoister.losses and self.regularized:
            losses, kept = losses_property([text for _, text in hoister.losses], wanted)
        module.made_of = [name for name in wanted if name in in_made or name in kept]
        read = _read_in_call(body, hoister)
        module.called_with = [name for name in wanted if name in read]
        init = Piece(
            text=f"def __init__(self{_signature(node, module.made_of, self.reading)}):",
            inner=[
                *(Piece(text=f"self.{name} = {name}") for name in kept),
                *hoister.made,
                *(
                    Piece(text=f"self.{name} = None")
                    for late in hoister.late.values()
                    for name, _ in late.made
                ),
            ],
        )
        call = Piece(
            text=f"def __call__(self{_signature(node, module.called_with, self.reading)}):",
            inner=blocks(
                body,
                hoister.late,
                hoister.removed,
                lambda nodes: _read_in_call(nodes, hoister),
                self.facts,
                hoister.tensors,
            ),
        )
        body_ = [init, call] if losses is None else [init, call, losses]
        module.written = Written(f"class {module.class_name}:", body_)


def _reuses(node: ast.FunctionDef) -> bool:
    """Whether a function may find the variables of its scope there already."""
    return any(
        (isinstance(each, ast.keyword) and each.arg == "reuse")
        or (isinstance(each, ast.Attribute) and each.attr in ("AUTO_REUSE", "reuse_variables"))
        for each in ast.walk(node)
    )


def weights_property(hoister: Hoister) -> Piece:
    """``trainable_variables`` of a class: those of everything that it made."""
    listed = ", ".join(text for _, text in hoister.weights)
    returned = Piece(text=f"return [{listed}]")
    return Piece(text="@property\ndef trainable_variables(self):", inner=[returned])


def bind_call(call: ast.Call, node: ast.FunctionDef) -> dict[str, ast.expr]:
    """The arguments of a call by parameter."""
    names = [each.arg for each in node.args.args]
    if any(isinstance(each, ast.Starred) for each in call.args):
        raise Unliftable(call, "the arguments of a function that makes variables are unpacked")
    given = dict(zip(names, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None:
            raise Unliftable(call, "the arguments of a function that makes variables are unpacked")
        given[keyword.arg] = keyword.value
    return given


def parameters(node: ast.FunctionDef) -> list[str]:
    """The names of the parameters of a function."""
    return [each.arg for each in (*node.args.args, *node.args.kwonlyargs)]


def _passed(
    call: ast.Call, wanted: list[str], given: dict[str, ast.expr], text: Callable[[ast.expr], str]
) -> list[str]:
    """The arguments for some of the parameters, positional as long as none is left out."""
    keywords = {each.arg for each in call.keywords}
    passed, gap = [], False
    for name in wanted:
        value = given.get(name)
        if value is None:
            gap = True
        elif gap or name in keywords:
            gap = True
            passed.append(f"{name}={text(value)}")
        else:
            passed.append(text(value))
    return passed


def _signature(node: ast.FunctionDef, wanted: list[str], reading: Reading) -> str:
    """Some of the parameters of a function, with their defaults."""
    found = defaults(node)
    parts: list[str] = []
    for name in wanted:
        if name not in found and any("=" in each for each in parts) and "*" not in parts:
            parts.append("*")
        parts.append(f"{name}={reading.source(found[name])}" if name in found else name)
    return "".join(f", {part}" for part in parts)


def defaults(node: ast.FunctionDef) -> dict[str, ast.expr]:
    """The defaults of the parameters of a function."""
    args = node.args.args
    first = len(args) - len(node.args.defaults)
    found = {
        argument.arg: value
        for argument, value in zip(args[first:], node.args.defaults, strict=True)
    }
    for argument, default in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True):
        if default is not None:
            found[argument.arg] = default
    return found


def _flattened(body: list[ast.stmt], hoister: Hoister) -> list[ast.stmt]:
    """The statements of a function that stay in the call, scopes unwrapped."""
    result: list[ast.stmt] = []
    for node in body:
        if node in hoister.removed and node not in hoister.late:
            continue
        if isinstance(node, ast.With) and node in hoister.unwrapped:
            result.extend(_flattened(node.body, hoister))
        else:
            result.append(node)
    return result


def _read_in_made(hoister: Hoister) -> set[str]:
    """What the statements of the constructor read and do not bind."""
    found: set[str] = set()
    bound: set[str] = set()
    for piece in hoister.made:
        if piece.node is None:
            made = uses(ast.parse(piece.text))
            found |= made.reads - bound
            bound |= made.writes
        else:
            found |= _read_below(piece.node, hoister) - bound - _own(piece.node)
            bound |= uses(piece.node).writes
    return found


def _own(node: ast.stmt) -> set[str]:
    """The names that the statements of a block bind for each other."""
    return uses(node).writes if not isinstance(node, (ast.Assign, ast.AugAssign)) else set()


def without_dead(body: list[ast.stmt], hoister: Hoister) -> list[ast.stmt]:
    """The statements of a call without plain values that only layers read which are made now."""
    if not hoister.replaced:
        return body
    for node in reversed(body):
        (target,) = node.targets[:1] if isinstance(node, ast.Assign) else (None,)
        if not isinstance(target, ast.Name) or node in hoister.late:
            continue
        plain = not any(isinstance(each, ast.Call) for each in ast.walk(node))
        rest = [each for each in body if each is not node]
        if plain and target.id not in _read_in_call(rest, hoister):
            body = rest
    return body


def before_made(
    node: ast.FunctionDef, body: list[ast.stmt], hoister: Hoister
) -> tuple[list[Piece], list[ast.stmt]]:
    """Statements of a function that what it makes depends on; and what is left of its body.

    ``units = 64`` or ``cells = []`` goes into the constructor, and stays if the calls need it.
    """
    found: list[ast.stmt] = []
    missing = _read_in_made(hoister) - set(parameters(node))
    for each in reversed(body):
        simple = isinstance(each, ast.Assign) and not hoister.calls(each)
        if not simple or not uses(each).writes & missing:
            continue
        if hoister.stages.of(each.value) > Stage.FIXED:  # type: ignore[attr-defined]
            continue
        found.insert(0, each)
        missing |= uses(each).reads
    kept = [each for each in body if each not in found]
    for each in found:
        if uses(each).writes & _read_in_call(kept, hoister):
            kept = [one for one in body if one in kept or one is each]
    return [Piece(node=each) for each in found], kept


def _read_in_call(body: list[ast.stmt], hoister: Hoister) -> set[str]:
    """What the statements of the call read, given what was replaced in them."""
    found: set[str] = set()
    for node in body:
        for late, made in hoister.late.items():
            if late is node or late in ast.walk(node):
                found |= made.reads()
        if node not in hoister.removed:
            found |= _read_below(node, hoister)
    return found


def _read_below(node: ast.stmt, hoister: Hoister) -> set[str]:
    """What a statement reads, and the lines that are written before it."""
    found: set[str] = set()
    for each in _outside(node, hoister):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
            found.add(each.id)
        text = hoister.replaced.get(each) if isinstance(each, ast.expr) else None
        if text is not None:
            found |= uses(ast.parse(f"f({text})")).reads
        if isinstance(each, ast.stmt):
            lines = hoister.recurrent.leading.get(each, [])
            found |= uses(ast.parse("\n".join(lines))).reads
    return found


def _outside(node: ast.AST, hoister: Hoister) -> list[ast.AST]:
    """The nodes below a statement, not looking into what is replaced or unwrapped."""
    result: list[ast.AST] = [node]
    if node in hoister.replaced:
        return result
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.withitem) and node in hoister.unwrapped:
            continue
        if child in hoister.removed:
            continue
        result.extend(_outside(child, hoister))
    return result


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def camel(name: str) -> str:
    """``conv_net`` as the name of a class."""
    return "".join(part[:1].upper() + part[1:] for part in name.split("_") if part)


def snake(name: str) -> str:
    """``ConvNet`` as the name of an object."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return spaced.lower()
