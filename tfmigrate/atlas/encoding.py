"""The text format of the shipped data, both ways.

Everything is text, deflated. ``symbols.z`` is what every run needs, kept small because loading it
is part of the start-up of a pre-commit hook; ``details.z`` (signatures and class members) and
``private.z`` are opened at the first question that needs them.

- ``symbols.z``: four parts separated by a form feed: the releases one a line, each with the
  distributions that were read; the sorted names one a line; their records one a line; and the
  names that import statements and attribute access disagree about.
- A record is ``kind releases raises signatures members``, separated by blanks: a letter; two
  bit sets in hexadecimal, bit *n* for the *n*-th release; ``bits:id`` pairs joined by commas, the
  id being a line number of the signatures; and a line number of the member lists. ``-`` is nothing.
- Such a name is followed by three bit sets: the releases where only an import statement gives it;
  those where it is a module that cannot be imported; those where it is an attribute of its module,
  but ``from module import name`` fails.
- ``details.z``: the signatures one a line, a form feed, the member lists one a line. A signature is
  written as in Python, defaults left out: ``x,keep_prob=,*,name=,**kwargs``. A member list is
  groups joined by ``;``, each ``bits:name,name(id),...`` where the id is that of a signature and a
  ``.`` before a name marks an attribute that instances get in their methods.
- ``private.z``: a form feed between the names of private modules and their contents; contents are
  groups ``bits:name,name=twin``.
"""

from __future__ import annotations

import zlib

from tfmigrate.atlas.facts import Kind, Parameter, ParameterKind, Signature

FORM_FEED = "\f"
NOTHING = "-"
LETTERS = {
    Kind.FUNCTION: "f",
    Kind.CLASS: "c",
    Kind.CONSTANT: "v",
    Kind.MODULE: "m",
    Kind.MEMBER: "a",
}
KINDS = {letter: kind for kind, letter in LETTERS.items()}


def deflate(text: str) -> bytes:
    """Text as it is shipped; the same text always gives the same bytes."""
    return zlib.compress(text.encode(), 9)


def inflate(data: bytes) -> str:
    """The text that was shipped. Raises ``zlib.error`` if the data are damaged."""
    return zlib.decompress(data).decode()


def write_signature(signature: Signature) -> str:
    """``x,keep_prob=,*,name=``."""
    parts: list[str] = []
    starred = False
    for parameter in signature.parameters:
        if parameter.kind == "args":
            starred = True
            parts.append("*" + parameter.name)
        elif parameter.kind == "kwargs":
            parts.append("**" + parameter.name)
        else:
            if parameter.kind == "keyword" and not starred:
                starred = True
                parts.append("*")
            parts.append(parameter.name + "=" * parameter.default)
    return ",".join(parts)


def read_signature(text: str) -> Signature:
    """The reverse of ``write_signature``."""
    parameters: list[Parameter] = []
    starred = False
    for part in text.split(",") if text else ():
        if part == "*":
            starred = True
        elif part.startswith("**"):
            parameters.append(Parameter(part[2:], False, "kwargs"))
        elif part.startswith("*"):
            starred = True
            parameters.append(Parameter(part[1:], False, "args"))
        else:
            name = part.removesuffix("=")
            kind: ParameterKind = "keyword" if starred else "positional"
            parameters.append(Parameter(name, name != part, kind))
    return Signature(tuple(parameters))
