"""Rewrite what a dependency file asks for, so that the migrated code can be installed.

Only the declarations change that :func:`tfmigrate.sources.dependencies.check` reports, and in them
only name and versions: extras, markers, comments, order and layout stay. Lock files are none of
this: their tools make them anew. Every such fix is unsafe by itself, because it takes TensorFlow 1
away from code that may still need it; who knows that none is left may take it for safe.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tfmigrate.model import Applicability, Edit, Finding, Fix
from tfmigrate.sources.dependencies import placing, rewriting
from tfmigrate.sources.dependencies.declared import Declared, Image, Package, Python
from tfmigrate.sources.dependencies.facts import TENSORFLOW
from tfmigrate.sources.dependencies.placing import Rows
from tfmigrate.sources.dependencies.versions import normalise

_LEAST = {"tf-slim": ">=1.1"}
_PASSES = 4
"""Passes after which nothing is left to do: a key is renamed in one, its version set in another."""


@dataclass(frozen=True, slots=True)
class Place:
    """The file that a declaration stands in: its syntax, its text, and all that it declares."""

    kind: str
    """``requirements``, ``constraints``, ``setup.py``, ``setup.cfg``, ``pyproject``, ``pipfile``,
    ``conda``, ``dockerfile`` or ``command`` (one shell command)."""
    rows: Rows
    found: tuple[Declared, ...]
    target: rewriting.Release


def fix(path: str, source: str, needs: Iterable[str], target: str) -> str:
    """The text of a dependency file with every requirement rewritten, and what is needed added.

    Args:
        path: of the file; its name tells the syntax. The text of any other file comes back as is.
        source: the text, with ``\\n`` for newlines.
        needs: the distributions that the migrated programs need beside TensorFlow.
        target: the TensorFlow release, such as ``"2.21"``.
    """
    from tfmigrate.sources import dependencies

    for _ in range(_PASSES):
        edits: list[Edit] = []
        for finding in dependencies.check(path, source, target):
            if finding.fix is not None:
                edits.extend(finding.fix.edits)
        fixed = Rows(source).apply(edits)
        if fixed == source:
            break
        source = fixed
    added = additions(path, source, needs, target)
    return Rows(source).apply(edit for each in added if each.fix for edit in each.fix.edits)


def additions(path: str, source: str, needs: Iterable[str], target: str) -> tuple[Finding, ...]:
    """A finding with its fix for each needed distribution that the file does not ask for yet.

    It goes next to TensorFlow; a file that does not ask for TensorFlow, or only constrains it, is
    not the place.
    """
    from tfmigrate.sources import dependencies

    kind = dependencies.kind_of(path)
    found = tuple(dependencies.declarations(path, source))
    anchor = next(
        (each for each in found if isinstance(each, Package) and each.name in TENSORFLOW), None
    )
    if kind is None or anchor is None or is_constraints(path):
        return ()
    present = {each.name for each in found if isinstance(each, Package)}
    missing = sorted({normalise(each) for each in needs} - present)
    rows = Rows(source)
    written = [f"{name}{least(name, target)}" for name in missing]
    edits = placing.added(anchor, written, kind, rows)
    if edits is None:
        return ()
    return tuple(
        Finding(
            "TFM601",
            f"the migrated code needs `{name}`",
            anchor.span,
            fix=Fix(Applicability.UNSAFE, f"Add `{name}`", (edit,)),
        )
        for name, edit in zip(missing, edits, strict=True)
    )


def least(name: str, target: str) -> str:
    """The versions of an added distribution: ``tf-keras`` goes by those of TensorFlow."""
    return f">={target}" if name == "tf-keras" else _LEAST.get(name, "")


def fixed(finding: Finding, declared: Declared, place: Place) -> Finding:
    """A finding with its fix, or with the reason why there is none that a tool could make."""
    content = new_text(declared, place)
    span = declared.span
    if content is None:
        removed = removal(declared, place)
        if removed is None:
            return finding
        return with_fix(finding, "Remove it", removed)
    if place.rows.hashed(span):
        return replace(
            finding,
            message=f"{finding.message} (its hashes have to be made anew with the lock tool)",
        )
    if not place.rows.is_at(span, text_of(declared)):
        # escapes or variables: what stands there is not what is meant
        return finding
    edits: tuple[Edit, ...] = (Edit(span, content),)
    if isinstance(declared, Package) and declared.bare:
        renamed = placing.renamed_key(
            declared, content, place.rows, place.target, others(declared, place)
        )
        if renamed is None:
            return finding
        edits = renamed
    return with_fix(finding, f"Replace with `{content}`", edits)


def with_fix(finding: Finding, message: str, edits: tuple[Edit, ...]) -> Finding:
    """A finding with a fix."""
    return replace(finding, fix=Fix(Applicability.UNSAFE, message, edits))


def new_text(declared: Declared, place: Place) -> str | None:
    """What to write in the place of a declaration."""
    if isinstance(declared, Image):
        return rewriting.image(declared, place.target)
    if isinstance(declared, Python):
        line = place.rows.before(declared.span)
        return rewriting.python(declared, line, place.kind, place.target)
    if declared.name in rewriting.GONE:
        return None
    if declared.bare:
        return rewriting.constraint(declared, place.target)
    shell = place.kind in ("dockerfile", "command") and not place.rows.is_quoted(declared.span)
    return rewriting.requirement(
        declared, place.target, shell=shell, conda=is_conda(declared, place)
    )


def is_conda(package: Package, place: Place) -> bool:
    """Whether conda, not pip, is to read a requirement."""
    if place.kind == "conda":
        return not place.rows.is_below(package.span, re.compile(r"-\s*pip\s*:"))
    if place.kind in ("dockerfile", "command"):
        return bool(re.search(r"\b(?:conda|mamba)\b", place.rows.before(package.span)))
    return False


def text_of(declared: Declared) -> str:
    """What stands in the file for a declaration."""
    if isinstance(declared, Image):
        return f"{declared.repository}:{declared.tag}"
    return declared.written


def others(package: Package, place: Place) -> Sequence[str]:
    """The names of the other packages."""
    found = (each for each in place.found if isinstance(each, Package) and each is not package)
    return [each.name for each in found]


def removal(declared: Declared, place: Place) -> tuple[Edit, ...] | None:
    """The edits that take away what nothing can use any more."""
    if not isinstance(declared, Package) or declared.name not in rewriting.GONE:
        return None
    if place.rows.hashed(declared.span) or not place.rows.is_at(declared.span, declared.written):
        return None
    span = placing.removed(declared, place.kind, place.rows, len(others(declared, place)))
    return None if span is None else (Edit(span, ""),)


def is_constraints(path: str) -> bool:
    """Whether a file only limits what others ask for."""
    return path.replace("\\", "/").rpartition("/")[2].lower().startswith("constraints")
