"""Facts of single releases, joined and written in the shipped format (see ``encoding``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tfmigrate.atlas.encoding import FORM_FEED, NOTHING, deflate


@dataclass(frozen=True)
class MemberRow:
    """One member of a class in one release: its parameters, and whether instances get it later."""

    signature: str | None = None
    attribute: bool = False


@dataclass(frozen=True)
class SymbolRow:
    """One symbol in one release; ``kind`` is the letter of ``encoding``."""

    kind: str
    signature: str | None = None
    raises: bool = False
    members: Mapping[str, MemberRow] | None = None


@dataclass(frozen=True)
class ImportFacts:
    """Where import statements and attribute access differ in one release.

    ``only``: symbols that an import statement gives and an attribute access does not. The others
    are there as attributes: ``closed`` are modules that cannot be imported, so that nothing can be
    imported from them either; ``hidden`` are names that their module lacks when it is imported.
    """

    only: Mapping[str, SymbolRow] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ReleaseFacts:
    """All that was read from one release.

    ``symbols`` are those that attribute access reaches; ``private`` maps a private module to its
    names, each to its public twin or an empty string.
    """

    release: str
    distributions: tuple[str, ...]
    symbols: Mapping[str, SymbolRow]
    private: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    imports: ImportFacts = field(default_factory=ImportFacts)

    def row(self, symbol: str) -> SymbolRow | None:
        """What was read of a symbol that attribute access or an import statement reaches."""
        return self.symbols.get(symbol) or self.imports.only.get(symbol)


@dataclass
class _Table:
    """Distinct lines, numbered in the order of their first use."""

    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, line: str) -> int:
        return self.numbers.setdefault(line, len(self.numbers))

    def text(self) -> str:
        return "\n".join(self.numbers)


def encode(releases: Sequence[ReleaseFacts]) -> dict[str, bytes]:
    """The files of the data folder by name, for releases given oldest first."""
    signatures, members = _Table(), _Table()
    names = sorted({name for f in releases for name in (*f.symbols, *f.imports.only)})
    records = [_record(name, releases, signatures, members) for name in names]
    header = "\n".join(" ".join((facts.release, *facts.distributions)) for facts in releases)
    parts = [header, "\n".join(names), "\n".join(records), _imports(releases)]
    return {
        "symbols.z": deflate(FORM_FEED.join(parts)),
        "details.z": deflate(signatures.text() + FORM_FEED + members.text()),
        "private.z": deflate(_private(releases)),
    }


def write(releases: Sequence[ReleaseFacts], folder: Path) -> dict[str, int]:
    """Write the data files into ``folder``; their sizes in bytes by name."""
    folder.mkdir(parents=True, exist_ok=True)
    files = encode(releases)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return {name: len(data) for name, data in files.items()}


def _record(
    name: str, releases: Sequence[ReleaseFacts], signatures: _Table, members: _Table
) -> str:
    rows = [(1 << n, facts.row(name)) for n, facts in enumerate(releases)]
    found = [(bit, row) for bit, row in rows if row is not None]
    present = sum(bit for bit, _ in found)
    raising = sum(bit for bit, row in found if row.raises)
    called = _by_value((bit, row.signature) for bit, row in found)
    pairs = [f"{bits:x}:{signatures.number(text)}" for text, bits in called.items()]
    line = _member_line([(bit, row.members or {}) for bit, row in found], signatures)
    return " ".join(
        (
            found[-1][1].kind,
            f"{present:x}",
            f"{raising:x}" if raising else NOTHING,
            ",".join(pairs) or NOTHING,
            str(members.number(line)) if line else NOTHING,
        )
    )


def _imports(releases: Sequence[ReleaseFacts]) -> str:
    masks: dict[str, list[int]] = {}
    for n, facts in enumerate(releases):
        imports = facts.imports
        for place, names in enumerate((imports.only, imports.closed, imports.hidden)):
            for name in names:
                masks.setdefault(name, [0, 0, 0])[place] |= 1 << n
    return "\n".join(
        " ".join((name, *(f"{bits:x}" if bits else NOTHING for bits in masks[name])))
        for name in sorted(masks)
    )


def _by_value(items: Iterable[tuple[int, str | None]]) -> dict[str, int]:
    """Bit sets by value, without None."""
    found: dict[str, int] = {}
    for bit, value in items:
        if value is not None:
            found[value] = found.get(value, 0) | bit
    return found


def _member_line(rows: Sequence[tuple[int, Mapping[str, MemberRow]]], signatures: _Table) -> str:
    items: dict[str, int] = {}
    for bit, members in rows:
        for name, member in members.items():
            item = "." * member.attribute + name
            if member.signature is not None:
                item += f"({signatures.number(member.signature)})"
            items[item] = items.get(item, 0) | bit
    groups: dict[int, list[str]] = {}
    for item, bits in items.items():
        groups.setdefault(bits, []).append(item)
    return ";".join(f"{bits:x}:{','.join(sorted(groups[bits]))}" for bits in sorted(groups))


def _private(releases: Sequence[ReleaseFacts]) -> str:
    modules = sorted({module for facts in releases for module in facts.private})
    lines: list[str] = []
    for module in modules:
        present = 0
        bits: dict[str, int] = {}
        twins: dict[str, str] = {}
        for n, facts in enumerate(releases):
            if module not in facts.private:
                continue
            present |= 1 << n
            for name, twin in facts.private[module].items():
                bits[name] = bits.get(name, 0) | 1 << n
                if twin:
                    twins.setdefault(name, twin)
        groups: dict[int, list[str]] = {}
        for name in sorted(bits):
            item = f"{name}={twins[name]}" if name in twins else name
            groups.setdefault(bits[name], []).append(item)
        body = [f"{mask:x}:{','.join(names)}" for mask, names in sorted(groups.items())]
        lines.append(";".join([f"{present:x}", *body]))
    return "\n".join(modules) + FORM_FEED + "\n".join(lines)
