"""The constructor of a Keras layer, from the arguments of the function that made it anew."""

from __future__ import annotations

import ast
import keyword
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from tfmigrate.transforms.bound import call_text
from tfmigrate.transforms.layer_model import Creation, Inputs
from tfmigrate.transforms.layer_rows import LayerRow
from tfmigrate.transforms.layer_values import Arg, Reading, Refusal, frees, value

Defaults: TypeAlias = "Mapping[str, Mapping[str, ast.expr | str]]"
"""Symbol, parameter, default: a node of the program, or a text in canonical names."""

SHARED = (
    "`{}` may be one initializer object for several layers: a Keras initializer gives each of "
    "them the same values"
)
_IGNORED = ("_scope", "_reuse")
_COUNTS = ("units", "filters", "input_dim", "output_dim")
_REDUCING = ("max", "min", "sum", "prod", "item", "astype")
_NUMPY = ("np", "numpy")
_DEPTH = 4
_BASE = ("activity_regularizer", "trainable", "dtype", "name")


@dataclass(frozen=True, slots=True)
class Job:
    """One call to split: its entry, its arguments by parameter, and how to read them.

    ``input`` is the text of the input, braces doubled; ``first`` the number of the first object
    that it makes; ``positional`` are the parameters that are passed without a keyword;
    ``defaults`` those of the scopes around the call, by symbol and parameter.
    """

    row: LayerRow
    given: Mapping[str, Arg]
    reading: Reading
    input: str = ""
    inputs: Inputs = field(default_factory=Inputs)
    first: int = 0
    positional: frozenset[str] = frozenset()
    defaults: Defaults = field(default_factory=dict)

    def arg(self, name: str) -> Arg | None:
        """An argument that is given and is not None."""
        found = self.given.get(name)
        return None if found is None or found.literal is None else found

    @property
    def operand(self) -> str:
        """The input, in parentheses where something beside it would bind tighter."""
        arg = self.given.get(self.row.inputs)
        return self.input if arg is None else escaped(arg.operand)

    def without(self, *names: str) -> Job:
        """The same job, with some arguments left out."""
        kept = {name: arg for name, arg in self.given.items() if name not in names}
        return replace(self, given=kept)

    def adding(self, **texts: str) -> Job:
        """The same job, with other defaults spelled out."""
        return replace(self, row=replace(self.row, add={**self.row.add, **texts}))


@dataclass(frozen=True, slots=True)
class Made:
    """A creation, and what may differ."""

    creation: Creation
    notes: tuple[str, ...] = ()


def escaped(text: str) -> str:
    """A text as part of a format string."""
    return text.replace("{", "{{").replace("}", "}}")


def make(job: Job) -> Made:
    """The constructor of the layer of a job.

    Raises:
        Refusal: an argument has no counterpart.
    """
    pairs, notes = dict[str, str](), list[str]()
    positional, seen = set[str](), set[str]()
    for name, arg in job.given.items():
        new = destination(job.row, name, arg, notes)
        if not new:
            continue
        seen.add(new)
        if new.endswith("_initializer") and is_variable(arg):
            notes.append(SHARED.format(arg.text))
        text = converted(new, arg, job.row)
        if text is None:
            continue
        pairs[new] = text
        if name in job.positional:
            positional.add(new)
    added = {new: text for new, text in job.row.add.items() if new not in seen}
    pairs |= {new: text for new, text in added.items() if text != "None"}
    if job.inputs.dtype not in (None, "float32"):
        pairs.setdefault("dtype", f'"{job.inputs.dtype}"')
    written = arranged(job, pairs, positional)
    constructor = call_text(job.reading.spell(job.row.make), written)
    return Made(
        Creation(
            object_name(job),
            constructor,
            reads(constructor, job),
            weights=job.row.weights,
            stateful=job.row.weights,
            regularized=any(each.endswith("_regularizer") for each in pairs),
        ),
        tuple(notes),
    )


def reads(constructor: str, job: Job) -> tuple[str, ...]:
    """The names that a constructor reads, without those that symbols are spelled with."""
    modules = {job.reading.spell(job.row.make).partition(".")[0]}
    for arg in job.given.values():
        for part in ast.walk(arg.node):
            if isinstance(part, (ast.Name, ast.Attribute)) and arg.at(part).symbol is not None:
                modules.add(ast.unparse(part).partition(".")[0])
    found = frees([ast.parse(constructor, mode="eval").body])
    return tuple(name for name in found if name not in modules)


def destination(row: LayerRow, name: str, arg: Arg, notes: list[str]) -> str:
    """The parameter of the constructor that an argument goes to; none if it does not."""
    if name == row.inputs or name in row.call or name in _IGNORED:
        return ""
    if name in row.refuse:
        if arg.literal not in (None, False):
            raise Refusal(f"`{name}`: {row.refuse[name]}")
        return ""
    if name in row.lost:
        if arg.literal is not None:
            notes.append(f"`{name}`: {row.lost[name]}")
        return ""
    new = row.args.get(name, name)
    # the name of what has no variables says nothing
    return "" if new == "name" and not row.weights and row.form != "object" else new


def is_variable(arg: Arg) -> bool:
    """Whether an argument is a name of the program."""
    return isinstance(arg.node, (ast.Name, ast.Attribute)) and arg.symbol is None


def arranged(
    job: Job, pairs: Mapping[str, str], positional: Iterable[str]
) -> list[tuple[str, str]]:
    """The arguments in the order of the constructor's signature, the name last."""
    context = job.reading.context
    signature = context.atlas.signature(job.row.make, context.target)
    names = () if signature is None else signature.names
    order = {name: at for at, name in enumerate((*names, *_BASE))}
    unknown = sorted(set(pairs) - set(order))
    if unknown:
        raise Refusal(f"`{unknown[0]}` is not a parameter of `{job.row.make}`")
    stands, written = True, list[tuple[str, str]]()
    for name in sorted(pairs, key=order.__getitem__):
        stands = stands and name in positional and name in job.row.leading
        written.append(("" if stands else name, pairs[name]))
    return written


def converted(new: str, arg: Arg, row: LayerRow) -> str | None:
    """The text of an argument for a parameter of Keras; None if that is the default.

    Raises:
        Refusal: the value has no counterpart.
    """
    given = arg.literal
    if new == "name":
        return name_text(arg, row)
    if given is None:
        # without an initializer, `get_variable` drew from glorot uniform, biases as well
        return '"glorot_uniform"' if new == "bias_initializer" else None
    if new == "trainable" and given is True:
        return None
    if new == "padding" and isinstance(given, str):
        return requoted(arg.text, given.lower())
    if new == "data_format" and row.contrib:
        return channels(arg)
    if new.endswith(("_initializer", "_regularizer", "_constraint")):
        return value(arg)
    if new in _COUNTS and not is_int(arg):
        return f"int({arg.text})"
    return arg.text


def is_int(arg: Arg, depth: int = 0) -> bool:
    """Whether a number is a Python int, as far as its expression tells.

    Keras refuses quotients and the integers of NumPy, which TensorFlow 1 converted.
    """
    for part in ast.walk(arg.node):
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Div):
            return False
        if isinstance(part, ast.Constant) and isinstance(part.value, float):
            return False
        if isinstance(part, ast.Call):
            if isinstance(part.func, ast.Name) and part.func.id in ("int", "len"):
                return True
            function = part.func
            if isinstance(function, ast.Attribute) and (
                function.attr in _REDUCING or ast.unparse(function.value) in _NUMPY
            ):
                return False
        known = arg.reading.value(part) if isinstance(part, ast.Name) else None
        if known is not None and depth < _DEPTH and not is_int(arg.at(known), depth + 1):
            return False
    return True


def channels(arg: Arg) -> str | None:
    """``NCHW`` and its like as Keras calls it; None for the default."""
    given = arg.literal
    if not isinstance(given, str):
        raise Refusal("`data_format` is not a literal")
    return requoted(arg.text, "channels_first") if given.startswith("NC") else None


def requoted(text: str, content: str) -> str:
    """A string literal with the quotes of another one."""
    quote = "'" if text.lstrip("rRbBuUfF").startswith("'") else '"'
    return f"{quote}{content}{quote}"


def name_text(arg: Arg, row: LayerRow) -> str | None:
    """The name of a layer; Keras refuses a slash, and anything but a string."""
    given = arg.literal
    if isinstance(given, str):
        return requoted(arg.text, given.strip("/").replace("/", "_")) if given else None
    if given is not ...:
        return None
    if not is_text(arg.node):
        # scope= may be a VariableScope, which is no name
        return None if row.contrib else arg.text
    slashed = (
        isinstance(part, ast.Constant) and isinstance(part.value, str) and "/" in part.value
        for part in ast.walk(arg.node)
    )
    return f'{arg.operand}.replace("/", "_")' if any(slashed) else arg.text


def is_text(node: ast.expr) -> bool:
    """Whether an expression is plainly a string."""
    if isinstance(node, ast.BinOp):
        return is_text(node.left) or is_text(node.right)
    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Name):
            return function.id == "str"
        return isinstance(function, ast.Attribute) and function.attr in ("format", "join")
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def object_name(job: Job) -> str:
    """A variable name for the object: what the program calls it, or its kind."""
    arg = job.given.get("name") or job.given.get("scope")
    given = arg.literal if arg is not None else None
    if not isinstance(given, str):
        return job.row.name
    name = re.sub(r"\W+", "_", given).strip("_").lower()
    if not name or not name[0].isalpha():
        name = f"{job.row.name}_{name}".rstrip("_")
    return f"{name}_layer" if keyword.iskeyword(name) else name
