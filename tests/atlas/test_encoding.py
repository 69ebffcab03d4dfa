"""The text notation, both ways."""

from __future__ import annotations

import pytest

from tfmigrate.atlas import Parameter, Signature
from tfmigrate.atlas.details import MemberFact, read_members
from tfmigrate.atlas.encoding import deflate, inflate, read_signature, write_signature
from tfmigrate.atlas.private import PrivateModules, is_private

SIGNATURES = [
    "",
    "x",
    "x,keep_prob=,noise_shape=,seed=,name=,rate=",
    "*,x,y,name=",
    "x,*args,name=,**kwargs",
    "*args,**kwargs",
]


@pytest.mark.parametrize("text", SIGNATURES)
def test_signature_survives_both_ways(text: str) -> None:
    assert write_signature(read_signature(text)) == text


def test_signature_answers() -> None:
    signature = read_signature("x,keep_prob=,*,name=")
    assert signature == Signature(
        (
            Parameter("x", False, "positional"),
            Parameter("keep_prob", True, "positional"),
            Parameter("name", True, "keyword"),
        )
    )
    assert signature.names == ("x", "keep_prob", "name")
    assert signature.max_positional == 2
    assert signature.position("keep_prob") == 1
    assert signature.position("name") is None
    assert signature.position("rate") is None
    assert signature.accepts("name")
    assert not signature.accepts("rate")


def test_star_arguments_take_anything() -> None:
    signature = read_signature("x,*rest,**options")
    assert signature.max_positional is None
    assert signature.accepts("whatever")
    assert signature.names == ("x",)
    assert signature.position("options") is None


def test_members_with_changing_parameters() -> None:
    assert read_members("1:gone,map(4);6:.late,map(5)") == {
        "gone": MemberFact(1, (), False),
        "map": MemberFact(7, ((1, 4), (6, 5)), False),
        "late": MemberFact(6, (), True),
    }


def test_no_members() -> None:
    assert read_members("") == {}


def test_text_survives_deflating() -> None:
    assert inflate(deflate("tf.nn.dropout\f…")) == "tf.nn.dropout\f…"


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        ("tf.python.ops.array_ops", True),
        ("tf.core.protobuf.config_pb2", True),
        ("tf.contrib.layers.python.layers.layers", True),
        ("tf.python_io.TFRecordWriter", False),
        ("tf.compat.v1.python_io", False),
        ("tf.nn.dropout", False),
        ("tf", False),
        ("tensorflow_hub.python", True),
    ],
)
def test_private_by_spelling(symbol: str, expected: bool) -> None:
    assert is_private(symbol) is expected


def test_private_modules() -> None:
    modules = PrivateModules(
        "tf.python.ops.array_ops\f3;1:concat=tf.concat;3:_shape", ("1.15", "2.0")
    )
    assert modules.mask("tf.python.ops.array_ops") == 3
    assert modules.mask("tf.python.ops.array_ops.concat") == 1
    assert modules.mask("tf.python.ops.array_ops.nothing") == 0
    assert modules.twin("tf.python.ops.array_ops.concat") == "tf.concat"
    assert modules.twin("tf.python.ops.array_ops.concat.x") == "tf.concat.x"
    assert modules.twin("tf.python.ops.array_ops._shape") is None
    assert modules.children("tf.python.ops") == ("array_ops",)
    assert modules.children("tf.python.ops.array_ops") == ("_shape", "concat")
