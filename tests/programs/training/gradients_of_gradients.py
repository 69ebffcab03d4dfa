"""Gradients by what is fed and by tensors, a gradient penalty, and norms that are clipped."""
import numpy as np
import tensorflow as tf

rng = np.random.RandomState(8)
real_points = rng.rand(12, 2).astype(np.float32)
noise = rng.rand(12, 2).astype(np.float32)

real = tf.placeholder(tf.float32, [None, 2])
z = tf.placeholder(tf.float32, [None, 2])
mix = tf.Variable(tf.ones([2, 2]) * 0.4)
score = tf.Variable(tf.ones([2, 1]) * 0.2)


def generator(noise):
    return tf.tanh(tf.matmul(noise, mix))


def critic(points):
    return tf.matmul(tf.nn.softplus(points), score)


fake = generator(z)
between = 0.5 * real + 0.5 * fake
slopes = tf.sqrt(tf.reduce_sum(tf.square(tf.gradients(critic(between), [between])[0]), axis=1))
critic_loss = tf.reduce_mean(critic(fake)) - tf.reduce_mean(critic(real))
critic_loss += 10.0 * tf.reduce_mean(tf.square(slopes - 1.0))
generator_loss = -tf.reduce_mean(critic(fake))

critic_step = tf.train.AdamOptimizer(0.02, beta1=0.5).minimize(critic_loss, var_list=[score])
optimizer = tf.train.RMSPropOptimizer(0.01)
gradients, variables = zip(*optimizer.compute_gradients(generator_loss, var_list=[mix]))
gradients, norm = tf.clip_by_global_norm(gradients, 0.1)
generator_step = optimizer.apply_gradients(zip(gradients, variables))
saliency = tf.gradients(critic(real), real)[0]

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for _ in range(4):
        for _ in range(2):
            _, c = sess.run([critic_step, critic_loss], feed_dict={real: real_points, z: noise})
        _, g, n = sess.run([generator_step, generator_loss, norm], feed_dict={z: noise})
        print("critic %.5f generator %.5f norm %.5f" % (c, g, n))
    print(sess.run(saliency, feed_dict={real: real_points[:2]}))
