"""Loops and branches in the graph: while_loop, cond, case, scan, TensorArray, Assert."""
import numpy as np
import tensorflow as tf


def newton_sqrt(x, max_iterations=20, tolerance=1e-6):
    """Square root by Newton's method, with the number of iterations it took."""
    def condition(i, guess, error):
        return tf.logical_and(i < max_iterations, error > tolerance)

    def body(i, guess, error):
        better = 0.5 * (guess + x / guess)
        return i + 1, better, tf.abs(better - guess)

    i, root, _ = tf.while_loop(condition, body, [tf.constant(0), x, x],
                               back_prop=False, parallel_iterations=1)
    return root, i


def collatz(start):
    """Lengths of a trajectory, collected in a TensorArray."""
    array = tf.TensorArray(tf.int32, size=0, dynamic_size=True, clear_after_read=False)

    def body(i, value, values):
        value = tf.cond(tf.equal(value % 2, 0), lambda: value // 2, lambda: 3 * value + 1)
        return i + 1, value, values.write(i, value)

    steps, _, values = tf.while_loop(lambda i, value, _: tf.not_equal(value, 1), body,
                                     (0, start, array))
    return steps, values.stack()


def gru_by_hand(inputs, units):
    """A recurrent net by tf.scan, with weights made by numpy."""
    rng = np.random.RandomState(4)
    n_in = inputs.get_shape()[2].value
    w = tf.Variable(rng.normal(scale=0.4, size=(n_in + units, units)).astype(np.float32))
    g = tf.Variable(rng.normal(scale=0.4, size=(n_in + units, units)).astype(np.float32))

    def step(state, x):
        gate = tf.sigmoid(tf.matmul(tf.concat([x, state], 1), g))
        candidate = tf.tanh(tf.matmul(tf.concat([x, gate * state], 1), w))
        return (1 - gate) * state + gate * candidate

    time_major = tf.transpose(inputs, [1, 0, 2])
    first = tf.zeros([tf.shape(inputs)[0], units])
    return tf.scan(step, time_major, initializer=first)[-1]


def learning_rate(step, loss):
    """Which rate depends on the loss: predicates are tensors."""
    return tf.case([(tf.less(loss, 0.05), lambda: tf.constant(0.01)),
                    (tf.less(loss, 0.2), lambda: tf.constant(0.05))],
                   default=lambda: tf.train.inverse_time_decay(0.2, step, 20, 0.5),
                   exclusive=False)


sequences = tf.placeholder(tf.float32, [None, 6, 2], name='sequences')
totals = tf.placeholder(tf.float32, [None, 1], name='totals')
noisy = tf.placeholder_with_default(False, shape=(), name='noisy')

inputs = tf.cond(noisy,
                 true_fn=lambda: sequences + 0.1 * tf.sign(sequences),
                 false_fn=lambda: sequences)
check = tf.Assert(tf.reduce_all(tf.is_finite(inputs)), ['not finite', inputs])
with tf.control_dependencies([check, tf.assert_rank(totals, 2)]):
    last = gru_by_hand(tf.identity(inputs), 8)
w_out = tf.get_variable('w_out', [8, 1], initializer=tf.constant_initializer(0.2))
prediction = tf.matmul(last, w_out)
loss = tf.losses.mean_squared_error(totals, prediction)
global_step = tf.train.create_global_step()
train_op = tf.train.GradientDescentOptimizer(learning_rate(global_step, loss)).minimize(
    loss, global_step=global_step)

best = tf.Variable(np.inf, trainable=False, dtype=tf.float32)
keep_best = tf.cond(loss < best, lambda: tf.assign(best, loss), lambda: tf.identity(best))

number = tf.placeholder(tf.float32, [])
root, iterations = newton_sqrt(number)
start = tf.placeholder(tf.int32, [])
length, trajectory = collatz(start)
squares = tf.map_fn(lambda v: v * v, tf.range(5))
running = tf.foldl(lambda a, v: 2 * a + v, tf.constant([1, 0, 1, 1]))

with tf.Session() as sess:
    print('sqrt(2) = %.5f after %d iterations' % tuple(
        sess.run([root, iterations], feed_dict={number: 2.0})))
    steps, values = sess.run([length, trajectory], {start: 6})
    print('collatz(6):', steps, values.tolist())
    print('squares', squares.eval().tolist(), 'binary', running.eval())

    rng = np.random.RandomState(0)
    data = rng.uniform(-1, 1, size=(100, 6, 2)).astype(np.float32)
    target = data[:, :, :1].mean(axis=1)
    sess.run(tf.global_variables_initializer())
    for i in range(80):
        feed = {sequences: data, totals: target, noisy: i % 4 == 0}
        sess.run(train_op, feed_dict=feed)
        lowest = sess.run(keep_best, feed_dict={sequences: data, totals: target})
    print('loss %.5f, best so far %.5f' % (sess.run(loss, {sequences: data, totals: target}),
                                           lowest))
    try:
        sess.run(prediction, {sequences: data * np.nan, totals: target})
    except tf.errors.InvalidArgumentError as error:
        print('caught:', 'not finite' in str(error))
