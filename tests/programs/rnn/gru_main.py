"""Next value of a time series by a GRU; everything in main()."""
import argparse

import numpy as np
import tensorflow as tf


def series(n):
    t = np.arange(n)
    return (np.sin(t * 0.2) + 0.3 * np.sin(t * 0.55)).astype(np.float32)


def next_batch(data, rng, batch_size, n_steps):
    starts = rng.randint(0, len(data) - n_steps - 1, size=batch_size)
    rows = np.array([data[s:s + n_steps + 1] for s in starts])
    return rows[:, :-1].reshape(-1, n_steps, 1), rows[:, 1:].reshape(-1, n_steps, 1)


def main(args):
    data, rng = series(500), np.random.RandomState(0)

    X = tf.placeholder(tf.float32, [None, args.n_steps, 1])
    y = tf.placeholder(tf.float32, [None, args.n_steps, 1])

    cell = tf.contrib.rnn.GRUCell(num_units=args.n_neurons, activation=tf.nn.relu)
    rnn_outputs, states = tf.nn.dynamic_rnn(cell, X, dtype=tf.float32)
    stacked_rnn_outputs = tf.reshape(rnn_outputs, [-1, args.n_neurons])
    stacked_outputs = tf.layers.dense(stacked_rnn_outputs, 1)
    outputs = tf.reshape(stacked_outputs, [-1, args.n_steps, 1])

    loss = tf.reduce_mean(tf.square(outputs - y))
    optimizer = tf.train.AdamOptimizer(learning_rate=0.005)
    training_op = optimizer.minimize(loss)
    init = tf.global_variables_initializer()

    with tf.Session() as sess:
        init.run()
        for iteration in range(args.n_iterations):
            X_batch, y_batch = next_batch(data, rng, 20, args.n_steps)
            sess.run(training_op, feed_dict={X: X_batch, y: y_batch})
            if iteration % 20 == 0:
                mse = loss.eval(feed_dict={X: X_batch, y: y_batch})
                print(iteration, "\tMSE:", mse)
        X_new = data[:args.n_steps].reshape(-1, args.n_steps, 1)
        y_pred = sess.run(outputs, feed_dict={X: X_new})
        last = sess.run(states, feed_dict={X: X_new})
        print("prediction", y_pred[0, -1, 0], "state", np.abs(last).mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--n_steps", type=int, default=12)
    parser.add_argument("--n_neurons", type=int, default=16)
    parser.add_argument("--n_iterations", type=int, default=60)
    main(parser.parse_args())
