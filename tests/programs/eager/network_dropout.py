"""A recurrent colour model as a `tfe.Network`: layers in a list, dropout switched by position."""
from __future__ import absolute_import, division, print_function

import numpy as np
import tensorflow as tf
from tensorflow.contrib.eager.python import tfe

tf.enable_eager_execution(device_policy=tfe.DEVICE_PLACEMENT_SILENT)


class Tower(tfe.Network):
    """Dense layers, dropout when training, and two values in the end."""

    def __init__(self, sizes, keep_prob=0.8):
        super(Tower, self).__init__(name="")
        self.keep_prob = keep_prob
        self.hidden = []
        for size in sizes:
            layer = tf.layers.Dense(size, activation=tf.nn.tanh)
            self.track_layer(layer)
            self.hidden.append(layer)
        self.relu = self.track_layer(
            tf.layers.Dense(2, activation=tf.nn.relu, kernel_initializer=tf.ones_initializer(),
                            name="relu"))

    def call(self, inputs, training=False):
        """Two values an example.

        Args:
          inputs: a float tensor of shape [batch, 3]
          training: whether to drop
        """
        x = inputs
        for layer in self.hidden:
            x = layer(x)
            if training:
                x = tf.nn.dropout(x, self.keep_prob)
        return self.relu(x)


def loss(labels, predictions):
    """Computes mean squared loss."""
    return tf.reduce_mean(tf.square(predictions - labels))


def test(model, eval_data):
    """Computes the average loss on eval_data, which should be a Dataset."""
    avg_loss = tfe.metrics.Mean("loss")
    for (labels, data) in tfe.Iterator(eval_data):
        predictions = model(data, False)
        avg_loss(loss(labels, predictions))
    print("eval/loss: %.6f" % avg_loss.result())


def train_one_epoch(model, optimizer, train_data, log_interval=2):
    """Trains model on train_data using optimizer."""

    def model_loss(labels, chars):
        predictions = model(chars, True)
        return loss(labels, predictions)

    for (batch, (labels, chars)) in enumerate(tfe.Iterator(train_data)):
        batch_model_loss = lambda: model_loss(labels, chars)
        optimizer.minimize(batch_model_loss, global_step=tf.train.get_or_create_global_step())
        if log_interval and batch % log_interval == 0:
            print("train/batch #%d loss: %.6f" % (batch, batch_model_loss()))


def main():
    rng = np.random.RandomState(5)
    data = rng.uniform(size=[60, 3]).astype(np.float32)
    labels = np.stack([data.sum(axis=1), data[:, 0]], axis=1)
    train_data = tf.data.Dataset.from_tensor_slices((labels, data)).batch(15)
    model = Tower([6, 4])
    optimizer = tf.train.AdamOptimizer(learning_rate=0.01)
    have_gpu = tfe.num_gpus() > 0
    with tf.device("/gpu:0" if have_gpu else "/cpu:0"):
        for epoch in range(2):
            train_one_epoch(model, optimizer, train_data)
            test(model, train_data)
    print("steps %d, variables %d" % (tf.train.get_or_create_global_step().numpy(),
                                      len(model.variables)))


if __name__ == "__main__":
    main()
