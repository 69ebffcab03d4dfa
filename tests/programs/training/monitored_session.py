"""MonitoredTrainingSession with hooks, a hook of our own and a resumed run."""
from datetime import datetime
import math
import tempfile
import time

import numpy as np
import tensorflow as tf

FLAGS = tf.app.flags.FLAGS

tf.app.flags.DEFINE_string('train_dir', '',
                           """Directory where to write event logs and checkpoint.""")
tf.app.flags.DEFINE_integer('max_steps', 80, """Number of batches to run.""")
tf.app.flags.DEFINE_integer('log_frequency', 20, """How often to log results to the console.""")

BATCH_SIZE = 25


def inputs():
  rng = np.random.RandomState(0)
  x = rng.uniform(-1, 1, size=(200, 2)).astype(np.float32)
  y = np.stack([x[:, 0] * x[:, 1], x.sum(axis=1)], axis=1).astype(np.float32)
  dataset = tf.data.Dataset.from_tensor_slices((x, y)).repeat().batch(BATCH_SIZE)
  return dataset.make_one_shot_iterator().get_next()


def inference(x):
  rng = np.random.RandomState(1)
  with tf.variable_scope('hidden'):
    w = tf.get_variable('w', [2, 10], initializer=tf.constant_initializer(rng.normal(size=(2, 10))))
    b = tf.get_variable('b', [10], initializer=tf.constant_initializer(0.0))
    hidden = tf.sigmoid(tf.matmul(x, w) + b)
    tf.add_to_collection('activations', hidden)
  with tf.variable_scope('output'):
    w = tf.get_variable('w', [10, 2], initializer=tf.constant_initializer(rng.normal(size=(10, 2))))
    return tf.matmul(hidden, w)


def train(train_dir, max_steps):
  """Trains for a number of steps, from where the last run stopped."""
  lines = []
  with tf.Graph().as_default():
    global_step = tf.train.get_or_create_global_step()
    with tf.device('/cpu:0'):
      x, y = inputs()
    predictions = inference(x)
    loss = tf.losses.absolute_difference(y, predictions)
    tf.summary.scalar('loss', loss)
    for activation in tf.get_collection('activations'):
      tf.summary.histogram('activations', activation)
    train_op = tf.train.GradientDescentOptimizer(0.2).minimize(loss, global_step=global_step)

    class _LoggerHook(tf.train.SessionRunHook):
      """Logs loss and runtime."""

      def begin(self):
        self._step = -1
        self._start_time = time.time()

      def before_run(self, run_context):
        self._step += 1
        return tf.train.SessionRunArgs(loss)  # Asks for loss value.

      def after_run(self, run_context, run_values):
        if self._step % FLAGS.log_frequency == 0:
          examples_per_sec = BATCH_SIZE / max(time.time() - self._start_time, 1e-6)
          assert examples_per_sec > 0, datetime.now()
          lines.append('step %d, loss = %.4f' % (self._step, run_values.results))

    with tf.train.MonitoredTrainingSession(
        checkpoint_dir=train_dir,
        hooks=[tf.train.StopAtStepHook(last_step=max_steps),
               tf.train.NanTensorHook(loss),
               _LoggerHook()],
        save_checkpoint_steps=40,
        save_summaries_steps=40,
        log_step_count_steps=None,
        config=tf.ConfigProto(log_device_placement=False)) as mon_sess:
      while not mon_sess.should_stop():
        _, step = mon_sess.run([train_op, global_step])
  return step, lines


def evaluate(train_dir):
  """Evaluates the newest checkpoint in a session that only restores."""
  with tf.Graph().as_default():
    tf.train.get_or_create_global_step()
    x, y = inputs()
    loss = tf.losses.absolute_difference(y, inference(x))
    creator = tf.train.ChiefSessionCreator(checkpoint_dir=train_dir)
    with tf.train.MonitoredSession(session_creator=creator) as sess:
      return np.mean([sess.run(loss) for _ in range(int(math.ceil(200 / BATCH_SIZE)))])


def main(argv=None):  # pylint: disable=unused-argument
  train_dir = FLAGS.train_dir or tempfile.mkdtemp()
  step, lines = train(train_dir, FLAGS.max_steps)
  print('\n'.join(lines))
  print('stopped at step', step)
  step, _ = train(train_dir, FLAGS.max_steps + 20)
  print('resumed and stopped at step', step)
  print('evaluation: %.5f' % evaluate(train_dir))


if __name__ == '__main__':
  tf.logging.set_verbosity(tf.logging.ERROR)
  tf.app.run()
