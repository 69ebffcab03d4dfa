"""Digits with convolutions from tf.layers, contrib.summary, and going on after a restart."""
from __future__ import absolute_import, division, print_function

import glob
import os
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.contrib import eager as tfe


class Digits(tf.keras.Model):
    def __init__(self, data_format):
        super(Digits, self).__init__()
        self._input_shape = [-1, 8, 8, 1]
        self.conv1 = tf.layers.Conv2D(4, 3, padding='same', data_format=data_format,
                                      activation=tf.nn.relu)
        self.fc1 = tf.layers.Dense(16, activation=tf.nn.relu)
        self.fc2 = tf.layers.Dense(3)
        self.dropout = tf.layers.Dropout(0.4)
        self.max_pool2d = tf.layers.MaxPooling2D((2, 2), (2, 2), padding='same',
                                                 data_format=data_format)

    def call(self, inputs, training):
        y = tf.reshape(inputs, self._input_shape)
        y = self.max_pool2d(self.conv1(y))
        y = tf.layers.flatten(y)
        y = self.dropout(self.fc1(y), training=training)
        return self.fc2(y)


def loss(logits, labels):
    return tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(logits=logits, labels=labels))


def compute_accuracy(logits, labels):
    predictions = tf.argmax(logits, axis=1, output_type=tf.int64)
    labels = tf.cast(labels, tf.int64)
    batch_size = int(logits.shape[0])
    return tf.reduce_sum(tf.cast(tf.equal(predictions, labels), dtype=tf.float32)) / batch_size


def train(model, optimizer, dataset, step_counter, log_interval=None):
    """Trains model on `dataset` using `optimizer`."""
    for (batch, (images, labels)) in enumerate(dataset):
        with tf.contrib.summary.record_summaries_every_n_global_steps(
                2, global_step=step_counter):
            with tf.GradientTape() as tape:
                logits = model(images, training=True)
                loss_value = loss(logits, labels)
                tf.contrib.summary.scalar('loss', loss_value)
                tf.contrib.summary.scalar('accuracy', compute_accuracy(logits, labels))
            grads = tape.gradient(loss_value, model.variables)
            optimizer.apply_gradients(zip(grads, model.variables), global_step=step_counter)
            if log_interval and batch % log_interval == 0:
                print('Step #%d\tLoss: %.6f' % (batch, loss_value))


def run(train_dir, epochs, images, labels):
    dataset = tf.data.Dataset.from_tensor_slices((images, labels)).batch(30)
    model = Digits('channels_last')
    optimizer = tf.train.MomentumOptimizer(0.05, 0.5)
    step_counter = tf.train.get_or_create_global_step()
    summary_writer = tf.contrib.summary.create_file_writer(train_dir, flush_millis=10000)
    checkpoint_prefix = os.path.join(train_dir, 'ckpt')
    checkpoint = tfe.Checkpoint(model=model, optimizer=optimizer, step_counter=step_counter)
    print('untrained: %.4f' % loss(model(images, False), labels))
    # Go on where the last run ended.
    checkpoint.restore(tf.train.latest_checkpoint(train_dir))
    for _ in range(epochs):
        with summary_writer.as_default():
            train(model, optimizer, dataset, step_counter, 2)
        checkpoint.save(checkpoint_prefix)
    print('%d steps, accuracy %.4f' % (
        step_counter.numpy(), compute_accuracy(model(images, training=False), labels)))


def main(_):
    tfe.enable_eager_execution()
    rng = np.random.RandomState(2)
    labels = rng.randint(0, 3, size=90)
    images = rng.uniform(size=[90, 8, 8]).astype(np.float32) * .2
    images[np.arange(90), labels, :] += 1
    train_dir = tempfile.mkdtemp()
    run(train_dir, 2, images, labels)
    run(train_dir, 1, images, labels)
    print(len(glob.glob(os.path.join(train_dir, 'events*'))) > 0)


if __name__ == '__main__':
    tf.app.run()
