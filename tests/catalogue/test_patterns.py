"""The pages: their codes, their symbols, and their programs as `check` sees them."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tfmigrate.atlas import load
from tfmigrate.catalogue import Match, Pattern
from tfmigrate.catalogue.load import rules_folder, split_page
from tfmigrate.catalogue.rows import HEADINGS, pattern
from tfmigrate.engine import context, program
from tfmigrate.engine.detectors import DETECTORS
from tfmigrate.engine.selection import Selection
from tfmigrate.model import Finding, Severity
from tfmigrate.names.globs import compile_glob

Blocks = Callable[[Path], list[tuple[str, str, str]]]

CONTEXT = context.load("2.21")
PAGES = sorted((rules_folder() / "patterns").glob("*.md"))
README = rules_folder() / "README.md"
CODES = re.compile(r"\bTFM[0-9]{3}\b")
NUMBERED = re.compile(r"(Before|After)( [2-9])?\Z")
by_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.stem))


def read(path: Path) -> Pattern:
    front, page = split_page(path, path.read_text(encoding="utf-8"))
    return pattern(str(path), front, page)


def findings(text: str) -> list[Finding]:
    return list(program.check(text, CONTEXT, Selection()).findings)


PATTERNS = {path: read(path) for path in PAGES}


def matches() -> Iterator[tuple[str, Match]]:
    for each in PATTERNS.values():
        for match in each.matches:
            yield each.code, match


# ------------------------------------------------------------------------------ the pages


def test_codes_and_names_are_unique() -> None:
    assert len(PAGES) >= 69
    codes = [each.code for each in PATTERNS.values()]
    names = [each.name for each in PATTERNS.values()]
    assert sorted(set(codes)) == sorted(codes)
    assert sorted(set(names)) == sorted(names)


@by_page
def test_the_file_is_called_like_the_rule(path: Path) -> None:
    each = PATTERNS[path]
    assert path.stem == f"{each.code}-{each.name}"
    assert re.search(rf"^# {re.escape(each.name)}$", each.page, re.MULTILINE)


@by_page
def test_summary_completes_a_message(path: Path) -> None:
    summary = PATTERNS[path].summary
    assert 15 <= len(summary) <= 200
    assert not summary.endswith(".")
    assert summary.count("`") % 2 == 0


@by_page
def test_headings_are_in_order(path: Path) -> None:
    found = re.findall(r"^## (.+?)\s*$", PATTERNS[path].page, re.MULTILINE)
    pairs = [each for each in found if re.match(r"(Before|After) \d", each)]
    assert [each for each in found if each not in pairs] == list(HEADINGS)
    assert pairs == [
        f"{side} {n + 2}" for n in range(len(pairs) // 2) for side in ("Before", "After")
    ]
    if pairs:
        first = found.index(pairs[0])
        assert found[first - 1] == "After"
        assert found[first : first + len(pairs)] == pairs


@by_page
def test_every_part_says_something(path: Path) -> None:
    parts = re.split(r"^## .+$", PATTERNS[path].page, flags=re.MULTILINE)
    assert all(part.strip() for part in parts[1:])


@by_page
def test_guide_is_an_official_page(path: Path) -> None:
    guide = PATTERNS[path].guide
    hosts = ("www.tensorflow.org", "keras.io", "github.com/tensorflow", "docs.python.org")
    others = ("ai.google.dev", "numpy.org", "openxla.org", "docs.scipy.org", "peps.python.org")
    allowed = tuple(f"https://{host}/" for host in (*hosts, *others))
    assert not guide or guide.startswith(allowed)


# ------------------------------------------------------------------------------ what they match


def test_symbols_are_known() -> None:
    """No misspelt symbol: each names, or covers, something of the atlas or of a row."""
    atlas = load()
    names = {name for release in atlas.releases for name in atlas.symbols(release)}
    names.update(CONTEXT.catalogue.symbols)
    unknown = []
    for code, match in matches():
        for symbol in match.symbols:
            namespace = symbol.removesuffix(".*")
            known = bool(atlas.entry(namespace)) or symbol in names
            if not known and "*" not in namespace:
                known = any(name.startswith(f"{namespace}.") for name in names)
            elif not known:
                fits = compile_glob(symbol)
                known = any(fits.match(name) for name in names) or fits_member(symbol)
            if not known:
                unknown.append(f"{code}: {symbol}")
    assert unknown == []


def fits_member(glob: str) -> bool:
    """Whether a pattern ends in the members of classes that it covers."""
    atlas = load()
    owner, _, last = glob.rpartition(".")
    classes = [name for name in atlas.symbols("1.15") if compile_glob(owner).match(name)]
    member = compile_glob(last)
    return any(member.match(name) for each in classes for name in atlas.members(each, "1.15"))


def test_arguments_are_known() -> None:
    atlas = load()
    unknown = []
    for code, match in matches():
        name = match.argument or match.not_argument
        for symbol in match.symbols if name else ():
            both = [atlas.signature(symbol, release) for release in ("1.15", "2.21")]
            known = [each for each in both if each is not None]
            if known and not any(each.accepts(name) for each in known):
                unknown.append(f"{code}: {symbol}({name}=)")
    assert unknown == []


def test_detectors_are_there_and_used() -> None:
    assert {match.detector for _, match in matches() if match.detector} == set(DETECTORS)


def test_codes_that_are_named_exist() -> None:
    known = {each.code for each in PATTERNS.values()}
    assert set(CODES.findall(README.read_text(encoding="utf-8"))) <= known
    for each in PATTERNS.values():
        assert set(CODES.findall(each.page)) <= known, each.code


# ------------------------------------------------------------------------------ their programs


@by_page
def test_programs_are_python(path: Path, blocks: Blocks) -> None:
    found = [block for block in blocks(path) if NUMBERED.match(block[0])]
    assert {heading.split()[0] for heading, _, _ in found} == {"Before", "After"}
    for heading, info, text in found:
        if info.partition(" ")[0] == "python" and not (PATTERNS[path].code < "TFM010"):
            ast.parse(text, f"{path.name}: {heading}")
            assert info in ("python", "python no-run")


@by_page
def test_before_is_reported(path: Path, blocks: Blocks) -> None:
    each = PATTERNS[path]
    if not each.matches:
        # found by the engine itself, whose tests show how
        assert each.code[3] in "016" or each.code == "TFM424"
        return
    for heading, info, text in blocks(path):
        if heading.startswith("Before") and info.startswith("python"):
            codes = {found.code for found in findings(text)}
            assert each.code in codes, f"{heading}: {sorted(codes)}"


@by_page
def test_after_is_clean(path: Path, blocks: Blocks) -> None:
    for heading, info, text in blocks(path):
        if heading.startswith("After") and info.startswith("python"):
            left = [found for found in findings(text) if found.severity is not Severity.INFO]
            assert [f"{found.span.row}: {found.code} {found.message}" for found in left] == []
