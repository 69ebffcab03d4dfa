"""Read the catalogue from its files, and keep it compiled.

TOML is for people: reading every table takes longer than checking a file. So what was read and
validated once is kept as JSON in the user's cache folder, under a name that changes whenever a
rule file, the extra rules or tfmigrate itself does.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tfmigrate import __version__
from tfmigrate.catalogue import rows
from tfmigrate.catalogue.rows import CatalogueError

PACKAGE = Path(__file__).parents[1]


def rules_folder() -> Path:
    """Where the rules are: in the installed package, or beside it in a checkout.

    Raises:
        CatalogueError: neither place has them.
    """
    for folder in (PACKAGE / "_rules", PACKAGE.parent / "rules"):
        if (folder / "symbols").is_dir():
            return folder
    raise CatalogueError(f"no rules beside {PACKAGE}: the installation is incomplete")


def files(folder: Path) -> list[Path]:
    """The rule files of one folder, in a fixed order.

    Raises:
        CatalogueError: the folder holds no rule files (a mistyped ``extra-rules``).
    """
    found = [
        *sorted((folder / "symbols").glob("*.toml")),
        *sorted((folder / "patterns").glob("*.md")),
    ]
    if not found:
        raise CatalogueError(f"{folder}: no symbols/*.toml and no patterns/*.md in it")
    types = folder / "types.toml"
    return [*found, types] if types.is_file() else found


def read(extra: Iterable[Path] = ()) -> tuple[dict[str, Any], str]:
    """The compiled catalogue, as JSON-like data, and its digest.

    Raises:
        CatalogueError: a rule file cannot be read or understood.
    """
    every = [path for folder in (rules_folder(), *extra) for path in files(folder)]
    digest = fingerprint(every)
    cached = cache_folder() / f"catalogue-{digest}.json"
    try:
        return json.loads(cached.read_bytes()), digest
    except (OSError, ValueError):
        pass
    data = compile_files(every)
    keep(cached, data)
    return data, digest


def fingerprint(paths: Iterable[Path]) -> str:
    """A digest that changes when one of the files does."""
    digest = hashlib.blake2b(f"{__version__} {sys.version_info[:2]}".encode(), digest_size=12)
    for path in paths:
        status = path.stat()
        digest.update(f"{path}\0{status.st_mtime_ns}\0{status.st_size}\n".encode())
    return digest.hexdigest()


def cache_folder() -> Path:
    """The folder for what can be made anew: ``XDG_CACHE_HOME`` or the platform's own."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "~/AppData/Local")
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "tfmigrate"


def keep(path: Path, data: Mapping[str, Any]) -> None:
    """Write the compiled catalogue, if there is a place to write to; drop the older ones."""
    from tfmigrate.sources.writing import write_atomic

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        older = sorted(path.parent.glob("catalogue-*.json"), key=lambda each: each.stat().st_mtime)
        for stale in older[:-8]:
            stale.unlink(missing_ok=True)
        write_atomic(path, json.dumps(data, separators=(",", ":")).encode())
    except OSError:
        return


def compile_files(paths: Iterable[Path]) -> dict[str, Any]:
    """Read and validate rule files; a later file may replace what an earlier one says.

    Raises:
        CatalogueError: with the file, and what is wrong in it.
    """
    symbols: dict[str, Any] = {}
    patterns: dict[str, Any] = {}
    types: dict[str, dict[str, Any]] = {}
    for path in paths:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".md":
            front, page = split_page(path, text)
            pattern = rows.pattern(str(path), front, page)
            patterns[pattern.code] = {"front": front, "page": page}
        elif path.name == "types.toml":
            for table, entries in parse_toml(path, text).items():
                types.setdefault(table, {}).update(entries)
        else:
            for symbol, data in parse_toml(path, text).items():
                check_row(path, symbol, data)
                symbols[symbol] = data
    return {"symbols": symbols, "patterns": patterns, "types": types}


def check_row(path: Path, symbol: str, data: object) -> None:
    """Validate one row where it is written, so that the error names the file."""
    if not isinstance(data, Mapping):
        raise CatalogueError(f"{path}: {symbol}: expected a table; is the name quoted?")
    if "same" in data:
        if set(data) != {"same"}:
            raise CatalogueError(f"{path}: {symbol}: same stands alone")
        return
    try:
        rows.row(symbol, data)
    except CatalogueError as error:
        raise CatalogueError(f"{path}: {error}") from None


def split_page(path: Path, text: str) -> tuple[dict[str, Any], str]:
    """The front matter of a page, parsed, and the Markdown below it."""
    parts = text.split("+++\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise CatalogueError(f"{path}: a page starts with front matter between two lines of +++")
    return parse_toml(path, parts[1]), parts[2]


def parse_toml(path: Path, text: str) -> dict[str, Any]:
    """Parse TOML, naming the file in the error."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{path}: {error}") from None
