"""The Python files of one release, found by the name they are imported by."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path

from tfmigrate.atlas.probe import PRIVATE_FOLDERS

ROOTS = (
    "tensorflow",
    "tensorflow_estimator",
    "keras",
    "tensorboard",
    "absl",
    "keras_preprocessing",
    "keras_applications",
)
"""Packages that are read; everything else is outside."""


class Tree:
    """A folder as ``wheels.unpack`` leaves it.

    Up to 2.1 ``tensorflow`` only forwards to ``tensorflow_core``, which is what is read then.
    """

    def __init__(self, folder: Path, python: tuple[int, int]) -> None:
        self.folder = folder
        self.python = python
        """The Python the release ran on: what ``sys.version_info`` says."""
        core = folder / "tensorflow_core"
        self.core = core if core.is_dir() else folder / "tensorflow"
        self.api = "v1" if (self.core / "_api" / "v1").is_dir() else "v2"

    def canonical(self, name: str) -> str:
        """One name for each module, whichever of its spellings is imported."""
        if name == "tensorflow_core" or name.startswith("tensorflow_core."):
            name = "tensorflow" + name[len("tensorflow_core") :]
        parts = name.split(".")
        if parts[0] != "tensorflow" or len(parts) < 2 or parts[1] == "_api":
            return name
        if parts[1] in PRIVATE_FOLDERS or self._file(name) is not None:
            return name
        for prefix in (f"tensorflow._api.{self.api}.", *self._hooks(parts[1])):
            published = prefix + ".".join(parts[1:])
            if self._file(published) is not None:
                return published
        return name

    def find(self, name: str) -> tuple[Path, bool] | None:
        """The file of a module and whether it is a package; None if there is none."""
        return self._file(self.canonical(name))

    def parse(self, path: Path) -> ast.Module:
        """The syntax of one file; an empty module if today's Python cannot read it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return ast.parse(path.read_bytes())
            except (SyntaxError, ValueError):
                return ast.Module(body=[], type_ignores=[])

    def modules(self) -> list[str]:
        """Every module of TensorFlow itself (not of the packages beside it), sorted."""
        found = []
        for path in self.core.rglob("*.py"):
            parts = list(path.relative_to(self.core).with_suffix("").parts)
            if parts[-1] == "__init__":
                parts.pop()
            found.append(".".join(["tensorflow", *parts]))
        return sorted(found)

    def children(self, name: str) -> list[str]:
        """The modules right below a package, sorted."""
        place = self.find(name)
        if place is None or not place[1]:
            return []
        return _modules_in(place[0].parent)

    def contents(self, name: str) -> list[str]:
        """The modules in the folder of that dotted name, which need not be a package, sorted."""
        return _modules_in(self._folder(name))

    def has_folder(self, name: str) -> bool:
        """Whether there is a folder at that dotted name."""
        return self._folder(name).is_dir()

    def _hooks(self, part: str) -> tuple[str, ...]:
        """Where ``tensorflow.keras`` and others come from, through ``__path__``."""
        number = self.api
        if part == "estimator":
            return (f"tensorflow_estimator.python.estimator.api._{number}.",)
        if part == "keras":
            return (
                f"tensorflow.python.keras.api._{number}.",
                "keras._tf_keras.",
                f"keras.api._{number}.",
            )
        return ("tensorboard.summary._tf.",) if part == "summary" else ()

    def _file(self, name: str) -> tuple[Path, bool] | None:
        base = self._folder(name)
        for suffix in (".py", ".pyi"):
            path = base / f"__init__{suffix}"
            if path.is_file():
                return path, True
            path = base.with_name(base.name + suffix)
            if "." in name and path.is_file():
                return path, False
        return None

    def _folder(self, name: str) -> Path:
        """Where the files of a package of that name are, if there is one."""
        first, *others = name.split(".")
        return (self.core if first == "tensorflow" else self.folder / first).joinpath(*others)

    def is_extension(self, name: str) -> bool:
        """Whether a module is compiled: it exists, and cannot be read."""
        parts = self.canonical(name).split(".")
        base = self.core if parts[0] == "tensorflow" else self.folder / parts[0]
        folder = base.joinpath(*parts[1:-1])
        return any(folder.glob(f"{parts[-1]}.*so")) if len(parts) > 1 and folder.is_dir() else False


def _modules_in(folder: Path) -> list[str]:
    files = {path.stem for path in folder.glob("*.py")}
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    return sorted((files | packages) - {"__init__"})
