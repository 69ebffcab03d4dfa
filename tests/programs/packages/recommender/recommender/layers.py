"""Building blocks that every model of the package uses."""
import numpy as np
import tensorflow as tf


def numpy_initializer(shape, seed, scale):
    """The same weights on every machine."""
    values = np.random.RandomState(seed).normal(scale=scale, size=shape)
    return tf.constant_initializer(values)


def embedding(ids, size, dim, name, seed, l2=0.0):
    """Rows of a regularised embedding table."""
    with tf.variable_scope(name):
        table = tf.get_variable(
            'table', [size, dim], tf.float32,
            initializer=numpy_initializer((size, dim), seed, 0.1),
            regularizer=tf.contrib.layers.l2_regularizer(l2) if l2 else None)
        return tf.nn.embedding_lookup(table, ids)


def mlp(x, sizes, is_training, dropout=0.0, name='mlp'):
    """Dense layers with dropout; the variables are reused if the scope says so."""
    with tf.variable_scope(name):
        for i, size in enumerate(sizes):
            n_in = x.shape[-1].value
            x = tf.layers.dense(x, size, activation=tf.nn.relu, name='dense_%d' % i,
                                kernel_initializer=numpy_initializer(
                                    (n_in, size), 100 + i, (2.0 / n_in) ** 0.5))
            x = tf.layers.dropout(x, rate=dropout, training=is_training)
    return x
