"""Ask a live TensorFlow what it has. Runs inside the interpreter that is asked, as a plain script.

It imports nothing of this package, so that it also runs where only TensorFlow is installed, and it
keeps to the syntax of Python 3.7, the only Python that TensorFlow 1.15 and today's tools share.
Prints one JSON object, in the notation of ``tfmigrate.atlas.encoding``: ``{"version": ...,
"keras": ..., "symbols": {symbol: [kind, signature, raises, members]}, "answers": {...}, "imports":
{...}}``. Standard input is ``{"symbols": [...], "modules": [...]}``: of the symbols it is told
whether they are ``missing``, ``raises`` or ``alive``; the modules, and all that are found in the
folders of the package, are imported, and it is told whether an attribute access gave them before
and what can be imported from them.
"""

from __future__ import annotations

import enum
import importlib
import inspect
import json
import os
import pkgutil
import sys
import types
import warnings
from typing import Any

PACKAGES = ("tensorflow", "tensorflow_core", "tensorflow_estimator", "keras", "tensorboard")
PRIVATE_FOLDERS = ("python", "core", "compiler", "tools", "dtensor", "security", "tsl", "examples")
SKIPPED = {"tf.compat.v2", "tf.compat.v1.compat", "tf.compat.v1.contrib"}
SKIPPED |= {"tf." + folder for folder in PRIVATE_FOLDERS}
SHOWN_UNDERSCORES = {
    "__version__",
    "__git_version__",
    "__compiler_version__",
    "__cxx11_abi_flag__",
    "__cxx_version__",
    "__monolithic_build__",
    "__internal__",
    "__operators__",
}


def is_public(name: str) -> bool:
    """Names that are part of an interface."""
    return not name.startswith("_") or name in SHOWN_UNDERSCORES


def is_skipped(symbol: str) -> bool:
    """Private folders (they are in the table of private modules) and second spellings."""
    return symbol in SKIPPED or (symbol.startswith("tf.contrib.") and symbol.endswith(".python"))


def is_leaked(symbol: str, module: str, trail: tuple[str, ...], curated: set[str]) -> bool:
    """Modules that contrib code merely imported: the names in them are not listed again.

    Contrib hardly ever cleaned up, so a module can be reached along thousands of paths.
    ``curated`` are the modules that did, with ``remove_undocumented``: what is left is meant.
    """
    if not symbol.startswith("tf.contrib"):
        return False
    if ".contrib" not in module:
        return trail[-1].replace("tensorflow_core", "tensorflow") not in curated
    # slim.nets publishes slim.python.slim.nets.alexnet: deep down, only such a parent counts
    return len(trail) > 3 and module.split(".")[-2] != trail[-1].split(".")[-1]


def is_api(module: str) -> bool:
    """Modules whose whole job is to publish names."""
    if module.startswith(("tensorflow.contrib", "tensorflow_core.contrib")):
        return True
    if module.startswith("keras"):
        return not module.startswith(("keras.src", "keras.engine", "keras.utils.tf"))
    parts = module.split(".")
    if parts[0] in ("tensorflow", "tensorflow_core") and parts[1:2] != ["_api"]:
        return len(parts) == 1 or parts[1] not in PRIVATE_FOLDERS or ".keras.api" in module
    return ".api._v" in module or "._api." in module or module.startswith("tensorboard.summary")


def signature_of(value: Any) -> str | None:
    """The parameters of a callable in the atlas's notation; None if Python cannot tell."""
    try:
        if inspect.isclass(value):
            return class_signature(value)
        return notation(list(inspect.signature(value).parameters.values()))
    except (TypeError, ValueError, AttributeError):
        return None


def class_signature(cls: type) -> str | None:
    """The constructor's: ``__init__`` or ``__new__``, whichever is nearer in the bases."""
    for base in cls.__mro__:
        if base is object:
            return ""
        for name in ("__init__", "__new__"):
            if name in base.__dict__:
                function = getattr(base, name)
                parameters = list(inspect.signature(function).parameters.values())
                return notation(parameters[1:] if is_named(parameters) else parameters)
    return None


def is_named(parameters: list[inspect.Parameter]) -> bool:
    """Whether the first parameter is a real one (``self``), not ``*args``."""
    return bool(parameters) and parameters[0].kind is not inspect.Parameter.VAR_POSITIONAL


def notation(parameters: list[inspect.Parameter]) -> str:
    """``x,keep_prob=,*,name=``."""
    parts: list[str] = []
    starred = False
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            starred = True
            parts.append("*" + p.name)
        elif p.kind is p.VAR_KEYWORD:
            parts.append("**" + p.name)
        else:
            if p.kind is p.KEYWORD_ONLY and not starred:
                starred = True
                parts.append("*")
            parts.append(p.name + ("" if p.default is p.empty else "="))
    return ",".join(parts)


def members_of(cls: type) -> dict[str, str | None]:
    """Public members, inherited ones included; methods with their parameters."""
    found: dict[str, str | None] = {}
    for name in dir(cls):
        if name.startswith("_"):
            continue
        try:
            static = inspect.getattr_static(cls, name)
            value = getattr(cls, name)
        except Exception:  # a descriptor may raise anything at all
            found[name] = None
            continue
        found[name] = None
        if isinstance(static, (types.FunctionType, staticmethod, classmethod)):
            found[name] = method_signature(static, value)
    return found


def method_signature(static: Any, value: Any) -> str | None:
    """Parameters of a method, without ``self`` or ``cls``."""
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return None
    if isinstance(static, types.FunctionType) and is_named(parameters):
        parameters = parameters[1:]
    return notation(parameters)


def kind_of(value: Any) -> str:
    """The letter of a kind (see ``encoding``)."""
    if isinstance(value, types.ModuleType):
        return "m"
    if inspect.isclass(value):
        return "c"
    if isinstance(value, enum.Enum) or not callable(value):
        return "v"
    if inspect.isroutine(value) or hasattr(value, "__wrapped__") or hasattr(value, "func"):
        return "f"
    return "v"


class Walk:
    """Everything reachable under ``tf`` through public names."""

    def __init__(self) -> None:
        self.symbols: dict[str, list[Any]] = {}
        self.curated: set[str] = set()
        for name, module in list(sys.modules.items()):
            if name.endswith(".util.all_util"):
                hidden = module._HIDDEN_ATTRIBUTES
                self.curated |= {
                    symbol.rpartition(".")[0].replace("tensorflow_core", "tensorflow")
                    for symbol in hidden
                }

    def module(self, path: str, module: types.ModuleType, trail: tuple[str, ...]) -> None:
        """Record a module's public names, and go on into the modules that publish."""
        for name in sorted(set(dir(module))):
            symbol = path + "." + name
            if not is_public(name) or is_skipped(symbol):
                continue
            try:
                value = getattr(module, name)
            except AttributeError:
                continue
            except Exception:  # lazily loaded names may fail in any way: they exist and raise
                self.symbols[symbol] = ["v", None, True, None]
                continue
            self.value(symbol, value, trail)

    def value(self, symbol: str, value: Any, trail: tuple[str, ...]) -> None:
        """Record one symbol."""
        kind = kind_of(value)
        if kind == "m":
            self.submodule(symbol, value, trail)
        elif kind == "c":
            self.symbols[symbol] = ["c", signature_of(value), False, members_of(value)]
        elif kind == "f":
            self.symbols[symbol] = ["f", signature_of(value), False, None]
        else:
            self.symbols[symbol] = ["v", None, False, None]

    def submodule(self, symbol: str, module: Any, trail: tuple[str, ...]) -> None:
        """Record a module: with its names if it is ours, as an opaque object if it is not."""
        try:
            dir(module)  # lazy loaders reveal their real name when they are touched
        except Exception:
            self.symbols[symbol] = ["m", None, False, None]
            return
        name = str(getattr(module, "__name__", ""))
        inside = trail and not is_api(trail[-1])
        if name in trail or inside or not name.startswith(PACKAGES):
            self.symbols[symbol] = ["v", None, False, None]
            return
        if is_leaked(symbol, name, trail, self.curated):
            self.symbols[symbol] = ["v", None, False, None]
            return
        self.symbols[symbol] = ["m", None, False, None]
        self.module(symbol, module, (*trail, name))


def answer(tf: types.ModuleType, symbol: str) -> str:
    """Try one symbol: whether it is there, and whether it is more than an error message."""
    value: Any = tf
    for part in symbol.split(".")[1:]:
        try:
            value = getattr(value, part)
        except AttributeError as error:
            return "raises" if "not available" in str(error) else "missing"
        except Exception:  # whatever else reading it raises
            return "raises"
    try:
        parameters = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    required = [p for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    try:
        value(*[None] * len(required))
    except TypeError:
        return "alive"  # it looked at its arguments
    except Exception:  # whatever it says instead of working
        return "raises"
    return "alive"


def import_contrib(package: str) -> dict[str, types.ModuleType]:
    """Every public module below a package of contrib that can be imported."""
    found: dict[str, types.ModuleType] = {}
    for child in pkgutil.iter_modules(importlib.import_module(package).__path__):
        if child.name == "python" or child.name.endswith("_test"):
            continue
        name = package + "." + child.name
        try:
            found[name] = importlib.import_module(name)
        except Exception:  # some need libraries that are not installed
            continue
        if child.ispkg:
            found.update(import_contrib(name))
    return found


def modules_on_disk(path: list[str], symbol: str) -> list[str]:
    """The public modules in the folders of a package and in the packages below it."""
    found: list[str] = []
    for child in pkgutil.iter_modules([folder for folder in path if os.path.isdir(folder)]):  # noqa: PTH112
        inner = symbol + "." + child.name
        private = child.name in (*PRIVATE_FOLDERS, "contrib") if symbol == "tf" else False
        if private or child.name == "python" or is_skipped(inner) or not is_public(child.name):
            continue
        finder: Any = child.module_finder
        folder = os.path.join(finder.path, child.name)  # noqa: PTH118
        if child.ispkg or os.path.isfile(folder + ".py"):  # noqa: PTH113
            found.append(inner)
        if child.ispkg:
            found += modules_on_disk([folder], inner)
    return found


def is_attribute(tf: types.ModuleType, symbol: str) -> bool:
    """Whether attribute access alone gives a symbol."""
    value: Any = tf
    for part in symbol.split(".")[1:]:
        try:
            value = getattr(value, part)
        except Exception:  # lazily loaded names may fail in any way
            return False
    return True


def imported(symbol: str) -> dict[str, list[Any]] | None:
    """What can be imported from a module: kind and parameters by name; None if it cannot be."""
    try:
        module = importlib.import_module("tensorflow" + symbol[len("tf") :])
    except Exception:  # some are broken in other ways than by being absent
        return None
    found: dict[str, list[Any]] = {}
    for name in dir(module):
        try:
            value = getattr(module, name)
        except Exception:  # lazily loaded names may fail in any way
            continue
        found[name] = [kind_of(value), None if kind_of(value) == "m" else signature_of(value)]
    return found


def imports_of(tf: types.ModuleType, asked: list[str]) -> dict[str, list[Any]]:
    """Modules to whether they were attributes before any was imported, and their names."""
    symbols = sorted({*asked, *modules_on_disk(list(tf.__path__), "tf")})
    before = {symbol: is_attribute(tf, symbol) for symbol in symbols}
    return {symbol: [before[symbol], imported(symbol)] for symbol in symbols}


def main() -> None:
    """Walk the installed TensorFlow and print what is there."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.simplefilter("ignore")
    tf = importlib.import_module("tensorflow")
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    contrib: dict[str, types.ModuleType] = {}
    if tf.__version__.startswith("1."):
        contrib = import_contrib("tensorflow.contrib")
    walk = Walk()
    walk.module("tf", tf, ("tensorflow",))
    for name, module in contrib.items():
        # tf.contrib is a lazy copy that never learns of packages imported after it was filled
        symbol = "tf" + name[len("tensorflow") :]
        if symbol not in walk.symbols:
            walk.value(symbol, module, ("tensorflow", "tensorflow.contrib"))
    asked = {} if sys.stdin.isatty() else json.loads(sys.stdin.read() or "{}")
    found = {
        "version": tf.__version__,
        "keras": getattr(sys.modules.get("keras"), "__version__", None),
        "symbols": walk.symbols,
        "answers": {symbol: answer(tf, symbol) for symbol in asked.get("symbols", ())},
        "imports": imports_of(tf, asked.get("modules", [])),
    }
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
