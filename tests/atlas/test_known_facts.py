"""Facts about TensorFlow that were established by hand, against what the atlas says."""

from __future__ import annotations

import pytest

from tfmigrate.atlas import AtlasError, Kind, load

ALIVE = [
    # symbol, releases it is known to be alive in, releases it is known to be absent or dead in
    ("tf.log", "1.15", "2.0 2.21"),
    ("tf.math.log", "1.15 2.0 2.21", ""),
    ("tf.placeholder", "1.15", "2.0 2.10 2.21"),
    ("tf.compat.v1.placeholder", "1.15 2.0 2.10 2.21", ""),
    ("tf.nn.dropout", "1.15 2.0 2.21", ""),
    ("tf.Session", "1.15", "2.0 2.21"),
    ("tf.compat.v1.Session", "1.15 2.0 2.21", ""),
    ("tf.layers.dense", "1.15", "2.0 2.15 2.21"),
    ("tf.compat.v1.layers.dense", "1.15 2.0 2.6 2.15", "2.16 2.21"),
    ("tf.compat.v1.layers.Dense", "1.15 2.0 2.6 2.15", "2.16 2.21"),
    ("tf.compat.v1.nn.rnn_cell.BasicLSTMCell", "1.15 2.0 2.15", "2.16 2.21"),
    ("tf.keras.optimizers.legacy.Adam", "2.11 2.15", "1.15 2.16 2.21"),
    ("tf.estimator.Estimator", "1.15 2.0 2.15", "2.16 2.21"),
    ("tf.compat.v1.estimator.Estimator", "2.0 2.15", "2.16 2.21"),
    ("tf.contrib.layers.conv2d", "1.15", "2.0 2.21"),
    ("tf.contrib.slim.arg_scope", "1.15", "2.0"),
    ("tf.contrib.slim.nets.resnet_v1.resnet_v1_50", "1.15", "2.0"),
    ("tf.compat.v1.contrib", "", "1.15 2.0 2.21"),
    ("tf.contrib.framework.nest.flatten", "1.15", "2.0"),
    ("tf.app.flags.DEFINE_string", "1.15", "2.0 2.21"),
    ("tf.compat.v1.app.flags.DEFINE_string", "1.15 2.0 2.21", ""),
    ("tf.flags.FLAGS", "1.15", "2.0"),
    ("tf.logging.info", "1.15", "2.0"),
    ("tf.train.AdamOptimizer", "1.15", "2.0"),
    ("tf.train.Example", "1.15 2.0 2.12 2.21", ""),
    ("tf.float32", "1.15 2.0 2.21", ""),
    ("tf.__version__", "1.15 2.0 2.21", ""),
    ("tf.VERSION", "1.15", "2.0"),
    ("tf.AUTO_REUSE", "1.15", "2.0 2.21"),
    ("tf.keras.layers.Dense", "1.15 2.0 2.5 2.6 2.15 2.16 2.21", ""),
    ("tf.keras.layers.CuDNNLSTM", "1.15", "2.0 2.21"),
    ("tf.keras.layers.DenseFeatures", "1.15 2.0 2.15", "2.16 2.21"),
    ("tf.keras.backend.get_session", "1.15", "2.0 2.21"),
    ("tf.keras.utils.SidecarEvaluator", "2.8 2.15", "2.16 2.21"),
    ("tf.compat.v1.keras.utils.track_tf1_style_variables", "2.7 2.15", "1.15 2.16 2.21"),
    ("tf.summary.scalar", "1.15 2.0 2.10 2.21", ""),
    ("tf.raw_ops.MatMul", "1.15 2.0 2.21", ""),
    ("tf.experimental.numpy.sum", "2.4 2.21", "1.15 2.2"),
    ("tf.losses.mean_squared_error", "1.15", "2.16 2.21"),
    ("tf.metrics.accuracy", "1.15", "2.0 2.21"),
    ("tf.distribute.experimental.MultiWorkerMirroredStrategy", "1.15 2.0 2.21", ""),
    ("tf.compat.v1.nn.dynamic_rnn", "1.15 2.0 2.21", ""),
    ("tf.lite.TFLiteConverter.from_session", "1.15", "2.0 2.21"),
    ("tf.data.Dataset.map", "1.15 2.0 2.21", ""),
    ("tf.data.Dataset.make_one_shot_iterator", "1.15", "2.0 2.21"),
    ("tf.data.Dataset.output_shapes", "1.15", "2.0 2.21"),
    ("tf.compat.v1.data.Dataset.make_one_shot_iterator", "1.15 2.0 2.21", ""),
    ("tf.data.Iterator.from_structure", "1.15", "2.0 2.21"),
    ("tf.GraphKeys.UPDATE_OPS", "1.15", "2.0"),
    ("tf.compat.v1.GraphKeys.UPDATE_OPS", "1.15 2.21", ""),
    ("tf.Session.run", "1.15", "2.0"),
    ("tf.InteractiveSession.run", "1.15", "2.0"),
    ("tf.Tensor.eval", "1.15 2.0 2.21", ""),
    ("tf.Tensor.get_shape", "1.15 2.0 2.21", ""),
    ("tf.Variable.initialized_value", "1.15 2.0", ""),
    ("tf.Variable.assign_add", "1.15 2.0 2.21", ""),
    ("tf.Operation.run", "1.15 2.0 2.21", ""),
    ("tf.Graph.as_default", "1.15 2.0 2.21", ""),
    ("tf.Graph.get_operation_by_name", "1.15 2.0 2.21", ""),
    ("tf.TensorShape.as_list", "1.15 2.0 2.21", ""),
    ("tf.Dimension.value", "1.15", "2.0"),
    ("tf.train.Saver.restore", "1.15", "2.0"),
    ("tf.train.AdamOptimizer.minimize", "1.15", "2.0"),
    ("tf.train.Optimizer.minimize", "1.15", "2.0"),
    ("tf.keras.Model.fit", "1.15 2.0 2.6 2.21", ""),
    ("tf.keras.Model.fit_generator", "1.15 2.0", "2.21"),
    ("tf.keras.Model.to_yaml", "1.15 2.0", "2.21"),
    ("tf.keras.layers.Layer.get_updates_for", "1.15 2.0", "2.21"),
    ("tf.distribute.Strategy.experimental_run_v2", "1.15 2.0", "2.21"),
    ("tf.distribute.MirroredStrategy.experimental_run_v2", "1.15 2.0", "2.21"),
    ("tf.distribute.Strategy.run", "2.2 2.21", "2.0"),
    ("tf.estimator.Estimator.train", "1.15 2.15", "2.16"),
    ("tf.estimator.DNNClassifier.train", "1.15 2.15", "2.16"),
    ("tf.ConfigProto.gpu_options", "1.15", "2.0"),
    ("tf.compat.v1.ConfigProto.gpu_options", "1.15 2.0 2.14 2.21", ""),
    ("tf.python.ops.array_ops.concat", "1.15 2.0 2.21", ""),
    ("tf.python.ops.rnn_cell_impl._linear", "", "1.15 2.21"),
    ("tf.python.ops.rnn_cell.BasicLSTMCell", "1.15 2.21", ""),
    ("tf.python.framework.ops.Tensor", "1.15 2.0", "2.21"),
    ("tf.python.ops.control_flow_ops.with_dependencies", "1.15", ""),
    ("tf.python.ops.lookup_ops", "1.15 2.21", ""),
    ("tf.python.framework.ops.RegisterGradient", "1.15 2.21", ""),
    ("tf.core.protobuf.config_pb2.ConfigProto", "1.15 2.21", ""),
    ("tf.python.client.session.Session.run", "1.15 2.0 2.21", ""),
    ("tf.python.client.session.Session.nothing", "", "1.15 2.21"),
    ("tf.contrib.tpu.python.tpu.tpu_config.InputPipelineConfig.BROADCAST", "1.15", "2.0"),
    ("tf.contrib.layers.python.layers.layers.max_pool2d", "1.15", "2.0"),
    ("tf.examples.tutorials.mnist.input_data.read_data_sets", "1.15", "2.21"),
]


@pytest.mark.parametrize(("symbol", "alive", "dead"), ALIVE, ids=[row[0] for row in ALIVE])
def test_alive(symbol: str, alive: str, dead: str) -> None:
    atlas = load()
    asked = alive.split() + dead.split()
    assert [r for r in asked if atlas.alive(symbol, r)] == alive.split()


@pytest.mark.parametrize(
    "symbol",
    [
        "tf.compat.v1.layers.dense",
        "tf.compat.v1.layers.conv2d",
        "tf.compat.v1.nn.rnn_cell.GRUCell",
        "tf.compat.v1.nn.rnn_cell.LSTMCell",
        "tf.keras.optimizers.legacy.SGD",
    ],
)
def test_there_but_dead_with_keras_3(symbol: str) -> None:
    entry = load().entry(symbol)
    assert entry is not None
    assert entry.raises == ("2.16", "2.17", "2.18", "2.19", "2.20", "2.21")
    assert set(entry.raises) < set(entry.releases)


@pytest.mark.parametrize(
    ("symbol", "release", "names"),
    [
        ("tf.nn.dropout", "1.15", "x keep_prob noise_shape seed name rate"),
        ("tf.nn.dropout", "2.21", "x rate noise_shape seed name"),
        ("tf.compat.v1.nn.dropout", "2.21", "x keep_prob noise_shape seed name rate"),
        ("tf.transpose", "1.15", "a perm name conjugate"),
        ("tf.transpose", "2.21", "a perm conjugate name"),
        ("tf.Session", "1.15", "target graph config"),
        ("tf.Session.run", "1.15", "fetches feed_dict options run_metadata"),
        ("tf.train.AdamOptimizer", "1.15", "learning_rate beta1 beta2 epsilon use_locking name"),
        ("tf.data.Dataset.from_tensor_slices", "1.15", "tensors"),
        ("tf.data.Dataset.from_tensor_slices", "2.21", "tensors name"),
        ("tf.contrib.layers.flatten", "1.15", "inputs outputs_collections scope"),
        ("tf.raw_ops.Add", "2.21", "x y name"),
        ("tf.python.ops.array_ops.concat", "1.15", None),
        ("tf.float32", "2.21", None),
        ("tf.nothing", "2.21", None),
    ],
)
def test_parameters(symbol: str, release: str, names: str | None) -> None:
    signature = load().signature(symbol, release)
    assert (signature and " ".join(signature.names)) == names


IMPORTABLE = [
    # symbol, releases where only an import statement gives it, releases where it is an attribute
    ("tf.keras.saving", "2.16 2.17 2.18 2.19 2.20 2.21", "2.12 2.15"),
    ("tf.keras.saving.register_keras_serializable", "2.16 2.21", "2.13 2.15"),
    ("tf.keras.saving.load_model", "2.16 2.21", "2.12 2.15"),
    ("tf.keras.saving.CustomObjectScope", "2.16 2.21", ""),
    ("tf.keras.premade", "1.15 2.0 2.5", ""),
    ("tf.estimator.inputs", "2.0 2.5 2.15", "1.15"),
    ("tf.lite.toco.types_pb2", "1.15 2.0 2.21", ""),
    ("tf.lite.tools.visualize", "2.21", ""),
    ("tf.distribute.experimental.rpc.kernels.gen_rpc_ops", "2.21", ""),
    ("tf.keras.layers", "", "1.15 2.0 2.21"),
    ("tf.keras.preprocessing.image", "", "1.15 2.0 2.21"),
    ("tf.compat.v2.keras.saving", "", "2.15"),
    ("tf.nothing", "", ""),
]


@pytest.mark.parametrize(
    ("symbol", "only", "attribute"), IMPORTABLE, ids=[r[0] for r in IMPORTABLE]
)
def test_importable(symbol: str, only: str, attribute: str) -> None:
    atlas = load()
    asked = only.split() + attribute.split()
    assert [r for r in asked if atlas.importable(symbol, r)] == only.split()
    assert [r for r in asked if atlas.exists(symbol, r)] == attribute.split()


def test_importable_symbols_are_known_like_others() -> None:
    atlas = load()
    entry = atlas.entry("tf.keras.saving.load_model")
    assert entry is not None
    assert entry.kind is Kind.FUNCTION
    assert entry.releases[-1] == "2.21"
    assert entry.imports == ("2.16", "2.17", "2.18", "2.19", "2.20", "2.21")
    signature = atlas.signature("tf.keras.saving.load_model", "2.21")
    assert signature is not None
    assert signature.names == ("filepath", "custom_objects", "compile", "safe_mode")
    assert atlas.resolve("tf.keras.saving.nothing") == ("tf.keras.saving", "nothing")
    assert "load_model" in atlas.children("tf.keras.saving")


IMPORT_FAILS = [
    # module, name, releases where the import raises, releases where it works
    ("tf.optimizers", "", "2.0 2.21", ""),
    ("tf.optimizers", "Adam", "2.0 2.15 2.21", ""),
    ("tf.losses", "Huber", "2.0 2.21", ""),
    ("tf.losses", "mean_squared_error", "", "1.15"),
    ("tf", "losses", "", "1.15 2.21"),
    ("tf.lite", "TFLiteConverter", "1.15 2.0 2.21", ""),
    ("tf.lite", "", "", "1.15 2.21"),
    ("tf.distribute", "MirroredStrategy", "2.7 2.21", "1.15 2.6"),
    ("tf.compat.v1.keras", "layers", "2.16 2.21", "1.15 2.0 2.15"),
    ("tf.compat.v1.keras.backend", "", "2.16 2.21", "1.15 2.0 2.15"),
    ("tf.compat.v1", "keras", "", "2.21"),
    ("tf.keras.layers", "Dense", "", "1.15 2.0 2.21"),
    ("tf.keras.optimizers.schedules", "ExponentialDecay", "", "1.15 2.0 2.21"),
    ("tf.summary", "scalar", "", "1.15 2.0 2.21"),
    ("tf.app", "flags", "1.15", ""),
    ("tf.optimizers", "Nothing", "", "2.21"),
]


@pytest.mark.parametrize(
    ("module", "name", "fails", "works"), IMPORT_FAILS, ids=[f"{r[0]}-{r[1]}" for r in IMPORT_FAILS]
)
def test_import_fails(module: str, name: str, fails: str, works: str) -> None:
    atlas = load()
    asked = fails.split() + works.split()
    assert [r for r in asked if atlas.import_fails(module, r, name)] == fails.split()


def test_raw_ops_take_keywords_only() -> None:
    signature = load().signature("tf.raw_ops.Add", "2.21")
    assert signature is not None
    assert signature.max_positional == 0


@pytest.mark.parametrize(
    ("symbol", "kind"),
    [
        ("tf.nn", Kind.MODULE),
        ("tf.contrib.slim", Kind.MODULE),
        ("tf.log", Kind.FUNCTION),
        ("tf.contrib.layers.relu", Kind.FUNCTION),
        ("tf.train.Saver", Kind.CLASS),
        ("tf.train.Example", Kind.CLASS),
        ("tf.float32", Kind.CONSTANT),
        ("tf.flags.FLAGS", Kind.CONSTANT),
        ("tf.Session.run", Kind.MEMBER),
        ("tf.python.ops.array_ops", Kind.MODULE),
    ],
)
def test_kinds(symbol: str, kind: Kind) -> None:
    entry = load().entry(symbol)
    assert entry is not None
    assert entry.kind is kind


@pytest.mark.parametrize(
    ("dotted", "prefix", "rest"),
    [
        ("tf.app.flags.FLAGS.batch_size", "tf.app.flags.FLAGS", "batch_size"),
        ("tf.nn.dropout", "tf.nn.dropout", ""),
        ("tf.nn.nothing.at_all", "tf.nn", "nothing.at_all"),
        ("tf.Session.run.x", "tf.Session.run", "x"),
        ("tf.python.ops.array_ops.concat.x", "tf.python.ops.array_ops.concat", "x"),
        ("tf.compat.v1.nn.nothing", "tf.compat.v1.nn", "nothing"),
        ("keras.Model", "", "keras.Model"),
    ],
)
def test_resolve(dotted: str, prefix: str, rest: str) -> None:
    assert load().resolve(dotted) == (prefix, rest)


@pytest.mark.parametrize(
    ("private", "twin"),
    [
        ("tf.python.ops.array_ops.concat", "tf.concat"),
        ("tf.python.ops.math_ops.reduce_mean", "tf.reduce_mean"),
        ("tf.python.framework.ops.get_collection", "tf.get_collection"),
        ("tf.python.framework.ops.GraphKeys.LOSSES", "tf.GraphKeys.LOSSES"),
        ("tf.python.framework.dtypes.float32", "tf.float32"),
        ("tf.python.client.session.Session", "tf.Session"),
        ("tf.python.ops.rnn_cell.BasicLSTMCell", "tf.nn.rnn_cell.BasicLSTMCell"),
        ("tf.python.platform.gfile.Exists", "tf.gfile.Exists"),
        ("tf.python.training.saver.Saver", "tf.train.Saver"),
        ("tf.contrib.layers.python.layers.layers.max_pool2d", "tf.contrib.layers.max_pool2d"),
        ("tf.python.ops.rnn_cell_impl._zero_state_tensors", None),
        ("tf.nn.dropout", None),
    ],
)
def test_twins(private: str, twin: str | None) -> None:
    assert load().twin(private) == twin


def test_first_and_last_release() -> None:
    atlas = load()
    assert (atlas.first_release("tf.log"), atlas.last_release("tf.log")) == ("1.15", "1.15")
    assert atlas.last_release("tf.estimator.Estimator") == "2.15"
    assert atlas.first_release("tf.distribute.Strategy.run") == "2.2"
    assert atlas.first_release("tf.nothing") is None
    assert atlas.last_release("tf.nothing") is None


def test_compat_v2_is_the_api_of_2() -> None:
    atlas = load()
    assert atlas.alive("tf.compat.v2.nn.dropout", "2.21")
    assert not atlas.exists("tf.compat.v2.placeholder", "2.21")


def test_children_and_members() -> None:
    atlas = load()
    assert {"dropout", "relu", "rnn_cell"} <= set(atlas.children("tf.nn"))
    assert "concat" in atlas.children("tf.python.ops.array_ops")
    assert "run" in atlas.children("tf.Session")
    assert atlas.children("tf.nothing") == ()
    assert "make_one_shot_iterator" in atlas.members("tf.data.Dataset", "1.15")
    assert "make_one_shot_iterator" not in atlas.members("tf.data.Dataset", "2.21")
    assert atlas.members("tf.log", "1.15") == frozenset()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("tf.nn.drpout", "tf.nn.dropout"),
        ("tf.nn.sofmax", "tf.nn.softmax"),
        ("tf.dropout", "tf.nn.dropout"),
        ("tf.train.AdamOptimzer", "tf.train.AdamOptimizer"),
        ("tf.plaecholder", "tf.placeholder"),
    ],
)
def test_suggestions(wrong: str, right: str) -> None:
    assert right in load().suggestions(wrong)


def test_unknown_release() -> None:
    with pytest.raises(AtlasError, match=r"no data for TensorFlow 2\.99"):
        load().exists("tf.nn.dropout", "2.99")
