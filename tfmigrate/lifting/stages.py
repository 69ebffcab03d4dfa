"""Binding times: what is there before the graph runs, and what each run computes anew."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from tfmigrate.lifting import feeds
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Naming, Stage
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import makes_feed, path_of, uses

_MADE_ONCE = frozenset(
    {
        Role.VARIABLE,
        Role.GET_VARIABLE,
        Role.GLOBAL_STEP,
        Role.OPTIMIZER,
        Role.CELL,
        Role.LAYER_OBJECT,
        Role.VARIABLES,
        Role.MOVING_AVERAGE,
        Role.AVERAGE,
        Role.SAVER,
        Role.WRITER,
    }
)
_EACH_RUN = frozenset(
    {
        Role.PLACEHOLDER,
        Role.LAYER,
        Role.RECURRENT,
        Role.MINIMIZE,
        Role.COMPUTE_GRADIENTS,
        Role.APPLY_GRADIENTS,
        Role.GRADIENTS,
        Role.SCHEDULE,
        Role.ASSIGN,
        Role.AVERAGE_APPLY,
        Role.RANDOM,
        Role.GROUP,
        Role.SUMMARY,
        Role.MERGE,
        Role.NEXT,
        Role.QUEUE,
        Role.LOSSES,
        Role.UPDATES,
    }
)
_PYTHON = frozenset(
    {
        Role.RUN,
        Role.EVAL,
        Role.OPERATION_RUN,
        Role.SESSION,
        Role.CONFIG,
        Role.GRAPH,
        Role.SAVER_CALL,
    }
)
_MUTATES = frozenset(
    {Role.MINIMIZE, Role.APPLY_GRADIENTS, Role.ASSIGN, Role.AVERAGE_APPLY, Role.SAVER}
)
OF_CELLS = frozenset({Role.CELL, Role.VARIABLE_SCOPE, Role.NAME_SCOPE, Role.DEVICE})
"""What a function that only makes a cell may use."""
_STATIC = frozenset({"shape", "get_shape", "name", "dtype", "op", "device", "ndims", "rank"})


class Stages:
    """The stage of each expression of a scope, given those of the names so far.

    ``bound`` maps paths to stages and grows as statements are read.
    """

    def __init__(self, facts: Facts, bound: Mapping[str, Stage] | None = None) -> None:
        self.facts = facts
        self.bound: dict[str, Stage] = dict(bound or {})
        self.names = Naming()
        self.given: dict[str, dict[str, Stage]] = {}
        # of functions that TensorFlow calls: the stages of their parameters
        # where nothing trains or assigns, a variable has its initial value for good
        self.mutable = any(role in _MUTATES for _, role in facts.roles_below(facts.tree))

    def is_path(self, node: ast.AST) -> bool:
        """Whether an expression is a name, or an attribute of one."""
        return path_of(node) is not None

    def is_tensor(self, node: ast.AST) -> bool:
        """Whether an expression is a tensor, of each run or a state to begin with."""
        return self.is_staged(node) or self.of(node) is Stage.FIXED

    def is_staged(self, node: ast.AST) -> bool:
        """Whether each run computes an expression anew."""
        return self.of(node) is Stage.STAGED

    def used(self, stage: Stage) -> Stage:
        """The stage of the value of something: a variable that may change is read at each run."""
        if stage is Stage.STATE:
            return Stage.STAGED if self.mutable else Stage.FIXED
        return stage

    def join(self, nodes: Iterable[ast.AST | None]) -> Stage:
        """The latest stage of some expressions."""
        return max((self.of(each) for each in nodes if each is not None), default=Stage.HOST)

    def of(self, node: ast.AST) -> Stage:
        """The stage of an expression."""
        path = path_of(node)
        known = self.bound.get(self.names.get(path, path)) if path is not None else None
        if known is not None or isinstance(node, ast.Name):
            return Stage.HOST if known is None else known
        if isinstance(node, ast.Call):
            return self.call(node)
        if isinstance(node, ast.Attribute):
            return self.attribute(node)
        if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp)):
            return self.used(self.join(ast.iter_child_nodes(node)))
        if isinstance(node, ast.Subscript):
            stage = max(self.of(node.value), self.of(node.slice))
            variable = self.facts.instance(node.value) == "tf.Variable"
            return self.used(stage) if variable else stage
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            return self.comprehension(node)
        if isinstance(node, ast.Lambda):
            return self.of(node.body)
        if isinstance(node, ast.Dict) and feeds.holds_feeds(node, self):
            return Stage.HOST
        return self.join(ast.iter_child_nodes(node))

    def attribute(self, node: ast.Attribute) -> Stage:
        """The stage of ``x.attr``; what a variable or layer says of itself is Python's."""
        if self.facts.symbol(node) is not None and self.facts.instance(node) is None:
            stage = self.of(node.value)
            return stage if stage is Stage.STAGED else Stage.HOST
        stage = self.of(node.value)
        return Stage.HOST if stage is not Stage.STAGED and node.attr in _STATIC else stage

    def comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> Stage:
        """The stage of a comprehension: its variables are as late as what they run over."""
        before = dict(self.bound)
        for generator in node.generators:
            stage = self.of(generator.iter)
            for each in ast.walk(generator.target):
                if isinstance(each, ast.Name):
                    self.bound[each.id] = stage
        stage = self.join(ast.iter_child_nodes(node))
        self.bound = before
        return stage

    def call(self, node: ast.Call) -> Stage:
        """The stage of what a call returns."""
        role = self.facts.role(node)
        if role in _PYTHON:
            return Stage.HOST
        if role in _MADE_ONCE:
            return Stage.STATE
        if role is Role.SCHEDULE and self.scheduled(node):
            return Stage.STATE
        if role in _EACH_RUN:
            return Stage.STAGED
        given = [*node.args, *(each.value for each in node.keywords)]
        symbol = self.facts.symbol(node.func)
        if symbol is not None and symbol.startswith(("tf.data.", "tf.contrib.data.")):
            # what is done with each element is no part of the graph that runs
            given = [each for each in given if not isinstance(each, ast.Lambda)]
        arguments = self.join(given)
        if role is Role.CELL_STATE:
            return max(arguments, Stage.FIXED)
        helper = self.facts.called(node)
        if helper is not None and (helper.runs or makes_feed(helper.node)):
            return Stage.HOST
        if helper is not None:
            return self.helper(node, arguments)
        if symbol is None:
            return max(arguments, self.used(self.of(node.func)))
        owner = Stage.HOST
        if isinstance(node.func, ast.Attribute):
            owner = self.of(node.func.value)
            if owner is Stage.STATE and node.func.attr in _STATIC:
                return Stage.HOST
        stage = self.used(max(arguments, owner))
        tensor = self.facts.instance(node) in ("tf.Tensor", "tf.Operation")
        return max(stage, Stage.FIXED) if tensor else stage

    def scheduled(self, node: ast.Call) -> bool:
        """Whether a learning-rate schedule depends on variables at most: it is an object then."""
        paths = (self.names.get(each, each) for each in uses(node).reads)
        return all(self.bound.get(each, Stage.HOST) is not Stage.STAGED for each in paths)

    def helper(self, node: ast.Call, arguments: Stage) -> Stage:
        """The stage of what a function of the file returns."""
        helper = self.facts.called(node)
        assert helper is not None
        free = (self.names.get(each, each) for each in helper.free)
        around = max((self.bound.get(each, Stage.HOST) for each in free), default=Stage.HOST)
        if self.facts.instance(node) == "tf.nn.rnn_cell.RNNCell" and helper.roles <= OF_CELLS:
            return Stage.STATE
        if feeds.only_feeds(helper.node, self):
            return Stage.HOST
        if helper.makes_state and self.facts.appended(helper.node):
            return Stage.STAGED
        if helper.makes_state:
            made = self.facts.instance(node) == "tf.Variable" or not helper.roles & _EACH_RUN
            return (
                Stage.STATE if made and max(arguments, around) is not Stage.STAGED else Stage.STAGED
            )
        if helper.roles & _EACH_RUN:
            return Stage.STAGED
        stage = max(arguments, around)
        return max(self.used(stage), Stage.FIXED) if helper.tensorflow else stage
