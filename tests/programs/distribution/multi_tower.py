"""Data parallel towers on several devices, gradients averaged on the parameter device.

Two towers are placed on the one processor, so that it runs anywhere.
"""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import numpy as np
import tensorflow as tf
from tensorflow.python.client import device_lib

FLAGS = tf.app.flags.FLAGS
tf.app.flags.DEFINE_integer('num_towers', 2, """How many towers to use.""")
tf.app.flags.DEFINE_integer('max_steps', 50, """Number of batches to run.""")
TOWER_NAME = 'tower'


def _variable_on_cpu(name, shape, initializer):
  """Helper to create a Variable stored on CPU memory."""
  with tf.device('/cpu:0'):
    return tf.get_variable(name, shape, initializer=initializer, dtype=tf.float32)


def _variable_with_weight_decay(name, values, wd):
  var = _variable_on_cpu(name, values.shape, tf.constant_initializer(values))
  if wd is not None:
    weight_decay = tf.multiply(tf.nn.l2_loss(var), wd, name='weight_loss')
    tf.add_to_collection('losses', weight_decay)
  return var


def inference(x):
  rng = np.random.RandomState(3)
  with tf.variable_scope('local') as scope:
    weights = _variable_with_weight_decay('weights', rng.normal(scale=.4, size=(4, 8)), wd=0.004)
    biases = _variable_on_cpu('biases', [8], tf.constant_initializer(0.1))
    local = tf.nn.relu(tf.matmul(x, weights) + biases, name=scope.name)
  with tf.variable_scope('softmax_linear'):
    weights = _variable_with_weight_decay('weights', rng.normal(scale=.4, size=(8, 3)), wd=None)
    return tf.matmul(local, weights)


def tower_loss(scope, x, labels):
  """Calculate the total loss on a single tower."""
  logits = inference(x)
  cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
      labels=labels, logits=logits, name='cross_entropy_per_example')
  tf.add_to_collection('losses', tf.reduce_mean(cross_entropy, name='cross_entropy'))
  # Assemble all of the losses for the current tower only.
  losses = tf.get_collection('losses', scope)
  return tf.add_n(losses, name='total_loss')


def average_gradients(tower_grads):
  """Calculate the average gradient for each shared variable across all towers."""
  average_grads = []
  for grad_and_vars in zip(*tower_grads):
    grads = [tf.expand_dims(g, 0) for g, _ in grad_and_vars]
    grad = tf.reduce_mean(tf.concat(axis=0, values=grads), 0)
    average_grads.append((grad, grad_and_vars[0][1]))
  return average_grads


def devices():
  local = device_lib.list_local_devices()
  gpus = [d.name for d in local if d.device_type == 'GPU']
  return gpus or ['/cpu:0'] * FLAGS.num_towers


def train():
  rng = np.random.RandomState(9)
  x_data = rng.normal(size=(240, 4)).astype(np.float32)
  y_data = np.argmax(x_data[:, :3] + 0.3 * x_data[:, 1:], axis=1)

  with tf.Graph().as_default(), tf.device('/cpu:0'):
    global_step = tf.get_variable(
        'global_step', [], initializer=tf.constant_initializer(0), trainable=False)
    lr = tf.train.exponential_decay(0.5, global_step, 20, 0.7, staircase=True)
    opt = tf.train.GradientDescentOptimizer(lr)

    x = tf.placeholder(tf.float32, [None, 4])
    y = tf.placeholder(tf.int64, [None])
    x_splits = tf.split(x, FLAGS.num_towers)
    y_splits = tf.split(y, FLAGS.num_towers)

    tower_grads, losses = [], []
    with tf.variable_scope(tf.get_variable_scope()):
      for i, device in zip(range(FLAGS.num_towers), devices()):
        with tf.device(device):
          with tf.name_scope('%s_%d' % (TOWER_NAME, i)) as scope:
            loss = tower_loss(scope, x_splits[i], y_splits[i])
            # Reuse variables for the next tower.
            tf.get_variable_scope().reuse_variables()
            tower_grads.append(opt.compute_gradients(loss))
            losses.append(loss)

    grads = average_gradients(tower_grads)
    train_op = opt.apply_gradients(grads, global_step=global_step)
    mean_loss = tf.add_n(losses) / len(losses)

    config = tf.ConfigProto(allow_soft_placement=True, intra_op_parallelism_threads=1)
    sess = tf.Session(config=config)
    sess.run(tf.global_variables_initializer())
    for step in range(FLAGS.max_steps):
      rows = np.arange(step * 40, (step + 1) * 40) % len(x_data)
      _, loss_value = sess.run([train_op, mean_loss], feed_dict={x: x_data[rows], y: y_data[rows]})
      assert not np.isnan(loss_value), 'Model diverged with loss = NaN'
      if step % 10 == 0:
        print('step %d, loss = %.5f' % (step, loss_value))
    print('variables:', [v.op.name for v in tf.trainable_variables()])
    print('final loss over everything: %.5f' % sess.run(mean_loss, {x: x_data, y: y_data}))


def main(argv=None):  # pylint: disable=unused-argument
  train()


if __name__ == '__main__':
  tf.app.run()
