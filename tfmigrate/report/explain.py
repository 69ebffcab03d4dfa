"""What there is to know about a rule or a symbol, as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from tfmigrate.atlas import Entry, Signature
from tfmigrate.catalogue import Argument, Row
from tfmigrate.engine.context import Context
from tfmigrate.engine.messages import gone_since
from tfmigrate.model import Applicability, Dialect
from tfmigrate.names import plain
from tfmigrate.names.knowledge import COMPAT

_APPLICABILITY = {
    Applicability.SAFE: "mechanical, the same numbers",
    Applicability.UNSAFE: "mechanical, but something may differ",
    Applicability.DISPLAY: "shown, never applied",
}


def explain(subject: str, context: Context) -> str | None:
    """The page on a rule's code or name, or on a symbol; None if there is neither."""
    patterns = context.catalogue.patterns
    code = subject.upper()
    named = next((each for each in patterns.values() if each.name == subject.lower()), None)
    pattern = patterns.get(code) or named
    if pattern is not None:
        guide = f"\nGuide: {pattern.guide}\n" if pattern.guide else ""
        page = pattern.page.partition("\n")[2].lstrip("\n")
        return f"# {pattern.name} ({pattern.code})\n\n{pattern.summary}\n\n{page}{guide}"
    symbol = canonical(subject)
    known = context.atlas.entry(symbol) or context.atlas.entry(plain(symbol))
    if known is None and context.catalogue.row(plain(symbol)) is None:
        return None
    return "\n".join(symbol_page(symbol, context)) + "\n"


def unknown(subject: str, context: Context) -> str:
    """What to say where there is no page."""
    if subject.upper().startswith("TFM"):
        close = get_close_matches(subject.upper(), list(context.catalogue.patterns), 3, 0.5)
    else:
        close = list(context.atlas.suggestions(canonical(subject)))
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    return f"no rule and no symbol is called {subject}{hint}"


def canonical(subject: str) -> str:
    """A symbol as the catalogue spells it: ``tensorflow.log`` and ``tf.log()`` are ``tf.log``."""
    name = subject.strip().removesuffix("()")
    if name == "tensorflow" or name.startswith("tensorflow."):
        return "tf" + name[len("tensorflow") :]
    first = name.partition(".")[0]
    if first in ("contrib", "compat", "slim"):
        return f"tf.contrib.{name}" if first == "slim" else f"tf.{name}"
    return name


def symbol_page(symbol: str, context: Context) -> Iterator[str]:
    """The lines of the page on one symbol."""
    native = plain(symbol)
    entry = context.atlas.entry(symbol) or context.atlas.entry(native)
    row = context.catalogue.row(native)
    yield f"# {native}"
    yield ""
    yield " ".join(history(native, entry, context))
    claim = context.catalogue.claim(native, Dialect.TF1.value)
    if claim is not None:
        yield f"Rule: {claim[0].code} ({claim[0].name}), `tfmigrate explain {claim[0].code}`."
    yield ""
    if row is not None:
        yield from row_lines(row, context)
    elif not context.atlas.alive(native, context.target):
        yield "No successor is known."
    yield from signatures(native, row, context)


def history(native: str, entry: Entry | None, context: Context) -> Iterator[str]:
    """In which releases the symbol is, and how it fares on the target."""
    target = context.target
    compat = COMPAT + native[2:]
    if entry is None:
        yield "No release of TensorFlow since 1.15 has it."
        return
    yield f"{entry.kind.value.capitalize()}, in TensorFlow {span(entry)}."
    if context.atlas.alive(native, target):
        yield f"It works on {target}."
        return
    since = gone_since(native, context.atlas, target)
    if context.atlas.exists(native, target):
        yield f"It exists on {target}, but raises when it is used."
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


def row_lines(row: Row, context: Context) -> Iterator[str]:
    """What the catalogue says."""
    if row.to or row.call:
        yield f"**Instead:** `{row.call or row.to}`".replace("{", "").replace("}", "")
        if row.needs:
            yield f"(install {', '.join(row.needs)})"
        yield ""
    if row.note:
        yield row.note
        yield ""
    if row.args or row.add:
        yield "| argument | now |"
        yield "|---|---|"
        for name, change in row.args.items():
            yield f"| `{name}` | {became(change)} |"
        for name, value in row.add.items():
            yield f"| (add) | `{name}={value}`, to keep the old default |"
        yield ""
    if row.example:
        yield "```python"
        yield row.example
        yield "```"
        yield ""
    if row.fix is not None:
        yield f"Rewrite: {row.fix.value} ({_APPLICABILITY[row.fix]})."
    if row.source:
        yield f"Source: {row.source}."
    if row.fix is not None or row.source:
        yield ""


def became(change: Argument) -> str:
    """What became of one argument."""
    if change.to == "":
        said = "dropped, it has no effect"
    elif change.to is None:
        said = "cannot be carried over"
    elif change.value != "{}":
        said = f"`{change.to}={change.value.replace('{}', 'old')}`"
    else:
        said = f"`{change.to}`"
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
    yield "```text"
    if old is not None:
        yield f"{oldest:<5} {native}({spelled(old)})"
    if new is not None:
        yield f"{target:<5} {successor}({spelled(new)})"
    yield "```"


def spelled(signature: Signature) -> str:
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
    return ", ".join(parts)
