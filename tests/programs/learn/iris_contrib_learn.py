"""tf.contrib.learn as of early 2017: DNNClassifier, real_valued_column, SKCompat, monitors."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.contrib import learn
from tensorflow.contrib.learn.python.learn import metric_spec

tf.logging.set_verbosity(tf.logging.ERROR)


def load_flowers(count, seed):
  rng = np.random.RandomState(seed)
  target = np.arange(count) % 3
  data = rng.normal(scale=0.4, size=(count, 4)) + target[:, np.newaxis] * [0.8, -0.3, 1.9, 0.7]
  return learn.datasets.base.Dataset(data=data.astype(np.float32), target=target.astype(np.int32))


def get_inputs(dataset):
  """Input builder for fit and evaluate: constants that hold the whole dataset."""
  def inputs():
    x = tf.constant(dataset.data)
    y = tf.constant(dataset.target)
    return x, y
  return inputs


def linear_model_fn(features, targets, mode, params):
  """A model_fn in the older style, which returns ModelFnOps."""
  logits = tf.contrib.layers.fully_connected(
      features, 3, activation_fn=None,
      weights_initializer=tf.zeros_initializer(), scope='logits')
  onehot = tf.one_hot(targets, 3)
  loss = tf.losses.softmax_cross_entropy(onehot, logits)
  train_op = tf.contrib.layers.optimize_loss(
      loss=loss,
      global_step=tf.contrib.framework.get_global_step(),
      learning_rate=params['learning_rate'],
      optimizer='SGD')
  predictions = {'class': tf.argmax(logits, 1), 'probabilities': tf.nn.softmax(logits)}
  return tf.contrib.learn.ModelFnOps(mode, predictions, loss, train_op)


def canned(train, test):
  # Specify that all features have real-value data
  feature_columns = [tf.contrib.layers.real_valued_column("", dimension=4)]
  validation_metrics = {
      'accuracy': metric_spec.MetricSpec(
          metric_fn=tf.contrib.metrics.streaming_accuracy, prediction_key='classes'),
  }
  monitor = tf.contrib.learn.monitors.ValidationMonitor(
      test.data, test.target, every_n_steps=50, metrics=validation_metrics)

  # Build 3 layer DNN with 10, 20, 10 units respectively.
  classifier = tf.contrib.learn.DNNClassifier(
      feature_columns=feature_columns,
      hidden_units=[10, 20, 10],
      n_classes=3,
      model_dir=tempfile.mkdtemp(),
      config=tf.contrib.learn.RunConfig(tf_random_seed=4, save_checkpoints_secs=1))
  classifier.fit(input_fn=get_inputs(train), steps=100, monitors=[monitor])
  # Evaluate accuracy.
  accuracy_score = classifier.evaluate(input_fn=get_inputs(test), steps=1)["accuracy"]
  print("Test Accuracy: {0:.3f}".format(accuracy_score))

  # Classify two new flower samples.
  new_samples = np.array([[0.1, 0.1, 0.0, 0.2], [1.6, -0.6, 3.7, 1.5]], dtype=np.float32)
  predictions = list(classifier.predict_classes(x=new_samples, as_iterable=True))
  print("New Samples, Class Predictions:    {}".format([int(p) for p in predictions]))


def scikit_style(train, test):
  estimator = tf.contrib.learn.SKCompat(learn.Estimator(
      model_fn=linear_model_fn, params={'learning_rate': 0.5}, model_dir=tempfile.mkdtemp()))
  estimator.fit(train.data, train.target, batch_size=50, steps=60)
  predicted = estimator.predict(test.data)
  print('linear accuracy: %.3f' % np.mean(predicted['class'] == test.target))
  print('mean probability: %.5f' % predicted['probabilities'].max(axis=1).mean())


def main():
  train, test = load_flowers(150, seed=0), load_flowers(60, seed=1)
  canned(train, test)
  scikit_style(train, test)


if __name__ == "__main__":
  main()
