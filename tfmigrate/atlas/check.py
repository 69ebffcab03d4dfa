"""Compares the shipped atlas with a live TensorFlow: ``python -m tfmigrate.atlas.check``.

The interpreter that has TensorFlow runs ``probe`` in one process; what it answers is held against
the data, which were read from the source without running it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfmigrate.atlas.atlas import Atlas, load
from tfmigrate.atlas.encoding import read_signature
from tfmigrate.atlas.facts import AtlasError, Kind, Signature

PROBE = Path(__file__).with_name("probe.py")
_KERAS = ("keras", "losses", "metrics", "optimizers", "initializers")
"""The namespaces that Keras, a distribution with releases of its own, fills from 2.6 on."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many of the facts of one sort are the same on both sides, and which are not."""

    total: int
    differences: tuple[str, ...]

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return 1 - len(self.differences) / self.total if self.total else 1.0


def ask(python: str, symbols: Sequence[str] = (), modules: Sequence[str] = ()) -> dict[str, Any]:
    """What a live TensorFlow says of itself, and what happens to ``symbols`` that are called and
    ``modules`` that are imported. Raises ``AtlasError`` if it cannot be asked.
    """
    result = subprocess.run(
        [python, str(PROBE)],
        input=json.dumps({"symbols": list(symbols), "modules": list(modules)}),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise AtlasError(f"{python}: {result.stderr.strip()[-2000:]}")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def release_of(version: str) -> str:
    """``2.21.0`` as ``2.21``."""
    return ".".join(version.split(".")[:2])


def compare(atlas: Atlas, live: Mapping[str, Any]) -> dict[str, Agreement]:
    """Existence, parameters, members and so on, each against ``live`` (an answer of ``ask``).

    Parameters are compared by their names in order, for what Python itself can inspect. Of members,
    those that the live class has must be known; the atlas knows more, such as the fields of
    protocol buffers and attributes that instances get. Imports are compared name by name: what an
    import statement does with each, and with each module. Where another Keras is installed than the
    one that was read, its namespaces are left out.
    """
    release = release_of(live["version"])
    left_out = keras_namespaces(atlas, release, live["keras"])
    there = {s: row for s, row in live["symbols"].items() if not s.startswith(left_out)}
    known = {s for s in atlas.symbols(release) if not s.startswith(left_out)} - {"tf"}
    dead = {s for s in known if not atlas.alive(s, release)}
    walked = (known - dead) | (known & set(there))
    both = sorted(walked & set(there))
    return {
        "existence": Agreement(
            len(walked | set(there)),
            tuple(
                [f"{s}: only in the atlas" for s in sorted(walked - set(there))]
                + [f"{s}: only live" for s in sorted(set(there) - walked)]
            ),
        ),
        "parameters": _parameters(atlas, release, both, there),
        "members": _members(atlas, release, both, there),
        "methods": _methods(atlas, release, both, there),
        "imports": _imports(atlas, release, live["imports"], left_out),
        "raising": Agreement(
            len(live["answers"]),
            tuple(
                f"{symbol}: {state} live"
                for symbol, state in sorted(live["answers"].items())
                if state != "raises" and not symbol.startswith(left_out)
            ),
        ),
    }


def dead_symbols(atlas: Atlas, release: str) -> list[str]:
    """What the atlas says exists in a release but raises."""
    return [symbol for symbol in atlas.symbols(release) if _is_dead(atlas, symbol, release)]


def modules(atlas: Atlas, release: str) -> list[str]:
    """What the atlas says is a module in a release, but for contrib, which is not compared."""
    return [
        symbol
        for symbol in (*atlas.symbols(release), *atlas.imports(release))
        if symbol != "tf"
        and not symbol.startswith("tf.contrib")
        and _kind(atlas, symbol) is Kind.MODULE
    ]


def _kind(atlas: Atlas, symbol: str) -> Kind | None:
    entry = atlas.entry(symbol)
    return entry.kind if entry else None


def keras_namespaces(atlas: Atlas, release: str, keras: str | None) -> tuple[str, ...]:
    """Prefixes to leave out because the installed Keras is not the one that was read."""
    if keras is None or f"keras=={keras}" in atlas.distributions[release]:
        return ()
    if not any(requirement.startswith("keras==") for requirement in atlas.distributions[release]):
        return ()
    return tuple(f"{root}{name}" for root in ("tf.", "tf.compat.v1.") for name in _KERAS)


def _parameters(
    atlas: Atlas, release: str, symbols: Sequence[str], there: Mapping[str, Any]
) -> Agreement:
    total = 0
    differences: list[str] = []
    for symbol in symbols:
        text = there[symbol][1]
        if text is None:
            continue
        total += 1
        ours = atlas.signature(symbol, release)
        theirs = _names(read_signature(text))
        if ours is None or _names(ours) != theirs:
            shown = "unknown" if ours is None else ", ".join(_names(ours))
            differences.append(f"{symbol}: ({shown}) here, ({', '.join(theirs)}) live")
    return Agreement(total, tuple(differences))


def _names(signature: Signature) -> list[str]:
    return [parameter.name for parameter in signature.parameters]


def _members(
    atlas: Atlas, release: str, symbols: Sequence[str], there: Mapping[str, Any]
) -> Agreement:
    total = 0
    differences: list[str] = []
    for symbol in symbols:
        entry = atlas.entry(symbol)
        if entry is None or entry.kind is not Kind.CLASS:
            continue  # NumPy's and the like: no class of TensorFlow
        live = there[symbol][3] or {}
        ours = atlas.members(symbol, release)
        total += len(live)
        differences += [f"{symbol}.{name}: only live" for name in sorted(live) if name not in ours]
    return Agreement(total, tuple(differences))


def _methods(
    atlas: Atlas, release: str, symbols: Sequence[str], there: Mapping[str, Any]
) -> Agreement:
    rows: dict[str, list[str | None]] = {}
    for symbol in symbols:
        if _kind(atlas, symbol) is Kind.CLASS:
            live = (there[symbol][3] or {}).items()
            rows |= {f"{symbol}.{name}": ["a", text] for name, text in live if text is not None}
    return _parameters(atlas, release, list(rows), rows)


def _imports(
    atlas: Atlas, release: str, live: Mapping[str, Any], left_out: tuple[str, ...]
) -> Agreement:
    ours: dict[str, str] = {}
    theirs: dict[str, str] = {}
    for module, (attribute, names) in live.items():
        if module.startswith(left_out) or _is_dead(atlas, module, release):
            continue
        theirs[f"import {module}"] = _outcome(attribute, names is not None)
        works = not atlas.import_fails(module, release)
        ours[f"import {module}"] = _word(atlas, module, release, works)
        for name in atlas.children(module):
            symbol = f"{module}.{name}"
            if not (atlas.alive(symbol, release) or atlas.importable(symbol, release)):
                continue
            found = name in (names or ()) or live.get(symbol, (False, None))[1] is not None
            statement = f"from {module} import {name}"
            theirs[statement] = _outcome(atlas.exists(symbol, release), found)
            works = not atlas.import_fails(module, release, name)
            ours[statement] = _word(atlas, symbol, release, works)
    differences = [
        f"{statement}: {ours[statement]} here, {theirs[statement]} live"
        for statement in theirs
        if ours[statement] != theirs[statement]
    ]
    return Agreement(len(theirs), tuple(differences))


def _is_dead(atlas: Atlas, symbol: str, release: str) -> bool:
    return atlas.exists(symbol, release) and not atlas.alive(symbol, release)


def _word(atlas: Atlas, symbol: str, release: str, works: bool) -> str:
    return _outcome(
        atlas.exists(symbol, release),
        atlas.importable(symbol, release) or (atlas.exists(symbol, release) and works),
    )


def _outcome(attribute: bool, imported: bool) -> str:
    return f"{'an' if attribute else 'no'} attribute, {'imported' if imported else 'not imported'}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit status is 1 if the agreement is below what we promise."""
    parser = argparse.ArgumentParser(prog="python -m tfmigrate.atlas.check", description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="an interpreter with TensorFlow")
    parser.add_argument("--release", default="2.21", help="the release it has")
    parser.add_argument("--show", type=int, default=20, help="how many differences to print")
    options = parser.parse_args(arguments)
    atlas = load()
    live = ask(
        options.python, dead_symbols(atlas, options.release), modules(atlas, options.release)
    )
    results = compare(atlas, live)
    for name, agreement in results.items():
        right = agreement.total - len(agreement.differences)
        sys.stdout.write(f"{name}: {right} of {agreement.total} agree ({agreement.share:.2%})\n")
        for difference in agreement.differences[: options.show]:
            sys.stdout.write(f"  {difference}\n")
    return int(results["existence"].share < 0.995 or results["parameters"].share < 0.99)


if __name__ == "__main__":
    raise SystemExit(main())
