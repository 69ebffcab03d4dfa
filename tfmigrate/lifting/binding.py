"""Arguments of calls by the names of their parameters."""

from __future__ import annotations

import ast

from tfmigrate.lifting.model import Unliftable


def arguments(call: ast.Call, names: tuple[str, ...]) -> dict[str, ast.expr]:
    """The arguments of a call by name; None as an argument counts as not given.

    Raises:
        Unliftable: some are unpacked from elsewhere.
    """
    if any(isinstance(each, ast.Starred) for each in call.args):
        raise Unliftable(call, "arguments are unpacked")
    given = dict(zip(names, call.args, strict=False))
    for keyword in call.keywords:
        if keyword.arg is None:
            raise Unliftable(call, "arguments are unpacked")
        given[keyword.arg] = keyword.value
    return {
        name: value
        for name, value in given.items()
        if not (isinstance(value, ast.Constant) and value.value is None)
    }
