"""What calls that make variables say: whether that is all they do, and how they do it."""

from __future__ import annotations

import ast

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Stage
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.stages import Stages

MAKES = frozenset(
    {
        Role.VARIABLE,
        Role.GET_VARIABLE,
        Role.VARIABLE_SCOPE,
        Role.NAME_SCOPE,
        Role.DEVICE,
        Role.RANDOM,
    }
)
"""What a function that only makes a variable may use."""
_INITIAL = ("initializer", "regularizer")


def reuses(call: ast.Call) -> bool:
    """Whether a call says that it uses variables again, or computes whether it does."""
    given = [each.value for each in call.keywords if each.arg in ("reuse", "reuse_variables")]
    return bool(given) and not (isinstance(given[0], ast.Constant) and not given[0].value)


def is_maker(call: ast.Call, facts: Facts, stages: Stages) -> bool:
    """Whether a function only makes variables, as ``weight_variable(shape)`` does."""
    helper = facts.called(call)
    if helper is None or not helper.makes_state or facts.appended(helper.node):
        return False
    if stages.call(call) is Stage.STATE:
        return True
    return helper.roles <= MAKES and facts.instance(call) == "tf.Variable"


def alike(first: str | None, second: str) -> bool:
    """Whether two constructors make the same, but for the initial values of its variables."""
    if first is None or first == second:
        return True
    trees = []
    for text in (first, second):
        tree = ast.parse(text)
        for each in ast.walk(tree):
            if isinstance(each, ast.Call):
                each.keywords = [
                    k
                    for k in each.keywords
                    if k.arg != "name" and not (k.arg or "").endswith(_INITIAL)
                ]
        trees.append(ast.dump(tree))
    return trees[0] == trees[1]


def untrained(call: ast.Call) -> bool:
    """Whether a variable is made not to be trained."""
    return any(
        each.arg == "trainable"
        and isinstance(each.value, ast.Constant)
        and each.value.value is False
        for each in call.keywords
    )
