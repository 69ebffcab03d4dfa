"""State made once: layers, variables and cells taken out of the code that calls for them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from tfmigrate.lifting.arg_scopes import Scopes
from tfmigrate.lifting.cells import Bindings
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.late import Late, check
from tfmigrate.lifting.losses import term
from tfmigrate.lifting.makers import alike, is_maker, reuses, untrained
from tfmigrate.lifting.model import Stage, Unliftable
from tfmigrate.lifting.recurrent import Recurrent
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.scope import stage_of_statement
from tfmigrate.lifting.stages import Stages
from tfmigrate.lifting.steps import CONTEXTS, GONE, item_roles
from tfmigrate.lifting.substitution import once_in, replace_names
from tfmigrate.lifting.updates import told_at_run, without_updates
from tfmigrate.lifting.uses import turns_to_reuse, uses
from tfmigrate.lifting.variables import regularizer_of, variable_for
from tfmigrate.lifting.writing import Piece
from tfmigrate.transforms.layer_model import Creation, LayerCall, Refused
from tfmigrate.transforms.layer_values import Reading
from tfmigrate.transforms.layers import is_layer, split

_HELD = frozenset({Role.CELL, Role.LAYER_OBJECT})
USED = frozenset({"state", "step", "tuple"})
"""Kinds of calls that only use what was made."""


@dataclass
class Made:
    """One object to make: the name that it is kept under, its constructor, what that reads."""

    name: str
    constructor: str
    frees: tuple[str, ...] = ()
    weights: str = ""
    """``variable``, ``layer`` or nothing: how its trainable variables are listed."""
    variable: bool = False


@dataclass(eq=False)
class Hoister:
    """Takes what is made once out of some statements.

    ``prefix`` is ``self.`` in a class. ``made`` collects pieces of code that make things, in
    order; ``replaced`` new texts for expressions; ``removed`` statements that go; ``unwrapped``
    blocks of scopes. ``module`` splits the call of a function of the file that makes state.
    """

    facts: Facts
    reading: Reading
    stages: Stages
    unique: Callable[..., str]
    module: Callable[[ast.Call, Hoister], LayerCall | None]
    layering: Scopes
    prefix: str = ""
    scopes: tuple[str, ...] = ()
    made: list[Piece] = field(default_factory=list)
    replaced: dict[ast.expr, str] = field(default_factory=dict)
    removed: set[ast.stmt] = field(default_factory=set)
    unwrapped: set[ast.stmt] = field(default_factory=set)
    losses: list[tuple[int, str]] = field(default_factory=list)
    """The regularization losses of what is made: the line, and how they stand in a list."""
    weights: list[tuple[str, str]] = field(default_factory=list)
    """What is trained: the scope that it is in, and how it stands in a list."""
    frames: list[list[Made]] = field(default_factory=list)
    local: dict[str, str] = field(default_factory=dict)
    shared: dict[str, str] = field(default_factory=dict)
    counts: dict[tuple[tuple[str, ...], str], int] = field(default_factory=dict)
    entered: set[ast.With] = field(default_factory=set)
    reused: set[tuple[str, ...]] = field(default_factory=set)
    function: ast.FunctionDef | None = None
    """The function that becomes a class, if these are its statements."""
    bindings: Bindings | None = None
    hidden: frozenset[str] = frozenset()
    """The names that functions give to tensors, and that hide what has the same name outside."""
    late: dict[ast.stmt, Late] = field(default_factory=dict)
    """What is made at the first call, by the statement that it is made ahead of."""
    all_late: bool = False
    current: ast.stmt | None = None
    guards: int = 0
    """How many conditions of the function are around the current statement."""

    def __post_init__(self) -> None:
        """Set up what is known of recurrent networks."""
        self.recurrent = Recurrent(self, self.bindings or Bindings(self.facts))

    def statements(self, body: Sequence[ast.stmt]) -> None:
        """Go through statements in order.

        Raises:
            Unliftable: something is made in a way that cannot be taken out.
        """
        for node in body:
            self.statement(node)

    def statement(self, node: ast.stmt) -> None:
        """Take out what one statement makes."""
        if turns_to_reuse(node):
            self.removed.add(node)
            self.reuse(self.scopes)
        elif self.recurrent.moves(node):
            self.recurrent.move(node)
        elif isinstance(node, ast.With):
            self.with_block(node)
        elif isinstance(node, ast.For) and self.makes(node):
            self.loop(node)
        elif isinstance(node, (ast.If, ast.Try)) and self.makes(node):
            self.guards += 1
            for part in ("test", "body", "handlers", "orelse", "finalbody"):
                value = getattr(node, part, None)
                if isinstance(value, ast.expr):
                    self.refer(value)
                    self.expression(value)
                for each in value if isinstance(value, list) else ():
                    if isinstance(each, ast.ExceptHandler):
                        self.statements(each.body)
                    else:
                        self.statement(each)
            self.guards -= 1
        elif isinstance(node, (ast.While, ast.FunctionDef, ast.ClassDef)) and self.makes(node):
            raise Unliftable(node, "variables are made in a loop or function within a function")
        else:
            self.simple(node)

    def makes(self, node: ast.AST) -> bool:
        """Whether anything is made once below a node."""
        return any(self.kind(each) not in USED for each in self.calls(node))

    def calls(self, node: ast.AST) -> list[ast.Call]:
        """The calls below a node that make something, or use a cell, innermost first."""
        found = [
            each
            for each in ast.walk(node)
            if isinstance(each, ast.Call) and self.kind(each) is not None
        ]
        return sorted(found, key=lambda each: (each.end_lineno or 0, each.end_col_offset or 0))

    def kind(self, call: ast.Call) -> str | None:
        """What a call makes: a layer, a variable, a module of the file; None if nothing."""
        role = self.facts.role(call)
        symbol = self.facts.symbol(call.func)
        if role is Role.LAYER and symbol is not None and is_layer(symbol, self.reading):
            return "layer"
        if role in (Role.GET_VARIABLE, Role.VARIABLE):
            return "variable"
        if role in _HELD:
            return None if self.recurrent.bindings.classes(call.func) else "held"
        helper = self.facts.called(call)
        if helper is not None and self.recurrent.is_made(call):
            return "module"
        if helper is not None and is_maker(call, self.facts, self.stages):
            return "variable"
        if helper is not None and helper.makes_state:
            return "module"
        return self.recurrent.kind(call)

    def with_block(self, node: ast.With) -> None:
        """A ``with``: scopes are unwrapped and lend their names."""
        roles = item_roles(node, self.facts)
        names: list[str] = []
        if all(role is Role.VARIABLE_SCOPE or role in GONE for role in roles):
            self.unwrapped.add(node)
            names = [name for item in node.items for name in self.scope_name(item.context_expr)]
        elif not all(role in CONTEXTS for role in roles) and self.makes(node):
            raise Unliftable(node, "variables are made inside a block of the program")
        before, self.scopes = self.scopes, (*self.scopes, *names)
        self.enter(node, self.scopes)
        self.statements(node.body)
        self.scopes = before

    def scope_name(self, node: ast.expr) -> list[str]:
        """The name of a variable scope, if it is written out."""
        if isinstance(node, ast.Call) and node.args:
            name = node.args[0]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                return [name.value]
        return []

    def simple(self, node: ast.stmt) -> None:
        """A simple statement: what it makes and keeps, or makes and uses on the spot."""
        self.without_scopes(node)
        self.current = node
        value = getattr(node, "value", None)
        one = isinstance(node, ast.Assign) and len(node.targets) == 1
        target = node.targets[0] if one else None  # type: ignore[attr-defined]
        if (
            isinstance(value, ast.Call)
            and isinstance(target, ast.Name)
            and self.kind(value) in ("variable", "held")
            and not self.frames
        ):
            self.keep(node, target, value)
            return
        self.refer(node)
        self.expression(node)
        stage_of_statement(node, self.stages)

    def without_scopes(self, node: ast.stmt) -> None:
        """In a block that makes nothing, scopes of variables mean nothing any more."""
        for each in ast.walk(node):
            if isinstance(each, ast.stmt) and each is not node and turns_to_reuse(each):
                self.recurrent.drop(each)
            elif isinstance(each, ast.With):
                roles = item_roles(each, self.facts)
                if all(role is Role.VARIABLE_SCOPE for role in roles):
                    self.unwrapped.add(each)

    def refer(self, node: ast.AST) -> None:
        """Names of what is kept are read where it is kept."""
        for each in ast.walk(node):
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load):
                kept = self.local.get(each.id, each.id)
                if kept != each.id:
                    self.replaced[each] = kept

    def keep(self, node: ast.stmt, target: ast.Name, value: ast.Call) -> None:
        """``W = tf.get_variable(...)``: made once under its own name."""
        for each in self.calls(value):
            if each is not value:
                raise Unliftable(each, "something made within what is made")
        self.refer(value)
        name = target.id if target.id not in self.local else self.unique(target.id)
        trained = "variable" if self.kind(value) == "variable" and not untrained(value) else ""
        reads = tuple(uses(value).reads)
        variable = self.kind(value) == "variable"
        self.current = node
        made = self.make(Made(name, self.constructor(value), reads, trained, variable), value)
        self.removed.add(node)
        self.regularize(value, made)
        self.local[target.id] = made
        self.stages.bound[target.id] = Stage.STATE

    def regularize(self, call: ast.Call, name: str) -> None:
        """Note what the regularizer of a variable adds to the losses."""
        if self.facts.role(call) is not Role.GET_VARIABLE:
            return
        _, default = self.layering.of_variables(call)
        text = regularizer_of(call, self.nested(), default)
        if text is not None:
            self.losses.append((call.lineno, term(text, name, text in self.optional)))

    @cached_property
    def optional(self) -> set[str]:
        """The parameters of the function that may be None."""
        args = self.function.args if self.function is not None else None
        if args is None:
            return set()
        first = len(args.args) - len(args.defaults)
        pairs = [
            *zip(args.args[first:], args.defaults, strict=True),
            *zip(args.kwonlyargs, args.kw_defaults, strict=True),
        ]
        return {
            arg.arg
            for arg, value in pairs
            if isinstance(value, ast.Constant) and value.value is None
        }

    def constructor(self, call: ast.Call) -> str:
        """The text that makes a variable or a cell."""
        role = self.facts.role(call)
        if role is Role.GET_VARIABLE:
            return self.variable(call)
        if role is Role.VARIABLE or is_maker(call, self.facts, self.stages):
            return self.text(call)
        found = self.split(call)
        return found.text()

    def variable(self, call: ast.Call) -> str:
        """The text that makes a variable as ``tf.get_variable`` did."""
        default, _ = self.layering.of_variables(call)
        return variable_for(self.layering.fresh(call), self.nested(), self.scopes, default)

    def expression(self, node: ast.AST) -> None:
        """Take out what an expression, or the expressions of a statement, make."""
        self.recurrent.sizes(node)
        comprehensions = [
            each
            for each in ast.walk(node)
            if isinstance(each, (ast.ListComp, ast.GeneratorExp)) and self.makes(each)
        ]
        for each in comprehensions:
            self.comprehension(each)
        inside = {id(sub) for each in comprehensions for sub in ast.walk(each)}
        for call in self.calls(node):
            if id(call) not in inside and not self.recurrent.within_run(call):
                self.call(call)

    def call(self, call: ast.Call) -> None:
        """One call that makes something and uses it on the spot."""
        kind = self.kind(call)
        if kind in USED or kind == "recurrent":
            self.recurrent.rewrite(call, str(kind))
            return
        if kind in ("held", "module") and self.recurrent.is_made(call):
            self.replaced[call] = self.make_layer(self.recurrent.creation(call), call)
            return
        if kind == "variable":
            trained = "" if untrained(call) else "variable"
            reads = tuple(uses(call).reads)
            made = Made(self.unique("weight"), self.constructor(call), reads, trained, True)
            self.replaced[call] = self.make(made, call)
            self.regularize(call, self.replaced[call])
            return
        found = self.split(call)
        rounds = self.frames
        if rounds and reuses(call):
            # each round of the loop uses what the first one made
            self.frames = []
        names = []
        for creation in found.creations:
            key = self.key(found, creation.name, call)
            name = self.shared.get(key) if key else None
            if name is None:
                made = Made(
                    self.name_for(creation.name),
                    creation.constructor,
                    creation.frees,
                    "layer" if creation.weights else "",
                )
                name = self.make(made, call, (found.scope or "").strip("'\""))
                if creation.regularized and not self.frames:
                    self.losses.append((call.lineno, f"*{name}.losses"))
                if key:
                    self.shared[key] = name
                    self.recurrent.bindings.shared[name] = creation.constructor
            elif not alike(self.recurrent.bindings.shared.get(name), creation.constructor):
                raise Unliftable(call, "variables are shared by what is not made alike")
            names.append(name)
        self.frames = rounds
        self.replaced[call] = found.text(*names)

    def make_layer(self, creation: Creation, call: ast.AST) -> str:
        """Make a layer or cell; the text that refers to it."""
        frees = tuple(uses(ast.parse(creation.constructor)).reads)
        name = self.name_for(creation.name)
        weights = "layer" if creation.weights else ""
        return self.make(Made(name, creation.constructor, frees, weights), call)

    def keep_variable(self, name: str) -> str:
        """Make a variable that holds a number which is fed; the text that refers to it."""
        text = f"{self.prefix}{name}"
        spelled = self.reading.spell("tf.Variable")
        self.made.append(Piece(text=f"{text} = {spelled}(1.0, trainable=False)"))
        return text

    def key_of(self, name: str, within: str) -> str:
        """What tells the networks of one scope apart; empty if that cannot be told."""
        return "" if self.frames else f"{'/'.join(self.scopes)}/{within}:{name}"

    def key(self, found: LayerCall, creation: str, call: ast.Call) -> str:
        """What tells the objects of one scope apart: their names, or how many came before."""
        where = "/".join(self.scopes)
        if found.scope:
            return f"{where}/{found.scope}:{creation}:{ast.unparse(call.func)}"
        if not self.scopes:
            return ""
        counted = (self.scopes, creation)
        self.counts[counted] = self.counts.get(counted, 0) + 1
        return f"{where}:{creation}:{self.counts[counted]}"

    def enter(self, node: ast.With, names: tuple[str, ...]) -> None:
        """Enter a variable scope; where it reuses variables, counting begins anew."""
        if node in self.entered:
            return
        self.entered.add(node)
        for item in node.items:
            if self.reuses(item.context_expr):
                self.reuse(names)

    def reuses(self, node: ast.expr) -> bool:
        """Whether a variable scope may reuse variables."""
        return isinstance(node, ast.Call) and any(
            each.arg == "reuse"
            and not (isinstance(each.value, ast.Constant) and not each.value.value)
            for each in node.keywords
        )

    def is_reused(self) -> bool:
        """Whether the scopes that are entered reuse variables."""
        return any(self.scopes[: len(names)] == names for names in self.reused)

    def reuse(self, names: tuple[str, ...]) -> None:
        """From now on the variables of a scope are those that are there already."""
        self.reused.add(names)
        for scopes, creation in list(self.counts):
            if scopes[: len(names)] == names:
                self.counts[scopes, creation] = 0

    def split(self, call: ast.Call) -> LayerCall:
        """What a call makes, and what is left of it."""
        module = self.module(call, self)
        if module is not None:
            return module
        symbol = self.facts.symbol(call.func) or ""
        fresh = self.layering.fresh(call)
        found = split(fresh, symbol, self.nested(), self.layering.defaults(call))
        if isinstance(found, Refused):
            raise Unliftable(call, found.reason)
        if self.layering.frozen and found.updates:
            made = (
                replace(each, constructor=without_updates(each.constructor))
                for each in found.creations
            )
            found = replace(found, creations=tuple(made))
        return self.told(found, call)

    def told(self, found: LayerCall, call: ast.Call) -> LayerCall:
        """The call of a layer that is told whether it trains, by what is known when it is built."""
        if found.training is None:
            return found
        node = ast.parse(found.training, mode="eval").body
        if not self.stages.is_staged(node):
            return found
        if found.plain is not None:
            return replace(found, creations=(), call=found.plain)
        text = told_at_run(
            found.call, found.training, [each.constructor for each in found.creations]
        )
        if text is None:
            raise Unliftable(call, "a layer is told by a tensor whether it trains")
        return replace(found, call=text)

    def nested(self) -> Reading:
        """The reading of the program in which what was taken out already is replaced."""
        return replace(self.reading, source=self.text)

    def text(self, node: ast.AST) -> str:
        """The text of an expression, with what is made inside it replaced."""
        assert isinstance(node, ast.expr)
        done = self.replaced.get(node)
        if done is not None:
            return done
        inner = [each for each in ast.walk(node) if each in self.replaced]
        if not inner:
            return self.reading.source(node)
        text = self.reading.source(node)
        outer = [e for e in inner if not any(e in list(ast.walk(o))[1:] for o in inner)]
        for each in sorted(outer, key=lambda e: (e.lineno, e.col_offset), reverse=True):
            old = self.reading.source(each)
            start = _offset(node, each, text)
            text = text[:start] + self.replaced[each] + text[start + len(old) :]
        return text

    def name_for(self, wanted: str) -> str:
        """A name for an object that the program has no name for."""
        if wanted in self.hidden:
            wanted = f"{wanted}_layer"
        return self.unique(re.sub(r"\W", "_", wanted).strip("_") or "layer")

    def is_late(self, made: Made) -> bool:
        """Whether something can only be made when the function is called."""
        if self.function is None or self.frames:
            return False
        if made.variable and (self.all_late or self.guards):
            return True
        return any(
            path not in self.local and self.stages.bound.get(path) is Stage.STAGED
            for path in made.frees
        )

    @property
    def tensors(self) -> set[str]:
        """The parameters of the function that are tensors, or what is known of tensors."""
        args = self.function.args if self.function is not None else None
        names = {each.arg for each in (*args.args, *args.kwonlyargs)} if args is not None else set()
        return {name for name in names if self.stages.bound.get(name) is Stage.STAGED}

    def make_late(self, made: Made, call: ast.AST, scope: str) -> str:
        """Make an object at the first call, ahead of the current statement."""
        assert self.current is not None
        if self.guards and self.current not in self.removed and not made.variable:
            raise Unliftable(call, "a layer whose shape depends on the input, in a condition")
        check([call], self.facts, self.tensors)
        found = self.late.setdefault(self.current, Late(guarded=bool(self.guards)))
        found.made.append((made.name, made.constructor))
        self.weigh(made, scope, guarded=bool(self.guards))
        return f"{self.prefix}{made.name}"

    def make(self, made: Made, call: ast.AST, scope: str = "") -> str:
        """Make an object in the place where things are made; the text that refers to it."""
        if self.is_late(made):
            return self.make_late(made, call, scope)
        for path in made.frees:
            if path in self.local and self.prefix:
                continue
            if self.stages.bound.get(path, Stage.HOST) is Stage.STAGED:
                raise Unliftable(call, f"what is made depends on `{path}`, a tensor")
        if self.frames:
            self.frames[-1].append(made)
            return made.name
        self.made.append(Piece(text=f"{self.prefix}{made.name} = {made.constructor}"))
        self.weigh(made, scope)
        return f"{self.prefix}{made.name}"

    def weigh(self, made: Made, scope: str, *, guarded: bool = False) -> None:
        """Note what is trained of something that is made."""
        name = f"{self.prefix}{made.name}"
        if made.weights:
            where = "/".join([*self.scopes, *([scope] if scope else [])])
            listed = {
                "variable": f"*([{name}] if {name} is not None else [])" if guarded else name,
                "variables": f"*{name}",
                "layer": f"*{name}.trainable_variables",
                "layers": f"*(v for each in {name} for v in each.trainable_variables)",
            }
            self.weights.append((where, listed[made.weights]))

    def loop(self, node: ast.For) -> None:
        """A loop that makes something in each round: a list of it, run over alongside."""
        if node.orelse:
            raise Unliftable(node, "variables are made in a loop with an else branch")
        self.refer(node.iter)
        stage = self.stages.of(node.iter)
        for each in ast.walk(node.target):
            if isinstance(each, ast.Name):
                self.stages.bound[each.id] = stage
        self.frames.append([])
        self.statements(node.body)
        made = self.frames.pop()
        self.run_alongside(node.target, node.iter, made, node)

    def comprehension(self, node: ast.ListComp | ast.GeneratorExp) -> None:
        """A comprehension that makes something in each round."""
        if len(node.generators) != 1 or node.generators[0].ifs:
            raise Unliftable(node, "variables are made in a comprehension with conditions")
        generator = node.generators[0]
        self.frames.append([])
        for call in self.calls(node.elt):
            self.call(call)
        made = self.frames.pop()
        self.run_alongside(generator.target, generator.iter, made, node)

    def run_alongside(
        self, target: ast.expr, over: ast.expr, made: list[Made], node: ast.AST
    ) -> None:
        """Make lists of what a loop makes, and let the loop run over them, too."""
        if not made:
            return
        head = f"for {self.reading.source(target)} in {self.text(over)}"
        names = {each.id for each in ast.walk(target) if isinstance(each, ast.Name)}
        lists = []
        for each in made:
            each.constructor = self.with_locals(each.constructor, node)
            inside = uses(ast.parse(each.constructor)).reads - names
            late = [
                path
                for path in inside
                if self.stages.bound.get(path) is Stage.STAGED or path in self.loop_locals(node)
            ]
            if late:
                raise Unliftable(node, f"what a loop makes depends on `{late[0]}`")
            plural = self.unique(f"{each.name}s", f"{each.name}_list")
            weights = f"{each.weights.removesuffix('s')}s" if each.weights else ""
            listed = Made(plural, f"[{each.constructor} {head}]", tuple(inside), weights)
            lists.append(self.make(listed, node))
        bound = self.reading.source(target)
        if isinstance(target, ast.Tuple) and not bound.startswith("("):
            bound = f"({bound})"
        self.replaced[target] = ", ".join([bound, *(each.name for each in made)])
        self.replaced[over] = f"zip({', '.join([self.text(over), *lists])})"

    def with_locals(self, constructor: str, node: ast.AST) -> str:
        """A constructor with what the loop computes for it written out."""
        if not isinstance(node, ast.For):
            return constructor
        for _ in range(len(node.body)):
            local = self.loop_locals(node) & uses(ast.parse(constructor)).reads
            found = {name: once_in(node.body, name) for name in local}
            known = {name: self.text(value) for name, value in found.items() if value is not None}
            if not known:
                break
            constructor = replace_names(constructor, known)
        return constructor

    def loop_locals(self, node: ast.AST) -> set[str]:
        """What the body of a loop binds."""
        return set(uses(*node.body).writes) if isinstance(node, ast.For) else set()


def _offset(outer: ast.expr, inner: ast.AST, text: str) -> int:
    """Where an inner expression starts in the text of an outer one."""
    assert isinstance(inner, ast.expr)
    if inner.lineno == outer.lineno:
        skipped = inner.col_offset - outer.col_offset
        return len(text.encode()[:skipped].decode(errors="ignore"))
    lines = text.split("\n")
    row = inner.lineno - outer.lineno
    before = sum(len(line) + 1 for line in lines[:row])
    return before + len(lines[row].encode()[: inner.col_offset].decode(errors="ignore"))
