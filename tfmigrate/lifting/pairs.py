"""Lists of gradients and variables of which only the variables are used.

``[(total, gv[1]) for total, gv in zip(totals, gvs)]`` needs no gradient: to apply what was
accumulated TensorFlow 1 had to be fed nothing. So it is said of the list of variables.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.roles import Role
from tfmigrate.lifting.writing import Source, write

_COMPUTE = ("loss", "var_list")
_Comprehension = ast.ListComp | ast.GeneratorExp | ast.SetComp


def only_variables(text: str, facts: Facts) -> str | None:
    """Have comprehensions that use only the variables of pairs run over variables.

    None if there are none.
    """
    listed = dict(_listed(text, facts))
    replaced: dict[ast.expr, str] = {}
    for node in facts.nodes:
        if isinstance(node, _Comprehension):
            for generator in node.generators:
                replaced.update(_changed(node, generator, listed))
    return write(Source(text), replaced, {}) if replaced else None


def _listed(text: str, facts: Facts) -> Iterator[tuple[str, str]]:
    """The names of lists of pairs that are bound once, and the lists of their variables."""
    bound: dict[str, int] = {}
    for node in facts.nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound[node.id] = bound.get(node.id, 0) + 1
    for node in facts.nodes:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        value = node.value
        if not isinstance(value, ast.Call) or facts.role(value) is not Role.COMPUTE_GRADIENTS:
            continue
        name = node.targets[0].id
        try:
            variables = arguments(value, _COMPUTE).get("var_list")
        except Unliftable:
            continue
        root = ast.get_source_segment(text, value.func) or ""
        module = _module(facts, root)
        listing = ast.get_source_segment(text, variables) if variables is not None else module
        if bound.get(name) == 1 and listing:
            yield name, listing


def _module(facts: Facts, root: str) -> str:
    """How this file calls the list of all trainable variables."""
    for node in facts.tree.body:
        if isinstance(node, ast.Import):
            for each in node.names:
                if each.name in ("tensorflow", "tensorflow.compat.v1") and (
                    each.asname or each.name == "tensorflow"
                ):
                    return f"{each.asname or each.name}.trainable_variables()"
    return ""


def _changed(
    node: _Comprehension, generator: ast.comprehension, listed: dict[str, str]
) -> dict[ast.expr, str]:
    """What changes if one generator of a comprehension is to run over variables."""
    found = _source(generator.iter, generator.target, listed)
    if found is None:
        return {}
    source, target = found
    result: dict[ast.expr, str] = {source: listed[source.id]}
    everything = [
        node.elt,
        *generator.ifs,
        *(g.iter for g in node.generators if g is not generator),
    ]
    uses = [each for part in everything for each in ast.walk(part)]
    if isinstance(target, ast.Tuple) and len(target.elts) == 2:
        gradient, variable = target.elts
        if not isinstance(gradient, ast.Name) or not isinstance(variable, ast.Name):
            return {}
        if any(isinstance(each, ast.Name) and each.id == gradient.id for each in uses):
            return {}
        return {**result, target: variable.id}
    if not isinstance(target, ast.Name):
        return {}
    items = {
        each.value: each
        for each in uses
        if isinstance(each, ast.Subscript)
        and isinstance(each.value, ast.Name)
        and each.value.id == target.id
        and isinstance(each.slice, ast.Constant)
        and each.slice.value == 1
    }
    if any(
        isinstance(each, ast.Name) and each.id == target.id and each not in items for each in uses
    ):
        return {}
    return {**result, **dict.fromkeys(items.values(), target.id)} if items else {}


def _source(
    node: ast.expr, target: ast.expr, listed: dict[str, str]
) -> tuple[ast.Name, ast.expr] | None:
    """The list of pairs that a generator runs over, and what each pair is bound to."""
    if isinstance(node, ast.Name):
        return (node, target) if node.id in listed else None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return None
    if not isinstance(target, ast.Tuple):
        return None
    if node.func.id == "enumerate" and len(node.args) == 1 and len(target.elts) == 2:
        return _source(node.args[0], target.elts[1], listed)
    if node.func.id == "zip" and len(node.args) == len(target.elts):
        for each, inner in zip(node.args, target.elts, strict=True):
            if isinstance(each, ast.Name) and each.id in listed:
                return each, inner
    return None
