"""Digits row by row: a function builds layers of LSTM cells in a loop, with dropout that is fed."""
import numpy as np
import tensorflow as tf
from tensorflow.contrib import rnn

n_input, n_steps, n_classes = 6, 7, 4
n_hidden = [10, 8]
batch_size = 24


def make_data(count, seed):
    rng = np.random.RandomState(seed)
    labels = rng.randint(n_classes, size=count)
    images = rng.normal(scale=0.6, size=(count, n_steps, n_input))
    for image, label in zip(images, labels):
        image[label:label + 2, label:label + 2] += 1.5
    return images.reshape(count, -1), np.eye(n_classes)[labels]


def lstm_net(x, keep_prob):
    x = tf.reshape(x, [-1, n_steps, n_input])
    cells = []
    for units in n_hidden:
        cell = rnn.BasicLSTMCell(units, forget_bias=0.8)
        cell = rnn.DropoutWrapper(cell, output_keep_prob=keep_prob)
        cells.append(cell)
    network = rnn.MultiRNNCell(cells)
    initial_state = network.zero_state(tf.shape(x)[0], tf.float32)
    outputs, final_state = tf.nn.dynamic_rnn(network, x, initial_state=initial_state)
    last = final_state[-1].h
    weights = tf.get_variable("weights", [n_hidden[-1], n_classes])
    biases = tf.get_variable("biases", [n_classes], initializer=tf.zeros_initializer())
    return tf.nn.xw_plus_b(last, weights, biases)


x = tf.placeholder(tf.float32, [None, n_steps * n_input])
y = tf.placeholder(tf.float32, [None, n_classes])
keep_prob = tf.placeholder(tf.float32)

logits = lstm_net(x, keep_prob)
cost = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(logits=logits, labels=y))
optimizer = tf.train.AdamOptimizer(learning_rate=0.01).minimize(cost)
correct = tf.equal(tf.argmax(logits, 1), tf.argmax(y, 1))
accuracy = tf.reduce_mean(tf.cast(correct, tf.float32))

images, labels = make_data(240, 0)
test_images, test_labels = make_data(100, 1)
init = tf.global_variables_initializer()
with tf.Session() as sess:
    sess.run(init)
    for epoch in range(3):
        total = 0.
        for i in range(0, len(images), batch_size):
            _, c = sess.run([optimizer, cost], feed_dict={x: images[i:i + batch_size], y: labels[i:i + batch_size], keep_prob: 0.75})
            total += c
        print("Epoch:", '%04d' % (epoch + 1), "cost={:.6f}".format(total))
    print("Accuracy:", accuracy.eval({x: test_images, y: test_labels, keep_prob: 1.}))
