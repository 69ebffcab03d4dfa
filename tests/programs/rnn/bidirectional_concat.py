"""Sentiment of made-up sentences: embedding, bidirectional GRU, both last states side by side."""
import numpy as np
import tensorflow as tf
from tensorflow.contrib.rnn import GRUCell

VOCAB, EMBED, HIDDEN, MAXLEN = 40, 8, 10, 9


def data(count, seed):
    rng = np.random.RandomState(seed)
    words = rng.randint(1, VOCAB, size=(count, MAXLEN))
    lengths = rng.randint(2, MAXLEN + 1, size=count)
    for row, length in zip(words, lengths):
        row[length:] = 0
    labels = (words > VOCAB // 2).sum(axis=1) * 2 > lengths
    return words, lengths, labels.astype(np.int32)


with tf.name_scope("inputs"):
    words_ph = tf.placeholder(tf.int32, [None, MAXLEN], name="words")
    lengths_ph = tf.placeholder(tf.int32, [None], name="lengths")
    labels_ph = tf.placeholder(tf.int32, [None], name="labels")

with tf.variable_scope("embedding"):
    first = np.random.RandomState(4).uniform(-1, 1, size=(VOCAB, EMBED)).astype(np.float32)
    table = tf.get_variable("table", initializer=first)
    embedded = tf.nn.embedding_lookup(table, words_ph)

with tf.variable_scope("bi_gru", initializer=tf.constant_initializer(0.05)):
    (fw_out, bw_out), (fw_state, bw_state) = tf.nn.bidirectional_dynamic_rnn(
        GRUCell(HIDDEN), GRUCell(HIDDEN), embedded, sequence_length=lengths_ph, dtype=tf.float32)
    both = tf.concat([fw_state, bw_state], 1)
    mean_out = tf.reduce_mean(tf.concat((fw_out, bw_out), 2), axis=[0, 1])

with tf.variable_scope("output"):
    logits = tf.layers.dense(both, 2, kernel_initializer=tf.zeros_initializer())
    loss = tf.reduce_mean(
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels_ph, logits=logits))

train = tf.train.GradientDescentOptimizer(0.3).minimize(loss)
right = tf.reduce_mean(tf.to_float(tf.equal(tf.argmax(logits, 1, output_type=tf.int32), labels_ph)))

words, lengths, labels = data(256, 0)
sess = tf.Session()
sess.run(tf.global_variables_initializer())
for epoch in range(5):
    for i in range(0, 256, 32):
        batch = slice(i, i + 32)
        _, l = sess.run([train, loss], {words_ph: words[batch], lengths_ph: lengths[batch], labels_ph: labels[batch]})
    print("epoch", epoch, "loss", l)
words, lengths, labels = data(100, 1)
print("accuracy", sess.run(right, {words_ph: words, lengths_ph: lengths, labels_ph: labels}))
print("outputs", sess.run(mean_out, {words_ph: words, lengths_ph: lengths}))
sess.close()
