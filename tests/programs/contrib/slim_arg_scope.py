# Copyright 2017, an imaginary vision group. All rights reserved.
"""A small VGG-like network in slim: arg_scope, end_points, model variables, create_train_op."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import numpy as np
import tensorflow as tf

slim = tf.contrib.slim
trunc_normal = lambda stddev: tf.truncated_normal_initializer(0.0, stddev, seed=1)


def tiny_vgg_arg_scope(weight_decay=0.0005):
  """Defines the default arguments.

  Args:
    weight_decay: The l2 regularization coefficient.

  Returns:
    An arg_scope.
  """
  with slim.arg_scope([slim.conv2d, slim.fully_connected],
                      activation_fn=tf.nn.relu,
                      weights_regularizer=slim.l2_regularizer(weight_decay),
                      weights_initializer=trunc_normal(0.1),
                      biases_initializer=tf.zeros_initializer()):
    with slim.arg_scope([slim.conv2d], padding='SAME') as arg_sc:
      return arg_sc


def tiny_vgg(inputs, num_classes=4, is_training=True, dropout_keep_prob=0.8,
             scope='tiny_vgg'):
  with tf.variable_scope(scope, 'tiny_vgg', [inputs]) as sc:
    end_points_collection = sc.name + '_end_points'
    with slim.arg_scope([slim.conv2d, slim.fully_connected, slim.max_pool2d],
                        outputs_collections=end_points_collection):
      net = slim.repeat(inputs, 2, slim.conv2d, 8, [3, 3], scope='conv1')
      net = slim.max_pool2d(net, [2, 2], scope='pool1')
      net = slim.conv2d(net, 16, [3, 3], scope='conv2')
      net = slim.max_pool2d(net, [2, 2], scope='pool2')
      net = slim.flatten(net)
      net = slim.dropout(net, dropout_keep_prob, is_training=is_training,
                         scope='dropout3')
      net = slim.fully_connected(net, num_classes, activation_fn=None,
                                 scope='fc4')
      end_points = slim.utils.convert_collection_to_dict(end_points_collection)
      end_points['predictions'] = slim.softmax(net, scope='predictions')
      return net, end_points


tiny_vgg.default_image_size = 8


def get_data(count, seed):
  """Pictures with one bright quadrant."""
  rng = np.random.RandomState(seed)
  labels = rng.randint(4, size=count)
  images = rng.uniform(size=(count, 8, 8, 1)) * 0.5
  for image, label in zip(images, labels):
    row, col = 4 * (label // 2), 4 * (label % 2)
    image[row:row + 4, col:col + 4] += 0.5
  return images.astype(np.float32), labels


def main(_):
  tf.logging.set_verbosity(tf.logging.WARN)
  train_images, train_labels = get_data(256, seed=2)
  test_images, test_labels = get_data(64, seed=3)

  with tf.Graph().as_default():
    tf.set_random_seed(1)
    images = tf.placeholder(tf.float32, [None, 8, 8, 1])
    labels = tf.placeholder(tf.int64, [None])

    with slim.arg_scope(tiny_vgg_arg_scope()):
      logits, end_points = tiny_vgg(images)
    with slim.arg_scope(tiny_vgg_arg_scope()):
      with tf.variable_scope(tf.get_variable_scope(), reuse=True):
        eval_logits, _ = tiny_vgg(images, is_training=False)

    one_hot_labels = slim.one_hot_encoding(labels, 4)
    slim.losses.softmax_cross_entropy(logits, one_hot_labels)
    total_loss = slim.losses.get_total_loss()

    global_step = slim.get_or_create_global_step()
    optimizer = tf.train.AdamOptimizer(learning_rate=0.005)
    train_op = slim.learning.create_train_op(total_loss, optimizer,
                                             clip_gradient_norm=5.0)
    accuracy = slim.metrics.accuracy(tf.argmax(eval_logits, 1), labels)

    print('end points:', sorted(end_points)[:3])
    print('model variables:', len(slim.get_model_variables()),
          'regularization losses:', len(slim.losses.get_regularization_losses()))

    with tf.Session() as sess:
      sess.run(tf.global_variables_initializer())
      for step in range(60):
        start = (step * 32) % 256
        loss = sess.run(train_op, feed_dict={
            images: train_images[start:start + 32],
            labels: train_labels[start:start + 32]})
        if step % 20 == 0:
          print('step %d: total loss is finite: %s' % (step, np.isfinite(loss)))
      print('accuracy at step %d: %.3f' % (
          sess.run(global_step),
          sess.run(accuracy, feed_dict={images: test_images,
                                        labels: test_labels})))


if __name__ == '__main__':
  tf.app.run()
