"""A ``model_fn`` read once for each mode: the statements that run, the spec that is returned."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from tfmigrate.lifting.estimator import api
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.steps import item_roles
from tfmigrate.lifting.uses import uses

_SCOPES = frozenset(
    {Role.VARIABLE_SCOPE, Role.NAME_SCOPE, Role.DEVICE, Role.CONTROL, Role.AS_DEFAULT}
)
_ONE_MODE = frozenset(
    {
        Role.OPTIMIZER,
        Role.MINIMIZE,
        Role.COMPUTE_GRADIENTS,
        Role.APPLY_GRADIENTS,
        Role.GRADIENTS,
        Role.SCHEDULE,
        Role.GLOBAL_STEP,
        Role.SUMMARY,
    }
)


class Mode(Enum):
    """What a ``model_fn`` is called for; the values are those of ``ModeKeys``."""

    TRAIN = "train"
    EVAL = "eval"
    PREDICT = "infer"


@dataclass(eq=False)
class Path:
    """What happens in one mode.

    ``statements`` are those that run, in order, scopes and conditions on the mode taken apart;
    ``spec`` are the arguments of the EstimatorSpec, ``node`` is its call.
    """

    mode: Mode
    statements: list[ast.stmt] = field(default_factory=list)
    spec: dict[str, ast.expr] = field(default_factory=dict)
    node: ast.AST | None = None


class Reader:
    """Reads a ``model_fn`` mode by mode.

    ``flags`` are the names that are bound to a condition on the mode, with its value by mode.
    """

    def __init__(self, node: ast.FunctionDef, facts: Facts) -> None:
        self.node = node
        self.facts = facts
        self.mode_name = "mode"
        self.flags: dict[str, dict[Mode, bool]] = {}
        self.flagged: set[ast.stmt] = set()
        self.labels = "labels"
        names = [each.arg for each in (*node.args.args, *node.args.kwonlyargs)]
        if len(names) > 1:
            self.labels = names[1]

    def path(self, mode: Mode) -> Path:
        """What happens in a mode.

        Raises:
            Unliftable: what is returned is no EstimatorSpec, or depends on more than the mode.
        """
        path = Path(mode)
        if not self.block(self.node.body, path):
            raise Unliftable(self.node, f"`{self.node.name}` does not return an EstimatorSpec")
        return path

    def block(self, body: Iterable[ast.stmt], path: Path) -> bool:
        """Read statements; whether they came to a return."""
        return any(self.statement(each, path) for each in body)

    def statement(self, node: ast.stmt, path: Path) -> bool:
        """Read one statement; whether it returns."""
        if isinstance(node, ast.Return):
            self.returned(node, path)
            return True
        if isinstance(node, ast.If):
            value = self.truth(node.test, path.mode)
            if value is not None and self.folds(node):
                return self.block(node.body if value else node.orelse, path)
        if isinstance(node, ast.With):
            roles = item_roles(node, self.facts)
            if all(role in _SCOPES for role in roles):
                return self.block(node.body, path)
        if isinstance(node, ast.Raise):
            raise Unliftable(node, "an exception for one of the modes")
        returns = any(isinstance(each, ast.Return) for each in ast.walk(node))
        if returns and not isinstance(node, ast.FunctionDef):
            raise Unliftable(node, "more than the mode decides what is returned")
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            self.assigned(node, node.targets[0], path.mode)
        if not _is_text(node):
            path.statements.append(node)
        return False

    def assigned(self, node: ast.Assign, target: ast.expr, mode: Mode) -> None:
        """Note a name that is given a condition on the mode."""
        value = self.truth(node.value, mode)
        if value is None or isinstance(node.value, ast.Constant):
            return
        if isinstance(target, ast.Name):
            values = {each: self.truth(node.value, each) for each in Mode}
            self.flags[target.id] = {k: v for k, v in values.items() if v is not None}
            self.flagged.add(node)

    def folds(self, node: ast.If) -> bool:
        """Whether a condition on the mode is decided here; others stay, as ``if training``."""
        if any(isinstance(each, (ast.Return, ast.Raise)) for each in ast.walk(node)):
            return True
        symbols = (self.facts.symbol(each) or "" for each in ast.walk(node))
        if any(each.startswith(("tf.metrics.", "tf.estimator.", "tf.train.")) for each in symbols):
            return True
        if {role for _, role in self.facts.roles_below(node)} & _ONE_MODE:
            return True
        inner = uses(*node.body, *node.orelse)
        return not self.is_training(node.test) or self.labels in inner.reads

    def is_training(self, test: ast.expr) -> bool:
        """Whether a condition is that on the training mode, or its opposite."""
        values = [self.truth(test, mode) for mode in (Mode.TRAIN, Mode.EVAL, Mode.PREDICT)]
        return values in ([True, False, False], [False, True, True])

    def returned(self, node: ast.Return, path: Path) -> None:
        """Take in what is returned."""
        value = node.value
        if isinstance(value, ast.Name):
            for each in reversed(path.statements):
                if isinstance(each, ast.Assign) and value.id in uses(each).writes:
                    path.statements.remove(each)
                    value = each.value
                    break
        if not isinstance(value, ast.Call) or api.symbol(value, self.facts) != api.SPEC:
            raise Unliftable(node, "what is returned is not an EstimatorSpec")
        path.node = value
        path.spec = api.given(value, api.SPEC)

    def truth(self, node: ast.expr, mode: Mode) -> bool | None:
        """The value of a condition in a mode; None if more than the mode decides."""
        if isinstance(node, ast.Constant) and isinstance(node.value, bool):
            return node.value
        if isinstance(node, ast.Name):
            return self.flags.get(node.id, {}).get(mode)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            value = self.truth(node.operand, mode)
            return None if value is None else not value
        if isinstance(node, ast.BoolOp):
            return self.joined(node, mode)
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            return self.compared(node, mode)
        return None

    def joined(self, node: ast.BoolOp, mode: Mode) -> bool | None:
        """The value of ``a and b``, ``a or b``."""
        values = [self.truth(each, mode) for each in node.values]
        decides = isinstance(node.op, ast.Or)
        if decides in values:
            return decides
        return None if None in values else not decides

    def compared(self, node: ast.Compare, mode: Mode) -> bool | None:
        """The value of ``mode == ModeKeys.TRAIN`` and the like."""
        left, right, operator = node.left, node.comparators[0], node.ops[0]
        if isinstance(right, ast.Name) and right.id == self.mode_name:
            left, right = right, left
        if not (isinstance(left, ast.Name) and left.id == self.mode_name):
            return None
        if isinstance(operator, (ast.In, ast.NotIn)):
            if not isinstance(right, (ast.Tuple, ast.List, ast.Set)):
                return None
            known = [self.constant(each) for each in right.elts]
            if None in known:
                return None
            return (mode.value in known) is isinstance(operator, ast.In)
        value = self.constant(right)
        if value is None or not isinstance(operator, (ast.Eq, ast.NotEq, ast.Is, ast.IsNot)):
            return None
        return (value == mode.value) is isinstance(operator, (ast.Eq, ast.Is))

    def constant(self, node: ast.expr) -> str | None:
        """The mode that an expression stands for."""
        if isinstance(node, ast.Constant) and node.value in ("train", "eval", "infer"):
            return str(node.value)
        return api.MODES.get(api.symbol(node, self.facts) or "")


def _is_text(node: ast.stmt) -> bool:
    """Whether a statement is a docstring, or any other bare constant."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
