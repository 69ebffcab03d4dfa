"""Siamese network with shared weights, by AUTO_REUSE and by tf.make_template."""
import numpy as np
import tensorflow as tf

slim_weights = np.random.RandomState(123)
W1 = slim_weights.normal(scale=0.4, size=(8, 16)).astype(np.float32)
W2 = slim_weights.normal(scale=0.4, size=(16, 4)).astype(np.float32)


def embed(x, name='siamese'):
    with tf.variable_scope(name, reuse=tf.AUTO_REUSE, initializer=tf.zeros_initializer()):
        w1 = tf.get_variable('w1', dtype=tf.float32, initializer=tf.constant(W1))
        b1 = tf.get_variable('b1', [16])
        w2 = tf.get_variable('w2', dtype=tf.float32, initializer=tf.constant(W2))
        b2 = tf.get_variable('b2', shape=[4])
        h = tf.nn.relu(tf.matmul(x, w1) + b1)
        out = tf.matmul(h, w2) + b2
        return tf.nn.l2_normalize(out, dim=1)


def scale_and_shift(distance):
    scale = tf.get_variable('scale', shape=(), initializer=tf.ones_initializer())
    shift = tf.get_variable('shift', shape=(), initializer=tf.constant_initializer(-0.5))
    return scale * distance + shift


calibrate = tf.make_template('calibration', scale_and_shift)


def contrastive_loss(distance, same, margin=1.0):
    same = tf.cast(same, tf.float32)
    positive = same * tf.square(distance)
    negative = (1.0 - same) * tf.square(tf.maximum(margin - distance, 0.0))
    return tf.reduce_mean(positive + negative)


def pair_batch(rng, prototypes, size):
    classes = rng.randint(len(prototypes), size=(2, size))
    # half of the pairs are of one class
    classes[1, ::2] = classes[0, ::2]
    left, right = (prototypes[c] + rng.normal(scale=0.2, size=(size, 8)) for c in classes)
    return left, right, classes[0] == classes[1]


class Siamese:
    def __init__(self, learning_rate):
        self.left = tf.placeholder(tf.float32, [None, 8])
        self.right = tf.placeholder(tf.float32, [None, 8])
        self.same = tf.placeholder(tf.bool, [None])

        left, right = embed(self.left), embed(self.right)
        # the epsilon keeps the gradient of the root finite
        self.distance = tf.sqrt(tf.reduce_sum((left - right) ** 2, axis=1) + 1e-6)
        self.loss = contrastive_loss(self.distance, self.same)
        logit = calibrate(self.distance)
        again = calibrate(2 * self.distance)
        calibration = tf.losses.sigmoid_cross_entropy(
            multi_class_labels=1 - tf.to_int32(self.same), logits=logit)
        self.calibration_loss = calibration + 0.0 * tf.reduce_sum(again)
        self.step = tf.train.AdagradOptimizer(learning_rate).minimize(
            self.loss + self.calibration_loss)
        predicted_same = tf.less(self.distance, 0.5)
        self.accuracy = tf.reduce_mean(tf.to_float(tf.equal(predicted_same, self.same)))

    def feed(self, batch):
        return dict(zip([self.left, self.right, self.same], batch))


if __name__ == '__main__':
    rng = np.random.RandomState(4)
    prototypes = rng.normal(size=(5, 8))
    net = Siamese(0.05)
    names = sorted(v.name for v in tf.global_variables() if 'Adagrad' not in v.name)
    print(names)
    with tf.variable_scope('siamese', reuse=True):
        assert tf.get_variable('w1') is not None
    with tf.Session() as sess:
        tf.global_variables_initializer().run()
        for i in range(120):
            feed_dict = net.feed(pair_batch(rng, prototypes, 64))
            _, loss = sess.run([net.step, net.loss], feed_dict)
            if i % 40 == 0:
                print('%3d loss %.5f' % (i, loss))
        feed_dict = net.feed(pair_batch(rng, prototypes, 500))
        print('accuracy %.4f, calibration %.5f' % tuple(
            sess.run([net.accuracy, net.calibration_loss], feed_dict=feed_dict)))
