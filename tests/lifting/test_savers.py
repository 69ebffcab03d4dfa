"""Savers become checkpoints of objects; initializers go only where nothing depends on them."""

from __future__ import annotations

import pytest

from tfmigrate.engine import context
from tfmigrate.lifting import Blocked, Lifted, lift

HEAD = """import os
import tensorflow as tf
x = tf.placeholder(tf.float32, [None, 2])
w = tf.Variable([[1.0], [2.0]], name="w")
b = tf.Variable(0.0)
loss = tf.reduce_mean(tf.matmul(x, w) + b)
train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
"""
BODY = """with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(3):
        sess.run(train, {x: [[1.0, 2.0]]})
"""


def lifted(text: str) -> str:
    """The lifted text of a program."""
    result = lift(text, context.load("2.21"))
    assert isinstance(result, Lifted), getattr(result, "findings", None)
    return result.text


def reason(text: str) -> str:
    """Why a program is not lifted."""
    result = lift(text, context.load("2.21"))
    assert isinstance(result, Blocked)
    return result.findings[0].message


# what makes the saver, what uses it in the session, and lines of the result
CASES = [
    (
        "saver = tf.train.Saver()",
        'print(saver.save(sess, "./model.ckpt"))\nsaver.restore(sess, "./model.ckpt")',
        [
            "checkpoint = tf.train.Checkpoint(w=w, b=b, optimizer=optimizer)",
            'print(checkpoint.write("./model.ckpt"))',
            'checkpoint.read("./model.ckpt").assert_existing_objects_matched()',
        ],
    ),
    (
        "saver = tf.train.Saver([w, b])",
        'saver.save(sess, save_path="m", write_meta_graph=False)',
        ["checkpoint = tf.train.Checkpoint(w=w, b=b)", 'checkpoint.write("m")'],
    ),
    (
        "saver = tf.train.Saver({'kernel': w})",
        "saver.save(sess, 'm')",
        ["checkpoint = tf.train.Checkpoint(kernel=w)"],
    ),
    (
        "saver = tf.train.Saver({'model/w': w})",
        "saver.save(sess, 'm')",
        ["checkpoint = tf.train.Checkpoint(**{'model/w': w})"],
    ),
    (
        "saver = tf.train.Saver(var_list=tf.trainable_variables())",
        "saver.save(sess, 'm')",
        ["checkpoint = tf.train.Checkpoint(w=w, b=b)"],
    ),
    (
        "saver = tf.train.Saver(tf.global_variables(), max_to_keep=3)",
        "saver.save(sess, 'ck/m', global_step=i)\nsaver.restore(sess, 'ck/m-2')",
        [
            "manager = tf.train.CheckpointManager(",
            "    checkpoint, 'ck', max_to_keep=3, checkpoint_name='m'",
            "manager.save(checkpoint_number=i)",
            "checkpoint.restore('ck/m-2').assert_existing_objects_matched()",
        ],
    ),
    (
        "folder = './logs'\nsaver = tf.train.Saver(max_to_keep=None)",
        "saver.save(sess, os.path.join(folder, 'model'), i)\nprint(saver.last_checkpoints)",
        [
            "manager = tf.train.CheckpointManager(",
            "    checkpoint, folder, max_to_keep=None, checkpoint_name='model'",
            "print(manager.checkpoints)",
        ],
    ),
    (
        "saver = tf.train.Saver()",
        'saver.save(sess, "ck/model")\nsaver.restore(sess, tf.train.latest_checkpoint("ck"))',
        [
            '    checkpoint, "ck", max_to_keep=1, checkpoint_name="model"',
            "manager.save()",
            'checkpoint.restore(tf.train.latest_checkpoint("ck")).assert_existing_objects_matched()',
        ],
    ),
    (
        "",
        "tf.train.Saver().save(sess, './m')",
        [
            "checkpoint = tf.train.Checkpoint(w=w, b=b, optimizer=optimizer)",
            "checkpoint.write('./m')",
        ],
    ),
    (
        "saver = tf.train.Saver()",
        "state = tf.train.get_checkpoint_state('.')\n"
        "if state and state.model_checkpoint_path:\n"
        "    saver.restore(sess, state.model_checkpoint_path)",
        [
            "state = tf.train.get_checkpoint_state('.')",
            "if state and state.model_checkpoint_path:",
            "    checkpoint.restore(state.model_checkpoint_path).assert_existing_objects_matched()",
        ],
    ),
]


@pytest.mark.parametrize(("made", "used", "wanted"), CASES)
def test_what_is_saved(made: str, used: str, wanted: list[str]) -> None:
    """Each way to make a saver and to use it."""
    inside = "".join(f"    {line}\n" for line in used.split("\n"))
    result = lifted(f"{HEAD}{made}\n{BODY}{inside}")
    lines = result.split("\n")
    for line in wanted:
        assert line in lines
    assert "sess" not in result and "aver" not in result.replace("averag", "")


def test_a_path_that_is_known_late() -> None:
    """The manager is made where the folder is known, before the loop that saves."""
    result = lifted(
        f"""{HEAD}saver = tf.train.Saver()
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    path = os.path.join("logs", "model.ckpt")
    for i in range(3):
        sess.run(train, {{x: [[1.0, 2.0]]}})
        saver.save(sess, path, global_step=i)
"""
    )
    assert result.endswith(
        """checkpoint = tf.train.Checkpoint(w=w, b=b, optimizer=optimizer)
path = os.path.join("logs", "model.ckpt")
manager = tf.train.CheckpointManager(
    checkpoint,
    os.path.dirname(path),
    max_to_keep=5,
    checkpoint_name=os.path.basename(path),
)
for i in range(3):
    train_step([[1.0, 2.0]])
    manager.save(checkpoint_number=i)
"""
    )


def test_what_is_made_after_the_saver_is_not_saved() -> None:
    """A saver saves the variables that are there when it is made."""
    result = lifted(
        f"{HEAD}saver = tf.train.Saver()\nlate = tf.Variable(7)\n{BODY}    saver.save(sess, 'm')\n"
    )
    assert "tf.train.Checkpoint(w=w, b=b, optimizer=optimizer)" in result


def test_layers_and_modules() -> None:
    """Layers are saved, and functions that became classes can be."""
    result = lifted(
        """import tensorflow as tf
def net(x, reuse=None):
    with tf.variable_scope("net", reuse=reuse):
        w = tf.get_variable("w", [2, 2], initializer=tf.ones_initializer())
        return tf.layers.dense(tf.matmul(x, w), 2)
x = tf.placeholder(tf.float32, [None, 2])
y = net(x)
loss = tf.reduce_mean(tf.layers.dense(y, 1))
train = tf.train.AdamOptimizer(0.1).minimize(loss)
saver = tf.train.Saver()
with tf.Session() as sess:
    tf.global_variables_initializer().run()
    sess.run(train, {x: [[1.0, 2.0]]})
    saver.save(sess, "./model.ckpt")
"""
    )
    assert "class Net(tf.Module):\n    def __init__(self):\n        super().__init__()\n" in result
    assert "tf.train.Checkpoint(net=net, dense=dense, optimizer=optimizer)" in result


def test_objects_with_a_saver() -> None:
    """What an object holds is saved by the object."""
    result = lifted(
        """import tensorflow as tf
class Model(object):
    def __init__(self):
        self.x = tf.placeholder(tf.float32, [None, 2])
        self.w = tf.Variable(tf.ones([2, 1]))
        self.loss = tf.reduce_mean(tf.matmul(self.x, self.w))
        self.train_op = tf.train.AdamOptimizer(0.1).minimize(self.loss)
        self.saver = tf.train.Saver()
model = Model()
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(20):
        _, value = sess.run([model.train_op, model.loss], {model.x: [[1.0, 2.0]]})
    model.saver.save(sess, "./m")
"""
    )
    assert "self.checkpoint = tf.train.Checkpoint(w=self.w, optimizer=self.optimizer)" in result
    assert 'model.checkpoint.write("./m")' in result


def test_two_sessions() -> None:
    """A second session whose initial values are all replaced from the checkpoint."""
    result = lifted(
        f"""{HEAD}init = tf.global_variables_initializer()
saver = tf.train.Saver()
with tf.Session() as sess:
    sess.run(init)
    sess.run(train, {{x: [[1.0, 2.0]]}})
    saver.save(sess, "m")
with tf.Session() as sess:
    sess.run(init)
    print("restoring")
    saver.restore(sess, "m")
    sess.run(train, {{x: [[1.0, 2.0]]}})
"""
    )
    assert result.count("train_step([[1.0, 2.0]])") == 2
    assert "init" not in result


def test_a_saver_outside_of_the_class() -> None:
    """What an object holds is called by the name of the object."""
    result = lifted(
        """import tensorflow as tf
class Model(object):
    def __init__(self, n):
        self.x = tf.placeholder(tf.float32, [None, 2])
        self.w = tf.Variable(tf.ones([2, n]))
        h = tf.layers.dense(tf.matmul(self.x, self.w), 3)
        self.loss = tf.reduce_mean(h)
        self.train_op = tf.train.AdamOptimizer(0.1).minimize(self.loss)
model = Model(1)
saver = tf.train.Saver()
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(20):
        _, value = sess.run([model.train_op, model.loss], {model.x: [[1.0, 2.0]]})
    saver.save(sess, "./m")
    saver.restore(sess, "./m")
"""
    )
    assert "w=model.w" in result and "optimizer=model.optimizer" in result
    assert "dense=model.dense" in result


def test_variables_that_a_loop_makes() -> None:
    """They are saved by the list that holds them."""
    result = lifted(
        """import tensorflow as tf
x = tf.placeholder(tf.float32, [None, 2])
weights = []
h = x
for i in range(3):
    w = tf.Variable(tf.ones([2, 2]))
    weights.append(w)
for w in weights:
    h = tf.matmul(h, w)
loss = tf.reduce_mean(h)
train_op = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
saver = tf.train.Saver()
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    sess.run(train_op, {x: [[1.0, 2.0]]})
    saver.save(sess, "./m")
"""
    )
    assert "tf.train.Checkpoint(weights=weights, optimizer=optimizer)" in result


def test_a_folder_that_a_method_is_given() -> None:
    """The manager is made where the folder is known; it reads there what was saved before."""
    result = lifted(
        """import os
import tensorflow as tf
class Net(object):
    def __init__(self, sess, dir):
        self.sess = sess
        self.dir = dir
        self.x = tf.placeholder(tf.float32, [None, 2])
        self.build()
        self.saver = tf.train.Saver()
    def build(self):
        self.w = tf.Variable(tf.ones([2, 1]))
        self.loss = tf.reduce_mean(tf.matmul(self.x, self.w))
        self.train_op = tf.train.AdamOptimizer(0.1).minimize(self.loss)
    def train(self):
        self.sess.run(tf.global_variables_initializer())
        if self.load(self.dir):
            print("loaded")
        for step in range(20):
            _, value = self.sess.run([self.train_op, self.loss], {self.x: [[1.0, 2.0]]})
            self.save(self.dir, step)
    def save(self, checkpoint_dir, step):
        model_name = "net.model"
        if not os.path.exists(checkpoint_dir):
            os.makedirs(checkpoint_dir)
        self.saver.save(self.sess, os.path.join(checkpoint_dir, model_name), global_step=step)
    def load(self, checkpoint_dir):
        ckpt = tf.train.get_checkpoint_state(checkpoint_dir)
        if ckpt and ckpt.model_checkpoint_path:
            ckpt_name = os.path.basename(ckpt.model_checkpoint_path)
            self.saver.restore(self.sess, os.path.join(checkpoint_dir, ckpt_name))
            return True
        else:
            return False
with tf.Session() as sess:
    net = Net(sess, "ck")
    net.train()
"""
    )
    assert (
        """        manager = tf.train.CheckpointManager(
            self.checkpoint, checkpoint_dir, max_to_keep=5, checkpoint_name=model_name
        )
        manager.save(checkpoint_number=step)
"""
        in result
    )
    assert "def __init__(self, dir):" in result and "sess" not in result


AGAIN = "given their initial values again"
REFUSED = [
    ("saver = tf.train.import_meta_graph('m.meta')", "saver.restore(sess, 'm')", "imported"),
    ("saver = tf.train.Saver(reshape=True)", "saver.save(sess, 'm')", "`reshape`"),
    (
        "saver = tf.train.Saver([v for v in tf.global_variables()])",
        "saver.save(sess, 'm')",
        "some of the",
    ),
    (
        "saver = tf.train.Saver()",
        "saver.save(sess, 'm', i, latest_filename='l')",
        "`latest_filename`",
    ),
    ("saver = tf.train.Saver()", "saver.export_meta_graph('m')", "`export_meta_graph`"),
    ("", "sess.run(tf.global_variables_initializer())", AGAIN),
    (
        "",
        "for j in range(2):\n        sess.run(w.initializer)\n        sess.run(train)",
        AGAIN,
    ),
    (
        "saver = tf.train.Saver([w])",
        "sess.run(tf.global_variables_initializer())\n    saver.restore(sess, 'm')",
        AGAIN,
    ),
]


@pytest.mark.parametrize(("made", "used", "why"), REFUSED)
def test_what_is_refused(made: str, used: str, why: str) -> None:
    """What has no checkpoint for a counterpart, or would lose a second initialisation."""
    assert why in reason(f"{HEAD}{made}\n{BODY}    {used}\n")


def test_initial_values_that_nothing_changed() -> None:
    """Initializers that run again before anything is trained may go."""
    result = lifted(
        """import tensorflow as tf
w = tf.Variable(1.0)
y = w * 2
init = tf.global_variables_initializer()
for i in range(2):
    with tf.Session() as sess:
        sess.run(init)
        print(sess.run(y))
"""
    )
    assert "init" not in result
    assert "for i in range(2):\n    print(" in result
