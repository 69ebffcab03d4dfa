"""The state is fed from the second batch on; the first begins with zeros."""
import numpy as np
import tensorflow as tf

x = tf.placeholder(tf.float32, [3, 4, 2])
y = tf.placeholder(tf.float32, [3, 1])
cell = tf.nn.rnn_cell.BasicLSTMCell(5)
start = cell.zero_state(3, tf.float32)
outputs, final = tf.nn.dynamic_rnn(cell, x, initial_state=start)
w = tf.get_variable("w", [5, 1])
loss = tf.reduce_mean(tf.square(tf.matmul(outputs[:, -1], w) - y))
train = tf.train.AdamOptimizer(0.02).minimize(loss)
rng = np.random.RandomState(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(10):
        bx, by = rng.normal(size=(3, 4, 2)), rng.normal(size=(3, 1))
        if i == 0:
            feed_dict = {x: bx, y: by}
        else:
            feed_dict = {x: bx, y: by, start: state}
        _, cost, state = sess.run([train, loss, final], feed_dict=feed_dict)
    print(cost, np.abs(state.c).mean())
