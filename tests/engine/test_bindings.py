"""What a name is evidently bound to, and where that cannot be told."""

from __future__ import annotations

import ast

import pytest

from tfmigrate.engine.detectors.bindings import Bindings

BINDINGS = {
    "one assignment": ("x = 1\nx", "1"),
    "the last of two": ("x = 1\nx = 2\nx", "2"),
    "through names": ("x = 1\ny = x\ny", "1"),
    "tuple": ("x, y = 1, 2\ny", "2"),
    "enclosing function": ("x = 1\ndef f():\n    return x", "1"),
    "annotated": ("x: int = 1\nx", "1"),
    "inside the branch": ("x = 1\nif c:\n    x = 2\n    x", "2"),
    "with": ("with c as d:\n    x = 1\nx", "1"),
    "finally": ("try:\n    pass\nfinally:\n    x = 1\nx", "1"),
    "first of the loop": ("for i in r:\n    x = 1\n    x\n    x = 2", "1"),
    "unbound": ("x", None),
    "later": ("x\nx = 1", None),
    "branch": ("x = 1\nif c:\n    x = 2\nx", None),
    "loop": ("x = 1\nwhile c:\n    x\n    x = 2", None),
    "test of a loop": ("x = 1\nwhile x:\n    x = 2", None),
    "loop variable": ("x = 1\nfor x in r:\n    x", None),
    "try": ("try:\n    x = 1\nexcept E:\n    pass\nx", None),
    "handler": ("x = 1\ntry:\n    pass\nexcept E as x:\n    pass\nx", None),
    "augmented": ("x = 1\nx += 1\nx", None),
    "deleted": ("x = 1\ndel x\nx", None),
    "imported": ("x = 1\nimport x\nx", None),
    "unpacked": ("x, y = z\nx", None),
    "starred": ("x, *y = 1, 2\ny", None),
    "parameter": ("x = 1\ndef f(x):\n    return x", None),
    "two in the module": ("x = 1\nx = 2\ndef f():\n    return x", None),
    "global": ("x = 1\ndef f():\n    global x\n    x = 2\nx", None),
    "nonlocal": (
        "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n    return x",
        None,
    ),
    "class": ("class A:\n    x = 1\n    def f(self):\n        return x", None),
    "comprehension": ("x = 1\n[x for x in r]", None),
    "lambda": ("x = 1\nlambda x: x", None),
    "walrus": ("x = 1\n(x := 2)\nx", None),
    "case": ("x = 1\nmatch c:\n    case [x]:\n        pass\nx", None),
    "itself": ("x = x\nx", None),
    "decorated": ("@d\ndef x():\n    pass\nx", None),
}


@pytest.mark.parametrize(("source", "value"), BINDINGS.values(), ids=BINDINGS)
def test_what_a_name_is_evidently_bound_to(source: str, value: str | None) -> None:
    tree = ast.parse(source)
    inner = (ast.Lambda, ast.ListComp, ast.NamedExpr, ast.Global, ast.Nonlocal)
    bindings = Bindings(tree, [each for each in ast.walk(tree) if isinstance(each, inner)])
    uses = [each for each in ast.walk(tree) if isinstance(each, ast.Name) and each.id in ("x", "y")]
    loads = [each for each in uses if isinstance(each.ctx, ast.Load)]
    use = max(loads, key=lambda each: (each.lineno, each.col_offset))
    found_value = bindings.evident(use)
    assert (found_value and ast.unparse(found_value)) == value
