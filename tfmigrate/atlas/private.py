"""Private modules: what ``tensorflow.python...`` held in which release, and its public twin."""

from __future__ import annotations

from tfmigrate.atlas.encoding import FORM_FEED
from tfmigrate.atlas.facts import Kind

_ROOTS = ("python", "core", "compiler", "tools", "dtensor", "security", "tsl", "examples")


def is_private(symbol: str) -> bool:
    """Whether a path is outside the public API by its spelling alone."""
    parts = symbol.split(".", 3)
    if len(parts) < 2:
        return False
    return parts[1] in _ROOTS or (".python" in symbol and "python" in symbol.split("."))


class PrivateModules:
    """The decoded ``private.z``; a module's names are decoded when it is asked for."""

    def __init__(self, text: str, releases: tuple[str, ...]) -> None:
        modules, contents = text.split(FORM_FEED)
        self._lines = dict(zip(modules.split("\n"), contents.split("\n"), strict=True))
        self._releases = releases
        self._decoded: dict[str, dict[str, tuple[int, str]]] = {}

    def mask(self, symbol: str) -> int:
        """The releases that have that module or that name of a module, as a bit set."""
        line = self._lines.get(symbol)
        if line is not None:
            return int(line.partition(";")[0], 16)
        module, _, name = symbol.rpartition(".")
        return self._names(module).get(name, (0, ""))[0]

    def kind(self, symbol: str) -> Kind:
        """A module, or (by the spelling conventions of Python) a class, constant or function."""
        if symbol in self._lines:
            return Kind.MODULE
        name = symbol.rpartition(".")[2]
        if name.isupper():
            return Kind.CONSTANT
        return Kind.CLASS if name[:1].isupper() else Kind.FUNCTION

    def children(self, module: str) -> tuple[str, ...]:
        """The names in a private module and the modules right below it."""
        below = {m[len(module) + 1 :] for m in self._lines if m.startswith(module + ".")}
        return tuple(sorted({name.partition(".")[0] for name in below} | set(self._names(module))))

    def twin(self, symbol: str) -> str | None:
        """The public symbol for the longest prefix that has one, with the rest behind it."""
        prefix, rest = symbol, ""
        while prefix:
            module, _, name = prefix.rpartition(".")
            twin = self._names(module).get(name, (0, ""))[1]
            if twin:
                return twin + rest
            prefix, rest = module, f".{name}{rest}"
        return None

    def _names(self, module: str) -> dict[str, tuple[int, str]]:
        found = self._decoded.get(module)
        if found is None:
            found = _read_names(self._lines.get(module, ""))
            self._decoded[module] = found
        return found


def _read_names(line: str) -> dict[str, tuple[int, str]]:
    """Names of one module: to the releases they are in and their twin, if any."""
    found: dict[str, tuple[int, str]] = {}
    for group in line.split(";")[1:]:
        bits, _, names = group.partition(":")
        mask = int(bits, 16)
        for item in names.split(","):
            name, _, twin = item.partition("=")
            found[name] = (mask, twin)
    return found
