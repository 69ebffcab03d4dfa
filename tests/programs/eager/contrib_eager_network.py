"""tf.contrib.eager in its first form: implicit gradients, tfe.Iterator, tfe.metrics, tfe.Saver."""
from __future__ import print_function

import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.contrib import eager as tfe

tfe.enable_eager_execution()

slope = np.random.RandomState(3)


class Classifier(object):
    """Two layers, held by hand because contrib.eager.Network was on its way out already."""

    def __init__(self, n_in, n_hidden, n_classes):
        self.w1 = tfe.Variable(slope.normal(scale=0.4, size=(n_in, n_hidden)).astype(np.float32),
                               name='w1')
        self.b1 = tfe.Variable(np.zeros(n_hidden, np.float32), name='b1')
        self.w2 = tfe.Variable(slope.normal(scale=0.4, size=(n_hidden, n_classes))
                               .astype(np.float32), name='w2')
        self.b2 = tfe.Variable(np.zeros(n_classes, np.float32), name='b2')

    def __call__(self, x):
        hidden = tf.nn.relu(tf.matmul(x, self.w1) + self.b1)
        return tf.matmul(hidden, self.w2) + self.b2

    @property
    def variables(self):
        return [self.w1, self.b1, self.w2, self.b2]


def loss_fn(model, x, y):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(
        logits=model(x), labels=y))


def compute_accuracy(predictions, labels):
    return tf.reduce_sum(
        tf.cast(tf.equal(tf.argmax(predictions, axis=1, output_type=tf.int64), labels),
                dtype=tf.float32)) / float(labels.shape[0].value)


def load_data(count, seed):
    rng = np.random.RandomState(seed)
    angle = rng.uniform(0, 2 * np.pi, size=count)
    ring = rng.randint(0, 2, size=count)
    radius = 1.0 + ring + rng.normal(scale=0.15, size=count)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return points.astype(np.float32), ring.astype(np.int64)


def train_one_epoch(model, optimizer, dataset, grad):
    """Trains `model` on `dataset` using `optimizer`."""
    for x, y in tfe.Iterator(dataset):
        optimizer.apply_gradients(grad(model, x, y))


def test(model, points, labels):
    avg_loss = tfe.metrics.Mean('loss')
    accuracy = tfe.metrics.Accuracy('accuracy')
    for start in range(0, len(points), 50):
        x = tf.constant(points[start:start + 50])
        y = tf.constant(labels[start:start + 50])
        logits = model(x)
        avg_loss(tf.losses.sparse_softmax_cross_entropy(labels=y, logits=logits))
        accuracy(tf.argmax(logits, axis=1, output_type=tf.int64), y)
    return avg_loss.result().numpy(), accuracy.result().numpy()


def main():
    points, labels = load_data(400, seed=0)
    test_points, test_labels = load_data(100, seed=1)
    dataset = tf.data.Dataset.from_tensor_slices((points, labels)).batch(40)
    model = Classifier(2, 16, 2)
    optimizer = tf.train.MomentumOptimizer(0.1, momentum=0.8)
    grad = tfe.implicit_gradients(loss_fn)
    # Compute gradients w.r.t. the arguments, for the curious
    value_and_grads = tfe.value_and_gradients_function(lambda x: tf.reduce_sum(x * x * x))

    device = '/gpu:0' if tfe.num_gpus() > 0 else '/cpu:0'
    with tf.device(device):
        for epoch in range(1, 16):
            train_one_epoch(model, optimizer, dataset, grad)
            if epoch % 5 == 0:
                print('epoch %d: loss %.5f, accuracy %.4f' % (
                    (epoch,) + test(model, test_points, test_labels)))

    saver = tfe.Saver(model.variables)
    path = saver.save(tempfile.mkdtemp() + '/model')
    model.w1.assign(tf.zeros_like(model.w1))
    saver.restore(path)
    final = compute_accuracy(model(tf.constant(test_points)), tf.constant(test_labels))
    print('after restoring: %.4f' % final.numpy())
    value, (gradient,) = value_and_grads(tf.constant([1.0, 2.0]))
    print('value %.1f, gradient %s' % (value.numpy(), gradient.numpy().tolist()))


if __name__ == '__main__':
    main()
