"""Layers that go both ways, two of them; and a list of steps both ways, with the states."""
import numpy as np
import tensorflow as tf
from tensorflow.contrib import rnn

n_steps = 5
x = tf.placeholder(tf.float32, [None, n_steps, 3])
lengths = tf.placeholder(tf.int32, [None])
y = tf.placeholder(tf.float32, [None, 1])

with tf.variable_scope("stack"):
    cells_fw = [rnn.LSTMCell(4), rnn.LSTMCell(5)]
    cells_bw = [rnn.LSTMCell(4), rnn.LSTMCell(5)]
    outputs, states_fw, states_bw = rnn.stack_bidirectional_dynamic_rnn(
        cells_fw, cells_bw, x, dtype=tf.float32, sequence_length=lengths)
    joined = tf.concat([states_fw[-1].h, states_bw[-1].h], axis=1)

with tf.variable_scope("steps"):
    fw_cell = rnn.GRUCell(6)
    bw_cell = rnn.GRUCell(6)
    seq, last_fw, last_bw = rnn.static_bidirectional_rnn(
        fw_cell, bw_cell, tf.unstack(x, n_steps, 1), dtype=tf.float32)
    both = tf.concat([last_fw, last_bw, seq[0]], 1)

prediction = tf.layers.dense(tf.concat([joined, both], 1), 1)
loss = tf.reduce_mean(tf.square(prediction - y))
train = tf.train.GradientDescentOptimizer(0.05).minimize(loss)
rng = np.random.RandomState(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(8):
        feed = {x: rng.normal(size=(6, n_steps, 3)), lengths: rng.randint(1, n_steps + 1, size=6), y: np.ones((6, 1))}
        _, l = sess.run([train, loss], feed_dict=feed)
        print(l)
    fw, out = sess.run([states_fw, outputs], feed_dict=feed)
    print(fw[1].c.mean(), out.mean())
