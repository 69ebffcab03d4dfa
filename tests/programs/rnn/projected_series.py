"""A time series by a basic cell behind a projection, with the learning rate in the program."""
import numpy as np
import tensorflow as tf

n_steps, n_inputs, n_neurons, n_outputs = 10, 1, 14, 1
t = np.linspace(0, 30, 400)


def series(t):
    return t * np.sin(t) / 3 + 2 * np.sin(t * 5)


def next_batch(batch_size, n_steps):
    t0 = np.random.rand(batch_size, 1) * (30 - n_steps * 0.1)
    Ts = t0 + np.arange(0., n_steps + 1) * 0.1
    ys = series(Ts)
    return ys[:, :-1].reshape(-1, n_steps, 1), ys[:, 1:].reshape(-1, n_steps, 1)


tf.reset_default_graph()
X = tf.placeholder(tf.float32, [None, n_steps, n_inputs])
y = tf.placeholder(tf.float32, [None, n_steps, n_outputs])
cell = tf.contrib.rnn.OutputProjectionWrapper(
    tf.contrib.rnn.BasicRNNCell(num_units=n_neurons, activation=tf.nn.relu),
    output_size=n_outputs)
outputs, states = tf.nn.dynamic_rnn(cell, X, dtype=tf.float32)

loss = tf.reduce_mean(tf.square(outputs - y))
training_op = tf.train.AdamOptimizer(learning_rate=0.001).minimize(loss)
init = tf.global_variables_initializer()

with tf.Session() as sess:
    init.run()
    for iteration in range(30):
        X_batch, y_batch = next_batch(20, n_steps)
        sess.run(training_op, feed_dict={X: X_batch, y: y_batch})
        if iteration % 10 == 0:
            mse = loss.eval(feed_dict={X: X_batch, y: y_batch})
            print(iteration, "\tMSE:", mse)
    X_new = series(np.linspace(3, 4, n_steps)).reshape(-1, n_steps, n_inputs)
    print(sess.run(outputs, feed_dict={X: X_new})[0, -1])
