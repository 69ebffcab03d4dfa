"""How a canonical name is written in a file: by which of its names, and after which import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from tfmigrate.engine.context import Context
from tfmigrate.model import Fix
from tfmigrate.names import Names, Reference, plain, resolve
from tfmigrate.names.knowledge import COMPAT
from tfmigrate.transforms.bindings import Bindings, collect
from tfmigrate.transforms.source import Source

CUSTOMARY = {
    "math": ("import math", "math"),
    "numpy": ("import numpy as np", "np"),
    "tensorflow_hub": ("import tensorflow_hub as hub", "hub"),
    "tensorflow_probability": ("import tensorflow_probability as tfp", "tfp"),
    "tensorflow_text": ("import tensorflow_text as tf_text", "tf_text"),
}
"""Packages that are imported whole, under the name that everybody gives them."""

_SECOND = {"logging": "absl_logging", "flags": "absl_flags", "app": "absl_app"}
"""What a module of absl is called where its own name is taken."""


class Unspellable(Exception):
    """A name cannot be written at some place of the file; the text says why."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """How a name is written, and the import statements that this takes."""

    text: str
    imports: tuple[str, ...] = ()


class Spelling:
    """The names that one file has for things.

    ``tree`` is the file's syntax tree and ``names`` what the resolver found in it; without them
    the file is read once more when they are needed.
    """

    def __init__(
        self,
        source: Source,
        context: Context,
        tree: ast.Module | None = None,
        names: Names | None = None,
    ) -> None:
        self.source = source
        self.context = context
        self._tree = tree
        self._names = names
        self.fixes: dict[object, Fix | None] = {}
        """What was worked out for the file as a whole, by what it is about."""
        self._mentioned: dict[str, bool] = {}

    def know(self, tree: ast.Module, names: Names) -> None:
        """Take over what was read of the file elsewhere, instead of reading it once more."""
        self._tree, self._names = tree, names

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of the file."""
        return self._tree if self._tree is not None else ast.parse(self.source.text)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every reference of the file."""
        names = self._names
        if names is None:
            names = resolve(self.tree, self.context.knowledge)
        return names.references

    @cached_property
    def bindings(self) -> Bindings:
        """What the file binds."""
        return collect(self.tree, len(self.source.lines.lines))

    @cached_property
    def _decorators(self) -> frozenset[tuple[int, int]]:
        """Where the decorators of the file stand."""
        return frozenset(
            (each.lineno, each.col_offset)
            for node in ast.walk(self.tree)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            for each in node.decorator_list
        )

    def decorates(self, node: ast.AST) -> bool:
        """Whether an expression is a decorator, and so called with one argument."""
        if not isinstance(node, (ast.Name, ast.Attribute)):
            return False
        return (node.lineno, node.col_offset) in self._decorators

    def _mentions(self, name: str) -> bool:
        """Whether a word stands anywhere in the file, but behind a dot: else nothing binds it."""
        known = self._mentioned.get(name)
        if known is None:
            word = rf"(?<![\w.]){re.escape(name)}\b"
            known = name in self.source.text and re.search(word, self.source.text) is not None
            self._mentioned[name] = known
        return known

    def _will_be(self, name: str, module: str) -> bool:
        """Whether a name is bound to what became a module: ``flags = tf.app.flags``.

        What is read through it is the same, before and after the name is bound to the successor.
        """
        if self.bindings.is_free(name, 0):
            return False
        roots = set()
        for reference in self.references:
            node = reference.node
            while isinstance(node, ast.Attribute):
                node = node.value
            if isinstance(node, ast.Name) and node.id == name:
                roots.add(reference.root)
        rows = [self.context.catalogue.row(plain(each)) for each in roots]
        return len(rows) == 1 and rows[0] is not None and rows[0].to == module

    def spell(self, dotted: str, row: int, near: str = "", *, compat: bool = False) -> Spelled:
        """How a canonical name is written in a row.

        Args:
            dotted: ``tf.math.log``, ``absl.flags.DEFINE_string``, ``math.exp``.
            row: where it is to be read.
            near: a name that is TensorFlow itself at that place, if one is known.
            compat: whether a name of ``tf.compat.v1`` will do.

        Raises:
            Unspellable: what it would be called means something else there.
        """
        if dotted == "tf" or dotted.startswith("tf."):
            root = Spelled(near) if near else self.tensorflow(dotted, row, compat=compat)
            return Spelled(root.text + dotted[2:], root.imports)
        module, rest = module_of(dotted)
        name = self.module(module, row)
        return Spelled(f"{name.text}.{rest}" if rest else name.text, name.imports)

    def tensorflow(self, dotted: str, row: int, *, compat: bool = False) -> Spelled:
        """The name of TensorFlow in a row, fit to start ``dotted`` with.

        ``compat`` says that it may be that of ``tf.compat.v1``, whatever that is called with.
        """
        for module in ("tensorflow", "tensorflow.compat.v2"):
            for name in self.bindings.names_of(module, row):
                return Spelled(name)
        for name in self.bindings.names_of("tensorflow.compat.v1", row):
            if compat or same_in_compat(dotted, self.context):
                return Spelled(name)
        for name, statement in (
            ("tf", "import tensorflow as tf"),
            ("tensorflow", "import tensorflow"),
        ):
            if self.bindings.is_free(name, row):
                return Spelled(name, (statement,))
        raise Unspellable("`tf` and `tensorflow` are other things here")

    def module(self, module: str, row: int) -> Spelled:
        """The name of a module of another package in a row."""
        statement, name = next(iter(ways_to_import(module)))
        if not self._mentions(name) and not self._mentions(module.partition(".")[0]):
            return Spelled(name, (statement,))
        for name in self.bindings.names_of(module, row):
            return Spelled(name)
        for statement, name in ways_to_import(module):
            if self._will_be(name, module):
                return Spelled(name)
            if self.bindings.is_free(name, row):
                return Spelled(name, (statement,))
        raise Unspellable(f"`{module.rpartition('.')[2]}` is something else here")


def ways_to_import(module: str) -> Iterator[tuple[str, str]]:
    """Import statements for a module and the names that they bind, the best first."""
    if module in CUSTOMARY:
        yield CUSTOMARY[module]
        return
    parent, _, last = module.rpartition(".")
    if not parent:
        yield f"import {module}", module
        return
    yield f"from {parent} import {last}", last
    second = _SECOND.get(last) if parent == "absl" else None
    second = second or f"{parent.partition('.')[0]}_{last}"
    yield f"from {parent} import {last} as {second}", second


def module_of(dotted: str) -> tuple[str, str]:
    """The module that a foreign name is imported from, and the name below it."""
    root, _, rest = dotted.partition(".")
    if root in CUSTOMARY:
        return root, rest
    parts = dotted.split(".")
    if root == "absl":
        return ".".join(parts[:2]), ".".join(parts[2:])
    if len(parts) == 1:
        return dotted, ""
    last = next((i for i, part in enumerate(parts) if part[:1].isupper()), len(parts) - 1)
    return ".".join(parts[:last]), ".".join(parts[last:])


def same_in_compat(dotted: str, context: Context) -> bool:
    """Whether ``tf.X`` can be written with the name of ``tf.compat.v1``: both are called alike."""
    alias = COMPAT + dotted[2:]
    atlas, target = context.atlas, context.target
    if not (atlas.alive(alias, target) and atlas.alive(dotted, target)):
        return False
    return atlas.signature(alias, target) == atlas.signature(dotted, target)


def alike_in_compat(dotted: str, context: Context) -> bool:
    """Whether the first arguments of ``tf.X`` and ``tf.compat.v1.X`` are the same ones."""
    alias = COMPAT + dotted[2:]
    atlas, target = context.atlas, context.target
    if not (atlas.alive(alias, target) and atlas.alive(dotted, target)):
        return False
    one, other = atlas.signature(alias, target), atlas.signature(dotted, target)
    if one is None or other is None:
        return one is other
    required = sum(not each.default for each in other.parameters)
    return one.parameters[:required] == other.parameters[:required]
