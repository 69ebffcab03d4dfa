"""Signatures and class members, decoded one by one when they are asked for."""

from __future__ import annotations

from typing import NamedTuple

from tfmigrate.atlas.encoding import FORM_FEED, read_signature
from tfmigrate.atlas.facts import Signature


class MemberFact(NamedTuple):
    """One member of a class over all releases: ``mask`` is the bit set of releases it is in.

    ``signatures`` are pairs of a bit set and a number in the table of signatures; ``attribute``
    says that instances get it in a method, so that the class object itself does not have it.
    """

    mask: int
    signatures: tuple[tuple[int, int], ...]
    attribute: bool


class Details:
    """The decoded ``details.z``."""

    def __init__(self, text: str) -> None:
        signatures, members = text.split(FORM_FEED)
        self._signature_lines = signatures.split("\n")
        self._member_lines = members.split("\n")
        self._signatures: dict[int, Signature] = {}
        self._members: dict[int, dict[str, MemberFact]] = {}

    def signature(self, number: int) -> Signature:
        """The signature in that line of the table."""
        found = self._signatures.get(number)
        if found is None:
            found = read_signature(self._signature_lines[number])
            self._signatures[number] = found
        return found

    def members(self, number: int) -> dict[str, MemberFact]:
        """The members of a class by name, from that line of the table."""
        found = self._members.get(number)
        if found is None:
            found = read_members(self._member_lines[number])
            self._members[number] = found
        return found


def read_members(line: str) -> dict[str, MemberFact]:
    """Decode one member list (see ``encoding``)."""
    found: dict[str, MemberFact] = {}
    for group in line.split(";") if line else ():
        bits, _, names = group.partition(":")
        mask = int(bits, 16)
        for item in names.split(","):
            name, _, number = item.rstrip(")").partition("(")
            attribute = name.startswith(".")
            name = name.lstrip(".")
            signatures: tuple[tuple[int, int], ...] = ((mask, int(number)),) if number else ()
            before = found.get(name)
            if before is None:
                found[name] = MemberFact(mask, signatures, attribute)
            else:
                found[name] = MemberFact(
                    before.mask | mask,
                    before.signatures + signatures,
                    before.attribute and attribute,
                )
    return found
