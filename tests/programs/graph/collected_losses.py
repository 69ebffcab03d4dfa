"""A small picture classifier: flattened by its shape, weight decay gathered in a collection."""
import numpy as np
import tensorflow as tf

WEIGHT_DECAY = 0.005


def initial_values(shape, seed):
    fan_in = int(np.prod(shape[:-1]))
    return np.random.RandomState(seed).normal(scale=np.sqrt(2.0 / fan_in), size=shape)


def variable_with_weight_decay(name, shape, seed, wd):
    var = tf.get_variable(name, shape, dtype=tf.float32,
                          initializer=tf.constant_initializer(initial_values(shape, seed)))
    if wd is not None:
        weight_decay = tf.multiply(tf.nn.l2_loss(var), wd, name='weight_loss')
        tf.add_to_collection('losses', weight_decay)
    return var


def inference(images):
    with tf.variable_scope('conv1') as scope:
        kernel = variable_with_weight_decay('weights', [3, 3, 1, 4], seed=0, wd=None)
        conv = tf.nn.conv2d(images, kernel, [1, 1, 1, 1], padding='SAME')
        biases = tf.get_variable('biases', [4], initializer=tf.constant_initializer(0.0))
        conv1 = tf.nn.relu(tf.nn.bias_add(conv, biases), name=scope.name)
    pool1 = tf.nn.max_pool(conv1, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding='SAME')
    with tf.variable_scope('local2') as scope:
        dim = int(np.prod(pool1.get_shape()[1:]))
        flat = tf.reshape(pool1, [-1, dim])
        weights = variable_with_weight_decay('weights', [dim, 12], seed=1, wd=WEIGHT_DECAY)
        biases = tf.get_variable('biases', [12], initializer=tf.constant_initializer(0.1))
        local2 = tf.nn.relu(tf.matmul(flat, weights) + biases, name=scope.name)
    with tf.variable_scope('softmax_linear') as scope:
        weights = variable_with_weight_decay('weights', [12, 3], seed=2, wd=WEIGHT_DECAY)
        biases = tf.get_variable('biases', [3], initializer=tf.constant_initializer(0.0))
        return tf.add(tf.matmul(local2, weights), biases, name=scope.name)


def total_loss(logits, labels):
    cross_entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    tf.add_to_collection('losses', tf.reduce_mean(cross_entropy, name='cross_entropy'))
    # the cross entropy and what the weights cost
    return tf.add_n(tf.get_collection('losses'), name='total_loss')


def train():
    rng = np.random.RandomState(3)
    pictures = rng.uniform(size=(120, 8, 8, 1)).astype(np.float32)
    classes = rng.randint(3, size=120)
    pictures[np.arange(120), classes * 3] += 1.0

    with tf.Graph().as_default():
        images = tf.placeholder(tf.float32, [None, 8, 8, 1])
        labels = tf.placeholder(tf.int64, [None])
        logits = inference(images)
        loss = total_loss(logits, labels)
        train_op = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
        right = tf.equal(tf.argmax(logits, 1), labels)
        accuracy = tf.reduce_mean(tf.cast(right, tf.float32))
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            for step in range(40):
                start = (step * 30) % 120
                batch = {images: pictures[start:start + 30], labels: classes[start:start + 30]}
                _, value = sess.run([train_op, loss], feed_dict=batch)
                if step % 10 == 9:
                    print('step %d, loss = %.4f' % (step + 1, value))
            everything = {images: pictures, labels: classes}
            print('accuracy %.4f' % sess.run(accuracy, feed_dict=everything))


if __name__ == '__main__':
    train()
