"""When flags are read: absl parses them in ``app.run``, TensorFlow 1 did at the first read."""

from __future__ import annotations

import ast

import pytest

from tfmigrate.engine import flags

RUN = "if __name__ == '__main__':\n    tf.app.run()\n"


@pytest.mark.parametrize(
    ("text", "in_time"),
    [
        ("FLAGS = tf.flags.FLAGS\ndef main(_):\n    print(FLAGS.rate)\n" + RUN, True),
        ("FLAGS = tf.flags.FLAGS\nprint(FLAGS.rate)\n" + RUN, False),
        ("F = flags.FLAGS\nrate = F.rate * 2\n" + RUN, False),
        ("FLAGS = tf.flags.FLAGS\ndef main(_):\n    print(FLAGS.rate)\nmain(0)\n", False),
    ],
)
def test_read_in_time(text: str, in_time: bool) -> None:
    assert flags.are_read_in_time(ast.parse(text)) is in_time
