"""Where ``import`` statements and attribute access do not give the same.

``tf.X`` is what the module ``tensorflow`` holds; ``import tensorflow.X`` is what is found in the
folders of its ``__path__``. TensorFlow fills both by different means. So a module can be in a
folder and be no attribute (``tensorflow.keras.saving`` from 2.16 on), be an attribute and in no
folder (``tensorflow.losses`` from 2.0 on), or be two different modules (``tensorflow.lite``).
"""

from __future__ import annotations

from tfmigrate.atlas.probe import PRIVATE_FOLDERS, is_public, is_skipped
from tfmigrate.atlas.reader.interpreter import ImportFailed
from tfmigrate.atlas.reader.tree import Tree
from tfmigrate.atlas.reader.values import External, Lazy, Module, Opaque, Value
from tfmigrate.atlas.reader.walk import Walk
from tfmigrate.atlas.writing import ImportFacts, SymbolRow


def read_imports(walk: Walk) -> ImportFacts:
    """The facts of one release, after ``walk`` has listed what attribute access reaches."""
    imported = _import_all(walk)
    only: dict[str, SymbolRow] = {}
    hidden: set[str] = set()
    for symbol, module in imported.items():
        listed = walk.symbols.get(symbol)
        if listed is None:
            only[symbol] = SymbolRow("m")
            if not _is_whole(symbol):
                only |= _names(walk, symbol, module)
        elif symbol in walk.modules:
            # the file of the attribute is executed once more, or that of another module is
            own = module.names.keys() - module.given
            if walk.modules[symbol] is not module:
                only |= _names(walk, symbol, module)
            hidden |= {
                below
                for below in _right_below(walk, symbol)
                if below not in imported and below.rpartition(".")[2] not in own
            }
    closed = {symbol for symbol, row in walk.symbols.items() if row.kind == "m"}
    closed -= imported.keys() | set(walk.dead) | {"tf"}
    return ImportFacts(
        {symbol: row for symbol, row in only.items() if symbol not in walk.symbols},
        frozenset(symbol for symbol in closed if not _is_left_out(symbol)),
        frozenset(hidden),
    )


def _import_all(walk: Walk) -> dict[str, Module]:
    """Every module of the public packages that can be imported, by symbol."""
    found: dict[str, Module] = {}
    for symbol, name in importable_modules(walk.interpreter.tree).items():
        try:
            module = walk.interpreter.load(name)
        except ImportFailed:
            continue
        if isinstance(module, Module):
            found[symbol] = module
    return found


def _names(walk: Walk, symbol: str, module: Module) -> dict[str, SymbolRow]:
    """What can be imported from a module, without the modules in its folder."""
    return {
        f"{symbol}.{name}": walk.row(value)
        for name, value in module.names.items()
        if is_public(name) and not _is_foreign(value)
    }


def _is_foreign(value: Value) -> bool:
    """A module, a name of another package, or what ``from __future__`` binds."""
    future = isinstance(value, Opaque) and value.literal == "__future__"
    return future or isinstance(value, (Module, Lazy, External))


def _is_whole(symbol: str) -> bool:
    """The whole API once more, in ``tensorflow/_api/v2/v2.py``: only that it is there is listed."""
    return symbol.endswith((".v1", ".v2")) and not symbol.endswith((".compat.v1", ".compat.v2"))


def _right_below(walk: Walk, symbol: str) -> list[str]:
    depth = symbol.count(".") + 1
    return [s for s in walk.symbols if s.startswith(symbol + ".") and s.count(".") == depth]


def importable_modules(tree: Tree) -> dict[str, str]:
    """What ``import tensorflow...`` finds in the folders: by symbol, the module that is read."""
    found: dict[str, str] = {}

    def search(symbol: str, folders: tuple[str, ...]) -> None:
        below: dict[str, str] = {}
        for folder in folders:
            for name in tree.contents(folder):
                below.setdefault(name, f"{folder}.{name}")
        for name, module in below.items():
            inner = f"{symbol}.{name}"
            if not _is_left_out(inner):
                found[inner] = module
                search(inner, (*_added(tree, inner), module))

    search("tf", _roots(tree))
    return dict(sorted(found.items()))


def _is_left_out(symbol: str) -> bool:
    """Private modules, second spellings, and contrib, where all that can be imported is listed."""
    parts = symbol.split(".")
    if parts[1] in (*PRIVATE_FOLDERS, "contrib") or "python" in parts:
        return True
    if not is_public(parts[-1]) or parts[-1].endswith("_test"):
        return True
    return any(is_skipped(".".join(parts[:size])) for size in range(2, len(parts) + 1))


def _roots(tree: Tree) -> tuple[str, ...]:
    """``tensorflow.__path__``, in its order."""
    number = tree.api
    keras = [f"keras.api._{number}", "keras._tf_keras"]
    if not tree.has_folder("tensorflow.keras"):
        keras.append(f"tensorflow.python.keras.api._{number}")
    hooks = [*keras, f"tensorflow_estimator.python.estimator.api._{number}"]
    if "tensorboard.summary._tf" in (tree.core / "__init__.py").read_text():
        hooks.append("tensorboard.summary._tf")
    return (*hooks, "tensorflow", f"tensorflow._api.{number}")


def _added(tree: Tree, symbol: str) -> tuple[str, ...]:
    """What the source of a module puts before its own folder in its ``__path__``.

    What one module puts into the ``__path__`` of another does not count: an import statement gives
    a second copy of that other one, which knows nothing of it.
    """
    legacy = "keras.api._v1.keras.__internal__.legacy"
    if symbol == "tf.compat.v1":
        estimator = "tensorflow_estimator.python.estimator.api._v1"
        return legacy, "keras.api._v1", "tensorflow.python.keras.api._v1", estimator
    return ()
