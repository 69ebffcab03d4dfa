"""Programs that broke something once, found by chance: each stays, as short as it was made."""

from __future__ import annotations

import pytest

from tfmigrate.engine.fixing import FixOptions, fix_text

from .programs import CONTEXT, is_program
from .test_fix import effects

TF = "import tensorflow as tf\n"
GRAPH = f"{TF}import other\nx = tf.placeholder(tf.float32, [None, 3])\n"
RUN = "with tf.Session() as sess:\n    print(sess.run(x, feed_dict={x: other.batch()}))\n"

BROKEN = {
    "a parameter under its old and its new name": (
        f"{TF}x = tf.nn.softmax_cross_entropy_with_logits_v2(x, x, axis=1, dim=1)\n"
    ),
    "the same, for a flag": f"{TF}x = tf.norm(tf.log(x), keep_dims=True, keepdims=False)\n",
    "a function for a name in a formatted string": f"{TF}x = f'{{ tf.Print }}' 'b'\n",
    "a dead module in a formatted string": f"{TF}x = f'{{ tf.contrib.data.CsvDataset }}' 'b'\n",
    "a decorator": f"{TF}@tf.diag_part(tf.log(1))\ndef f(): pass\n",
}


@pytest.mark.parametrize("bridge", [False, True])
@pytest.mark.parametrize("source", BROKEN.values(), ids=BROKEN)
def test_the_result_is_a_program_and_is_fixed(source: str, bridge: bool) -> None:
    options = FixOptions(unsafe=True, bridge=bridge)
    outcome = fix_text(source, CONTEXT, options)
    assert not outcome.failed
    assert is_program(outcome.text)
    assert fix_text(outcome.text, CONTEXT, options).text == outcome.text


EFFECTS = {
    "a graph that is given away": f"{GRAPH}other.look(x)\n{RUN}",
    "a tensor that comes from elsewhere": f"{GRAPH}y = other.tensor(x)\n{RUN}",
    "a session that is given away": f"{GRAPH}{RUN}    other.run(sess, x)\n",
    "a graph that others run": f"{GRAPH}other.graph = x\n",
    "a checkpoint": f"{GRAPH}{RUN}    tf.train.Saver().save(sess, other.path)\n",
    "what is fed and not looked at": (
        f"{GRAPH}y = tf.Variable(1.0)\nwith tf.Session() as sess:\n"
        "    print(sess.run(y, feed_dict={x: other.batch()}))\n"
    ),
    "in a function": (
        f"{TF}import other\ndef main():\n    x = tf.placeholder(tf.float32)\n    other.look(x)\n"
        "    with tf.Session() as sess:\n        print(sess.run(x, {x: other.batch()}))\nmain()\n"
    ),
}


@pytest.mark.parametrize("bridge", [False, True])
@pytest.mark.parametrize("source", EFFECTS.values(), ids=EFFECTS)
def test_what_has_an_effect_stays(source: str, bridge: bool) -> None:
    outcome = fix_text(source, CONTEXT, FixOptions(unsafe=True, bridge=bridge))
    assert effects(outcome.text) == effects(source)
