"""What every check needs: the facts, the rules and the release to check against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tfmigrate import atlas, catalogue
from tfmigrate.atlas import Atlas
from tfmigrate.catalogue import Catalogue
from tfmigrate.names import Knowledge


class TargetError(Exception):
    """The release asked for is not one that the atlas knows."""


@dataclass(frozen=True)
class Context:
    """The atlas, the catalogue, the resolver's knowledge and the target release."""

    atlas: Atlas
    catalogue: Catalogue
    knowledge: Knowledge
    target: str


@lru_cache(maxsize=8)
def load(target: str, extra: tuple[Path, ...] = ()) -> Context:
    """Load everything, once a process.

    Raises:
        TargetError: ``target`` is not a TensorFlow 2 release of the atlas.
        CatalogueError: a rule file cannot be understood.
    """
    facts = atlas.load()
    if target not in facts.releases[1:]:
        raise TargetError(
            f"unknown target version {target!r}: expected one of {_spell(facts.releases[1:])}"
        )
    rules = catalogue.load(extra)
    knowledge = Knowledge(facts, rules.types, rules.roots, rules.symbols)
    return Context(facts, rules, knowledge, target)


def _spell(releases: Iterable[str]) -> str:
    return ", ".join(releases)
