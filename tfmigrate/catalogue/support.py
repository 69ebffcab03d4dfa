"""Support code: the few lines that some successors need in the user's own file.

``rules/support/NAME.md`` has front matter (``name``, ``summary``, ``imports``), prose, and one
block of Python that the engine puts behind the imports of a file whose new text calls it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tfmigrate.catalogue.load import rules_folder, split_page
from tfmigrate.catalogue.rows import CatalogueError

_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FIELDS = {"name", "summary", "imports"}


@dataclass(frozen=True, slots=True)
class Support:
    """One block of support code.

    ``imports`` are the import statements that it needs, ``defines`` the names that it binds.
    """

    name: str
    summary: str
    code: str
    imports: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    page: str = ""


@lru_cache(maxsize=1)
def load() -> Mapping[str, Support]:
    """Every block of support code by name.

    Raises:
        CatalogueError: a page cannot be understood.
    """
    paths = sorted((rules_folder() / "support").glob("*.md"))
    every = (read(path, path.read_text(encoding="utf-8")) for path in paths)
    return {each.name: each for each in every}


def read(path: Path, text: str) -> Support:
    """One page.

    Raises:
        CatalogueError: with the file, and what is wrong in it.
    """
    front, page = split_page(path, text)
    unknown = sorted(set(front) - _FIELDS)
    if unknown:
        raise CatalogueError(f"{path}: unknown field {unknown[0]!r}")
    for key in ("name", "summary"):
        if not isinstance(front.get(key), str) or not front[key]:
            raise CatalogueError(f"{path}: {key} is missing")
    if front["name"] != path.stem:
        raise CatalogueError(f"{path}: the file of {front['name']!r} is not called that")
    found = _BLOCK.findall(page)
    if len(found) != 1:
        raise CatalogueError(f"{path}: expected one block of Python, found {len(found)}")
    imports = front.get("imports", [])
    if not isinstance(imports, list) or not all(isinstance(each, str) for each in imports):
        raise CatalogueError(f"{path}: imports is not a list of import statements")
    code = found[0].strip("\n")
    return Support(
        front["name"],
        front["summary"],
        code,
        tuple(imports),
        defined(path, code, imports),
        page.strip() + "\n",
    )


def defined(path: Path, code: str, imports: Iterable[str]) -> tuple[str, ...]:
    """The names that a block binds.

    Raises:
        CatalogueError: the block, or one of its imports, is no Python, or it defines nothing.
    """
    try:
        tree = ast.parse(code)
        statements = [node for each in imports for node in ast.parse(each).body]
    except SyntaxError as error:
        raise CatalogueError(f"{path}: {error.msg} (line {error.lineno})") from None
    if any(not isinstance(node, (ast.Import, ast.ImportFrom)) for node in statements):
        raise CatalogueError(f"{path}: imports has a statement that imports nothing")
    names = tuple(names_of(tree))
    if not names:
        raise CatalogueError(f"{path}: the block defines nothing")
    return names


def names_of(tree: ast.Module) -> Iterable[str]:
    """The names that functions, classes and assignments of a module bind."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (each.id for each in node.targets if isinstance(each, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
