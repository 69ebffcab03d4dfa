"""Makes the data of the atlas: ``python -m tfmigrate.atlas.build``.

Downloads the wheels of each release, reads them (nothing of TensorFlow is ever imported) and writes
the files that the wheel of this project ships.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from tfmigrate.atlas.atlas import DATA
from tfmigrate.atlas.reader.imports import read_imports
from tfmigrate.atlas.reader.privates import read_privates
from tfmigrate.atlas.reader.tree import Tree
from tfmigrate.atlas.reader.walk import Walk
from tfmigrate.atlas.reader.wheels import RELEASES, Release, unpack
from tfmigrate.atlas.writing import ReleaseFacts, SymbolRow, write

CACHE = Path(tempfile.gettempdir()) / "tfmigrate-atlas"
DEPTH = 20_000
"""Imports nest deeply: each level of TensorFlow's is a dozen Python calls here."""


def read_folder(
    release: Release, folder: Path, root: str = "tf", private: bool = True
) -> ReleaseFacts:
    """The facts of a release whose files are in ``folder``, as in ``site-packages``.

    ``root`` limits the reading to one namespace; ``private`` adds the modules behind it.
    """
    gc.disable()  # syntax trees are millions of objects, and none of them is garbage yet
    sys.setrecursionlimit(DEPTH)
    try:
        walk = Walk(Tree(folder, release.python_version))
        walk.run(root)
        twins = walk.values if release.name == "1.15" else {}
        modules = read_privates(walk.interpreter, twins) if private else {}
        imports = read_imports(walk)  # last, as importing a module changes what is in its parent
    finally:
        gc.enable()
    symbols = dict(walk.symbols)
    symbols.update({f"{dead}.": SymbolRow("v", raises=True) for dead in walk.dead})
    return ReleaseFacts(release.name, release.requirements, symbols, modules, imports)


def bury(releases: Sequence[ReleaseFacts]) -> list[ReleaseFacts]:
    """Give namespaces that refuse every name the names they had before, as raising.

    Keras 3 answers ``tf.compat.v1.layers.anything`` with an AttributeError; what is worth knowing
    about are the names that the last release with Keras 2 had. Such a namespace is marked by
    ``read_folder`` with a symbol that ends in a dot.
    """
    result: list[ReleaseFacts] = []
    before: ReleaseFacts | None = None
    for facts in releases:
        symbols = {name: row for name, row in facts.symbols.items() if not name.endswith(".")}
        for dead in (name for name in facts.symbols if name.endswith(".")):
            for name, row in before.symbols.items() if before else ():
                if name.startswith(dead):
                    symbols[name] = SymbolRow(row.kind, None, True, row.members)
        before = replace(facts, symbols=symbols)
        result.append(before)
    return result


def build(releases: Sequence[Release], cache: Path, jobs: int = 1) -> list[ReleaseFacts]:
    """Read releases, given oldest first, ``jobs`` at a time. Raises ``DownloadError``."""
    folders = [unpack(release, cache) for release in releases]
    # a process each: what reading leaves in memory is better not inherited by the next
    with ProcessPoolExecutor(jobs, get_context("spawn"), max_tasks_per_child=1) as pool:
        return bury(list(pool.map(read_folder, releases, folders)))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tfmigrate.atlas.build", description=__doc__)
    parser.add_argument("--releases", nargs="*", metavar="2.21", help="only these, for a trial")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where wheels go")
    parser.add_argument("--out", type=Path, default=DATA, help="the folder to write to")
    parser.add_argument("--jobs", type=int, default=2, help="releases read at the same time")
    options = parser.parse_args(arguments)
    known = {release.name: release for release in RELEASES}
    wanted = options.releases or list(known)
    if unknown := [name for name in wanted if name not in known]:
        parser.error(f"no such release: {', '.join(unknown)}")
    chosen = [release for release in RELEASES if release.name in wanted]
    facts = build(chosen, options.cache, options.jobs)
    for one in facts:
        sys.stdout.write(
            f"{one.release}: {len(one.symbols)} symbols, {len(one.private)} private modules, "
            f"{len(one.imports.only)} by import only\n"
        )
    for name, size in write(facts, options.out).items():
        sys.stdout.write(f"{name}: {size} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
