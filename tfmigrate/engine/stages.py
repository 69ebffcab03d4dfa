"""The stages of fixing a program: symbols, lifting, imports, or the bridge instead of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tfmigrate.catalogue import support as supporting
from tfmigrate.catalogue.support import Support
from tfmigrate.engine import (
    edits,
    flags,
    imported,
    imports,
    native,
    program,
    supports,
    suppressions,
    tidying,
)
from tfmigrate.engine.context import Context
from tfmigrate.engine.edits import Chosen, Offsets
from tfmigrate.engine.files import INTERNAL, normal
from tfmigrate.engine.fixing import Fixed, FixOptions, divided
from tfmigrate.engine.guards import GuardError
from tfmigrate.engine.imported import Imports, Key
from tfmigrate.engine.imports import Wanted
from tfmigrate.engine.loss_collection import is_collected
from tfmigrate.engine.program import Checked
from tfmigrate.engine.syntax import ParseError, at
from tfmigrate.engine.verdicts import GRAPH_DIALECTS
from tfmigrate.engine.work import Work, mark
from tfmigrate.model import Applicability, Dialect, Edit, Finding, Fix, Severity, Span

_PASSES = 12
"""Passes without progress after which the rules are taken to contradict each other."""
_GRAPH_CODES = ("TFM201", "TFM202", "TFM203")
"""What lifting resolves: who does not select these does not want it."""


class Stages:
    """The fixing of one program.

    Raises GuardError where a result is not what it has to be.
    """

    def __init__(
        self, work: Work, context: Context, options: FixOptions, path: str, checked: Checked
    ) -> None:
        self.context = context
        self.options = options
        self.package = path.replace("\\", "/").rpartition("/")[2] == "__init__.py"
        self.checked = self.first = checked
        self.dialect = checked.dialect
        self.work, self.begun = work, work.copy()
        self.added: set[Key] = set()
        self.known: dict[str, Imports] = {}
        self.needs: set[str] = set()
        self.careful = False
        """Whether unsafe fixes have to wait."""
        self.extra: list[Finding] = []
        """Findings beside those of the rules: why something was not lifted or bridged."""

    def run(self) -> Fixed:
        """Every stage, one after the other."""
        # lifting knows the optimizers and losses of TensorFlow 1 better than an unsafe fix does
        self.careful = self.options.unsafe
        self.fix_symbols()
        self.careful = False
        lifted = self.lift()
        if not lifted and self.options.unsafe:
            self.fix_symbols()
        if not lifted and self.options.bridge:
            self.bridge()
        held, left = divided(self.checked.findings, self.reason)
        left = tuple(sorted((*left, *self.extra), key=lambda each: (each.span, each.code)))
        work = self.work
        return Fixed(
            work.text, self.dialect, work.applied, held, left, work.passes, frozenset(self.needs)
        )

    def reason(self, finding: Finding) -> str | None:
        """Why the fix of a finding could not be made."""
        return dict(self.work.refused).get(mark(finding, Offsets(self.work.text)))

    # ------------------------------------------------------------------ symbols

    def fix_symbols(self, *, switches: bool = False) -> None:
        """Make the fixes that findings carry, and tidy imports, until there is nothing to do."""
        seen = {self.work.text}
        fewest, idle = len(self.checked.findings) + 1, 0
        while True:
            ready = self.ready()
            fewest, idle = (len(ready), 0) if len(ready) < fewest else (fewest, idle + 1)
            if not self.make(ready) and not self.tidy(switches=switches):
                return
            if self.work.text in seen or idle > _PASSES:
                raise GuardError("the fixes do not come to an end")
            seen.add(self.work.text)
            self.check()

    def check(self) -> None:
        """Check the text as it is now, in the dialect that it had."""
        self.work.guard()
        text = normal(self.work.text)
        checked = program.check(text, self.context, self.options.selection, self.dialect)
        if checked.failed:
            raise GuardError(f"the result cannot be read: {checked.findings[0].message}")
        self.checked = checked

    def ready(self) -> list[Finding]:
        """The findings whose fixes are to be made."""
        offsets = Offsets(self.work.text)
        out = self.work.declined | {which for which, _ in self.work.refused}
        return [
            each
            for each in self.checked.findings
            if each.fix is not None
            and (self.options.allows(each.fix.applicability) or self.is_safe_here(each))
            and not (self.careful and each.fix.applicability is Applicability.UNSAFE)
            and mark(each, offsets) not in out
            and not is_collected(each, self.work.text)
        ]

    def is_safe_here(self, finding: Finding) -> bool:
        """Whether what is unsafe in general is safe in this program."""
        if finding.code != flags.CODE:
            return False
        return flags.are_read_in_time(self.imports().tree)

    def make(self, ready: list[Finding]) -> bool:
        """Make one pass of fixes, with their imports and support code; whether there was any."""
        answers: dict[Finding, bool] = {}

        def accept(finding: Finding) -> bool:
            ask = self.options.accept
            if finding not in answers:
                answers[finding] = ask is None or ask(finding)
            return answers[finding]

        offsets = Offsets(self.work.text)
        while True:
            chosen = edits.choose(ready, offsets, accept)
            refused = self.impossible(chosen)
            if not refused:
                break
            for each, reason in refused:
                self.work.refuse(each, reason)
            gone = [each for each, _ in refused]
            ready = [each for each in ready if each not in gone]
        self.work.decline(chosen.declined)
        if not chosen.findings:
            return False
        fixes = [each.fix for each in chosen.findings if each.fix is not None]
        self.work.done(chosen.findings)
        self.need(chosen.findings)
        changed = self.work.change(chosen.changes)
        return self.supply(fixes) or changed

    def need(self, findings: Iterable[Finding]) -> None:
        """Note the distributions that the new text needs."""
        for each in findings:
            row = self.context.catalogue.row(each.symbol) if each.symbol else None
            self.needs.update(row.needs if row is not None else ())

    # ------------------------------------------------------------------ what new text needs

    def impossible(self, chosen: Chosen) -> list[tuple[Finding, str]]:
        """The fixes whose imports or support code have no room here, and why."""
        asking = [each for each in chosen.findings if each.fix and needs_something(each.fix)]
        if not asking:
            return []
        now = self.imports()
        after = self.read(edits.apply(self.work.text, chosen.changes))
        found = []
        for each in asking:
            reason = self.conflict(each, now, after)
            if reason is not None:
                found.append((each, reason))
        return found

    def conflict(self, finding: Finding, now: Imports, after: Imports) -> str | None:
        """Why what a fix needs cannot be had."""
        fix = finding.fix
        if fix is None:
            return None
        rows = {edit.span.row for edit in fix.edits} or {finding.span.row}
        blocks = [self.support(name) for name in fix.support]
        for want in imports.missing(imports.wanted(fix.imports), after):
            if imports.taken(want, after, ()) or now.hidden(want.name, rows):
                return f"`{want.name}` is something else here"
        for block in blocks:
            name = supports.taken(block, after)
            wants = imports.missing(supports.wants(block, after), after)
            name = name or next((w.name for w in wants if imports.taken(w, after, ())), None)
            if name is not None:
                return f"`{name}` is something else here"
        return None

    def supply(self, fixes: Iterable[Fix]) -> bool:
        """Add the imports and the support code that fixes ask for."""
        statements = [each for fix in fixes for each in fix.imports]
        blocks = [self.support(n) for n in dict.fromkeys(n for fix in fixes for n in fix.support)]
        if not (statements or blocks):
            return False
        now = self.imports()
        wants = imports.wanted(statements)
        wants += tuple(want for block in blocks for want in supports.wants(block, now))
        added = self.add(imports.missing(dict.fromkeys(wants), now), now)
        return (bool(blocks) and self.work.edit(supports.add(blocks, self.imports()))) or added

    def add(self, wants: tuple[Wanted, ...], now: Imports) -> bool:
        """Add imports."""
        self.added |= {Key((), each.module, each.member, each.name) for each in wants}
        return bool(wants) and self.work.edit(imports.add(wants, now))

    def support(self, name: str) -> Support:
        """A block of support code."""
        return supporting.load()[name]

    def imports(self) -> Imports:
        """The imports of the text as it is now."""
        return self.read(self.work.text)

    def read(self, text: str) -> Imports:
        """The imports of a text."""
        if text not in self.known:
            try:
                self.known[text] = imported.read(normal(text))
            except (ParseError, SyntaxError, ValueError) as error:
                raise GuardError(f"the result does not parse: {error}") from None
        return self.known[text]

    # ------------------------------------------------------------------ imports

    def tidy(self, *, switches: bool) -> bool:
        """Remove what nothing uses any more, or make the file native; whether there was any."""
        if not self.work.passes and not native.concerns(self.work.text):
            return False
        now = self.imports()
        gone = []
        if self.work.passes:
            used = tidying.used(self.read(self.work.before))
            roots = {"tensorflow", *self.context.knowledge.roots}
            gone = tidying.unused(now, used, self.added, roots, package=self.package)
        if gone:
            return self.tidied(tidying.remove(gone, now), [now.lines.span(e.alias) for e in gone])
        drop = switches or self.options.unsafe
        swap = native.swap(now, self.context, self.dialect, self.added, switches=drop)
        if swap is None:
            return False
        wanted = [each for each in self.checked.findings if each.span in swap.places]
        if len({each.span for each in wanted}) < len(swap.places) or not self.accepted(wanted):
            return False
        return self.tidied(list(swap.edits), swap.places)

    def tidied(self, made: list[Edit], places: Iterable[Span]) -> bool:
        """Make the edits of imports; what was found at them is resolved."""
        every = set(places)
        self.work.done(each for each in self.checked.findings if each.span in every)
        return self.work.edit(made)

    def accepted(self, findings: list[Finding]) -> bool:
        """Whether the user wants all of these resolved, if asked."""
        ask = self.options.accept
        return ask is None or all(map(ask, findings))

    # ------------------------------------------------------------------ lifting and the bridge

    def lift(self) -> bool:
        """Lift a graph program; whether that was done."""
        wanted = all(map(self.options.selection.wants, _GRAPH_CODES))
        # Estimators were part of TensorFlow 2, too
        graph = self.dialect in GRAPH_DIALECTS or "estimator" in self.work.text
        if not graph or not wanted:
            return False
        before = self.work.copy()
        checked, dialect = self.checked, self.dialect
        try:
            outcome = lifted(normal(self.work.text), self.context, self.dialect)
            if outcome is None:
                return False
            if not hasattr(outcome, "text"):
                self.extra.extend(fresh(outcome.findings, self.checked.findings))
                return False
            if not self.replace(outcome.text, "Lift the graph program", outcome.findings):
                return False
            asked = getattr(outcome, "imports", ()), getattr(outcome, "support", ())
            self.supply([Fix(Applicability.SAFE, "", (), *asked)])
            self.needs |= set(getattr(outcome, "needs", ()))
            self.dialect = Dialect.TF2
            self.check()
            self.fix_symbols(switches=True)
            dead = [each for each in self.checked.findings if each.severity is Severity.ERROR]
            if not dead:
                return True
            self.work.restore(before)
            self.checked, self.dialect = checked, dialect
            self.extra.append(self.stopped(dead[0]))
            return False
        except GuardError as error:
            self.work.restore(before)
            self.checked, self.dialect = checked, dialect
            message = f"the graph program cannot be lifted: {error}"
            first = self.checked.findings[0].span
            self.extra.append(Finding(_GRAPH_CODES[-1], message, first, Severity.ERROR))
            return False
        except Exception as error:
            # nothing of a lift is better than half of it
            self.work.restore(before)
            self.checked, self.dialect = checked, dialect
            message = f"internal error, please report it: {type(error).__name__}: {error}"
            self.extra.append(at(1, 1, INTERNAL, f"{message}; the graph program was not lifted"))
            return False

    def stopped(self, dead: Finding) -> Finding:
        """That a lift is of no use because something in the program has no native counterpart."""
        same = [each for each in self.checked.findings if each.symbol == dead.symbol]
        place = same[0] if same else self.checked.findings[0]
        what = f"`{dead.symbol}`" if dead.symbol else dead.message
        reason = f"{what} would still be there"
        if dead.fix is not None and dead.fix.applicability is Applicability.UNSAFE:
            reason = f"{what} can only be replaced with --unsafe-fixes"
        message = f"the graph program cannot be lifted: {reason}"
        return Finding(_GRAPH_CODES[-1], message, place.span, Severity.ERROR, dead.symbol)

    def bridge(self) -> None:
        """Keep what the program was running through ``tf.compat.v1``."""
        outcome = bridged(normal(self.work.before), self.context, self.dialect)
        if outcome is None:
            return
        if outcome.reasons:
            self.extra.extend(fresh(outcome.reasons, self.checked.findings))
            return
        native_work, native = self.work.copy(), self.checked
        self.work.restore(self.begun)
        self.checked = self.first
        same = outcome.text == normal(self.work.before)
        if not same and not self.replace(outcome.text, "Keep graph mode through tf.compat.v1", ()):
            self.work.restore(native_work)
            self.checked = native
            return
        self.needs = set(outcome.needs)
        self.supply([Fix(Applicability.SAFE, "", (), (), outcome.support)])
        self.dialect = Dialect.COMPAT
        self.check()

    def replace(self, text: str, what: str, resolved: tuple[Finding, ...]) -> bool:
        """Make the text another one, row by row, if the user wants that."""
        made = edits.difference(normal(self.work.text), text)
        if not made or self.silenced(made):
            return False
        first, last = made[0].span, made[-1].span
        span = Span(first.row, 1, max(last.end_row, first.row + 1), 1)
        fix = Fix(Applicability.SAFE, what, tuple(made))
        whole = Finding(_GRAPH_CODES[-1], what, span, fix=fix)
        if not self.accepted([whole]):
            return False
        touched = [each for each in self.checked.findings if is_touched(each, made)]
        self.work.done(resolved or touched)
        return self.work.edit(made)

    def silenced(self, made: list[Edit]) -> bool:
        """Whether a comment in what is to be changed says to leave it alone."""
        found = suppressions.find(normal(self.work.text), self.context.catalogue.prefixes)
        rows = {row for edit in made for row in range(edit.span.row, edit.span.end_row + 1)}
        return any(
            each.whole_file or each.row in rows
            for each in found
            if each.everything or any(code.startswith("TFM2") for code in each.codes)
        )


def needs_something(fix: Fix) -> bool:
    """Whether the new text needs more than itself."""
    return bool(fix.imports or fix.support)


def is_touched(finding: Finding, made: Iterable[Edit]) -> bool:
    """Whether edits of whole rows replace what a finding is about."""
    return any(each.span.row <= finding.span.row < each.span.end_row for each in made)


def fresh(findings: Iterable[Finding], known: Iterable[Finding]) -> list[Finding]:
    """The findings that are not among those that are known."""
    places = {(each.code, each.span, each.message) for each in known}
    return [each for each in findings if (each.code, each.span, each.message) not in places]


def lifted(text: str, context: Context, dialect: Dialect) -> Any:
    """The lifted program, why it cannot be lifted, or None if it is no graph program."""
    from tfmigrate.lifting import lift

    return lift(text, context, dialect)


def bridged(text: str, context: Context, dialect: Dialect) -> Any:
    """The bridged program, or why it cannot be; None if it is not one for the bridge."""
    from tfmigrate.transforms.bridge import bridge

    return bridge(text, context, dialect)
