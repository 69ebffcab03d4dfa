"""The values of lifting: steps, run sites, functions; and the refusal."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from tfmigrate.lifting.uses import path_of


class Unliftable(Exception):
    """A construct that is not understood: the whole graph stays as it is.

    ``node`` is where it stands, ``reason`` what it is and why it stops the lift, lower case.
    """

    def __init__(self, node: ast.AST, reason: str) -> None:
        super().__init__(reason)
        self.node = node
        self.reason = reason


class Stage(IntEnum):
    """When the value of an expression is there; the later stage of two parts decides."""

    HOST = 0
    """A Python value."""
    FIXED = 1
    """A tensor that is the same at every run: an eager tensor will do."""
    STATE = 2
    """A variable, a layer, an optimizer, or something that holds them: made once."""
    STAGED = 3
    """A tensor or operation that each run computes anew."""


class Kind(Enum):
    """What becomes of a statement."""

    KEPT = "kept"
    """It stays where it is, with its run sites rewritten."""
    PLACEHOLDER = "placeholder"
    """A placeholder: a specification, and a parameter of the functions that read it."""
    STAGED = "staged"
    """It moves into the functions that need it."""
    TRAIN = "train"
    """It makes an operation that applies gradients."""
    STATE = "state"
    """It makes variables, layers or optimizers, and stays."""
    DROPPED = "dropped"
    """Sessions, initializers and graphs: nothing takes its place."""


@dataclass(frozen=True)
class Naming:
    """What the names of a function within the scope stand for.

    ``own`` maps its own names to paths, ``cls`` is the class that ``self`` is of, ``method`` the
    function's name, ``instances`` maps names to the class that they are an object of.
    """

    own: Mapping[str, str] = field(default_factory=dict)
    cls: str = ""
    method: str = ""
    instances: Mapping[str, str] = field(default_factory=dict)

    def get(self, path: str, default: str) -> str:
        """The path that a name, or an attribute of a name, stands for."""
        if path in self.own:
            return self.own[path]
        head, dot, rest = path.partition(".")
        if not dot:
            return default
        if head == "self" and self.cls:
            return f"{self.cls}.{rest}"
        base = self.own.get(head, head)
        cls = self.instances.get(base) or self.instances.get(head)
        return f"{cls}.{rest}" if cls is not None else default


@dataclass(eq=False)
class Step:
    """One statement of the scope, blocks that mean nothing natively taken apart.

    ``reads``, ``writes`` and ``mutates`` are paths: a name, or a name and attributes
    (``self.x``). ``contexts`` are the ``with`` blocks around it that hold in a function as well
    (name scopes, devices), ``blocks`` the loops and conditions of the program around it.
    """

    node: ast.stmt
    index: int
    reads: frozenset[str]
    writes: frozenset[str]
    mutates: frozenset[str]
    contexts: tuple[ast.With, ...] = ()
    blocks: tuple[ast.stmt, ...] = ()
    kind: Kind = Kind.KEPT
    stage: Stage = Stage.HOST
    header: bool = False
    """Whether only the head of a compound statement is meant; its body follows as steps."""
    names: Naming = field(default_factory=Naming)
    """What its names stand for in the scope."""

    def path(self, node: ast.AST) -> str | None:
        """The path of an expression of this step."""
        path = path_of(node)
        return self.names.get(path, path) if path is not None else None

    def paths(self, paths: Iterable[str]) -> set[str]:
        """Paths as this step means them."""
        return {self.names.get(path, path) for path in paths}

    @property
    def defines(self) -> frozenset[str]:
        """Every path whose value this step changes."""
        return self.writes | self.mutates


@dataclass(eq=False)
class Fetch:
    """One thing that a run site asks for: a path that a step defines, or an expression."""

    node: ast.expr
    path: str | None
    operation: bool
    """Whether it has no value: a training operation, a group, an initializer."""


@dataclass(eq=False)
class RunSite:
    """One ``sess.run(...)``, ``x.eval()`` or ``op.run()``.

    ``shape`` tells how the fetches were given: ``one``, ``list``, ``tuple`` or ``dict``.
    ``feeds`` maps the path of what is fed to the expression of its value, ``feed`` is the
    expression of the dictionary if it is not written out, ``sometimes`` what is not always in it.
    """

    call: ast.Call
    step: Step
    fetches: list[Fetch]
    shape: str
    keys: list[ast.expr] = field(default_factory=list)
    feeds: dict[str, ast.expr] = field(default_factory=dict)
    feed: ast.expr | None = None
    sometimes: frozenset[str] = frozenset()
    writer: str = ""
    """The summary writer that gets what this site computes."""
    probe: bool = False
    """Whether only the shape of what it fetches is asked for."""
    at_step: ast.expr | None = None
    """The step that its summaries are written for."""


def is_alias(step: Step) -> bool:
    """Whether a statement gives something staged a second name of the same last part."""
    node = step.node
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return False
    target, value = step.path(node.targets[0]), step.path(node.value)
    if target is None or value is None:
        return False
    return target.rpartition(".")[2] == value.rpartition(".")[2]
