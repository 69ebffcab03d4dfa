"""What there is to know about a rule or a symbol, as a page of Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches

from tfmigrate.atlas import Entry, Kind, Signature
from tfmigrate.atlas.private import is_private
from tfmigrate.catalogue import Argument, Pattern, Row
from tfmigrate.engine.context import Context
from tfmigrate.engine.messages import gone_since
from tfmigrate.model import Applicability, Dialect
from tfmigrate.names import plain
from tfmigrate.names.knowledge import COMPAT

_APPLICABILITY = {
    Applicability.SAFE: "can be rewritten mechanically, with the same numbers",
    Applicability.UNSAFE: "can be rewritten mechanically, but something may differ",
    Applicability.DISPLAY: "has a suggestion that is not applied by itself",
}
_ROOTS = ("contrib", "compat", "nn", "layers", "train", "keras", "estimator", "python", "math")
_WIDTH = 92
"""Columns that signatures are wrapped at."""


def explain(subject: str, context: Context) -> str | None:
    """The page on a rule's code or name, or on a symbol; None if there is neither."""
    patterns = context.catalogue.patterns
    wanted = subject.strip()
    pattern = patterns.get(wanted.upper()) or next(
        (each for each in patterns.values() if each.name == wanted), None
    )
    if pattern is not None:
        return rule_page(pattern)
    symbol = found(canonical(wanted), context)
    return None if symbol is None else "\n".join(symbol_page(symbol, context)).strip() + "\n"


def unknown(subject: str, context: Context) -> str:
    """What to say where there is no page."""
    patterns = context.catalogue.patterns
    word = subject.strip()
    if word[:3].upper() == "TFM":
        close = get_close_matches(word.upper(), list(patterns), 3, 0.5)
    else:
        names = [pattern.name for pattern in patterns.values()]
        close = get_close_matches(word.lower(), names, 2, 0.7) if "." not in word else []
        close += context.atlas.suggestions(canonical(word))
    hint = f"; did you mean {' or '.join(close[:4])}?" if close else ""
    return f"no rule and no symbol is called {subject}{hint}"


def canonical(subject: str) -> str:
    """A symbol as the catalogue spells it: ``tensorflow.log`` and ``tf.log()`` are ``tf.log``."""
    name = subject.strip().partition("(")[0].rstrip(".")
    if name == "tensorflow" or name.startswith("tensorflow."):
        return "tf" + name[len("tensorflow") :]
    first = name.partition(".")[0]
    if first == "slim":
        return f"tf.contrib.{name}"
    if first in ("tf_slim", "tcl"):
        return f"tf.contrib.{'slim' if first == 'tf_slim' else 'layers'}{name[len(first) :]}"
    return f"tf.{name}" if first in _ROOTS else name


def found(symbol: str, context: Context) -> str | None:
    """The spelling of a symbol under which something is known of it."""
    atlas = context.atlas
    # a name without any root is taken for one of TensorFlow's, if there is such a name
    for each in (symbol, plain(symbol), f"tf.{symbol}"):
        if atlas.entry(each) is not None or has_row(each, context):
            return each
    return None


def has_row(symbol: str, context: Context) -> bool:
    """Whether the catalogue speaks of this very symbol, or of a third party's namespace."""
    row = context.catalogue.row(symbol)
    return row is not None and (not row.symbol.endswith("*") or not symbol.startswith("tf."))


def rule_page(pattern: Pattern) -> str:
    """The page of a rule as it is in ``rules/``, under its own heading."""
    page = pattern.page.strip().partition("\n")[2].strip()
    guide = f"\n\nGuide: {pattern.guide}" if pattern.guide else ""
    summary = pattern.summary[:1].upper() + pattern.summary[1:]
    title = f"# {pattern.code} {pattern.name} ({pattern.severity.value})"
    return f"{title}\n\n{summary}.\n\n{page}{guide}\n"


def symbol_page(symbol: str, context: Context) -> Iterator[str]:
    """The lines of the page on one symbol."""
    native = plain(symbol)
    entry = context.atlas.entry(native) or context.atlas.entry(symbol)
    row = row_of(native, context)
    alive = context.atlas.alive(native, context.target)
    yield f"# {native}"
    yield ""
    yield " ".join(history(native, entry, context, changed=row is not None))
    yield ""
    if row is not None:
        yield from row_lines(row)
    elif alive:
        yield "Nothing to do."
        yield ""
    else:
        yield "No successor is known."
        yield ""
    yield from signatures(native, row, context)
    yield from footer(native, row, context)


def row_of(native: str, context: Context) -> Row | None:
    """The row of a symbol; of a member, that of the class which its objects count as."""
    owner, _, member = native.rpartition(".")
    entry = context.atlas.entry(native)
    row = context.catalogue.row(native)
    if row is None and entry is not None and entry.kind is Kind.MEMBER:
        base = context.knowledge.base(owner)
        return context.catalogue.row(f"{base}.{member}") or context.catalogue.row(owner)
    return row


def history(native: str, entry: Entry | None, context: Context, *, changed: bool) -> Iterator[str]:
    """In which releases the symbol is, and how it fares on the target.

    ``changed`` says that there is something to do about it although it is there.
    """
    target = context.target
    compat = COMPAT + native[2:]
    if not native.startswith("tf"):
        yield "Not part of TensorFlow."
        return
    if entry is None:
        yield "No release of TensorFlow since 1.15 has it."
        return
    twin = context.atlas.twin(native)
    kind = "Member of a class" if entry.kind is Kind.MEMBER else entry.kind.value.capitalize()
    if is_private(native):
        kind = f"Private: a {entry.kind.value} inside TensorFlow, without promise to stay,"
    yield f"{kind} in TensorFlow {span(entry)}."
    if twin is not None and twin != native:
        yield f"Its public name is `{twin}`."
    if context.atlas.alive(native, target):
        yield f"It is in {target}, too." if changed else f"It works on {target}."
        return
    since = gone_since(native, context.atlas, target)
    if context.atlas.exists(native, target):
        yield f"On {target} it exists, but raises when it is used."
    elif since:
        yield f"Gone since {since}."
    if context.atlas.alive(compat, target):
        yield f"`{compat}` is still there, for graph mode."
    elif context.atlas.exists(compat, target):
        yield f"`{compat}` exists on {target}, but raises when it is used."


def span(entry: Entry) -> str:
    """The releases of a symbol in short: ``1.15 to 2.15``."""
    first, last = entry.releases[0], entry.releases[-1]
    return first if first == last else f"{first} to {last}"


def row_lines(row: Row) -> Iterator[str]:
    """What the catalogue says."""
    if row.symbol.endswith("*"):
        yield f"What holds for all of `{row.symbol}`:"
        yield ""
    if row.to or row.call:
        needs = f" (install {', '.join(row.needs)})" if row.needs else ""
        call = _HOLE.sub(r"\1", row.call)
        yield f"**Instead:** `{call or row.to}`{needs}"
        yield ""
    elif row.needs:
        yield f"**Install:** {', '.join(row.needs)}"
        yield ""
    if row.note:
        yield row.note
        yield ""
    if row.example:
        yield "## Example"
        yield ""
        yield "```python"
        yield row.example.strip("\n")
        yield "```"
        yield ""
    if row.args or row.add:
        yield "## Arguments"
        yield ""
        for name, change in row.args.items():
            yield f"- `{name}`: {became(change)}"
        for name, value in row.add.items():
            yield f"- add `{name}={value}`, which was the default"
        yield ""


_HOLE = re.compile(r"\{(\w+)\}")


def became(change: Argument) -> str:
    """What became of one argument."""
    if change.to is None:
        return change.note or "has no successor"
    if change.to == "":
        said = "drop it, it has no effect"
    elif change.value != "{}":
        said = f"now `{change.to}={change.value.replace('{}', 'old')}`"
    else:
        said = f"now `{change.to}`"
    return f"{said}. {change.note}" if change.note else said


def signatures(native: str, row: Row | None, context: Context) -> Iterator[str]:
    """How it was called, and how its successor is."""
    atlas = context.atlas
    oldest, target = atlas.releases[0], context.target
    old = atlas.signature(native, oldest)
    successor = row.to if row is not None and row.to else native
    new = atlas.signature(successor, target) if atlas.alive(successor, target) else None
    if old is None and new is None:
        return
    yield "## Signatures"
    yield ""
    yield "```text"
    if old is not None:
        yield f"# TensorFlow {oldest}"
        yield from called(native, old)
    if new is not None:
        if old is not None:
            yield ""
        yield f"# TensorFlow {target}"
        yield from called(successor, new)
    yield "```"
    yield ""


def called(name: str, signature: Signature) -> Iterator[str]:
    """A call with all its parameters, on as many lines as it takes."""
    parts = spelled(signature)
    whole = f"{name}({', '.join(parts)})"
    if len(whole) <= _WIDTH:
        yield whole
        return
    yield f"{name}("
    line = ""
    for part in parts:
        if line and len(line) + len(part) > _WIDTH - 6:
            yield f"    {line}"
            line = ""
        line += f" {part}," if line else f"{part},"
    yield f"    {line}"
    yield ")"


def spelled(signature: Signature) -> list[str]:
    """The parameters as a ``def`` would list them; ``=...`` for those with a default."""
    parts = []
    star = False
    for parameter in signature.parameters:
        if parameter.kind == "keyword" and not star:
            star = True
            parts.append("*")
        star = star or parameter.kind == "args"
        prefix = {"args": "*", "kwargs": "**"}.get(parameter.kind, "")
        default = "=..." if parameter.default and not prefix else ""
        parts.append(f"{prefix}{parameter.name}{default}")
    return parts


def footer(native: str, row: Row | None, context: Context) -> Iterator[str]:
    """What a machine can do about it, the rule that reports it, and where the facts are from."""
    claim = context.catalogue.claim(native, Dialect.TF1.value)
    lines = []
    if row is not None and row.fix is not None:
        lines.append(f"- It {_APPLICABILITY[row.fix]}.")
    if claim is not None:
        pattern = claim[0]
        lines.append(f"- Rule: {pattern.code} {pattern.name} (`tfmigrate explain {pattern.code}`).")
    if row is not None and row.source:
        lines.append(f"- Source: {row.source}.")
    yield from lines
