"""The bridge: what becomes of a program that has to stay a graph program."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest

from tfmigrate.engine import context, guards, program
from tfmigrate.engine.context import Context
from tfmigrate.engine.selection import Selection
from tfmigrate.model import Dialect
from tfmigrate.names import dialect as dialects
from tfmigrate.names import resolve
from tfmigrate.transforms import bridge_names
from tfmigrate.transforms.bridge import Bridged, bridge
from tfmigrate.transforms.bridge_places import Places

PROGRAMS = Path(__file__).parent.parent / "programs"
LEGACY = """\
# Keras 2 (tf_keras) has the layers of TensorFlow 1; this is read at the first import
os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
"""


@pytest.fixture(scope="module")
def facts() -> Context:
    """The facts and rules for 2.21."""
    return context.load("2.21")


def speaks(text: str, facts: Context) -> Dialect:
    """The dialect that a program is taken to speak."""
    return dialects.infer(resolve(ast.parse(text), facts.knowledge), facts.knowledge)


def bridged(source: str, facts: Context) -> Bridged:
    """A bridged program, after looking whether a second time changes nothing."""
    text = dedent(source)
    done = bridge(text, facts, speaks(text, facts))
    assert done is not None
    assert done.reasons == ()
    again = bridge(done.text, facts, speaks(done.text, facts))
    assert again is None or again.text == done.text
    return done


def text_of(source: str, facts: Context) -> str:
    """The text of a bridged program."""
    return bridged(source, facts).text


def reasons(source: str, facts: Context) -> list[tuple[int, str | None]]:
    """The rows and symbols that keep a program from being bridged."""
    text = dedent(source)
    done = bridge(text, facts, Dialect.TF1)
    assert done is not None
    assert done.text == text
    assert all(each.message.startswith("not bridged: ") for each in done.reasons)
    return [(each.span.row, each.symbol) for each in done.reasons]


# ---------------------------------------------------------------- imports


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("import tensorflow as tf", "import tensorflow.compat.v1 as tf", "tf"),
        ("import tensorflow as T", "import tensorflow.compat.v1 as T", "T"),
        ("import tensorflow", "import tensorflow.compat.v1 as tensorflow", "tensorflow"),
        ("import os, tensorflow as tf", "import os, tensorflow.compat.v1 as tf", "tf"),
    ],
)
def test_the_import_is_swapped(old: str, new: str, name: str, facts: Context) -> None:
    rest = f"\nx = {name}.placeholder({name}.float32)  # fed\nprint({name}.log(x))\n"
    assert text_of(f"{old}\n{rest}", facts) == f"{new}\n\n{name}.disable_v2_behavior()\n{rest}"


def test_what_stands_between_and_after_the_imports_stays(facts: Context) -> None:
    before = '''\
    #!/usr/bin/env python
    """Doc."""
    from __future__ import print_function

    import numpy as np  # numbers
    import tensorflow as tf  # graphs
    import mine


    def f(x):
        return tf.to_float(x) * np.pi  # kept


    with tf.Session() as sess:
        print(sess.run(f(1)))
    '''
    assert text_of(before, facts) == dedent(before).replace(
        "import tensorflow as tf  # graphs\nimport mine\n",
        "import tensorflow.compat.v1 as tf  # graphs\nimport mine\n\ntf.disable_v2_behavior()\n",
    )


def test_newlines_stay_what_they_are(facts: Context) -> None:
    text = "import tensorflow as tf\r\nx = tf.placeholder(tf.float32)\r\n"
    assert text_of(text, facts) == (
        "import tensorflow.compat.v1 as tf\r\n\r\ntf.disable_v2_behavior()\r\n\r\n"
        "x = tf.placeholder(tf.float32)\r\n"
    )


def test_names_imported_one_by_one(facts: Context) -> None:
    before = """\
    import tensorflow as tf
    from tensorflow import placeholder, Session as S
    from tensorflow.contrib.rnn import (static_rnn,  # unrolled
                                        GRUCell)
    static_rnn(GRUCell(3), [placeholder(tf.float32)])
    """
    after = f"""\
import os

{LEGACY}
import tensorflow.compat.v1 as tf
from tensorflow.compat.v1 import placeholder, Session as S
# unrolled
from tensorflow.compat.v1.nn import static_rnn
from tensorflow.compat.v1.nn.rnn_cell import GRUCell

tf.disable_v2_behavior()

static_rnn(GRUCell(3), [placeholder(tf.float32)])
"""
    assert text_of(before, facts) == after


def test_imports_in_functions(facts: Context) -> None:
    before = """\
    def main():
        import tensorflow as tf
        from tensorflow.contrib import rnn
        rnn.static_rnn(rnn.GRUCell(3), [tf.placeholder(tf.float32)])
    """
    after = f"""\
import os

{LEGACY}
def main():
    import tensorflow.compat.v1 as tf
    from tensorflow.compat.v1.nn import rnn_cell as rnn

    tf.disable_v2_behavior()

    tf.nn.static_rnn(rnn.GRUCell(3), [tf.placeholder(tf.float32)])
"""
    assert text_of(before, facts) == after


def test_several_statements_in_one_line(facts: Context) -> None:
    assert text_of("import tensorflow as tf; tf.placeholder(tf.int32)\n", facts) == (
        "import tensorflow.compat.v1 as tf\n\ntf.disable_v2_behavior()\n\n"
        "tf.placeholder(tf.int32)\n"
    )


def test_an_import_that_is_not_needed_any_more_goes(facts: Context) -> None:
    before = """\
    import tensorflow
    import tensorflow.contrib.distributions
    p = tensorflow.contrib.distributions.Normal(0.0, 1.0)
    tensorflow.Session()
    """
    assert text_of(before, facts) == dedent("""\
    import tensorflow.compat.v1 as tensorflow

    tensorflow.disable_v2_behavior()

    p = tensorflow.distributions.Normal(0.0, 1.0)
    tensorflow.Session()
    """)


# ---------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tf.contrib.layers.xavier_initializer()", "tf.glorot_uniform_initializer()"),
        ("tf.contrib.layers.xavier_initializer(seed=1)", "tf.glorot_uniform_initializer(seed=1)"),
        ("tf.contrib.rnn.static_rnn(c, x)", "tf.nn.static_rnn(c, x)"),
        (
            "tf.contrib.framework.get_or_create_global_step()",
            "tf.train.get_or_create_global_step()",
        ),
        ("tf.contrib.data.map_and_batch(f, 2)", "tf.data.experimental.map_and_batch(f, 2)"),
        ("tf.contrib.framework.nest.flatten(x)", "tf.nest.flatten(x)"),
        ("tf.contrib.distributions.Normal(0., 1.)", "tf.distributions.Normal(0., 1.)"),
        ("tf.contrib.signal.stft(x, 2, 1)", "tf.signal.stft(x, 2, 1)"),
        ("tf.contrib.util.constant_value(x)", "tf.get_static_value(x)"),
        ("tf.contrib.eager.in_eager_mode()", "tf.executing_eagerly()"),
        ("mode == tf.estimator.ModeKeys.TRAIN", 'mode == "train"'),
        ("mode == tf.contrib.learn.ModeKeys.INFER", 'mode == "infer"'),
        # from before 1.0
        ("tf.mul(x, tf.sub(x, tf.neg(x)))", "tf.multiply(x, tf.subtract(x, tf.negative(x)))"),
        ("tf.pack([x])", "tf.stack([x])"),
        ('tf.scalar_summary("a", x)', 'tf.summary.scalar("a", x)'),
        ("tf.merge_all_summaries()", "tf.summary.merge_all()"),
        ('tf.train.SummaryWriter("d")', 'tf.summary.FileWriter("d")'),
        ("tf.batch_matmul(x, y, adj_y=True)", "tf.matmul(x, y, adjoint_b=True)"),
        # what tf.compat.v1 still has stays as it is
        ("tf.nn.dropout(x, keep_prob=0.5)", "tf.nn.dropout(x, keep_prob=0.5)"),
        ("tf.reduce_sum(x, reduction_indices=[1])", "tf.reduce_sum(x, reduction_indices=[1])"),
        ("tf.train.AdamOptimizer(1e-3).minimize(x)", "tf.train.AdamOptimizer(1e-3).minimize(x)"),
        ("tf.app.flags.DEFINE_string('a', '', '')", "tf.app.flags.DEFINE_string('a', '', '')"),
        ("tf.gfile.Exists(tf.flags.FLAGS.dir)", "tf.gfile.Exists(tf.flags.FLAGS.dir)"),
        ("tf.logging.info('x')", "tf.logging.info('x')"),
        ("tf.compat.as_bytes('x')", "tf.compat.as_bytes('x')"),
        ("tf.compat.v1.Session()", "tf.Session()"),
        ("tf.data.Dataset.range(3).make_one_shot_iterator()",) * 2,
        ("x.op.name", "x.op.name"),
        ("tf.get_default_graph().get_operations()",) * 2,
    ],
)
def test_names(old: str, new: str, facts: Context) -> None:
    around = "x = y = c = tf.placeholder(tf.float32)\nmode = f = None\nprint({})\n"
    done = bridged("import tensorflow as tf\n" + around.format(old), facts)
    head = "import tensorflow.compat.v1 as tf\n\ntf.disable_v2_behavior()\n\n"
    assert (
        done.text.rpartition("import tensorflow.compat.v1")[2]
        == ((head + around.format(new)).rpartition("import tensorflow.compat.v1")[2])
    )


@pytest.mark.parametrize(
    ("use", "needs"),
    [
        ("tf.layers.dense(x, 3)", ("tf_keras",)),
        ("tf.nn.rnn_cell.LSTMCell(3)", ("tf_keras",)),
        ("tf.keras.layers.Dense(3)(x)", ("tf_keras",)),
        ("tf.contrib.layers.flatten(x)", ("tf_keras",)),
        ("tf.contrib.layers.l2_regularizer(0.1)", ("tf_slim",)),
        ("tf.contrib.slim.conv2d(x, 3, 3)", ("tf_keras", "tf_slim")),
        ("tf.contrib.tensorboard.plugins.projector.ProjectorConfig()", ("tensorboard",)),
        ("tf.keras.datasets.mnist.load_data()", ()),
        ("tf.keras.utils.to_categorical([1])", ()),
        ("tf.get_variable('a', [2])", ()),
    ],
)
def test_what_has_to_be_installed(use: str, needs: tuple[str, ...], facts: Context) -> None:
    done = bridged(f"import tensorflow as tf\nx = tf.placeholder(tf.float32)\n{use}\n", facts)
    assert done.needs == needs
    assert ("TF_USE_LEGACY_KERAS" in done.text) == ("tf_keras" in needs)
    assert ("restore_names_for_tf_slim()" in done.text) == (needs == ("tf_keras", "tf_slim"))


def test_keras_2_is_chosen_before_anything_imports_tensorflow(facts: Context) -> None:
    before = """\
    import sys
    import os

    import mine
    import tensorflow as tf
    L = tf.layers
    L.dense(tf.placeholder(tf.float32, [1, 2]), 3)
    """
    assert (
        text_of(before, facts)
        == f"""\
import sys
import os

{LEGACY}
import mine
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

L = tf.layers
L.dense(tf.placeholder(tf.float32, [1, 2]), 3)
"""
    )


def test_modules_of_slim(facts: Context) -> None:
    before = """\
    import tensorflow as tf
    import tensorflow.contrib.slim as slim
    from tensorflow.contrib.slim.python.slim.nets.resnet_v2 import resnet_v2_50 as net
    tfl = tf.contrib.layers

    with slim.arg_scope([slim.conv2d], activation_fn=tf.nn.elu):
        x = net(slim.conv2d(tf.placeholder(tf.float32), 3, 3))
        slim.losses.log_loss(tfl.fully_connected(x, 2), x)
        slim.get_or_create_global_step()
    """
    text = text_of(before, facts)
    assert (
        "import tf_slim as slim\nfrom tf_slim.nets.resnet_v2 import resnet_v2_50 as net\n" in text
    )
    assert "tfl = slim\n" in text
    assert text.endswith("    tf.train.get_or_create_global_step()\n")
    assert "slim.losses.log_loss(tfl.fully_connected(x, 2), x)\n" in text


def test_support_blocks(facts: Context) -> None:
    before = """\
    from tensorflow.examples.tutorials.mnist import input_data
    import tensorflow as tf
    mnist = input_data.read_data_sets("data", one_hot=True)
    tf.placeholder(tf.float32)
    """
    done = bridged(before, facts)
    assert done.support == ("mnist",)
    assert done.text == dedent("""\
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()

    mnist = read_data_sets("data", one_hot=True)
    tf.placeholder(tf.float32)
    """)
    before = """\
    import tensorflow as tf
    from tensorflow.contrib.training import HParams as H
    p = H(a=1, b=2)
    p.parse("a=2")
    tf.placeholder(tf.float32, [p.b])
    """
    done = bridged(before, facts)
    assert done.support == ("hparams",)
    assert "p = HParams(a=1, b=2)\n" in done.text


def test_tensorflow_is_imported_before_a_support_block_is_used(facts: Context) -> None:
    before = """\
    # data
    from tensorflow.examples.tutorials.mnist import input_data
    mnist = input_data.read_data_sets("data")

    import tensorflow as tf
    tf.placeholder(tf.float32)
    """
    assert text_of(before, facts) == dedent("""\
    # data
    import tensorflow.compat.v1 as tf

    tf.disable_v2_behavior()

    mnist = read_data_sets("data")

    tf.placeholder(tf.float32)
    """)


def test_private_names_that_are_public(facts: Context) -> None:
    before = """\
    import tensorflow as tf
    from tensorflow.python.framework import graph_util
    from tensorflow.python.framework import ops
    tf.placeholder(tf.float32)
    graph_util.convert_variables_to_constants(None, None, [])
    ops.get_default_graph()
    """
    text = text_of(before, facts)
    assert "tf.graph_util.convert_variables_to_constants(None, None, [])" in text
    # what is still there is left alone
    assert "ops.get_default_graph()" in text


# ---------------------------------------------------------------- what speaks tf.compat.v1 already


def test_what_runs_stays(facts: Context) -> None:
    text = """\
    import tensorflow.compat.v1 as tf
    tf.disable_v2_behavior()
    with tf.Session() as sess:
        sess.run(tf.placeholder(tf.float32))
    """
    done = bridged(text, facts)
    assert (done.text, done.needs) == (dedent(text), ())


def test_only_what_is_missing_is_added(facts: Context) -> None:
    text = """\
    import tensorflow as tf
    x = tf.compat.v1.placeholder(tf.float32, [1, 2])
    y = tf.compat.v1.layers.dense(tf.transpose(a=x), 2)
    with tf.compat.v1.Session() as sess:
        sess.run(y)
    """
    assert text_of(text, facts) == f"import os\n\n{LEGACY}\n" + dedent(text)


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("line", "symbol"),
    [
        ("tf.contrib.crf.crf_log_likelihood(x, x, x)", "tf.contrib.crf.crf_log_likelihood"),
        ("tf.contrib.seq2seq.LuongAttention(3, x)", "tf.contrib.seq2seq.LuongAttention"),
        ("tf.estimator.Estimator(None)", "tf.estimator.Estimator"),
        ("f(tf.estimator.ModeKeys)", "tf.estimator.ModeKeys"),
        ("tf.nonsense(x)", "tf.nonsense"),
        ("tf.scalar_summary(tagz='a', values=x)", "tf.scalar_summary"),
        ("tf.concat(1, [x, x])", "tf.concat"),
    ],
)
def test_what_has_no_successor_in_graph_mode(line: str, symbol: str, facts: Context) -> None:
    text = f"import tensorflow as tf\nx = f = tf.placeholder(tf.float32)\n\n{line}\n"
    assert (4, symbol) in reasons(text, facts)


def test_every_reason_is_given(facts: Context) -> None:
    text = """\
    import tensorflow as tf
    from tensorflow.contrib import crf, learn
    tf.contrib.layers.flatten(1)
    crf.viterbi_decode(1, 2)
    learn.Estimator()
    """
    assert [row for row, _ in reasons(text, facts)] == [4, 5]


def test_what_a_try_guards_may_fail(facts: Context) -> None:
    text = """\
    try:
        import tensorflow.contrib.crf as crf
    except ImportError:
        crf = None
    import tensorflow as tf
    tf.placeholder(tf.float32)
    """
    assert text_of(text, facts).startswith("try:\n    import tensorflow.contrib.crf as crf\n")


@pytest.mark.parametrize(
    "text",
    [
        "import tensorflow as tf\ntf.enable_eager_execution()\ntf.log(1.0)\n",
        "import tensorflow as tf\ntf.contrib.eager.enable_eager_execution()\n",
        "import tensorflow as tf\n\n@tf.function\ndef f(x):\n    return tf.math.log(x)\n",
        "import numpy as np\nprint(np.pi)\n",
        "import tensorflow as tf\nprint tf.placeholder\n",
        "",
    ],
)
def test_what_is_none_of_its_business(text: str, facts: Context) -> None:
    spoken = Dialect.TF1 if "print tf" in text else speaks(text, facts)
    assert bridge(text, facts, spoken) is None


# ---------------------------------------------------------------- everything together

TEXTS = {
    path.relative_to(PROGRAMS).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PROGRAMS.rglob("*.py"))
    if "python2" not in path.name
}


@pytest.mark.parametrize("path", TEXTS)
def test_programs(path: str, facts: Context) -> None:
    text = TEXTS[path]
    spoken = speaks(text, facts)
    done = bridge(text, facts, spoken)
    if done is None or done.reasons:
        assert done is None or done.text == text
        return
    own = {"mnist": "read_data_sets", "hparams": "HParams"}
    new = guards.undefined(done.text) - guards.undefined(text)
    assert new == {own[name] for name in done.support}
    again = bridge(done.text, facts, speaks(done.text, facts))
    assert again is not None
    assert again.text == done.text
    assert program.check(done.text, facts, Selection()).dialect is Dialect.COMPAT


def test_enough_of_the_programs_can_be_bridged(facts: Context) -> None:
    done = [bridge(text, facts, speaks(text, facts)) for text in TEXTS.values()]
    assert len([each for each in done if each is not None and not each.reasons]) >= 44


def test_the_table_names_what_is_there(facts: Context) -> None:
    places = Places(facts, Dialect.TF1)
    gone = [new for new in bridge_names.CORE.values() if places.core(new) is None]
    assert gone == []
    known = [name for name in bridge_names.CORE if name.startswith("tf.contrib.")]
    assert [name for name in known if facts.atlas.entry(name) is None] == []
