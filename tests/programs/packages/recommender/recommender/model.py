"""Neural matrix factorisation: the graph. The training loop is in train.py."""
from __future__ import absolute_import

import tensorflow as tf

from recommender import layers


class NeuMF(object):
    """Placeholders, losses and train op as attributes; whoever holds a session runs them."""

    def __init__(self, num_users, num_items, hparams):
        self.num_users = num_users
        self.num_items = num_items
        self.hparams = hparams
        self.global_step = tf.train.get_or_create_global_step()
        self._add_placeholders()
        self.logits = self._add_network()
        self.loss = self._add_loss()
        self.train_op = self._add_train_op()
        self._add_metrics()
        self.summary_op = tf.summary.merge([
            tf.summary.scalar('loss', self.loss),
            tf.summary.scalar('learning_rate', self.learning_rate),
        ])

    def _add_placeholders(self):
        self.users = tf.placeholder(tf.int32, [None], name='users')
        self.items = tf.placeholder(tf.int32, [None], name='items')
        self.labels = tf.placeholder(tf.float32, [None], name='labels')
        self.is_training = tf.placeholder_with_default(False, [], name='is_training')

    def _add_network(self):
        hp = self.hparams
        with tf.variable_scope('gmf'):
            p = layers.embedding(self.users, self.num_users, hp.dim, 'user', 1, hp.l2)
            q = layers.embedding(self.items, self.num_items, hp.dim, 'item', 2, hp.l2)
            gmf = p * q
        with tf.variable_scope('deep'):
            p = layers.embedding(self.users, self.num_users, hp.dim, 'user', 3)
            q = layers.embedding(self.items, self.num_items, hp.dim, 'item', 4)
            deep = layers.mlp(tf.concat([p, q], axis=1), hp.hidden, self.is_training, hp.dropout)
        joined = tf.concat([gmf, deep], axis=1)
        logits = tf.layers.dense(joined, 1, name='logits',
                                 kernel_initializer=tf.constant_initializer(0.3))
        return tf.squeeze(logits, axis=1)

    def _add_loss(self):
        tf.losses.sigmoid_cross_entropy(multi_class_labels=self.labels, logits=self.logits)
        return tf.losses.get_total_loss()

    def _add_train_op(self):
        self.learning_rate = tf.train.exponential_decay(
            self.hparams.learning_rate, self.global_step, decay_steps=50, decay_rate=0.8)
        optimizer = tf.train.AdamOptimizer(self.learning_rate)
        gradients, variables = zip(*optimizer.compute_gradients(self.loss))
        gradients, self.gradient_norm = tf.clip_by_global_norm(gradients, 5.0)
        return optimizer.apply_gradients(zip(gradients, variables), global_step=self.global_step)

    def _add_metrics(self):
        with tf.variable_scope('metrics') as scope:
            predicted = tf.to_float(self.logits > 0)
            self.accuracy, update_accuracy = tf.metrics.accuracy(self.labels, predicted)
            self.auc, update_auc = tf.metrics.auc(self.labels, tf.sigmoid(self.logits))
            self.update_metrics = tf.group(update_accuracy, update_auc)
            local = tf.get_collection(tf.GraphKeys.LOCAL_VARIABLES, scope=scope.name)
            self.reset_metrics = tf.variables_initializer(local)

    def feed(self, batch, training=False):
        """The feed_dict for a batch."""
        feed_dict = {self.users: batch.users, self.items: batch.items, self.labels: batch.labels}
        if training:
            feed_dict[self.is_training] = True
        return feed_dict

    def train_step(self, sess, batch):
        """One update; the loss before it."""
        _, loss = sess.run([self.train_op, self.loss], feed_dict=self.feed(batch, training=True))
        return loss
