"""``[tool.tfmigrate]`` in pyproject.toml, and what a command line makes of it.

All file patterns are gitignore patterns, relative to the directory of the pyproject.toml.
"""

from __future__ import annotations

import dataclasses
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfmigrate.model import Dialect

OUTPUT_FORMATS = (
    "full",
    "concise",
    "json",
    "json-lines",
    "sarif",
    "github",
    "gitlab",
    "junit",
)
"""What ``output-format`` may be."""

_DIALECTS = (Dialect.TF1, Dialect.COMPAT, Dialect.TF2)


class ConfigError(Exception):
    """A configuration that cannot be used; the message says in which file, which key, and why."""


@dataclass(frozen=True, slots=True)
class Config:
    """How a run is to be done. Paths are absolute; codes may be prefixes (``TFM2``) or ``ALL``."""

    root: Path = field(default_factory=Path.cwd)
    """The directory of the configuration; patterns are relative to it."""
    select: tuple[str, ...] = ("ALL",)
    ignore: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] | None = None
    """None: the excludes that discovery has by default."""
    extend_exclude: tuple[str, ...] = ()
    include: tuple[str, ...] | None = None
    """None: what discovery takes by default."""
    target_version: str | None = None
    """None: what the project's metadata says (`tfmigrate.sources.target`)."""
    dialect: tuple[tuple[str, Dialect], ...] = ()
    extra_rules: tuple[Path, ...] = ()
    baseline: Path | None = None
    cache_dir: Path | None = None
    """None: the default place."""
    output_format: str = "full"
    respect_gitignore: bool = True

    def with_overrides(self, **values: Any) -> Config:
        """A copy with the given fields replaced; None leaves a field as it is.

        Lists become tuples; values are not checked again, because they come from the command line,
        which has checked them.
        """
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
            if value is not None
        }
        return dataclasses.replace(self, **given)

    def ignored_in(self, path: str) -> tuple[str, ...]:
        """The codes and prefixes that ``per-file-ignores`` has for the file at ``path``."""
        if not self.per_file_ignores:
            return ()
        relative = self._relative(path)
        return tuple(
            code
            for pattern, codes in self.per_file_ignores
            if _applies(pattern, relative)
            for code in codes
        )

    def dialect_of(self, path: str) -> Dialect | None:
        """The dialect configured for the file at ``path``; the last match decides."""
        if not self.dialect:
            return None
        relative = self._relative(path)
        chosen = [dialect for pattern, dialect in self.dialect if _applies(pattern, relative)]
        return chosen[-1] if chosen else None

    def _relative(self, path: str) -> str:
        absolute = os.path.abspath(path)  # noqa: PTH100 - resolve() would follow links
        return os.path.relpath(absolute, self.root).replace(os.sep, "/")


def load(paths: Iterable[str] = (), cwd: Path | None = None) -> Config:
    """The configuration for a run over ``paths``: that of the nearest ancestor of the first.

    Without paths it is that of ``cwd``. A pyproject.toml without ``[tool.tfmigrate]`` is passed
    over on the way up; if none has it, the root is the directory of the nearest pyproject.toml or
    repository, else ``cwd``. Raises ConfigError.
    """
    here = (cwd or Path.cwd()).absolute()
    start = here / next(iter(paths), ".")
    start = Path(os.path.normpath(start))
    fallback: Path | None = None
    for directory in (start, *start.parents):
        file = directory / "pyproject.toml"
        try:
            data = file.read_bytes()
        except OSError:
            if fallback is None and (directory / ".git").exists():
                fallback = directory
            continue
        fallback = fallback or directory
        # most pyproject.toml files are somebody else's: tomllib is not imported for them
        if b"tfmigrate" in data:
            config = _parse(data, file)
            if config is not None:
                return config
    return Config(root=fallback or here)


def read(file: Path) -> Config:
    """The configuration in the pyproject.toml at ``file``, or defaults. Raises ConfigError."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: {(error.strerror or str(error)).lower()}") from error
    return _parse(data, file) or Config(root=file.absolute().parent)


def toml(data: bytes, file: Path) -> dict[str, Any]:
    """The content of a TOML file; raises ConfigError."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        content: dict[str, Any] = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    return content


def _parse(data: bytes, file: Path) -> Config | None:
    tool = toml(data, file).get("tool")
    table = tool.get("tfmigrate") if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ConfigError(f"{file}: `tool.tfmigrate` must be a table")
    root = file.absolute().parent
    values: dict[str, Any] = {}
    for key, value in table.items():
        reader = _KEYS.get(key)
        if reader is None:
            raise ConfigError(f"{file}: unknown key `{key}` in [tool.tfmigrate]{_suggestion(key)}")
        try:
            values[key.replace("-", "_")] = reader(value, root)
        except _Wrong as error:
            raise ConfigError(
                f"{file}: `{key}` in [tool.tfmigrate] must be {error}, not {value!r}"
            ) from error
    return Config(root=root, **values)


class _Wrong(Exception):
    """Says what is expected."""


def _strings(value: object, _root: Path) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise _Wrong("a list of strings")


def _codes(value: object, _root: Path) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) and _is_code(item) for item in value):
        return tuple(value)
    raise _Wrong('a list of rule codes or prefixes such as "TFM201", "TFM2" or "ALL"')


def _codes_by_pattern(value: object, root: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not isinstance(value, dict):
        raise _Wrong('a table of patterns and codes such as {"tests/**" = ["TFM2"]}')
    return tuple((pattern, _codes(codes, root)) for pattern, codes in value.items())


def _dialects(value: object, _root: Path) -> tuple[tuple[str, Dialect], ...]:
    names = [dialect.value for dialect in _DIALECTS]
    if isinstance(value, dict) and all(name in names for name in value.values()):
        return tuple((pattern, Dialect(name)) for pattern, name in value.items())
    raise _Wrong('a table of patterns and dialects (tf1, compat, tf2) such as {"old/**" = "tf1"}')


def _version(value: object, _root: Path) -> str:
    match = re.fullmatch(r"(2\.\d+)(?:\.\d+)?", value) if isinstance(value, str) else None
    if match is None:
        raise _Wrong('a TensorFlow 2 release such as "2.21"')
    return match[1]


def _path(value: object, root: Path) -> Path:
    if isinstance(value, str) and value:
        return root / value
    raise _Wrong("a path")


def _paths(value: object, root: Path) -> tuple[Path, ...]:
    if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
        return tuple(root / item for item in value)
    raise _Wrong("a list of paths")


def _format(value: object, _root: Path) -> str:
    if isinstance(value, str) and value in OUTPUT_FORMATS:
        return value
    raise _Wrong(f"one of {', '.join(OUTPUT_FORMATS)}")


def _bool(value: object, _root: Path) -> bool:
    if isinstance(value, bool):
        return value
    raise _Wrong("true or false")


_KEYS: Mapping[str, Callable[[object, Path], object]] = {
    "select": _codes,
    "ignore": _codes,
    "extend-select": _codes,
    "per-file-ignores": _codes_by_pattern,
    "exclude": _strings,
    "extend-exclude": _strings,
    "include": _strings,
    "target-version": _version,
    "dialect": _dialects,
    "extra-rules": _paths,
    "baseline": _path,
    "cache-dir": _path,
    "output-format": _format,
    "respect-gitignore": _bool,
}


def _is_code(text: str) -> bool:
    # extra rules bring prefixes of their own, so the letters are not checked against ours
    return re.fullmatch(r"[A-Z]+\d{0,4}", text) is not None


def _applies(pattern: str, relative: str) -> bool:
    from tfmigrate.sources.patterns import decision

    return decision((pattern,), relative) is True


def _suggestion(key: str) -> str:
    import difflib

    close = difflib.get_close_matches(key.replace("_", "-").lower(), _KEYS, n=1)
    known = ", ".join(sorted(_KEYS))
    return f"; did you mean `{close[0]}`?" if close else f"; known keys: {known}"
