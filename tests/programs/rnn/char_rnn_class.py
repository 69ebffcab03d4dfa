"""A character model as a class, trained and sampled in the same file."""
from __future__ import print_function
import numpy as np
import tensorflow as tf
from tensorflow.contrib import rnn

text = "to be or not to be that is the question whether tis nobler in the mind " * 5
chars = sorted(set(text))
ids = np.array([chars.index(c) for c in text], dtype=np.int32)


class Model(object):
    def __init__(self, batch_size=3, seq_length=8, rnn_size=12, num_layers=2, vocab_size=len(chars)):
        self.batch_size, self.seq_length = batch_size, seq_length
        cells = []
        for _ in range(num_layers):
            cell = rnn.BasicLSTMCell(rnn_size)
            cells.append(cell)
        self.cell = cell = rnn.MultiRNNCell(cells, state_is_tuple=True)

        self.input_data = tf.placeholder(tf.int32, [batch_size, seq_length])
        self.targets = tf.placeholder(tf.int32, [batch_size, seq_length])
        self.initial_state = cell.zero_state(batch_size, tf.float32)

        with tf.variable_scope('rnnlm'):
            softmax_w = tf.get_variable("softmax_w", [rnn_size, vocab_size])
            softmax_b = tf.get_variable("softmax_b", [vocab_size], initializer=tf.zeros_initializer())
        embedding = tf.get_variable("embedding", [vocab_size, rnn_size])
        inputs = tf.nn.embedding_lookup(embedding, self.input_data)
        outputs, last_state = tf.nn.dynamic_rnn(cell, inputs, initial_state=self.initial_state)
        output = tf.reshape(outputs, [-1, rnn_size])
        self.logits = tf.matmul(output, softmax_w) + softmax_b
        self.probs = tf.nn.softmax(self.logits)
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=tf.reshape(self.targets, [-1]), logits=self.logits)
        self.cost = tf.reduce_sum(loss) / batch_size / seq_length
        self.final_state = last_state
        self.lr = tf.Variable(0.0, trainable=False)
        tvars = tf.trainable_variables()
        grads, _ = tf.clip_by_global_norm(tf.gradients(self.cost, tvars), 5.)
        optimizer = tf.train.AdamOptimizer(self.lr)
        self.train_op = optimizer.apply_gradients(zip(grads, tvars))


def batches(model):
    n = len(ids) // (model.batch_size * model.seq_length)
    x = ids[:n * model.batch_size * model.seq_length].reshape(model.batch_size, -1)
    y = np.roll(x, -1)
    for i in range(n):
        part = slice(i * model.seq_length, (i + 1) * model.seq_length)
        yield x[:, part], y[:, part]


def train():
    model = Model()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for e in range(3):
            sess.run(tf.assign(model.lr, 0.02 * (0.9 ** e)))
            state = sess.run(model.initial_state)
            for x, y in batches(model):
                feed = {model.input_data: x, model.targets: y}
                for i, (c, h) in enumerate(model.initial_state):
                    feed[c] = state[i].c
                    feed[h] = state[i].h
                train_loss, state, _ = sess.run([model.cost, model.final_state, model.train_op], feed)
            print("epoch", e, "loss", train_loss)


if __name__ == '__main__':
    train()
