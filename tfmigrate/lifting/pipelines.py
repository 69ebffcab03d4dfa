"""Where the examples of an input queue come from: files, readers, slices of arrays, numbers."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from tfmigrate.lifting.binding import arguments
from tfmigrate.lifting.facts import Facts
from tfmigrate.lifting.functions import Text
from tfmigrate.lifting.model import Unliftable
from tfmigrate.lifting.uses import uses

_PRODUCERS = {
    "tf.train.string_input_producer": (
        "values", "num_epochs", "shuffle", "seed", "capacity", "shared_name", "name", "cancel_op",
    ),
    "tf.train.slice_input_producer": (
        "values", "num_epochs", "shuffle", "seed", "capacity", "shared_name", "name",
    ),
    "tf.train.range_input_producer": (
        "values", "num_epochs", "shuffle", "seed", "capacity", "shared_name", "name",
    ),
    "tf.train.input_producer": (
        "values", "element_shape", "num_epochs", "shuffle", "seed", "capacity", "shared_name",
    ),
}  # fmt: skip
_VALUES = frozenset({"string_tensor", "tensor_list", "limit", "input_tensor"})
_READERS = {
    "tf.TextLineReader": ("skip_header_lines", "name"),
    "tf.TFRecordReader": ("name", "options"),
    "tf.WholeFileReader": ("name",),
    "tf.IdentityReader": ("name",),
    "tf.FixedLengthRecordReader": (
        "record_bytes", "header_bytes", "footer_bytes", "hop_bytes", "name", "encoding",
    ),
}  # fmt: skip


@dataclass
class Source:
    """The source of examples that one statement is.

    ``statements`` are those that made its parts, ``producer`` the call that repeats and shuffles,
    ``reader`` the one that makes the reader, with their symbols. ``parameters`` is what an example
    is called, ``prelude`` what is computed of it first; ``line_key`` the key of a record, which a
    dataset does not have.
    """

    statements: list[ast.stmt]
    producer: ast.Call
    symbol: str
    reader: ast.Call | None = None
    reads: str = ""
    parameters: list[str] = field(default_factory=list)
    unpacked: bool = False
    prelude: list[str] = field(default_factory=list)
    mapped: str = ""
    line_key: str = ""
    names: list[str] = field(default_factory=list)

    def key_is_used(self, later: list[ast.stmt]) -> bool:
        """Whether the key of a record is asked for."""
        if not self.line_key:
            return False
        return any(self.line_key in uses(each).reads for each in later)


def source_of(node: ast.stmt, above: list[ast.stmt], facts: Facts) -> Source | None:
    """The source that a statement gives names to, None if it is none.

    Raises:
        Unliftable: it is one that has no dataset for a counterpart.
    """
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return None
    call = node.value
    if not isinstance(call, ast.Call):
        return None
    symbol = facts.symbol(call.func) or ""
    target = node.targets[0]
    if symbol == "tf.train.slice_input_producer":
        names = _names(target)
        if not isinstance(target, (ast.Tuple, ast.List)) or names is None:
            raise Unliftable(node, "slices that are not unpacked")
        return Source([], call, symbol, parameters=names, unpacked=True, names=names)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if (
        method == "dequeue"
        and isinstance(call.func, ast.Attribute)
        and isinstance(target, ast.Name)
    ):
        made, produced, kind = _made(call.func.value, above, facts)
        if kind in _PRODUCERS and kind != "tf.train.slice_input_producer":
            names = [target.id]
            return Source(made, produced, kind, parameters=names, names=names)
        return None
    if method == "read" and isinstance(call.func, ast.Attribute) and call.args:
        made, reader, reads = _made(call.func.value, above, facts)
        if reads not in _READERS:
            return None
        queued, produced, kind = _made(call.args[0], above, facts)
        names = _names(target)
        if kind != "tf.train.string_input_producer" or names is None or len(names) != 2:
            raise Unliftable(node, "a reader of a queue that is made in another way")
        found = Source([*made, *queued], produced, kind, reader, reads, names=names)
        _read(found, *names)
        return found
    return None


def _read(found: Source, key: str, value: str) -> None:
    """What a reader gives: the key and the value of a record."""
    if found.reads == "tf.WholeFileReader":
        name = key if key != "_" else "filename"
        found.parameters = [name]
        found.prelude = [f"{value} = tf.io.read_file({name})"]
        found.mapped = "tf.io.read_file"
        if key != "_":
            found.mapped = f"lambda {key}: ({key}, tf.io.read_file({key}))"
            found.unpacked = True
        return
    found.parameters = [value]
    found.line_key = key


def _names(target: ast.expr) -> list[str] | None:
    """The names that something is unpacked into, or the one that it is given."""
    parts = target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]
    names = [each.id for each in parts if isinstance(each, ast.Name)]
    return names if len(names) == len(parts) else None


def _made(
    node: ast.expr, above: list[ast.stmt], facts: Facts
) -> tuple[list[ast.stmt], ast.Call, str]:
    """The call that makes a producer or reader, and the statements that name it."""
    statements: list[ast.stmt] = []
    while isinstance(node, ast.Name):
        made = [each for each in above if node.id in uses(each).writes]
        last = made[-1] if len(made) == 1 else None
        if not isinstance(last, ast.Assign) or len(last.targets) != 1:
            raise Unliftable(node, "a queue that is made in another way")
        statements.append(last)
        node = last.value
    if not isinstance(node, ast.Call):
        raise Unliftable(node, "a queue that is made in another way")
    return statements, node, facts.symbol(node.func) or ""


class Pipeline:
    """The first statements of a dataset, under one name."""

    def __init__(self, name: str, text: Text, unique: Callable[[str], str]) -> None:
        self.name = name
        self.text = text
        self.unique = unique

    def start(self, source: Source) -> list[str]:
        """The statements that make the dataset of all examples, as often as it is run through."""
        given = arguments(source.producer, _PRODUCERS[source.symbol])
        given = {"values" if key in _VALUES else key: value for key, value in given.items()}
        if "values" not in given:
            raise Unliftable(source.producer, "a queue of nothing")
        values = given["values"]
        shuffled = self.shuffle(given, values)
        epochs = self.text(given["num_epochs"]) if "num_epochs" in given else ""
        repeated = f"{self.name} = {self.name}.repeat({epochs})"
        again = [repeated] if epochs != "1" else []
        if source.symbol == "tf.train.slice_input_producer":
            return self.slices(values, shuffled) + again
        if source.symbol == "tf.train.range_input_producer":
            count = self.text(values)
            lines = [f"{self.name} = tf.data.Dataset.range({count}, output_type=tf.int32)"]
            if shuffled is not None:
                lines.append(f"{self.name} = {self.name}.shuffle({count}{shuffled})")
            return [*lines, *again]
        return self.files(source, values, shuffled, again)

    def shuffle(self, given: dict[str, ast.expr], values: ast.expr) -> str | None:
        """What a shuffle is told beside its size; None if there is none."""
        said = given.get("shuffle")
        if isinstance(said, ast.Constant) and not said.value:
            return None
        if said is not None and not isinstance(said, ast.Constant):
            raise Unliftable(said, "whether examples are shuffled is computed")
        listed = values.elts if isinstance(values, (ast.List, ast.Tuple)) else []
        if len(listed) == 1 and not isinstance(listed[0], ast.Starred):
            return None
        return f", seed={self.text(given['seed'])}" if "seed" in given else ""

    def slices(self, values: ast.expr, shuffled: str | None) -> list[str]:
        """Slices of arrays."""
        text = self.text(values)
        if isinstance(values, ast.List):
            text = f"({', '.join(self.text(each) for each in values.elts)},)"
            if len(values.elts) > 1:
                text = f"{text[:-2]})"
        elif not isinstance(values, ast.Tuple):
            text = f"tuple({text})"
        lines = [f"{self.name} = tf.data.Dataset.from_tensor_slices({text})"]
        if shuffled is not None:
            lines.append(f"{self.name} = {self.name}.shuffle(len({self.name}){shuffled})")
        return lines

    def files(
        self, source: Source, values: ast.expr, shuffled: str | None, again: list[str]
    ) -> list[str]:
        """The records of files."""
        lines, name = [], self.name
        files = self.text(values)
        if isinstance(values, ast.Call) and ast.unparse(values.func).endswith(
            "match_filenames_once"
        ):
            files = f"tf.io.gfile.glob({self.text(values.args[0])})"
        if shuffled is not None or not source.reads or source.reads == "tf.IdentityReader":
            lines.append(f"{name} = tf.data.Dataset.from_tensor_slices({files})")
            if shuffled is not None:
                lines.append(f"{name} = {name}.shuffle(len({name}){shuffled})")
            lines.extend(again)
            read = self.records(source, name)
            return [*lines, *([f"{name} = {read}"] if read else [])]
        if source.reader is not None and "skip_header_lines" in arguments(
            source.reader, _READERS[source.reads]
        ):
            lines.append(f"{name} = tf.data.Dataset.from_tensor_slices({files})")
            return [*lines, f"{name} = {self.records(source, name)}", *again]
        read = self.records(source, files)
        if not read:
            read = f"tf.data.Dataset.from_tensor_slices({files})"
        return [f"{name} = {read}", *again]

    def records(self, source: Source, files: str) -> str:
        """The dataset of the records of files; empty if the files are the examples."""
        if source.reader is None or source.reads in ("tf.WholeFileReader", "tf.IdentityReader"):
            return ""
        given = arguments(source.reader, _READERS[source.reads])
        if source.reads == "tf.TextLineReader":
            if "skip_header_lines" not in given:
                return f"tf.data.TextLineDataset({files})"
            skipped = f"tf.data.TextLineDataset(file).skip({self.text(given['skip_header_lines'])})"
            return f"{files}.flat_map(lambda file: {skipped})"
        if source.reads == "tf.TFRecordReader":
            if "options" in given:
                raise Unliftable(source.reader, "records that are compressed")
            return f"tf.data.TFRecordDataset({files})"
        if "hop_bytes" in given or "encoding" in given or "record_bytes" not in given:
            raise Unliftable(source.reader, "records of a fixed length that overlap")
        passed = [files, self.text(given["record_bytes"])]
        passed += [
            f"{each}={self.text(given[each])}"
            for each in ("header_bytes", "footer_bytes")
            if each in given
        ]
        return f"tf.data.FixedLengthRecordDataset({', '.join(passed)})"
