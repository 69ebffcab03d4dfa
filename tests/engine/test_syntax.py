"""What is said about programs that do not parse."""

from __future__ import annotations

import sys

import pytest

from tfmigrate.engine import syntax
from tfmigrate.engine.spans import Lines
from tfmigrate.model import Finding


def wrong(text: str) -> Finding:
    with pytest.raises(syntax.ParseError) as caught:
        syntax.parse(text, Lines(text))
    return caught.value.finding


PYTHON_2 = {
    "print": ("x = 1\nprint 'a'", 2, "a print statement"),
    "print of a name": ("print x", 1, "a print statement"),
    "print with a quote": ("print 'don\\'t', x", 1, "a print statement"),
    "print to a file": ("print >>f, 'a' % b c", 1, "a print statement"),
    "except": ("try:\n  pass\nexcept ValueError, e:\n  pass", 3, "`except Error, name`"),
    "raise": ("raise ValueError, 'a'", 1, "`raise Error, value`"),
    "exec": ("exec 'a = 1'", 1, "an exec statement"),
    "unequal": ("if a <> b: pass", 1, "`<>`"),
    "octal": ("chmod(0777)", 1, "an octal number"),
    "long": ("x = 10L", 1, "a long integer"),
    "long hex": ("x = 0xFFL", 1, "a long integer"),
    "raw unicode": ("x = ur'a'", 1, "a ur'' string"),
    "backticks": ("x = `y`", 1, "backticks"),
    "tuple parameter": ("def f(a, (b, c)):\n  pass", 1, "a tuple parameter"),
    "tuple parameter of a lambda": ("f = lambda (a, b): a", 1, "a tuple parameter"),
}


@pytest.mark.parametrize(("text", "row", "what"), PYTHON_2.values(), ids=PYTHON_2)
def test_python_2(text: str, row: int, what: str) -> None:
    found = wrong(text)
    assert (found.code, found.span.row) == ("TFM002", row)
    assert what in found.message


OTHERS = {
    "bracket": ("x = (1,\n", 1, "was never closed"),
    "the word print in a string": ("raise E('do not print this' 3\n", 1, "syntax error"),
    "the word print in a comment": ("x = = 1  # print it", 1, "syntax error"),
    "python 2 in the line before": ("'''\n print this\n'''\nx = = 1", 4, "syntax error"),
    "indentation": ("if x:\npass", 2, "syntax error"),
    "end of file": ("def f():", 1, "syntax error"),
}


@pytest.mark.parametrize(("text", "row", "said"), OTHERS.values(), ids=OTHERS)
def test_other_errors(text: str, row: int, said: str) -> None:
    found = wrong(text)
    assert (found.code, found.span.row) == ("TFM001", row)
    assert said in found.message


DEEP = {
    "brackets": "x = " + "[" * 1000 + "]" * 1000,
    "calls": "x = " + "f(" * 1000 + ")" * 1000,
    "blocks": "".join(" " * n + "if x:\n" for n in range(1000)) + " " * 1000 + "pass",
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_too_deep(text: str) -> None:
    before = sys.getrecursionlimit()
    assert wrong(text).code == "TFM008"
    assert sys.getrecursionlimit() == before


def test_null_bytes() -> None:
    assert wrong("x = 1\0").code == "TFM001"


VALID = [
    "x = [1]\n",
    "match x:\n    case 1:\n        pass\n",
    "if (n := 10) > 5: pass\n",
    "with (a as b, c as d):\n    pass\n",
    r"x = '\d'",
    "print('a')\nexec('b')\n",
    "x = " + "-" * 900 + "1",
    "",
]


@pytest.mark.parametrize("text", VALID)
def test_valid(text: str, recwarn: pytest.WarningsRecorder) -> None:
    assert syntax.parse(text, Lines(text)) is not None
    assert len(recwarn) == 0
