"""One network, built twice: with dropout to train, and without, sharing variables, to test."""
import numpy as np
import tensorflow as tf


def network(x, keep_prob, reuse=None):
    with tf.variable_scope("network", reuse=reuse):
        cell = tf.nn.rnn_cell.GRUCell(9)
        cell = tf.nn.rnn_cell.DropoutWrapper(cell, input_keep_prob=keep_prob)
        _, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
        return tf.layers.dense(state, 1)


x = tf.placeholder(tf.float32, [None, 6, 2])
y = tf.placeholder(tf.float32, [None, 1])
train_loss = tf.losses.mean_squared_error(y, network(x, 0.6))
test_loss = tf.losses.mean_squared_error(y, network(x, 1.0, reuse=True))
train_op = tf.train.GradientDescentOptimizer(0.1).minimize(train_loss)

rng = np.random.RandomState(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(20):
        xs = rng.normal(size=(16, 6, 2))
        ys = xs[:, -1, :1] - xs[:, 0, 1:]
        sess.run(train_op, {x: xs, y: ys})
    print(sess.run([train_loss, test_loss], {x: xs, y: ys}))
