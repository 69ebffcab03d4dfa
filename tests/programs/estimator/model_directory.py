"""A model directory, clipped gradients, functools.partial and several calls of train."""
import functools
import os

import numpy as np
import tensorflow as tf

MODEL_DIR = './model'


def input_fn(count, seed, repeat):
    rng = np.random.RandomState(seed)
    x = rng.uniform(size=(count, 3)).astype(np.float32)
    y = x.dot(np.array([1., 2., -1.], np.float32))
    ds = tf.data.Dataset.from_tensor_slices((x, y))
    if repeat:
        ds = ds.repeat()
    return ds.batch(16)


def model_fn(features, labels, mode, params):
    """Linear regression."""
    w = tf.get_variable('w', [3], initializer=tf.zeros_initializer())
    b = tf.get_variable('b', [], initializer=tf.zeros_initializer())
    y = tf.reduce_sum(features * w, axis=1) + b

    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode=mode, predictions=y)

    loss = tf.reduce_mean(tf.square(y - labels))
    l2 = params.get('l2', 0.0)
    loss += l2 * tf.nn.l2_loss(w)

    train_op = None
    if mode == tf.estimator.ModeKeys.TRAIN:
        optimizer = tf.train.GradientDescentOptimizer(params['lr'])
        gradients, variables = zip(*optimizer.compute_gradients(loss))
        gradients, _ = tf.clip_by_global_norm(gradients, 0.5)
        train_op = optimizer.apply_gradients(zip(gradients, variables), global_step=tf.train.get_global_step())

    return tf.estimator.EstimatorSpec(
        mode=mode, loss=loss, train_op=train_op, predictions=y,
        eval_metric_ops={'rmse': tf.metrics.root_mean_squared_error(labels, y)})


if __name__ == '__main__':
    config = tf.estimator.RunConfig(model_dir=MODEL_DIR, tf_random_seed=3, save_checkpoints_steps=100)
    estimator = tf.estimator.Estimator(model_fn, config=config, params={'lr': 0.2, 'l2': 0.01})
    for epoch in range(3):
        estimator.train(functools.partial(input_fn, 128, 0, True), steps=10)
        metrics = estimator.evaluate(functools.partial(input_fn, 64, 1, repeat=False))
        print(epoch, metrics)
    for value in list(estimator.predict(lambda: input_fn(4, 2, False))):
        print(value)
