"""Lists of variables: ``tf.trainable_variables()`` and collections, by what there is to list."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Step, Unliftable
from tfmigrate.lifting.roles import Role

_MAKERS = frozenset({Role.VARIABLE, Role.GET_VARIABLE})
_SLOTS = frozenset({Role.MINIMIZE, Role.APPLY_GRADIENTS, Role.GLOBAL_STEP, Role.AVERAGE_APPLY})
_TRAINABLE = "tf.GraphKeys.TRAINABLE_VARIABLES"
_GLOBAL = frozenset({"tf.GraphKeys.GLOBAL_VARIABLES", "tf.GraphKeys.MODEL_VARIABLES"})
_LISTS_ALL = frozenset({"tf.global_variables", "tf.all_variables", "tf.model_variables"})


def is_list_of_variables(node: ast.AST | None, facts: Facts) -> bool:
    """Whether an expression is a list of the trainable variables, of all or of one scope.

    A list of all variables counts as one; see :func:`lists_all`.
    """
    if not isinstance(node, ast.Call):
        return False
    if facts.symbol(node.func) == "tf.trainable_variables" or lists_all(node, facts):
        return True
    key = _key(node, facts)
    return key is not None and (
        facts.symbol(key) == _TRAINABLE
        or (isinstance(key, ast.Constant) and key.value == "trainable_variables")
    )


def lists_all(node: ast.AST, facts: Facts) -> bool:
    """Whether an expression lists variables that are not trained, too."""
    if not isinstance(node, ast.Call):
        return False
    if facts.symbol(node.func) in _LISTS_ALL:
        return True
    key = _key(node, facts)
    return key is not None and (
        facts.symbol(key) in _GLOBAL or (isinstance(key, ast.Constant) and key.value == "variables")
    )


def _key(call: ast.Call, facts: Facts) -> ast.expr | None:
    """The key of the collection that a call asks for."""
    if facts.role(call) is not Role.COLLECTION:
        return None
    named = (each.value for each in call.keywords if each.arg == "key")
    return call.args[0] if call.args else next(named, None)


def check_all(call: ast.Call, before: Iterable[Step], facts: Facts) -> None:
    """Make sure that all variables are the trained ones where a list of all is asked for.

    Raises:
        Unliftable: there are others: counters, moving averages, slots of optimizers.
    """
    for step in before:
        for node, role in facts.roles_below(step.node):
            symbol = facts.symbol(node.func) if isinstance(node, ast.Call) else ""
            others = role in _SLOTS or "batch_norm" in (symbol or "").lower()
            if role in _MAKERS and isinstance(node, ast.Call):
                flags = [each.value for each in node.keywords if each.arg == "trainable"]
                others = others or any(
                    isinstance(each, ast.Constant) and each.value is False for each in flags
                )
            if others:
                raise Unliftable(call, "a list of all variables, some of which are not trained")


def lists_variables(node: ast.AST, facts: Facts) -> bool:
    """Whether a statement binds a list of trainable variables."""
    value = getattr(node, "value", None)
    found = filter_of(value) if value is not None else None
    return found is not None or is_list_of_variables(value, facts)


def scope_of(call: ast.Call, facts: Facts) -> str | None:
    """The scope that a list of variables is limited to; None if it has all of them.

    Raises:
        Unliftable: which scope it is, only the running program knows.
    """
    names = ("key", "scope") if facts.role(call) is Role.COLLECTION else ("scope",)
    scope = arguments(call, names).get("scope")
    if scope is None:
        return None
    if isinstance(scope, ast.Constant) and isinstance(scope.value, str):
        return scope.value
    raise Unliftable(call, "the variables of a scope whose name is computed")


def filter_of(node: ast.AST) -> tuple[ast.expr, str, bool] | None:
    """``[v for v in xs if "gen" in v.name]``: the list, the text, and whether names begin so."""
    if not isinstance(node, ast.ListComp) or len(node.generators) != 1:
        return None
    generator = node.generators[0]
    target = generator.target
    if not isinstance(target, ast.Name) or len(generator.ifs) != 1:
        return None
    if not (isinstance(node.elt, ast.Name) and node.elt.id == target.id):
        return None
    test = generator.ifs[0]
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.In):
        text, name, begins = test.left, test.comparators[0], False
    elif (
        isinstance(test, ast.Call)
        and isinstance(test.func, ast.Attribute)
        and test.func.attr == "startswith"
        and len(test.args) == 1
    ):
        text, name, begins = test.args[0], test.func.value, True
    else:
        return None
    named = (
        isinstance(name, ast.Attribute)
        and name.attr == "name"
        and isinstance(name.value, ast.Name)
        and name.value.id == target.id
    )
    if not named or not isinstance(text, ast.Constant) or not isinstance(text.value, str):
        return None
    return generator.iter, text.value, begins


def listed(
    weights: Iterable[tuple[str, str]], scope: str | None, *, anywhere: bool, node: ast.AST
) -> str:
    """The list of what is trained in a scope.

    Args:
        weights: the scope of each thing that is trained, and how it stands in a list.
        scope: what the names begin with, or have anywhere in them; None for all.
        anywhere: whether the text may stand anywhere in a name.
        node: where this is asked.

    Raises:
        Unliftable: nothing is known to be in that scope.
    """
    found = [
        text
        for where, text in weights
        if scope is None or f"{where}/".startswith(scope) or (anywhere and scope in f"{where}/")
    ]
    if not found:
        raise Unliftable(node, "the variables of a scope in which none are known to be made")
    if len(found) == 1 and found[0].startswith("*") and not found[0].startswith("*("):
        return found[0][1:]
    return f"[{', '.join(found)}]"
