"""Assignments beside training: a target network, a moving average, a counter and a clip."""
import numpy as np
import tensorflow as tf

rng = np.random.RandomState(5)
states = rng.rand(10, 2).astype(np.float32)
rewards = rng.rand(10, 1).astype(np.float32)

s = tf.placeholder(tf.float32, [None, 2])
r = tf.placeholder(tf.float32, [None, 1])
online = [tf.Variable(tf.ones([2, 1])), tf.Variable(tf.zeros([1]))]
target = [tf.Variable(tf.zeros([2, 1]), trainable=False), tf.Variable(tf.ones([1]), trainable=False)]
value = tf.matmul(s, online[0]) + online[1]
goal = tf.stop_gradient(r + 0.5 * (tf.matmul(s, target[0]) + target[1]))
loss = tf.reduce_mean(tf.square(value - goal))

copy = [tf.assign(t, o) for t, o in zip(target, online)]
drift = [t.assign(0.9 * t + 0.1 * o) for t, o in zip(target, online)]
clip = tf.group(*[o.assign(tf.clip_by_value(o, -0.95, 0.95)) for o in online])
visits = tf.Variable(0, trainable=False)
visit = tf.assign_add(visits, 1)

step = tf.train.GradientDescentOptimizer(0.3).minimize(loss)
average = tf.train.ExponentialMovingAverage(decay=0.75)
with tf.control_dependencies([step]):
    train = average.apply(online)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(6):
        if i == 0:
            sess.run(copy)
        else:
            sess.run(drift)
        _, now = sess.run([train, loss], feed_dict={s: states, r: rewards})
        print("visit %d loss %.5f" % (sess.run(visit), now))
    sess.run(clip)
    print(sess.run(online[0]).ravel(), sess.run(visits))
    print(sess.run(average.average(online[0])).ravel())
    print(sess.run(value, feed_dict={s: states[:2]}).ravel())
