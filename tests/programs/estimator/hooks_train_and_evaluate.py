"""Production style trainer: flags, RunConfig, hooks, scaffold, train_and_evaluate, exporter."""
import os
import tempfile

import numpy as np
import tensorflow as tf

tf.app.flags.DEFINE_string('job_dir', None, 'checkpoints and exports go here')
tf.app.flags.DEFINE_integer('max_steps', 120, 'training steps')
tf.app.flags.DEFINE_float('learning_rate', 0.1, 'initial learning rate')
tf.app.flags.DEFINE_boolean('log_device_placement', False, '')

FLAGS = tf.app.flags.FLAGS

WEIGHTS = np.array([1.0, -2.0, 0.5, 3.0], dtype=np.float32)


# (step, loss) of each step; not in params, of which the Estimator keeps a deep copy
HISTORY = []


class LossHistoryHook(tf.train.SessionRunHook):
  """Remembers the loss of each step."""

  def __init__(self, loss):
    self._loss = loss

  def begin(self):
    self._step = -1
    self._global_step_tensor = tf.train.get_or_create_global_step()

  def before_run(self, run_context):
    return tf.train.SessionRunArgs([self._loss, self._global_step_tensor])

  def after_run(self, run_context, run_values):
    loss, self._step = run_values.results
    HISTORY.append((int(self._step), float(loss)))
    if not np.isfinite(loss):
      run_context.request_stop()

  def end(self, session):
    assert session.run(self._global_step_tensor) >= 0


def model_fn(features, labels, mode, params, config):
  with tf.variable_scope('linear'):
    w = tf.get_variable('w', [4, 1], initializer=tf.zeros_initializer())
    b = tf.get_variable('b', [1], initializer=tf.zeros_initializer())
  predictions = tf.squeeze(tf.matmul(features['x'], w) + b, [1])
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(
        mode, predictions={'y': predictions},
        export_outputs={'serving_default': tf.estimator.export.PredictOutput({'y': predictions})})

  loss = tf.losses.mean_squared_error(labels, predictions)
  loss = loss + tf.losses.get_regularization_loss()
  if mode == tf.estimator.ModeKeys.EVAL:
    metrics = {'mae': tf.metrics.mean_absolute_error(labels, predictions),
               'rmse': tf.metrics.root_mean_squared_error(labels, predictions)}
    return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops=metrics)

  global_step = tf.train.get_global_step()
  rate = tf.train.exponential_decay(params['learning_rate'], global_step,
                                    decay_steps=50, decay_rate=0.5, staircase=True)
  tf.summary.scalar('learning_rate', rate)
  optimizer = tf.train.MomentumOptimizer(rate, momentum=0.5)
  train_op = optimizer.minimize(loss, global_step)
  hooks = [LossHistoryHook(loss),
           tf.train.NanTensorHook(loss),
           tf.train.StepCounterHook(every_n_steps=100)]
  scaffold = tf.train.Scaffold(saver=tf.train.Saver(max_to_keep=2))
  return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op,
                                    training_hooks=hooks, scaffold=scaffold)


def make_input_fn(count, seed, training):
  def input_fn():
    rng = np.random.RandomState(seed)
    x = rng.normal(size=(count, 4)).astype(np.float32)
    y = x.dot(WEIGHTS) + 0.5
    dataset = tf.data.Dataset.from_tensor_slices(({'x': x}, y))
    if training:
      dataset = dataset.repeat()
    return dataset.batch(32)
  return input_fn


def serving_input_receiver_fn():
  x = tf.placeholder(tf.float32, [None, 4], name='x')
  return tf.estimator.export.ServingInputReceiver({'x': x}, {'x': x})


def main(unused_argv):
  job_dir = FLAGS.job_dir or tempfile.mkdtemp()
  config = tf.estimator.RunConfig(model_dir=job_dir, save_summary_steps=50,
                                  save_checkpoints_steps=60, log_step_count_steps=None)
  estimator = tf.estimator.Estimator(
      model_fn, config=config, params={'learning_rate': FLAGS.learning_rate})
  train_spec = tf.estimator.TrainSpec(make_input_fn(320, 0, True), max_steps=FLAGS.max_steps)
  exporter = tf.estimator.FinalExporter('final', serving_input_receiver_fn)
  eval_spec = tf.estimator.EvalSpec(make_input_fn(64, 1, False), steps=None,
                                    exporters=[exporter], start_delay_secs=0, throttle_secs=0)
  metrics, _ = tf.estimator.train_and_evaluate(estimator, train_spec, eval_spec)
  print('steps seen by the hook:', len(HISTORY), 'first loss %.4f' % HISTORY[0][1])
  print('rmse %.5f, mae %.5f, step %d' % (metrics['rmse'], metrics['mae'],
                                          metrics['global_step']))
  print('w', np.round(estimator.get_variable_value('linear/w').ravel(), 3).tolist())
  print('exports:', len(tf.gfile.ListDirectory(os.path.join(job_dir, 'export', 'final'))))


if __name__ == '__main__':
  tf.logging.set_verbosity(tf.logging.ERROR)
  tf.app.run()
