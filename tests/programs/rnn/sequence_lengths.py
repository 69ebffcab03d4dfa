"""Which of two kinds of walk a sequence is: an LSTM over sequences of different lengths."""
import numpy as np
import tensorflow as tf

# Parameters
learning_rate = 0.01
steps, batch_size, hidden = 40, 32, 12
max_len, n_classes = 10, 2


def make_batch(rng, size):
    lengths = rng.randint(3, max_len + 1, size=size)
    labels = rng.randint(0, n_classes, size=size)
    walks = np.zeros([size, max_len, 1], dtype=np.float32)
    for row, (length, label) in enumerate(zip(lengths, labels)):
        step = rng.normal(0.1 if label else -0.1, 0.2, size=length)
        walks[row, :length, 0] = np.cumsum(step)
    return walks, labels, lengths


x = tf.placeholder(tf.float32, [None, max_len, 1], name="x")
y = tf.placeholder(tf.int64, [None], name="y")
seqlen = tf.placeholder(tf.int32, [None], name="seqlen")

# the state is that of the last step of each sequence
cell = tf.nn.rnn_cell.BasicLSTMCell(hidden)
outputs, state = tf.nn.dynamic_rnn(cell, x, sequence_length=seqlen, dtype=tf.float32)

# and so is the output at its last step
index = tf.stack([tf.range(tf.shape(x)[0]), seqlen - 1], axis=1)
last = tf.gather_nd(outputs, index)
difference = tf.reduce_max(tf.abs(last - state.h))

W = tf.get_variable("W", [hidden, n_classes])
b = tf.get_variable("b", [n_classes], initializer=tf.constant_initializer(0.0))
logits = tf.matmul(last, W) + b
loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
train_op = tf.train.AdamOptimizer(learning_rate).minimize(loss)
accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), y), tf.float32))

rng = np.random.RandomState(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(1, steps + 1):
        batch_x, batch_y, batch_len = make_batch(rng, batch_size)
        feed = {x: batch_x, y: batch_y, seqlen: batch_len}
        _, value = sess.run([train_op, loss], feed_dict=feed)
        if step % 10 == 0:
            print("step %d loss %.5f" % (step, value))
    test_x, test_y, test_len = make_batch(rng, 200)
    acc, diff = sess.run([accuracy, difference], {x: test_x, y: test_y, seqlen: test_len})
    print("accuracy %.4f, output and state differ by %.6f" % (acc, diff))
    final = sess.run(state, {x: test_x, seqlen: test_len})
    print("c %.5f h %.5f" % (np.abs(final.c).mean(), np.abs(final.h).mean()))
