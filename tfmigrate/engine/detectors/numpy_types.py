"""Arithmetic whose type NumPy 2 decides otherwise than NumPy 1 (TFM507).

Only what is written down counts: constructors with a ``dtype``, ``astype``, scalar types called
with a number. What each operation gives was measured with NumPy 1.18 and 2.4.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tfmigrate.catalogue import Match
from tfmigrate.engine.context import Context
from tfmigrate.engine.detectors.base import Found, Program
from tfmigrate.engine.detectors.bindings import Bindings

_NARROW = ("float16", "float32")
_RANGES = {
    f"{sign}int{bits}": (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if not sign else (0, 2**bits - 1)
    for sign in ("", "u")
    for bits in (8, 16, 32)
}
_TYPES = {*_NARROW, *_RANGES, "float64", "int64"}
_INT, _FLOAT = "Python int", "Python float"
_PYTHON = (_INT, _FLOAT)
_FUNCTIONS = {
    *("sqrt", "cbrt", "exp", "expm1", "exp2", "log", "log10", "log1p", "log2"),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"),
}
"""Functions that give float64 for a Python number, and for an array what it holds."""
_MAKERS = {"empty": 1, "eye": 3, "full": 2, "identity": 1, "ones": 1, "zeros": 1}
"""Functions that make an array of a given shape, and the position of ``dtype``."""
_COPIES = {"array", "asarray", "ascontiguousarray"}
_SAME = {"copy", "flatten", "ravel", "reshape", "transpose"}
_SCALARS = {"all", "any", "argmax", "argmin", "dot", "item", "max", "mean", "min", "prod", "std"}
_SCALARS |= {"sum", "var"}
_FOLDED: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
_ARITHMETIC = (*_FOLDED, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a number or an array, and its value where that is one whole number."""

    dtype: str
    array: bool = False
    value: int | None = None

    @property
    def is_python(self) -> bool:
        """Whether it is a number of Python itself."""
        return self.dtype in _PYTHON


def numpy_promotion(program: Program, context: Context, match: Match) -> Found:
    """Operations that give another type, or an error, on NumPy 2."""
    aliases = numpy_names(program.tree)
    if not aliases or not is_worthwhile(program, aliases):
        return
    types = Types(program.bindings, aliases)
    for node in program.names.arithmetic:
        inner: ast.expr = node
        while isinstance(inner, ast.BinOp):
            if types.changes(inner):
                yield inner, None
            inner = inner.left


def numpy_names(tree: ast.Module) -> frozenset[str]:
    """The names that a file imports NumPy by."""
    return frozenset(
        alias.asname or alias.name
        for statement in tree.body
        if isinstance(statement, ast.Import)
        for alias in statement.names
        if alias.name == "numpy"
    )


def is_worthwhile(program: Program, aliases: frozenset[str]) -> bool:
    """Whether a file writes a narrow type down, and something that could widen it."""

    def uses(names: set[str] | tuple[str, ...]) -> bool:
        return any(
            isinstance(each.value, ast.Name) and each.value.id in aliases
            for name in names
            for each in program.names.attributes.get(name, ())
        )

    if not program.names.arithmetic:
        return False
    return uses(tuple(_RANGES)) or uses(_NARROW) or ("astype" in program.names.attributes)


class Types:
    """The types of the expressions of one file."""

    def __init__(self, bindings: Bindings, aliases: frozenset[str]) -> None:
        self.bindings = bindings
        self.aliases = aliases

    def changes(self, node: ast.BinOp) -> bool:
        """Whether NumPy 2 gives an operation another type than NumPy 1 did, or refuses it."""
        if not isinstance(node.op, _ARITHMETIC):
            return False
        left, right = self.kind(node.left), self.kind(node.right)
        if left is None or right is None:
            return False
        return widens(left, right) or overflows(left, right, node.op)

    def kind(self, node: ast.AST | None, depth: int = 0) -> Kind | None:
        """The type of an expression, None if it is not evident."""
        if depth > _DEPTH:
            return None
        if isinstance(node, ast.Constant):
            return number(node.value)
        if isinstance(node, ast.Name):
            return self.name(node, depth + 1)
        if isinstance(node, ast.Attribute):
            return self.attribute(node, depth + 1)
        if isinstance(node, ast.Call):
            return self.call(node, depth + 1)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            kind = self.kind(node.operand, depth + 1)
            if kind is None or kind.value is None or isinstance(node.op, ast.UAdd):
                return kind
            return replace(kind, value=-kind.value)
        if isinstance(node, ast.BinOp):
            return self.operation(node, depth + 1)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            kind = self.kind(node.value, depth + 1)
            return kind if kind is not None and kind.array else None
        return None

    def name(self, node: ast.Name, depth: int) -> Kind | None:
        """What a name was evidently bound to."""
        binding = self.bindings.reaching(node)
        if binding is None or binding.augmented:
            return None
        return self.kind(binding.value, depth)

    def attribute(self, node: ast.Attribute, depth: int) -> Kind | None:
        """``np.pi``, ``math.e``, ``x.T`` and what ``self.x`` was evidently bound to."""
        if isinstance(node.value, ast.Name):
            if node.value.id in self.aliases or node.value.id == "math":
                return Kind(_FLOAT) if node.attr in ("pi", "e") else None
            if node.value.id == "self":
                found = self.bindings.own_attribute(node)
                return self.kind(found, depth)
        if node.attr == "T":
            kind = self.kind(node.value, depth)
            return kind if kind is not None and kind.array else None
        return None

    def operation(self, node: ast.BinOp, depth: int) -> Kind | None:
        """The type of an operation by the rules that both releases share."""
        left, right = self.kind(node.left, depth), self.kind(node.right, depth)
        if left is None or right is None or not isinstance(node.op, _ARITHMETIC):
            return None
        if left.is_python and right.is_python:
            return python_operation(left, right, node.op)
        if widens(left, right) or overflows(left, right, node.op):
            return None
        for one, other in ((left, right), (right, left)):
            if not one.dtype.startswith("float"):
                continue
            # a narrow scalar and a whole number of Python: float64 once, narrow now
            kept = other.is_python and (one.array or one.dtype == "float64")
            if kept or other.dtype == one.dtype:
                return Kind(one.dtype, one.array or other.array)
        return None

    def call(self, node: ast.Call, depth: int) -> Kind | None:
        """The type of what a call returns."""
        function = node.func
        if isinstance(function, ast.Name):
            if function.id in ("int", "len"):
                return Kind(_INT)
            return Kind(_FLOAT) if function.id == "float" else None
        if not isinstance(function, ast.Attribute):
            return None
        owner, name = function.value, function.attr
        if isinstance(owner, ast.Name) and owner.id in self.aliases:
            return self.numpy_call(name, node, depth)
        if isinstance(owner, ast.Name) and owner.id == "math":
            return Kind(_FLOAT) if name in _FUNCTIONS else None
        if name == "astype" and len(node.args) == 1 and self.is_array(owner, depth):
            dtype = self.dtype(node.args[0])
            return Kind(dtype, array=True) if dtype else None
        if name in _SAME:
            kind = self.kind(owner, depth)
            return kind if kind is not None and kind.array else None
        return None

    def numpy_call(self, name: str, node: ast.Call, depth: int) -> Kind | None:
        """The type of what a function of NumPy returns."""
        first = node.args[0] if node.args else None
        if name in _MAKERS or name in _COPIES:
            dtype = self.dtype_argument(node, _MAKERS.get(name, 1))
            shaped = is_shape(first) if name in _MAKERS else self.is_list(first, depth)
            return Kind(dtype, array=True) if dtype and shaped else None
        if len(node.args) != 1 or node.keywords:
            return None
        kind = self.kind(first, depth)
        if kind is None:
            return None
        if name in _TYPES:
            return Kind(name, kind.array, kind.value)
        if name in _FUNCTIONS:
            return Kind("float64") if kind.is_python else floating(kind)
        return None

    def dtype_argument(self, node: ast.Call, position: int) -> str:
        """The ``dtype`` that a call passes, ``""`` if it is none that is known."""
        for keyword in node.keywords:
            if keyword.arg == "dtype":
                return self.dtype(keyword.value)
        return self.dtype(node.args[position]) if len(node.args) > position else ""

    def dtype(self, node: ast.expr) -> str:
        """``np.float32`` or ``"float32"``."""
        name = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            name = node.attr if node.value.id in self.aliases else ""
        return name if name in _TYPES else ""

    def is_list(self, node: ast.expr | None, depth: int) -> bool:
        """Whether what an array is made from evidently has a dimension."""
        if isinstance(node, ast.Name):
            binding = self.bindings.reaching(node)
            value = None if binding is None or binding.augmented else binding.value
            node = value if isinstance(value, ast.expr) else None
        if isinstance(node, (ast.List, ast.Tuple, ast.ListComp)):
            return True
        kind = self.kind(node, depth)
        return kind is not None and kind.array

    def is_array(self, node: ast.expr, depth: int) -> bool:
        """Whether what has ``astype`` is an array, and not a scalar of NumPy."""
        kind = self.kind(node, depth)
        if kind is not None:
            return kind.array
        if isinstance(node, ast.Call):
            function = node.func
            return isinstance(function, ast.Attribute) and function.attr not in {
                *_SCALARS,
                *_TYPES,
                *_FUNCTIONS,
            }
        if isinstance(node, (ast.BinOp, ast.UnaryOp)):
            return True
        return isinstance(node, (ast.Name, ast.Attribute)) or (
            isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)
        )


def number(value: object) -> Kind | None:
    """The type of a literal."""
    if type(value) is int:
        return Kind(_INT, value=value)
    return Kind(_FLOAT) if type(value) is float else None


def floating(kind: Kind) -> Kind | None:
    """The type itself if it is a floating one."""
    return replace(kind, value=None) if kind.dtype.startswith("float") else None


def is_shape(node: ast.expr | None) -> bool:
    """Whether a shape has a dimension: ``np.zeros(())`` is no more than a scalar."""
    empty = isinstance(node, (ast.List, ast.Tuple)) and not node.elts
    return node is not None and not empty


def python_operation(left: Kind, right: Kind, op: ast.operator) -> Kind | None:
    """The type of an operation on two numbers of Python."""
    if _FLOAT in (left.dtype, right.dtype) or isinstance(op, ast.Div):
        return Kind(_FLOAT)
    if isinstance(op, ast.Pow) and (right.value is None or right.value < 0):
        return None
    fold = _FOLDED.get(type(op))
    if fold is None or left.value is None or right.value is None:
        return Kind(_INT)
    return Kind(_INT, value=int(fold(left.value, right.value)))


def widens(left: Kind, right: Kind) -> bool:
    """Whether an operation gives float64 on NumPy 2 where it did not, or the other way round."""
    for one, other in ((left, right), (right, left)):
        if one.dtype not in _NARROW:
            continue
        if one.array and other.dtype == "float64" and not other.array:
            return True
        if not one.array and other.dtype == _FLOAT:
            return True
    return False


def overflows(left: Kind, right: Kind, op: ast.operator) -> bool:
    """Whether whole numbers leave the range of the NumPy type, which NumPy 1 then widened."""
    for one, other in ((left, right), (right, left)):
        bounds = _RANGES.get(one.dtype)
        if bounds is None or other.dtype != _INT or other.value is None or isinstance(op, ast.Div):
            continue
        if not bounds[0] <= other.value <= bounds[1]:
            return True
        fold = _FOLDED.get(type(op))
        if fold is not None and left.value is not None and right.value is not None:
            return not bounds[0] <= fold(left.value, right.value) <= bounds[1]
    return False
