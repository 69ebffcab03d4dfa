"""A detector head full of things that TensorFlow 2 accepts and means otherwise."""
from __future__ import print_function

import numpy as np
import tensorflow as tf


def static_shape(x):
    """Dimensions where they are known, tensors elsewhere."""
    static = x.get_shape().as_list()
    dynamic = tf.shape(x)
    return [static[i] if static[i] is not None else dynamic[i] for i in range(len(static))]


def flatten(x):
    width = 1
    for dim in x.get_shape()[1:]:
        width *= dim.value
    return tf.reshape(x, [-1, width], 'flat')


def upsample(x, factor=2):
    height, width = x.shape[1].value, x.shape[2].value
    bigger = tf.image.resize_bilinear(x, [height * factor, width * factor], align_corners=True)
    nearest = tf.image.resize_nearest_neighbor(x, [height * factor, width * factor])
    images = tf.image.resize_images(x, (height * factor, width * factor), 0, True)
    return (bigger + nearest + images) / 3.0


class AnchorHead(object):

    def __init__(self, n_anchors, training):
        self.n_anchors = n_anchors
        self.training = training
        self.seen = {}

    def __call__(self, features):
        # tensors as keys: compared by identity in version 1
        if features in self.seen:
            return self.seen[features]
        rng = np.random.RandomState(self.n_anchors)
        channels = features.shape[-1].value
        kernel = tf.get_variable('head', [1, 1, channels, self.n_anchors],
                                 initializer=tf.constant_initializer(
                                     rng.normal(scale=0.5, size=(1, 1, channels, self.n_anchors))))
        net = tf.nn.conv2d(features, kernel, [1, 1, 1, 1], 'SAME')
        if self.training:
            # keep nine of ten
            net = tf.nn.dropout(net, 0.9)
        scores = tf.transpose(net, [0, 3, 1, 2], 'to_channels_first')
        self.seen[features] = scores
        return scores


def tables(ids):
    """An embedding in two partitions."""
    rows = np.arange(24, dtype=np.float32).reshape(6, 4)
    return tf.nn.embedding_lookup([tf.constant(rows[:3]), tf.constant(rows[3:])], ids)


def main():
    pictures = np.random.RandomState(6).uniform(size=(2, 4, 4, 3)).astype(np.float32)
    images = tf.placeholder(tf.float32, [None, 4, 4, 3])
    ids = tf.placeholder(tf.int32, [None])

    bigger = upsample(images)
    head = AnchorHead(2, training=False)
    scores = head(bigger)
    assert head(bigger) is scores

    # identity, not elementwise comparison
    same = scores == head(bigger)
    different = scores != images
    print('same: %s, different: %s' % (same, different))
    if images.shape[0].value is None:
        print('the batch size is not known:', images.get_shape()[0] == 4)
    dims = [int(d) for d in scores.shape[1:]]

    # any keyword used to mean something here
    counter = tf.Variable(0, trainable=False, dtype=tf.int32, name='calls',
                          collections=[tf.GraphKeys.LOCAL_VARIABLES], expected_shape=[])
    calls = tf.assign_add(counter, 1)

    best = tf.argmax(flatten(scores), 1)
    picked = tf.where(tf.equal(best % 2, 0))
    rounded = tf.div(best, 3)
    # sums over examples, divided by those with a weight
    weighted = tf.losses.mean_squared_error(
        labels=tf.zeros_like(scores), predictions=scores,
        weights=tf.constant([1.0, 0.0])[:, None, None, None])

    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        feed_dict = {images: pictures, ids: [0, 1, 5]}
        values = sess.run(scores, feed_dict)
        print('scores', values.shape, dims, '%.5f' % values.mean())
        print('bigger %.5f' % sess.run(bigger, feed_dict).std())
        print('lookup', sess.run(tables(ids), feed_dict)[:, 0].tolist())
        print('best', sess.run([best, rounded, picked], feed_dict)[0].tolist())
        print('weighted %.5f, batch %d' % tuple(
            sess.run([weighted, static_shape(scores)[0]], feed_dict)))
        for _ in range(3):
            sess.run(calls)
        print('calls', sess.run(counter))


if __name__ == '__main__':
    main()
