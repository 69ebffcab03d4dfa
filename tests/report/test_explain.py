"""What `explain` and `rules` say."""

from __future__ import annotations

import json

import pytest

from tfmigrate import api
from tfmigrate.config import Config
from tfmigrate.report import explain as pages
from tfmigrate.report import listing
from tfmigrate.report.paint import Paint

CONTEXT = api.load(Config(target_version="2.21"))


def page(subject: str) -> str:
    found = api.explain(subject, CONTEXT)
    assert found is not None, subject
    return found


SPELLINGS = {
    "tf.log": "tf.log",
    "tensorflow.log": "tf.log",
    "tf.compat.v1.log": "tf.log",
    "tensorflow.compat.v1.log": "tf.log",
    "compat.v1.log": "tf.log",
    "tf.log()": "tf.log",
    "tf.log(x)": "tf.log",
    " tf.log ": "tf.log",
    "log": "tf.log",
    "slim.conv2d": "tf.contrib.slim.conv2d",
    "tf_slim.conv2d": "tf.contrib.slim.conv2d",
    "contrib.layers.batch_norm": "tf.contrib.layers.batch_norm",
    "layers.dense": "tf.layers.dense",
    "nn.dynamic_rnn": "tf.nn.dynamic_rnn",
    "train.AdamOptimizer": "tf.train.AdamOptimizer",
    "Session.run": "tf.Session.run",
    "tf.train.Saver.restore": "tf.train.Saver.restore",
    "tensorflow_hub.Module": "tensorflow_hub.Module",
    "tensorflow": "tf",
}


@pytest.mark.parametrize(("subject", "symbol"), SPELLINGS.items(), ids=SPELLINGS)
def test_spellings(subject: str, symbol: str) -> None:
    assert page(subject).startswith(f"# {symbol}\n\n")


@pytest.mark.parametrize("subject", ["TFM201", "tfm201", "placeholder", " TFM201"])
def test_rules_by_code_and_name(subject: str) -> None:
    text = page(subject)
    assert text.startswith("# TFM201 placeholder (error)\n\n")
    for heading in ("What it finds", "Why", "Before", "After", "Fix safety"):
        assert f"\n## {heading}\n" in text


PAGES = {
    "renamed": (
        "tf.log",
        [
            "Function in TensorFlow 1.15. Gone since 2.0.",
            "`tf.compat.v1.log` is still there, for graph mode.",
            "**Instead:** `tf.math.log`",
            "tf.log(x, name=...)",
            "tf.math.log(x, name=...)",
            "with the same numbers",
        ],
    ),
    "contrib": (
        "tf.contrib.layers.batch_norm",
        [
            "Gone since 2.0",
            "**Instead:** `tf.keras.layers.BatchNormalization`",
            "- `decay`: now `momentum`",
            "```python\n",
            "# TensorFlow 1.15\ntf.contrib.layers.batch_norm(\n    inputs,",
            "# TensorFlow 2.21\ntf.keras.layers.BatchNormalization(",
            "`tfmigrate explain TFM405`",
        ],
    ),
    "a call": ("tf.to_float", ["**Instead:** `tf.cast(x, tf.float32)`"]),
    "a changed argument": (
        "tf.nn.dropout",
        ["It is in 2.21, too.", "- `keep_prob`: now `rate=1 - old`"],
    ),
    "alive": (
        "tf.nn.relu",
        ["Function in TensorFlow 1.15 to 2.21. It works on 2.21.", "Nothing to do."],
    ),
    "a moved default": ("tf.train.AdamOptimizer", ["- add `epsilon=1e-8`, which was the default"]),
    "raises": ("tf.layers.dense", ["raises when it is used"]),
    "before 1.0": ("tf.mul", ["No release of TensorFlow since 1.15 has it.", "`tf.multiply`"]),
    "private": (
        "tensorflow.python.ops.array_ops.concat",
        ["Private: ", "Its public name is `tf.concat`."],
    ),
    "a third party": ("tensorflow_hub.Module", ["Not part of TensorFlow.", "tensorflow_hub.load"]),
    "to install": ("tf.flags.FLAGS", ["(install absl-py)"]),
    "a namespace": ("tf.contrib", ["Module in TensorFlow 1.15"]),
}


@pytest.mark.parametrize(("subject", "parts"), PAGES.values(), ids=PAGES)
def test_pages(subject: str, parts: list[str]) -> None:
    text = page(subject)
    for part in parts:
        assert part in text
    assert text.endswith("\n")
    assert "\n\n\n" not in text
    assert "{" not in text.partition("\n\n")[0]


UNKNOWN = {
    "tf.lgo": "tf.log",
    "batch_norm": "tf.contrib.layers.batch_norm",
    "tf.session": "tf.Session",
    "placehoder": "placeholder",
    "TFM2011": "TFM201",
    "tf.contrib.layers.batchnorm": "tf.contrib.layers.batch_norm",
}


@pytest.mark.parametrize(("subject", "close"), UNKNOWN.items(), ids=UNKNOWN)
def test_close_matches(subject: str, close: str) -> None:
    assert api.explain(subject, CONTEXT) is None
    said = api.unknown_subject(subject, CONTEXT)
    assert said.startswith(f"no rule and no symbol is called {subject}; did you mean ")
    assert close in said


@pytest.mark.parametrize("subject", ["", "os.path", "zzzzzzzzzz", "tf.contrib.no.such.thing"])
def test_nothing_like_it(subject: str) -> None:
    assert api.explain(subject, CONTEXT) is None
    assert "no rule and no symbol" in api.unknown_subject(subject, CONTEXT)


def test_another_target() -> None:
    old = api.load(Config(target_version="2.10"))
    text = api.explain("tf.compat.v1.layers.dense", old)
    assert text is not None
    assert "raises" not in text.partition("\n## ")[0]


def test_every_rule_has_a_page() -> None:
    for code, pattern in CONTEXT.catalogue.patterns.items():
        assert page(code) == page(pattern.name)


def test_signatures_are_wrapped() -> None:
    text = page("tf.keras.layers.Conv2D").partition("```text\n")[2].partition("```")[0]
    assert "tf.keras.layers.Conv2D(\n    filters," in text
    assert max(len(line) for line in text.splitlines()) <= pages._WIDTH


def test_the_list_of_rules() -> None:
    lines = list(listing.as_text(CONTEXT.catalogue, Paint()))
    every = CONTEXT.catalogue.patterns
    listed = [line.split()[:2] for line in lines if line and "xx" not in line.split()[0]]
    assert listed == [[code, pattern.name] for code, pattern in every.items()]
    assert "TFM2xx  graphs and state" in lines


def test_the_list_of_rules_as_json() -> None:
    (text,) = listing.as_json(CONTEXT.catalogue)
    rules = json.loads(text)
    assert [each["code"] for each in rules] == list(CONTEXT.catalogue.patterns)
    assert all(each["name"] and each["summary"] and each["explanation"] for each in rules)
    assert {each["severity"] for each in rules} <= {"error", "warning", "info"}


def test_a_member_of_a_subclass_is_explained_by_the_class_it_counts_as() -> None:
    assert "get_initial_state" in page("tf.nn.rnn_cell.BasicLSTMCell.zero_state")
