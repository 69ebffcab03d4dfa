"""The block that takes the place of ``tf.contrib.training.HParams``: what TensorFlow 1.15.5 did."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tfmigrate.catalogue import support

BLOCK = support.load()["hparams"]
START: dict[str, Any] = {
    "a": 1,
    "b": 2.5,
    "c": "x",
    "d": True,
    "e": [1, 2],
    "f": ["p", "q"],
    "g": [0.5],
    "h": None,
    "i": (1, 2),
}


@pytest.fixture
def hparams() -> Any:
    names: dict[str, Any] = {}
    exec("\n".join((*BLOCK.imports, BLOCK.code)), names)
    return names["HParams"](**START)


def test_values(hparams: Any) -> None:
    assert hparams.values() == START
    assert (hparams.a, hparams.e) == (1, [1, 2])
    assert "a" in hparams
    assert "q" not in hparams
    assert (hparams.get("a"), hparams.get("q"), hparams.get("q", 3)) == (1, None, 3)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("", {}),
        ("a=3", {"a": 3}),
        ("a=3,b=4", {"a": 3, "b": 4.0}),
        ("b=1e-3, c=hello world", {"b": 0.001, "c": "hello world"}),
        ("d=false", {"d": False}),
        ("d=0", {"d": False}),
        ("d=2", {"d": True}),
        ("e=[3,4,5]", {"e": [3, 4, 5]}),
        ("f=[r, s]", {"f": ["r", "s"]}),
        ("f=[]", {"f": []}),
        ("g=[1,2.5,]", {"g": [1.0, 2.5]}),
        ("i=[5]", {"i": [5]}),
        ("c=", {"c": ""}),
        ("c=a=b", {"c": "a=b"}),
        ("a = 4", {"a": 4}),
        ("a=1 ,b=2", {"b": 2.0}),
        ("a=-12", {"a": -12}),
        ("b=-.54e89", {"b": -5.4e88}),
    ],
)
def test_parse(hparams: Any, text: str, changed: dict[str, object]) -> None:
    assert hparams.parse(text) is hparams
    assert hparams.values() == {**START, **changed}


@pytest.mark.parametrize(
    "text",
    [
        "d=yes",
        "d=TRUE",
        "e=3",
        "a=[1]",
        "zzz=1",
        "a=1,a=2",
        "e[0]=7",
        "a=1.5",
        "a=,b=1",
        "a=1,,b=2",
        "d=[True]",
        "word",
    ],
)
def test_what_cannot_be_parsed(hparams: Any, text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        hparams.parse(text)


@pytest.mark.parametrize(
    ("given", "changed"),
    [
        ({"a": 5}, {"a": 5}),
        ({"b": 3}, {"b": 3.0}),
        ({"c": "new"}, {"c": "new"}),
        ({"e": [1, 2, 3]}, {"e": [1, 2, 3]}),
        ({"h": "anything"}, {"h": "anything"}),
        ({"i": [1]}, {"i": [1]}),
    ],
)
def test_override(hparams: Any, given: dict[str, object], changed: dict[str, object]) -> None:
    assert hparams.override_from_dict(given).values() == {**START, **changed}
    assert type(hparams.b) is float


@pytest.mark.parametrize(
    "given",
    [
        {"a": 5.0},
        {"a": True},
        {"b": "x"},
        {"c": 5},
        {"d": 1},
        {"e": (1, 2)},
        {"e": [1.5]},
        {"h": [1]},
        {"f": [1]},
    ],
)
def test_other_types(hparams: Any, given: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        hparams.override_from_dict(given)


@pytest.mark.parametrize(
    ("action", "error"),
    [
        (lambda hparams: hparams.set_hparam("none", 3), KeyError),
        (lambda hparams: hparams.add_hparam("a", 1), ValueError),
        (lambda hparams: hparams.add_hparam("parse", 1), ValueError),
        (lambda hparams: hparams.add_hparam("l", []), ValueError),
        (lambda hparams: hparams.none, AttributeError),
        (lambda hparams: type(hparams)(hparam_def="a"), ValueError),
        (lambda hparams: type(hparams)(model_structure="a"), ValueError),
    ],
)
def test_refused(hparams: Any, action: Callable[[Any], object], error: type[Exception]) -> None:
    with pytest.raises(error):
        action(hparams)


def test_add_and_delete(hparams: Any) -> None:
    hparams.add_hparam("new", 3)
    hparams.add_hparam("h", 4)
    hparams.del_hparam("a")
    hparams.del_hparam("none")
    assert hparams.new == 3
    assert hparams.h == 4
    assert "a" not in hparams
    assert repr(hparams) == (
        "HParams([('b', 2.5), ('c', 'x'), ('d', True), ('e', [1, 2]), ('f', ['p', 'q']),"
        " ('g', [0.5]), ('h', 4), ('i', (1, 2)), ('new', 3)])"
    )
    assert str(hparams).startswith("b=2.5,c=x,d=True,e=[1, 2],")


def test_json(hparams: Any) -> None:
    assert json.loads(hparams.to_json()) == {**START, "i": [1, 2]}
    assert hparams.to_json(separators=(",", ":"), sort_keys=True).startswith('{"a":1,"b":2.5,')
    assert hparams.parse_json('{"b": 7, "c": "k"}').b == 7.0


def test_copies(hparams: Any) -> None:
    other = copy.deepcopy(hparams)
    other.a = 7
    assert (hparams.a, other.values()["a"]) == (1, 7)
    assert type(hparams)(**hparams.values()).values() == START
