"""A classifier of sequences as a class with methods; dropout is fed."""
import numpy as np
import tensorflow as tf


class SequenceClassifier:
    def __init__(self, num_classes, max_len, num_hidden=10, num_layers=2):
        self.data = tf.placeholder(tf.float32, [None, max_len, 2])
        self.target = tf.placeholder(tf.float32, [None, num_classes])
        self.dropout = tf.placeholder(tf.float32)
        self._num_hidden = num_hidden
        self._num_layers = num_layers
        self.build()

    def length(self, sequence):
        used = tf.sign(tf.reduce_max(tf.abs(sequence), axis=2))
        return tf.cast(tf.reduce_sum(used, axis=1), tf.int32)

    def build(self):
        cells = []
        for _ in range(self._num_layers):
            cell = tf.contrib.rnn.GRUCell(self._num_hidden)
            cell = tf.contrib.rnn.DropoutWrapper(cell, output_keep_prob=1.0 - self.dropout)
            cells.append(cell)
        network = tf.contrib.rnn.MultiRNNCell(cells)
        lengths = self.length(self.data)
        output, _ = tf.nn.dynamic_rnn(network, self.data, sequence_length=lengths, dtype=tf.float32)
        index = tf.range(tf.shape(output)[0]) * tf.shape(output)[1] + (lengths - 1)
        last = tf.gather(tf.reshape(output, [-1, self._num_hidden]), index)
        self.weight = tf.Variable(tf.truncated_normal([self._num_hidden, 2], stddev=0.01))
        self.bias = tf.Variable(tf.constant(0.1, shape=[2]))
        self.prediction = tf.nn.softmax(tf.matmul(last, self.weight) + self.bias)
        self.cost = -tf.reduce_sum(self.target * tf.log(self.prediction))
        self.optimize = tf.train.RMSPropOptimizer(0.003).minimize(self.cost)
        mistakes = tf.not_equal(tf.argmax(self.target, 1), tf.argmax(self.prediction, 1))
        self.error = tf.reduce_mean(tf.cast(mistakes, tf.float32))


def make(rng, count, max_len=7):
    xs = np.zeros((count, max_len, 2))
    ys = np.zeros((count, 2))
    for i in range(count):
        n = rng.randint(2, max_len + 1)
        xs[i, :n] = rng.uniform(0.1, 1.0, size=(n, 2))
        ys[i, int(xs[i, :n, 0].sum() > xs[i, :n, 1].sum())] = 1
    return xs, ys


if __name__ == "__main__":
    rng = np.random.RandomState(0)
    test_x, test_y = make(rng, 60)
    model = SequenceClassifier(2, 7)
    sess = tf.Session()
    sess.run(tf.global_variables_initializer())
    for epoch in range(3):
        for _ in range(10):
            x, y = make(rng, 20)
            sess.run(model.optimize, {model.data: x, model.target: y, model.dropout: 0.3})
        cost, error = sess.run([model.cost, model.error], {model.data: test_x, model.target: test_y, model.dropout: 0.0})
        print("Epoch {:2d} cost {:.4f} error {:3.1f}%".format(epoch + 1, cost, 100 * error))
