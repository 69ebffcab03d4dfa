"""Optimizers of ``tf.train`` in eager code: their methods, their constructors, their rates."""

from __future__ import annotations

import ast

from tfmigrate.lifting.eager.leftovers import ENABLES
from tfmigrate.lifting.eager.reading import Reader, arguments, flat
from tfmigrate.lifting.facts import methods_of
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.sparse import dense_pairs, treatment
from tfmigrate.transforms import optimizers as keras
from tfmigrate.transforms.layer_model import Refused

_APPLY = ("grads_and_vars", "global_step", "name")
_COMPUTE = (
    "loss",
    "var_list",
    "gate_gradients",
    "aggregation_method",
    "colocate_gradients_with_ops",
    "grad_loss",
)
_MINIMIZE = ("loss", "global_step", "var_list", *_COMPUTE[2:5], "name", "grad_loss")
_SCHEDULES = "tf.keras.optimizers.schedules."
_TABLES = frozenset(
    {
        "tf.gather",
        "tf.gather_nd",
        "tf.keras.layers.Embedding",
        "tf.nn.embedding_lookup",
        "tf.nn.embedding_lookup_sparse",
        "tf.nn.nce_loss",
        "tf.nn.sampled_softmax_loss",
    }
)
_UNTRAINED = frozenset(
    f"tf.{module}.{name}"
    for module in ("layers", "keras.layers")
    for name in (
        "AlphaDropout",
        "BatchNormalization",
        "Dropout",
        "GaussianDropout",
        "GaussianNoise",
        "SpatialDropout1D",
        "SpatialDropout2D",
    )
) | {"tf.keras.layers.GRU", "tf.keras.layers.LSTM"}
"""Layers with variables that nothing trains."""
_OTHER = frozenset(
    {"_lr", "_lr_t", "_learning_rate", "get_slot", "get_slot_names", "_get_beta_accumulators"}
)


def is_optimizer(symbol: str) -> bool:
    """Whether a symbol is the class of an optimizer of TensorFlow 1."""
    last = symbol.rpartition(".")[2]
    return symbol.startswith(("tf.train.", "tf.contrib.")) and last.endswith("Optimizer")


def methods(reader: Reader) -> None:
    """``apply_gradients``, ``minimize`` and ``compute_gradients`` of optimizers."""
    _check(reader)
    dense = _is_dense(reader)
    for call, symbol in reader.calls():
        if not isinstance(call.func, ast.Attribute):
            continue
        kind = reader.facts.instance(call.func.value) or ""
        if symbol.startswith("tf.keras.") or kind.startswith("tf.keras."):
            continue
        if call.func.attr == "apply_gradients":
            _apply(call, reader, dense)
        elif call.func.attr == "minimize":
            _minimize(call, reader, dense)
        elif call.func.attr == "compute_gradients":
            _compute(call, reader)
        elif symbol == "tf.train.Optimizer.variables" and not call.args:
            start, end = reader.source.end(call.func), reader.source.end(call)
            reader.pieces.append((start, end, ""))


def _check(reader: Reader) -> None:
    """Refuse what is done to optimizers beyond applying gradients."""
    for node in reader.facts.nodes:
        if isinstance(node, ast.Attribute) and node.attr in _OTHER:
            raise Unliftable(node, f"`{node.attr}` of an optimizer has no counterpart in Keras")
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                if is_optimizer(reader.symbol(base)) or reader.symbol(base) == "tf.train.Optimizer":
                    raise Unliftable(node, "an optimizer of its own has to be written anew")
    updated: dict[str, str] = {}
    for call, _ in reader.calls():
        variables = _updated(call, reader)
        if variables is None or not isinstance(call.func, ast.Attribute):
            continue
        owner = f"{getattr(reader.scope(call), 'name', '')} {reader.of(call.func.value)}"
        if updated.setdefault(owner, variables) != variables:
            reason = "one optimizer changes different variables; Keras wants one for each set"
            raise Unliftable(call, reason)


def _updated(call: ast.Call, reader: Reader) -> str | None:
    """The text of the variables that a call changes, "" for all; None if that cannot be seen."""
    if not isinstance(call.func, ast.Attribute):
        return None
    if call.func.attr == "minimize":
        listed = arguments(call, _MINIMIZE).get("var_list")
        return ast.unparse(listed) if listed is not None else ""
    pairs = call.args[0] if call.func.attr == "apply_gradients" and call.args else None
    if isinstance(pairs, ast.Call) and len(pairs.args) == 2 and reader.of(pairs.func) == "zip":
        return ast.unparse(pairs.args[1])
    return None


def _is_dense(reader: Reader) -> bool:
    """Whether gradients of looked up rows have to be made dense before they are applied."""
    symbols = {symbol for _, symbol in reader.calls()}
    if not symbols & _TABLES:
        return False
    needs = {treatment(each) for each in symbols if is_optimizer(each)}
    if "differs" in needs:
        node = next(call for call, each in reader.calls() if is_optimizer(each))
        raise Unliftable(
            node,
            "this optimizer only changed the rows of a table that were looked up;"
            " Keras changes all of them",
        )
    return "dense" in needs


def _pairs(text: str, dense: bool, indent: str) -> str:
    """Pairs of gradients and variables as they are applied."""
    return dense_pairs(text).replace("\n", f"\n{indent}") if dense else text


def _apply(call: ast.Call, reader: Reader, dense: bool) -> None:
    """``optimizer.apply_gradients(pairs, global_step=step)``."""
    given = arguments(call, _APPLY)
    if "grads_and_vars" not in given:
        raise Unliftable(call, "which gradients are applied?")
    step = given.get("global_step")
    if step is not None or dense:
        statement = reader.simple(call)
        if step is not None:
            if not (isinstance(statement, ast.Expr) and statement.value is call):
                raise Unliftable(call, "the value of applying gradients is used")
            reader.lines_after(statement, [f"{reader.of(step)}.assign_add(1)"])
        if dense:
            pairs = given["grads_and_vars"]
            text = flat(reader.of(pairs))
            reader.replace(pairs, _pairs(text, True, reader.indent(statement)))
    gone = [each for each in call.keywords if each.arg in ("global_step", "name")]
    reader.remove_arguments(call, [*call.args[1:], *gone])


def _tape(call: ast.Call, given: dict[str, ast.expr], reader: Reader) -> tuple[list[str], str, str]:
    """The lines that compute a loss under a tape, and the texts of gradients and variables."""
    loss = given.get("loss")
    if loss is None or "grad_loss" in given:
        raise Unliftable(call, "which loss is minimized?")
    if isinstance(loss, ast.Lambda):
        if plain_lambda(loss) is None:
            raise Unliftable(loss, "a loss with parameters")
        value = flat(reader.of(loss.body))
    elif isinstance(loss, (ast.Name, ast.Attribute)) and _is_function(loss, reader):
        value = f"{reader.of(loss)}()"
    else:
        raise Unliftable(loss, "the loss is not a function that is called without arguments")
    tape = reader.fresh(call, "tape", "loss_tape")
    name = reader.fresh(call, "loss", "loss_value", "minimized")
    lines = [f"with {reader.spell('tf.GradientTape', call)}() as {tape}:", f"    {name} = {value}"]
    listed = given.get("var_list")
    if isinstance(listed, (ast.Name, ast.Attribute)):
        variables = reader.of(listed)
    else:
        variables = reader.fresh(call, "variables", "trained", "watched")
        text = reader.of(listed) if listed is not None else f"{tape}.watched_variables()"
        lines.append(f"{variables} = {flat(text)}")
    return lines, f"{tape}.gradient({name}, {variables})", variables


def _is_function(node: ast.Name | ast.Attribute, reader: Reader) -> bool:
    """Whether a loss is a function, as it has to be where eager execution is on."""
    if any(symbol in ENABLES for _, symbol in reader.calls()):
        return True
    if isinstance(node, ast.Attribute):
        return any(node.attr in methods_of(each) for each in reader.facts.classes.values())
    values = reader.bound_to(node)
    return node.id in reader.facts.functions or any(isinstance(v, ast.Lambda) for v in values)


def plain_lambda(node: ast.Lambda) -> ast.expr | None:
    """The body of a lambda without parameters."""
    args = node.args
    some = args.args or args.vararg or args.kwarg or args.kwonlyargs or args.posonlyargs
    return None if some else node.body


def _minimize(call: ast.Call, reader: Reader, dense: bool) -> None:
    """``optimizer.minimize(lambda: loss(x, y), global_step=step)``."""
    assert isinstance(call.func, ast.Attribute)
    given = arguments(call, _MINIMIZE)
    statement = reader.simple(call)
    if not (isinstance(statement, ast.Expr) and statement.value is call):
        raise Unliftable(call, "the value of `minimize` is used")
    lines, gradients, variables = _tape(call, given, reader)
    pairs = _pairs(f"zip({gradients}, {variables})", dense, "")
    lines += f"{reader.of(call.func.value)}.apply_gradients({pairs})".split("\n")
    if "global_step" in given:
        lines.append(f"{reader.of(given['global_step'])}.assign_add(1)")
    reader.replace(statement, f"\n{reader.indent(statement)}".join(reader.shaped(lines)))


def _compute(call: ast.Call, reader: Reader) -> None:
    """``pairs = optimizer.compute_gradients(lambda: loss(x, y), variables)``."""
    given = arguments(call, _COMPUTE)
    statement = reader.simple(call)
    lines, gradients, variables = _tape(call, given, reader)
    reader.lines_before(statement, lines)
    reader.replace(call, f"list(zip({gradients}, {variables}))")


def trained(reader: Reader) -> None:
    """``model.variables`` where gradients are taken and applied: those that are trained.

    The state of a dropout's random numbers is a variable of the model in Keras 3, and a variable
    without a gradient was skipped on TensorFlow 1 and gets slots that cannot be restored here.
    """
    symbols = {symbol for _, symbol in reader.calls()}
    if not symbols & _UNTRAINED or any(map(_has_variables, reader.facts.classes.values())):
        return
    for call, _ in reader.calls():
        takes = isinstance(call.func, ast.Attribute) and call.func.attr == "gradient"
        zips = isinstance(call.func, ast.Name) and call.func.id == "zip"
        for each in (*call.args[1:], *(keyword.value for keyword in call.keywords)):
            if not (takes or zips):
                continue
            for node in ast.walk(each):
                if isinstance(node, ast.Attribute) and node.attr in ("variables", "weights"):
                    end = reader.source.end(node)
                    text = "trainable_variables"
                    reader.pieces.append((end - len(node.attr), end, text))


def _has_variables(node: ast.ClassDef) -> bool:
    return any(isinstance(each, ast.FunctionDef) and each.name == "variables" for each in node.body)


# ---------------------------------------------------------------------------- constructors


def constructors(reader: Reader) -> None:
    """Optimizers and learning rates as Keras objects."""
    for call, symbol in reader.calls():
        if is_optimizer(symbol):
            _construct(call, symbol, reader)
        elif _is_schedule(call, reader):
            _schedule(call, symbol, reader)


def _construct(call: ast.Call, symbol: str, reader: Reader) -> None:
    """One optimizer."""
    given = next((each.value for each in call.keywords if each.arg == "learning_rate"), None)
    rate = call.args[0] if given is None and call.args else given
    text, varies = _rate(rate, reader) if rate is not None else (None, False)
    made = keras.optimizer(call, symbol, reader.values(call), rate=text, varies=varies)
    if isinstance(made, Refused):
        raise Unliftable(call, made.reason)
    if not made.exact:
        raise Unliftable(call, f"`{symbol}`: {made.notes[0]}")
    reader.support.update(dict.fromkeys(made.support))
    reader.replace(call, made.constructor)


def _rate(rate: ast.expr, reader: Reader) -> tuple[str | None, bool]:
    """What is written for a learning rate, if not the rate itself, and whether it changes."""
    values = reader.bound_to(rate) or [rate]
    if any(isinstance(each, ast.Lambda) or _is_schedule(each, reader) for each in values):
        return None, True
    kinds = {reader.facts.instance(each) for each in (rate, *values)}
    if kinds & {"tf.Variable", "tf.Tensor"}:
        if isinstance(rate, ast.Call):
            raise Unliftable(rate, "the learning rate is a tensor that is made here")
        return f"lambda: {reader.of(rate)}", True
    numbers = [each.value for each in values if isinstance(each, ast.Constant)]
    if rate not in values and any(isinstance(each, int) for each in numbers):
        return f"float({reader.of(rate)})", False
    return None, False


def _is_schedule(node: ast.expr, reader: Reader) -> bool:
    """Whether an expression is a call of a function of ``tf.train`` that lets a rate decay."""
    symbol = reader.symbol(node.func) if isinstance(node, ast.Call) else ""
    row = reader.context.catalogue.row(symbol) if symbol.startswith("tf.train.") else None
    return row is not None and row.to.startswith(_SCHEDULES)


def _schedule(call: ast.Call, symbol: str, reader: Reader) -> None:
    """A rate that decays: on TensorFlow 1 a function without arguments when run eagerly."""
    made = keras.schedule(call, symbol, reader.values(call))
    if isinstance(made, Refused):
        raise Unliftable(call, made.reason)
    reader.imports.update(dict.fromkeys(made.imports))
    reader.replace(call, f"lambda: {made.value(reader.of(made.step))}")
