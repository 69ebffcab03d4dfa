"""Model as lazy properties: each part of the graph is built when it is first asked for."""
import functools

import numpy as np
import tensorflow as tf


def doublewrap(function):
    """A decorator decorator, allowing to use the decorator without parentheses."""
    @functools.wraps(function)
    def decorator(*args, **kwargs):
        if len(args) == 1 and len(kwargs) == 0 and callable(args[0]):
            return function(args[0])
        return lambda wrapee: function(wrapee, *args, **kwargs)
    return decorator


@doublewrap
def define_scope(function, scope=None, *args, **kwargs):
    """Run the wrapped property once, under a variable scope, and keep what it returned."""
    attribute = '_cache_' + function.__name__
    name = scope or function.__name__

    @property
    @functools.wraps(function)
    def decorator(self):
        if not hasattr(self, attribute):
            with tf.variable_scope(name, *args, **kwargs):
                setattr(self, attribute, function(self))
        return getattr(self, attribute)
    return decorator


def weights(rows, columns, seed):
    values = np.random.RandomState(seed).normal(scale=0.2, size=(rows, columns))
    return tf.constant_initializer(values)


class Model:

    def __init__(self, image, label):
        self.image = image
        self.label = label
        self.prediction
        self.optimize
        self.error

    @define_scope
    def prediction(self):
        x = tf.layers.dense(self.image, 20, activation=tf.nn.relu,
                            kernel_initializer=weights(16, 20, 0))
        x = tf.layers.dense(x, 20, activation=tf.nn.relu,
                            kernel_initializer=weights(20, 20, 1))
        return tf.layers.dense(x, 4, tf.nn.softmax, kernel_initializer=weights(20, 4, 2))

    @define_scope
    def cross_entropy(self):
        logprob = tf.log(self.prediction + 1e-12)
        return -tf.reduce_sum(self.label * logprob)

    @define_scope
    def optimize(self):
        optimizer = tf.train.RMSPropOptimizer(0.003)
        return optimizer.minimize(self.cross_entropy)

    @define_scope
    def error(self):
        mistakes = tf.not_equal(
            tf.argmax(self.label, 1), tf.argmax(self.prediction, 1))
        return tf.reduce_mean(tf.cast(mistakes, tf.float32))


def make_digits(count, seed):
    """4x4 pictures: the brightest quadrant is the label."""
    rng = np.random.RandomState(seed)
    labels = rng.randint(0, 4, count)
    images = rng.uniform(0, 0.6, size=(count, 4, 4))
    for picture, label in zip(images, labels):
        row, column = divmod(label, 2)
        picture[2 * row:2 * row + 2, 2 * column:2 * column + 2] += 0.5
    return images.reshape(count, 16), np.eye(4)[labels]


def main():
    train_images, train_labels = make_digits(400, seed=5)
    test_images, test_labels = make_digits(100, seed=6)
    image = tf.placeholder(tf.float32, [None, 16])
    label = tf.placeholder(tf.float32, [None, 4])
    model = Model(image, label)
    sess = tf.Session()
    sess.run(tf.initialize_all_variables())

    for epoch in range(5):
        for start in range(0, 400, 40):
            images = train_images[start:start + 40]
            labels = train_labels[start:start + 40]
            sess.run(model.optimize, {image: images, label: labels})
        error = sess.run(model.error, {image: test_images, label: test_labels})
        print('Test error {:6.2f}%'.format(100 * error))


if __name__ == '__main__':
    main()
