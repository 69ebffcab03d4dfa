"""Polyak averaging: train on the weights, evaluate on their ExponentialMovingAverage."""
from __future__ import print_function

import os
import tempfile

import numpy as np
import tensorflow as tf

MOVING_AVERAGE_DECAY = 0.95
NUM_STEPS = 120


def tower_loss(x, y):
    with tf.variable_scope('regression'):
        w = tf.get_variable('w', shape=[3], dtype=tf.float32, initializer=tf.ones_initializer())
        b = tf.get_variable('b', shape=[], dtype=tf.float32, initializer=tf.zeros_initializer())
    prediction = tf.tensordot(x, w, axes=1) + b
    loss = tf.reduce_mean(tf.square(prediction - y))
    tf.add_to_collection('losses', loss)
    # weight decay goes into the same collection, with its own factor
    tf.add_to_collection('losses', tf.multiply(tf.nn.l2_loss(w), 1e-4, name='weight_loss'))
    return tf.add_n(tf.get_collection('losses'), name='total_loss')


def add_loss_averages(total_loss):
    """A moving average of the loss itself, for a smooth display."""
    loss_averages = tf.train.ExponentialMovingAverage(0.9, name='avg')
    losses = tf.get_collection('losses')
    apply_op = loss_averages.apply(losses + [total_loss])
    return apply_op, loss_averages.average(total_loss)


def build_train_op(total_loss, global_step):
    loss_averages_op, smooth_loss = add_loss_averages(total_loss)
    with tf.control_dependencies([loss_averages_op]):
        opt = tf.train.GradientDescentOptimizer(0.15)
        grads = opt.compute_gradients(total_loss)
    apply_gradient_op = opt.apply_gradients(grads, global_step=global_step)

    # Track the moving averages of all trainable variables, after they were updated.
    variable_averages = tf.train.ExponentialMovingAverage(MOVING_AVERAGE_DECAY, global_step)
    with tf.control_dependencies([apply_gradient_op]):
        variables_averages_op = variable_averages.apply(tf.trainable_variables())
    with tf.control_dependencies([variables_averages_op]):
        train_op = tf.no_op(name='train')
    return train_op, variable_averages, smooth_loss


def batches():
    rng = np.random.RandomState(14)
    while True:
        x = rng.normal(size=(16, 3))
        yield x, x.dot([2.0, -1.0, 0.5]) + 1.0 + rng.normal(scale=0.8, size=16)


def train(checkpoint):
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [None, 3])
        y = tf.placeholder(tf.float32, [None])
        global_step = tf.contrib.framework.get_or_create_global_step()
        loss = tower_loss(x, y)
        train_op, averages, smooth_loss = build_train_op(loss, global_step)
        w = [v for v in tf.trainable_variables() if v.op.name.endswith('w')][0]
        saver = tf.train.Saver(tf.all_variables())
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            source = batches()
            for step in range(NUM_STEPS):
                x_batch, y_batch = next(source)
                _, value, smooth = sess.run([train_op, loss, smooth_loss],
                                            feed_dict={x: x_batch, y: y_batch})
                if step % 40 == 39:
                    print('step %d: loss %.4f, smoothed %.4f' % (step + 1, value, smooth))
            print('w      ', sess.run(w).round(4).tolist())
            print('average', sess.run(averages.average(w)).round(4).tolist())
            return saver.save(sess, checkpoint, global_step)


def evaluate(path, averaged):
    with tf.Graph().as_default():
        rng = np.random.RandomState(15)
        data = rng.normal(size=(500, 3))
        x = tf.constant(data, tf.float32)
        y = tf.constant(data.dot([2.0, -1.0, 0.5]) + 1.0, tf.float32)
        tower_loss(x, y)
        mse = tf.get_collection('losses')[0]
        if averaged:
            # Restore the moving average version of the learned variables for eval.
            variable_averages = tf.train.ExponentialMovingAverage(MOVING_AVERAGE_DECAY)
            saver = tf.train.Saver(variable_averages.variables_to_restore())
        else:
            saver = tf.train.Saver()
        with tf.Session() as sess:
            saver.restore(sess, path)
            return sess.run(mse)


if __name__ == '__main__':
    path = train(os.path.join(tempfile.mkdtemp(), 'model.ckpt'))
    raw, smooth = evaluate(path, averaged=False), evaluate(path, averaged=True)
    print('raw %.6f, averaged %.6f' % (raw, smooth))
    assert smooth < raw
