"""``tf.make_template``: a function whose variables are made once, as a scope that reuses them."""

from __future__ import annotations

import ast

from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.writing import Action, Piece, Source, write

_TEMPLATE = "tf.make_template"


def written_out(text: str, facts: Facts) -> str | None:
    """Each call of a template as a call of its function in a scope; None if there are none."""
    for node in facts.nodes:
        call = node.value if isinstance(node, ast.Assign) and len(node.targets) == 1 else None
        if not isinstance(call, ast.Call) or facts.symbol(call.func) != _TEMPLATE:
            continue
        assert isinstance(node, ast.Assign)
        (target,) = node.targets
        if isinstance(target, ast.Name) and len(call.args) == 2:
            changed = _write(text, facts, node, target.id, call)
            if changed is not None:
                return changed
    return None


def _write(text: str, facts: Facts, made: ast.Assign, name: str, call: ast.Call) -> str | None:
    """One template written out; None if it is used other than by calling it."""
    scope, function = call.args
    if not isinstance(function, ast.Name) or function.id not in facts.functions:
        return None

    def source(node: ast.AST) -> str:
        return ast.get_source_segment(text, node) or ast.unparse(node)

    ignored = {"create_scope_now_", "unique_name_", "custom_getter_"}
    extra = [
        f"{each.arg}={source(each.value)}" for each in call.keywords if each.arg not in ignored
    ]
    root = source(call.func).rpartition(".")[0]
    head = f"with {root}.variable_scope({source(scope)}, reuse={root}.AUTO_REUSE):"
    replaced: dict[ast.expr, str] = {}
    actions: dict[ast.stmt, Action] = {made: Action(removed=True)}
    seen = 0
    for statement in facts.nodes:
        if not isinstance(statement, (ast.Assign, ast.Expr)):
            continue
        for each in ast.walk(statement):
            if not isinstance(each, ast.Call) or not isinstance(each.func, ast.Name):
                continue
            if each.func.id != name:
                continue
            seen += 1
            given = [source(a) for a in (*each.args, *each.keywords)] + extra
            replaced[each] = f"{function.id}({', '.join(given)})"
            actions[statement] = Action(
                removed=True, pieces=[Piece(text=head, inner=[Piece(node=statement)])]
            )
    loads = [
        each
        for each in facts.nodes
        if isinstance(each, ast.Name) and each.id == name and isinstance(each.ctx, ast.Load)
    ]
    return write(Source(text), replaced, actions) if seen and seen == len(loads) else None
