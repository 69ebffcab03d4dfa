"""The static reader, on small packages laid out like TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tfmigrate.atlas.build import bury
from tfmigrate.atlas.reader.imports import importable_modules, read_imports
from tfmigrate.atlas.reader.privates import read_privates
from tfmigrate.atlas.reader.tree import Tree
from tfmigrate.atlas.reader.walk import Walk
from tfmigrate.atlas.writing import ReleaseFacts, SymbolRow

Read = Callable[..., Walk]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write modules (by dotted name), read them, and list what is under ``tf``."""

    def reading(python: tuple[int, int] = (3, 11), **modules: str) -> Walk:
        sources = {"tensorflow": "from tensorflow._api.v2 import nn\n"}
        sources |= {name.replace("__", "."): text for name, text in modules.items()}
        for name, text in sources.items():
            folder = tmp_path.joinpath(*name.split("."))
            packages = [folder, *folder.parents]
            for package in packages[: packages.index(tmp_path)]:
                package.mkdir(parents=True, exist_ok=True)
                (package / "__init__.py").touch()
            (folder / "__init__.py").write_text(text)
        walk = Walk(Tree(tmp_path, python))
        walk.run()
        return walk

    return reading


def names(walk: Walk) -> set[str]:
    return {s.removeprefix("tf.nn.") for s in walk.symbols if s.startswith("tf.nn.")}


PUBLISHED = [
    ("import", "from tensorflow.python.ops import relu\n", {"relu"}),
    ("renamed", "from tensorflow.python.ops import relu as rectify\n", {"rectify"}),
    ("private name", "from tensorflow.python.ops import relu as _relu\n", set()),
    ("star", "from tensorflow.python.ops import *\n", {"relu", "Cell"}),
    ("deleted", "from tensorflow.python.ops import relu, Cell\ndel Cell\n", {"relu"}),
    ("absent", "try:\n  from tf_keras import a\nexcept ImportError:\n  b = 1\n", {"b"}),
    (
        "present",
        "try:\n  from tensorflow.python.ops import relu\nexcept ImportError:\n  b = 1\n",
        {"relu"},
    ),
    (
        "old Python",
        "import sys as _s\nif _s.version_info >= (3, 12):\n  a = 1\nelse:\n  b = 1\n",
        {"b"},
    ),
    (
        "environment",
        "import os as _o\nif _o.environ.get('X', False):\n  a = 1\nelse:\n  b = 1\n",
        {"b"},
    ),
    ("setattr", "import sys as _s\nsetattr(_s.modules[__name__], 'late', 1)\n", {"late"}),
    ("loop", "for _n in ['a', 'b']:\n  globals()[_n] = 1\n", {"a", "b"}),
]


@pytest.mark.parametrize(
    ("source", "expected"), [r[1:] for r in PUBLISHED], ids=[r[0] for r in PUBLISHED]
)
def test_published_names(read: Read, source: str, expected: set[str]) -> None:
    ops = "__all__ = ['relu', 'Cell']\ndef relu(x): pass\nclass Cell: pass\nhidden = 1\n"
    walk = read(tensorflow___api__v2__nn=source, tensorflow__python__ops=ops)
    assert names(walk) == expected


SIGNATURES = [
    ("plain", "def f(x, *, name=None): pass", "x,*,name="),
    ("export", "@tf_export('nn.f')\ndef f(x, y=1): pass", "x,y="),
    ("by hand", "def g(a): pass\nf = tf_export('nn.f')(dispatch(g))", "a"),
    ("alias", "def g(a): pass\nf = deprecated_alias('nn.f', 'nn.g', g)", "a"),
    ("raw op", "def g(a, b): pass\nf = tf_export('raw_ops.F')(_ops.to_raw_op(g))", "*,a,b"),
    (
        "partial",
        "import functools\ndef g(a, b, c=1): pass\nf = functools.partial(g, 1, c=2)",
        "b,*,c=",
    ),
    (
        "wraps",
        "import functools\ndef g(a): pass\n@functools.wraps(g)\ndef f(*args, **kwargs): pass",
        "a",
    ),
    (
        "wrapper made by a function",
        "def d(target, n):\n  def w(*args, **kwargs): pass\n  return w\n"
        "def g(a): pass\nf = d(g, 1)",
        "a",
    ),
    ("lambda", "f = lambda a, b=2: a", "a,b="),
    ("class", "class f:\n  def __init__(self, a, b=1): pass", "a,b="),
    ("inherited", "class _B:\n  def __init__(self, a): pass\nclass f(_B): pass", "a"),
    ("new", "class f:\n  def __new__(cls, a): pass", "a"),
    (
        "nearer",
        "class _B:\n  def __new__(cls, *args): pass\nclass f(_B):\n  def __init__(self, a): pass",
        "a",
    ),
    ("nothing", "class f: pass", ""),
    ("named tuple", "import collections\nf = collections.namedtuple('f', ['a', 'b'])", "a,b"),
    (
        "typed named tuple",
        "import typing\nclass f(typing.NamedTuple):\n  a: int\n  b: int = 1",
        "a,b=",
    ),
    ("enum", "import enum\nclass f(enum.Enum):\n  A = 1", "value"),
    ("other package", "import numpy\nf = numpy.float32", None),
]


@pytest.mark.parametrize(
    ("source", "expected"), [r[1:] for r in SIGNATURES], ids=[r[0] for r in SIGNATURES]
)
def test_signatures(read: Read, source: str, expected: str | None) -> None:
    walk = read(
        tensorflow___api__v2__nn="from tensorflow.python.ops import f\n",
        tensorflow__python__ops=source + "\n",
    )
    assert walk.symbols["tf.nn.f"].signature == expected


MEMBERS = """
from tensorflow.python.base import Base
class Session(Base):
  LIMIT = 1
  def run(self, fetches, feed_dict=None):
    self.count = 1
    self._hidden = 2
  @property
  def graph(self): pass
  @classmethod
  def make(cls, a): pass
  @staticmethod
  def help(a): pass
  def _private(self): pass
Session.patched = 1
"""


def test_members(read: Read) -> None:
    walk = read(
        tensorflow___api__v2__nn="from tensorflow.python.ops import Session\n",
        tensorflow__python__ops=MEMBERS,
        tensorflow__python__base="class Base(dict):\n  def close(self): pass\n",
    )
    members = walk.symbols["tf.nn.Session"].members or {}
    signatures = {name: row.signature for name, row in members.items()}
    assert (
        signatures.items()
        >= {
            "LIMIT": None,
            "run": "fetches,feed_dict=",
            "graph": None,
            "make": "a",
            "help": "a",
            "close": "",
            "count": None,
            "patched": None,
            "items": None,
        }.items()
    )
    assert "_private" not in signatures
    assert "_hidden" not in signatures
    assert [name for name, row in members.items() if row.attribute] == ["count"]


RAISES = [
    ("class f:\n  def __init__(self, *a):\n    raise ImportError('gone')", True),
    ("def f(x):\n  raise RuntimeError('gone')", True),
    ("def f(x):\n  if x:\n    return 1\n  raise ValueError(x)", False),
    ("def f(x):\n  raise NotImplementedError('abstract')", False),
    ("def f(x):\n  return x", False),
    ("f = 1", False),
]


@pytest.mark.parametrize(("source", "expected"), RAISES)
def test_only_raises(read: Read, source: str, expected: bool) -> None:
    walk = read(tensorflow___api__v2__nn=source + "\n")
    assert walk.symbols["tf.nn.f"].raises is expected


def test_contrib_keeps_what_it_documents(read: Read) -> None:
    contrib = '''"""Layers.

@@relu
"""
from tensorflow.python.ops import relu, other
_allowed = ["extra"]
extra = 1
remove_undocumented(__name__, _allowed)
'''
    walk = read(
        tensorflow__contrib__layers=contrib,
        tensorflow__python__ops="def relu(x): pass\nother = 1\n",
    )
    listed = {s for s in walk.symbols if s.startswith("tf.contrib.layers.")}
    assert listed == {"tf.contrib.layers.relu", "tf.contrib.layers.extra"}


def test_protocol_buffers(read: Read) -> None:
    # message_type { name: "Job" field { name: "tasks" } } enum_type { name: "E" value: "ON" }
    message = b"\n\x03Job\x12\x07\n\x05tasks"
    enum = b"\n\x01E\x12\x04\n\x02ON"
    data = b"\x22" + bytes([len(message)]) + message + b"\x2a" + bytes([len(enum)]) + enum
    source = f"DESCRIPTOR = _pool.Default().AddSerializedFile({data!r})\n"
    walk = read(
        tensorflow___api__v2__nn="from tensorflow.core.job_pb2 import Job, ON\n",
        tensorflow__core__job_pb2=source,
    )
    row = walk.symbols["tf.nn.Job"]
    assert row.kind == "c"
    assert {"tasks", "SerializeToString"} <= set(row.members or {})
    assert walk.symbols["tf.nn.ON"].kind == "v"


def test_lazy_modules_are_loaded(read: Read) -> None:
    walk = read(
        tensorflow="keras = _LazyLoader('keras', globals(), 'keras.api')\n",
        keras__api="Model = 1\n",
    )
    assert {"tf.keras", "tf.keras.Model"} <= set(walk.symbols)


def test_loaders_that_refuse_every_name(read: Read) -> None:
    loader = "_KerasLazyLoader(globals(), submodule='__internal__.legacy.layers', mode='v1')"
    walk = read(tensorflow=f"layers = {loader}\n", keras___tf_keras__keras="Model = 1\n")
    assert walk.dead == ["tf.layers"]
    before = ReleaseFacts("2.15", (), {"tf.layers.dense": SymbolRow("f", "x")})
    after = ReleaseFacts("2.16", (), {"tf.layers": SymbolRow("m"), "tf.layers.": SymbolRow("v")})
    assert bury([before, after])[1].symbols == {
        "tf.layers": SymbolRow("m"),
        "tf.layers.dense": SymbolRow("f", None, True),
    }


def test_private_modules_and_their_public_twins(read: Read) -> None:
    walk = read(
        tensorflow___api__v2__nn="from tensorflow.python.ops import relu\n",
        tensorflow__python__ops="from __future__ import division\n_secret = 1\n"
        "def relu(x): pass\ndef other(x): pass\ndef _helper(x): pass\n",
    )
    privates = read_privates(walk.interpreter, walk.values)
    names = {"relu": "tf.nn.relu", "other": "", "_helper": "", "_secret": ""}
    assert privates["tf.python.ops"] == names


def test_imports_and_attributes_that_differ(read: Read) -> None:
    sources = {
        "tensorflow": "from tensorflow._api.v2 import nn, lite\nlosses = KerasLazyLoader("
        "globals(), submodule='losses')\nkeras = KerasLazyLoader(globals())\nnn.flags = 1\n",
        "tensorflow.lite": "import os\ndef late(x): pass\n",
        "tensorflow.lite.tools": "from __future__ import division\ndef show(path): pass\n",
        "tensorflow.lite.python": "def inside(x): pass\n",
        "tensorflow._api.v2.nn": "x = 1\n",
        "tensorflow._api.v2.lite": "def run(x): pass\n",
        "keras._tf_keras.keras": "from keras._tf_keras.keras import losses\n",
        "keras._tf_keras.keras.losses": "def mse(y): pass\n",
        "keras._tf_keras.keras.saving": "class Scope:\n  def close(self, force=False): pass\n",
    }
    walk = read(**{name.replace(".", "__"): text for name, text in sources.items()})
    assert {"tf.losses.mse", "tf.keras.losses.mse", "tf.lite.run"} <= set(walk.symbols)
    facts = read_imports(walk)
    assert set(facts.only) == {
        "tf.keras.saving",
        "tf.keras.saving.Scope",
        "tf.lite.late",
        "tf.lite.tools",
        "tf.lite.tools.show",
    }
    assert facts.only["tf.keras.saving"] == SymbolRow("m")
    assert facts.only["tf.lite.tools.show"].signature == "path"
    assert set(facts.only["tf.keras.saving.Scope"].members or ()) == {"close"}
    assert facts.closed == {"tf.losses"}
    assert facts.hidden == {"tf.lite.run", "tf.nn.flags"}


def test_folders_that_a_module_adds_to_its_path(read: Read) -> None:
    walk = read(
        tensorflow="from tensorflow._api.v2 import compat\n",
        tensorflow___api__v2__compat="from tensorflow._api.v2.compat import v1\n",
        tensorflow___api__v2__compat__v1="x = 1\n",
        keras__api___v1__keras__layers="def dense(x): pass\n",
        tensorboard__summary___tf__summary="def scalar(x): pass\n",
    )
    modules = importable_modules(walk.interpreter.tree)
    assert modules["tf.compat.v1.keras.layers"] == "keras.api._v1.keras.layers"
    assert "tf.summary" not in modules  # nothing in the source says that it is looked for there


def test_circular_imports(read: Read) -> None:
    walk = read(
        tensorflow___api__v2__nn="from tensorflow.python.a import f\n",
        tensorflow__python__a="from tensorflow.python import b\ndef f(x): pass\n",
        tensorflow__python__b="from tensorflow.python.a import f\n",
    )
    assert walk.symbols["tf.nn.f"].signature == "x"


def test_unreadable_source_is_an_empty_module(read: Read) -> None:
    walk = read(
        tensorflow___api__v2__nn="from tensorflow.python import old\nx = 1\n",
        tensorflow__python__old="print 'Python 2'\n",
    )
    assert "x" in names(walk)
