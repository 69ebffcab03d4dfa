#! /usr/bin/env python
# A bag-of-embeddings text classifier: the model is a class that keeps its placeholders,
# and a training loop outside of it.
import datetime

import numpy as np
import tensorflow as tf


class TextClassifier(object):
    """Embedding lookup, mean over the words, one hidden layer, softmax."""

    def __init__(self, sequence_length, num_classes, vocab_size, embedding_size, hidden_size,
                 l2_reg_lambda=0.0):
        self.sequence_length = sequence_length
        self.num_classes = num_classes
        self.vocab_size = vocab_size
        self.embedding_size = embedding_size
        self.hidden_size = hidden_size
        self.l2_reg_lambda = l2_reg_lambda
        # Keeping track of l2 regularization loss (optional)
        self.l2_loss = tf.constant(0.0)
        self.build_inputs()
        self.build_embedding()
        self.build_network()
        self.build_loss()

    def build_inputs(self):
        self.input_x = tf.placeholder(tf.int32, [None, self.sequence_length], name="input_x")
        self.input_y = tf.placeholder(tf.float32, [None, self.num_classes], name="input_y")
        self.dropout_keep_prob = tf.placeholder(tf.float32, name="dropout_keep_prob")

    def build_embedding(self):
        with tf.device('/cpu:0'), tf.name_scope("embedding"):
            values = np.random.RandomState(3).uniform(
                -1.0, 1.0, size=(self.vocab_size, self.embedding_size))
            self.embeddings = tf.Variable(values.astype(np.float32), name="W")
            self.embedded = tf.nn.embedding_lookup(self.embeddings, self.input_x)

    def build_network(self):
        pooled = tf.reduce_mean(self.embedded, axis=1, keep_dims=True)
        pooled = tf.reshape(pooled, [-1, self.embedding_size])

        with tf.name_scope("hidden"):
            values = np.random.RandomState(4).normal(
                scale=0.3, size=(self.embedding_size, self.hidden_size))
            W = tf.Variable(values.astype(np.float32), name="W")
            b = tf.Variable(tf.constant(0.1, shape=[self.hidden_size]), name="b")
            self.h = tf.nn.tanh(tf.nn.xw_plus_b(pooled, W, b))

        # Add dropout
        with tf.name_scope("dropout"):
            self.h_drop = tf.nn.dropout(self.h, self.dropout_keep_prob)

        # Final (unnormalized) scores and predictions
        with tf.variable_scope("output"):
            W = tf.get_variable("W", shape=[self.hidden_size, self.num_classes],
                                initializer=tf.zeros_initializer())
            b = tf.get_variable("b", shape=[self.num_classes],
                                initializer=tf.constant_initializer(0.1))
            self.l2_loss += tf.nn.l2_loss(W)
            self.l2_loss += tf.nn.l2_loss(b)
            self.scores = tf.nn.xw_plus_b(self.h_drop, W, b, name="scores")
            self.predictions = tf.argmax(self.scores, 1, name="predictions")

    def build_loss(self):
        with tf.name_scope("loss"):
            losses = tf.nn.softmax_cross_entropy_with_logits(logits=self.scores,
                                                             labels=self.input_y)
            self.loss = tf.reduce_mean(losses) + self.l2_reg_lambda * self.l2_loss

        with tf.name_scope("accuracy"):
            correct_predictions = tf.equal(self.predictions, tf.argmax(self.input_y, 1))
            self.accuracy = tf.reduce_mean(tf.cast(correct_predictions, "float"), name="accuracy")


def batch_iter(data, batch_size, num_epochs):
    """Generates a batch iterator for a dataset."""
    num_batches_per_epoch = int((len(data) - 1) / batch_size) + 1
    for epoch in range(num_epochs):
        for batch_num in range(num_batches_per_epoch):
            yield data[batch_num * batch_size:(batch_num + 1) * batch_size]


# Data: class 1 sentences use the upper half of the vocabulary more often
rng = np.random.RandomState(10)
y = rng.randint(0, 2, size=256)
x_text = np.where(rng.rand(256, 12) < 0.3 + 0.4 * y[:, None],
                  rng.randint(25, 50, size=(256, 12)), rng.randint(0, 25, size=(256, 12)))
y_onehot = np.eye(2)[y]
x_train, x_dev = x_text[:200], x_text[200:]
y_train, y_dev = y_onehot[:200], y_onehot[200:]

with tf.Graph().as_default():
    session_conf = tf.ConfigProto(allow_soft_placement=True, log_device_placement=False)
    sess = tf.Session(config=session_conf)
    with sess.as_default():
        model = TextClassifier(sequence_length=12, num_classes=2, vocab_size=50,
                               embedding_size=8, hidden_size=16, l2_reg_lambda=0.01)
        global_step = tf.Variable(0, name="global_step", trainable=False)
        optimizer = tf.train.AdamOptimizer(1e-2)
        grads_and_vars = optimizer.compute_gradients(model.loss)
        train_op = optimizer.apply_gradients(grads_and_vars, global_step=global_step)
        sess.run(tf.global_variables_initializer())

        def train_step(x_batch, y_batch):
            feed_dict = {
                model.input_x: x_batch,
                model.input_y: y_batch,
                model.dropout_keep_prob: 1.0
            }
            _, step, loss, accuracy = sess.run(
                [train_op, global_step, model.loss, model.accuracy], feed_dict)
            return step, loss, accuracy

        def dev_step(x_batch, y_batch):
            feed_dict = {
                model.input_x: x_batch,
                model.input_y: y_batch,
                model.dropout_keep_prob: 1.0
            }
            step, loss, accuracy = sess.run([global_step, model.loss, model.accuracy], feed_dict)
            print("dev: step {}, loss {:.5f}, acc {:.4f}".format(step, loss, accuracy))

        started = datetime.datetime.now()
        for batch in batch_iter(list(zip(x_train, y_train)), batch_size=50, num_epochs=20):
            x_batch, y_batch = zip(*batch)
            train_step(x_batch, y_batch)
            current_step = tf.train.global_step(sess, global_step)
            if current_step % 40 == 0:
                dev_step(x_dev, y_dev)
        assert datetime.datetime.now() >= started
