"""Which arguments of a call stay, are called otherwise, are computed anew, dropped or added."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from tfmigrate.atlas import Signature
from tfmigrate.catalogue import Argument

UNCHANGED: Mapping[str, Argument] = {}
_PURE = {"str", "int", "float", "bool", "len", "range", "tuple", "list", "dict", "max", "min"}
_PURE_METHODS = {
    *("format", "join", "lower", "upper", "replace", "strip", "lstrip", "rstrip", "split"),
    *("rsplit", "partition", "rpartition", "title", "as_list", "get_shape"),
}


class Left(Exception):
    """A call stays as it is; the text says why."""


@dataclass(frozen=True, slots=True)
class Callee:
    """How a function was called, and how its successor is.

    ``new`` are the signatures that have to agree with what is written: that of the successor on the
    target release, and of the same name in ``tf.compat.v1`` where that is what it is written with;
    none for another package. ``again`` is how TensorFlow 1 understood the successor's name, with
    what the catalogue says of it: what is written must mean the same if it is read as old code.
    """

    symbol: str
    old: Signature | None
    changes: Mapping[str, Argument]
    new: tuple[Signature, ...]
    again: Signature | None = None
    again_changes: Mapping[str, Argument] = field(default_factory=dict)
    is_same: bool = False
    """Whether the successor has the same name, so that the call will be read by the same row."""

    def name_at(self, index: int) -> str | None:
        """The old name of a positional parameter."""
        if self.old is None:
            return None
        named = [each.name for each in self.old.parameters if each.kind == "positional"]
        return named[index] if index < len(named) else None

    def takes(self, name: str) -> bool:
        """Whether the successor takes a keyword."""
        return all(each.accepts(name) for each in self.new)

    def stays(self, index: int, name: str) -> bool:
        """Whether a positional argument means ``name`` at this place, to whoever reads it."""
        if any(each.position(name) != index for each in self.new):
            return False
        if self.again is None:
            return True
        named = [each.name for each in self.again.parameters if each.kind == "positional"]
        if index >= len(named):
            return False
        change = self.again_changes.get(named[index], Argument(named[index]))
        return change.to == name and change.value == "{}"

    def has_default(self, name: str) -> bool:
        """Whether an old parameter could be left out."""
        parameters = self.old.parameters if self.old is not None else ()
        return any(each.name == name and each.default for each in parameters)


@dataclass(frozen=True, slots=True)
class Carried:
    """An argument that stays: under which name, by keyword or by position, and its new value."""

    node: ast.expr | ast.keyword
    name: str
    keyword: bool
    value: str = "{}"


@dataclass(slots=True)
class Plan:
    """What becomes of the arguments of one call."""

    carried: list[Carried] = field(default_factory=list)
    dropped: list[ast.expr | ast.keyword] = field(default_factory=list)
    added: dict[str, str] = field(default_factory=dict)
    first: str | None = None
    """The added argument that is the only one, and needs no name."""


def plan(call: ast.Call, bound: int, callee: Callee, add: Mapping[str, str]) -> Plan:
    """What becomes of the arguments of a call.

    Raises:
        Left: something cannot be carried over, or cannot be seen.
    """
    given = call.args[bound:]
    made = Plan()
    names: dict[str, ast.expr | ast.keyword] = {}
    if callee.old is None and given and (add or _more_than_names(callee)):
        raise Left("the order of its arguments in TensorFlow 1 is not known")
    keywords_now = False
    for index, node in enumerate(given):
        if isinstance(node, ast.Starred):
            if keywords_now or made.dropped:
                raise Left("an argument before `*` would have to move")
            _check_starred(callee, index, node)
            break
        old = callee.name_at(index)
        if old is None:
            if not _beyond(callee, index):
                raise Left(f"positional argument {index + 1} is not known")
            continue
        if old.startswith("_") and not _is_none(node):
            raise Left("it is called in the way of TensorFlow 2 already")
        found = _carried(node, node, old, callee)
        if found is None:
            made.dropped.append(node)
            continue
        place = index - len(made.dropped)
        keywords_now |= found.value != "{}" or not callee.stays(place, found.name)
        if not callee.new and made.dropped:
            keywords_now = True
        _register(Carried(node, found.name, keywords_now, found.value), names, made)
    starred = any(isinstance(each, ast.Starred) for each in given)
    for keyword in call.keywords:
        if keyword.arg is None:
            continue
        found = _carried(keyword, keyword.value, keyword.arg, callee)
        if found is None:
            made.dropped.append(keyword)
            continue
        if found.name != keyword.arg and found.name in add and found.name in names:
            raise Left(f"`{found.name}` is passed twice")
        _register(found, names, made)
    _check_spread(call, callee, names, add)
    made.added = {name: value for name, value in add.items() if name not in names}
    alone = not made.carried and not starred and not call.keywords
    if alone and callee.name_at(0) in made.added and callee.stays(0, callee.name_at(0) or ""):
        made.first = callee.name_at(0)
    if made.added and starred:
        raise Left(f"`*` may hold `{next(iter(made.added))}`")
    spread = starred or any(each.arg is None for each in call.keywords)
    # what a functools.partial lacks, its caller passes
    if callee.old is not None and not spread and not bound:
        _check_complete(callee, {*names, *made.added})
    return made


def _check_complete(callee: Callee, passed: set[str]) -> None:
    """Refuse a call that would lack an argument without a default."""
    for new in callee.new:
        for each in new.parameters:
            required = not each.default and each.kind in ("positional", "keyword")
            if required and each.name not in passed:
                raise Left(f"`{each.name}` would be missing")


def _more_than_names(callee: Callee) -> bool:
    """Whether some argument changes in more than its name."""
    return any(not each.to or each.value != "{}" for each in callee.changes.values())


def _beyond(callee: Callee, index: int) -> bool:
    """Whether a positional argument without a name means the same to the successor."""
    if callee.old is None:
        return True
    parameters = callee.old.parameters
    named = [each for each in parameters if each.kind == "positional"]
    if not any(each.kind == "args" for each in parameters) or index < len(named):
        return False
    names = [each.name for each in named]
    return all(
        any(each.kind == "args" for each in new.parameters)
        and [each.name for each in new.parameters if each.kind == "positional"] == names
        for new in callee.new
    )


def _carried(
    node: ast.expr | ast.keyword, value: ast.expr, old: str, callee: Callee
) -> Carried | None:
    """What becomes of one argument; None if it is dropped."""
    is_none = isinstance(value, ast.Constant) and value.value is None
    change = callee.changes.get(old)
    if change is None:
        if callee.takes(old):
            _check_again(old, callee)
            return Carried(node, old, isinstance(node, ast.keyword))
        if is_none and callee.has_default(old):
            return None
        raise Left(f"`{callee.symbol}` takes no `{old}`")
    if is_none and callee.has_default(old) and (change.to is None or change.value != "{}"):
        return None
    if change.to is None:
        raise Left(change.note.removesuffix(".") or f"`{old}` cannot be carried over")
    if change.to == "":
        if not is_pure(value):
            raise Left(f"`{old}` would be dropped, and its value is a call")
        return None
    if not callee.takes(change.to):
        raise Left(f"`{callee.symbol}` takes no `{change.to}`")
    if change.value != "{}" and callee.is_same and change.to == old:
        if is_applied(change.value, value):
            return Carried(node, old, isinstance(node, ast.keyword))
        if not _is_wrapper(change.value):
            raise Left(f"`{old}` has another meaning now")
    if change.to != old:
        _check_again(change.to, callee)
    return Carried(node, change.to, isinstance(node, ast.keyword), change.value)


def _is_wrapper(value: str) -> bool:
    """Whether a value is passed through a function, so that it can be told that it was."""
    tree = ast.parse(value.replace("{}", "_"), mode="eval").body
    return isinstance(tree, ast.Call) and [*map(ast.unparse, tree.args)] == ["_"]


def is_applied(value: str, node: ast.expr) -> bool:
    """Whether an argument has been passed through the function already."""
    if not (_is_wrapper(value) and isinstance(node, ast.Call)):
        return False
    tree = ast.parse(value.replace("{}", "_"), mode="eval").body
    wrapper = ast.unparse(tree.func) if isinstance(tree, ast.Call) else ""
    return ast.unparse(node.func).rpartition(".")[2] == wrapper.rpartition(".")[2]


def _check_again(name: str, callee: Callee) -> None:
    """Refuse what would be changed once more if the result were read as old code."""
    change = callee.again_changes.get(name)
    if change is None or (change.to == name and _is_wrapper(change.value)):
        return
    if (change.to, change.value) != (name, "{}"):
        raise Left(f"`{name}` of `{callee.symbol}` had another meaning in TensorFlow 1")


def _register(found: Carried, names: dict[str, ast.expr | ast.keyword], made: Plan) -> None:
    """Note an argument, unless its new name is taken: then one of the two has to be None."""
    other = names.get(found.name)
    if other is not None:
        if _is_none(found.node):
            made.dropped.append(found.node)
            return
        if not _is_none(other):
            raise Left(f"`{found.name}` would be passed twice")
        made.carried = [each for each in made.carried if each.node is not other]
        made.dropped.append(other)
    names[found.name] = found.node
    made.carried.append(found)


def _is_none(node: ast.expr | ast.keyword) -> bool:
    value = node.value if isinstance(node, ast.keyword) else node
    return isinstance(value, ast.Constant) and value.value is None


def _check_starred(callee: Callee, index: int, node: ast.Starred) -> None:
    """Refuse ``*args`` if it may hold an argument that is not what it was."""
    if callee.old is None:
        return
    named = [each.name for each in callee.old.parameters if each.kind == "positional"]
    for place in range(index, len(named)):
        change = callee.changes.get(named[place], Argument(named[place]))
        same = change.to == named[place] and change.value == "{}"
        if not same or (callee.new and not callee.stays(place, named[place])):
            raise Left(f"`*{ast.unparse(node.value)}` may hold `{named[place]}`")


def _check_spread(
    call: ast.Call,
    callee: Callee,
    names: Mapping[str, ast.expr | ast.keyword],
    add: Mapping[str, str],
) -> None:
    """Refuse ``**kwargs`` if it may hold an argument that is not what it was."""
    spread = next((each for each in call.keywords if each.arg is None), None)
    if spread is None:
        return
    text = ast.unparse(spread.value)
    passed = {each.arg for each in call.keywords}
    positional = {callee.name_at(index) for index in range(len(call.args))}
    old = callee.old.names if callee.old is not None else tuple(callee.changes)
    for name in old:
        if name in passed or name in positional:
            continue
        change = callee.changes.get(name, Argument(name))
        if (change.to, change.value) != (name, "{}") or not callee.takes(name):
            raise Left(f"`**{text}` may hold `{name}`")
    for name in add:
        if name not in names:
            raise Left(f"`**{text}` may hold `{name}`")


def is_pure(node: ast.expr) -> bool:
    """Whether an expression can be left out without anybody noticing."""
    for each in ast.walk(node):
        if isinstance(each, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)):
            return False
        if isinstance(each, ast.Call):
            function = each.func
            if isinstance(function, ast.Name) and function.id in _PURE:
                continue
            if isinstance(function, ast.Attribute) and function.attr in _PURE_METHODS:
                continue
            return False
    return True
