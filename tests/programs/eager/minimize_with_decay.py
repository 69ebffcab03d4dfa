"""Linear models with `minimize` of a function, a decaying rate, and gradients by arguments."""
from __future__ import print_function

import numpy as np
import tensorflow as tf
from tensorflow.contrib import eager as tfe

tfe.enable_eager_execution()

NUM = 200
rng = np.random.RandomState(1)
xs = rng.normal(size=[NUM, 3]).astype(np.float32)
ys = np.dot(xs, [[1.], [-2.], [.5]]).astype(np.float32) + .1


class Linear(object):
    def __init__(self):
        self.w = tfe.Variable(tf.zeros([3, 1]), name="w")
        self.b = tfe.Variable(0., name="b")
        self.step = tf.train.get_or_create_global_step()

    def __call__(self, x):
        return tf.matmul(x, self.w) + self.b

    def loss(self, x, y):
        return tf.losses.mean_squared_error(labels=y, predictions=self(x))


def fit(model, x, y, batch_size=50):
    global_step = tf.train.get_or_create_global_step()
    learning_rate = tf.train.exponential_decay(0.2, global_step, 4, 0.9, staircase=True)
    optimizer = tf.train.GradientDescentOptimizer(learning_rate)
    for epoch in range(3):
        for start in range(0, len(x), batch_size):
            bx = tf.constant(x[start:start + batch_size])
            by = tf.constant(y[start:start + batch_size])
            optimizer.minimize(lambda: model.loss(bx, by), global_step=global_step)
        print("epoch", epoch, "loss %.5f" % model.loss(x, y), "rate %.5f" % learning_rate(),
              "step", int(model.step))


def fit_bias(model, x, y):
    """Only the bias, with momentum."""
    opt = tf.train.MomentumOptimizer(learning_rate=0.05, momentum=0.9, use_nesterov=True)

    def loss():
        return model.loss(x, y)

    for _ in range(5):
        opt.minimize(loss, var_list=[model.b])
    print("b %.5f" % model.b.numpy())


def clipped(model, x, y):
    optimizer = tf.train.AdamOptimizer(learning_rate=0.01)
    for _ in range(5):
        grads_and_vars = optimizer.compute_gradients(lambda: model.loss(x, y))
        grads_and_vars = [(tf.clip_by_norm(g, 0.5), v) for g, v in grads_and_vars]
        optimizer.apply_gradients(grads_and_vars)
    print("w", model.w.numpy().ravel())


def square(x):
    return tf.multiply(x, x)


def main():
    model = Linear()
    fit(model, xs, ys)
    fit_bias(model, xs + 1, ys)
    clipped(model, xs, ys - 3)

    grad = tfe.gradients_function(square)
    print(square(3.).numpy(), grad(3.)[0].numpy())
    gradgrad = tfe.gradients_function(lambda x: grad(x)[0])
    print(gradgrad(3.)[0].numpy())
    value_and_grads = tfe.value_and_gradients_function(lambda a, b: a * b + tf.sin(b))
    value, (da, db) = value_and_grads(2., 0.5)
    print("%.4f %.4f %.4f" % (value, da, db))


if __name__ == '__main__':
    main()
