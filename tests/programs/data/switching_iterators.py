"""Initializable, reinitializable and feedable iterators in one program."""
import numpy as np
import tensorflow as tf

EPOCHS = 5
BATCH_SIZE = 16

rng = np.random.RandomState(33)
x_all = rng.normal(size=(96, 2)).astype(np.float32)
y_all = (x_all[:, 0] * x_all[:, 1] > 0).astype(np.float32)[:, None]
train_data, test_data = (x_all[:64], y_all[:64]), (x_all[64:], y_all[64:])


def net(x):
    """Two layers with weights from numpy."""
    with tf.variable_scope('net', reuse=tf.AUTO_REUSE):
        w1 = tf.get_variable('w1', initializer=np.random.RandomState(1).normal(
            size=(2, 12)).astype(np.float32))
        b1 = tf.get_variable('b1', [12], initializer=tf.zeros_initializer)
        w2 = tf.get_variable('w2', initializer=np.random.RandomState(2).normal(
            scale=0.3, size=(12, 1)).astype(np.float32))
        return tf.matmul(tf.nn.tanh(tf.matmul(x, w1) + b1), w2)


def loss_of(x, y):
    return tf.losses.sigmoid_cross_entropy(y, net(x))


# 1. initializable: the arrays are fed, so that they are not constants in the graph
x_ph = tf.placeholder(tf.float32, shape=[None, 2])
y_ph = tf.placeholder(tf.float32, shape=[None, 1])
dataset = tf.data.Dataset.from_tensor_slices((x_ph, y_ph)).batch(BATCH_SIZE)
initializable = dataset.make_initializable_iterator()
features, labels = initializable.get_next()
loss = loss_of(features, labels)
train_op = tf.train.AdamOptimizer(0.05).minimize(loss)

# 2. reinitializable: one structure, two initialisers
train_dataset = tf.data.Dataset.from_tensor_slices(train_data).batch(BATCH_SIZE)
test_dataset = tf.data.Dataset.from_tensor_slices(test_data).batch(len(test_data[0]))
iterator = tf.data.Iterator.from_structure(train_dataset.output_types,
                                           train_dataset.output_shapes)
training_init_op = iterator.make_initializer(train_dataset)
testing_init_op = iterator.make_initializer(test_dataset)
re_loss = loss_of(*iterator.get_next())

# 3. feedable: a string handle chooses the iterator
handle = tf.placeholder(tf.string, shape=[])
feedable = tf.data.Iterator.from_string_handle(
    handle, train_dataset.output_types, train_dataset.output_shapes)
feed_x, feed_y = feedable.get_next()
correct = tf.equal(tf.greater(net(feed_x), 0.0), tf.greater(feed_y, 0.5))
accuracy = tf.reduce_mean(tf.to_float(correct))
train_iterator = train_dataset.repeat().make_one_shot_iterator()
test_iterator = tf.data.make_initializable_iterator(test_dataset)

saver = tf.train.Saver()

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())

    for epoch in range(EPOCHS):
        sess.run(initializable.initializer, feed_dict={x_ph: train_data[0], y_ph: train_data[1]})
        losses = []
        while True:
            try:
                _, value = sess.run([train_op, loss])
                losses.append(value)
            except tf.errors.OutOfRangeError:
                break
        sess.run(testing_init_op)
        print('epoch %d: train %.5f test %.5f' % (epoch, np.mean(losses), sess.run(re_loss)))

    sess.run(training_init_op)
    print('batches: %s' % ['%.4f' % sess.run(re_loss) for _ in range(4)])

    train_handle, test_handle = sess.run(
        [train_iterator.string_handle(), test_iterator.string_handle()])
    sess.run(test_iterator.initializer)
    print('accuracy: train %.4f, test %.4f' % (
        sess.run(accuracy, feed_dict={handle: train_handle}),
        sess.run(accuracy, feed_dict={handle: test_handle})))
