"""The TensorFlow 1 programs in tests/programs: `check` sees in them what a reader sees."""

from __future__ import annotations

import ast
import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tfmigrate import api
from tfmigrate.config import Config, toml
from tfmigrate.model import Dialect, FileReport

PROGRAMS = Path(__file__).parent / "programs"
MANIFEST = PROGRAMS / "programs.toml"
KEYS = {
    *("path", "family", "idioms", "runs_on", "reason", "module", "drawn", "codes"),
    *("fixed", "left", "tolerance", "differs", "needs", "own_scalars"),
}
FAMILIES = {
    "aliases",
    "compat",
    "contrib",
    "data",
    "distribution",
    "eager",
    "estimator",
    "functions",
    "graph",
    "io",
    "keras",
    "layers",
    "learn",
    "packages",
    "pre10",
    "rnn",
    "silent",
    "testing",
    "tools",
    "training",
    "tutorials",
}

# Written down from TensorFlow's own release notes and guides, not from the catalogue: `tf.<name>`,
# and everything below it, does not exist on 2.21.
RETIRED = (
    "AUTO_REUSE",
    "ConfigProto",
    "FIFOQueue",
    "FixedLenFeature",
    "GPUOptions",
    "GraphDef",
    "GraphKeys",
    "InteractiveSession",
    "OptimizerOptions",
    "Print",
    "RunMetadata",
    "RunOptions",
    "Session",
    "Summary",
    "TFRecordReader",
    "TextLineReader",
    "VarLenFeature",
    "add_check_numerics_ops",
    "add_to_collection",
    "all_variables",
    "app",
    "assign",
    "assign_add",
    "assign_sub",
    "batch_matmul",
    "complex_abs",
    "contrib",
    "count_nonzero",
    "decode_csv",
    "decode_raw",
    "distributions",
    "div",
    "enable_eager_execution",
    "estimator",
    "flags",
    "get_collection",
    "get_default_graph",
    "get_variable",
    "get_variable_scope",
    "gfile",
    "global_variables",
    "global_variables_initializer",
    "graph_util.remove_training_nodes",
    "histogram_summary",
    "image.resize_bilinear",
    "image.resize_images",
    "image.resize_nearest_neighbor",
    "initialize_all_variables",
    "initialize_local_variables",
    "is_finite",
    "layers",
    "lite.TFLiteConverter.from_frozen_graph",
    "local_variables_initializer",
    "log",
    "log1p",
    "logging",
    "losses.absolute_difference",
    "losses.add_loss",
    "losses.get_losses",
    "losses.get_regularization_loss",
    "losses.get_total_loss",
    "losses.huber_loss",
    "losses.mean_squared_error",
    "losses.sigmoid_cross_entropy",
    "losses.softmax_cross_entropy",
    "losses.sparse_softmax_cross_entropy",
    "make_template",
    "merge_all_summaries",
    "metrics.accuracy",
    "metrics.auc",
    "metrics.mean_absolute_error",
    "metrics.root_mean_squared_error",
    "mul",
    "multinomial",
    "neg",
    "nn.bidirectional_dynamic_rnn",
    "nn.dynamic_rnn",
    "nn.rnn_cell",
    "nn.softmax_cross_entropy_with_logits_v2",
    "nn.static_rnn",
    "nn.xw_plus_b",
    "no_regularizer",
    "orthogonal_initializer",
    "pack",
    "parse_single_example",
    "placeholder",
    "placeholder_with_default",
    "py_func",
    "python_io",
    "random_normal",
    "random_uniform",
    "report_uninitialized_variables",
    "reset_default_graph",
    "rsqrt",
    "saved_model.builder",
    "saved_model.loader",
    "saved_model.signature_def_utils",
    "saved_model.simple_save",
    "saved_model.utils",
    "scalar_summary",
    "segment_mean",
    "select",
    "set_random_seed",
    "sparse_tensor_to_dense",
    "sub",
    "summary.FileWriter",
    "summary.merge",
    "summary.merge_all",
    "tables_initializer",
    "to_float",
    "to_int32",
    "to_int64",
    "train.AdadeltaOptimizer",
    "train.AdagradOptimizer",
    "train.AdamOptimizer",
    "train.FtrlOptimizer",
    "train.GradientDescentOptimizer",
    "train.LoggingTensorHook",
    "train.MomentumOptimizer",
    "train.MonitoredSession",
    "train.MonitoredTrainingSession",
    "train.NanTensorHook",
    "train.NewCheckpointReader",
    "train.ProximalAdagradOptimizer",
    "train.QueueRunner",
    "train.RMSPropOptimizer",
    "train.Saver",
    "train.Scaffold",
    "train.SessionRunArgs",
    "train.SessionRunHook",
    "train.StopAtStepHook",
    "train.SummaryWriter",
    "train.Supervisor",
    "train.SyncReplicasOptimizer",
    "train.batch",
    "train.cosine_decay",
    "train.exponential_decay",
    "train.get_global_step",
    "train.get_or_create_global_step",
    "train.import_meta_graph",
    "train.inverse_time_decay",
    "train.piecewise_constant",
    "train.polynomial_decay",
    "train.replica_device_setter",
    "train.shuffle_batch",
    "train.slice_input_producer",
    "train.start_queue_runners",
    "train.string_input_producer",
    "train.write_graph",
    "trainable_variables",
    "truncated_normal",
    "truncated_normal_initializer",
    "unpack",
    "variable_op_scope",
    "variable_scope",
    "variables_initializer",
)

# Through `tf.compat.v1` they exist still, but a native program says none of them.
COMPAT_TOO = ("Session", "placeholder", "get_variable", "variable_scope", "train.AdamOptimizer")


@cache
def manifest() -> dict[str, dict[str, Any]]:
    """The entries of the manifest, by path."""
    entries = toml(MANIFEST.read_bytes(), MANIFEST)["program"]
    return {entry["path"]: entry for entry in entries}


PATHS = sorted(manifest())
PYTHON = [
    path for path in PATHS if path.endswith(".py") and "TFM002" not in manifest()[path]["codes"]
]
NOTEBOOKS = [path for path in PATHS if path.endswith(".ipynb")]


@cache
def reports() -> dict[str, FileReport]:
    """What `check` says of each file below tests/programs that it looks at."""
    report = api.check([str(PROGRAMS)], Config(root=PROGRAMS), cached=False)
    return {
        Path(file.path).resolve().relative_to(PROGRAMS.resolve()).as_posix(): file
        for file in report.files
    }


def plain_reading(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Rows and names of retired symbols that are spelled out behind an `import tensorflow as`."""
    modules: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == "tensorflow":
                    modules[alias.asname or alias.name] = ""
                elif alias.name == "tensorflow.compat.v1" and alias.asname:
                    modules[alias.asname] = "compat.v1."
    # a name that is also a parameter is left to those who know scopes
    shadowed = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        parts, base = [node.attr], node.value
        while isinstance(base, ast.Attribute):
            parts.append(base.attr)
            base = base.value
        if isinstance(base, ast.Name) and base.id in modules and base.id not in shadowed:
            name = modules[base.id] + ".".join(reversed(parts))
            if is_retired(name) and node.end_lineno is not None:
                yield node.end_lineno, name


def is_retired(name: str) -> bool:
    """Whether this is one of the names themselves; what is below one is inside its expression."""
    if name.startswith("compat.v1."):
        return name.removeprefix("compat.v1.") in COMPAT_TOO
    return name in RETIRED


def cells(path: Path) -> Iterator[tuple[int, str]]:
    """Number and text of the code cells, with what is IPython's blanked out."""
    for number, cell in enumerate(json.loads(path.read_bytes())["cells"], start=1):
        text = "".join(cell["source"])
        if cell["cell_type"] != "code" or (text.startswith("%%") and not text.startswith("%%time")):
            continue
        lines = [
            "pass" if line.lstrip().startswith(("%", "!", "?")) else line
            for line in text.split("\n")
        ]
        yield number, "\n".join(lines)


def test_every_file_is_in_the_manifest() -> None:
    files = {
        path.relative_to(PROGRAMS).as_posix()
        for path in PROGRAMS.rglob("*")
        if path.is_file() and path != MANIFEST and "__pycache__" not in path.parts
    }
    assert files == set(PATHS)


def test_there_are_enough_programs_of_every_family() -> None:
    runnable = [path for path in PATHS if manifest()[path].get("runs_on") == "1.15"]
    assert len(runnable) >= 32
    assert len([path for path in NOTEBOOKS if path in runnable]) >= 4
    assert {entry["family"] for entry in manifest().values()} == FAMILIES


@pytest.mark.parametrize("path", PATHS)
def test_the_entry_is_complete(path: str) -> None:
    entry = manifest()[path]
    assert set(entry) <= KEYS
    assert path.startswith(entry["family"] + "/")
    assert entry["idioms"]
    # either it runs, or it says why not
    assert (entry.get("runs_on") == "1.15") != bool(entry.get("reason"))
    assert all(code.startswith("TFM") and count > 0 for code, count in entry["codes"].items())


@pytest.mark.parametrize("path", PATHS)
def test_what_a_reader_sees_is_reported(path: str) -> None:
    found = Counter(finding.code for finding in reports()[path].findings)
    expected = manifest()[path]["codes"]
    too_few = {
        code: (found[code], least) for code, least in expected.items() if found[code] < least
    }
    assert not too_few, "code: (reported, expected)"


@pytest.mark.parametrize("path", PATHS)
def test_the_tool_gets_through(path: str) -> None:
    report = reports()[path]
    assert report.failed == ("TFM002" in manifest()[path]["codes"])
    codes = {finding.code for finding in report.findings}
    assert not codes & {"TFM001", "TFM003", "TFM004", "TFM005", "TFM008", "TFM009"}


@pytest.mark.parametrize("path", [path for path in PATHS if not manifest()[path]["codes"]])
def test_nothing_is_reported_where_there_is_no_tensorflow(path: str) -> None:
    assert reports()[path].dialect is Dialect.NONE
    assert reports()[path].findings == ()


@pytest.mark.parametrize("path", PYTHON)
def test_a_plain_reading_finds_nothing_more(path: str) -> None:
    reported = {finding.span.row for finding in reports()[path].findings}
    seen = plain_reading(ast.parse((PROGRAMS / path).read_bytes()))
    assert [(row, name) for row, name in seen if row not in reported] == []


@pytest.mark.parametrize("path", NOTEBOOKS)
def test_a_plain_reading_of_cells_finds_nothing_more(path: str) -> None:
    reported = {(finding.cell, finding.span.row) for finding in reports()[path].findings}
    every = list(cells(PROGRAMS / path))
    # the import stands in a cell of its own
    imports = "import tensorflow as tf\n"
    missing = [
        (number, row - 1, name)
        for number, text in every
        for row, name in plain_reading(ast.parse(imports + text))
        if (number, row - 1) not in reported
    ]
    assert missing == []


def test_the_plain_reading_reads() -> None:
    seen = {
        path: len(list(plain_reading(ast.parse((PROGRAMS / path).read_bytes())))) for path in PYTHON
    }
    assert seen["graph/softmax_regression.py"] == 6
    assert sum(seen.values()) > 500
