#  Licensed to nobody in particular: an Estimator with a model_fn of its own.
"""Cats against squares: convolutional Estimator with train, eval and predict modes."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import shutil
import tempfile

import numpy as np
import tensorflow as tf

tf.logging.set_verbosity(tf.logging.ERROR)


def weights(shape, seed):
  values = np.random.RandomState(seed).normal(scale=0.3, size=shape)
  return tf.constant_initializer(values)


def cnn_model_fn(features, labels, mode, params):
  """Model function for CNN."""
  # Input Layer: pictures are 8x8 pixels and have one color channel
  input_layer = tf.reshape(features["x"], [-1, 8, 8, 1])

  conv1 = tf.layers.conv2d(
      inputs=input_layer,
      filters=4,
      kernel_size=[3, 3],
      padding="same",
      kernel_initializer=weights([3, 3, 1, 4], 0),
      activation=tf.nn.relu)
  pool1 = tf.layers.max_pooling2d(inputs=conv1, pool_size=[2, 2], strides=2)
  pool_flat = tf.reshape(pool1, [-1, 4 * 4 * 4])
  dense = tf.layers.dense(inputs=pool_flat, units=16, activation=tf.nn.relu,
                          kernel_initializer=weights([64, 16], 1))
  dropout = tf.layers.dropout(
      inputs=dense, rate=params["dropout"], training=mode == tf.estimator.ModeKeys.TRAIN)
  logits = tf.layers.dense(inputs=dropout, units=2, kernel_initializer=weights([16, 2], 2))

  predictions = {
      # Generate predictions (for PREDICT and EVAL mode)
      "classes": tf.argmax(input=logits, axis=1),
      # Used for PREDICT and by the logging hook
      "probabilities": tf.nn.softmax(logits, name="softmax_tensor")
  }
  if mode == tf.estimator.ModeKeys.PREDICT:
    return tf.estimator.EstimatorSpec(mode=mode, predictions=predictions)

  # Calculate Loss (for both TRAIN and EVAL modes)
  onehot_labels = tf.one_hot(indices=tf.cast(labels, tf.int32), depth=2)
  loss = tf.losses.softmax_cross_entropy(onehot_labels=onehot_labels, logits=logits)

  # Configure the Training Op (for TRAIN mode)
  if mode == tf.estimator.ModeKeys.TRAIN:
    optimizer = tf.train.GradientDescentOptimizer(learning_rate=params["learning_rate"])
    train_op = optimizer.minimize(loss=loss, global_step=tf.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode=mode, loss=loss, train_op=train_op)

  # Add evaluation metrics (for EVAL mode)
  eval_metric_ops = {
      "accuracy": tf.metrics.accuracy(labels=labels, predictions=predictions["classes"]),
      "auc": tf.metrics.auc(labels, predictions["probabilities"][:, 1])
  }
  return tf.estimator.EstimatorSpec(mode=mode, loss=loss, eval_metric_ops=eval_metric_ops)


def load_pictures(count, seed):
  rng = np.random.RandomState(seed)
  labels = rng.randint(2, size=count)
  pictures = rng.uniform(size=(count, 8, 8)) * 0.6
  for picture, label in zip(pictures, labels):
    picture[2:6, 2:6] += 0.4 * label
  return pictures.reshape(count, 64).astype(np.float32), labels.astype(np.int32)


def main(unused_argv):
  train_data, train_labels = load_pictures(400, seed=1)
  eval_data, eval_labels = load_pictures(100, seed=2)

  model_dir = tempfile.mkdtemp()
  classifier = tf.estimator.Estimator(
      model_fn=cnn_model_fn, model_dir=model_dir,
      params={"learning_rate": 0.05, "dropout": 0.0})

  tensors_to_log = {"probabilities": "softmax_tensor"}
  logging_hook = tf.train.LoggingTensorHook(tensors=tensors_to_log, every_n_iter=50)

  train_input_fn = tf.estimator.inputs.numpy_input_fn(
      x={"x": train_data}, y=train_labels, batch_size=50, num_epochs=None, shuffle=False)
  classifier.train(input_fn=train_input_fn, steps=100, hooks=[logging_hook])

  eval_input_fn = tf.estimator.inputs.numpy_input_fn(
      x={"x": eval_data}, y=eval_labels, num_epochs=1, shuffle=False)
  eval_results = classifier.evaluate(input_fn=eval_input_fn)
  print({k: round(float(v), 4) for k, v in sorted(eval_results.items())})

  predict_input_fn = tf.estimator.inputs.numpy_input_fn(
      x={"x": eval_data[:5]}, num_epochs=1, shuffle=False)
  predictions = list(classifier.predict(input_fn=predict_input_fn))
  print("classes", [int(p["classes"]) for p in predictions], "labels", eval_labels[:5].tolist())
  shutil.rmtree(model_dir)


if __name__ == "__main__":
  tf.app.run()
