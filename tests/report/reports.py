"""Reports to render: one of everything."""

from __future__ import annotations

from tfmigrate.model import (
    Applicability,
    Dialect,
    Edit,
    FileReport,
    Finding,
    Fix,
    Report,
    Severity,
    Span,
)

RENAME = Fix(
    Applicability.SAFE, "Replace with `tf.math.log`", (Edit(Span(2, 5, 2, 11), "tf.math.log"),)
)
GUESS = Fix(Applicability.UNSAFE, "Replace", (Edit(Span(3, 1, 3, 4), "a"),))
SHOWN = Fix(Applicability.DISPLAY, "Think of `x`", ())

LOG = Finding(
    "TFM101",
    "`tf.log` is now `tf.math.log`",
    Span(2, 5, 2, 11),
    Severity.ERROR,
    "tf.log",
    RENAME,
)
SESSION = Finding(
    "TFM202",
    "`tf.Session` is gone: Delete it. Call `f(x)` instead, as in `a. B`. Then rest",
    Span(3, 6, 4, 3),
    Severity.WARNING,
    "tf.Session",
    GUESS,
)
NOTE = Finding("TFM010", "a name with <&\"'> and\nnewline \x1b", Span(1, 1, 1, 3), Severity.INFO)
CELL = Finding("TFM101", "in a cell", Span(1, 5, 1, 11), Severity.ERROR, "tf.log", RENAME, cell=3)
BROKEN = Finding("TFM001", "syntax error: invalid syntax", Span(1, 2, 1, 3))

PROGRAM = FileReport(
    "src/train me.py",
    Dialect.TF1,
    (NOTE, LOG, SESSION),
    (
        ((None, 1), "getattr(tf, name)"),
        ((None, 2), "x = tf.log(1)"),
        ((None, 3), "with tf.Session("),
    ),
    suppressed=2,
    baselined=1,
)
BOOK = FileReport("book.ipynb", Dialect.COMPAT, (CELL,), (((3, 1), "y = tf.log(2)"),))
FAILED = FileReport("bad.py", Dialect.NONE, (BROKEN,), failed=True)
NATIVE = FileReport("native.py", Dialect.TF2)
PLAIN = FileReport("plain.py", Dialect.NONE)

EMPTY = Report((), "2.21")
CLEAN = Report((NATIVE, PLAIN), "2.21")
FULL = Report((FAILED, BOOK, NATIVE, PLAIN, PROGRAM), "2.21")


def one(line: str, span: Span, message: str = "message", fix: Fix | None = None) -> Report:
    """A report with one finding."""
    finding = Finding("TFM101", message, span, fix=fix)
    source = (((None, span.row), line),)
    return Report((FileReport("a.py", Dialect.TF1, (finding,), source),), "2.21")
