"""Which fix a reference gets: what the catalogue says of it, done where that is possible."""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from functools import lru_cache

from tfmigrate.atlas import Kind
from tfmigrate.catalogue import Row
from tfmigrate.engine.context import Context
from tfmigrate.engine.spans import Lines
from tfmigrate.engine.verdicts import GRAPH_DIALECTS, Fate, Verdict, judge, means_otherwise
from tfmigrate.model import Applicability, Dialect, Finding, Fix, Span
from tfmigrate.names import Reference, Role, plain
from tfmigrate.names.knowledge import COMPAT
from tfmigrate.transforms import rebinding
from tfmigrate.transforms.calls import NO_ROW, Site, leading_name, rewrite
from tfmigrate.transforms.plan import Left
from tfmigrate.transforms.rebinding import Group
from tfmigrate.transforms.source import Source
from tfmigrate.transforms.spelling import Spelling


@dataclass(frozen=True, slots=True)
class Remedy:
    """A fix, or why there is none; neither, where the catalogue has only advice."""

    fix: Fix | None = None
    why: str = ""

    @property
    def unexplained(self) -> str:
        """What a message adds where a fix was tried and is not possible."""
        return f" (not fixed: {self.why})" if self.why else ""


NONE = Remedy()


@lru_cache(maxsize=1)
def spelling_of(lines: Lines, context: Context) -> Spelling:
    """The names of the file that is being checked, where its tree is not at hand."""
    return Spelling(Source(lines), context)


def retired(verdict: Verdict, reference: Reference, dialect: Dialect, spelling: Spelling) -> Remedy:
    """The remedy for a retired symbol."""
    fix = rebinding.defined(reference, verdict.row, spelling) if verdict.row is not None else None
    if fix is not None:
        return Remedy(fix)
    site = _site(verdict, reference, dialect, spelling)
    group = None if site is None else rebinding.candidate(site)
    if reference.guarded or reference.alternatives:
        group = None
    elif group is None:
        group = _bound(verdict, reference, dialect, spelling)
    if group is not None:
        fix = _rebound(group, dialect, spelling)
        if fix is not None:
            return Remedy(fix)
    if site is not None:
        return attempt(site)
    fix = rebinding.unused(reference, spelling) if _is_dead_module(verdict, spelling) else None
    return Remedy(fix)


def living(reference: Reference, row: Row | None, dialect: Dialect, spelling: Spelling) -> Remedy:
    """The remedy for a call of a symbol that is alive and takes other arguments now."""
    row = row if row is not None else NO_ROW
    if row.to:
        return NONE
    graph = dialect in GRAPH_DIALECTS or reference.symbol.startswith(COMPAT)
    trust = row.fix or (Applicability.UNSAFE if row.args else Applicability.SAFE)
    return attempt(Site(reference, "", row, trust, graph, spelling.context, spelling))


def matched(found: Finding, reference: Reference, dialect: Dialect, spelling: Spelling) -> Finding:
    """A pattern's finding about a call, with the fix of the call if that is about the same thing.

    It is, if it touches what the finding is about, or writes out a default that has changed.
    """
    context, symbol = spelling.context, plain(reference.symbol)
    if not context.atlas.alive(symbol, context.target) or reference.rest:
        return found
    row = context.catalogue.row(symbol)
    remedy = living(reference, row, dialect, spelling)
    if remedy.fix is None:
        known = row is not None and row.fix is not None
        return replace(found, message=found.message + remedy.unexplained) if known else found
    call = reference.call
    named = call is not None and found.span == spelling.source.lines.span(call.func)
    added = named and row is not None and bool(row.add)
    meets = added or any(_touches(edit.span, found.span) for edit in remedy.fix.edits)
    return replace(found, fix=remedy.fix) if meets else found


def _touches(one: Span, other: Span) -> bool:
    """Whether two spans have a place in common, a parenthesis between them not counted."""
    before = (one.end_row, one.end_column + 1) < (other.row, other.column)
    behind = (other.end_row, other.end_column + 1) < (one.row, one.column)
    return not (before or behind)


def attempt(site: Site) -> Remedy:
    """The fix of one reference, or why there is none."""
    try:
        return Remedy(rewrite(site))
    except Left as reason:
        return Remedy(None, str(reason))


def _site(
    verdict: Verdict, reference: Reference, dialect: Dialect, spelling: Spelling
) -> Site | None:
    """What a retired symbol is to become, if the catalogue says so; whether it can is open."""
    row, fate, context = verdict.row, verdict.fate, spelling.context
    if fate in (Fate.UNKNOWN, Fate.NO_IMPORT) or reference.role is Role.IMPORT:
        return None
    graph = dialect in GRAPH_DIALECTS or reference.symbol.startswith(COMPAT)
    if fate is Fate.PRIVATE:
        row = _public_row(verdict, context)
    elif fate is Fate.COMPAT_ALIAS and (row is None or not (row.to or row.call or row.drop)):
        trust = _alias_trust(verdict.symbol, row, context)
        kept = row or NO_ROW
        return Site(reference, verdict.symbol, kept, trust, graph, context, spelling)
    if row is None or row.fix is None or row.symbol.endswith("*"):
        return None
    if fate is Fate.OTHER_MEANING and not (row.to or row.call):
        return Site(reference, "", row, row.fix, graph, context, spelling)
    if not (row.to or row.call or row.drop):
        return None
    # a member of the same class, though it may be a subclass that the object is of
    elsewhere = row.symbol.rpartition(".")[0] != row.to.rpartition(".")[0]
    if fate is Fate.MEMBER and not (row.call or row.drop) and elsewhere:
        return None
    return Site(reference, row.to, row, row.fix, graph, context, spelling)


def _public_row(verdict: Verdict, context: Context) -> Row | None:
    """The row by which a private name becomes its public twin, or what became of that."""
    row = verdict.row
    if row is not None and row.fix is not None and (row.to or row.call):
        return row
    twin = context.atlas.twin(verdict.symbol)
    if twin is None or not context.atlas.alive(twin, context.target):
        return row
    public = context.catalogue.row(twin)
    if means_otherwise(twin, context, Dialect.TF1):
        return public
    if public is None or public.symbol.endswith("*"):
        return Row(verdict.symbol, to=twin, fix=Applicability.SAFE)
    if public.to or public.call:
        return public
    return replace(public, to=twin, fix=_alias_trust(twin, public, context))


def _alias_trust(symbol: str, row: Row | None, context: Context) -> Applicability:
    """How far ``tf.X`` may be trusted to be what ``tf.compat.v1.X`` is, called the same way.

    A silent change that a rule watches the calls for makes it unsafe, unless the row undoes it.
    """
    if row is not None and row.fix is not None:
        return row.fix
    silent = any(each.code.startswith("TFM5") for each, _ in context.catalogue.on_calls(symbol))
    return Applicability.UNSAFE if silent else Applicability.SAFE


def _bound(
    verdict: Verdict, reference: Reference, dialect: Dialect, spelling: Spelling
) -> Group | None:
    """The name that an import, or an assignment, binds to a module with a successor."""
    row, node = verdict.row, reference.node
    if row is None or not row.to or reference.rest:
        return None
    old = reference.symbol
    last = row.to.rpartition(".")[2]
    name = ""
    if reference.role is Role.IMPORT and isinstance(node, ast.alias):
        name = node.asname or node.name
    elif isinstance(node, ast.Attribute) and _is_module(verdict.symbol, spelling.context):
        name = rebinding.assigned_name(node, spelling) or ""
    if not name or last not in (name, old.rpartition(".")[2]):
        return None
    for each in spelling.references:
        first = leading_name(each.node) if isinstance(each.node, ast.Attribute) else None
        if first is None or first.id != name or each.root != old:
            continue
        site = site_of(each, dialect, spelling)
        group = rebinding.candidate(site) if site is not None else None
        if group is not None:
            return group
    return None


def site_of(reference: Reference, dialect: Dialect, spelling: Spelling) -> Site | None:
    """What any reference is to become, if it is retired."""
    verdict = judge(reference, spelling.context, dialect)
    return None if verdict is None else _site(verdict, reference, dialect, spelling)


def _rebound(group: Group, dialect: Dialect, spelling: Spelling) -> Fix | None:
    """The fix that binds a name anew, worked out once a file."""
    if group not in spelling.fixes:
        spelling.fixes[group] = rebinding.rebound(
            group, spelling, lambda reference: site_of(reference, dialect, spelling)
        )
    return spelling.fixes[group]


def _is_module(symbol: str, context: Context) -> bool:
    entry = context.atlas.entry(symbol)
    return entry is not None and entry.kind is Kind.MODULE


def _is_dead_module(verdict: Verdict, spelling: Spelling) -> bool:
    """Whether a module is meant that the target release does not have."""
    return not verdict.alive and _is_module(plain(verdict.symbol), spelling.context)
