"""TPUEstimator that falls back to the processor when there is no TPU."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.contrib import tpu as contrib_tpu

flags = tf.flags
FLAGS = flags.FLAGS

flags.DEFINE_bool("use_tpu", False, "Whether to use TPU or GPU/CPU.")
flags.DEFINE_string("tpu_name", None, "The Cloud TPU to use for training.")
flags.DEFINE_integer("num_train_steps", 60, "Number of training steps.")
flags.DEFINE_integer("train_batch_size", 32, "Total batch size for training.")
flags.DEFINE_integer("iterations_per_loop", 20, "How many steps to make in each estimator call.")


def create_optimizer(loss, init_lr, num_train_steps, num_warmup_steps, use_tpu):
  """Creates an optimizer training op with warmup and linear decay."""
  global_step = tf.train.get_or_create_global_step()
  learning_rate = tf.train.polynomial_decay(
      init_lr, global_step, num_train_steps, end_learning_rate=0.0, power=1.0)
  steps = tf.cast(global_step, tf.float32)
  is_warmup = tf.cast(steps < num_warmup_steps, tf.float32)
  learning_rate = ((1.0 - is_warmup) * learning_rate +
                   is_warmup * init_lr * steps / num_warmup_steps)
  optimizer = tf.contrib.opt.AdamWOptimizer(weight_decay=1e-3, learning_rate=learning_rate)
  if use_tpu:
    optimizer = tf.contrib.tpu.CrossShardOptimizer(optimizer)
  tvars = tf.trainable_variables()
  (grads, _) = tf.clip_by_global_norm(tf.gradients(loss, tvars), clip_norm=1.0)
  return optimizer.apply_gradients(zip(grads, tvars), global_step=global_step)


def model_fn_builder(hidden_size):
  """Returns `model_fn` closure for TPUEstimator."""

  def model_fn(features, labels, mode, params):  # pylint: disable=unused-argument
    rng = np.random.RandomState(0)
    net = tf.layers.dense(
        features["input"], hidden_size, activation=tf.tanh, name="pooler",
        kernel_initializer=tf.constant_initializer(rng.normal(scale=0.3, size=(6, hidden_size))))
    logits = tf.layers.dense(net, 2, name="logits", kernel_initializer=tf.zeros_initializer())
    if mode == tf.estimator.ModeKeys.PREDICT:
      return contrib_tpu.TPUEstimatorSpec(
          mode=mode, predictions={"probabilities": tf.nn.softmax(logits, axis=-1)})

    log_probs = tf.nn.log_softmax(logits, axis=-1)
    one_hot_labels = tf.one_hot(labels, depth=2, dtype=tf.float32)
    per_example_loss = -tf.reduce_sum(one_hot_labels * log_probs, axis=-1)
    loss = tf.reduce_mean(per_example_loss)
    if mode == tf.estimator.ModeKeys.TRAIN:
      train_op = create_optimizer(loss, 0.05, FLAGS.num_train_steps, 5, FLAGS.use_tpu)
      return contrib_tpu.TPUEstimatorSpec(mode=mode, loss=loss, train_op=train_op)

    def metric_fn(per_example_loss, label_ids, logits):
      predictions = tf.argmax(logits, axis=-1, output_type=tf.int32)
      return {
          "eval_accuracy": tf.metrics.accuracy(label_ids, predictions),
          "eval_loss": tf.metrics.mean(per_example_loss),
      }

    return contrib_tpu.TPUEstimatorSpec(
        mode=mode, loss=loss, eval_metrics=(metric_fn, [per_example_loss, labels, logits]))

  return model_fn


def input_fn_builder(seed, is_training):
  def input_fn(params):
    """The actual input function."""
    rng = np.random.RandomState(seed)
    x = rng.normal(size=(320, 6)).astype(np.float32)
    y = (x[:, 0] > x[:, 1]).astype(np.int32)
    d = tf.data.Dataset.from_tensor_slices(({"input": x}, y))
    if is_training:
      d = d.repeat()
    return d.apply(tf.contrib.data.map_and_batch(
        lambda features, label: (features, label), batch_size=params["batch_size"],
        drop_remainder=True))

  return input_fn


def main(_):
  tf.logging.set_verbosity(tf.logging.ERROR)
  cluster = None
  if FLAGS.use_tpu and FLAGS.tpu_name:
    cluster = tf.contrib.cluster_resolver.TPUClusterResolver(FLAGS.tpu_name)
  run_config = tf.contrib.tpu.RunConfig(
      cluster=cluster, model_dir=tempfile.mkdtemp(), save_checkpoints_steps=1000,
      tpu_config=tf.contrib.tpu.TPUConfig(
          iterations_per_loop=FLAGS.iterations_per_loop,
          per_host_input_for_training=tf.contrib.tpu.InputPipelineConfig.PER_HOST_V2))
  # If TPU is not available, this will fall back to normal Estimator on CPU or GPU.
  estimator = tf.contrib.tpu.TPUEstimator(
      use_tpu=FLAGS.use_tpu, model_fn=model_fn_builder(8), config=run_config,
      train_batch_size=FLAGS.train_batch_size, eval_batch_size=32, predict_batch_size=32)
  estimator.train(input_fn=input_fn_builder(0, True), max_steps=FLAGS.num_train_steps)
  result = estimator.evaluate(input_fn=input_fn_builder(1, False), steps=10)
  for key in sorted(result.keys()):
    print("%s = %.5f" % (key, result[key]))


if __name__ == "__main__":
  tf.app.run()
