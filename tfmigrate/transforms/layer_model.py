"""What comes of splitting the call of a layer function: values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something cannot be rewritten; a clause that completes "cannot be rewritten: ..."."""

    reason: str


@dataclass(frozen=True, slots=True)
class Creation:
    """An object to make once, and what lifting must know of it.

    ``constructor`` is an expression in the spelling of the file; ``frees`` are the names that its
    arguments read, in order. ``name`` is a variable name that suggests itself, unique only by
    chance. ``weights`` says that it has variables; ``stateful`` that it must not be made inside a
    ``tf.function`` (a ``Dropout`` has no weights, but a seed); ``regularized`` that its ``losses``
    are part of the loss.
    """

    name: str
    constructor: str
    frees: tuple[str, ...] = ()
    weights: bool = True
    stateful: bool = True
    regularized: bool = False


@dataclass(frozen=True, slots=True)
class LayerCall:
    """One call of a layer function, split into what is made once and what is evaluated each time.

    ``call`` is a format string: ``{0}``, ``{1}`` ... stand for the objects, braces of the program
    are doubled; ``text`` fills it in. ``plain`` is an expression without any objects that means the
    same, where there is one, for the case that a constructor would read a value that is known only
    when the program runs. ``training`` is the text of what decides about training, None if nothing
    does; ``updates`` says that calls with training update moving averages (batch norm); ``scope``
    and ``reuse`` are the texts of these arguments, where given: two calls share their objects if
    the names are the same. ``notes`` say what may differ.
    """

    creations: tuple[Creation, ...]
    call: str
    training: str | None = None
    updates: bool = False
    scope: str | None = None
    reuse: str | None = None
    plain: str | None = None
    notes: tuple[str, ...] = ()

    def text(self, *names: str) -> str:
        """The new expression, with the objects called ``names``; their constructors if left out."""
        made = names or tuple(each.constructor for each in self.creations)
        return self.call.format(*made)

    @property
    def regularized(self) -> bool:
        """Whether some object adds to the loss."""
        return any(each.regularized for each in self.creations)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What is known of the input tensor: its rank and dtype (``"float64"``), None if unknown."""

    rank: int | None = None
    dtype: str | None = None
