"""Functions of ``tf.contrib.eager`` that make functions of gradients: written out with a tape."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from tfmigrate.lifting.eager.reading import Reader, arguments, flat, indented, plain_parameters
from tfmigrate.lifting.model import Unliftable

_NAMES = {
    "tf.contrib.eager.implicit_gradients": "gradients",
    "tf.contrib.eager.implicit_value_and_gradients": "value_and_gradients",
    "tf.contrib.eager.gradients_function": "gradients",
    "tf.contrib.eager.value_and_gradients_function": "value_and_gradients",
}


@dataclass(frozen=True)
class _Function:
    """What is differentiated: its parameters, None if unknown, and the text of its value."""

    parameters: list[str] | None
    value: str
    names: frozenset[str]


def functions(reader: Reader) -> None:
    """``grad = tfe.implicit_gradients(loss)`` and its relatives."""
    for call, symbol in reader.calls():
        if symbol in _NAMES:
            _write(call, symbol, reader)
    for node in reader.facts.nodes:
        for each in getattr(node, "decorator_list", ()):
            if reader.symbol(each) in _NAMES:
                raise Unliftable(each, "gradients as a decorator")


def _write(call: ast.Call, symbol: str, reader: Reader) -> None:
    """One function of gradients."""
    chosen = _chosen(call, symbol)
    statement = reader.simple(call)
    made = _function(call.args[0], reader)
    whole = isinstance(statement, ast.Assign) and statement.value is call
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if isinstance(statement, ast.Assign) and whole and isinstance(target, ast.Name):
        if target.id in made.names:
            raise Unliftable(call, f"`{target.id}` is the function and its gradients")
        _check_rebound(call.args[0], target.id, statement, reader)
        end = reader.source.end(statement)
        if reader.source.text[end : reader.source.line_end(end)].strip():
            raise Unliftable(call, "a comment stands behind it")
        lines = _lines(target.id, symbol, made, chosen, call, reader)
        before, after = reader.apart(statement)
        text = indented([*[""] * before, *reader.shaped(lines)], reader.indent(statement))
        start = reader.source.line_start(reader.source.start(statement))
        reader.pieces.append((start, end, text[:-1] + "\n" * after))
        return
    _check_rebound(call.args[0], "", statement, reader)
    name = reader.fresh(call, _NAMES[symbol])
    lines = _lines(name, symbol, made, chosen, call, reader)
    before, _ = reader.apart(statement)
    after = 2 if statement in reader.tree.body else 1
    reader.lines_before(statement, [*[""] * before, *lines, *[""] * after])
    reader.replace(call, name)


def _chosen(call: ast.Call, symbol: str) -> list[int] | None:
    """The places of the arguments to differentiate by; None for all of them."""
    given = arguments(call, ("f", "params"))
    listed = given.get("params")
    if len(call.args) < 1 or (listed is not None and "implicit" in symbol):
        raise Unliftable(call, "what is differentiated?")
    if listed is None:
        return None
    places = listed.elts if isinstance(listed, (ast.List, ast.Tuple)) else [listed]
    found = [
        each.value
        for each in places
        if isinstance(each, ast.Constant) and isinstance(each.value, int)
    ]
    if not found or len(found) != len(places):
        raise Unliftable(call, "it is not plain by which arguments is differentiated")
    return found


def _check_rebound(node: ast.expr, target: str, statement: ast.stmt, reader: Reader) -> None:
    """Refuse a function whose name means something else when its gradients are asked for."""
    if not isinstance(node, ast.Name):
        return
    scope = reader.scope(node)
    names = [each for each in ast.walk(scope) if isinstance(each, ast.Name)]
    row = statement.lineno
    later = [
        each.lineno
        for each in names
        if each.id == node.id and isinstance(each.ctx, ast.Store) and each.lineno > row
    ]
    uses = [each.lineno for each in names if each.id == target and each.lineno > row]
    if later and (not target or max(uses, default=0) >= min(later)):
        raise Unliftable(node, f"`{node.id}` becomes something else later")


def _function(node: ast.expr, reader: Reader) -> _Function:
    """What is differentiated."""
    names = frozenset(each.id for each in ast.walk(node) if isinstance(each, ast.Name))
    if isinstance(node, ast.Lambda):
        parameters = plain_parameters(node.args)
        if parameters is None:
            raise Unliftable(node, "a lambda with optional parameters")
        return _Function(parameters, flat(reader.of(node.body)), names | set(parameters))
    if not isinstance(node, (ast.Name, ast.Attribute)):
        raise Unliftable(node, "it is not plain which function is differentiated")
    text = reader.of(node)
    known = reader.facts.functions.get(node.id) if isinstance(node, ast.Name) else None
    own = known is not None and not known.decorator_list and reader.scope(known) is reader.tree
    parameters = plain_parameters(known.args) if known is not None and own else None
    hidden = any(
        isinstance(each, ast.FunctionDef) and text in {arg.arg for arg in each.args.args}
        for each in reader.above(node)
    )
    if parameters is None or hidden:
        return _Function(None, f"{text}(*args, **kwargs)", names)
    return _Function(parameters, f"{text}({', '.join(parameters)})", names | set(parameters))


def _lines(
    name: str,
    symbol: str,
    made: _Function,
    chosen: list[int] | None,
    call: ast.Call,
    reader: Reader,
) -> Sequence[str]:
    """The function of the gradients."""
    taken = made.names
    tape, value, variables = (
        next(each for each in names if each not in taken)
        for names in (
            ("tape", "gradient_tape"),
            ("value", "result", "value_"),
            ("variables", "watched", "variables_"),
        )
    )
    both = "value_and_" in symbol
    tf = reader.spell("tf.GradientTape", call).removesuffix(".GradientTape")
    head = f"with {tf}.GradientTape() as {tape}:"
    if "implicit" in symbol:
        parameters = made.parameters
        listed = ", ".join(parameters) if parameters is not None else "*args, **kwargs"
        pairs = f"list(zip({tape}.gradient({value}, {variables}), {variables}))"
        return [
            f"def {name}({listed}):",
            f"    {head}",
            f"        {value} = {made.value}",
            f"    {variables} = {tape}.watched_variables()",
            f"    return {value}, {pairs}" if both else f"    return {pairs}",
        ]
    listed, sources, convert = _sources(made.parameters, chosen, call, tf)
    found = f"{tape}.gradient({value}, {sources})"
    return [
        f"def {name}({listed}):",
        *(f"    {line}" for line in convert),
        f"    {head}",
        f"        {tape}.watch({sources})",
        f"        {value} = {made.value}",
        f"    return {value}, {found}" if both else f"    return {found}",
    ]


def _sources(
    parameters: list[str] | None, chosen: list[int] | None, call: ast.Call, tf: str
) -> tuple[str, str, list[str]]:
    """The parameters of a function of gradients, what it differentiates by, made tensors of."""
    if parameters is None:
        if chosen is None:
            convert = [f"args = [{tf}.convert_to_tensor(each) for each in args]"]
            return "*args, **kwargs", "args", convert
        names = [f"args[{place}]" for place in chosen]
        convert = ["args = list(args)"]
        listed = "*args, **kwargs"
    else:
        if chosen is not None and max(chosen) >= len(parameters):
            raise Unliftable(call, "it has no such argument")
        names = parameters if chosen is None else [parameters[place] for place in chosen]
        convert, listed = [], ", ".join(parameters)
    if len(names) == 1 or parameters is None:
        convert += [f"{each} = {tf}.convert_to_tensor({each})" for each in names]
    else:
        joined = ", ".join(names)
        convert.append(f"{joined} = map({tf}.convert_to_tensor, [{joined}])")
    return listed, f"[{', '.join(names)}]", convert
