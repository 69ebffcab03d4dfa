"""What a run of ``fix`` did, would do, did not dare to do and left, in a few lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tfmigrate.model import Applicability, FileFix, Finding
from tfmigrate.report.paint import Paint
from tfmigrate.report.text import many, sentences

Names = Mapping[str, str]
"""The name of each rule, by its code."""

_LONGEST = 10
"""How many rules each part names."""
_WIDTH = 100
_PERSON = "that no fix can settle"


def summary(fixes: Sequence[FileFix], names: Names, paint: Paint, *, done: bool) -> Iterator[str]:
    """What was applied, what was held back, and what is left and why.

    Args:
        fixes: what became of each file.
        names: the names of the rules.
        paint: colour.
        done: whether the files were written; else the summary says what would be done.
    """
    applied = [each for fix in fixes for each in fix.applied]
    held = [each for fix in fixes for each in fix.held]
    unsafe = [each for each in held if has(each, Applicability.UNSAFE)]
    declined = [each for each in held if has(each, Applicability.SAFE)]
    left = [each for fix in fixes if not fix.failed for each in fix.left]
    left += [each for each in held if has(each, Applicability.DISPLAY)]
    changed = sum(fix.before != fix.after for fix in fixes)
    if changed:
        verb, hint = ("Fixed", "") if done else ("Would fix", "; --apply writes them")
        where = many(changed, "file")
        yield paint(f"{verb} {many(len(applied), 'finding')} in {where}{hint}.", "green")
        yield from by_rule(applied, names, paint)
    if declined:
        yield f"Not applied: {many(len(declined), 'finding')} with a safe fix."
        yield from by_rule(declined, names, paint)
    if unsafe:
        what = many(len(unsafe), "finding")
        yield paint(
            f"Held back: {what} whose fix may change behaviour; --unsafe-fixes includes them.",
            "yellow",
        )
        yield from by_rule(unsafe, names, paint)
    if left:
        files = sum(bool(fix.left or fix.held) and not fix.failed for fix in fixes)
        where = many(files, "file")
        yield paint(f"Left: {many(len(left), 'finding')} in {where} {_PERSON}.", "red")
        yield from by_rule(left, names, paint, reasons=True)
    yield from failures(fixes, paint)
    if not (applied or changed or held or left or any(fix.failed for fix in fixes)):
        yield paint(f"Nothing to fix in {many(len(fixes), 'file')}.", "green")


def has(finding: Finding, applicability: Applicability) -> bool:
    """Whether a finding has a fix of this kind."""
    return finding.fix is not None and finding.fix.applicability is applicability


def by_rule(
    findings: Sequence[Finding], names: Names, paint: Paint, *, reasons: bool = False
) -> Iterator[str]:
    """A line a rule, the most frequent first; with the most frequent reason, if wanted."""
    counted = sorted(
        Counter(each.code for each in findings).items(), key=lambda at: (-at[1], at[0])
    )
    width = max((len(names.get(code, "")) for code, _ in counted[:_LONGEST]), default=0)
    for code, number in counted[:_LONGEST]:
        line = f"{number:>7,}  {code}  {names.get(code, ''):<{width}}"
        if reasons:
            line += f"  {reason(each for each in findings if each.code == code)}"
            if len(line) > _WIDTH:
                line = f"{line[: _WIDTH - 1]}\N{HORIZONTAL ELLIPSIS}"
        yield line.rstrip().replace(code, paint(code, "bold"), 1)
    rest = counted[_LONGEST:]
    if rest:
        total = sum(number for _, number in rest)
        yield f"{total:>7,}  of {many(len(rest), 'more rule')} (`tfmigrate check` shows each)"


def reason(findings: Iterable[Finding]) -> str:
    """The headline that most of the findings have."""
    ((headline, _),) = Counter(sentences(each.message)[0] for each in findings).most_common(1)
    return " ".join(headline.split())


def failures(fixes: Iterable[FileFix], paint: Paint) -> Iterator[str]:
    """The files that could not be read, understood or fixed, each with the reason."""
    failed = [fix for fix in fixes if fix.failed]
    if failed:
        yield paint(f"Not fixed, and left as it was: {many(len(failed), 'file')}.", "red")
    for fix in failed:
        for each in fix.left[:1]:
            cell = f"cell {each.cell}:" if each.cell is not None else ""
            place = f"{fix.path}:{cell}{each.span.row}:{each.span.column}"
            yield f"  {paint(place, 'bold')}: {each.code} {each.message}"
