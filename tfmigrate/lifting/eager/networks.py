"""Networks and Keras models of eager programs, as Keras 3 takes them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator

from tfmigrate.lifting.eager.reading import Reader
from tfmigrate.lifting.facts import methods_of
from tfmigrate.lifting.model import Unliftable
from tfmigrate.model import Dialect
from tfmigrate.names import plain
from tfmigrate.transforms import remedies
from tfmigrate.transforms.layer_model import LayerCall
from tfmigrate.transforms.layers import is_layer, split

_NETWORK = "tf.contrib.eager.Network"
_MODELS = (_NETWORK, "tf.keras.Model", "tf.keras.models.Model")
_LAYERS = ("tf.keras.layers.Layer", "tf.layers.Layer")
_RESERVED = frozenset(
    {
        "compute_dtype",
        "dtype",
        "input",
        "input_dtype",
        "layers",
        "losses",
        "metrics",
        "metrics_names",
        "metrics_variables",
        "non_trainable_variables",
        "non_trainable_weights",
        "output",
        "path",
        "quantization_mode",
        "trainable_variables",
        "trainable_weights",
        "variable_dtype",
        "variables",
        "weights",
    }
)
"""Properties of a Keras 3 model that nothing can be assigned to (measured on 2.21)."""
_MAKES_WEIGHT = ("add_weight", "add_variable")
_WEIGHT = ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint")
"""The parameters of ``add_weight`` on TensorFlow 1.15, in their order."""
_RECURRENT = frozenset(f"tf.keras.layers.{each}" for each in ("GRU", "GRUCell", "LSTM", "LSTMCell"))
_TRAINING = (
    "tf.layers.Dropout",
    "tf.layers.BatchNormalization",
    "tf.keras.layers.Dropout",
    "tf.keras.layers.BatchNormalization",
)


def networks(reader: Reader) -> None:
    """Classes that are networks or models, and the layers that they hold."""
    for node in reader.facts.nodes:
        if isinstance(node, ast.ClassDef) and is_model(node, reader):
            _check(node, reader)
    for node in reader.facts.nodes:
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                if reader.symbol(base) == _NETWORK:
                    reader.replace(base, reader.spell("tf.keras.Model", base))
        elif isinstance(node, ast.Call) and _last(node.func) == "track_layer":
            _untrack(node, reader)


def is_model(node: ast.ClassDef, reader: Reader) -> bool:
    """Whether a class is a network, a Keras model or a layer."""
    return any(reader.symbol(base) in (*_MODELS, *_LAYERS) for base in node.bases)


def _check(node: ast.ClassDef, reader: Reader) -> None:
    """Refuse what a model of Keras 3 cannot hold."""
    for each in ast.walk(node):
        stored = isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store)
        if not stored or not isinstance(each, ast.Attribute):
            continue
        own = isinstance(each.value, ast.Name) and each.value.id == "self"
        if own and each.attr in _RESERVED:
            raise Unliftable(each, f"`self.{each.attr}` is a property of models in Keras 3")


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""


def _untrack(node: ast.Call, reader: Reader) -> None:
    """``self.fc = self.track_layer(layer)`` as ``self.fc = layer``: Keras sees what is assigned."""
    if len(node.args) != 1 or node.keywords:
        raise Unliftable(node, "what is passed to `track_layer` is not understood")
    statement = reader.statement(node)
    if isinstance(statement, ast.Expr) and statement.value is node:
        if not isinstance(node.args[0], (ast.Name, ast.Attribute)):
            raise Unliftable(node, "the layer is not held by anything")
        reader.remove(statement)
        return
    source = reader.source
    start, end = source.start(node.args[0]), source.end(node.args[0])
    opened = source.text[source.start(node) : start]
    if "\n" in opened or "\n" in source.text[end : source.end(node)]:
        _, content = source.start(node), source.of(node.args[0])
        reader.replace(node, content)
        return
    reader.pieces.append((source.start(node), start, ""))
    reader.pieces.append((end, source.end(node), ""))


def layer_objects(reader: Reader) -> None:
    """``tf.layers.Dense(10)`` and the like as the layers of Keras; layer functions are refused."""
    for call, symbol in reader.calls():
        if not symbol.startswith(("tf.layers.", "tf.contrib.layers.", "tf.contrib.slim.")):
            continue
        values = reader.values(call)
        if not is_layer(symbol, values):
            continue
        made = split(call, symbol, values)
        if not isinstance(made, LayerCall):
            raise Unliftable(call, made.reason)
        function = symbol.rpartition(".")[2][:1].islower()
        if function and any(each.weights for each in made.creations):
            reason = f"`{symbol}` made new variables at each call: hold a layer, and call that"
            raise Unliftable(call, reason)
        if symbol in _TRAINING:
            _check_training(call, reader)
        text = made.text()
        if function and made.plain is not None and any(each.stateful for each in made.creations):
            # a dropout has a variable, and a layer must not be made wherever it is called
            text = made.plain
        reader.replace(call, text)


def _check_training(call: ast.Call, reader: Reader) -> None:
    """Refuse a layer that is called without saying whether it trains: Keras asks the model."""
    around = [each for each in reader.above(call) if isinstance(each, ast.ClassDef)]
    if around and not is_model(around[0], reader):
        # nothing around it knows of training
        return
    statement = reader.statement(call)
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if not isinstance(target, (ast.Attribute, ast.Name)):
        raise Unliftable(call, "it cannot be told how this layer is called")
    name = ast.unparse(target)
    for other, _ in reader.calls():
        if ast.unparse(other.func) != name:
            continue
        if len(other.args) < 2 and not any(each.arg == "training" for each in other.keywords):
            raise Unliftable(other, "it did not train here; in Keras the model around it decides")


def own_layers(reader: Reader) -> None:
    """Layers of the file's own: their weights by keyword, shapes as tuples of numbers."""
    for node in reader.facts.classes.values():
        if is_model(node, reader):
            for each in ast.walk(node):
                if isinstance(each, ast.Call) and _last(each.func) in _MAKES_WEIGHT:
                    _weight(each, reader)
        method = methods_of(node).get("build")
        if not is_model(node, reader) or method is None or len(method.args.args) != 2:
            continue
        shape = method.args.args[1].arg
        for each in ast.walk(method):
            if isinstance(each, ast.Attribute):
                _shape(each, shape, reader)


def _weight(call: ast.Call, reader: Reader) -> None:
    """``self.add_variable("kernel", shape)``: what is made of it, by keyword."""
    if any(isinstance(each, ast.Starred) for each in call.args) or len(call.args) > len(_WEIGHT):
        raise Unliftable(call, "what is passed to it is not understood")
    for name, each in zip(_WEIGHT, call.args, strict=False):
        start = reader.source.start(each)
        reader.pieces.append((start, start, f"{name}="))
    end = reader.source.end(call.func)
    reader.pieces.append((end - len(_last(call.func)), end, "add_weight"))


def _shape(node: ast.Attribute, shape: str, reader: Reader) -> None:
    """One attribute of a shape, or of a dimension of it."""
    value = node.value
    if isinstance(value, ast.Subscript) and reader.of(value.value) == shape:
        if node.attr == "value":
            start, end = reader.source.end(value), reader.source.end(node)
            reader.pieces.append((start, end, ""))
    elif isinstance(value, ast.Name) and value.id == shape:
        parent = reader.parents[node]
        if node.attr == "ndims":
            reader.replace(node, f"len({shape})")
        elif node.attr == "as_list" and isinstance(parent, ast.Call):
            reader.replace(parent, f"list({shape})")
        else:
            raise Unliftable(node, f"`{shape}` is a tuple in Keras 3")


def recurrent(reader: Reader) -> None:
    """Recurrent layers of Keras, with the defaults that they had written out."""
    for reference in reader.facts.names.references:
        if plain(reference.symbol) not in _RECURRENT or reference.call is None:
            continue
        row = reader.context.catalogue.row(plain(reference.symbol))
        remedy = remedies.living(reference, row, Dialect.TF1, reader.spelling)
        if remedy.why:
            raise Unliftable(reference.call, f"`{reference.symbol}`: {remedy.why}")
        if remedy.fix is not None:
            reader.imports.update(dict.fromkeys(remedy.fix.imports))
            for edit in remedy.fix.edits:
                start, end = reader.offsets(edit.span)
                reader.pieces.append((start, end, edit.content))


def weights(reader: Reader) -> None:
    """Files of weights: Keras 3 wants them to end in ``.weights.h5``."""
    calls = [
        call for call, _ in reader.calls() if _last(call.func) in ("save_weights", "load_weights")
    ]
    saved = {
        ast.unparse(each.args[0])
        for each in calls
        if each.args and _last(each.func) == "save_weights"
    }
    for call in calls:
        path = call.args[0] if len(call.args) == 1 and not call.keywords else None
        if not (isinstance(path, ast.Constant) and isinstance(path.value, str)):
            raise Unliftable(
                call, "weights are saved in files that end in `.weights.h5` in Keras 3"
            )
        if path.value.endswith(".weights.h5"):
            continue
        if ast.unparse(path) not in saved:
            raise Unliftable(call, "Keras 3 does not read weights that were saved like this")
        text = reader.of(path)
        quote = text[-1]
        reader.replace(path, f"{text[:-1].removesuffix('.h5')}.weights.h5{quote}")


def by_keyword(reader: Reader) -> None:
    """Arguments of models that are no tensors, by keyword: Keras 3 takes them in no other way."""
    known = {
        node.name: parameters
        for node in reader.facts.classes.values()
        if is_model(node, reader)
        if (parameters := _call_parameters(node)) is not None
    }
    for call, symbol in reader.calls():
        if len(call.args) < 2 or any(isinstance(each, ast.Starred) for each in call.args):
            continue
        names = _parameters(call, symbol, known, reader)
        keyword_now = False
        for index, each in enumerate(call.args[1:]):
            if index >= len(names):
                break
            keyword_now = keyword_now or _is_no_tensor(each, names[index])
            if keyword_now:
                start = reader.source.start(each)
                reader.pieces.append((start, start, f"{names[index]}="))


def _call_parameters(node: ast.ClassDef) -> list[str] | None:
    """The parameters of the method ``call`` behind the first."""
    method = methods_of(node).get("call")
    if method is None or method.args.vararg is not None:
        return None
    return [each.arg for each in method.args.args[2:]]


def _parameters(
    call: ast.Call, symbol: str, known: dict[str, list[str]], reader: Reader
) -> list[str]:
    """What the arguments of the call of a layer or model are called, behind the first."""
    func = call.func
    if symbol or isinstance(func, ast.Call):
        return []
    instance = reader.facts.instance(func) or ""
    if instance in _TRAINING:
        return ["training"]
    layers = list(_assigned(func, reader))
    if layers and all(each in _TRAINING for each in layers):
        return ["training"]
    cls = reader.class_of(func)
    if cls or reader.facts.names.values.get(id(func)) is not None:
        return known.get(cls, [])
    name = func.id if isinstance(func, ast.Name) else ""
    if name in reader.facts.functions or name in reader.facts.classes or hasattr(builtins, name):
        return []
    if isinstance(func, ast.Attribute) and any(
        func.attr in methods_of(node) for node in reader.facts.classes.values()
    ):
        return []
    if not isinstance(func, (ast.Name, ast.Attribute)) or name in reader.facts.imported:
        return []
    if _root(func) in reader.facts.imported:
        return []
    if layers:
        return []
    return _agreed(known.values(), len(call.args) - 1) if _may_be_model(func) else []


def _may_be_model(func: ast.expr) -> bool:
    """Whether a name speaks of a model or network."""
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    words = ("model", "net", "coder", "generator", "discriminator", "layer", "block", "cell")
    return any(word in name.lower() for word in words)


def _agreed(known: Iterable[list[str]], count: int) -> list[str]:
    """The names on which all the models of the file agree that take so many arguments."""
    found = {tuple(each) for each in known if len(each) >= count}
    return list(next(iter(found))) if len(found) == 1 else []


def _assigned(func: ast.expr, reader: Reader) -> Iterator[str]:
    """The symbols that make what a name or attribute holds."""
    for value in reader.bound_to(func):
        for each in ast.walk(value):
            if isinstance(each, ast.Call) and (symbol := reader.symbol(each.func)):
                yield symbol
                break


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_no_tensor(node: ast.expr, name: str) -> bool:
    """Whether an argument is a Python value: a literal, or by its name a switch."""
    if isinstance(node, ast.Constant):
        return node.value is not None
    switch = "training" in name or "train" in name or name.startswith("is_")
    return switch and not isinstance(node, ast.Call)
