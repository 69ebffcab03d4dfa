"""Double Q-learning targets with home-made layers: shapes read from tensors, scopes by name."""
import numpy as np
import tensorflow as tf


def values(shape, seed):
    fan_in = int(np.prod(shape[:-1]))
    return np.random.RandomState(seed).normal(scale=fan_in ** -0.5, size=shape)


def dense(x, units, name, seed, activation=None, reuse=None):
    with tf.variable_scope(name, reuse=reuse):
        n_in = x.get_shape()[-1].value
        w = tf.get_variable('w', [n_in, units],
                            initializer=tf.constant_initializer(values([n_in, units], seed)))
        b = tf.get_variable('b', [units], initializer=tf.zeros_initializer())
        y = tf.matmul(x, w) + b
    return activation(y) if activation is not None else y


def flatten(x):
    size = int(np.prod(x.get_shape()[1:]))
    return tf.reshape(x, [-1, size])


def q_network(states, num_actions, scope, reuse=False):
    with tf.variable_scope(scope, reuse=reuse):
        h = flatten(states)
        for i, units in enumerate([16, 12]):
            h = dense(h, units, 'hidden%d' % i, seed=i, activation=tf.nn.relu)
        return dense(h, num_actions, 'out', seed=9)


states = tf.placeholder(tf.float32, [None, 3, 2], name='states')
next_states = tf.placeholder(tf.float32, [None, 3, 2], name='next_states')
actions = tf.placeholder(tf.int32, [None])
rewards = tf.placeholder(tf.float32, [None])

q = q_network(states, 4, 'online')
q_next = q_network(next_states, 4, 'online', reuse=True)
q_target = q_network(next_states, 4, 'target')
best = tf.one_hot(tf.argmax(q_next, axis=1), 4)
targets = rewards + 0.9 * tf.reduce_sum(tf.stop_gradient(q_target) * best, axis=1)
taken = tf.reduce_sum(q * tf.one_hot(actions, 4), axis=1)
loss = tf.reduce_mean(tf.square(tf.stop_gradient(targets) - taken))

all_vars = tf.trainable_variables()
online = [v for v in all_vars if v.name.startswith('online')]
train_op = tf.train.MomentumOptimizer(0.02, 0.9).minimize(loss, var_list=online)

rng = np.random.RandomState(4)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(60):
        feed = {
            states: rng.normal(size=(32, 3, 2)), next_states: rng.normal(size=(32, 3, 2)),
            actions: rng.randint(4, size=32), rewards: rng.normal(size=32) + 1}
        _, value = sess.run([train_op, loss], feed_dict=feed)
        if step % 20 == 19:
            print('step %d: loss %.5f' % (step + 1, value))
    print(np.round(sess.run(q, feed_dict={states: np.ones((1, 3, 2))}), 4).tolist())
