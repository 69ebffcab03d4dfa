"""What holds for any program."""

from __future__ import annotations

import ast
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tfmigrate.engine import context, program
from tfmigrate.engine.files import Job, check
from tfmigrate.engine.selection import Selection
from tfmigrate.model import Finding
from tfmigrate.sources.discovery import Kind

CONTEXT = context.load("2.21")
RETIRED = sorted(
    symbol.removeprefix("tf.")
    for symbol in CONTEXT.catalogue.symbols
    if symbol.startswith("tf.") and "*" not in symbol and symbol.replace(".", "").isidentifier()
)
NAMES = st.sampled_from(RETIRED) | st.sampled_from(["nn.relu", "math.log", "keras.Model", "nope"])
ALIAS = "tf"


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    """An expression over TensorFlow names."""
    name = f"{ALIAS}.{draw(NAMES)}"
    if depth == 0:
        return draw(st.sampled_from(["1", "x", "'é'", name]))
    inner = expressions(depth - 1)
    kind = draw(st.sampled_from(["call", "keyword", "sum", "lambda", "list", "item", "method"]))
    first, second = draw(inner), draw(inner)
    return {
        "call": f"{name}({first}, {second})",
        "keyword": f"{name}({first}, name={second})",
        "sum": f"({first} + {second})",
        "lambda": f"(lambda x: {first})",
        "list": f"[{first} for x in [{second}]]",
        "item": f"({first})[{second}]",
        "method": f"({first}).eval({second})",
    }[kind]


@st.composite
def programs(draw: st.DrawFn) -> str:
    """A program that uses TensorFlow under the name ``tf``."""
    lines = [f"import tensorflow as {ALIAS}"]
    for number in range(draw(st.integers(1, 5))):
        value = draw(expressions())
        kind = draw(st.sampled_from(["assign", "function", "with", "if", "class", "try"]))
        lines += {
            "assign": [f"x{number} = {value}"],
            "function": [f"def f{number}(x, y={value}):", f"    return {draw(expressions())}"],
            "with": [f"with {value} as y{number}:", f"    print(y{number})"],
            "if": [f"if {value}:", f"    z = {draw(expressions())}", "else:", "    z = None"],
            "class": [
                f"class C{number}({ALIAS}.{draw(NAMES)}):",
                "    def __init__(self):",
                f"        self.a = {value}",
                "    def f(self):",
                "        return self.a.run(self.b)",
            ],
            "try": ["try:", f"    x = {value}", "except AttributeError:", "    x = None"],
        }[kind]
    return "\n".join(lines) + "\n"


def findings(source: str) -> tuple[Finding, ...]:
    checked = program.check(source, CONTEXT, Selection())
    assert not checked.failed
    return checked.findings


@given(programs())
@settings(max_examples=150, deadline=None)
def test_spans_are_in_the_text_and_messages_are_whole(source: str) -> None:
    lines = source.split("\n")
    for finding in findings(source):
        span = finding.span
        assert 1 <= span.row <= span.end_row <= len(lines)
        assert (span.row, span.column) < (span.end_row, span.end_column)
        assert span.end_column <= len(lines[span.end_row - 1]) + 1
        assert finding.message
        assert "`None`" not in finding.message.split(":")[0]
        assert "{" not in finding.message or "`" in finding.message


@given(programs())
@settings(max_examples=100, deadline=None)
def test_the_name_of_the_import_does_not_matter(source: str) -> None:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.alias):
            node.asname = "T9"
        elif isinstance(node, ast.Name) and node.id == ALIAS:
            node.id = "T9"
    renamed = findings(ast.unparse(tree))
    plain = findings(ast.unparse(ast.parse(source)))
    assert [(each.code, each.symbol, each.message) for each in plain] == [
        (each.code, each.symbol, each.message) for each in renamed
    ]


@given(programs())
@settings(max_examples=100, deadline=None)
def test_a_fix_leaves_a_program_that_says_less(source: str) -> None:
    found = findings(source)
    fixable = [each for each in found if each.fix is not None]
    if not fixable:
        return
    fix = fixable[0].fix
    assert fix is not None
    lines = source.split("\n")
    for edit in sorted(fix.edits, key=lambda each: each.span, reverse=True):
        span = edit.span
        assert span.row == span.end_row
        line = lines[span.row - 1]
        lines[span.row - 1] = line[: span.column - 1] + edit.content + line[span.end_column - 1 :]
    after = findings("\n".join(lines))
    same = replace(fixable[0], fix=None)
    assert same not in [replace(each, fix=None) for each in after]


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_report(data: bytes) -> None:
    for kind in (Kind.PYTHON, Kind.NOTEBOOK):
        report = check(Job("any.py", kind), b"import tensorflow\n" + data, CONTEXT)
        assert all(finding.code != "TFM009" for finding in report.findings)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_text_without_tensorflow_is_quiet(text: str) -> None:
    report = check(Job("any.py", Kind.PYTHON), text.encode(errors="replace"), CONTEXT)
    quiet = {"TFM001", "TFM002", "TFM003", "TFM007", "TFM008"}
    assert {finding.code for finding in report.findings} <= quiet
