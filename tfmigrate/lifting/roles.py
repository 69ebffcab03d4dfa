"""What part a TensorFlow 1 symbol plays in a graph program: the table that lifting reads."""

from __future__ import annotations

from enum import Enum
from fnmatch import fnmatchcase
from functools import lru_cache


class Role(Enum):
    """The part that calling a symbol plays; most symbols are plain operations and have none."""

    PLACEHOLDER = "placeholder"
    VARIABLE = "variable"
    GET_VARIABLE = "get_variable"
    GLOBAL_STEP = "global step"
    LAYER = "layer"
    LAYER_OBJECT = "layer object"
    CELL = "cell"
    CELL_STATE = "initial state of a cell"
    RECURRENT = "recurrent network"
    OPTIMIZER = "optimizer"
    MINIMIZE = "minimize"
    COMPUTE_GRADIENTS = "compute_gradients"
    APPLY_GRADIENTS = "apply_gradients"
    GRADIENTS = "gradients"
    SCHEDULE = "learning-rate schedule"
    INITIALIZE = "initializer of variables"
    INITIALIZER_PROPERTY = "initializer property"
    ASSIGN = "assignment"
    RANDOM = "random"
    GROUP = "group"
    SESSION = "session"
    CLOSE = "closing of a session"
    AS_DEFAULT = "default session or graph"
    RUN = "run"
    EVAL = "eval"
    OPERATION_RUN = "run of an operation"
    GRAPH = "graph"
    RESET = "reset of the default graph"
    VARIABLE_SCOPE = "variable scope"
    NAME_SCOPE = "name scope"
    ARG_SCOPE = "defaults of layer functions"
    DEVICE = "device"
    CONTROL = "control dependencies"
    COLLECTION = "collection"
    VARIABLES = "list of variables"
    UPDATES = "update operations"
    SAVER = "saver"
    SAVER_CALL = "saver call"
    SUMMARY = "summary"
    MERGE = "merged summaries"
    WRITER = "summary writer"
    WRITER_CALL = "summary writer call"
    ITERATOR = "iterator"
    NEXT = "next element"
    START = "start of an iterator"
    HANDLE = "handle of an iterator"
    QUEUE = "queue"
    CONFIG = "session configuration"
    MOVING_AVERAGE = "moving average"
    AVERAGE_APPLY = "update of moving averages"
    AVERAGE = "the moving average of a variable"
    LOSS = "loss in a collection"
    LOSSES = "collected losses"


_TABLE: dict[Role, tuple[str, ...]] = {
    Role.PLACEHOLDER: ("tf.placeholder", "tf.placeholder_with_default", "tf.sparse_placeholder"),
    Role.VARIABLE: ("tf.Variable", "tf.ResourceVariable", "tf.contrib.eager.Variable"),
    Role.GET_VARIABLE: (
        "tf.get_variable",
        "tf.get_local_variable",
        "tf.contrib.framework.variable",
        "tf.contrib.framework.model_variable",
        "tf.contrib.slim.variable",
        "tf.contrib.slim.model_variable",
    ),
    Role.GLOBAL_STEP: (
        "tf.train.get_or_create_global_step",
        "tf.train.create_global_step",
        "tf.train.get_global_step",
        "tf.contrib.framework.get_or_create_global_step",
        "tf.contrib.framework.get_global_step",
        "tf.contrib.framework.create_global_step",
        "tf.contrib.slim.get_or_create_global_step",
    ),
    Role.LAYER: (
        "tf.layers.[a-z]*",
        "tf.contrib.layers.[a-z]*",
        "tf.contrib.slim.[a-z]*",
    ),
    Role.LAYER_OBJECT: ("tf.layers.[A-Z]*",),
    Role.CELL: (
        "tf.nn.rnn_cell.*Cell",
        "tf.nn.rnn_cell.*Wrapper",
        "tf.contrib.rnn.*Cell",
        "tf.contrib.rnn.*CellV2",
        "tf.contrib.rnn.*Wrapper",
    ),
    Role.CELL_STATE: ("tf.nn.rnn_cell.RNNCell.zero_state",),
    Role.RECURRENT: (
        "tf.nn.dynamic_rnn",
        "tf.nn.bidirectional_dynamic_rnn",
        "tf.nn.static_rnn",
        "tf.nn.static_bidirectional_rnn",
        "tf.contrib.rnn.static_rnn",
        "tf.contrib.rnn.static_bidirectional_rnn",
        "tf.contrib.rnn.stack_bidirectional_dynamic_rnn",
        "tf.contrib.rnn.stack_bidirectional_rnn",
        "tf.contrib.rnn.static_state_saving_rnn",
        "tf.nn.raw_rnn",
        "tf.nn.rnn",
        "tf.nn.bidirectional_rnn",
        "tf.contrib.legacy_seq2seq.*rnn*",
        "tf.contrib.legacy_seq2seq.*decoder",
        "tf.contrib.seq2seq.dynamic_decode",
        "tf.contrib.seq2seq.AttentionWrapper",
    ),
    Role.OPTIMIZER: ("tf.train.*Optimizer", "tf.contrib.opt.*Optimizer*"),
    Role.MINIMIZE: ("tf.train.Optimizer.minimize",),
    Role.COMPUTE_GRADIENTS: ("tf.train.Optimizer.compute_gradients",),
    Role.APPLY_GRADIENTS: ("tf.train.Optimizer.apply_gradients",),
    Role.GRADIENTS: ("tf.gradients",),
    Role.SCHEDULE: (
        "tf.train.*_decay",
        "tf.train.piecewise_constant",
        "tf.train.cosine_decay_restarts",
        "tf.train.*_decay_restarts",
    ),
    Role.INITIALIZE: (
        "tf.global_variables_initializer",
        "tf.local_variables_initializer",
        "tf.variables_initializer",
        "tf.tables_initializer",
        "tf.initialize_all_variables",
        "tf.initialize_local_variables",
        "tf.initialize_variables",
        "tf.initialize_all_tables",
    ),
    Role.INITIALIZER_PROPERTY: ("tf.Variable.initializer",),
    Role.ASSIGN: (
        "tf.assign",
        "tf.assign_add",
        "tf.assign_sub",
        "tf.Variable.assign",
        "tf.Variable.assign_add",
        "tf.Variable.assign_sub",
        "tf.scatter_*",
        "tf.Variable.scatter_*",
    ),
    Role.RANDOM: (
        "tf.random_normal",
        "tf.random_uniform",
        "tf.random_shuffle",
        "tf.random_gamma",
        "tf.random_poisson",
        "tf.random_crop",
        "tf.random.*",
        "tf.truncated_normal",
        "tf.multinomial",
        "tf.nn.dropout",
        "tf.nn.nce_loss",
        "tf.nn.sampled_softmax_loss",
        "tf.nn.*_sampler",
        "tf.nn.*candidate_sampler",
        "tf.image.random_*",
    ),
    Role.GROUP: ("tf.group", "tf.no_op", "tf.tuple"),
    Role.SESSION: ("tf.Session", "tf.InteractiveSession"),
    Role.CLOSE: ("tf.Session.close",),
    Role.AS_DEFAULT: ("tf.Session.as_default", "tf.Graph.as_default", "tf.Graph.finalize"),
    Role.RUN: ("tf.Session.run",),
    Role.EVAL: ("tf.Tensor.eval", "tf.Variable.eval"),
    Role.OPERATION_RUN: ("tf.Operation.run",),
    Role.GRAPH: ("tf.Graph", "tf.get_default_graph", "tf.get_default_session"),
    Role.RESET: ("tf.reset_default_graph", "tf.disable_v2_behavior", "tf.disable_eager_execution"),
    Role.VARIABLE_SCOPE: ("tf.variable_scope", "tf.variable_op_scope"),
    Role.ARG_SCOPE: (
        "tf.contrib.framework.arg_scope",
        "tf.contrib.slim.arg_scope",
        "tf.contrib.slim.python.slim.arg_scope",
        "tf_slim.arg_scope",
    ),
    Role.NAME_SCOPE: ("tf.name_scope", "tf.op_scope"),
    Role.DEVICE: ("tf.device",),
    Role.CONTROL: ("tf.control_dependencies",),
    Role.COLLECTION: ("tf.get_collection", "tf.get_collection_ref", "tf.add_to_collection"),
    Role.VARIABLES: (
        "tf.trainable_variables",
        "tf.global_variables",
        "tf.all_variables",
        "tf.local_variables",
        "tf.model_variables",
    ),
    Role.SAVER: ("tf.train.Saver",),
    Role.SAVER_CALL: ("tf.train.Saver.*",),
    Role.SUMMARY: (
        "tf.summary.scalar",
        "tf.summary.histogram",
        "tf.summary.image",
        "tf.summary.audio",
        "tf.summary.text",
        "tf.scalar_summary",
        "tf.histogram_summary",
        "tf.image_summary",
    ),
    Role.MERGE: ("tf.summary.merge_all", "tf.summary.merge", "tf.merge_all_summaries"),
    Role.WRITER: ("tf.summary.FileWriter", "tf.train.SummaryWriter"),
    Role.WRITER_CALL: ("tf.summary.FileWriter.*",),
    Role.ITERATOR: (
        "tf.data.Dataset.make_*_iterator",
        "tf.data.make_*_iterator",
        "tf.data.Iterator.from_structure",
        "tf.data.Iterator.from_string_handle",
        "tf.data.Iterator.make_initializer",
    ),
    Role.NEXT: ("tf.data.Iterator.get_next",),
    Role.START: ("tf.data.Iterator.initializer",),
    Role.HANDLE: ("tf.data.Iterator.string_handle",),
    Role.QUEUE: (
        "tf.train.batch",
        "tf.train.shuffle_batch",
        "tf.train.string_input_producer",
        "tf.train.slice_input_producer",
        "tf.train.range_input_producer",
        "tf.train.start_queue_runners",
        "tf.train.Coordinator",
        "tf.*QueueBase",
        "tf.FIFOQueue",
        "tf.RandomShuffleQueue",
        "tf.train.input_producer",
        "tf.FixedLengthRecordReader",
        "tf.IdentityReader",
        "tf.TextLineReader",
        "tf.WholeFileReader",
        "tf.TFRecordReader",
    ),
    Role.CONFIG: ("tf.ConfigProto", "tf.GPUOptions", "tf.OptimizerOptions", "tf.GraphOptions"),
    Role.MOVING_AVERAGE: ("tf.train.ExponentialMovingAverage",),
    Role.AVERAGE_APPLY: ("tf.train.ExponentialMovingAverage.apply",),
    Role.AVERAGE: ("tf.train.ExponentialMovingAverage.average",),
    Role.LOSS: ("tf.losses.*", "tf.contrib.losses.*"),
    Role.LOSSES: (
        "tf.losses.get_total_loss",
        "tf.losses.get_losses",
        "tf.losses.get_regularization_loss",
        "tf.losses.get_regularization_losses",
    ),
}
_EXACT = {
    symbol: role
    for role, symbols in _TABLE.items()
    for symbol in symbols
    if not any(mark in symbol for mark in "*[")
}
_GLOBS = [
    (symbol, role)
    for role, symbols in _TABLE.items()
    for symbol in symbols
    if any(mark in symbol for mark in "*[")
]
_STATELESS = ("_initializer", "_regularizer")
"""What makes no layer in the modules of layer functions."""


@lru_cache(maxsize=4096)
def role_of(symbol: str) -> Role | None:
    """The part that a symbol, in its TensorFlow 1 spelling, plays; None for an operation."""
    exact = _EXACT.get(symbol)
    if exact is not None:
        return exact
    if symbol.endswith(_STATELESS):
        return None
    for glob, role in _GLOBS:
        if symbol.count(".") == glob.count(".") and fnmatchcase(symbol, glob):
            return role
    return None
