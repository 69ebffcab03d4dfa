"""What a text has to hold after each pass."""

from __future__ import annotations

import pytest

from tfmigrate.engine.edits import Change
from tfmigrate.engine.guards import GuardError, hold, hold_lines, undefined

DEFINED = [
    "import os\nos.sep",
    "import os.path\nos.sep",
    "from os import path as p\np",
    "def f(a, *b, c=1, **d):\n    return a, b, c, d",
    "class C:\n    x = 1\n    y = x",
    "[x for x in range(3) if x]",
    "lambda a: a + 1",
    "print(__file__, __name__, __doc__)",
    "def f():\n    global g\n    g = 1\n\ndef h():\n    return g",
    "def f():\n    x = 1\n    def g():\n        nonlocal x\n        x = 2\n    return g",
    "try:\n    pass\nexcept Exception as e:\n    print(e)",
    "with open('f') as f:\n    f",
    "for i in range(3):\n    i",
    "if (n := 1):\n    n",
    "from somewhere import *\nwhatever",
    "f = 1\ndel f",
    "a: int = 1\na",
]


@pytest.mark.parametrize("text", DEFINED)
def test_names_that_are_defined(text: str) -> None:
    assert undefined(text) == frozenset()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("x", {"x"}),
        ("def f():\n    return y", {"y"}),
        ("class C:\n    x = 1\n    def m(self):\n        return x", {"x"}),
        ("[y for x in z]", {"y", "z"}),
        ("@d\ndef f(a=b) -> c:\n    pass", {"b", "c", "d"}),
        ("def f():\n    import os\nos.sep", {"os"}),
        ("print(os.sep, tf)", {"os", "tf"}),
    ],
)
def test_names_that_are_not(text: str, names: set[str]) -> None:
    assert undefined(text) == names


def test_a_name_that_was_undefined_before_is_no_news() -> None:
    before = undefined("print(data)\n")
    hold(before, "print(data, data)\n")
    with pytest.raises(GuardError, match="`app`, `flags`"):
        hold(before, "print(data, flags, app)\n")


@pytest.mark.parametrize("text", ["x = (", "def f(:", "\0", "x = 1\n  y = 2"])
def test_what_does_not_parse_does_not_pass(text: str) -> None:
    with pytest.raises(GuardError, match="does not parse"):
        hold(frozenset(), text)


@pytest.mark.parametrize(
    ("after", "fine"),
    [("abXef", True), ("aBXef", False), ("abXeF", False), ("abXefg", False), ("abXe", False)],
)
def test_what_is_between_changes_has_to_stay(after: str, fine: bool) -> None:
    changes = [Change(2, 4, "X")]
    if fine:
        hold_lines("abcdef", after, changes)
    else:
        with pytest.raises(GuardError):
            hold_lines("abcdef", after, changes)


def test_changes_that_overlap_do_not_pass() -> None:
    with pytest.raises(GuardError):
        hold_lines("abcdef", "XYdef", [Change(0, 3, "X"), Change(2, 3, "Y")])
