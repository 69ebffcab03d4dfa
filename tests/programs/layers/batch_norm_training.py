"""A regression with tf.layers: batch normalisation, regularisers, and the total of all losses."""
import numpy as np
import tensorflow as tf

tf.set_random_seed(3)


def init(seed):
    def initializer(shape, dtype=tf.float32, partition_info=None):
        values = np.random.RandomState(seed).normal(scale=0.4, size=[int(n) for n in shape])
        return tf.constant(values, dtype=dtype)
    return initializer


def model(x, training, l2=0.01):
    regularizer = tf.contrib.layers.l2_regularizer(scale=l2)
    h = tf.layers.dense(x, 10, use_bias=False, kernel_initializer=init(0),
                        kernel_regularizer=regularizer, name='hidden')
    h = tf.layers.batch_normalization(h, momentum=0.9, training=training, name='norm')
    h = tf.nn.tanh(h)
    return tf.layers.dense(h, 1, kernel_initializer=init(1), kernel_regularizer=regularizer,
                           name='out')


x = tf.placeholder(tf.float32, [None, 5], name='x')
y = tf.placeholder(tf.float32, [None, 1], name='y')
training = tf.placeholder_with_default(False, shape=(), name='training')

prediction = model(x, training)
tf.losses.mean_squared_error(labels=y, predictions=prediction)
penalty = tf.losses.get_regularization_loss()
loss = tf.losses.get_total_loss()
error = tf.reduce_mean(tf.abs(prediction - y))

update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
with tf.control_dependencies(update_ops):
    train_op = tf.train.MomentumOptimizer(0.05, 0.9).minimize(loss)

rng = np.random.RandomState(5)
data = rng.normal(loc=1.5, scale=2.0, size=(200, 5)).astype(np.float32)
target = np.sin(data[:, :1]) + 0.5 * data[:, 1:2]

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(12):
        for start in range(0, 200, 50):
            rows = slice(start, start + 50)
            sess.run(train_op, feed_dict={x: data[rows], y: target[rows], training: True})
        if epoch % 4 == 3:
            e, p = sess.run([error, penalty], feed_dict={x: data, y: target})
            print('epoch %d: error %.5f, penalty %.5f' % (epoch + 1, e, p))
