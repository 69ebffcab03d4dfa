"""Learning rates that change: by a schedule, by an assignment, and fed from outside."""
import numpy as np
import tensorflow as tf

rng = np.random.RandomState(3)
inputs = rng.rand(24, 3).astype(np.float32)
targets = inputs.dot(np.array([[1.0], [-2.0], [0.5]], np.float32)) + 0.25

x = tf.placeholder(tf.float32, [None, 3], name="x")
y = tf.placeholder(tf.float32, [None, 1], name="y")
weights = tf.Variable(tf.zeros([3, 1]), name="weights")
bias = tf.Variable(tf.zeros([1]), name="bias")
error = tf.reduce_mean(tf.square(tf.matmul(x, weights) + bias - y))

global_step = tf.train.get_or_create_global_step()
decayed = tf.train.exponential_decay(0.2, global_step, 4, 0.5, staircase=True)
by_schedule = tf.train.GradientDescentOptimizer(decayed).minimize(error, global_step=global_step)

held = tf.Variable(0.1, trainable=False, name="held_rate")
new_rate = tf.placeholder(tf.float32, [], name="new_rate")
hold = tf.assign(held, new_rate)
by_variable = tf.train.MomentumOptimizer(held, 0.5).minimize(error)

fed = tf.placeholder(tf.float32, [], name="fed_rate")
by_hand = tf.train.AdamOptimizer(fed).minimize(error)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    batch = {x: inputs, y: targets}
    for _ in range(6):
        _, value = sess.run([by_schedule, error], feed_dict=batch)
        print("schedule %d %.5f" % (tf.train.global_step(sess, global_step), value))
    print("rate %.5f" % sess.run(decayed))
    for epoch in range(3):
        sess.run(hold, feed_dict={new_rate: 0.1 / (epoch + 1)})
        value = sess.run([by_variable, error], feed_dict=batch)[1]
        print("variable %.5f %.5f" % (sess.run(held), value))
    for rate in (0.05, 0.02):
        _, value = sess.run([by_hand, error], feed_dict={x: inputs, y: targets, fed: rate})
        print("fed %.5f" % value)
    print(sess.run(weights).ravel())
