"""The atlas at run time: dictionary look-ups over lazily decoded text."""

from __future__ import annotations

import zlib
from functools import cached_property, lru_cache
from pathlib import Path

from tfmigrate.atlas.details import Details, MemberFact
from tfmigrate.atlas.encoding import FORM_FEED, KINDS, NOTHING, inflate
from tfmigrate.atlas.facts import AtlasError, Entry, Kind, Signature
from tfmigrate.atlas.private import PrivateModules, is_private

DATA = Path(__file__).parent / "data"

_V1 = "tf.compat.v1."
_V2 = "tf.compat.v2."


class Atlas:
    """Which TensorFlow symbols exist in which release, and how they are called.

    Symbols are canonical: ``tf.nn.dropout``, ``tf.compat.v1.nn.dropout``, a member behind its class
    (``tf.data.Dataset.map``), a private path (``tf.python.ops.array_ops.concat``). Releases are
    written ``"1.15"``, ``"2.0"`` … ``"2.21"``; any other raises ``AtlasError``.

    ``exists`` and ``alive`` are about attribute access after ``import tensorflow as tf``. An import
    statement can give more (``importable``) and less (``import_fails``); ``entry``, ``signature``,
    ``members``, ``children`` and ``resolve`` know what either way gives.
    """

    def __init__(self, symbols: str, folder: Path) -> None:
        """``symbols``: the inflated ``symbols.z``; ``folder``: where the other files are."""
        header, names, records, imports = symbols.split(FORM_FEED)
        read = [line.split() for line in header.splitlines()]
        self.releases: tuple[str, ...] = tuple(words[0] for words in read)
        self.distributions = {words[0]: tuple(words[1:]) for words in read}
        """What was read for each release, as pip requirements."""
        self._folder = folder
        self._bits = {release: 1 << n for n, release in enumerate(self.releases)}
        self._names = names.split("\n")
        self._records = dict(zip(self._names, records.split("\n"), strict=True))
        self._imports = dict(line.split(" ", 1) for line in imports.splitlines())
        self._entries: dict[str, Entry | None] = {}
        self._masks: dict[str, tuple[int, int, int]] = {}

    # ------------------------------------------------------------------ existence

    def entry(self, symbol: str) -> Entry | None:
        """Everything about ``symbol``; None if no release knows it."""
        try:
            return self._entries[symbol]
        except KeyError:
            found = self._entry(symbol)
            self._entries[symbol] = found
            return found

    def exists(self, symbol: str, release: str) -> bool:
        """Whether ``symbol`` is an attribute in ``release``, even if it only raises."""
        return bool(self._mask(symbol)[0] & self._bit(release))

    def alive(self, symbol: str, release: str) -> bool:
        """Whether ``symbol`` is an attribute in ``release`` and does not just raise."""
        present, raising, _ = self._mask(symbol)
        return bool(present & ~raising & self._bit(release))

    def importable(self, symbol: str, release: str) -> bool:
        """Whether only an import statement gives ``symbol`` in ``release``, and it does not raise.

        ``import tensorflow.keras.saving`` and ``from tensorflow.keras.saving import load_model``
        work on 2.21, though ``tf.keras.saving`` is no attribute until that happens: true for
        ``tf.keras.saving`` and all below it. False for what attribute access gives (see ``alive``).
        """
        _, raising, only = self._mask(symbol)
        return bool(only & ~raising & self._bit(release))

    def import_fails(self, module: str, release: str, name: str = "") -> bool:
        """Whether ``from module import name`` raises in ``release`` though the attribute is there.

        Without ``name`` it is about ``import module``. On 2.21 ``from tensorflow.optimizers import
        Adam`` and ``from tensorflow.distribute import Strategy`` raise, while the attributes
        ``tf.optimizers.Adam`` and ``tf.distribute.Strategy`` are there. False for what is not an
        attribute, either (see ``exists``), and below ``tf.compat.v2``, which was not looked at.
        """
        bit = self._bit(release)
        symbol = f"{module}.{name}" if name else module
        failing = int(self._disagreement(module)[1], 16)
        if name:
            failing |= int(self._disagreement(symbol)[2], 16)
        return bool(failing & self._mask(symbol)[0] & bit)

    def first_release(self, symbol: str) -> str | None:
        """The oldest release that has ``symbol``, as an attribute or for import."""
        entry = self.entry(symbol)
        return entry.releases[0] if entry else None

    def last_release(self, symbol: str) -> str | None:
        """The newest release that has ``symbol`` (raising or not), in either way."""
        entry = self.entry(symbol)
        return entry.releases[-1] if entry else None

    # ------------------------------------------------------------------ structure

    def resolve(self, dotted: str) -> tuple[str, str]:
        """Split into the longest prefix that any release knows, and the rest.

        ``tf.app.flags.FLAGS.batch_size`` is ``("tf.app.flags.FLAGS", "batch_size")``. The prefix is
        empty if not even the first part is known.
        """
        prefix = dotted
        while prefix:
            present, _, only = self._mask(prefix)
            if present or only:
                return prefix, dotted[len(prefix) + 1 :]
            prefix = prefix.rpartition(".")[0]
        return "", dotted

    def symbols(self, release: str) -> tuple[str, ...]:
        """Every public symbol that is an attribute in one release, sorted.

        Members of classes and private paths are not listed.
        """
        bit = self._bit(release)
        return tuple(
            name
            for name, record in self._records.items()
            if int(record.split(" ", 2)[1], 16) & bit
            and not (name in self._imports and self._only(name) & bit)
        )

    def imports(self, release: str) -> tuple[str, ...]:
        """Every symbol that only an import statement gives in one release, sorted."""
        bit = self._bit(release)
        return tuple(name for name in self._imports if self._only(name) & bit)

    def children(self, symbol: str) -> tuple[str, ...]:
        """The names right below a module, or the public members of a class, in any release."""
        record = self._record(symbol)
        if record is None:
            return self._private.children(symbol) if is_private(symbol) else ()
        if record[0] == "m":
            return self._children_of_modules.get(self._stored(symbol), ())
        return tuple(sorted(self._members_of(symbol)))

    def members(self, symbol: str, release: str) -> frozenset[str]:
        """The public members of a class in ``release``, inherited ones and attributes included."""
        bit = self._bit(release)
        facts = self._members_of(symbol)
        return frozenset(name for name, fact in facts.items() if fact.mask & bit)

    def suggestions(self, symbol: str, count: int = 3) -> tuple[str, ...]:
        """Known symbols that look like ``symbol``: first its siblings, then names anywhere."""
        import difflib  # only explanations need it, and start-up counts

        parent, last = self.resolve(symbol)
        first = last.partition(".")[0]
        siblings = self.children(parent) if parent else ()
        close = [f"{parent}.{n}" for n in difflib.get_close_matches(first, siblings, count, 0.7)]
        name = symbol.rpartition(".")[2]
        same = [s for s in self._by_last_part.get(name, ()) if not s.startswith(_V1)]
        for found in sorted(same, key=len) + difflib.get_close_matches(
            symbol, self._by_length(symbol), count, 0.8
        ):
            if found not in close and found != symbol:
                close.append(found)
        return tuple(close[:count])

    def twin(self, private: str) -> str | None:
        """The public symbol of a private path: ``tf.concat`` of ``tf.python.ops.array_ops.concat``.

        The longest prefix that has a twin is replaced, so members are found, too.
        """
        return self._private.twin(private) if is_private(private) else None

    # ------------------------------------------------------------------ calls

    def signature(self, symbol: str, release: str) -> Signature | None:
        """How ``symbol`` (a class: its constructor) is called in ``release``; None if unknown."""
        bit = self._bit(release)
        record = self._record(symbol)
        if record is not None:
            field = record.split(" ")[3]
            for pair in field.split(",") if field != NOTHING else ():
                mask, _, number = pair.partition(":")
                if int(mask, 16) & bit:
                    return self._details.signature(int(number))
            return None
        owner, _, name = symbol.rpartition(".")
        fact = self._members_of(owner).get(name) if owner else None
        if fact is None:
            return None
        for mask_, number_ in fact.signatures:
            if mask_ & bit:
                return self._details.signature(number_)
        return None

    # ------------------------------------------------------------------ inside

    def _bit(self, release: str) -> int:
        try:
            return self._bits[release]
        except KeyError:
            known = ", ".join(self.releases)
            raise AtlasError(f"no data for TensorFlow {release}; there are {known}") from None

    def _stored(self, symbol: str) -> str:
        """The spelling a symbol is stored under: compat.v2 is the 2.x API itself."""
        if symbol.startswith(_V2):
            return "tf." + symbol[len(_V2) :]
        return symbol

    def _record(self, symbol: str) -> str | None:
        record = self._records.get(symbol)
        return record if record is not None else self._records.get(self._stored(symbol))

    def _disagreement(self, symbol: str) -> tuple[str, str, str]:
        """The bit sets of a name that import statements and attribute access disagree about."""
        line = self._imports.get(symbol)
        if line is None:
            return "0", "0", "0"
        only, closed, hidden = line.replace(NOTHING, "0").split(" ")
        return only, closed, hidden

    def _only(self, symbol: str) -> int:
        """The releases where only an import statement gives ``symbol``, as a bit set."""
        return int(self._disagreement(symbol)[0], 16)

    def _mask(self, symbol: str) -> tuple[int, int, int]:
        """The releases that have ``symbol``, where it raises, and where only imports give it."""
        try:
            return self._masks[symbol]
        except KeyError:
            found = self._find_mask(symbol)
            self._masks[symbol] = found
            return found

    def _find_mask(self, symbol: str) -> tuple[int, int, int]:
        record = self._record(symbol)
        if record is not None:
            _, present, raising, _ = record.split(" ", 3)
            either, raises = int(present, 16), 0 if raising == NOTHING else int(raising, 16)
            only = self._only(self._stored(symbol))
            if symbol.startswith(_V2):
                return either & ~only & ~self._bits.get("1.15", 0), raises, 0
            return either & ~only, raises, only
        owner, _, name = symbol.rpartition(".")
        if not owner:
            return 0, 0, 0
        if self._record(owner) is not None:
            fact = self._members_of(owner).get(name)
            if fact is None:
                return 0, 0, 0
            there, raises, only = self._mask(owner)
            return fact.mask & there, fact.mask & raises, fact.mask & only
        return (self._private_mask(symbol), 0, 0) if is_private(symbol) else (0, 0, 0)

    def _private_mask(self, symbol: str) -> int:
        """The releases of a private name; of a member of a private class, through its twin."""
        present = self._private.mask(symbol)
        if present:
            return present
        owner, _, name = symbol.rpartition(".")
        twin = self._private.twin(owner)
        if twin is None:
            return 0
        # the class may have gone on under compat.v1 only
        spellings = (f"{twin}.{name}", f"{_V1}{twin[3:]}.{name}")
        members = self._mask(spellings[0])[0] | self._mask(spellings[1])[0]
        return members & self._private.mask(owner)

    def _entry(self, symbol: str) -> Entry | None:
        present, raising, only = self._mask(symbol)
        if not present | only:
            return None
        record = self._record(symbol)
        if record is not None:
            kind = KINDS[record[0]]
        elif is_private(symbol):
            kind = self._private.kind(symbol)
        else:
            kind = Kind.MEMBER
        masks = (present | only, raising, only)
        return Entry(symbol, kind, *(self._releases_of(mask) for mask in masks))

    def _releases_of(self, mask: int) -> tuple[str, ...]:
        return tuple(release for release, bit in self._bits.items() if mask & bit)

    def _members_of(self, symbol: str) -> dict[str, MemberFact]:
        record = self._record(symbol)
        if record is None:
            return {}
        number = record.rsplit(" ", 1)[1]
        return self._details.members(int(number)) if number != NOTHING else {}

    def _by_length(self, symbol: str) -> list[str]:
        """Symbols near enough in length to be worth the slow comparison."""
        low, high = int(len(symbol) * 0.8), int(len(symbol) * 1.25)
        head = symbol[:4]
        return [n for n in self._names if low <= len(n) <= high and n.startswith(head)]

    @cached_property
    def _details(self) -> Details:
        return Details(_read(self._folder / "details.z"))

    @cached_property
    def _private(self) -> PrivateModules:
        return PrivateModules(_read(self._folder / "private.z"), self.releases)

    @cached_property
    def _children_of_modules(self) -> dict[str, tuple[str, ...]]:
        below: dict[str, list[str]] = {}
        for name in self._names:
            parent, _, last = name.rpartition(".")
            below.setdefault(parent, []).append(last)
        return {parent: tuple(names) for parent, names in below.items()}

    @cached_property
    def _by_last_part(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name in self._names:
            found.setdefault(name.rpartition(".")[2], []).append(name)
        return found


def _read(path: Path) -> str:
    try:
        return inflate(path.read_bytes())
    except (OSError, zlib.error, UnicodeDecodeError) as error:
        raise AtlasError(f"cannot read the atlas data {path.name}: {error}") from error


@lru_cache(maxsize=1)
def load() -> Atlas:
    """The shipped atlas, read once a process. Raises ``AtlasError`` if its data are damaged."""
    return Atlas(_read(DATA / "symbols.z"), DATA)
