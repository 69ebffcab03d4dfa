"""A small fully connected regressor, written as functions that build parts of the graph."""
from __future__ import print_function

import math

import numpy as np
import tensorflow as tf

HIDDEN1_UNITS = 16
HIDDEN2_UNITS = 8
NUM_FEATURES = 3


def weight_variable(shape, seed):
    """Weights with a slight amount of noise for symmetry breaking."""
    values = np.random.RandomState(seed).normal(scale=1.0 / math.sqrt(shape[0]), size=shape)
    return tf.Variable(values.astype(np.float32), name='weights')


def bias_variable(shape):
    initial = tf.constant(0.1, shape=shape)
    return tf.Variable(initial, name='biases')


def placeholder_inputs(batch_size):
    """Generate placeholder variables to represent the input tensors."""
    features_placeholder = tf.placeholder(tf.float32, shape=(batch_size, NUM_FEATURES))
    targets_placeholder = tf.placeholder(tf.float32, shape=(batch_size,))
    return features_placeholder, targets_placeholder


def inference(features):
    with tf.name_scope('hidden1'):
        weights = weight_variable([NUM_FEATURES, HIDDEN1_UNITS], seed=1)
        biases = bias_variable([HIDDEN1_UNITS])
        hidden1 = tf.nn.relu(tf.matmul(features, weights) + biases)
    with tf.name_scope('hidden2'):
        weights = weight_variable([HIDDEN1_UNITS, HIDDEN2_UNITS], seed=2)
        biases = bias_variable([HIDDEN2_UNITS])
        hidden2 = tf.nn.relu(tf.matmul(hidden1, weights) + biases)
    with tf.name_scope('linear'):
        weights = weight_variable([HIDDEN2_UNITS, 1], seed=3)
        biases = bias_variable([1])
        predictions = tf.matmul(hidden2, weights) + biases
    return tf.squeeze(predictions, axis=1)


def mean_squared_error(predictions, targets):
    return tf.reduce_mean(tf.squared_difference(predictions, targets), name='mse')


def training(loss, learning_rate):
    # Create a variable to track the global step.
    global_step = tf.Variable(0, name='global_step', trainable=False)
    optimizer = tf.train.AdamOptimizer(learning_rate)
    train_op = optimizer.minimize(loss, global_step=global_step)
    return train_op, global_step


def fill_feed_dict(features, targets, features_pl, targets_pl, step, batch_size):
    """Fills the feed_dict for training the given step."""
    start = (step * batch_size) % len(features)
    feed_dict = {
        features_pl: features[start:start + batch_size],
        targets_pl: targets[start:start + batch_size],
    }
    return feed_dict


def make_data(num_examples=320):
    rng = np.random.RandomState(0)
    features = rng.uniform(-1, 1, size=(num_examples, NUM_FEATURES)).astype(np.float32)
    targets = np.sin(features[:, 0]) + features[:, 1] ** 2 - 0.5 * features[:, 2]
    return features, targets.astype(np.float32)


def run_training(max_steps=200, batch_size=32):
    features, targets = make_data()
    # Tell TensorFlow that the model will be built into the default Graph.
    with tf.Graph().as_default():
        features_placeholder, targets_placeholder = placeholder_inputs(batch_size)
        predictions = inference(features_placeholder)
        loss = mean_squared_error(predictions, targets_placeholder)
        train_op, global_step = training(loss, learning_rate=0.01)

        init = tf.global_variables_initializer()
        sess = tf.Session()
        sess.run(init)

        for step in range(max_steps):
            feed_dict = fill_feed_dict(features, targets, features_placeholder,
                                       targets_placeholder, step, batch_size)
            _, loss_value = sess.run([train_op, loss], feed_dict=feed_dict)
            if step % 50 == 0:
                print('Step %d: loss = %.5f' % (step, loss_value))
        print('Trained for %d steps, final loss %.5f' % (sess.run(global_step), loss_value))
        sess.close()


if __name__ == '__main__':
    run_training()
