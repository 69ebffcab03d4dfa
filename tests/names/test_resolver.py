"""What the resolver takes for TensorFlow, and what it does not."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from tfmigrate.engine import context
from tfmigrate.names import Role, resolve

KNOWLEDGE = context.load("2.21").knowledge


def found(source: str) -> list[str]:
    """The references of a source, imports left out, as the symbol and what follows it."""
    names = resolve(ast.parse(dedent(source)), KNOWLEDGE)
    every = (
        ".".join(part for part in (each.symbol, each.rest) if part)
        for each in names.references
        if each.role not in (Role.IMPORT, Role.ALIAS)
    )
    return [each for each in every if each != "tf"]


SPELLINGS = {
    "alias": ("import tensorflow as T\nT.log(x)", ["tf.log"]),
    "no alias": ("import tensorflow\ntensorflow.log(x)", ["tf.log"]),
    "compat module": (
        "import tensorflow.compat.v1 as tf\ntf.log(x)",
        ["tf.compat.v1.log"],
    ),
    "compat attribute": ("import tensorflow as tf\ntf.compat.v1.log(x)", ["tf.compat.v1.log"]),
    "from import": ("from tensorflow import log\nlog(x)", ["tf.log"]),
    "from import renamed": ("from tensorflow import log as ln\nln(x)", ["tf.log"]),
    "contrib module": (
        "from tensorflow.contrib import slim\nslim.conv2d(x, 3, 3)",
        ["tf.contrib.slim.conv2d"],
    ),
    "contrib as": (
        "import tensorflow.contrib.layers as tcl\ntcl.conv2d(x, 3, 3)",
        ["tf.contrib.layers.conv2d"],
    ),
    "submodule without alias": (
        "import tensorflow.contrib.layers\ntensorflow.contrib.layers.conv2d(x)",
        ["tf.contrib.layers.conv2d"],
    ),
    "private": (
        "from tensorflow.python.ops import array_ops\narray_ops.concat(x, 0)",
        ["tf.python.ops.array_ops.concat"],
    ),
    "assigned module": (
        "import tensorflow as tf\nlayers = tf.layers\nlayers.dense(x, 1)",
        ["tf.layers", "tf.layers.dense"],
    ),
    "flags": (
        "import tensorflow as tf\nFLAGS = tf.app.flags.FLAGS\nprint(FLAGS.rate)",
        ["tf.app.flags.FLAGS"],
    ),
    "flags at once": (
        "import tensorflow as tf\nprint(tf.app.flags.FLAGS.rate)",
        ["tf.app.flags.FLAGS.rate"],
    ),
    "self": (
        """
        import tensorflow as tf
        class Model:
            def __init__(self):
                self.tf = tf
            def run(self, x):
                return self.tf.log(x)
        """,
        ["tf.log"],
    ),
    "getattr": ('import tensorflow as tf\ngetattr(tf, "log")(x)', ["tf.log"]),
    "getattr below": (
        'import tensorflow as tf\ngetattr(tf.nn, "dropout")',
        ["tf.nn.dropout", "tf.nn"],
    ),
    "import by name": (
        "import importlib\nslim = importlib.import_module('tensorflow.contrib.slim')\n"
        "slim.conv2d(x, 3, 3)",
        ["tf.contrib.slim.conv2d"],
    ),
    "try and except": (
        """
        try:
            import tensorflow.compat.v1 as tf
        except ImportError:
            import tensorflow as tf
        tf.log(x)
        """,
        ["tf.compat.v1.log"],
    ),
    "if and else": (
        """
        if old:
            import tensorflow as tf
        else:
            import tensorflow.compat.v1 as tf
        tf.log(x)
        """,
        ["tf.log"],
    ),
    "import in a function": (
        "def f(x):\n    import tensorflow as tf\n    return tf.log(x)",
        ["tf.log"],
    ),
    "imported after the function": (
        "def f(x):\n    return tf.log(x)\nimport tensorflow as tf",
        ["tf.log"],
    ),
    "global": (
        "def load():\n    global tf\n    import tensorflow as tf\ndef f(x):\n    return tf.log(x)",
        ["tf.log"],
    ),
    "decorator and default": (
        """
        import tensorflow as tf
        @tf.contrib.eager.defun
        def f(x, act=tf.log):
            return act(x)
        """,
        ["tf.contrib.eager.defun", "tf.log"],
    ),
    "lambda and comprehension": (
        "import tensorflow as tf\nf = lambda x: tf.log(x)\ng = [tf.log(x) for x in y]",
        ["tf.log", "tf.log"],
    ),
    "nested calls": (
        "import tensorflow as tf\ntf.log(tf.to_float(tf.log(x)))",
        ["tf.log", "tf.to_float", "tf.log"],
    ),
    "base class": (
        "import tensorflow as tf\nclass C(tf.nn.rnn_cell.RNNCell):\n    pass",
        ["tf.nn.rnn_cell.RNNCell"],
    ),
    "match": (
        "import tensorflow as tf\nmatch x:\n    case tf.AUTO_REUSE:\n        tf.log(x)",
        ["tf.AUTO_REUSE", "tf.log"],
    ),
    "walrus": ("import tensorflow as tf\nif (y := tf.log(x)) is None:\n    pass", ["tf.log"]),
    "another distribution": (
        "import tensorflow_hub as hub\nhub.Module(url)",
        ["tensorflow_hub.Module"],
    ),
    "parentheses and comments": (
        "import tensorflow as tf\n(tf\n  # why not\n  .nn\n  .dropout)(x, 0.5)",
        ["tf.nn.dropout"],
    ),
}


@pytest.mark.parametrize(("source", "expected"), SPELLINGS.values(), ids=SPELLINGS)
def test_every_spelling_is_the_same_symbol(source: str, expected: list[str]) -> None:
    assert found(source) == expected


NOT_TENSORFLOW = {
    "parameter": "import tensorflow as tf\ndef f(tf):\n    return tf.log(1)",
    "keyword only parameter": "import tensorflow as tf\ndef f(*, tf):\n    return tf.log(1)",
    "star parameters": "import tensorflow as tf\ndef f(*tf):\n    return tf.log(1)",
    "lambda parameter": "import tensorflow as tf\nf = lambda tf: tf.log(1)",
    "comprehension target": "import tensorflow as tf\n[tf.log for tf in things]",
    "loop target": "import tensorflow as tf\nfor tf in things:\n    tf.log(1)",
    "rebound": "import tensorflow as tf\ntf = object()\ntf.log(1)",
    "local name": "import tensorflow as tf\ndef f():\n    tf = make()\n    return tf.log(1)",
    "with target": "import tensorflow as tf\nwith open(x) as tf:\n    tf.log(1)",
    "except target": "import tensorflow as tf\ntry:\n    pass\nexcept E as tf:\n    tf.log(1)",
    "function of that name": "import tensorflow as tf\ndef tf():\n    pass\ntf.log(1)",
    "class of that name": "import tensorflow as tf\nclass tf:\n    pass\ntf.log(1)",
    "another library": "import torch as tf\ntf.log(x)",
    "a package of ours": "from .models import tensorflow as tf\ntf.log(x)",
    "a longer name": "import tensorflowjs as tf\ntf.log(x)",
    "never imported": "tf.log(x)",
    "class attribute is no global": (
        "class A:\n    import tensorflow as tf\n    def f(self):\n        return tf.log(1)"
    ),
    "a string": "import tensorflow as tf\nx = 'tf.log(1)'",
    "a comment": "import tensorflow as tf\n# tf.log(1)",
    "hasattr": 'import tensorflow as tf\nhasattr(other, "log")',
    "match capture": "import tensorflow as tf\nmatch x:\n    case [tf]:\n        tf.log(1)",
}


@pytest.mark.parametrize("source", NOT_TENSORFLOW.values(), ids=NOT_TENSORFLOW)
def test_shadowed_and_foreign_names_are_not_tensorflow(source: str) -> None:
    assert "tf.log" not in found(source)


MEMBERS = {
    "session in a with": (
        "with tf.Session() as sess:\n    sess.run(x)",
        "tf.Session.run",
    ),
    "session assigned": ("sess = tf.Session()\nsess.run(x)", "tf.Session.run"),
    "interactive session": ("s = tf.InteractiveSession()\ns.run(x)", "tf.Session.run"),
    "session on self": (
        """
        class A:
            def __init__(self):
                self.s = tf.Session()
            def f(self, x):
                return self.s.run(x)
        """,
        "tf.Session.run",
    ),
    "constructor below the method": (
        """
        class A:
            def f(self, x):
                return self.s.run(x)
            def __init__(self):
                self.s = tf.Session()
        """,
        "tf.Session.run",
    ),
    "returned by a function": (
        "def make():\n    return tf.Session()\nx = make()\nx.run(1)",
        "tf.Session.run",
    ),
    "returned by a method": (
        """
        class A:
            def make(self):
                return tf.Session()
            def f(self):
                self.make().run(1)
        """,
        "tf.Session.run",
    ),
    "property": (
        """
        class A:
            @property
            def s(self):
                return tf.Session()
        A().s.run(1)
        """,
        "tf.Session.run",
    ),
    "shape of something": ("def f(x):\n    return x.shape[0].value", "tf.Dimension.value"),
    "loop over a shape": (
        "def f(x):\n    return [d.value for d in x.get_shape()[1:]]",
        "tf.Dimension.value",
    ),
    "session by its name": ("def f(sess, x):\n    return sess.run(x)", "tf.Session.run"),
    "session on another object": (
        "def f(model, x):\n    return model.sess.run(x)",
        "tf.Session.run",
    ),
    "annotated parameter": ("def f(s: tf.Session):\n    s.run(x)", "tf.Session.run"),
    "tensor": ("x = tf.add(a, b)\nx.eval()", "tf.Tensor.eval"),
    "sum of tensors": ("x = tf.add(a, b) + 1\nx.eval()", "tf.Tensor.eval"),
    "eval with a feed": ("def f(model):\n    model.accuracy.eval(feed_dict={})", "tf.Tensor.eval"),
    "variable": ("w = tf.Variable(1.0)\nw.initialized_value()", "tf.Variable.initialized_value"),
    "operation": ("op = tf.group(a)\nop.run()", "tf.Operation.run"),
    "train op": (
        "op = tf.train.AdamOptimizer(0.1).minimize(loss)\nop.run()",
        "tf.Operation.run",
    ),
    "minimize": ("tf.train.AdamOptimizer(0.1).minimize(loss)", "tf.train.Optimizer.minimize"),
    "dataset": (
        "ds = tf.data.Dataset.range(3).map(f).batch(2)\nds.make_one_shot_iterator()",
        "tf.data.Dataset.make_one_shot_iterator",
    ),
    "dataset of unknown origin": (
        "def f(ds):\n    return ds.make_one_shot_iterator()",
        "tf.data.Dataset.make_one_shot_iterator",
    ),
    "iterator": (
        "it = tf.data.Dataset.range(3).make_one_shot_iterator()\nit.get_next()",
        "tf.data.Iterator.get_next",
    ),
    "test case": (
        """
        class T(tf.test.TestCase):
            def test(self):
                with self.test_session() as s:
                    s.run(x)
        """,
        "tf.Session.run",
    ),
    "dimension": ("x = tf.zeros([2])\nn = x.shape[0].value", "tf.Dimension.value"),
    "get_shape": ("x = tf.zeros([2])\nn = x.get_shape()[0].value", "tf.Dimension.value"),
}


@pytest.mark.parametrize(("source", "expected"), MEMBERS.values(), ids=MEMBERS)
def test_members_of_known_objects(source: str, expected: str) -> None:
    assert expected in found("import tensorflow as tf\n" + dedent(source))


NO_MEMBERS = {
    "one of two classes": (
        "x = tf.Session() if c else tf.Graph()\nx.run(1)",
        "tf.Session.run",
    ),
    "own method": (
        """
        class T(tf.test.TestCase):
            def test_session(self):
                return None
            def test(self):
                self.test_session()
        """,
        "tf.test.TestCase.test_session",
    ),
    "another run": ("def f(server):\n    server.run(x)", "tf.Session.run"),
    "another eval": ("def f(model):\n    model.eval()", "tf.Tensor.eval"),
    "numpy": ("import numpy as np\nx = np.zeros(3)\nx.eval()", "tf.Tensor.eval"),
}


@pytest.mark.parametrize(("source", "symbol"), NO_MEMBERS.values(), ids=NO_MEMBERS)
def test_members_of_other_objects(source: str, symbol: str) -> None:
    assert symbol not in found("import tensorflow as tf\n" + dedent(source))


def test_partial_passes_arguments() -> None:
    tree = ast.parse(
        "from functools import partial\nimport tensorflow as tf\n"
        "drop = partial(tf.nn.dropout, keep_prob=0.5)"
    )
    (reference,) = (r for r in resolve(tree, KNOWLEDGE).references if r.symbol == "tf.nn.dropout")
    assert reference.call is not None
    assert reference.bound == 1


def test_functools_partial_passes_arguments() -> None:
    tree = ast.parse(
        "import functools\nimport tensorflow as tf\n"
        "drop = functools.partial(tf.nn.dropout, keep_prob=0.5)"
    )
    (reference,) = (r for r in resolve(tree, KNOWLEDGE).references if r.symbol == "tf.nn.dropout")
    assert reference.call is not None
    assert reference.bound == 1


def test_computed_getattr_is_dynamic() -> None:
    tree = ast.parse("import tensorflow as tf\nf = getattr(tf, name)")
    roles = [each.role for each in resolve(tree, KNOWLEDGE).references]
    assert Role.DYNAMIC in roles


def test_star_import_is_noted() -> None:
    (reference,) = resolve(ast.parse("from tensorflow import *"), KNOWLEDGE).references
    assert reference.role is Role.STAR


def test_guarded_references_say_so() -> None:
    source = "try:\n    from tensorflow.contrib import slim\nexcept ImportError:\n    slim = None"
    (reference,) = resolve(ast.parse(source), KNOWLEDGE).references
    assert reference.guarded
