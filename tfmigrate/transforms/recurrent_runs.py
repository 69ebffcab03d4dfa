"""Runs of a cell over time as Keras layers and their calls: one function for each kind of run.

Keras returns outputs, ``h`` and ``c``, repeats the last output behind a sequence's end unless it
is told otherwise, and is batch-major; all of it was measured, 1.15.5 against 2.21.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tfmigrate.transforms import recurrent_cells as cells
from tfmigrate.transforms.bound import call_text
from tfmigrate.transforms.layer_make import escaped
from tfmigrate.transforms.layer_model import Creation
from tfmigrate.transforms.layer_values import Arg, Reading, Refusal, bind, frees
from tfmigrate.transforms.recurrent_model import STATE, TUPLE, CellCall, Kind, RunCall

_NAMES = {
    "tf.keras.layers.LSTM": "lstm",
    "tf.keras.layers.GRU": "gru",
    "tf.keras.layers.SimpleRNN": "rnn",
}
_SINGLE_PRECISION = frozenset({"tf.float32", "numpy.float32", "float", "float32"})
_DOUBLE = {"tf.float64": "float64", "numpy.float64": "float64", "tf.float16": "float16"}


@dataclass(slots=True)
class Run:
    """One call to write, and what comes up on the way."""

    given: dict[str, Arg]
    reading: Reading
    state: bool
    fold: bool
    initializer: ast.expr | None
    creations: list[Creation] = field(default_factory=list)
    temporaries: list[tuple[str, str]] = field(default_factory=list)
    folded: list[bool] = field(default_factory=list)
    keep_probs: list[tuple[str, ast.expr]] = field(default_factory=list)
    support: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    layers: int = 1
    """How many creations there will be: temporaries are numbered behind them."""

    def arg(self, name: str) -> Arg | None:
        """An argument that is given and is not None."""
        found = self.given.get(name)
        return None if found is None or found.literal is None else found

    def need(self, name: str) -> Arg:
        """An argument that has to be there."""
        found = self.given.get(name)
        if found is None:
            raise Refusal(f"`{name}` is not given")
        return found

    def spelled(self, function: str, *arguments: str) -> str:
        """A call of a function of TensorFlow."""
        return f"{self.reading.spell(function)}({', '.join(arguments)})"

    def result(self, call: str, batch: str | None = None) -> RunCall:
        """What came of it."""
        return RunCall(
            tuple(self.creations),
            call,
            tuple(self.temporaries),
            batch,
            bool(self.folded) and all(self.folded),
            tuple(self.keep_probs),
            tuple(dict.fromkeys(self.support)),
            tuple(dict.fromkeys(self.notes)),
        )

    # ------------------------------------------------------------------ layers

    def cell(self, name: str) -> tuple[CellCall, bool]:
        """The cell that an argument is, and whether its constructor may be folded in."""
        arg = self.need(name)
        inline = cells.called(arg.node, self.reading) is not None
        if self.fold and not inline:
            found = self.reading.value(arg.node)
            if found is not None and cells.called(found, self.reading) is not None:
                made = cells.expression(arg.at(found), self.initializer)
                if made.layer:
                    return made, True
        return cells.expression(arg, self.initializer), inline

    def layer(self, name: str, suffix: str = "", backwards: bool = False) -> Kind:
        """Make the layer for a cell; the kind of its state."""
        made, inline = self.cell(name)
        arg = self.need(name)
        folds = inline and bool(made.layer)
        pairs = list(made.arguments) if folds else [("", self.stacked(made))]
        dtype = self.dtype()
        if dtype and all(key != "dtype" for key, _ in pairs):
            if not folds:
                raise Refusal(f"the cell is made elsewhere, where it has to know `{dtype}`")
            pairs.append(("dtype", f'"{dtype}"'))
        pairs += self.options(backwards)
        self.note(made)
        self.folded.append(folds and cells.called(arg.node, self.reading) is None)
        function = made.layer if folds else "tf.keras.layers.RNN"
        self.creations.append(
            Creation(
                _NAMES.get(function, "rnn") + suffix,
                call_text(self.reading.spell(function), pairs),
                made.frees,
            )
        )
        return made.kind

    def stacked(self, made: CellCall) -> str:
        """The cell as an argument of ``RNN``, which takes a plain list of cells as well."""
        stack = self.reading.spell("tf.keras.layers.StackedRNNCells")
        return (
            made.arguments[0][1] if made.constructor.startswith(f"{stack}(") else made.constructor
        )

    def options(self, backwards: bool) -> list[tuple[str, str]]:
        """What a layer is told beside its cell."""
        pairs = [("return_sequences", "True")]
        if self.state:
            pairs.append(("return_state", "True"))
        if self.arg("sequence_length") is not None:
            pairs.append(("zero_output_for_mask", "True"))
        if backwards:
            pairs.append(("go_backwards", "True"))
        return pairs

    def note(self, made: CellCall) -> None:
        """Keep what a cell needs."""
        self.support += made.support
        self.keep_probs += made.keep_probs
        self.notes += made.notes

    def dtype(self) -> str:
        """The dtype to tell the layer; none where it is that of Keras, or cannot be told."""
        arg = self.arg("dtype")
        if arg is None:
            return ""
        word = arg.literal if isinstance(arg.literal, str) else arg.symbol
        if word is None or word in _SINGLE_PRECISION:
            return ""
        return _DOUBLE.get(word, word if isinstance(arg.literal, str) else "")

    # ------------------------------------------------------------------ inputs

    def inputs(self) -> str:
        """The text of the inputs, safe to be written more than once."""
        arg = self.need("inputs")
        if _is_simple(arg.node):
            return escaped(arg.text)
        if self.arg("sequence_length") is None and self.layers == 1:
            return escaped(arg.text)
        return self.temporary("inputs", escaped(arg.text))

    def temporary(self, name: str, text: str) -> str:
        """The place of an expression that is wanted more than once."""
        if (name, text) not in self.temporaries:
            self.temporaries.append((name, text))
        return f"{{{self.layers + self.temporaries.index((name, text))}}}"

    def batch_major(self, inputs: str) -> str:
        """The inputs as [batch, time, features]."""
        if self.is_time_major():
            return self.spelled("tf.transpose", inputs, "[1, 0, 2]")
        return inputs

    def is_time_major(self) -> bool:
        """Whether the program says that time comes first."""
        arg = self.arg("time_major")
        if arg is None or arg.literal is False:
            return False
        if arg.literal is True:
            return True
        raise Refusal("`time_major` is not a literal")

    def rest(self, kind: Kind, steps: str, name: str = "initial_state") -> list[str]:
        """The arguments of a layer's call behind its inputs."""
        found = []
        length = self.arg("sequence_length")
        if length is not None:
            mask = self.spelled("tf.sequence_mask", escaped(length.text), steps)
            found.append(f"mask={mask if self.layers == 1 else self.temporary('mask', mask)}")
        arg = self.arg(name)
        if arg is not None and not _is_zero(arg.node):
            found.append(f"initial_state={escaped(self.keras_state(arg, kind))}")
        return found

    def keras_state(self, arg: Arg, kind: Kind) -> str:
        """A state as Keras takes it."""
        if kind is Kind.SINGLE:
            return arg.text
        if kind is Kind.JOINED:
            return self.spelled("tf.split", arg.text, "2", "axis=1") + "[::-1]"
        if kind is Kind.PAIR:
            written = _pair(arg)
            if written is not None:
                return f"[{written[1].text}, {written[0].text}]"
            if _is_simple(arg.node):
                made = self.reading.value(arg.node)
                if made is not None and (_is_zero(made) or _pair(arg.at(made)) is not None):
                    return f"[{arg.text}.h, {arg.text}.c]"
                # a plain pair may stand for the tuple with names
                return f"[{arg.text}[1], {arg.text}[0]]"
        self.support += STATE
        return f"keras_state({arg.text})"

    def pair(self, kind: Kind, results: str) -> str:
        """The results of a layer as outputs and state."""
        if kind is Kind.SINGLE:
            return results
        if kind is Kind.PAIR:
            self.support += ("lstm_state_tuple", "lstm_outputs")
            return f"with_state_tuple({results})"
        if kind is Kind.JOINED:
            self.support.append("lstm_joined_state")
            return f"with_joined_state({results})"
        self.support += STATE
        return f"with_state({results})"

    def wrapped(self, block: str, *texts: str) -> str:
        """A call of support code."""
        self.support.append(block)
        return f"{block}({', '.join(texts)})"


def _dynamic(job: Run) -> RunCall:
    kind = job.layer("cell")
    inputs = job.inputs()
    steps = job.spelled("tf.shape", inputs) + ("[0]" if job.is_time_major() else "[1]")
    call = f"{{0}}({', '.join([job.batch_major(inputs), *job.rest(kind, steps)])})"
    if not job.state:
        if job.is_time_major():
            call = job.spelled("tf.transpose", call, "[1, 0, 2]")
        return job.result(call)
    pair = job.pair(kind, call)
    return job.result(job.wrapped("as_time_major", pair) if job.is_time_major() else pair)


def _static(job: Run) -> RunCall:
    kind = job.layer("cell")
    inputs, steps = _joined(job)
    call = f"{{0}}({', '.join([inputs, *job.rest(kind, steps)])})"
    if not job.state:
        return job.result(job.spelled("tf.unstack", call, "axis=1"), call)
    return job.result(job.wrapped("unstacked", job.pair(kind, call)))


def _joined(job: Run) -> tuple[str, str]:
    """A list with one tensor a step as one tensor, and the number of steps."""
    arg = job.need("inputs")
    whole = _unstacked(arg)
    if whole is not None and _is_simple(whole.node):
        text = escaped(whole.text)
        return text, job.spelled("tf.shape", text) + "[1]"
    inputs = job.inputs()
    stack = job.spelled("tf.stack", inputs, "axis=1")
    if job.layers > 1:
        stack = job.temporary("stacked", stack)
    return stack, f"len({inputs})"


def _unstacked(arg: Arg) -> Arg | None:
    """What an expression takes apart step by step: ``x`` of ``tf.unstack(x, n, axis=1)``."""
    node = arg.node
    if not isinstance(node, ast.Call) or arg.at(node.func).symbol != "tf.unstack":
        return None
    try:
        given = bind(node, ("value", "num", "axis", "name"), arg.reading)
    except Refusal:
        return None
    axis = given.get("axis")
    return given.get("value") if axis is not None and axis.literal == 1 else None


def _bidirectional(job: Run) -> RunCall:
    if not job.state and (made := _keras_bidirectional(job, "None")) is not None:
        return made
    forward, backward = _both(job, *_timed(job))
    if job.state:
        call = job.wrapped("both_ways", forward, backward)
        if job.is_time_major():
            raise Refusal("`time_major` together with the states")
        return job.result(call)
    reverse = job.spelled("tf.reverse", backward, "axis=[1]")
    outputs = [forward, reverse]
    if job.is_time_major():
        outputs = [job.spelled("tf.transpose", each, "[1, 0, 2]") for each in outputs]
    return job.result(f"({', '.join(outputs)})")


def _static_bidirectional(job: Run) -> RunCall:
    if not job.state and (made := _keras_bidirectional(job, "concat")) is not None:
        return made
    job.layers = 2
    forward, backward = _both(job, *_joined(job))
    if job.state:
        return job.result(job.wrapped("joined_ways", forward, backward))
    reverse = job.spelled("tf.reverse", backward, "axis=[1]")
    batch = job.spelled("tf.concat", f"[{forward}, {reverse}]", "axis=2")
    return job.result(job.spelled("tf.unstack", batch, "axis=1"), batch)


def _timed(job: Run) -> tuple[str, str]:
    """The inputs, batch-major, and the number of steps."""
    job.layers = 2
    inputs = job.inputs()
    steps = job.spelled("tf.shape", inputs) + ("[0]" if job.is_time_major() else "[1]")
    return job.batch_major(inputs), steps


def _both(job: Run, inputs: str, steps: str) -> tuple[str, str]:
    """The calls of a layer and of one that goes backwards."""
    job.layers = 2
    calls = []
    for number, (way, backwards) in enumerate((("fw", False), ("bw", True))):
        kind = job.layer(f"cell_{way}", f"_{way}", backwards)
        rest = job.rest(kind, steps, f"initial_state_{way}")
        call = f"{{{number}}}({', '.join([inputs, *rest])})"
        calls.append(job.pair(kind, call) if job.state else call)
    return calls[0], calls[1]


def _keras_bidirectional(job: Run, merge: str) -> RunCall | None:
    """``Bidirectional``, where both cells are alike and nothing is asked but the outputs.

    It makes its layers anew from their configuration, which has no functions of the program.
    """
    (forward, folds), (backward, alike) = job.cell("cell_fw"), job.cell("cell_bw")
    pairs = [[pair for pair in each.arguments if pair[0] != "name"] for each in (forward, backward)]
    if not (folds and alike and forward.layer) or forward.layer != backward.layer:
        return None
    if pairs[0] != pairs[1] or forward.support or job.is_time_major() or job.dtype():
        return None
    if any(key in ("activation", "kernel_initializer") for key, _ in pairs[0]):
        return None
    if job.arg("initial_state_fw") is not None or job.arg("initial_state_bw") is not None:
        return None
    function = job.reading.spell(forward.layer)
    inner = call_text(function, [*pairs[0], *job.options(False)])
    rest = [("merge_mode", "None")] if merge == "None" else []
    text = call_text(job.reading.spell("tf.keras.layers.Bidirectional"), [("", inner), *rest])
    name = f"bidirectional_{_NAMES[forward.layer]}"
    job.creations.append(Creation(name, text, frees([job.need("cell_fw").node])))
    job.note(forward)
    for way in ("fw", "bw"):
        job.folded.append(cells.called(job.need(f"cell_{way}").node, job.reading) is None)
    inputs, steps = _timed_alone(job) if merge == "None" else _joined(job)
    call = f"{{0}}({', '.join([inputs, *job.rest(forward.kind, steps)])})"
    if merge == "None":
        return job.result(call)
    return job.result(job.spelled("tf.unstack", call, "axis=1"), call)


def _timed_alone(job: Run) -> tuple[str, str]:
    inputs = job.inputs()
    return inputs, job.spelled("tf.shape", inputs) + "[1]"


def _stacked(job: Run) -> RunCall:
    if job.is_time_major() or job.dtype():
        raise Refusal("`time_major`, or another dtype than float32")
    for name in ("initial_states_fw", "initial_states_bw"):
        if job.arg(name) is not None:
            raise Refusal(f"`{name}` is given")
    job.state = True
    for way, backwards in (("fw", False), ("bw", True)):
        made = cells.expression(job.need(f"cells_{way}"), job.initializer)
        job.note(made)
        layer = call_text(
            job.reading.spell("tf.keras.layers.RNN"), [("", "cell"), *job.options(backwards)]
        )
        text = f"[{layer} for cell in {made.constructor}]"
        job.creations.append(Creation(f"layers_{way}", text, made.frees))
    job.layers = 2
    inputs = job.inputs()
    rest = job.rest(Kind.STACK, job.spelled("tf.shape", inputs) + "[1]")
    job.support += STATE
    return job.result(job.wrapped("stacked_ways", "{0}", "{1}", inputs, *rest))


def _is_simple(node: ast.expr) -> bool:
    """Whether an expression may be written twice: a name, an attribute, an item."""
    if isinstance(node, ast.Attribute):
        return _is_simple(node.value)
    if isinstance(node, ast.Subscript):
        return _is_simple(node.value) and isinstance(node.slice, ast.Constant)
    return isinstance(node, ast.Name)


def _pair(arg: Arg) -> tuple[Arg, Arg] | None:
    """The parts ``c`` and ``h`` of a state that is written out."""
    node = arg.node
    if isinstance(node, (ast.Tuple, ast.List)) and len(node.elts) == 2:
        return arg.at(node.elts[0]), arg.at(node.elts[1])
    if not isinstance(node, ast.Call) or arg.at(node.func).symbol != TUPLE:
        return None
    try:
        given = bind(node, ("c", "h"), arg.reading)
    except Refusal:
        return None
    return (given["c"], given["h"]) if len(given) == 2 else None


def _is_zero(node: ast.expr) -> bool:
    """Whether an expression is ``cell.zero_state(...)``, with which every layer starts."""
    return isinstance(node, ast.Call) and (
        isinstance(node.func, ast.Attribute) and node.func.attr == "zero_state"
    )


SHAPES: Mapping[str, Callable[[Run], RunCall]] = {
    "bidirectional_dynamic_rnn": _bidirectional,
    "dynamic_rnn": _dynamic,
    "stack_bidirectional_dynamic_rnn": _stacked,
    "static_bidirectional_rnn": _static_bidirectional,
    "static_rnn": _static,
}
