"""What each detector reports, and what it is silent about."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from tfmigrate import catalogue
from tfmigrate.catalogue import CatalogueError, rows
from tfmigrate.engine import context, program
from tfmigrate.engine.detectors import DETECTORS, Program
from tfmigrate.engine.selection import Selection
from tfmigrate.model import Dialect
from tfmigrate.names import resolve

CONTEXT = context.load("2.21")
MATCHES = {match.detector: match for _, match in CONTEXT.catalogue.additional if match.detector}
START = "import numpy as np\nimport tensorflow as tf\n"
TENSORS = "a = tf.placeholder(tf.float32, [2])\nb = tf.Variable([1.0])\nc = tf.constant([1.0])\n"


def found(detector: str, source: str) -> list[str]:
    """What a detector reports, as source text."""
    tree = ast.parse(START + dedent(source))
    checked = Program(tree, resolve(tree, CONTEXT.knowledge), Dialect.TF1)
    nodes = DETECTORS[detector](checked, CONTEXT, MATCHES[detector])
    return [ast.unparse(node) for node, _ in nodes]


def test_every_detector_is_known_and_used() -> None:
    assert set(DETECTORS) == set(rows.DETECTORS) == set(MATCHES)


def test_an_unknown_detector_is_an_error_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "patterns" / "ABC001-own.md"
    page.parent.mkdir()
    headings = "\n".join(f"## {each}" for each in rows.HEADINGS)
    front = 'code = "ABC001"\nname = "own"\nsummary = "own"\nseverity = "error"\n'
    page.write_text(f'+++\n{front}[[match]]\ndetector = "no-such"\n+++\n{headings}\n')
    with pytest.raises(CatalogueError, match=r"ABC001-own\.md.*'no-such'.*tensor-equality"):
        catalogue.load([tmp_path])


CONCAT = {
    "axis first": ("y = tf.concat(1, [a, b])", "tf.concat(1, [a, b])"),
    "negative axis": ("y = tf.concat(-1, values)", "tf.concat(-1, values)"),
    "name of an axis": ("AXIS = 1\ny = tf.concat(AXIS, values)", "tf.concat(AXIS, values)"),
    "evidently a list": ("y = tf.concat(axis, [a, b])", "tf.concat(axis, [a, b])"),
    "list comprehension": (
        "y = tf.concat(axis, [f(v) for v in vs])",
        "tf.concat(axis, [f(v) for v in vs])",
    ),
    "old keyword": ("y = tf.concat(concat_dim=1, values=[a, b])", "concat_dim=1"),
    "values by keyword": ("y = tf.concat(1, values=[a])", "tf.concat(1, values=[a])"),
    "imported": ("from tensorflow import concat\ny = concat(0, vs)", "concat(0, vs)"),
}
CONCAT_SILENT = {
    "new order": "y = tf.concat([a, b], 1)",
    "new order, names": "y = tf.concat(values, axis)",
    "unknown first": "y = tf.concat(dim, values)",
    "axis by keyword": "y = tf.concat(values, axis=1)",
    "axis as a list": "y = tf.concat(values, [1])",
    "values are a named list": "vs = [a, b]\ny = tf.concat(vs, [0, 1])",
    "all by keyword": "y = tf.concat(values=[a, b], axis=1)",
    "starred": "y = tf.concat(*arguments)",
    "partial": "from functools import partial\nf = partial(tf.concat, 1)",
    "name bound twice": "d = 1\nif flag:\n    d = vs\ny = tf.concat(d, other)",
    "parameter hides the constant": "d = 1\ndef f(d, v):\n    return tf.concat(d, v)",
    "not TensorFlow's": "y = np.concat(1, [a, b])",
}
SPLIT = {
    "axis first": ("y = tf.split(1, 2, x)", "tf.split(1, 2, x)"),
    "names of constants": ("AXIS = 0\ny = tf.split(AXIS, n, x)", "tf.split(AXIS, n, x)"),
    "old keywords": ("y = tf.split(split_dim=1, num_split=2, value=x)", "split_dim=1"),
    "one old keyword": ("y = tf.split(1, num_split=2, value=x)", "num_split=2"),
    "value by keyword": ("y = tf.split(1, 2, value=x)", "tf.split(1, 2, value=x)"),
}
SPLIT_SILENT = {
    "new order": "y = tf.split(x, 2, 1)",
    "new order, named axis": "AXIS = 1\ny = tf.split(x, 2, AXIS)",
    "two arguments": "y = tf.split(x, 2)",
    "keywords": "y = tf.split(value=x, num_or_size_splits=2, axis=1)",
    "a number is split": "y = tf.split(4, 2, 0)",
    "sizes": "y = tf.split(x, [1, 2], 0)",
    "unknown first": "y = tf.split(dim, 2, x)",
}
REVERSE = {
    "list": ("y = tf.reverse(x, [False, True])", "tf.reverse(x, [False, True])"),
    "tuple": ("y = tf.reverse(x, (True,))", "tf.reverse(x, (True,))"),
    "old keyword": ("y = tf.reverse(x, dims=[True, False])", "dims=[True, False]"),
    "new keyword": ("y = tf.reverse(x, axis=[True])", "tf.reverse(x, axis=[True])"),
    "named": ("flags = [True, False]\ny = tf.reverse(x, flags)", "tf.reverse(x, flags)"),
}
REVERSE_SILENT = {
    "axes": "y = tf.reverse(x, [0, 1])",
    "axis by keyword": "y = tf.reverse(x, axis=[-1])",
    "unknown": "y = tf.reverse(x, axes)",
    "named axes": "axes = [0]\ny = tf.reverse(x, axes)",
    "one argument": "y = tf.reverse(x)",
}
DEVICE = {
    "lambda": ("with tf.device(lambda op: ''):\n    pass", "lambda op: ''"),
    "function": ("def pick(op):\n    return ''\nwith tf.device(pick):\n    pass", "pick"),
    "maker": (
        """
        def assign(device):
            def pick(op):
                return device
            return pick
        with tf.device(assign("/gpu:0")):
            pass
        """,
        "assign('/gpu:0')",
    ),
    "maker of a lambda": (
        "def assign(d):\n    return lambda op: d\nwith tf.device(assign('')):\n    pass",
        "assign('')",
    ),
    "method that makes one": (
        """
        class Model:
            def assign(self, device):
                def pick(op):
                    return device
                if device:
                    return pick
                return ""
            def build(self):
                with tf.device(self.assign("/gpu:0")):
                    pass
        """,
        "self.assign('/gpu:0')",
    ),
    "setter": (
        "with tf.device(tf.train.replica_device_setter(2)):\n    pass",
        "tf.train.replica_device_setter(2)",
    ),
    "named setter": (
        "setter = tf.train.replica_device_setter(2)\nwith tf.device(setter):\n    pass",
        "setter",
    ),
    "keyword": ("d = tf.device(device_name_or_function=lambda op: '')", "lambda op: ''"),
}
DEVICE_SILENT = {
    "string": "with tf.device('/cpu:0'):\n    pass",
    "percent": "with tf.device('/gpu:%d' % i):\n    pass",
    "format": "with tf.device('/gpu:{}'.format(i)):\n    pass",
    "f-string": "with tf.device(f'/gpu:{i}'):\n    pass",
    "none": "with tf.device(None):\n    pass",
    "attribute": "with tf.device(self.device):\n    pass",
    "attribute of a variable": "with tf.device(v.device):\n    pass",
    "unknown": "def f(device):\n    with tf.device(device):\n        pass",
    "unknown call": "with tf.device(pick(1)):\n    pass",
    "function that returns a string": (
        "def pick(i):\n    return '/gpu:%d' % i\nwith tf.device(pick(0)):\n    pass"
    ),
    "function that uses a function": (
        "def pick(i):\n    def f():\n        return i\n    return '/gpu:%d' % f()\n"
        "with tf.device(pick(0)):\n    pass"
    ),
    "lambda that is called": "pick = lambda i: '/gpu:%d' % i\nwith tf.device(pick(0)):\n    pass",
    "a parameter hides the function": (
        "def pick(op):\n    return ''\ndef f(pick):\n    with tf.device(pick):\n        pass"
    ),
    "bound again": (
        "def pick(op):\n    return ''\npick = pick(None)\nwith tf.device(pick):\n    pass"
    ),
}
SHARDS = {
    "list": ("y = tf.nn.embedding_lookup([t, u], ids)", "[t, u]"),
    "keyword": ("y = tf.nn.embedding_lookup(params=[t, u], ids=ids)", "[t, u]"),
    "comprehension": (
        "y = tf.nn.embedding_lookup([v(i) for i in range(n)], ids)",
        "[v(i) for i in range(n)]",
    ),
    "named": ("shards = [t, u]\ny = tf.nn.embedding_lookup(shards, ids)", "shards"),
    "attribute": (
        """
        class Model:
            def __init__(self):
                self.shards = [t, u]
            def look(self, ids):
                return tf.nn.embedding_lookup(self.shards, ids)
        """,
        "self.shards",
    ),
    "partitioned": (
        "t = tf.get_variable('t', [8, 2], partitioner=p)\ny = tf.nn.embedding_lookup(t, ids)",
        "t",
    ),
    "loss": (
        "y = tf.nn.nce_loss(weights=[t, u], biases=b, labels=l, inputs=x, num_sampled=1,"
        " num_classes=4)",
        "[t, u]",
    ),
}
SHARDS_SILENT = {
    "one table": "t = tf.Variable([[1.0]])\ny = tf.nn.embedding_lookup(t, ids)",
    "one table in a list": "y = tf.nn.embedding_lookup([t], ids)",
    "unknown": "def f(t, ids):\n    return tf.nn.embedding_lookup(t, ids)",
    "no partitioner": (
        "t = tf.get_variable('t', [8, 2], partitioner=None)\ny = tf.nn.embedding_lookup(t, ids)"
    ),
    "ids in a list": "y = tf.nn.embedding_lookup(t, [1, 2])",
    "either": "s = [t, u]\nif one:\n    s = t\ny = tf.nn.embedding_lookup(s, ids)",
    "of another library": "y = tf_like.nn.embedding_lookup([t, u], ids)",
    "starred": "y = tf.nn.embedding_lookup(*given)",
}
EQUALITY = {
    "equal": ("same = a == b", "a == b"),
    "not equal": ("if x != b:\n    pass", "x != b"),
    "chain": ("ok = 1 < 2 == b", "1 < 2 == b"),
    "number": ("even = c % 2 == 0", "c % 2 == 0"),
    "in": ("if b in frozen:\n    pass", "b in frozen"),
    "not in": ("vs = [v for v in [b, c] if v not in frozen]", "v not in frozen"),
    "in a list of tensors": ("if v in [b, c]:\n    pass", "v in [b, c]"),
    "key": ("rates = {b: 0.1, 'x': 2}", "b"),
    "key of a comprehension": ("d = {v: 1 for v in (b, b)}", "{v: 1 for v in (b, b)}"),
    "cases": ("y = tf.case({tf.less(c, 1): f, tf.less(c, 2): g})", "tf.less(c, 1)"),
    "assignment": ("slots[b] = 0", "b"),
    "set display": ("s = {b, c}", "{b, c}"),
    "set of variables": ("s = set(tf.global_variables())", "set(tf.global_variables())"),
    "set of a name": ("vs = tf.trainable_variables()\ns = set(vs)", "set(vs)"),
    "set of a collection": (
        "s = set(tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES))",
        "set(tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES))",
    ),
    "set of a list": ("s = frozenset([b, c])", "frozenset([b, c])"),
    "index": ("i = variables.index(b)", "variables.index(b)"),
    "remove": ("variables.remove(b)", "variables.remove(b)"),
    "either way": (
        "if static:\n    n = tf.size(b)\nelse:\n    n = tf.shape(b)[0]\nok = n == 1",
        "n == 1",
    ),
    "made of itself": ("n = tf.size(b)\nn = n + 1\nn = n * 2\nok = n == 1", "n == 1"),
    "unpacked": ("mean, variance = tf.nn.moments(b, [0])\nok = mean == x", "mean == x"),
    "annotated": ("def f(v: tf.Variable):\n    return v == x", "v == x"),
    "attribute": (
        "class M:\n  def __init__(self):\n    self.w = tf.Variable(1)\n"
        "  def f(self, v):\n    return v == self.w",
        "v == self.w",
    ),
}
EQUALITY_SILENT = {
    "is": "same = a is b",
    "none": "if b == None or None != b:\n    pass",
    "string": "if b == 'relu':\n    pass",
    "less": "y = a < b",
    "tf.equal": "y = tf.equal(a, b)",
    "shapes": "ok = b.shape == c.shape",
    "names": "ok = b.name == c.name",
    "types": "ok = b.dtype == tf.float32",
    "numbers": "ok = x == y",
    "values": "with tf.Session() as sess:\n    ok = sess.run(b) == 1",
    "static value": "ok = tf.get_static_value(b) == 1",
    "type": "d = tf.as_dtype(x)\nok = d in [tf.float32]",
    "feed": "sess.run(c, feed_dict={a: 1, b: 2})",
    "feed by position": "sess.run(c, {b: 2})",
    "feed of eval": "c.eval({b: 2})",
    "named feed": "feed = {b: 2}\nmy_feed_dict = {b: 1}\nself.feeds = {b: 3}",
    "feed with a placeholder": "d = {a: 1, b: 2}\nsess.run(c, d)",
    "feed in a function": "def make_feed(batch):\n    return {b: batch}",
    "feed updated": "feed.update({b: 1})",
    "feed assigned": "feed_dict[b] = 1\nd = {}\nd[a] = 1",
    "feed to a method": "self.fit(feed_dict=dict_of({b: 1}, [f for f in {b: 2}]))",
    "values, not keys": "d = {'b': b}\nd['c'] = c",
    "load": "y = values[b]",
    "reference": "d = {b.ref(): 1}",
    "set of names": "s = set(v.name for v in tf.global_variables())",
    "set of others": "s = set(xs)\nt = set()\nu = set([1, 2])",
    "own set": "def set(x):\n    return x\ns = set(tf.global_variables())",
    "remove that returns": "y = remover.remove(b)",
    "index of a string": "i = names.index('b')",
    "a tensor in one branch": (
        "if static:\n    n = f(b)\nelse:\n    n = tf.shape(b)[0]\nok = n == 1"
    ),
    "a tensor from one return": (
        "def sizes(x):\n    if x.dims is None:\n        return tf.shape(x)\n    return x.dims\n"
        "n = sizes(b)[0]\nok = n == 1"
    ),
    "an attribute that is either": (
        "class M:\n  def __init__(self):\n    self.n = tf.size(b)\n"
        "  def g(self):\n    self.n = 3\n  def f(self):\n    return self.n == 1"
    ),
    "perhaps": "n = tf.size(b) if dynamic else 3\nok = n == 1",
    "loop over names": "for name in tf.contrib.framework.list_variables(d):\n    v[name] = 1",
}
SHAPES = {
    "equal": ("ok = a.shape[0] == 3", "a.shape[0] == 3"),
    "get_shape": ("assert c.get_shape()[-1] != n", "c.get_shape()[-1] != n"),
    "less": ("if a.shape[0] < 3:\n    pass", "a.shape[0] < 3"),
    "named": ("n = a.shape[0]\nif n == 3:\n    pass", "n == 3"),
    "is none": ("if a.shape[0] is None:\n    pass", "a.shape[0] is None"),
    "test": ("if a.shape[0]:\n    pass", "a.shape[0]"),
    "while": ("while a.shape[0]:\n    pass", "a.shape[0]"),
    "not": ("y = not a.shape[0]", "a.shape[0]"),
    "or": ("n = a.shape[0] or 3", "a.shape[0]"),
    "either": ("n = 1 if a.shape[0] else 2", "a.shape[0]"),
    "assert": ("assert a.shape[1]", "a.shape[1]"),
    "loop": ("ds = [d for d in a.shape if d == 3]", "d == 3"),
    "unpacked": ("n, m = a.shape\nok = n == m", "n == m"),
}
SHAPES_SILENT = {
    "value": "if a.shape[0].value == 3:\n    pass",
    "value in a test": "n = a.shape[0].value or 3",
    "int": "ok = int(a.shape[0]) == 3",
    "as_list": "ok = a.shape.as_list()[0] == 3",
    "dynamic": "ok = tf.less(tf.shape(a)[0], 3)",
    "shapes": "ok = a.shape == c.shape\npart = a.shape[1:] == c.shape[1:]",
    "rank": "ok = a.shape.ndims == 2",
    "array": "x = np.zeros((2, 3))\nok = x.shape[0] == 2",
    "parameter": "def f(x):\n    return x.shape[0] == 2",
    "no test": "n = a.shape[0]\nf(a.shape[1])",
    "dimension_value": "ok = tf.compat.dimension_value(a.shape[0]) == 3",
    "static tuple": "def f(shape):\n    return shape[0] == 1 and not shape[1]",
    "string": "if a.name == 'a' and not a.name:\n    pass",
}
NUMPY = {
    "astype": ("y = x.astype(np.float32) / np.sqrt(2.0)", None),
    "scalar first": ("y = np.sqrt(2.0) * x.astype('float32')", None),
    "zeros": ("w = np.zeros([2, 3], dtype=np.float32)\ny = w * np.log(2)", "w * np.log(2)"),
    "ones by position": ("y = np.ones(3, np.float16) - np.float64(2)", None),
    "random": ("y = (rng.rand(4, 3) - 0.5).astype(np.float32) / np.sqrt(4.0)", None),
    "array of a list": ("y = np.array([1.0, 2.0], np.float32) * np.exp(1.0)", None),
    "named scalar": (
        "def f():\n    s = np.sqrt(2.0)\n    w = np.ones(3, np.float32)\n    return w / s",
        "w / s",
    ),
    "after arithmetic": ("y = x.astype(np.float32) * 2.0 / np.sqrt(2.0)", None),
    "inside a sum": (
        "y = x.astype(np.float32) / np.sqrt(2.0) + 1 - z",
        "x.astype(np.float32) / np.sqrt(2.0)",
    ),
    "attribute": (
        "class M:\n  def __init__(self):\n    self.w = np.zeros(3, np.float32)\n"
        "  def f(self):\n    return self.w / np.sqrt(3.0)",
        "self.w / np.sqrt(3.0)",
    ),
    "whole number too large": ("y = np.zeros(3, np.uint8) + 300", None),
    "negative for unsigned": ("y = image.astype(np.uint8) * -1", None),
    "sum too large": ("y = np.uint8(200) + 100", None),
    "folded": ("y = np.zeros(3, np.int8) - (100 + 100)", None),
    "floor": ("y = np.ones(3, np.uint8) // 300", None),
    "float scalar": ("y = np.float32(0.1) * 3.0", None),
    "half": ("y = 1.0 - np.float16(3)", None),
}
NUMPY_SILENT = {
    "Python float": "y = x.astype(np.float32) / 2.0",
    "pi": "y = x.astype(np.float32) * np.pi",
    "math": "import math\ny = x.astype(np.float32) / math.sqrt(2.0)",
    "float()": "y = x.astype(np.float32) / float(np.sqrt(2.0))",
    "cast scalar": "y = x.astype(np.float32) / np.float32(np.sqrt(2.0))",
    "two arrays": "y = np.ones(3, np.float32) * np.sqrt(np.ones(3, np.float32))",
    "unknown scalar": "def f(n):\n    return np.zeros(3, np.float32) / np.sqrt(n)",
    "float64 array": "y = np.zeros(3) / np.sqrt(2.0)\nz = np.ones(3, np.float64) * np.log(2)",
    "two scalars": "y = np.float32(3) * np.sqrt(2.0)",
    "random number": "y = np.zeros(3, np.float32) * np.random.rand()",
    "array without dimension": "y = np.zeros((), np.float32) * np.sqrt(2.0)",
    "perhaps a number": "def f(r):\n    return np.array(r, np.float32) * np.sqrt(2.0)",
    "mean": "y = np.mean(x).astype(np.float32) * np.sqrt(2.0)",
    "item": "y = x[0].astype(np.float32) * np.sqrt(2.0)",
    "unknown name": "y = x / np.sqrt(2.0)",
    "in place": "w = np.zeros(3, np.float32)\nw /= np.sqrt(2.0)",
    "bound in a branch": (
        "w = np.zeros(3, np.float32)\nif double:\n    w = np.zeros(3)\ny = w / np.sqrt(2.0)"
    ),
    "bound later in the loop": (
        "w = np.zeros(3, np.float32)\nfor i in r:\n    y = w / np.sqrt(2.0)\n    w = np.zeros(3)"
    ),
    "bound by a comprehension": (
        "w = np.zeros(3, np.float32)\nys = [w / np.sqrt(2.0) for w in others]"
    ),
    "bound by a lambda": "w = np.zeros(3, np.float32)\nf = lambda w: w / np.sqrt(2.0)",
    "global": (
        "w = np.zeros(3, np.float32)\ndef f():\n    global w\n    w = 1.0\n"
        "def g():\n    return w / np.sqrt(2.0)"
    ),
    "fits": "y = np.zeros(3, np.uint8) + 255\nz = np.uint8(100) + 100",
    "unknown value": "def f(n):\n    return np.uint8(n) + 100",
    "true division": "y = np.ones(3, np.uint8) / 300",
    "float with whole numbers": "y = np.ones(3, np.uint8) * 300.0",
    "float32 and a whole array": "y = np.ones(3, np.float32) + 300",
    "maybe an array": "def f(x):\n    return np.float32(x) * 3.0",
    "array called": "y = np.float32([1.0, 2.0]) * 3.0",
    "not numpy": "import jax.numpy as jnp\ny = jnp.zeros(3, jnp.float32) / jnp.sqrt(2.0)",
    "shift": "y = np.ones(3, np.uint8) << 9",
}
SINGLE = {
    "loop": ("i = tf.while_loop(c, b, [tf.constant(0)])", "tf.while_loop"),
    "loop, tuple": ("i = tf.constant(0)\ni = tf.while_loop(c, b, (i,))", "tf.while_loop"),
    "loop, keyword": ("i = tf.while_loop(c, b, loop_vars=[tf.zeros([2])])", "tf.while_loop"),
    "loop, named": ("vs = [tf.zeros([2])]\nr = tf.while_loop(c, b, vs)", "tf.while_loop"),
    "cond": ("y = tf.cond(p, lambda: [x], lambda: [z])", "tf.cond"),
    "cond, keywords": ("y = tf.cond(p, true_fn=lambda: (x,), false_fn=f)", "tf.cond"),
    "cond, old keywords": ("y = tf.cond(p, fn1=lambda: [x], fn2=f)", "tf.cond"),
    "cond, function": (
        "def f():\n    if q:\n        return [x]\n    return [y]\nr = tf.cond(p, f, g)",
        "tf.cond",
    ),
}
SINGLE_SILENT = {
    "loop of two": "i = tf.while_loop(c, b, [tf.constant(0), x])",
    "loop of a tensor": "i = tf.while_loop(c, b, tf.constant(0))",
    "loop of unknown": "def f(state):\n    return tf.while_loop(c, b, [state])",
    "loop of a structure": "i = tf.while_loop(c, b, [(tf.constant(0), tf.constant(1))])",
    "loop of many": "i = tf.while_loop(c, b, [*xs])",
    "same structure": ("i = tf.while_loop(c, b, [tf.constant(0)], return_same_structure=True)"),
    "strict": "y = tf.cond(p, lambda: [x], lambda: [z], strict=True)",
    "cond of tensors": "y = tf.cond(p, lambda: x, lambda: z)",
    "cond of two": "y = tf.cond(p, lambda: [x, z], lambda: [z, x])",
    "cond of unknown": "y = tf.cond(p, f, g)",
    "subscript": "y = tf.cond(p, lambda: x[0], lambda: [z][0])",
    "function of either": (
        "def f():\n    if q:\n        return x\n    return [y]\nr = tf.cond(p, f, g)"
    ),
    "inner function": (
        "def f():\n    def h():\n        return [x]\n    return h()[0]\nr = tf.cond(p, f, g)"
    ),
    "no return": "def f():\n    print([x])\nr = tf.cond(p, f, g)",
    "spread": "y = tf.while_loop(c, b, [tf.constant(0)], **options)",
    "case": "y = tf.case([(p, lambda: [x])], default=lambda: [z])",
}
RUN = "with tf.Session() as s:\n    s.run(x)\n"
BATCH_NORMALIZATION = "tf.keras.layers.BatchNormalization"
KERAS = {
    "layer": (RUN + "y = tf.keras.layers.BatchNormalization()(x)", BATCH_NORMALIZATION),
    "imported": (
        RUN + "from tensorflow.keras.layers import BatchNormalization as BN\ny = BN()",
        "BN",
    ),
    "guessed session": (
        "def f(sess):\n    sess.run(x)\nn = tf.keras.layers.BatchNormalization(axis=1)",
        BATCH_NORMALIZATION,
    ),
    "eval": (
        "n = tf.keras.layers.BatchNormalization()\nv = tf.constant(1)\nv.eval()",
        BATCH_NORMALIZATION,
    ),
}
KERAS_SILENT = {
    "no session": "y = tf.keras.layers.BatchNormalization()(x)",
    "fit": "m = tf.keras.Sequential([tf.keras.layers.BatchNormalization()])\nm.fit(x, y)",
    "other layer": RUN + "y = tf.keras.layers.Dense(3)(x)",
    "functional layer": RUN + "y = tf.layers.batch_normalization(x)",
    "not called": RUN + "cls = tf.keras.layers.BatchNormalization",
}
REGULARIZERS = {
    "kernel": (RUN + "y = tf.keras.layers.Dense(3, kernel_regularizer=r)", "kernel_regularizer=r"),
    "bias": (
        RUN + "y = tf.keras.layers.Conv2D(3, 3, bias_regularizer='l2')",
        "bias_regularizer='l2'",
    ),
    "activity": (
        RUN + "y = tf.keras.layers.Dense(3, activity_regularizer=f(1))",
        "activity_regularizer=f(1)",
    ),
}
REGULARIZERS_SILENT = {
    "none": RUN + "y = tf.keras.layers.Dense(3, kernel_regularizer=None)",
    "no regularizer": RUN + "y = tf.keras.layers.Dense(3, kernel_initializer=r)",
    "no session": "y = tf.keras.layers.Dense(3, kernel_regularizer=r)",
    "graph layer": RUN + "y = tf.layers.dense(x, 3, kernel_regularizer=r)",
}

REPORTED: dict[str, Mapping[str, tuple[str, str | None]]] = {
    "concat-dim-first": CONCAT,
    "split-dim-first": SPLIT,
    "reverse-with-booleans": REVERSE,
    "device-function": DEVICE,
    "sharded-params": SHARDS,
    "tensor-equality": {name: (TENSORS + dedent(s), node) for name, (s, node) in EQUALITY.items()},
    "shape-item": {name: (TENSORS + s, node) for name, (s, node) in SHAPES.items()},
    "numpy-promotion": NUMPY,
    "single-structure": SINGLE,
    "keras-in-graph": KERAS,
    "keras-regularizer-in-graph": REGULARIZERS,
}
SILENT: dict[str, dict[str, str]] = {
    "concat-dim-first": CONCAT_SILENT,
    "split-dim-first": SPLIT_SILENT,
    "reverse-with-booleans": REVERSE_SILENT,
    "device-function": DEVICE_SILENT,
    "sharded-params": SHARDS_SILENT,
    "tensor-equality": {name: TENSORS + source for name, source in EQUALITY_SILENT.items()},
    "shape-item": {name: TENSORS + source for name, source in SHAPES_SILENT.items()},
    "numpy-promotion": NUMPY_SILENT,
    "single-structure": SINGLE_SILENT,
    "keras-in-graph": KERAS_SILENT,
    "keras-regularizer-in-graph": REGULARIZERS_SILENT,
}


@pytest.mark.parametrize(
    ("detector", "source", "node"),
    [
        pytest.param(detector, source, node, id=f"{detector}: {name}")
        for detector, cases in REPORTED.items()
        for name, (source, node) in cases.items()
    ],
)
def test_reported(detector: str, source: str, node: str | None) -> None:
    if node is None:
        last = ast.parse(dedent(source)).body[-1]
        assert isinstance(last, ast.Assign)
        node = ast.unparse(last.value)
    assert found(detector, source)[:1] == [node]


@pytest.mark.parametrize(
    ("detector", "source"),
    [
        pytest.param(detector, source, id=f"{detector}: {name}")
        for detector, cases in SILENT.items()
        for name, source in cases.items()
    ],
)
def test_silent(detector: str, source: str) -> None:
    assert found(detector, source) == []


def test_there_are_as_many_silent_cases() -> None:
    for detector, cases in REPORTED.items():
        assert len(SILENT[detector]) >= len(cases), detector


def test_a_finding_names_its_symbol() -> None:
    checked = program.check(START + "y = tf.concat(1, [a, b])\n", CONTEXT, Selection())
    (finding,) = [each for each in checked.findings if each.code == "TFM425"]
    assert finding.symbol == "tf.concat"


DIMENSIONS = {
    "loop": ("for d in a.shape:\n    f(d.value)", 1),
    "comprehension": ("sizes = [d.value for d in a.get_shape()]", 1),
    "item": ("n = a.shape[0].value", 1),
    "comparison": ("ok = a.shape[0].value == 3", 1),
    "items of a list": ("sizes = [d.value for d in a.shape.as_list()]", 0),
    "items of another loop": ("for d in shapes:\n    f(d.value)", 0),
}


@pytest.mark.parametrize(("source", "count"), DIMENSIONS.values(), ids=DIMENSIONS)
def test_the_value_of_a_dimension_is_reported_once(source: str, count: int) -> None:
    checked = program.check(START + TENSORS + source + "\n", CONTEXT, Selection())
    assert len([each for each in checked.findings if each.code == "TFM506"]) == count


def test_native_code_is_not_judged() -> None:
    source = START + "@tf.function\ndef f(x):\n    y = tf.abs(x)\n    return y == tf.constant(1)\n"
    checked = program.check(source, CONTEXT, Selection())
    assert checked.dialect is Dialect.TF2
    assert checked.findings == ()
