"""Hyper-parameter sweep with HParams, parsed from a command line string."""
from __future__ import print_function

import os
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.contrib.training import HParams

flags = tf.flags
FLAGS = flags.FLAGS
flags.DEFINE_string('hparams', 'num_units=12,learning_rate=0.05', 'overrides')
flags.DEFINE_string('output_dir', '', 'where to write the results; a temporary folder if empty')
flags.DEFINE_integer('steps', 80, 'training steps a trial')
flags.DEFINE_bool('verbose', False, 'log every ten steps')


def default_hparams():
  return HParams(
      num_units=8,
      activation='tanh',
      learning_rate=0.1,
      optimizer='momentum',
      decay_rates=[0.5, 0.9],
      use_bias=True)


def get_optimizer(hparams):
  if hparams.optimizer == 'momentum':
    return tf.train.MomentumOptimizer(hparams.learning_rate, 0.9)
  if hparams.optimizer == 'adagrad':
    return tf.train.AdagradOptimizer(hparams.learning_rate)
  if hparams.optimizer == 'ftrl':
    return tf.train.FtrlOptimizer(hparams.learning_rate)
  raise ValueError('unknown optimizer %s' % hparams.optimizer)


def build(hparams, features, targets):
  """Returns the loss and the train op for a two layer network."""
  rng = np.random.RandomState(0)
  activation = {'tanh': tf.tanh, 'relu': tf.nn.relu}[hparams.activation]
  hidden = tf.contrib.layers.fully_connected(
      features, hparams.num_units, activation_fn=activation,
      weights_initializer=tf.constant_initializer(
          rng.normal(scale=0.5, size=(4, hparams.num_units))))
  output = tf.contrib.layers.linear(
      hidden, 1,
      weights_initializer=tf.constant_initializer(
          rng.normal(scale=0.5, size=(hparams.num_units, 1))),
      biases_initializer=tf.zeros_initializer() if hparams.use_bias else None)
  loss = tf.losses.mean_squared_error(targets, output)
  train_op = tf.contrib.training.create_train_op(loss, get_optimizer(hparams))
  return loss, train_op


def run_trial(hparams, data):
  with tf.Graph().as_default(), tf.Session() as sess:
    features = tf.placeholder(tf.float32, [None, 4])
    targets = tf.placeholder(tf.float32, [None, 1])
    loss, train_op = build(hparams, features, targets)
    sess.run(tf.global_variables_initializer())
    feed = {features: data[0], targets: data[1]}
    for step in range(FLAGS.steps):
      value = sess.run(train_op, feed_dict=feed)
      if FLAGS.verbose and step % 10 == 0:
        tf.logging.info('step %d: %.5f', step, value)
    return sess.run(loss, feed_dict=feed)


def main(unused_argv):
  rng = np.random.RandomState(17)
  x = rng.normal(size=(200, 4))
  data = x, np.sin(x[:, :1]) + 0.1 * x[:, 1:2] ** 2

  output_dir = FLAGS.output_dir or tempfile.mkdtemp()
  if not tf.gfile.Exists(output_dir):
    tf.gfile.MakeDirs(output_dir)

  base = default_hparams().parse(FLAGS.hparams)
  results = {}
  for optimizer in ('momentum', 'adagrad', 'ftrl'):
    hparams = HParams(**base.values())
    hparams.set_hparam('optimizer', optimizer)
    hparams.add_hparam('trial', len(results))
    results[optimizer] = run_trial(hparams, data)
    with tf.gfile.GFile(os.path.join(output_dir, optimizer + '.json'), 'w') as f:
      f.write(hparams.to_json())
  for optimizer, value in sorted(results.items()):
    print('%-10s %.5f' % (optimizer, value))
  print('best:', min(results, key=results.get), 'files:', sorted(tf.gfile.ListDirectory(output_dir)))


if __name__ == '__main__':
  tf.app.run(main=main)
