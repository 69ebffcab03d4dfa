"""A model that went through tf_upgrade_v2 and was left at that."""
from __future__ import print_function

import os
import tempfile

import numpy as np
import tensorflow as tf

IMAGE_PIXELS = 36


def variable_with_l2(name, values, scale):
    var = tf.compat.v1.get_variable(name, initializer=tf.constant(values, tf.float32))
    tf.compat.v1.add_to_collection(tf.compat.v1.GraphKeys.REGULARIZATION_LOSSES,
                                   scale * tf.nn.l2_loss(var))
    return var


class Network(object):

    def __init__(self, n_classes=2):
        rng = np.random.RandomState(0)
        self.images = tf.compat.v1.placeholder(tf.float32, [None, 6, 6, 1], name='images')
        self.labels = tf.compat.v1.placeholder(tf.int32, [None], name='labels')
        self.keep_prob = tf.compat.v1.placeholder_with_default(1.0, [], name='keep_prob')

        with tf.compat.v1.variable_scope('conv'):
            kernel = variable_with_l2('kernel', rng.normal(scale=0.3, size=(3, 3, 1, 6)), 1e-3)
            net = tf.nn.conv2d(input=self.images, filters=kernel, strides=[1, 1, 1, 1],
                               padding='SAME')
            net = tf.nn.max_pool2d(input=tf.nn.relu(net), ksize=2, strides=2, padding='SAME')
        net = tf.compat.v1.layers.flatten(net)
        net = tf.nn.dropout(net, rate=1 - (self.keep_prob))
        self.logits = tf.compat.v1.layers.dense(
            net, n_classes, name='logits',
            kernel_initializer=tf.compat.v1.constant_initializer(
                rng.normal(scale=0.2, size=(54, n_classes))))
        self.probabilities = tf.nn.softmax(self.logits)

        cross_entropy = tf.compat.v1.losses.sparse_softmax_cross_entropy(
            labels=self.labels, logits=self.logits)
        self.loss = cross_entropy + tf.add_n(tf.compat.v1.get_collection(
            tf.compat.v1.GraphKeys.REGULARIZATION_LOSSES))
        self.global_step = tf.compat.v1.train.get_or_create_global_step()
        rate = tf.compat.v1.train.exponential_decay(0.05, self.global_step, 20, 0.9)
        self.train_op = tf.compat.v1.train.AdamOptimizer(rate).minimize(
            self.loss, global_step=self.global_step)

        right = tf.equal(tf.argmax(input=self.logits, axis=1, output_type=tf.int32), self.labels)
        self.accuracy = tf.reduce_mean(input_tensor=tf.cast(right, dtype=tf.float32))
        self.mean_probability = tf.reduce_max(
            input_tensor=self.probabilities, axis=1, keepdims=True)


def corners(count, seed):
    rng = np.random.RandomState(seed)
    labels = rng.randint(2, size=count)
    images = rng.uniform(0, 0.7, size=(count, 6, 6, 1))
    images[labels == 1, :2, :2] += 0.5
    images[labels == 0, 4:, 4:] += 0.5
    return images, labels


def main(_):
    tf.compat.v1.logging.set_verbosity(tf.compat.v1.logging.ERROR)
    tf.compat.v1.set_random_seed(1)
    images, labels = corners(300, seed=1)
    net = Network()
    tf.compat.v1.summary.scalar('loss', net.loss)
    merged = tf.compat.v1.summary.merge_all()
    log_dir = tempfile.mkdtemp()

    with tf.compat.v1.Session() as sess:
        writer = tf.compat.v1.summary.FileWriter(log_dir, sess.graph)
        sess.run(tf.compat.v1.global_variables_initializer())
        for step in range(60):
            start = step * 50 % 300
            feed = {net.images: images[start:start + 50], net.labels: labels[start:start + 50]}
            _, loss, summary = sess.run([net.train_op, net.loss, merged], feed_dict=feed)
            writer.add_summary(summary, step)
            if step % 20 == 0:
                print('step %d: %.5f' % (step, loss))
        writer.close()
        saver = tf.compat.v1.train.Saver()
        path = saver.save(sess, os.path.join(log_dir, 'model'))

    with tf.compat.v1.Session() as sess:
        saver.restore(sess, path)
        test_images, test_labels = corners(100, seed=2)
        accuracy, mean = sess.run([net.accuracy, net.mean_probability],
                                  {net.images: test_images, net.labels: test_labels})
        print('accuracy %.4f, mean probability %.5f' % (accuracy, mean.mean()))
    print(len(tf.io.gfile.glob(os.path.join(log_dir, '*'))) >= 4)


if __name__ == '__main__':
    tf.compat.v1.app.run()
