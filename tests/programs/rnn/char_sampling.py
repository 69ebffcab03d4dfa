"""Characters one after another: trained on batches, then sampled with a batch of one."""
from __future__ import print_function
import numpy as np
import tensorflow as tf

text = "the quick brown fox jumps over the lazy dog and the dog does not mind. " * 6
vocab = sorted(set(text))
lookup = {c: i for i, c in enumerate(vocab)}
encoded = np.array([lookup[c] for c in text])
batch_size, seq_len, rnn_size, num_layers = 4, 12, 20, 2

inputs = tf.placeholder(tf.int32, [None, None], name='inputs')
targets = tf.placeholder(tf.int32, [None, None], name='targets')
keep_prob = tf.placeholder_with_default(1.0, shape=[], name='keep_prob')


def build_cell(size, keep):
    base = tf.contrib.rnn.GRUCell(size)
    drop = tf.contrib.rnn.DropoutWrapper(base, input_keep_prob=keep, output_keep_prob=keep)
    return drop


with tf.variable_scope('rnnlm'):
    multi_cell = tf.contrib.rnn.MultiRNNCell([build_cell(rnn_size, keep_prob) for _ in range(num_layers)])
    initial_state = multi_cell.zero_state(tf.shape(inputs)[0], tf.float32)
    one_hot = tf.one_hot(inputs, len(vocab))
    outputs, final_state = tf.nn.dynamic_rnn(multi_cell, one_hot, initial_state=initial_state)
    logits = tf.layers.dense(outputs, len(vocab), name='softmax')
probs = tf.nn.softmax(logits)
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits))

tvars = tf.trainable_variables()
grads, norm = tf.clip_by_global_norm(tf.gradients(loss, tvars), 5.)
lr = tf.placeholder(tf.float32, [])
train_op = tf.train.AdamOptimizer(lr).apply_gradients(zip(grads, tvars))


def get_batches():
    rows = encoded[:len(encoded) // (batch_size * seq_len) * batch_size * seq_len].reshape(batch_size, -1)
    for n in range(0, rows.shape[1], seq_len):
        x = rows[:, n:n + seq_len]
        yield x, np.roll(x, -1, axis=1)


def sample(sess, prime, count):
    state = sess.run(initial_state, feed_dict={inputs: [[0]]})
    out = prime
    for c in prime[:-1]:
        x = np.zeros((1, 1))
        x[0, 0] = lookup[c]
        state = sess.run(final_state, feed_dict={inputs: x, initial_state: state})
    c = prime[-1]
    for _ in range(count):
        p, state = sess.run([probs, final_state], feed_dict={inputs: [[lookup[c]]], initial_state: state})
        c = vocab[int(np.argmax(p[0, 0]))]
        out += c
    return out


with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(4):
        state = None
        for x, y in get_batches():
            feed = {inputs: x, targets: y, keep_prob: 0.8, lr: 0.01 * 0.9 ** epoch}
            l, _ = sess.run([loss, train_op], feed_dict=feed)
        print('epoch', epoch, 'loss', l)
    print(sample(sess, 'the ', 12))
