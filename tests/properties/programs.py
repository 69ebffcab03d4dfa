"""Strategies: programs that call TensorFlow 1 in every way, between lines that anybody could write.

What is called, and with which arguments, comes from the atlas and the catalogue: a new row is tried
without a word here.
"""

from __future__ import annotations

import warnings
from functools import lru_cache

import hypothesmith
from hypothesis import strategies as st

from tfmigrate.atlas import Kind, Signature
from tfmigrate.engine import context

CONTEXT = context.load("2.21")
ROOTS = (
    ("import tensorflow as tf", "tf."),
    ("import tensorflow", "tensorflow."),
    ("import tensorflow as T", "T."),
    ("import tensorflow.compat.v1 as tf", "tf."),
    ("import tensorflow.compat.v1 as tf\ntf.disable_v2_behavior()", "tf."),
    ("from tensorflow.compat import v1 as tf1", "tf1."),
    ("import tensorflow.contrib as tfc\nimport tensorflow as tf", "tf."),
    ("try:\n    import tensorflow as tf\nexcept ImportError:\n    tf = None", "tf."),
    ("import numpy as np, tensorflow as tf, os", "tf."),
    ("from __future__ import print_function\nimport tensorflow as tf", "tf."),
)
_VALUES: tuple[str, ...] = (
    "x",
    "1",
    "0.5",
    "None",
    "True",
    "'é'",
    "[1, 2]",
    "x.shape",
    "-1",
    "a + b",
    "not a",
)
_VALUES += ("lambda v: v", "(yield)", "x if a else b", "*args", "{**kwargs}", "f'{x!r}'", "x[0]")
_BARE = st.sampled_from([each for each in _VALUES if not each.startswith("*")])


@lru_cache
def symbols() -> tuple[str, ...]:
    """What the catalogue has a row for or TensorFlow still has, contrib and all."""
    entries = map(CONTEXT.atlas.entry, CONTEXT.catalogue.symbols)
    called = (each for each in entries if each and each.kind in (Kind.FUNCTION, Kind.CLASS))
    return tuple(sorted(each.symbol for each in called if each.symbol.startswith("tf.")))


def frequent() -> st.SearchStrategy[str]:
    """Symbols; those at the top, which programs use most, as often as all the others."""
    top = [each for each in symbols() if each.count(".") == 1 or each.startswith("tf.nn.")]
    return st.sampled_from(top) | st.sampled_from(symbols())


@st.composite
def arguments(draw: st.DrawFn, signature: Signature | None, depth: int) -> list[str]:
    """Arguments by position and by name, some that there are and some that there are not."""
    names = signature.names if signature else ("x", "name")
    value = _BARE if depth == 0 else _BARE | calls(depth - 1)
    given = [draw(value) for _ in range(draw(st.integers(0, min(len(names), 4))))]
    later = names[len(given) :]
    chosen = draw(st.lists(st.sampled_from(later), max_size=3, unique=True)) if later else []
    given += [f"{name}={draw(value)}" for name in chosen]
    star = draw(st.sampled_from(["", "", "", "", "", "*args", "**kwargs"]))
    return [*given, star] if star else given


@st.composite
def calls(draw: st.DrawFn, depth: int = 1) -> str:
    """A call, with ``$`` for the name of the module, laid out in one way or another."""
    symbol = draw(frequent())
    given = draw(arguments(CONTEXT.atlas.signature(symbol, "1.15"), depth))
    name = f"${symbol[3:]}"
    layout = draw(st.sampled_from(["{}", "{}", "{},", "\n    {}\n", "{},  # why\n", "\n{},\n\n"]))
    comma = draw(st.sampled_from([", ", ", ", ",", ",\n        ", ",  # a comment\n    "]))
    return f"{name}({layout.format(comma.join(given)) if given else ''})"


@st.composite
def statements(draw: st.DrawFn) -> str:
    """A statement or two that use TensorFlow, or have nothing to do with it."""
    call = calls()
    form = draw(
        st.sampled_from(
            [
                "x = {}",
                "x = ({})",
                "x = {}; y = {}",
                "def f(x, keep={}):\n    # inside\n    return {}",
                "with {} as g: pass",
                "print({} , {})  # at the end",
                "@{}\ndef g(): pass",
                "class C(object):\n\tdef run(self):\n\t\tself.x = {}\n\t\treturn self.x",
                "for x in [{}]: x.eval({})",
                "assert {}, 'tf.log'",
                "del x; x = yield_ = {}",
                "act = ${name}",
                "tf_log = functools.partial(${name}, x)",
                "'''tf.log(1)'''",
                "if a:\n    x = {}\nelse:\n    x = ${name}",
                "x = f'{{ ${name} }}' 'b'",
            ]
        )
    )
    form = form.replace("{name}", draw(frequent())[3:])
    parts = form.replace("{{", "\0").replace("}}", "\1").split("{}")
    text = parts[0] + "".join(draw(call) + part for part in parts[1:])
    return text.replace("\0", "{").replace("\1", "}")


def is_program(text: str) -> bool:
    """Whether Python takes it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<text>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


@st.composite
def tensorflow_programs(draw: st.DrawFn) -> str:
    """A program that imports TensorFlow in one of many ways and uses it."""
    imports, root = draw(st.sampled_from(ROOTS))
    body = draw(st.lists(statements(), min_size=1, max_size=5))
    usable = [each for each in body if is_program(each.replace("$", "tf."))]
    lines = [imports, *(each.replace("$", root) for each in usable)]
    return "\n".join(lines) + draw(st.sampled_from(["\n", "", "\n\n"]))


def any_program() -> st.SearchStrategy[str]:
    """Whatever the grammar of Python allows."""
    return hypothesmith.from_grammar().filter(is_program)


_TENSORS = (
    "{new} = tf.placeholder(tf.float32, [None, 3])",
    "{new} = tf.Variable(tf.zeros([3, 3]))",
    '{new} = tf.get_variable("{new}", [3, 3])',
    "{new} = tf.matmul({old}, {old})",
    "{new} = {old} * 2 + 1  # a comment",
    "{new} = tf.layers.dense({old}, 3)",
    "{new} = helper({old})",
    "{new} = other.tensor_{number}({old})",
    "{new} = tf.reduce_mean({old})",
    "{new} = tf.train.AdamOptimizer(0.1).minimize({old})",
    "tf.summary.scalar('{new}', {old})",
    "other.look_{number}({old})",
    "other.rate_{number} = {number}",
)
_RUNS = (
    "sess.run(tf.global_variables_initializer())",
    "print(sess.run({old}))",
    "print(sess.run({old}, feed_dict={{x: other.batch_{number}()}}))",
    "value = sess.run([{old}, x], {{x: other.batch_{number}()}})",
    "other.run_{number}(sess, {old})",
    "value = {old}.eval()",
    "for step in range(3):\n    sess.run({old})\n    other.step_{number}(step)",
    "if other.ready_{number}():\n    sess.run({old}, feed_dict={{x: [1]}})",
    "tf.train.Saver().save(sess, other.path_{number})",
    "tf.train.Saver().restore(sess, 'a')",
)
_HELPER = "def helper(x):\n    other.seen(x)\n    return tf.log(x)"


def indented(text: str) -> str:
    """The lines of a text, further to the right."""
    return "".join(f"    {line}\n" for line in text.splitlines())


@st.composite
def graph_programs(draw: st.DrawFn) -> str:
    """A program that builds a graph and runs it, and in between works with a module of its own.

    What that is called by begins with ``other.``: it may have any effect, so it has to stay.
    """
    tensors = ["x"]
    build = ["x = tf.placeholder(tf.float32, [None, 3])"]
    for number, line in enumerate(draw(st.lists(st.sampled_from(_TENSORS), max_size=6))):
        new, old = f"t{number}", draw(st.sampled_from(tensors))
        build.append(line.format(new=new, old=old, number=number))
        if line.startswith("{new} ="):
            tensors.append(new)
    runs = [
        line.format(old=draw(st.sampled_from(tensors)), number=100 + number)
        for number, line in enumerate(draw(st.lists(st.sampled_from(_RUNS), max_size=5)))
    ]
    session = f"with tf.Session() as sess:\n{indented(chr(10).join(runs) or 'pass')}"
    start = "import tensorflow as tf\nimport other\n"
    shape = draw(st.sampled_from(["module", "function", "two functions", "class", "no session"]))
    text = "\n".join(build)
    if shape == "no session":
        return f"{start}{_HELPER}\n{text}\n"
    if shape == "function":
        return f"{start}{_HELPER}\ndef main():\n{indented(text)}{indented(session)}main()\n"
    if shape == "two functions":
        found = f"def build():\n{indented(text)}    return {', '.join(tensors)},\n"
        taken = f"def main():\n    {', '.join(tensors)}, = build()\n{indented(session)}"
        return f"{start}{_HELPER}\n{found}{taken}main()\n"
    if shape == "class":
        kept = "".join(f"    self.{each} = {each}\n" for each in tensors)
        made = f"def __init__(self):\n{indented(text)}{kept}"
        taken = "".join(f"    {each} = self.{each}\n" for each in tensors)
        ran = f"def run(self):\n{taken}{indented(session)}"
        return f"{start}{_HELPER}\nclass Model:\n{indented(made)}{indented(ran)}Model().run()\n"
    return f"{start}{_HELPER}\n{text}\n{session}"
