"""Metrics, savers, the global step and summaries of eager programs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tfmigrate.lifting.eager.networks import is_model
from tfmigrate.lifting.eager.reading import Reader, arguments, is_none
from tfmigrate.lifting.model import Unliftable

_METRICS = {
    "tf.contrib.eager.metrics.Mean": "tf.keras.metrics.Mean",
    "tf.contrib.eager.metrics.Accuracy": "tf.keras.metrics.Accuracy",
    "tf.contrib.eager.metrics.BinaryAccuracy": "tf.keras.metrics.BinaryAccuracy",
    "tf.contrib.eager.metrics.CategoricalAccuracy": "tf.keras.metrics.CategoricalAccuracy",
    "tf.contrib.eager.metrics.SparseAccuracy": "tf.keras.metrics.SparseCategoricalAccuracy",
}
_MAKES_STEP = frozenset(
    {
        "tf.train.create_global_step",
        "tf.train.get_global_step",
        "tf.train.get_or_create_global_step",
        "tf.contrib.framework.create_global_step",
        "tf.contrib.framework.get_global_step",
        "tf.contrib.framework.get_or_create_global_step",
    }
)
_RECORDS = frozenset(
    {
        "tf.summary.record_if",
        "tf.contrib.summary.always_record_summaries",
        "tf.contrib.summary.never_record_summaries",
        "tf.contrib.summary.record_summaries_every_n_global_steps",
    }
)
_SUMMARIES = {"tf.contrib.summary.scalar": "tensor", "tf.contrib.summary.histogram": "tensor"}
_EVERY = "tf.contrib.summary.record_summaries_every_n_global_steps"


def metrics(reader: Reader) -> None:
    """``tfe.metrics.Mean`` and the like: they count in float64, as these do if they are told."""
    symbols = {symbol for _, symbol in reader.calls()}
    made = [(call, symbol) for call, symbol in reader.calls() if symbol in _METRICS]
    if made and symbols & {"tf.contrib.summary.scalar", "tf.summary.scalar"}:
        raise Unliftable(made[0][0], "metrics of `contrib.eager` wrote summaries by themselves")
    for call, symbol in made:
        given = arguments(call, ("name", "dtype", "use_global_variables"))
        values = [reader.of(given["name"])] if "name" in given else []
        dtype = given.get("dtype")
        text = reader.of(dtype) if dtype is not None else reader.spell("tf.float64", call)
        values.append(f"dtype={text}")
        reader.replace(call, f"{reader.spell(_METRICS[symbol], call)}({', '.join(values)})")
    if not made:
        return
    for call, _ in reader.calls():
        if not isinstance(call.func, ast.Attribute):
            continue
        if call.func.attr == "init_variables":
            end = reader.source.end(call.func)
            reader.pieces.append((end - len("init_variables"), end, "reset_state"))
        elif call.func.attr == "result" and (call.args or call.keywords):
            raise Unliftable(call, "a metric that writes a summary, or does not")
    for node in reader.facts.nodes:
        if isinstance(node, ast.Attribute) and node.attr in ("numer", "denom"):
            raise Unliftable(node, f"`{node.attr}` of a metric has no counterpart in Keras")


def savers(reader: Reader) -> None:
    """``tfe.Saver(variables)`` as a checkpoint: one that writes under a name, or the latest."""
    made = [call for call, symbol in reader.calls() if symbol == "tf.contrib.eager.Saver"]
    if not made:
        return
    # `save` tells the directory which checkpoint is the latest, and gives it a name of its own
    latest = any(symbol == "tf.train.latest_checkpoint" for _, symbol in reader.calls())
    for call in made:
        given = arguments(call, ("var_list",))
        if "var_list" not in given:
            raise Unliftable(call, "what is saved?")
        checkpoint = reader.spell("tf.train.Checkpoint", call)
        listed = reader.of(given["var_list"])
        reader.replace(call, f"{checkpoint}(variables={listed})")
    for call, symbol in reader.calls():
        member = symbol.rpartition(".")[2]
        if not symbol.startswith(("tf.contrib.eager.Saver.", "tf.train.Saver.")):
            continue
        assert isinstance(call.func, ast.Attribute)
        end = reader.source.end(call.func)
        if member == "restore" and len(call.args) == 1 and not call.keywords:
            reader.pieces.append((end - len(member), end, "restore" if latest else "read"))
        elif member == "save":
            given = arguments(call, ("file_prefix", "global_step"))
            if "global_step" in given and not latest:
                raise Unliftable(call, "a saver that adds the step to the name of the file")
            reader.pieces.append((end - len(member), end, "save" if latest else "write"))
            gone = [each for each in call.keywords if each.arg == "global_step"]
            reader.remove_arguments(call, [*call.args[1:], *gone])
        else:
            raise Unliftable(call, f"`{member}` of a saver")


def restores(reader: Reader) -> None:
    """Refuse to restore models whose layers have no variables yet.

    TensorFlow 1 gave each variable its value when it was made; the layers of Keras 3 lose theirs
    then (measured on 2.21: the restored kernel is not the one that is trained).
    """
    models = [node.name for node in reader.facts.classes.values() if is_model(node, reader)]
    if not models:
        return
    for call, symbol in reader.calls():
        func = call.func
        if not isinstance(func, ast.Attribute) or func.attr != "restore" or len(call.args) != 1:
            continue
        if symbol.startswith("tf.contrib.eager.Saver."):
            continue
        if not any(_builds(each, reader) for each in _earlier(call, reader)):
            reason = "a model is restored before it was called, and has no variables in Keras 3"
            raise Unliftable(call, reason)


def _earlier(call: ast.Call, reader: Reader) -> Iterator[ast.Call]:
    """The calls in the scope of a call that come before it."""
    scope = reader.scope(call)
    for each, _ in reader.calls():
        if each.lineno < call.lineno and reader.scope(each) is scope:
            yield each


def _builds(call: ast.Call, reader: Reader) -> bool:
    """Whether a call runs a model: its object, a function that trains, or what saves it."""
    cls = reader.facts.classes.get(reader.class_of(call.func))
    if cls is not None and is_model(cls, reader):
        return True
    if isinstance(call.func, ast.Attribute) and call.func.attr in ("apply_gradients", "fit"):
        return True
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    known = reader.facts.functions.get(name)
    if known is None:
        return False
    return any(
        isinstance(each, ast.Attribute) and each.attr in ("apply_gradients", "GradientTape")
        for each in ast.walk(known)
    )


def summaries(reader: Reader) -> None:
    """Summaries of ``contrib.summary``, with the step that they had from the graph."""
    symbols = {symbol for _, symbol in reader.calls()}
    for call, symbol in reader.calls():
        if symbol == _EVERY:
            given = arguments(call, ("n", "global_step"))
            step = (
                reader.of(given["global_step"]) if "global_step" in given else _step(reader, call)
            )
            condition = f"{reader.spell('tf.equal', call)}({step} % {reader.of(given['n'])}, 0)"
            record = reader.spell("tf.summary.record_if", call)
            reader.replace(call, f"{record}(lambda: {condition})")
        elif symbol in _SUMMARIES:
            if not symbols & _RECORDS:
                raise Unliftable(call, "nothing in this file says when summaries are recorded")
            given = arguments(call, ("name", "tensor", "family", "step"))
            if "family" in given:
                raise Unliftable(call, "a summary of a family")
            step = reader.of(given["step"]) if "step" in given else _step(reader, call)
            name = reader.spell(symbol.replace("contrib.", ""), call)
            values = f"{reader.of(given['name'])}, {reader.of(given['tensor'])}"
            reader.replace(call, f"{name}({values}, step={step})")


def _step(reader: Reader, node: ast.AST) -> str:
    """The global step, as TensorFlow 1 found it."""
    return f"{reader.spell('tf.train', node)}.get_or_create_global_step()"


def global_step(reader: Reader) -> None:
    """The global step as a variable of the program."""
    calls = [call for call, symbol in reader.calls() if symbol in _MAKES_STEP]
    if not calls:
        return
    for call in calls:
        if call.args or any(not is_none(each.value) for each in call.keywords):
            raise Unliftable(call, "the global step of another graph")
    tf = reader.spell("tf.Variable", calls[0])
    dtype = reader.spell("tf.int64", calls[0])
    made = f'{tf}(0, trainable=False, dtype={dtype}, name="global_step")'
    if len(calls) == 1 and _runs_once(calls[0], reader):
        reader.replace(calls[0], made)
        return
    name = "global_step" if "global_step" not in _names(reader) else "GLOBAL_STEP"
    if name in _names(reader):
        raise Unliftable(calls[0], f"`{name}` is something else here")
    for call in calls:
        reader.replace(call, name)
    place = _below_imports(reader.tree)
    if place is None or min(call.lineno for call in calls) < place.lineno:
        raise Unliftable(calls[0], "there is no place for the global step")
    end = reader.source.line_end(reader.source.end(place))
    reader.pieces.append((end, end, f"\n\n{name} = {made}"))


def _names(reader: Reader) -> set[str]:
    found = set(reader.facts.identifiers)
    return found | {each.arg for each in reader.facts.nodes if isinstance(each, ast.arg)}


def _runs_once(call: ast.Call, reader: Reader) -> bool:
    """Whether a call is made once when the program runs, as far as can be told."""
    statement = reader.statement(call)
    if not isinstance(statement, ast.Assign) or statement.value is not call:
        return False
    node: ast.AST = call
    for _ in range(8):
        if reader.in_loop(node):
            return False
        scope = reader.scope(node)
        if isinstance(scope, ast.Module):
            return True
        if not isinstance(scope, ast.FunctionDef):
            return False
        uses = [
            each
            for each in reader.facts.nodes
            if isinstance(each, ast.Name) and each.id == scope.name
        ]
        if len(uses) != 1 or reader.scope(scope) is not reader.tree:
            return False
        node = uses[0]
    return False


def _below_imports(tree: ast.Module) -> ast.stmt | None:
    """The last of the imports that begin the program, or of those around that of TensorFlow."""
    found: ast.stmt | None = None
    known = False
    for each in tree.body:
        if isinstance(each, (ast.Import, ast.ImportFrom)):
            found = each
            known = known or "tensorflow" in ast.unparse(each)
        elif known and isinstance(each, (ast.FunctionDef, ast.ClassDef)):
            break
    return found if known else None
