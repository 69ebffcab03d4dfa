"""The forms that the split of a layer function can take: one function for each.

Every function takes a job and gives the split, or raises ``Refusal``.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from tfmigrate.transforms.bound import call_text
from tfmigrate.transforms.layer_make import Job, arranged, destination, escaped, make, requoted
from tfmigrate.transforms.layer_model import Creation, LayerCall
from tfmigrate.transforms.layer_values import Arg, Refusal, changed, frees, from_text

_SIZES = {"pool_size": "ksize", "strides": "strides"}
_FROZEN = "Keras normalizes with the moving averages where `trainable` is False"
_EAGER = "the moving averages are updated by the call, not by operations of a collection"
_FUSED = (
    "the moving variance is that of the batch; the fused kernel of TensorFlow 1 multiplied it by "
    "n / (n - 1), with n values a channel"
)
_LAYER_NORM = "tf.keras.layers.LayerNormalization"


def plain(job: Job) -> LayerCall:
    """A Keras layer, made once and called on the input."""
    made = make(job)
    call = f"{{{job.first}}}({job.input})"
    return replace(scoped(job), creations=(made.creation,), call=call, notes=made.notes)


def object_(job: Job) -> LayerCall:
    """The constructor of a layer object; the program calls it itself."""
    norm = job.row.make.endswith("BatchNormalization")
    if norm and is_frozen(job):
        raise Refusal(_FROZEN)
    made = make(job)
    seeded = made.creation.stateful or job.row.make.endswith("Dropout")
    creation = replace(made.creation, stateful=seeded)
    call = f"{{{job.first}}}"
    return replace(scoped(job), creations=(creation,), call=call, updates=norm, notes=made.notes)


def op(job: Job) -> LayerCall:
    """An operation without state."""
    pairs, notes, seen = dict[str, str](), list[str](), set[str]()
    positional = set[str]()
    for name, arg in job.given.items():
        new = destination(job.row, name, arg, notes)
        if new and new != "name":
            pairs[new] = escaped(arg.text)
            positional |= {new} if name in job.positional else set()
        seen.add(new)
    pairs |= {new: text for new, text in job.row.add.items() if new not in seen}
    row = replace(job.row, make=job.row.op)
    written = arranged(replace(job, row=row), pairs, positional)
    call = call_text(job.reading.spell(job.row.op), [("", job.input), *written])
    return replace(scoped(job), call=call, notes=tuple(notes))


def pool(job: Job) -> LayerCall:
    """Pooling, an operation; the Keras layer where the data format is computed."""
    given = job.arg("data_format")
    if given is not None and not isinstance(given.literal, str):
        return plain(job)
    padding = job.given.get("padding") or from_text(job.row.add["padding"], job.reading)
    word = padding.literal
    if isinstance(word, str):
        text = requoted(padding.text, word.upper())
    else:
        text = f"{padding.operand}.upper()"
    pairs = [("", job.input)]
    for name, new in _SIZES.items():
        stands, size = _size(job, name)
        keyed = not stands or bool(pairs[-1][0])
        pairs.append((new if keyed else "", escaped(size)))
    pairs.append(("padding", escaped(text)))
    if given is not None and (name := _op_format(job.row.op, str(given.literal))):
        pairs.append(("data_format", requoted(given.text, name)))
    return replace(scoped(job), call=call_text(job.reading.spell(job.row.op), pairs))


def _size(job: Job, name: str) -> tuple[bool, str]:
    """The window or the stride of a pooling operation, and whether it may stand by itself."""
    for old, arg in job.given.items():
        if job.row.args.get(old, old) == name:
            return old in job.positional, arg.text
    if name not in job.row.add:
        raise Refusal(f"`{name}` is not given")
    return False, job.row.add[name]


def _op_format(function: str, word: str) -> str:
    """The data format of an operation; none for channels last."""
    if not word.startswith(("NC", "channels_first")):
        return ""
    return {"1": "NCW", "2": "NCHW", "3": "NCDHW"}[function[-2]]


def dropout(job: Job) -> LayerCall:
    """Dropout: nothing, an operation, or a layer that is told when it trains."""
    certain, training = training_of(job)
    if certain is False:
        off = () if training else ("without `training` nothing was dropped",)
        return replace(scoped(job), call=job.operand, notes=off)
    rate = _rate(job)
    keys = ("noise_shape", "seed")
    rest = [(name, escaped(arg.text)) for name in keys if (arg := job.arg(name)) is not None]
    share = escaped(rate.text)
    if certain is not True:
        loose = isinstance(rate.node, (ast.IfExp, ast.Lambda))
        share = f"{escaped(rate.operand if loose else rate.text)} if {training} else 0.0"
    pairs = [("", job.input), ("rate", share), *rest]
    written = call_text(job.reading.spell("tf.nn.dropout"), pairs)
    shape = job.arg("noise_shape")
    if certain is True or (shape is not None and shape.literal is ...):
        return replace(scoped(job), call=written)
    kept = job.without("rate", "keep_prob").given
    positional = job.positional | {"rate"} if "keep_prob" in job.positional else job.positional
    made = make(replace(job, given={"rate": rate, **kept}, positional=positional))
    return replace(
        scoped(job),
        creations=(replace(made.creation, stateful=True),),
        call=f"{{{job.first}}}({job.input}, training={training})",
        training=training,
        plain=written,
        notes=made.notes,
    )


def _rate(job: Job) -> Arg:
    """The share that is dropped."""
    keep = job.given.get("keep_prob")
    if keep is None:
        return job.given.get("rate") or from_text("0.5", job.reading)
    return from_text(changed("1 - {}", keep), job.reading)


def batch_norm(job: Job) -> LayerCall:
    """Batch normalization, which is told when it trains, and what `activation_fn` adds."""
    certain, training = training_of(job)
    if is_frozen(job) and certain is not False:
        raise Refusal(_FROZEN)
    notes = () if certain is False or not _fused(job) else (_FUSED,)
    if job.arg("updates_collections") is not None:
        notes = (*notes, _EAGER)
    made = make(_unpacked(_axed(job.without("activation_fn", "updates_collections"))))
    told = f", training={training}" if training else ""
    found = replace(
        scoped(job),
        creations=(made.creation,),
        call=f"{{{job.first}}}({job.input}{told})",
        training=training or None,
        updates=certain is not False,
        notes=(*made.notes, *notes),
    )
    return activated(job, found)


def _fused(job: Job) -> bool:
    """Whether TensorFlow 1 took the fused kernel, or may have."""
    arg = job.arg("fused")
    ranks = (None, 2, 4) if job.row.contrib else (None, 4)
    return (arg is None or arg.literal is not False) and job.inputs.rank in ranks


def _unpacked(job: Job) -> Job:
    """The initializers and regularizers that contrib takes in a dict, as arguments."""
    for name in ("param_initializers", "param_regularizers"):
        arg = job.arg(name)
        job = job.without(name)
        if arg is None:
            continue
        parts = entries(arg)
        if parts is None:
            raise Refusal(f"`{name}` is not written out as a dict")
        kind = name.removeprefix("param").removesuffix("s")
        job = replace(job, given={**job.given, **{key + kind: each for key, each in parts.items()}})
    return job


def entries(arg: Arg) -> dict[str, Arg] | None:
    """The entries of a dict display, or of ``dict(a=1)``; None for anything else."""
    node = arg.resolved().node
    if isinstance(node, ast.Dict):
        keys = [None if key is None else arg.at(key).literal for key in node.keys]
        if all(isinstance(key, str) for key in keys):
            return {str(key): arg.at(each) for key, each in zip(keys, node.values, strict=True)}
        return None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return None
    if node.func.id != "dict" or node.args or not all(each.arg for each in node.keywords):
        return None
    return {str(each.arg): arg.at(each.value) for each in node.keywords}


def layer_norm(job: Job) -> LayerCall:
    """Layer normalization over all axes but the batch, with weights for the last one.

    Group normalization with one group is just that, at any rank; at rank 2, or where only the last
    axis is normalized, so is a Keras ``LayerNormalization``.
    """
    begin, params = (_axis(job, name) for name in ("begin_norm_axis", "begin_params_axis"))
    job = job.without("begin_norm_axis", "begin_params_axis")
    rank = job.inputs.rank
    last = (-1,) if rank is None else (-1, rank - 1)
    if params not in (None, *last):
        raise Refusal("`begin_params_axis` is not the last axis")
    if begin not in (None, 1, *last):
        raise Refusal("`begin_norm_axis` is neither 1 nor the last axis")
    if begin in last or rank == 2:
        job = replace(job, row=replace(job.row, make=_LAYER_NORM))
    else:
        job = job.adding(groups="1")
    return _normalized(job)


def _axis(job: Job, name: str) -> object:
    """A literal axis; None if it is left out."""
    arg = job.given.get(name)
    if arg is not None and arg.literal is ...:
        raise Refusal(f"`{name}` is not a literal")
    return None if arg is None else arg.literal


def group_norm(job: Job) -> LayerCall:
    """Group and instance normalization."""
    axes = job.arg("reduction_axes")
    if axes is not None:
        given = axes.literal
        if not isinstance(given, (list, tuple)) or sorted(given) not in ([-3, -2], [1, 2]):
            raise Refusal("`reduction_axes` are not the two axes of an image")
    return _normalized(_unpacked(_axed(job.without("reduction_axes", "mean_close_to_zero"))))


def _axed(job: Job) -> Job:
    """The data format of a normalization, which Keras asks for as an axis."""
    arg = job.arg("data_format")
    if arg is None:
        return job.without("data_format")
    if not isinstance(arg.literal, str):
        raise Refusal("`data_format` is not a literal")
    first = arg.literal.startswith("NC")
    return (job.adding(axis="1") if first else job).without("data_format")


def _normalized(job: Job) -> LayerCall:
    """A normalization that does not ask whether it trains, and its activation."""
    return activated(job, plain(job.without("activation_fn")))


def activated(job: Job, found: LayerCall) -> LayerCall:
    """What an activation makes of the output of a layer.

    What may be None is left to a Keras layer, which then does nothing.
    """
    arg = job.given.get("activation_fn")
    if arg is None and "activation" in job.row.add:
        arg = from_text(job.row.add["activation"], job.reading)
    if arg is None or arg.literal is None:
        return found
    word = arg.literal
    if isinstance(word, str):
        return replace(found, call=f"{job.reading.spell(f'tf.nn.{word}')}({found.call})")
    known = arg.resolved()
    if isinstance(known.node, (ast.Lambda, ast.Call)) or known.symbol is not None:
        return replace(found, call=f"{escaped(arg.operand)}({found.call})")
    creation = Creation(
        "activation",
        call_text(job.reading.spell("tf.keras.layers.Activation"), [("", arg.text)]),
        frees([arg.node]),
        weights=False,
        stateful=False,
    )
    number = job.first + len(found.creations)
    creations = (*found.creations, creation)
    return replace(found, creations=creations, call=f"{{{number}}}({found.call})")


def training_of(job: Job) -> tuple[object, str]:
    """Whether a call trains, as far as it is literal, and the text to pass on, if any."""
    for name in job.row.call:
        arg = job.given.get(name)
        if arg is not None:
            certain = arg.literal
            return bool(certain) if isinstance(certain, int) else certain, escaped(arg.text)
    return job.row.trains, "True" if job.row.trains else ""


def is_frozen(job: Job) -> bool:
    """Whether the weights may be kept from training."""
    arg = job.given.get("trainable")
    return arg is not None and arg.literal is not True


def scoped(job: Job) -> LayerCall:
    """An empty split that says what the call says of its scope."""
    scope = job.arg("name") or job.arg("scope")
    reuse = job.given.get("reuse")
    shared = reuse is not None and reuse.literal not in (None, False)
    if shared and scope is not None and scope.literal is ...:
        raise Refusal("`reuse` with a computed name")
    return LayerCall(
        (),
        "",
        scope=None if scope is None else scope.text,
        reuse=reuse.text if reuse is not None and shared else None,
    )
