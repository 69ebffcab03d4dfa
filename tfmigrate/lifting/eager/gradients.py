"""Functions of ``tf.contrib.eager`` that make functions of gradients: written out with a tape."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from tfmigrate.lifting.eager.reading import Reader, flat, indented, plain_parameters
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
    if len(call.args) != 1 or call.keywords:
        raise Unliftable(call, "gradients by some of the arguments only")
    statement = reader.simple(call)
    made = _function(call.args[0], reader)
    whole = isinstance(statement, ast.Assign) and statement.value is call
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if isinstance(statement, ast.Assign) and whole and isinstance(target, ast.Name):
        if target.id in made.names:
            raise Unliftable(call, f"`{target.id}` is the function and its gradients")
        end = reader.source.end(statement)
        if reader.source.text[end : reader.source.line_end(end)].strip():
            raise Unliftable(call, "a comment stands behind it")
        lines = _lines(target.id, symbol, made, call, reader)
        before, after = reader.apart(statement)
        text = indented([*[""] * before, *lines], reader.indent(statement))
        start = reader.source.line_start(reader.source.start(statement))
        reader.pieces.append((start, end, text[:-1] + "\n" * after))
        return
    name = reader.fresh(call, _NAMES[symbol])
    lines = _lines(name, symbol, made, call, reader)
    before, _ = reader.apart(statement)
    after = 2 if statement in reader.tree.body else 1
    reader.lines_before(statement, [*[""] * before, *lines, *[""] * after])
    reader.replace(call, name)


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
    name: str, symbol: str, made: _Function, call: ast.Call, reader: Reader
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
    if made.parameters is not None and len(made.parameters) == 1:
        (only,) = made.parameters
        listed, sources = only, f"[{only}]"
        convert = f"    {only} = {tf}.convert_to_tensor({only})"
    elif made.parameters:
        listed = ", ".join(made.parameters)
        sources = f"[{listed}]"
        convert = f"    {listed} = map({tf}.convert_to_tensor, {sources})"
    else:
        listed, sources = "*args, **kwargs", "args"
        convert = f"    args = [{tf}.convert_to_tensor(each) for each in args]"
    found = f"{tape}.gradient({value}, {sources})"
    return [
        f"def {name}({listed}):",
        convert,
        f"    {head}",
        f"        {tape}.watch({sources})",
        f"        {value} = {made.value}",
        f"    return {value}, {found}" if both else f"    return {found}",
    ]
