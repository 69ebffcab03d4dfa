"""Layers on top of each other in one call: normalizers, ``repeat`` and ``stack``."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from tfmigrate.transforms import layer_forms, layer_rows
from tfmigrate.transforms.bound import call_text
from tfmigrate.transforms.layer_forms import activated, entries, plain
from tfmigrate.transforms.layer_make import Defaults, Job, escaped, is_variable, requoted
from tfmigrate.transforms.layer_model import Inputs, LayerCall
from tfmigrate.transforms.layer_values import (
    Arg,
    Reading,
    Refusal,
    bind,
    canonical,
    from_text,
)

Parts: TypeAlias = "tuple[dict[str, Arg], list[list[Arg]], dict[str, Arg]]"
"""Of ``repeat`` or ``stack``: its own arguments, those of each layer, those of all layers."""

_PARTIAL = ("activation_fn",)
"""What ``slim.relu`` and its like pass themselves, so that no scope has a say in it."""
_BIAS = "bias_initializer"
_NORMALIZER = "`normalizer_fn` is not a function of `tf.contrib.layers`"


def job_for(
    symbol: str,
    given: Mapping[str, Arg],
    positional: frozenset[str],
    reading: Reading,
    defaults: Defaults,
) -> Job:
    """The job of a call to ``symbol``: what is given, and the defaults of the scopes around it.

    Raises:
        Refusal: the symbol is no layer function, or one that is not split.
    """
    row = layer_rows.load().get(symbol)
    if row is None:
        raise Refusal("it is not a layer function that is known")
    if row.form == "refused":
        raise Refusal(row.reason)
    every = dict(given)
    scoped = defaults.get(row.scoped or symbol, {})
    for name, value in scoped.items():
        if row.scoped and name in _PARTIAL:
            continue
        found = from_text(value, reading) if isinstance(value, str) else Arg(value, reading)
        every.setdefault(name, found)
    return Job(row, every, reading, positional=positional, defaults=defaults)


def run(job: Job) -> LayerCall:
    """Split by the form of the function."""
    return FORMS[job.row.form](job)


def call_job(call: ast.Call, symbol: str, reading: Reading, defaults: Defaults) -> Job:
    """The job of a call in the program.

    Raises:
        Refusal: the symbol is no layer function, or its arguments are hidden.
    """
    key = canonical(symbol, reading.context)
    names = parameters(key, reading)
    given = bind(call, names, reading)
    positional = frozenset(names[: len(call.args)])
    job = job_for(key, given, positional, reading, defaults)
    unknown = [name for name in given if name not in names and name not in ("dtype", *_PRIVATE)]
    if unknown:
        raise Refusal(f"`{unknown[0]}` is not a parameter of it")
    if job.row.form == "object":
        return job
    source = job.given.get(job.row.inputs)
    if source is None:
        raise Refusal("the input is not given")
    return replace(job, input=escaped(source.text))


_PRIVATE = ("_scope", "_reuse")


def parameters(symbol: str, reading: Reading) -> tuple[str, ...]:
    """The names of the parameters of a function on TensorFlow 1.15."""
    atlas = reading.context.atlas
    signature = atlas.signature(symbol, atlas.releases[0])
    if signature is None:
        raise Refusal("its parameters are not known")
    return signature.names


def contrib(job: Job) -> LayerCall:
    """A layer of contrib: its weights, a normalizer or a bias, the activation."""
    normalizer = job.arg("normalizer_fn")
    params = job.arg("normalizer_params")
    inner = job.without("normalizer_fn", "normalizer_params")
    to = job.row.args
    biases = [old for old in job.given if to.get(old, "").startswith("bias_")]
    if normalizer is not None:
        rest = inner.without("activation_fn", *biases)
        kept = {key: text for key, text in rest.row.add.items() if key != "activation"}
        below = plain(replace(rest, row=replace(rest.row, add=kept)).adding(use_bias="False"))
        return activated(job, normalized(job, below, normalizer, params))
    bias = next((inner.given[old] for old in biases if to[old] == _BIAS), None)
    if bias is not None and bias.literal is None:
        inner = inner.without(*biases).adding(use_bias="False")
    elif bias is not None and (is_variable(bias) or isinstance(bias.node, ast.IfExp)):
        inner = inner.adding(use_bias=f"{bias.operand} is not None")
    return plain(inner)


def normalized(job: Job, below: LayerCall, normalizer: Arg, params: Arg | None) -> LayerCall:
    """What a normalizer makes of the output of a layer."""
    given = entries(params) if params is not None else {}
    if given is None:
        raise Refusal("`normalizer_params` are not written out as a dict")
    function = normalizer.resolved()
    node = function.node
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("partial") and node.args:
        named = {each.arg: function.at(each.value) for each in node.keywords if each.arg}
        if len(node.args) == 1 and len(named) == len(node.keywords):
            given = {**named, **given}
            function = function.at(node.args[0])
    symbol = function.symbol
    if symbol is None or not symbol.startswith("tf.contrib.layers."):
        raise Refusal(_NORMALIZER)
    outer = job_for(symbol, given, frozenset(), job.reading, job.defaults)
    first = job.first + len(below.creations)
    above = run(replace(outer, input=below.call, inputs=job.inputs, first=first))
    name = f"{below.creations[0].name}_norm"
    creations = (replace(above.creations[0], name=name), *above.creations[1:])
    return joined(below, replace(above, creations=creations))


def joined(below: LayerCall, above: LayerCall) -> LayerCall:
    """Two splits, of which the one above has the call of the one below in its own."""
    return replace(
        below,
        creations=(*below.creations, *above.creations),
        call=above.call,
        training=below.training or above.training,
        updates=below.updates or above.updates,
        notes=tuple(dict.fromkeys((*below.notes, *above.notes))),
    )


def separable(job: Job) -> LayerCall:
    """A separable convolution, or only its first half where there are no outputs."""
    outputs = job.given.get("num_outputs")
    half = outputs is not None and outputs.literal is None
    given = dict(job.given)
    pointwise = given.pop("pointwise_initializer", None)
    for new in ("initializer", "regularizer"):
        arg = given.pop(f"weights_{new}", None)
        if arg is not None:
            given[f"depthwise_{new}"] = arg
            if not half:
                given[f"pointwise_{new}"] = arg
    if half:
        row = replace(job.row, make="tf.keras.layers.DepthwiseConv2D", leading=("kernel_size",))
        given.pop("num_outputs")
        return contrib(replace(job, row=row, given=given))
    if pointwise is not None and pointwise.literal is not None:
        given["pointwise_initializer"] = pointwise
    return contrib(replace(job, given=given))


def split_call(
    call: ast.Call, symbol: str, reading: Reading, defaults: Defaults, inputs: Inputs
) -> LayerCall:
    """Split one call.

    Raises:
        Refusal: why it cannot be.
    """
    key = canonical(symbol, reading.context)
    row = layer_rows.load().get(key)
    if row is not None and row.form in ("repeat", "stack"):
        return _STACKS[row.form](call, reading, defaults)
    return run(replace(call_job(call, symbol, reading, defaults), inputs=inputs))


def unrolled(call: ast.Call, symbol: str, reading: Reading) -> str:
    """``repeat`` or ``stack`` of a function of the program, as calls of that function.

    Raises:
        Refusal: how often it is called, or under which scope, is not written out.
    """
    row = layer_rows.load().get(canonical(symbol, reading.context))
    if row is None or row.form not in ("repeat", "stack"):
        raise Refusal("it is neither `repeat` nor `stack`")
    own, several, rest = (repeated if row.form == "repeat" else stacked)(call, reading)
    scope = rest.pop("scope", None)
    word = scope.literal if scope is not None else None
    if scope is None or not isinstance(word, str):
        raise Refusal("`scope` is not written out")
    text = own["inputs"].text
    for number, arguments in enumerate(several, 1):
        last = word.rpartition("/")[2]
        name = requoted(scope.text, f"{word}/{last}_{number}")
        pairs = [("", text), *(("", each.text) for each in arguments)]
        pairs += [*((key, each.text) for key, each in rest.items()), ("scope", name)]
        text = call_text(own["layer"].operand, pairs)
    return text


def repeat(call: ast.Call, reading: Reading, defaults: Defaults) -> LayerCall:
    """``repeat(x, 3, conv2d, 64, [3, 3])``: as many layers, each on the output of the last."""
    return piled(*repeated(call, reading), reading, defaults)


def stack(call: ast.Call, reading: Reading, defaults: Defaults) -> LayerCall:
    """``stack(x, fully_connected, [32, 64])``: a layer for each, on the output of the last."""
    return piled(*stacked(call, reading), reading, defaults)


def repeated(call: ast.Call, reading: Reading) -> Parts:
    """The parts of a ``repeat``."""
    given, more, rest = spread(call, ("inputs", "repetitions", "layer"), reading)
    count = given["repetitions"].resolved().literal
    if not isinstance(count, int) or count < 1:
        raise Refusal("`repetitions` is not a literal")
    return given, [more] * count, rest


def stacked(call: ast.Call, reading: Reading) -> Parts:
    """The parts of a ``stack``."""
    given, more, rest = spread(call, ("inputs", "layer", "stack_args"), reading)
    rows = given["stack_args"].resolved()
    if more or not isinstance(rows.node, (ast.List, ast.Tuple)) or not rows.node.elts:
        raise Refusal("`stack_args` are not written out")
    several = [
        [rows.at(part) for part in each.elts]
        if isinstance(each, (ast.List, ast.Tuple))
        else [rows.at(each)]
        for each in rows.node.elts
    ]
    return given, several, rest


def spread(
    call: ast.Call, names: Sequence[str], reading: Reading
) -> tuple[dict[str, Arg], list[Arg], dict[str, Arg]]:
    """The arguments of ``repeat`` or ``stack``: its own, and those of the layer."""
    own = bind(ast.Call(call.func, call.args[: len(names)], call.keywords), names, reading)
    rest = {name: own.pop(name) for name in list(own) if name not in names}
    missing = [name for name in names if name not in own]
    if missing:
        raise Refusal(f"`{missing[0]}` is not given")
    more = [Arg(node, reading) for node in call.args[len(names) :]]
    if any(isinstance(each.node, ast.Starred) for each in more):
        raise Refusal("arguments are passed with `*`")
    return own, more, rest


def piled(
    own: Mapping[str, Arg],
    several: Sequence[Sequence[Arg]],
    rest: Mapping[str, Arg],
    reading: Reading,
    defaults: Defaults,
) -> LayerCall:
    """One layer function applied again and again."""
    symbol = own["layer"].symbol
    if symbol is None:
        raise Refusal("the layer is a function of the program")
    names = parameters(symbol, reading)[1:]
    scope = rest.get("scope")
    word = scope.literal if scope is not None else None
    common = {name: arg for name, arg in rest.items() if name != "scope"}
    found = LayerCall((), escaped(own["inputs"].text))
    for number, arguments in enumerate(several, 1):
        given = {**dict(zip(names, arguments, strict=False)), **common}
        if isinstance(word, str):
            last = word.rpartition("/")[2]
            given["scope"] = from_text(f'"{last}_{number}"', reading)
        positional = frozenset(names[: len(arguments)])
        job = job_for(symbol, given, positional, reading, defaults)
        job = replace(job, input=found.call, first=len(found.creations))
        found = joined(found, numbered(run(job), None if isinstance(word, str) else number))
    return replace(found, scope=None if scope is None else scope.text)


def numbered(found: LayerCall, number: int | None) -> LayerCall:
    """A split whose objects have a number in their names."""
    if number is None:
        return found
    creations = (replace(each, name=f"{each.name}_{number}") for each in found.creations)
    return replace(found, creations=tuple(creations))


FORMS: Mapping[str, Callable[[Job], LayerCall]] = {
    "layer": plain,
    "object": layer_forms.object_,
    "op": layer_forms.op,
    "pool": layer_forms.pool,
    "dropout": layer_forms.dropout,
    "batch-norm": layer_forms.batch_norm,
    "layer-norm": layer_forms.layer_norm,
    "group-norm": layer_forms.group_norm,
    "contrib": contrib,
    "separable": separable,
}
_STACKS = {"repeat": repeat, "stack": stack}
