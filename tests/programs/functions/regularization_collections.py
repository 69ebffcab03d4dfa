"""Regularisation losses, collections of our own, name-based selection of variables."""
from __future__ import division, print_function

import numpy as np
import tensorflow as tf

tf.set_random_seed(2019)

ACTIVATIONS = 'activations'
FROZEN = 'frozen_variables'


def l2(scale):
    """A regularizer function; same as tf.contrib.layers.l2_regularizer."""
    return lambda weights: scale * tf.nn.l2_loss(weights)


def fully_connected(x, units, scope, seed, regularizer=None, act=None, frozen=False):
    n_in = int(x.get_shape()[1])
    values = np.random.RandomState(seed).normal(scale=n_in ** -0.5, size=(n_in, units))
    collections = [tf.GraphKeys.GLOBAL_VARIABLES]
    collections.append(FROZEN if frozen else tf.GraphKeys.TRAINABLE_VARIABLES)
    with tf.variable_scope(scope, regularizer=regularizer) as sc:
        w = tf.get_variable('kernel', shape=[n_in, units], collections=collections,
                            initializer=tf.constant_initializer(values), trainable=not frozen)
        b = tf.get_variable('bias', shape=[units], initializer=tf.zeros_initializer(),
                            regularizer=tf.no_regularizer)
        x = tf.nn.bias_add(tf.matmul(x, w), b)
        if act is not None:
            x = act(x)
        tf.add_to_collection(ACTIVATIONS, x)
        tf.add_to_collection(sc.name + '/outputs', x)
    return x


def build(x, y):
    net = fully_connected(x, 24, 'encoder/fc1', 0, l2(0.01), tf.nn.relu)
    net = fully_connected(net, 12, 'encoder/fc2', 1,
                          tf.contrib.layers.l1_regularizer(0.002), tf.nn.relu)
    # a random projection that is not trained
    net = fully_connected(net, 12, 'projection', 2, frozen=True)
    logits = fully_connected(net, 1, 'head', 3,
                             tf.contrib.layers.l1_l2_regularizer(scale_l1=0.001, scale_l2=0.005))
    # adds itself to tf.GraphKeys.LOSSES
    tf.losses.sigmoid_cross_entropy(multi_class_labels=y, logits=logits)
    sparsity = tf.add_n([tf.reduce_mean(tf.abs(a)) for a in tf.get_collection(ACTIVATIONS)])
    tf.losses.add_loss(0.001 * sparsity)
    return logits


def variables_by_scope(scope):
    """Variables below a scope, the way transfer learning selects them."""
    found = []
    for var in tf.get_collection(tf.GraphKeys.GLOBAL_VARIABLES, scope=scope):
        if 'Momentum' not in var.op.name:
            found.append(var)
    return found


def main():
    rng = np.random.RandomState(2)
    data = rng.normal(size=(240, 10)).astype(np.float32)
    target = (data[:, :1] * data[:, 1:2] + data[:, 2:3] > 0).astype(np.float32)

    x = tf.placeholder(tf.float32, shape=(None, 10))
    y = tf.placeholder(tf.float32, shape=(None, 1))
    logits = build(x, y)

    penalty = tf.losses.get_regularization_loss()
    by_hand = tf.add_n(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES))
    total = tf.losses.get_total_loss(add_regularization_losses=True)
    data_loss = tf.losses.get_losses()[0]

    # a slower rate for the encoder
    encoder_vars = tf.trainable_variables('encoder')
    other_vars = [v for v in tf.trainable_variables() if v not in encoder_vars]
    slow, fast = tf.train.MomentumOptimizer(0.05, 0.9), tf.train.MomentumOptimizer(0.1, 0.9)
    encoder_grads = tf.gradients(total, encoder_vars)
    other_grads = tf.gradients(total, other_vars)
    # neither update may begin before both gradients are known
    with tf.control_dependencies(encoder_grads + other_grads):
        train_op = tf.group(slow.apply_gradients(zip(encoder_grads, encoder_vars)),
                            fast.apply_gradients(zip(other_grads, other_vars)))

    print('regularization losses:', len(tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)))
    print('losses:', [tensor.op.name for tensor in tf.get_collection('losses')])
    print('frozen:', [v.op.name for v in tf.get_collection(FROZEN)])
    with tf.Session() as sess:
        sess.run(tf.variables_initializer(tf.global_variables()))
        projection = tf.get_default_graph().get_tensor_by_name('projection/kernel:0')
        before = sess.run(projection)
        for epoch in range(40):
            sess.run(train_op, feed_dict={x: data, y: target})
        values = sess.run([data_loss, penalty, by_hand, total], feed_dict={x: data, y: target})
        print('data %.5f, penalty %.5f = %.5f, total %.5f' % tuple(values))
        print('projection untouched:', bool((before == sess.run(projection)).all()))
        zeros = sum(int((np.abs(sess.run(v)) < 1e-3).sum()) for v in variables_by_scope('encoder'))
        print('tiny weights in the encoder:', zeros)
        uninitialized = sess.run(tf.report_uninitialized_variables())
        print('not initialised:', len(uninitialized))


if __name__ == '__main__':
    main()
