"""Unit tests in the style of TensorFlow's own: tf.test.TestCase with sessions."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import os

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import ops
from tensorflow.python.framework import test_util
from tensorflow.python.platform import test


def gated_linear(x, units, name, reuse=None):
  """Gated linear unit: the code under test."""
  with tf.variable_scope(name, reuse=reuse):
    projected = tf.layers.dense(x, 2 * units, kernel_initializer=tf.ones_initializer(),
                                name='projection')
    value, gate = tf.split(projected, 2, axis=-1)
    return value * tf.sigmoid(gate)


def running_mean(values, decay=0.5):
  mean = tf.get_variable('mean', [], initializer=tf.zeros_initializer(), trainable=False)
  return tf.assign(mean, decay * mean + (1 - decay) * tf.reduce_mean(values))


class GatedLinearTest(tf.test.TestCase):

  def setUp(self):
    super(GatedLinearTest, self).setUp()
    tf.set_random_seed(0)
    self._x = np.array([[1.0, 2.0], [0.0, -1.0]], dtype=np.float32)

  def testShape(self):
    with tf.Graph().as_default():
      x = tf.placeholder(tf.float32, [None, 2])
      y = gated_linear(x, 3, 'glu')
      self.assertEqual(y.get_shape().as_list(), [None, 3])
      self.assertEqual(y.get_shape()[1].value, 3)

  def testValues(self):
    with self.test_session() as sess:
      y = gated_linear(tf.constant(self._x), 2, 'glu')
      sess.run(tf.global_variables_initializer())
      expected = self._x.sum(axis=1, keepdims=True)
      expected = expected / (1 + np.exp(-expected))
      self.assertAllClose(np.repeat(expected, 2, axis=1), sess.run(y), rtol=1e-5)

  def testReuse(self):
    with self.test_session():
      first = gated_linear(tf.constant(self._x), 2, 'glu')
      second = gated_linear(tf.constant(self._x), 2, 'glu', reuse=True)
      self.assertEqual(2, len(tf.trainable_variables()))
      tf.global_variables_initializer().run()
      self.assertAllEqual(first.eval(), second.eval())

  def testReuseWithoutVariablesFails(self):
    with self.assertRaises(ValueError):
      gated_linear(tf.constant(self._x), 2, 'never_made', reuse=True)

  @test_util.run_deprecated_v1
  def testGradient(self):
    x = tf.constant(self._x)
    with self.cached_session() as sess:
      y = gated_linear(x, 2, 'glu')
      gradient = tf.gradients(y, x)[0]
      sess.run(tf.initializers.global_variables())
      self.assertEqual(sess.run(gradient).shape, (2, 2))
      error = tf.test.compute_gradient_error(x, [2, 2], y, [2, 2])
      self.assertLess(error, 1e-2)


class RunningMeanTest(test.TestCase):

  def testUpdates(self):
    with self.test_session(use_gpu=False) as sess:
      values = tf.placeholder(tf.float32, [None])
      update = running_mean(values)
      sess.run(tf.global_variables_initializer())
      self.assertAlmostEqual(1.0, sess.run(update, {values: [1.0, 3.0]}))
      self.assertAlmostEqual(1.5, update.eval({values: [2.0]}))

  def testUninitialized(self):
    with ops.Graph().as_default(), self.session() as sess:
      update = running_mean(tf.constant([1.0]))
      with self.assertRaises(tf.errors.FailedPreconditionError):
        sess.run(update)

  def testTempDir(self):
    path = os.path.join(self.get_temp_dir(), 'notes.txt')
    with tf.gfile.Open(path, 'w') as f:
      f.write('running mean')
    self.assertTrue(tf.gfile.Exists(path))
    tf.gfile.Remove(path)
    self.assertFalse(tf.gfile.Exists(path))


if __name__ == '__main__':
  tf.test.main()
