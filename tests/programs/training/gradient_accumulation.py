"""Large batches in small memory: gradients are accumulated in variables over several runs."""
import numpy as np
import tensorflow as tf

ACCUMULATE = 4
MICRO_BATCH = 8
ITERATIONS = 30


class Accumulator(object):
    """zero_op, accumulate_op and train_op around an optimizer."""

    def __init__(self, optimizer, loss, var_list=None, n_batches=ACCUMULATE):
        self.var_list = tf.trainable_variables() if var_list is None else var_list
        accumulated = [tf.Variable(tf.zeros_like(v.initialized_value()), trainable=False,
                                   name=v.op.name + '_accumulated') for v in self.var_list]
        counter = tf.Variable(0.0, trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES])
        self.zero_op = [a.assign(tf.zeros_like(a)) for a in accumulated] + [counter.assign(0.0)]

        grads_and_vars = optimizer.compute_gradients(loss, self.var_list)
        increments = [a.assign_add(g / n_batches) for a, (g, _) in zip(accumulated, grads_and_vars)]
        with tf.control_dependencies(increments):
            self.accumulate_op = tf.assign_add(counter, 1.0)

        norm = tf.global_norm(accumulated)
        clipped, _ = tf.clip_by_global_norm(accumulated, 5.0, use_norm=norm)
        self.norm = norm
        self.counter = counter
        self.train_op = optimizer.apply_gradients(zip(clipped, self.var_list))


def network(x, hidden=14):
    """One hidden layer; the weights come from numpy."""
    rng = np.random.RandomState(77)
    w1 = tf.Variable(tf.constant(rng.normal(scale=0.6, size=(3, hidden)), tf.float32), name='w1')
    b1 = tf.Variable(tf.zeros(hidden), name='b1')
    w2 = tf.Variable(tf.constant(rng.normal(scale=0.3, size=(hidden, 1)), tf.float32), name='w2')
    return tf.matmul(tf.nn.softplus(tf.matmul(x, w1) + b1), w2)


rng = np.random.RandomState(31)
data = rng.uniform(-2, 2, size=(512, 3)).astype(np.float32)
target = (np.abs(data[:, :1]) - data[:, 1:2] * data[:, 2:]).astype(np.float32)

inputs = tf.placeholder_with_default(data, [None, 3])
labels = tf.placeholder_with_default(target, [None, 1])
outputs = network(inputs)
loss = tf.reduce_mean(tf.square(outputs - labels))
steps = Accumulator(tf.train.AdamOptimizer(0.03), loss)

# how much the loss depends on each input, summed over the batch
saliency = tf.reduce_mean(tf.abs(tf.gradients(loss, inputs)[0]), axis=0)
hessian_trace = sum(tf.reduce_sum(tf.gradients(g, v)[0] * tf.ones_like(v))
                    for g, v in zip(tf.gradients(loss, steps.var_list), steps.var_list))

with tf.Session() as sess:
    sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
    start = 0
    for iteration in range(ITERATIONS):
        sess.run(steps.zero_op)
        for _ in range(ACCUMULATE):
            rows = slice(start, start + MICRO_BATCH)
            sess.run(steps.accumulate_op, feed_dict={inputs: data[rows], labels: target[rows]})
            start = (start + MICRO_BATCH) % len(data)
        assert sess.run(steps.counter) == ACCUMULATE
        sess.run(steps.train_op)
        if iteration % 10 == 9:
            # nothing fed: the defaults are the whole data set
            print('iteration %d: loss %.5f, gradient norm %.5f' % (
                (iteration + 1,) + tuple(sess.run((loss, steps.norm)))))
    print('saliency', sess.run(saliency).round(5).tolist())
    print('curvature is finite:', bool(np.isfinite(hessian_trace.eval())))
