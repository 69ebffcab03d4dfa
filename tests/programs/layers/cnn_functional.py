"""A convolutional network from tf.layers, with batch normalisation and dropout."""
from __future__ import absolute_import, division, print_function

import numpy as np
import tensorflow as tf

IMAGE_SIZE = 12
NUM_CLASSES = 3
BATCH_SIZE = 32


def he_normal(shape, seed):
    """Weights made by numpy, so that every run starts from the same ones."""
    fan_in = np.prod(shape[:-1])
    values = np.random.RandomState(seed).normal(scale=np.sqrt(2.0 / fan_in), size=shape)
    return tf.constant_initializer(values.astype(np.float32), verify_shape=True)


def conv_bn_relu(inputs, filters, name, training, seed):
    channels = int(inputs.shape[-1])
    net = tf.layers.conv2d(inputs, filters, kernel_size=3, padding='same', use_bias=False,
                           kernel_initializer=he_normal((3, 3, channels, filters), seed),
                           name=name)
    net = tf.layers.batch_normalization(net, training=training, momentum=0.9,
                                        name=name + '_bn')
    return tf.nn.relu(net)


def cnn(images, training):
    net = conv_bn_relu(images, 8, 'conv1', training, seed=1)
    net = tf.layers.max_pooling2d(net, pool_size=2, strides=2)
    net = conv_bn_relu(net, 16, 'conv2', training, seed=2)
    net = tf.layers.average_pooling2d(net, 2, 2)
    net = tf.layers.flatten(net)
    net = tf.layers.dropout(net, rate=0.25, training=training)
    net = tf.layers.dense(net, 24, activation=tf.nn.relu,
                          kernel_initializer=he_normal((3 * 3 * 16, 24), 3), name='fc1')
    return tf.layers.dense(net, NUM_CLASSES, name='logits',
                           kernel_initializer=he_normal((24, NUM_CLASSES), 4))


def synthetic_shapes(count, seed):
    """Squares, crosses and noise."""
    rng = np.random.RandomState(seed)
    images = rng.uniform(0, 0.5, size=(count, IMAGE_SIZE, IMAGE_SIZE, 1))
    labels = rng.randint(NUM_CLASSES, size=count)
    for image, label in zip(images, labels):
        r, c = rng.randint(2, IMAGE_SIZE - 4, size=2)
        if label == 0:
            image[r:r + 3, c:c + 3] = 1.0
        elif label == 1:
            image[r + 1, c - 1:c + 4] = 1.0
            image[r - 1:r + 4, c + 1] = 1.0
    return images.astype(np.float32), labels.astype(np.int64)


images = tf.placeholder(tf.float32, [None, IMAGE_SIZE, IMAGE_SIZE, 1], name='images')
labels = tf.placeholder(tf.int64, [None], name='labels')
is_training = tf.placeholder(tf.bool, name='is_training')

logits = cnn(images, is_training)
loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)
accuracy = tf.reduce_mean(tf.to_float(tf.equal(tf.argmax(logits, axis=1), labels)))

# the moving averages of batch normalisation have to be updated before each step
update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
with tf.control_dependencies(update_ops):
    train_op = tf.train.MomentumOptimizer(0.02, 0.9, use_nesterov=True).minimize(loss)

total = sum(int(np.prod(v.get_shape().as_list())) for v in tf.trainable_variables())
print('trainable parameters: %d, update ops: %d' % (total, len(update_ops)))

train_x, train_y = synthetic_shapes(512, seed=20)
test_x, test_y = synthetic_shapes(128, seed=21)

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(6):
        for start in range(0, len(train_x), BATCH_SIZE):
            sess.run(train_op, feed_dict={images: train_x[start:start + BATCH_SIZE],
                                          labels: train_y[start:start + BATCH_SIZE],
                                          is_training: True})
        value, acc = sess.run([loss, accuracy],
                              feed_dict={images: test_x, labels: test_y, is_training: False})
        print('epoch %d: loss %.4f, accuracy %.4f' % (epoch, value, acc))
