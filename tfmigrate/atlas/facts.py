"""The values the atlas answers with: frozen, and without any knowledge of how they are stored.

They are named tuples: a start-up of the tool loads this module, and making a frozen dataclass with
slots takes ten times as long.
"""

from __future__ import annotations

from enum import Enum
from typing import Literal, NamedTuple

ParameterKind = Literal["positional", "keyword", "args", "kwargs"]


class Kind(str, Enum):
    """What a symbol is, in the last release that has it."""

    FUNCTION = "function"
    CLASS = "class"
    CONSTANT = "constant"
    """Any other object: a dtype, a version string, an instance such as ``tf.app.flags.FLAGS``."""
    MODULE = "module"
    MEMBER = "member"
    """A method, property or attribute of a class: ``tf.data.Dataset.map``."""


class Parameter(NamedTuple):
    """One parameter of a callable; ``default`` says that it may be left out."""

    name: str
    default: bool
    kind: ParameterKind


class Signature(NamedTuple):
    """How something is called, without ``self`` or ``cls``."""

    parameters: tuple[Parameter, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names an argument can be passed by, in order (no ``*args``, no ``**kwargs``)."""
        return tuple(p.name for p in self.parameters if p.kind in ("positional", "keyword"))

    @property
    def max_positional(self) -> int | None:
        """How many positional arguments it takes; None when there is an ``*args``."""
        if any(p.kind == "args" for p in self.parameters):
            return None
        return sum(p.kind == "positional" for p in self.parameters)

    def accepts(self, keyword: str) -> bool:
        """Whether ``keyword=...`` can be passed; anything can where there is a ``**kwargs``."""
        return keyword in self.names or any(p.kind == "kwargs" for p in self.parameters)

    def needs(self, name: str) -> bool:
        """Whether an argument has to be passed."""
        return any(each.name == name and not each.default for each in self.parameters)

    def position(self, name: str) -> int | None:
        """The index ``name`` can be passed at, counted from 0; None if it cannot."""
        for index, parameter in enumerate(self.parameters):
            if parameter.kind != "positional":
                return None
            if parameter.name == name:
                return index
        return None


class Entry(NamedTuple):
    """What is known about one symbol over all releases.

    ``releases`` are those where an attribute access or an import statement gives it, oldest first;
    ``raises`` those among them where it exists but raises as soon as it is called (or, for a module
    or constant, read); ``imports`` those where only an import statement gives it.
    """

    symbol: str
    kind: Kind
    releases: tuple[str, ...]
    raises: tuple[str, ...]
    imports: tuple[str, ...] = ()


class AtlasError(ValueError):
    """The data are missing or damaged, or a question names a release the atlas does not cover."""
