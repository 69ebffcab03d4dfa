"""Language model on a made-up language: stacked LSTM with dropout, state carried over batches.

In the manner of the PTB model: two instances share variables, one trains, one evaluates.
"""
from __future__ import print_function

import numpy as np
import tensorflow as tf


class SmallConfig(object):
    """Small config."""
    init_scale = 0.1
    learning_rate = 1.0
    max_grad_norm = 5
    num_layers = 2
    num_steps = 8
    hidden_size = 16
    max_epoch = 3
    max_max_epoch = 5
    keep_prob = 0.9
    lr_decay = 0.5
    batch_size = 10
    vocab_size = 12


def make_text(length, seed=0):
    """Words follow each other in a cycle most of the time."""
    rng = np.random.RandomState(seed)
    words = [0]
    while len(words) < length:
        follows = (words[-1] * 5 + 1) % SmallConfig.vocab_size
        words.append(follows if rng.uniform() < 0.8 else rng.randint(SmallConfig.vocab_size))
    return np.array(words, dtype=np.int32)


def ptb_iterator(raw_data, batch_size, num_steps):
    batch_len = len(raw_data) // batch_size
    data = raw_data[:batch_size * batch_len].reshape(batch_size, batch_len)
    for i in range((batch_len - 1) // num_steps):
        x = data[:, i * num_steps:(i + 1) * num_steps]
        y = data[:, i * num_steps + 1:(i + 1) * num_steps + 1]
        yield x, y


class LanguageModel(object):
    """The model."""

    def __init__(self, is_training, config):
        self.batch_size = batch_size = config.batch_size
        self.num_steps = num_steps = config.num_steps
        size = config.hidden_size

        self._input_data = tf.placeholder(tf.int32, [batch_size, num_steps])
        self._targets = tf.placeholder(tf.int32, [batch_size, num_steps])

        def lstm_cell():
            cell = tf.nn.rnn_cell.BasicLSTMCell(size, forget_bias=0.0, state_is_tuple=True)
            if is_training and config.keep_prob < 1:
                cell = tf.nn.rnn_cell.DropoutWrapper(cell, output_keep_prob=config.keep_prob)
            return cell

        cell = tf.nn.rnn_cell.MultiRNNCell([lstm_cell() for _ in range(config.num_layers)],
                                           state_is_tuple=True)
        self._initial_state = cell.zero_state(batch_size, tf.float32)

        with tf.device("/cpu:0"):
            embedding = tf.get_variable("embedding", [config.vocab_size, size])
            inputs = tf.nn.embedding_lookup(embedding, self._input_data)
        if is_training and config.keep_prob < 1:
            inputs = tf.nn.dropout(inputs, config.keep_prob)

        outputs, state = tf.nn.dynamic_rnn(cell, inputs, initial_state=self._initial_state)
        output = tf.reshape(outputs, [-1, size])
        softmax_w = tf.get_variable("softmax_w", [size, config.vocab_size])
        softmax_b = tf.get_variable("softmax_b", [config.vocab_size])
        logits = tf.matmul(output, softmax_w) + softmax_b
        loss = tf.contrib.legacy_seq2seq.sequence_loss_by_example(
            [logits], [tf.reshape(self._targets, [-1])],
            [tf.ones([batch_size * num_steps])])
        self._cost = cost = tf.reduce_sum(loss) / batch_size
        self._final_state = state

        if not is_training:
            self._train_op = tf.no_op()
            return

        self._lr = tf.Variable(0.0, trainable=False)
        tvars = tf.trainable_variables()
        grads, _ = tf.clip_by_global_norm(tf.gradients(cost, tvars), config.max_grad_norm)
        optimizer = tf.train.GradientDescentOptimizer(self._lr)
        self._train_op = optimizer.apply_gradients(zip(grads, tvars))
        self._new_lr = tf.placeholder(tf.float32, shape=[], name="new_learning_rate")
        self._lr_update = tf.assign(self._lr, self._new_lr)

    def assign_lr(self, session, lr_value):
        session.run(self._lr_update, feed_dict={self._new_lr: lr_value})


def run_epoch(session, m, data):
    """Runs the model on the given data, returns the perplexity."""
    costs, iters = 0.0, 0
    state = session.run(m._initial_state)
    for x, y in ptb_iterator(data, m.batch_size, m.num_steps):
        feed_dict = {m._input_data: x, m._targets: y}
        for i, (c, h) in enumerate(m._initial_state):
            feed_dict[c] = state[i].c
            feed_dict[h] = state[i].h
        cost, state, _ = session.run([m._cost, m._final_state, m._train_op], feed_dict)
        costs += cost
        iters += m.num_steps
    return np.exp(costs / iters)


def main():
    config = SmallConfig()
    train_data, valid_data = make_text(2000), make_text(500, seed=1)
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(0)
        initializer = tf.random_uniform_initializer(-config.init_scale, config.init_scale)
        with tf.variable_scope("model", reuse=None, initializer=initializer):
            m = LanguageModel(is_training=True, config=config)
        with tf.variable_scope("model", reuse=True, initializer=initializer):
            mvalid = LanguageModel(is_training=False, config=config)

        tf.global_variables_initializer().run()
        for i in range(config.max_max_epoch):
            lr_decay = config.lr_decay ** max(i - config.max_epoch, 0.0)
            m.assign_lr(session, config.learning_rate * lr_decay)
            print("Epoch: %d Learning rate: %.3f" % (i + 1, session.run(m._lr)))
            print("Epoch: %d Train Perplexity: %.3f" % (i + 1, run_epoch(session, m, train_data)))
            print("Epoch: %d Valid Perplexity: %.3f" % (
                i + 1, run_epoch(session, mvalid, valid_data)))


if __name__ == "__main__":
    main()
