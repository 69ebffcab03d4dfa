"""The words of a finding: what became of a symbol, and what to write instead."""

from __future__ import annotations

import re

from tfmigrate.atlas import Atlas
from tfmigrate.catalogue import Row
from tfmigrate.engine.context import Context
from tfmigrate.engine.verdicts import Fate, Verdict
from tfmigrate.names.knowledge import COMPAT

_HOLE = re.compile(r"\{(\w+)\}")


def headline(verdict: Verdict, context: Context) -> str:
    """What has become of the symbol, as far as the atlas knows."""
    symbol, fate, target = verdict.symbol, verdict.fate, context.target
    if fate is Fate.FOREIGN:
        return f"`{symbol}` is retired"
    if fate is Fate.PRIVATE:
        gone = "" if verdict.alive else f", and gone from {target}"
        return f"`{symbol}` is inside TensorFlow's private modules{gone}"
    if fate is Fate.OTHER_MEANING or (fate is Fate.MEMBER and verdict.alive):
        return f"`{symbol}` is not what it was in TensorFlow 1"
    if fate is Fate.NO_IMPORT:
        return (
            f"`{symbol}` cannot be imported on {target}, only be read as an attribute:"
            f" `import tensorflow as tf` and `{symbol}`"
        )
    if fate is Fate.RAISES:
        return f"`{symbol}` exists but raises on {target}"
    if fate is Fate.COMPAT_ALIAS:
        return f"`{COMPAT}{symbol[2:]}` keeps the TensorFlow 1 API alive"
    if fate is Fate.UNKNOWN:
        return unknown(symbol, context)
    since = gone_since(symbol, context.atlas, target)
    when = f" since {since}" if since else ""
    if fate is Fate.COMPAT_ONLY:
        return f"`{symbol}` is only in `tf.compat.v1`{when}"
    return f"`{symbol}` is gone{when}"


def unknown(symbol: str, context: Context) -> str:
    """For a name that the target release has not, or no release at all."""
    entry = context.atlas.entry(symbol)
    if entry is not None:
        return f"`{symbol}` is not in {context.target}: it came with {entry.releases[0]}"
    close = context.atlas.suggestions(symbol, 1)
    hint = f"; did you mean `{close[0]}`?" if close else ""
    return f"no release of TensorFlow has `{symbol}`{hint}"


def gone_since(symbol: str, atlas: Atlas, target: str) -> str | None:
    """The first release that no longer had ``symbol``; None if that is not known."""
    entry = atlas.entry(symbol)
    if entry is None:
        return None
    following = atlas.releases.index(entry.releases[-1]) + 1
    return atlas.releases[following] if following < len(atlas.releases) else None


def advice(row: Row | None) -> str:
    """What to do, from the catalogue."""
    if row is None:
        return ""
    parts = []
    if row.call and row.call != "{self}":
        parts.append("write `" + _HOLE.sub(r"\1", row.call) + "`")
    elif row.to:
        parts.append(f"use `{row.to}`")
    elif row.call and not row.note:
        parts.append("use the object itself")
    if row.note:
        parts.append(row.note)
    if row.needs:
        parts.append(f"(needs {', '.join(row.needs)})")
    return sentence(parts)


def sentence(parts: list[str]) -> str:
    """Join clauses; one that starts with a capital becomes a sentence of its own."""
    text = ""
    for part in parts:
        if not text:
            text = part
        elif part[:1].isupper() or part.startswith("("):
            text += (" " if text.endswith(".") or part.startswith("(") else ". ") + part
        else:
            text += f"; {part}"
    return text.removesuffix(".")


def message(verdict: Verdict, context: Context) -> str:
    """The whole message of a symbol finding."""
    row, pattern = verdict.row, verdict.pattern
    head = headline(verdict, context)
    if verdict.fate is Fate.NO_IMPORT:
        return head
    renamed = row is not None and row.is_rename and row.fix and not row.note and not row.needs
    if renamed and row is not None and verdict.fate in (Fate.COMPAT_ONLY, Fate.REMOVED):
        return f"`{verdict.symbol}` is now `{row.to}`"
    said = advice(row)
    if not said and pattern is not None:
        said = (verdict.match.message if verdict.match else "") or pattern.summary
        said = said.replace("{symbol}", verdict.symbol)
    if not said:
        said = fallback(verdict)
    return f"{head}: {said}" if said else head


def fallback(verdict: Verdict) -> str:
    """What is left to say where neither row nor pattern speaks."""
    if verdict.fate is Fate.REMOVED:
        return "no successor known"
    if verdict.fate is Fate.COMPAT_ALIAS:
        return "native code is written against `tf`"
    return ""
