"""Two LSTM layers with dropout whose probability is fed, made by a function."""
from __future__ import print_function

import numpy as np
import tensorflow as tf

num_layers = 2
lstm_size = 16
n_steps, n_inputs, n_classes = 8, 4, 3
learning_rate = 0.01

rng = np.random.RandomState(1)
centers = rng.normal(size=(n_classes, n_steps, n_inputs))


def next_batch(size):
    labels = rng.randint(0, n_classes, size=size)
    return centers[labels] + rng.normal(scale=0.8, size=(size, n_steps, n_inputs)), labels


inputs_ = tf.placeholder(tf.float32, [None, n_steps, n_inputs], name="inputs")
labels_ = tf.placeholder(tf.int64, [None], name="labels")
keep_prob_ = tf.placeholder(tf.float32, name="keep")


def lstm_cell():
    lstm = tf.contrib.rnn.BasicLSTMCell(lstm_size, state_is_tuple=True)
    return tf.contrib.rnn.DropoutWrapper(lstm, output_keep_prob=keep_prob_)


cell = tf.contrib.rnn.MultiRNNCell([lstm_cell() for _ in range(num_layers)], state_is_tuple=True)
outputs, final_state = tf.nn.dynamic_rnn(cell, inputs_, dtype=tf.float32)

logits = tf.layers.dense(outputs[:, -1], n_classes, name="logits")
cost = tf.reduce_mean(
    tf.nn.sparse_softmax_cross_entropy_with_logits(logits=logits, labels=labels_))

# Grab train op and clip the gradients
train_op = tf.train.AdamOptimizer(learning_rate)
gradients = train_op.compute_gradients(cost)
capped_gradients = [(tf.clip_by_value(grad, -1., 1.), var) for grad, var in gradients if grad is not None]
optimizer = train_op.apply_gradients(capped_gradients)

correct = tf.equal(tf.argmax(logits, 1), labels_)
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32), name="accuracy")

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for iteration in range(30):
        X, y = next_batch(32)
        feed = {inputs_: X, labels_: y, keep_prob_: 0.7}
        loss, _ = sess.run([cost, optimizer], feed_dict=feed)
        if iteration % 10 == 9:
            X, y = next_batch(100)
            acc = sess.run(accuracy, feed_dict={inputs_: X, labels_: y, keep_prob_: 1.0})
            print("iteration", iteration, "loss", loss, "accuracy", acc)
