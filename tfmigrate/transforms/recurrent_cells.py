"""Cells of TensorFlow 1 as Keras cells, from the call of a constructor to text.

The function of a cell is the same, given the same weights: one kernel for ``[input, state]`` with
the gates i, j, f, o is split into two with i, f, c, o; a GRU's r, u and candidate become z, r, h.
What is not in Keras (peepholes, projections, dropout at each step) is support code. All of it was
measured, 1.15.5 against 2.21.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from tfmigrate.names import plain
from tfmigrate.transforms.bound import call_text
from tfmigrate.transforms.layer_values import Arg, Reading, Refusal, bind, canonical, frees, value
from tfmigrate.transforms.recurrent_model import CellCall, Kind

_CELLS = "tf.nn.rnn_cell."
_CONTRIB = "tf.contrib.rnn."
_LAYERS = "tf.keras.layers."
_INDEPENDENT = frozenset(
    {
        "tf.constant_initializer",
        "tf.ones_initializer",
        "tf.random_normal_initializer",
        "tf.random_uniform_initializer",
        "tf.truncated_normal_initializer",
        "tf.zeros_initializer",
    }
)
"""Initializers that draw each number by itself: two kernels are as good as one."""
_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    f"{_CELLS}DropoutWrapper": (
        "cell",
        "input_keep_prob",
        "output_keep_prob",
        "state_keep_prob",
        "variational_recurrent",
        "input_size",
        "dtype",
        "seed",
        "dropout_state_filter_visitor",
    ),
    f"{_CELLS}ResidualWrapper": ("cell", "residual_fn"),
    f"{_CELLS}DeviceWrapper": ("cell", "device"),
}
"""Of the classes whose constructors take anything."""
_INHERITED = ("trainable", "name", "dtype")
_DEEP = 12

Pair = tuple[str, str]


@dataclass(slots=True)
class _Job:
    """One constructor call to write, and what comes up on the way."""

    symbol: str
    given: dict[str, Arg]
    reading: Reading
    scope: ast.expr | None
    support: list[str] = field(default_factory=list)
    keep_probs: list[tuple[str, ast.expr]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def arg(self, name: str) -> Arg | None:
        """An argument that is given and is not None."""
        found = self.given.get(name)
        return None if found is None or found.literal is None else found

    @property
    def around(self) -> Arg | None:
        """The initializer of the variable scope."""
        return None if self.scope is None else Arg(self.scope, self.reading)

    def need(self, name: str) -> Arg:
        """An argument that has to be there."""
        found = self.given.get(name)
        if found is None:
            raise Refusal(f"`{name}` is not given")
        return found

    def is_literal(self, name: str, *values: object) -> bool:
        """Whether an argument is left out, or one of some literals."""
        found = self.given.get(name)
        return found is None or any(found.literal is each for each in values)

    def refuse_unless(self, name: str, why: str, *values: object) -> None:
        """Refuse an argument that is none of some literals."""
        if not self.is_literal(name, *values):
            raise Refusal(f"`{name}`: {why}")

    def kept(self, *names: str) -> list[Pair]:
        """Some arguments as they are, where they are given."""
        return [(name, arg.text) for name in names if (arg := self.arg(name)) is not None]

    def inner(self) -> CellCall:
        """The cell that this one wraps."""
        made = expression(self.need("cell"), self.scope)
        self.support += made.support
        self.keep_probs += made.keep_probs
        self.notes += made.notes
        return made

    def made(self, function: str, pairs: Iterable[Pair], kind: Kind, layer: str = "") -> CellCall:
        """The result: a call of ``function``."""
        arguments = tuple(pairs)
        return CellCall(
            call_text(function, arguments),
            kind,
            layer,
            arguments,
            tuple(self.keep_probs),
            frees(arg.node for arg in self.given.values()),
            tuple(dict.fromkeys(self.support)),
            tuple(dict.fromkeys(self.notes)),
        )


def cell(
    call: ast.Call, symbol: str, reading: Reading, initializer: ast.expr | None = None
) -> CellCall:
    """The Keras cell for the constructor call of a TensorFlow 1 cell.

    ``initializer`` is the one that the variable scope around it gives to kernels.

    Raises:
        Refusal: the cell, or an argument of it, has no counterpart.
    """
    name = canonical(plain(symbol), reading.context)
    maker = _MAKERS.get(name)
    if maker is None:
        row = reading.context.catalogue.row(name)
        raise Refusal(row.note.removesuffix(".") if row and row.note else "Keras has no such cell")
    names = _PARAMETERS.get(name) or _signature(name, reading)
    given = bind(call, names, reading)
    strange = sorted(set(given) - set(names) - set(_INHERITED))
    if strange:
        raise Refusal(f"`{strange[0]}` is not one of its parameters")
    if "reuse" in given and given["reuse"].literal is True:
        raise Refusal("`reuse`: variables are shared by calling the same cell again")
    return maker(_Job(name, given, reading, initializer))


def expression(arg: Arg, initializer: ast.expr | None = None) -> CellCall:
    """An expression for a cell, or for a list of cells, with the constructors in it rewritten.

    Raises:
        Refusal: a constructor in it has no counterpart.
    """
    node, reading = arg.node, arg.reading
    symbol = called(node, reading)
    if symbol is not None and isinstance(node, ast.Call):
        return cell(node, symbol, reading, initializer)
    text, end = arg.text, 0
    support, keep_probs, notes = list[str](), list[tuple[str, ast.expr]](), list[str]()
    for each in _outermost(node, reading):
        made = expression(arg.at(each), initializer)
        old = arg.at(each).text
        start = text.find(old, end)
        if start < 0:
            raise Refusal("a cell is made in an expression that cannot be taken apart")
        text = text[:start] + made.constructor + text[start + len(old) :]
        end = start + len(made.constructor)
        support += made.support
        keep_probs += made.keep_probs
        notes += made.notes
    return CellCall(
        text,
        kind_of(arg),
        keep_probs=tuple(keep_probs),
        frees=frees([node]),
        support=tuple(dict.fromkeys(support)),
        notes=tuple(dict.fromkeys(notes)),
    )


def kind_of(arg: Arg, depth: int = 0) -> Kind:
    """What the state of a cell is, as far as the program shows how it is made."""
    node = arg.node
    if depth > _DEEP:
        return Kind.UNKNOWN
    symbol = called(node, arg.reading)
    if symbol is not None and isinstance(node, ast.Call):
        given = {each.arg: arg.at(each.value) for each in node.keywords}
        known = _KINDS.get(symbol)
        if known is Kind.PAIR and "state_is_tuple" in given:
            return Kind.PAIR if given["state_is_tuple"].literal is True else Kind.JOINED
        if known is not None:
            return known
        inner = given.get("cell") or (arg.at(node.args[0]) if node.args else None)
        return Kind.UNKNOWN if inner is None else kind_of(inner, depth + 1)
    if isinstance(node, ast.IfExp):
        kinds = {kind_of(arg.at(each), depth + 1) for each in (node.body, node.orelse)}
        return kinds.pop() if len(kinds) == 1 else Kind.UNKNOWN
    found = arg.reading.value(node)
    return Kind.UNKNOWN if found is None else kind_of(arg.at(found), depth + 1)


def called(node: ast.expr, reading: Reading) -> str | None:
    """The symbol of the cell that an expression makes; None if it is anything else."""
    symbol = reading.symbol(node.func) if isinstance(node, ast.Call) else None
    if symbol is None:
        return None
    name = canonical(plain(symbol), reading.context)
    return name if name in _MAKERS or name.startswith((_CELLS, _CONTRIB)) else None


def _outermost(node: ast.AST, reading: Reading) -> Iterator[ast.Call]:
    """The calls below an expression that make cells, those inside of others left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call) and called(child, reading) is not None:
            yield child
        else:
            yield from _outermost(child, reading)


def _signature(name: str, reading: Reading) -> tuple[str, ...]:
    """The names of a constructor's parameters on TensorFlow 1.15."""
    atlas = reading.context.atlas
    signature = atlas.signature(name, atlas.releases[0])
    if signature is None:
        raise Refusal("its parameters are not known")
    return signature.names


# ---------------------------------------------------------------------------- plain cells


def _basic(job: _Job) -> CellCall:
    pairs = [("", job.need("num_units").text), *job.kept("activation")]
    pairs += _kernels(job, None, "(1,), (0,)")
    return _keras(job, "SimpleRNN", pairs, Kind.SINGLE)


def _lstm(job: _Job) -> CellCall:
    arg = job.arg("state_is_tuple")
    kind = Kind.PAIR if arg is None or arg.literal is True else Kind.JOINED
    peepholes = "use_peephole" if "use_peephole" in job.given else "use_peepholes"
    if not (
        job.is_literal(peepholes, False, None)
        and job.arg("cell_clip") is None
        and job.arg("num_proj") is None
    ):
        return _full_lstm(job, peepholes, kind)
    pairs = [("", job.need("num_units").text), *job.kept("activation")]
    pairs += _kernels(job, job.arg("initializer"), "")
    forget = job.arg("forget_bias")
    if job.symbol.endswith("CudnnCompatibleLSTMCell") or (forget and forget.literal in (0, 0.0)):
        pairs.append(("unit_forget_bias", "False"))
    elif forget is not None and forget.literal != 1.0:
        job.support.append("forget_gate_bias")
        pairs.append(("unit_forget_bias", "False"))
        pairs.append(("bias_initializer", f"forget_gate_bias({forget.text})"))
    return _keras(job, "LSTM", pairs, kind)


def _full_lstm(job: _Job, peepholes: str, kind: Kind) -> CellCall:
    """What Keras' LSTM cell cannot do."""
    if kind is Kind.JOINED:
        raise Refusal("`state_is_tuple`: a state in one tensor is not known to such a cell")
    pairs = [("", job.need("num_units").text)]
    pairs += [("use_peepholes", arg.text) for arg in [job.arg(peepholes)] if arg is not None]
    pairs += job.kept("cell_clip", "num_proj", "proj_clip", "forget_bias", "activation")
    initializer = job.arg("initializer") or job.around
    if initializer is not None:
        pairs.append(("initializer", value(initializer)))
    job.support.append("full_lstm_cell")
    return job.made("FullLSTMCell", [*pairs, *job.kept(*_INHERITED)], Kind.PAIR)


def _gru(job: _Job) -> CellCall:
    units = job.arg("cell_size") or job.need("num_units")
    pairs = [("", units.text), *job.kept("activation"), ("reset_after", "False")]
    pairs += _kernels(job, job.arg("kernel_initializer"), "(2, 1), (1, 0, 2)")
    bias = job.arg("bias_initializer")
    if bias is None:
        job.support.append("gate_bias")
    pairs.append(("bias_initializer", "gate_bias" if bias is None else value(bias)))
    return _keras(job, "GRU", pairs, Kind.SINGLE)


def _layer_norm_lstm(job: _Job) -> CellCall:
    if job.around is not None:
        raise Refusal("its kernel was drawn by the initializer of the scope")
    names = ("forget_bias", "activation", "layer_norm", "norm_gain", "norm_shift")
    pairs = [("", job.need("num_units").text), *job.kept(*names, "dropout_keep_prob")]
    keep = job.arg("dropout_keep_prob")
    if keep is not None:
        job.keep_probs.append(("dropout_keep_prob", keep.node))
    job.support.append("layer_norm_lstm_cell")
    return job.made("LayerNormLSTMCell", pairs, Kind.PAIR)


def _keras(job: _Job, name: str, pairs: list[Pair], kind: Kind) -> CellCall:
    """A cell that Keras has."""
    pairs = [*pairs, *job.kept(*_INHERITED)]
    function = job.reading.spell(f"{_LAYERS}{name}Cell")
    pairs.sort(key=lambda pair: pair[1].startswith("**") or bool(pair[0]))
    return job.made(function, pairs, kind, f"{_LAYERS}{name}")


def _kernels(job: _Job, own: Arg | None, gates: str) -> list[Pair]:
    """The initializers of both kernels; none where TensorFlow 1 had its default."""
    arg = own or job.around
    if arg is None:
        return []
    text = value(arg)
    if _is_independent(arg):
        return [("kernel_initializer", text), ("recurrent_initializer", text)]
    job.support.append("joint_kernels")
    return [("", f"**joint_kernels({', '.join(each for each in (text, gates) if each)})")]


def _is_independent(arg: Arg) -> bool:
    """Whether an initializer draws each number by itself, and anew for each variable."""
    node = arg.node
    if not isinstance(node, ast.Call):
        return False
    symbol = arg.at(node.func).symbol
    if symbol not in _INDEPENDENT:
        return False
    if symbol == "tf.constant_initializer":
        first = node.args[:1] or [each.value for each in node.keywords if each.arg == "value"]
        return all(isinstance(arg.at(each).literal, (int, float)) for each in first)
    return len(node.args) < 3 and all(each.arg != "seed" for each in node.keywords)


# ---------------------------------------------------------------------------- wrappers


def _dropout(job: _Job) -> CellCall:
    made = job.inner()
    job.refuse_unless("variational_recurrent", "one mask for all steps", False)
    job.refuse_unless("dropout_state_filter_visitor", "a filter of one's own", None)
    pairs: list[Pair] = []
    for name in ("input_keep_prob", "output_keep_prob", "state_keep_prob"):
        arg = job.arg(name)
        if arg is None or (arg.literal is not ... and arg.literal == 1):
            continue
        if name == "state_keep_prob" and made.kind in (Kind.STACK, Kind.UNKNOWN):
            raise Refusal("`state_keep_prob`: the state of several cells")
        job.keep_probs.append((name, arg.node))
        pairs.append((name, arg.text))
    if not pairs:
        return made
    job.support.append("dropout_wrapper")
    return job.made("DropoutWrapper", [("", made.constructor), *pairs], made.kind)


def _residual(job: _Job) -> CellCall:
    made = job.inner()
    job.support.append("residual_wrapper")
    pairs = [("", made.constructor), *job.kept("residual_fn")]
    return job.made("ResidualWrapper", pairs, made.kind)


def _device(job: _Job) -> CellCall:
    made = job.inner()
    return replace(made, notes=(*made.notes, "`DeviceWrapper`: TensorFlow places the cell"))


def _before(job: _Job) -> CellCall:
    made = job.inner()
    return _projection(job, made, "before", job.need("num_proj"))


def _after(job: _Job) -> CellCall:
    made = job.inner()
    return _projection(job, made, "after", job.need("output_size"))


def _projection(job: _Job, made: CellCall, place: str, units: Arg) -> CellCall:
    dense = [("", units.text), *job.kept("activation")]
    if job.around is not None:
        dense.append(("kernel_initializer", value(job.around)))
    text = call_text(job.reading.spell(f"{_LAYERS}Dense"), dense)
    job.support.append("projection_wrapper")
    return job.made("ProjectionWrapper", [("", made.constructor), (place, text)], made.kind)


def _stack(job: _Job) -> CellCall:
    job.refuse_unless("state_is_tuple", "a state in one tensor", True)
    arg = job.need("cells")
    made = expression(arg, job.scope)
    job.support += made.support
    job.keep_probs += made.keep_probs
    job.notes += made.notes
    function = job.reading.spell(f"{_LAYERS}StackedRNNCells")
    return job.made(function, [("", made.constructor)], Kind.STACK)


Maker = Callable[[_Job], CellCall]

_MAKERS: Mapping[str, Maker] = {
    f"{_CELLS}BasicLSTMCell": _lstm,
    f"{_CELLS}BasicRNNCell": _basic,
    f"{_CELLS}DeviceWrapper": _device,
    f"{_CELLS}DropoutWrapper": _dropout,
    f"{_CELLS}GRUCell": _gru,
    f"{_CELLS}LSTMCell": _lstm,
    f"{_CELLS}MultiRNNCell": _stack,
    f"{_CELLS}ResidualWrapper": _residual,
    f"{_CONTRIB}GRUBlockCell": _gru,
    f"{_CONTRIB}GRUBlockCellV2": _gru,
    f"{_CONTRIB}InputProjectionWrapper": _before,
    f"{_CONTRIB}LSTMBlockCell": _lstm,
    f"{_CONTRIB}LayerNormBasicLSTMCell": _layer_norm_lstm,
    f"{_CONTRIB}OutputProjectionWrapper": _after,
    "tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell": _lstm,
}
_KINDS: Mapping[str, Kind] = {
    f"{_CELLS}BasicLSTMCell": Kind.PAIR,
    f"{_CELLS}BasicRNNCell": Kind.SINGLE,
    f"{_CELLS}GRUCell": Kind.SINGLE,
    f"{_CELLS}LSTMCell": Kind.PAIR,
    f"{_CELLS}MultiRNNCell": Kind.STACK,
    f"{_CONTRIB}GRUBlockCell": Kind.SINGLE,
    f"{_CONTRIB}GRUBlockCellV2": Kind.SINGLE,
    f"{_CONTRIB}LSTMBlockCell": Kind.PAIR,
    f"{_CONTRIB}LayerNormBasicLSTMCell": Kind.PAIR,
    "tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell": Kind.PAIR,
}
"""Wrappers have the state of what they wrap."""
