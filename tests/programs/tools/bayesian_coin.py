"""Variational inference with tf.distributions and tf.contrib.distributions."""
import numpy as np
import tensorflow as tf

tfd = tf.contrib.distributions
bijectors = tfd.bijectors


def coin_flips(count, bias, seed=0):
    return (np.random.RandomState(seed).uniform(size=count) < bias).astype(np.float32)


def make_posterior():
    """A normal distribution, squashed to (0, 1)."""
    loc = tf.get_variable('loc', [], initializer=tf.zeros_initializer())
    scale = tf.get_variable('scale', [], initializer=tf.constant_initializer(0.5))
    return tf.distributions.Normal(loc=loc, scale=tf.nn.softplus(scale), name='q')


def elbo(q, noise, flips):
    """Evidence lower bound; the noise is fed, so that numbers can be compared."""
    z = q.loc + q.scale * noise
    p = tf.sigmoid(z)
    prior = tfd.Normal(loc=0.0, scale=1.5)
    heads = tf.reduce_sum(flips)
    log_likelihood = heads * tf.log(p) + (tf.to_float(tf.size(flips)) - heads) * tf.log1p(-p)
    return tf.reduce_mean(log_likelihood) - tf.distributions.kl_divergence(q, prior)


def main():
    flips = tf.placeholder(tf.float32, [None], 'flips')
    noise = tf.placeholder(tf.float32, [None], 'noise')
    q = make_posterior()
    bound = elbo(q, noise, flips)
    global_step = tf.train.get_or_create_global_step()
    learning_rate = tf.train.polynomial_decay(0.1, global_step, 150, 0.01)
    train_op = tf.train.AdamOptimizer(learning_rate).minimize(-bound, global_step=global_step)

    squashed = tfd.TransformedDistribution(distribution=q, bijector=bijectors.Sigmoid())
    density = squashed.prob(tf.constant([0.3, 0.5, 0.7]))
    exact = tf.distributions.Beta(1.0 + tf.reduce_sum(flips), 1.0 + tf.reduce_sum(1.0 - flips))
    mixture = tfd.MixtureSameFamily(
        mixture_distribution=tf.distributions.Categorical(probs=[0.3, 0.7]),
        components_distribution=tfd.Normal(loc=[-1.0, 1.0], scale=[0.5, 0.5]))
    independent = tfd.MultivariateNormalDiag(loc=[0.0, 1.0], scale_diag=[1.0, 2.0])

    data = coin_flips(60, 0.7)
    rng = np.random.RandomState(1)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for step in range(150):
            feed = {flips: data, noise: rng.normal(size=32)}
            _, value = sess.run([train_op, bound], feed_dict=feed)
            if step % 50 == 49:
                print('step %d: ELBO %.4f' % (step + 1, value))
        print('density', sess.run(density).round(3).tolist())
        print('exact mean %.4f, mode %.4f' % tuple(
            sess.run([exact.mean(), exact.mode()], {flips: data})))
        print('log prob %.5f %.5f' % tuple(
            sess.run([mixture.log_prob(0.0), independent.log_prob([0.0, 0.0])])))
        print('samples in range:', bool((np.abs(sess.run(mixture.sample(100, seed=1))) < 5).all()))


if __name__ == '__main__':
    main()
