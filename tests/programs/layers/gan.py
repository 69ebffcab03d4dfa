"""A GAN that learns a Gaussian mixture; two optimizers, each with its own var_list."""
import numpy as np
import tensorflow as tf

mb_size = 64
Z_dim = 4
X_dim = 2
h_dim = 16

np.random.seed(0)


def xavier_init(size):
    in_dim = size[0]
    xavier_stddev = 1. / np.sqrt(in_dim / 2.)
    return np.random.normal(scale=xavier_stddev, size=size).astype(np.float32)


def generator(z, reuse=False):
    with tf.variable_scope("generator", reuse=reuse):
        h = tf.layers.dense(z, h_dim, activation=tf.nn.relu, name="h1",
                            kernel_initializer=tf.constant_initializer(xavier_init([Z_dim, h_dim])))
        return tf.layers.dense(h, X_dim, name="out",
                               kernel_initializer=tf.constant_initializer(
                                   xavier_init([h_dim, X_dim])))


def discriminator(x, reuse=None):
    with tf.variable_scope("discriminator") as scope:
        if reuse:
            scope.reuse_variables()
        h = tf.layers.dense(x, h_dim, activation=tf.nn.leaky_relu, name="h1",
                            kernel_initializer=tf.constant_initializer(xavier_init([X_dim, h_dim])))
        logit = tf.layers.dense(h, 1, name="out",
                                kernel_initializer=tf.constant_initializer(
                                    xavier_init([h_dim, 1])))
        return tf.nn.sigmoid(logit), logit


def sample_Z(m, n):
    '''Uniform prior for G(Z)'''
    return np.random.uniform(-1., 1., size=[m, n])


def sample_X(m):
    side = np.random.choice([-1.0, 1.0], size=[m, 1])
    return np.hstack([side, 0.5 * side]) + np.random.normal(scale=0.1, size=[m, 2])


X = tf.placeholder(tf.float32, shape=[None, X_dim])
Z = tf.placeholder(tf.float32, shape=[None, Z_dim])

G_sample = generator(Z)
D_real, D_logit_real = discriminator(X)
D_fake, D_logit_fake = discriminator(G_sample, reuse=True)
# for monitoring only
G_again = generator(Z, reuse=True)

# Alternative losses:
# -------------------
D_loss_real = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(
    logits=D_logit_real, labels=tf.ones_like(D_logit_real)))
D_loss_fake = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(
    logits=D_logit_fake, labels=tf.zeros_like(D_logit_fake)))
D_loss = D_loss_real + D_loss_fake
G_loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(
    logits=D_logit_fake, labels=tf.ones_like(D_logit_fake)))

t_vars = tf.trainable_variables()
theta_D = [var for var in t_vars if var.name.startswith("discriminator")]
theta_G = tf.get_collection(tf.GraphKeys.TRAINABLE_VARIABLES, scope="generator")

D_solver = tf.train.AdamOptimizer(learning_rate=2e-3, beta1=0.5).minimize(D_loss, var_list=theta_D)
G_solver = tf.train.AdamOptimizer(learning_rate=2e-3, beta1=0.5).minimize(G_loss, var_list=theta_G)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())

    for it in range(301):
        X_mb = sample_X(mb_size)
        _, D_loss_curr = sess.run([D_solver, D_loss],
                                  feed_dict={X: X_mb, Z: sample_Z(mb_size, Z_dim)})
        _, G_loss_curr = sess.run([G_solver, G_loss], feed_dict={Z: sample_Z(mb_size, Z_dim)})

        if it % 100 == 0:
            print('Iter: {}'.format(it))
            print('D loss: {:.4}'.format(D_loss_curr))
            print('G_loss: {:.4}'.format(G_loss_curr))

    samples = sess.run(G_again, feed_dict={Z: sample_Z(256, Z_dim)})
    print('mean', samples.mean(axis=0).round(4).tolist(), 'std', samples.std(axis=0).round(4).tolist())
    confidence = sess.run(D_real, feed_dict={X: samples}).mean()
    print('D(G(z)) = %.4f' % confidence)
