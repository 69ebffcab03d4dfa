"""An encoder by dynamic_rnn, a decoder that steps its cell itself and feeds back what it says."""
import numpy as np
import tensorflow as tf

BATCH, STEPS, VOCAB, UNITS = 6, 4, 7, 11

source = tf.placeholder(tf.int32, [BATCH, STEPS])
target = tf.placeholder(tf.int32, [BATCH, STEPS])

with tf.variable_scope("encoder"):
    encoder_cell = tf.nn.rnn_cell.GRUCell(UNITS)
    _, state = tf.nn.dynamic_rnn(encoder_cell, tf.one_hot(source, VOCAB), dtype=tf.float32)

with tf.variable_scope("decoder"):
    decoder_cell = tf.nn.rnn_cell.GRUCell(UNITS)
    W = tf.get_variable("W", [UNITS, VOCAB])
    b = tf.get_variable("b", [VOCAB], initializer=tf.zeros_initializer())

    def decode(state, answers=None):
        token = tf.zeros([BATCH], tf.int32)
        logits = []
        for i in range(STEPS):
            output, state = decoder_cell(tf.one_hot(token, VOCAB), state)
            logit = tf.matmul(output, W) + b
            token = answers[:, i] if answers is not None else tf.argmax(logit, 1, output_type=tf.int32)
            logits.append(logit)
        return tf.stack(logits, axis=1)

    logits = decode(state, target)
    tf.get_variable_scope().reuse_variables()
    greedy = tf.argmax(decode(state), 2)

loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=target, logits=logits))
train = tf.train.AdamOptimizer(0.02).minimize(loss)

rng = np.random.RandomState(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(40):
        s = rng.randint(1, VOCAB, size=(BATCH, STEPS))
        _, l = sess.run([train, loss], {source: s, target: s[:, ::-1]})
        if i % 10 == 9:
            print("loss", l)
    print(sess.run(greedy, {source: s}))
