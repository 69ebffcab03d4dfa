"""Regularization losses: of layers by ``layer.losses``, of variables by their terms.

TensorFlow 1 put what a regularizer says of a variable into a collection when the variable was made.
A Keras layer tells it by itself; for a variable the term is written out.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Kind, Step
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.uses import uses
from tfmigrate.lifting.writing import Piece, Source, write

if TYPE_CHECKING:
    from tfmigrate.lifting.scope import Scope

_KEY = "tf.GraphKeys.REGULARIZATION_LOSSES"
_ONE = "get_regularization_loss"
_SEVERAL = "get_regularization_losses"
_MAKES = frozenset({Role.LAYER, Role.GET_VARIABLE, Role.LAYER_OBJECT})


def canonical(text: str, facts: Facts) -> str | None:
    """``tf.get_collection(REGULARIZATION_LOSSES)`` as the function that means the same."""
    replaced: dict[ast.expr, str] = {}
    for node in facts.nodes:
        if not isinstance(node, ast.Call) or facts.role(node) is not Role.COLLECTION:
            continue
        if not (facts.symbol(node.func) or "").endswith(("get_collection", "get_collection_ref")):
            continue
        key = node.args[0] if len(node.args) == 1 and not node.keywords else None
        literal = isinstance(key, ast.Constant) and key.value == "regularization_losses"
        if key is not None and (facts.symbol(key) == _KEY or literal):
            root = ast.unparse(node.func).partition(".")[0]
            replaced[node] = f"{root}.losses.{_SEVERAL}()"
    return write(Source(text), replaced, {}) if replaced else None


def asks(node: ast.AST | None, facts: Facts) -> str | None:
    """Whether a call asks for regularization losses: for their sum, or for a list of them."""
    if not isinstance(node, ast.Call) or node.args or node.keywords:
        return None
    if facts.role(node) is not Role.LOSSES:
        return None
    last = (facts.symbol(node.func) or "").rpartition(".")[2]
    return last if last in (_ONE, _SEVERAL) else None


def mark(scope: Scope) -> None:
    """Let what asks for regularization losses depend on what is regularized before it."""
    for step in scope.steps:
        if any(asks(each, scope.facts) for each in scope.facts.below(step.node)):
            for other in scope.steps[: step.index]:
                if other.kind is Kind.STAGED and _regularizes(other, scope.facts):
                    step.reads |= other.writes


def _regularizes(step: Step, facts: Facts) -> bool:
    """Whether a statement makes something that may be regularized."""
    return any(role in _MAKES for _, role in facts.roles_below(step.node)) and any(
        isinstance(each, ast.keyword) and (each.arg or "").endswith("regularizer")
        for each in facts.nodes
    )


def written(kind: str, losses: list[str]) -> str:
    """What takes the place of a call that asks for regularization losses."""
    listed = f"[{', '.join(losses)}]"
    if len(losses) == 1 and losses[0].startswith("*") and not losses[0].startswith("*("):
        listed = losses[0][1:]
    if kind == _ONE:
        return f"tf.add_n({listed})" if losses else "0.0"
    return listed


def term(regularizer: str, variable: str, optional: bool) -> str:
    """The entry of a variable in a list of losses."""
    if optional:
        return f"*([{regularizer}({variable})] if {regularizer} is not None else [])"
    simple = regularizer.replace(".", "").replace("_", "").isalnum() or regularizer.endswith(")")
    return f"{regularizer}({variable})" if simple else f"({regularizer})({variable})"


def losses_property(losses: list[str], parameters: list[str]) -> tuple[Piece, list[str]]:
    """``losses`` of a class, and the parameters of its constructor that it reads."""
    text = f"[{', '.join(losses)}]"
    kept = [name for name in parameters if name in uses(ast.parse(text)).reads]
    for node in sorted(
        (e for e in ast.walk(ast.parse(text)) if isinstance(e, ast.Name) and e.id in kept),
        key=lambda e: e.col_offset,
        reverse=True,
    ):
        text = f"{text[: node.col_offset]}self.{text[node.col_offset :]}"
    returned = Piece(text=f"return {text}")
    return Piece(text="@property\ndef losses(self):", inner=[returned]), kept
