"""Eager execution as of 1.7 to 1.14: enable_eager_execution, GradientTape, v1 optimizers."""
from __future__ import absolute_import, division, print_function

import os
import tempfile

import numpy as np
import tensorflow as tf

tf.enable_eager_execution()
assert tf.executing_eagerly()

NUM_EXAMPLES = 500
W_TRUE, B_TRUE = 3.0, 2.0


def prediction(inputs, weight, bias):
    return inputs * weight + bias


def loss(inputs, targets, weight, bias):
    """A loss function using mean-squared error"""
    error = prediction(inputs, weight, bias) - targets
    return tf.reduce_mean(tf.square(error))


def grad(inputs, targets, weight, bias):
    with tf.GradientTape() as tape:
        loss_value = loss(inputs, targets, weight, bias)
    return tape.gradient(loss_value, [weight, bias])


class MLP(tf.keras.Model):
    def __init__(self, seed):
        super(MLP, self).__init__()
        rng = np.random.RandomState(seed)
        self.hidden = tf.keras.layers.Dense(
            12, activation='tanh',
            kernel_initializer=tf.constant_initializer(rng.normal(size=(1, 12))))
        self.out = tf.keras.layers.Dense(
            1, kernel_initializer=tf.constant_initializer(rng.normal(scale=0.3, size=(12, 1))))

    def call(self, x):
        return self.out(self.hidden(x))


def train_line():
    rng = np.random.RandomState(0)
    training_inputs = rng.normal(size=NUM_EXAMPLES).astype(np.float32)
    noise = rng.normal(size=NUM_EXAMPLES).astype(np.float32)
    training_outputs = training_inputs * W_TRUE + B_TRUE + noise

    W = tf.Variable(5.)
    B = tf.Variable(10.)
    learning_rate = 0.1
    print("Initial loss: {:.3f}".format(loss(training_inputs, training_outputs, W, B)))
    for i in range(40):
        dW, dB = grad(training_inputs, training_outputs, W, B)
        W.assign_sub(dW * learning_rate)
        B.assign_sub(dB * learning_rate)
        if i % 20 == 0:
            print("Loss at step {:03d}: {:.3f}".format(
                i, loss(training_inputs, training_outputs, W, B)))
    print("W = {:.4f}, B = {:.4f}".format(W.numpy(), B.numpy()))


def train_parabola():
    x = np.linspace(-1, 1, 64, dtype=np.float32)[:, np.newaxis]
    dataset = tf.data.Dataset.from_tensor_slices((x, x ** 2)).batch(16)
    model = MLP(seed=1)
    optimizer = tf.train.AdamOptimizer(learning_rate=0.03)
    global_step = tf.train.get_or_create_global_step()

    for epoch in range(10):
        for batch, (xs, ys) in enumerate(dataset):
            with tf.GradientTape() as tape:
                loss_value = tf.losses.mean_squared_error(ys, model(xs))
            grads = tape.gradient(loss_value, model.trainable_variables)
            optimizer.apply_gradients(zip(grads, model.trainable_variables),
                                      global_step=global_step)
    print("steps {}, loss {:.5f}".format(global_step.numpy(), loss_value.numpy()))

    checkpoint = tf.train.Checkpoint(model=model, optimizer=optimizer, step=global_step)
    path = checkpoint.save(os.path.join(tempfile.mkdtemp(), 'ckpt'))
    before = model(x).numpy()
    for variable in model.variables:
        variable.assign(tf.zeros_like(variable))
    checkpoint.restore(path)
    print("restored:", bool(np.allclose(before, model(x).numpy())))


if __name__ == '__main__':
    train_line()
    train_parabola()
    # a nested structure of shapes, as it was mapped before tf.nest
    shapes = tf.contrib.framework.nest.map_structure(lambda t: t.shape[0].value,
                                                     {'a': tf.ones([2]), 'b': tf.ones([3, 1])})
    print(sorted(shapes.items()))
