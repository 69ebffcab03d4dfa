"""Learning-rate schedules, gradient clipping and noise; everything goes through global_step."""
import numpy as np
import tensorflow as tf

tf.flags.DEFINE_string("schedule", "all", "exponential, piecewise, polynomial, cosine, warmup, all")
tf.flags.DEFINE_integer("train_steps", 60, "steps a schedule")
FLAGS = tf.flags.FLAGS


def learning_rate_for(name, global_step, base=0.1):
    """The learning rate tensor of a schedule."""
    if name == "exponential":
        return tf.train.exponential_decay(base, global_step, 10, 0.8, staircase=True)
    if name == "piecewise":
        return tf.train.piecewise_constant(global_step, boundaries=[20, 40],
                                           values=[base, base / 2, base / 10])
    if name == "polynomial":
        return tf.train.polynomial_decay(base, global_step, decay_steps=50,
                                         end_learning_rate=0.01, power=2.0)
    if name == "cosine":
        return tf.train.cosine_decay(base, global_step, decay_steps=60)
    if name == "inverse":
        return tf.train.inverse_time_decay(base, global_step, decay_steps=10, decay_rate=0.5)
    if name == "warmup":
        step = tf.to_float(global_step)
        warmup = tf.minimum(1.0, (step + 1.0) / 10.0)
        return base * warmup * tf.rsqrt(tf.maximum(step, 10.0) / 10.0)
    raise ValueError(name)


def clip(grads_and_vars, how):
    """Clips gradients in one of three ways."""
    if how == "value":
        return [(tf.clip_by_value(g, -1.0, 1.0), v) for g, v in grads_and_vars]
    if how == "norm":
        return [(tf.clip_by_norm(g, 1.0), v) for g, v in grads_and_vars if g is not None]
    gradients, variables = zip(*grads_and_vars)
    clipped, _ = tf.clip_by_global_norm(gradients, 2.0)
    return list(zip(clipped, variables))


OPTIMIZERS = {
    "exponential": lambda lr: tf.train.GradientDescentOptimizer(lr),
    "piecewise": lambda lr: tf.train.MomentumOptimizer(lr, 0.9),
    "polynomial": lambda lr: tf.train.AdamOptimizer(lr, beta1=0.8, epsilon=1e-6),
    "cosine": tf.train.AdagradOptimizer,
    "inverse": tf.train.RMSPropOptimizer,
    "warmup": lambda lr: tf.train.FtrlOptimizer(learning_rate=lr, l2_regularization_strength=0.01),
}
CLIPPING = {"exponential": "value", "piecewise": "norm"}


def train(name, x_data, y_data):
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None, 4])
        y = tf.placeholder(tf.float32, [None])
        w = tf.get_variable("w", [4, 1], initializer=tf.constant_initializer(0.5))
        b = tf.get_variable("b", shape=(), initializer=tf.zeros_initializer())
        loss = tf.losses.huber_loss(y, tf.squeeze(tf.matmul(x, w), 1) + b)

        global_step = tf.train.get_or_create_global_step()
        learning_rate = learning_rate_for(name, global_step)
        opt = OPTIMIZERS[name](learning_rate)
        grads_and_vars = clip(opt.compute_gradients(loss, tf.trainable_variables()),
                              CLIPPING.get(name, "global_norm"))
        train_op = opt.apply_gradients(grads_and_vars, global_step=global_step)
        assert graph is tf.get_default_graph()

        with tf.Session(graph=graph) as sess:
            sess.run(tf.global_variables_initializer())
            for _ in range(FLAGS.train_steps):
                _, lr, step, value = sess.run([train_op, learning_rate, global_step, loss],
                                              feed_dict={x: x_data, y: y_data})
        return lr, step, value


def main(argv=None):
    rng = np.random.RandomState(2)
    x_data = rng.normal(size=(128, 4))
    y_data = x_data.dot([1.0, -1.0, 2.0, 0.0]) + 0.7
    names = sorted(OPTIMIZERS) if FLAGS.schedule == "all" else [FLAGS.schedule]
    for name in names:
        lr, step, value = train(name, x_data, y_data)
        print("%-12s loss %.5f, learning rate positive: %s" % (name, value, lr > 0))


if __name__ == "__main__":
    tf.app.run()
