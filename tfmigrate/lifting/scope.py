"""One scope of a graph program, classified: steps with their kinds, run sites, placeholders."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from tfmigrate.lifting import steps as reading
from tfmigrate.lifting import summary_steps as summaries
from tfmigrate.lifting.assigns import agree, discard
from tfmigrate.lifting.collected import is_list_of_variables
from tfmigrate.lifting.facts import Facts, makes_late
from tfmigrate.lifting.feeds import only_feeds, stores_feed
from tfmigrate.lifting.iterators import Iterators, is_next, ordered_writes
from tfmigrate.lifting.iterators import find as find_iterators
from tfmigrate.lifting.losses import mark as mark_losses
from tfmigrate.lifting.model import Kind, RunSite, Stage, Step, Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.sites import read_site
from tfmigrate.lifting.stages import OF_CELLS, Stages
from tfmigrate.lifting.steps import heads
from tfmigrate.lifting.taped import taped
from tfmigrate.lifting.testing import test_methods
from tfmigrate.lifting.updates import is_updates
from tfmigrate.lifting.updates import mark as mark_updates
from tfmigrate.lifting.uses import path_of, shapes_below, turns_to_reuse

_DROPPED = frozenset(
    {Role.SESSION, Role.CLOSE, Role.RESET, Role.GRAPH, Role.INITIALIZE, Role.CONFIG}
)
_TRAINS = frozenset({Role.MINIMIZE, Role.APPLY_GRADIENTS})
_OPERATIONS = _TRAINS | {Role.GROUP, Role.INITIALIZE}


@dataclass(eq=False)
class Scope:
    """A module or function that builds a graph and runs it.

    ``initializers`` are the paths of operations that only set initial values; running them, and
    they, are dropped.
    """

    node: ast.Module | ast.FunctionDef
    facts: Facts
    steps: list[Step]
    sites: list[RunSite] = field(default_factory=list)
    initializers: set[str] = field(default_factory=set)
    operations: set[str] = field(default_factory=set)
    taped: set[Step] = field(default_factory=set)
    initial: set[Step] = field(default_factory=set)
    """Statements that compute initial values of variables."""
    iterators: Iterators = field(default_factory=Iterators)
    configurations: set[str] = field(default_factory=set)
    """The paths of configurations of sessions."""

    @cached_property
    def celled(self) -> bool:
        """Whether recurrent cells are made in the scope."""
        return any(role is Role.CELL for _, role in self.facts.roles_below(self.facts.tree))

    @cached_property
    def layered(self) -> bool:
        """Whether layers are made in the scope, by its statements or the functions they call."""
        roles = {role for _, role in self.facts.roles_below(self.node)}
        layers = roles & {Role.LAYER, Role.LAYER_OBJECT, Role.CELL, Role.RECURRENT}
        return bool(layers) or makes_late(self.facts)

    @property
    def placeholders(self) -> dict[str, Step]:
        """The placeholders, by path."""
        return {
            path: step
            for step in self.steps
            if step.kind is Kind.PLACEHOLDER
            for path in ordered_writes(step)
        }

    def renames_operation(self, step: Step) -> bool:
        """Whether a statement gives an operation another name, or returns it."""
        value = getattr(step.node, "value", None)
        if not isinstance(step.node, (ast.Assign, ast.Return)) or not step.writes or value is None:
            return False
        return step.path(value) in self.operations

    def reaching(self, path: str, position: int) -> list[Step]:
        """The steps that may have given ``path`` the value it has at a position, latest first."""
        found = []
        for step in reversed(self.steps[:position]):
            if path not in step.defines:
                continue
            found.append(step)
            if path in step.writes and _always_binds(step) and path not in step.mutates:
                break
        return found


def _always_binds(step: Step) -> bool:
    return not isinstance(step.node, (ast.If, ast.For, ast.While, ast.Try, ast.AugAssign)) or (
        step.header
    )


_BUILT = frozenset(
    {Role.PLACEHOLDER, Role.SESSION, Role.RUN, Role.EVAL, Role.OPERATION_RUN, Role.MINIMIZE}
)
_AROUND = _BUILT | {Role.VARIABLE, Role.GET_VARIABLE, Role.SAVER, Role.NEXT}


def graph_scopes(facts: Facts) -> list[ast.Module | ast.FunctionDef]:
    """The scopes that are lifted each by itself: the module, or functions that hold all of it."""
    inner: list[ast.Module | ast.FunctionDef] = []
    tested: set[str] = set()
    outer = False
    for node in facts.tree.body:
        if isinstance(node, ast.FunctionDef):
            if any(role in _BUILT for role in _own_roles(node, facts)):
                inner.append(node)
        elif isinstance(node, ast.ClassDef):
            tests = test_methods(node, facts)
            inner.extend(tests)
            tested |= {node.name} if tests else set()
        else:
            outer = outer or any(role in _AROUND for role in _own_roles(node, facts))
    held = bool(set(reading.graph_classes(facts)) - tested) or _hand_on(inner, facts)
    return [facts.tree] if outer or held or not inner else inner


def _hand_on(inner: list[ast.Module | ast.FunctionDef], facts: Facts) -> bool:
    """Whether functions hand what they build to other functions that run it."""
    called = {
        target
        for node in inner
        for call in ast.walk(node)
        if isinstance(call, ast.Call)
        for target, _ in facts.targets(call)
    }
    return any(
        target in inner and target.args.args and not _opens_session(target, facts)
        for target in called
    )


def _opens_session(node: ast.FunctionDef, facts: Facts) -> bool:
    return any(facts.role(each) is Role.SESSION for each in ast.walk(node))


def _own_roles(node: ast.AST, facts: Facts) -> Iterable[Role]:
    """The roles of the calls below a node, functions that are called not looked through."""
    for each in ast.walk(node):
        role = facts.role(each)
        if role is not None:
            yield role


def analyse(node: ast.Module | ast.FunctionDef, facts: Facts) -> Scope:
    """Classify the steps of a scope and read its run sites.

    Raises:
        Unliftable: a construct is not understood.
    """
    scope = Scope(node, facts, summaries.mark(reading.read(node.body, facts), facts))
    for step in scope.steps:
        for each in heads(step):
            for call in facts.below(each):
                if isinstance(call, ast.Call):
                    step.mutates |= step.paths(facts.changed_by(call))
    _check_objects(scope)
    for _ in range(4):
        if not _classify(scope):
            break
    mark_updates(scope)
    mark_losses(scope)
    scope.iterators = find_iterators(scope)
    for step in scope.steps:
        if step.kind is Kind.KEPT:
            for call in _run_calls(step, facts):
                if not scope.iterators.takes(call):
                    site = read_site(call, step, scope)
                    discard(site, scope)
                    scope.sites.append(site)
    agree(scope.sites)
    return scope


def _check_objects(scope: Scope) -> None:
    """What a class builds is followed for one object of it.

    Raises:
        Unliftable: there are several, which may share variables or have their own.
    """
    classes = {step.names.cls for step in scope.steps if step.names.cls}
    made: set[str] = set()
    for node in scope.facts.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in made:
                raise Unliftable(node, f"a second object of `{node.func.id}`, which holds a graph")
            if node.func.id in classes:
                made.add(node.func.id)


def _run_calls(step: Step, facts: Facts) -> Iterable[ast.Call]:
    """The run sites of a step, outermost first; of a block only its head counts."""
    return sorted(facts.run_calls(*heads(step)), key=lambda each: (each.lineno, each.col_offset))


def _classify(scope: Scope) -> bool:
    """Give each step its kind and stage; whether something changed that others depend on."""
    stages = Stages(scope.facts)
    changed = False
    scope.taped |= taped(scope)
    moved = {path for step in scope.steps if step.kind is Kind.STAGED for path in step.mutates}
    again = {path for step in scope.steps if step.kind is Kind.STAGED for path in step.writes}
    for step in scope.steps:
        stages.names = step.names
        kind, stage = _kind(step, scope, stages)
        if kind is Kind.KEPT and step.writes & moved and not step.blocks and _plain(step):
            # a list that a staged statement appends to is made where that statement runs
            kind, stage = Kind.STAGED, Stage.STAGED
        if kind is Kind.KEPT and stage is Stage.FIXED and _plain(step) and step.writes & again:
            # the first value of what the staged statements of a loop give other values
            kind, stage = Kind.STAGED, Stage.STAGED
        if kind is Kind.STAGED and step in scope.initial:
            kind, stage = Kind.KEPT, Stage.FIXED
        if step in scope.taped and kind is Kind.KEPT and not step.blocks:
            kind, stage = Kind.STAGED, Stage.STAGED
        changed = changed or (kind, stage) != (step.kind, step.stage)
        step.kind, step.stage = kind, stage
        for path in step.writes:
            stages.bound[path] = stage
        for path in step.mutates:
            stages.bound[path] = max(stage, stages.bound.get(path, Stage.HOST))
    return _find_initial(scope) or changed


def _find_initial(scope: Scope) -> bool:
    """Note the tensors that are the initial values of variables: they are computed once.

    Returns whether there are new ones.
    """
    before = len(scope.initial)
    for step in scope.steps:
        if step.kind is not Kind.STATE or step.header:
            continue
        work = [(path, step.index) for path in step.reads]
        while work:
            path, position = work.pop()
            for other in scope.reaching(path, position):
                if shapes_below(other.node):
                    # a shape is known without computing the tensor
                    continue
                if other.kind is Kind.STAGED and _plain(other) and other not in scope.initial:
                    scope.initial.add(other)
                    work.extend((each, other.index) for each in other.reads)
    return len(scope.initial) > before


def _plain(step: Step) -> bool:
    return isinstance(step.node, ast.Assign) and not step.header


def _kind(step: Step, scope: Scope, stages: Stages) -> tuple[Kind, Stage]:
    """What becomes of a step, and the stage of what it binds."""
    node, facts = step.node, scope.facts
    if step.header:
        if isinstance(node, ast.FunctionDef):
            return Kind.KEPT, Stage.HOST
        return _head_kind(step, scope, stages)
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.ClassDef)):
        return Kind.KEPT, Stage.HOST
    if isinstance(node, ast.FunctionDef):
        free = facts.helper(node.name)
        if free is not None and Role.CELL in free.roles and free.roles <= OF_CELLS:
            # what is fed to it is kept in a variable
            return Kind.KEPT, Stage.HOST
        names = free.free if free is not None else step.reads
        late = any(stages.bound.get(each) is Stage.STAGED for each in names) and not only_feeds(
            node, stages
        )
        return (Kind.STAGED, Stage.STAGED) if late else (Kind.KEPT, Stage.HOST)
    if turns_to_reuse(node) or _only_asks(step, stages):
        return Kind.DROPPED, Stage.HOST
    if isinstance(node, (ast.Assign, ast.Expr)) and _constructs(node.value, step):
        return Kind.KEPT, Stage.HOST
    value = getattr(node, "value", None)
    roles = {role for _, role in facts.roles_below(node)}
    own = facts.role(value) if isinstance(value, ast.Call) else None
    if own is Role.PLACEHOLDER and isinstance(node, ast.Assign):
        return Kind.PLACEHOLDER, Stage.STAGED
    if is_next(node, step, own):
        return Kind.PLACEHOLDER, Stage.STAGED
    if own is Role.ITERATOR:
        return Kind.KEPT, Stage.HOST
    if value is not None and facts.role(value) in (Role.START, Role.HANDLE):
        return Kind.DROPPED, Stage.HOST
    if isinstance(node, ast.Assign) and stores_feed(node, stages):
        return Kind.KEPT, Stage.HOST
    if own is Role.CONFIG:
        scope.configurations |= step.writes
    if step.mutates and not step.writes and step.mutates <= scope.configurations:
        return Kind.DROPPED, Stage.HOST
    if isinstance(node, ast.Assign) and facts.instance(node.value) == "tf.Session":
        return Kind.DROPPED, Stage.HOST
    if own in _DROPPED or _only_initializes(value, scope, step):
        scope.initializers |= step.writes
        return Kind.DROPPED, Stage.HOST
    if own is Role.SAVER:
        return Kind.STATE, Stage.STATE
    if roles & {Role.RUN, Role.EVAL, Role.OPERATION_RUN, Role.SAVER_CALL}:
        if _initializes(node, scope, step):
            return Kind.DROPPED, Stage.HOST
        return Kind.KEPT, Stage.HOST
    if is_updates(value, facts):
        scope.operations |= step.writes
        return Kind.STAGED, Stage.STAGED
    if own in _TRAINS:
        scope.operations |= step.writes
        return Kind.TRAIN, Stage.STAGED
    if own in (Role.GROUP, Role.SUMMARY, Role.MERGE):
        scope.operations |= step.writes
    if scope.renames_operation(step):
        scope.operations |= step.writes
        return Kind.STAGED, Stage.STAGED
    stage = stage_of_statement(node, stages)
    if _lists(node, facts) and scope.layered:
        # layers have their variables only when they have been called
        return Kind.STAGED, Stage.STAGED
    if stage is Stage.STAGED:
        return Kind.STAGED, stage
    return (Kind.STATE if stage is Stage.STATE else Kind.KEPT), stage


def _only_asks(step: Step, stages: Stages) -> bool:
    """Whether a statement is nothing but the name of a tensor, as it is to build a property."""
    value = step.node.value if isinstance(step.node, ast.Expr) else None
    return step.path(value) is not None if value is not None else False


def _constructs(value: ast.AST | None, step: Step) -> bool:
    """Whether an expression makes an object of a class of the scope, or has it build the graph."""
    if not isinstance(value, ast.Call):
        return False
    if isinstance(value.func, ast.Name):
        return value.func.id in step.names.instances.values()
    path = step.path(value.func)
    classes = {*step.names.instances.values(), step.names.cls}
    return path is not None and path.partition(".")[0] in classes and not value.args


def _lists(node: ast.stmt, facts: Facts) -> bool:
    """Whether a statement lists variables."""
    return any(is_list_of_variables(each, facts) for each in ast.walk(node))


def _head_kind(step: Step, scope: Scope, stages: Stages) -> tuple[Kind, Stage]:
    """What becomes of the head of a block."""
    if isinstance(step.node, ast.With):
        roles = reading.item_roles(step.node, scope.facts)
        if all(role in reading.GONE or role in reading.CONTEXTS for role in roles):
            return Kind.DROPPED, Stage.HOST
    for part in heads(step):
        if any(True for _ in scope.facts.run_calls(part)):
            return Kind.KEPT, Stage.HOST
        if stages.of(part) is Stage.STAGED:
            raise Unliftable(step.node, "a loop or condition over what the graph computes")
    return Kind.KEPT, Stage.HOST


def stage_of_statement(node: ast.stmt, stages: Stages) -> Stage:
    """The stage of a statement; names that it binds inside are known to what follows in it."""
    if isinstance(node, (ast.If, ast.For, ast.While, ast.Try, ast.With)):
        result = Stage.HOST
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.stmt):
                stage = stage_of_statement(child, stages)
            elif isinstance(child, ast.ExceptHandler):
                stage = max(
                    (stage_of_statement(each, stages) for each in child.body), default=Stage.HOST
                )
            else:
                stage = stages.of(child)
                if isinstance(node, ast.For) and child is node.target:
                    continue
            if isinstance(node, ast.For) and child is node.iter:
                for each in ast.walk(node.target):
                    if isinstance(each, ast.Name):
                        stages.bound[stages.names.get(each.id, each.id)] = stage
            result = max(result, stage)
        return result
    stage = stages.join(ast.iter_child_nodes(node))
    if isinstance(node, ast.AugAssign):
        stage = stages.used(stage)
    for each in ast.walk(node):
        if isinstance(each, (ast.Name, ast.Attribute)) and isinstance(each.ctx, ast.Store):
            path = path_of(each)
            if path is not None:
                stages.bound[stages.names.get(path, path)] = stage
    return stage


def _only_initializes(value: ast.AST | None, scope: Scope, step: Step) -> bool:
    """Whether an expression is a group, list or tuple of initializers."""
    if value is None:
        return False
    if isinstance(value, ast.Call):
        role = scope.facts.role(value)
        if role is Role.GROUP and value.args:
            return all(_only_initializes(each, scope, step) for each in value.args)
        return role is Role.INITIALIZE
    if isinstance(value, (ast.List, ast.Tuple)):
        return bool(value.elts) and all(_only_initializes(each, scope, step) for each in value.elts)
    if scope.facts.role(value) is Role.INITIALIZER_PROPERTY:
        return True
    return step.path(value) in scope.initializers


def _initializes(node: ast.stmt, scope: Scope, step: Step) -> bool:
    """Whether a statement does nothing but run initializers."""
    value = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(value, ast.Call):
        return False
    role = scope.facts.role(value)
    if role is Role.OPERATION_RUN and isinstance(value.func, ast.Attribute):
        return _only_initializes(value.func.value, scope, step)
    return role is Role.RUN and bool(value.args) and _only_initializes(value.args[0], scope, step)
