"""A language model under a scope that says how variables begin."""
import numpy as np
import tensorflow as tf

VOCAB, SIZE, BATCH, STEPS = 9, 6, 3, 5
initializer = tf.constant_initializer(0.08)

x = tf.placeholder(tf.int32, [BATCH, STEPS])
y = tf.placeholder(tf.int32, [BATCH, STEPS])
with tf.variable_scope("model", initializer=initializer):
    embedding = tf.get_variable("embedding", initializer=tf.constant(
        np.random.RandomState(7).uniform(-1, 1, size=(VOCAB, SIZE)).astype(np.float32)))
    inputs = tf.nn.embedding_lookup(embedding, x)
    cell = tf.nn.rnn_cell.GRUCell(SIZE)
    initial_state = cell.zero_state(BATCH, tf.float32)
    outputs, state = tf.nn.dynamic_rnn(cell, inputs, initial_state=initial_state)
    softmax_w = tf.get_variable("softmax_w", [SIZE, VOCAB])
    softmax_b = tf.get_variable("softmax_b", [VOCAB])
    h = tf.layers.dense(outputs, SIZE, activation=tf.tanh)
logits = tf.tensordot(h, softmax_w, [[2], [0]]) + softmax_b
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
train = tf.train.AdagradOptimizer(0.3).minimize(loss)

ids = np.random.RandomState(3).randint(VOCAB, size=(BATCH, 41))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(2):
        value = sess.run(initial_state)
        for i in range(0, 40, STEPS):
            feed = {x: ids[:, i:i + STEPS], y: ids[:, i + 1:i + STEPS + 1], initial_state: value}
            l, value, _ = sess.run([loss, state, train], feed_dict=feed)
        print("epoch %d loss %.6f state %.6f" % (epoch, l, np.abs(value).mean()))
