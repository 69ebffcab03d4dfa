"""How new names are written: roots, imports, names for modules, and what is in the way."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from tests.transforms.conftest import Find, FixAll
from tfmigrate.engine import context
from tfmigrate.engine.spans import Lines
from tfmigrate.model import Dialect
from tfmigrate.transforms.bindings import collect
from tfmigrate.transforms.source import Source
from tfmigrate.transforms.spelling import Spelling, Unspellable

TF = "import tensorflow as tf\n"

CHANGED = {
    "other name": ("import tensorflow as T\nT.log(x)\n", "import tensorflow as T\nT.math.log(x)\n"),
    "no name": (
        "import tensorflow\ntensorflow.log(x)\n",
        "import tensorflow\ntensorflow.math.log(x)\n",
    ),
    "compat by hand": (
        f"{TF}tf.compat.v1.log(x)\n",
        f"{TF}tf.math.log(x)\n",
    ),
    "compat that is alive": (f"{TF}tf.compat.v1.abs(x)\n", f"{TF}tf.abs(x)\n"),
    "compat with other arguments": (
        f"{TF}tf.compat.v1.nn.dropout(x, 0.9)\n",
        f"{TF}tf.nn.dropout(x, rate=0.1)\n",
    ),
    "compat as root": (
        "import tensorflow.compat.v1 as tf\ntf.log(x)\n",
        "import tensorflow.compat.v1 as tf\ntf.math.log(x)\n",
    ),
    "arguments with compat as root": (
        "import tensorflow.compat.v1 as tf\ntf.nn.dropout(x, 0.9)\n",
        "import tensorflow.compat.v1 as tf\ntf.nn.dropout(x, rate=0.1)\n",
    ),
    "only native, with compat as root": (
        "import tensorflow.compat.v1 as tf\ntf.set_random_seed(1)\n",
        "import tensorflow\nimport tensorflow.compat.v1 as tf\ntensorflow.random.set_seed(1)\n",
    ),
    "from import": (
        "from tensorflow import log\nlog(x)\n",
        f"{TF}from tensorflow import log\ntf.math.log(x)\n",
    ),
    "from import, TensorFlow is known": (
        "import tensorflow as T\nfrom tensorflow import log as l\nl(x)\n",
        "import tensorflow as T\nfrom tensorflow import log as l\nT.math.log(x)\n",
    ),
    "from import, the name is taken": (
        "from tensorflow import log\ntf = 3\nlog(x)\n",
        "import tensorflow\nfrom tensorflow import log\ntf = 3\ntensorflow.math.log(x)\n",
    ),
    "alias of a contrib module": (
        "import tensorflow.contrib.layers as tcl\ntcl.l2_regularizer(w)\n",
        f"{TF}import tensorflow.contrib.layers as tcl\ntf.keras.regularizers.L2(l2=w / 2)\n",
    ),
    "private with a public twin": (
        "from tensorflow.python.ops import array_ops\narray_ops.concat([a, b], 1)\n",
        f"{TF}from tensorflow.python.ops import array_ops\ntf.concat([a, b], 1)\n",
    ),
    "private with a renamed twin": (
        "from tensorflow.python.ops import math_ops\nmath_ops.log(x)\n",
        f"{TF}from tensorflow.python.ops import math_ops\ntf.math.log(x)\n",
    ),
    "name of a function": (f"{TF}log = tf.log\nlog(x)\n", f"{TF}log = tf.math.log\nlog(x)\n"),
    "getattr": (f"{TF}getattr(tf, 'log')(x)\n", f"{TF}tf.math.log(x)\n"),
    "default argument": (f"{TF}def f(g=tf.log): pass\n", f"{TF}def f(g=tf.math.log): pass\n"),
    "argument": (f"{TF}f(activation_fn=tf.log)\n", f"{TF}f(activation_fn=tf.math.log)\n"),
    "in parentheses": (f"{TF}(tf.log)(x)\n", f"{TF}(tf.math.log)(x)\n"),
    "logging": (
        f"{TF}tf.logging.info('a %s', x)\n",
        f"from absl import logging\n{TF}logging.info('a %s', x)\n",
    ),
    "logging is taken": (
        f"import logging\n{TF}tf.logging.info('a')\n",
        f"from absl import logging as absl_logging\nimport logging\n{TF}absl_logging.info('a')\n",
    ),
    "logging is taken by a parameter": (
        f"{TF}def f(logging):\n    tf.logging.info('a')\n",
        "from absl import logging as absl_logging\n"
        f"{TF}def f(logging):\n    absl_logging.info('a')\n",
    ),
    "logging is taken elsewhere": (
        f"{TF}def f(logging): pass\ntf.logging.info('a')\n",
        f"from absl import logging\n{TF}def f(logging): pass\nlogging.info('a')\n",
    ),
    "a member of flags": (
        f"{TF}print(tf.app.flags.FLAGS.rate)\n",
        f"from absl import flags\n{TF}print(flags.FLAGS.rate)\n",
    ),
    "run": (
        f"{TF}def main(_): pass\nif c:\n    tf.app.run()\n",
        f"from absl import app\n{TF}def main(_): pass\nif c:\n    app.run(main)\n",
    ),
    "run with main": (
        f"{TF}tf.app.run(main=go)\n",
        f"from absl import app\n{TF}app.run(main=go)\n",
    ),
    "run with arguments": (
        f"{TF}def main(_): pass\ntf.app.run(argv=a)\n",
        f"from absl import app\n{TF}def main(_): pass\napp.run(argv=a, main=main)\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), CHANGED.values(), ids=CHANGED)
def test_changed(before: str, after: str, fix_all: FixAll) -> None:
    assert fix_all(before) == after


REBOUND = {
    "import of a module": (
        """
        from tensorflow.python.platform import tf_logging as logging
        logging.info("a")
        """,
        """
        from absl import logging

        logging.info("a")
        """,
    ),
    "one of several names": (
        """
        from tensorflow.python.platform import gfile, tf_logging as logging
        logging.info("a")
        gfile.Exists("x")
        """,
        """
        from absl import logging
        from tensorflow.io import gfile

        logging.info("a")
        gfile.exists("x")
        """,
    ),
    "assigned": (
        """
        import tensorflow as tf
        flags = tf.app.flags
        FLAGS = flags.FLAGS
        flags.DEFINE_string("a", default_value="b", docstring="c")
        """,
        """
        from absl import flags
        import tensorflow as tf
        FLAGS = flags.FLAGS
        flags.DEFINE_string("a", default="b", help="c")
        """,
    ),
    "assigned and a parameter elsewhere": (
        """
        import tensorflow as tf
        flags = tf.app.flags
        flags.DEFINE_string("a", "b", "c")
        def f(flags): pass
        """,
        """
        from absl import flags
        import tensorflow as tf
        flags.DEFINE_string("a", "b", "c")
        def f(flags): pass
        """,
    ),
    "assigned module of TensorFlow": (
        """
        import tensorflow as tf
        gfile = tf.gfile
        gfile.Exists("x")
        """,
        """
        import tensorflow as tf
        gfile = tf.io.gfile
        gfile.exists("x")
        """,
    ),
    "in a function": (
        """
        def f():
            from tensorflow import logging
            logging.info("a")
        """,
        """
        def f():
            from absl import logging
            logging.info("a")
        """,
    ),
    "assigned and never used": (
        """
        import tensorflow as tf
        layers = tf.layers
        x = 1
        """,
        """
        import tensorflow as tf
        x = 1
        """,
    ),
}


@pytest.mark.parametrize(("before", "after"), REBOUND.values(), ids=REBOUND)
def test_a_name_for_a_module(before: str, after: str, fix_all: FixAll) -> None:
    fixed = fix_all(dedent(before).lstrip())
    assert sorted(filter(None, fixed.split("\n"))) == sorted(
        filter(None, dedent(after).lstrip().split("\n"))
    )


def test_the_statement_and_the_uses_share_one_fix(find: Find) -> None:
    source = "from tensorflow import logging\nlogging.info('a')\nlogging.info('b')\n"
    fixes = {each.fix for each in find(source)}
    assert len(fixes) == 1
    assert None not in fixes


UNCHANGED = {
    "parameter": f"{TF}def f(tf):\n    return tf.log(x)\n",
    "local": f"{TF}def f():\n    tf = g()\n    return tf.log(x)\n",
    "comprehension": f"{TF}[tf.log for tf in z]\n",
    "not TensorFlow": "import numpy as tf\ntf.log(x)\n",
    "native": f"{TF}tf.math.log(x)\n",
    "run without main": f"{TF}tf.app.run()\n",
    "getattr with a default": f"{TF}getattr(tf, 'log', None)\n",
    "every name is taken": "from tensorflow import log\ntf = tensorflow = 3\nlog(x)\n",
    "import alone": "import tensorflow.contrib.layers as layers\n",
    "exported": f"{TF}__all__ = ['layers']\nlayers = tf.layers\n",
    "fallback": (
        "try:\n    import tensorflow.compat.v1 as tf\nexcept ImportError:\n"
        "    import other as tf\ntf.nothing_like(x)\n"
    ),
    "string": f"{TF}x = 'tf.log(x)'\n",
}


@pytest.mark.parametrize("source", UNCHANGED.values(), ids=UNCHANGED)
def test_unchanged(source: str, fix_all: FixAll) -> None:
    assert fix_all(source) == source


def test_silent_changes_make_an_alias_unsafe(find: Find) -> None:
    from tfmigrate.model import Applicability

    (finding,) = find(f"{TF}tf.compat.v1.where(c, x=a, y=b)\n", Dialect.TF2)
    assert finding.fix is None or finding.fix.applicability is Applicability.UNSAFE


SPELLED = {
    "known": ("import tensorflow as T\n", "tf.math.log", "T.math.log", ()),
    "none": ("", "tf.math.log", "tf.math.log", ("import tensorflow as tf",)),
    "compat.v2": ("import tensorflow.compat.v2 as tf\n", "tf.io.gfile", "tf.io.gfile", ()),
    "function's own": (
        "def f():\n    import tensorflow as g\n    pass\n",
        "tf.abs",
        "tf.abs",
        ("import tensorflow as tf",),
    ),
    "other package": ("", "absl.flags.FLAGS", "flags.FLAGS", ("from absl import flags",)),
    "its module": ("", "absl.flags", "flags", ("from absl import flags",)),
    "it is there": ("from absl import flags as f\n", "absl.flags.FLAGS", "f.FLAGS", ()),
    "it is taken": (
        "flags = 3\n",
        "absl.flags.FLAGS",
        "absl_flags.FLAGS",
        ("from absl import flags as absl_flags",),
    ),
    "customary": ("", "numpy.eye", "np.eye", ("import numpy as np",)),
    "standard library": ("", "math.exp", "math.exp", ("import math",)),
    "class": (
        "",
        "tensorboard.plugins.projector.ProjectorConfig",
        "projector.ProjectorConfig",
        ("from tensorboard.plugins import projector",),
    ),
    "whole package": ("", "ydf.RandomForestLearner", "ydf.RandomForestLearner", ("import ydf",)),
}


@pytest.mark.parametrize(("source", "name", "text", "imports"), SPELLED.values(), ids=SPELLED)
def test_spelled(source: str, name: str, text: str, imports: tuple[str, ...]) -> None:
    spelling = Spelling(Source(Lines(source)), context.load("2.21"))
    spelled = spelling.spell(name, source.count("\n") + 1)
    assert (spelled.text, spelled.imports) == (text, imports)


def test_unspellable() -> None:
    spelling = Spelling(Source(Lines("np = 1\n")), context.load("2.21"))
    with pytest.raises(Unspellable, match="`numpy` is something else here"):
        spelling.spell("numpy.eye", 1)


BOUND = {
    "assignment": ("x = 1\n", 1, False),
    "import": ("import x\n", 1, False),
    "for": ("for x in y:\n    pass\n", 1, False),
    "with": ("with y as x:\n    pass\n", 1, False),
    "except": ("try:\n    pass\nexcept E as x:\n    pass\n", 1, False),
    "function": ("def x():\n    pass\n", 2, False),
    "class": ("class x:\n    pass\n", 2, False),
    "global": ("def f():\n    global x\n    x = 1\n", 1, False),
    "walrus": ("(x := 1)\n", 1, False),
    "case": ("match y:\n    case [x]:\n        pass\n", 1, False),
    "parameter inside": ("def f(x):\n    pass\n", 2, False),
    "local inside": ("def f():\n    x = 1\n", 2, False),
    "parameter outside": ("def f(x):\n    pass\n\n", 3, True),
    "local outside": ("def f():\n    x = 1\n\n", 3, True),
    "comprehension outside": ("[x for x in y]\n\n", 2, True),
    "attribute": ("y.x = 1\n", 1, True),
    "keyword": ("f(x=1)\n", 1, True),
    "read": ("print(x)\n", 1, True),
    "other import": ("import y.x\n", 1, True),
}


@pytest.mark.parametrize(("source", "row", "free"), BOUND.values(), ids=BOUND)
def test_whether_a_name_is_free(source: str, row: int, free: bool) -> None:
    bindings = collect(ast.parse(source), source.count("\n") + 1)
    assert bindings.is_free("x", row) is free
