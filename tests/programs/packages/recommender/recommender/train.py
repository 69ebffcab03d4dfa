"""Trains the recommender: flags, session, checkpoints, summaries."""
from __future__ import print_function

import os
import tempfile

import tensorflow as tf

from recommender import data
from recommender.evaluate import evaluate_model
from recommender.model import NeuMF

flags = tf.app.flags
flags.DEFINE_string('checkpoint_dir', None, 'Where checkpoints and summaries go.')
flags.DEFINE_integer('epochs', 4, 'Epochs to train.')
flags.DEFINE_integer('steps_per_epoch', 40, 'Batches an epoch.')
flags.DEFINE_integer('batch_size', 32, 'Positive examples a batch.')
flags.DEFINE_string('hparams', '', 'Comma separated list of name=value pairs.')
FLAGS = flags.FLAGS


def default_hparams():
    return tf.contrib.training.HParams(dim=8, hidden=[16, 8], dropout=0.0, l2=1e-4,
                                       learning_rate=0.02)


def train(checkpoint_dir):
    """Trains, evaluates after each epoch, and returns the last metrics."""
    interactions = data.make_interactions()
    tf.reset_default_graph()
    hparams = default_hparams().parse(FLAGS.hparams)
    model = NeuMF(interactions.num_users, interactions.num_items, hparams)
    saver = tf.train.Saver(max_to_keep=1)

    source = data.batches(interactions, FLAGS.batch_size, seed=1)
    results = None
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        writer = tf.summary.FileWriter(checkpoint_dir, sess.graph)
        for epoch in range(FLAGS.epochs):
            total = 0.0
            for _ in range(FLAGS.steps_per_epoch):
                batch = next(source)
                total += model.train_step(sess, batch)
            summary, step = sess.run([model.summary_op, model.global_step], model.feed(batch))
            writer.add_summary(summary, step)
            results = evaluate_model(sess, model, data.batches(interactions, 64, seed=2), 5)
            tf.logging.info('epoch %d', epoch)
            print('epoch %d step %d: loss %.5f, accuracy %.4f, AUC %.4f' % (
                (epoch + 1, step, total / FLAGS.steps_per_epoch) + results))
            saver.save(sess, os.path.join(checkpoint_dir, 'model.ckpt'), global_step=step)
        writer.close()
    return results


def main(_):
    tf.logging.set_verbosity(tf.logging.WARN)
    train(FLAGS.checkpoint_dir or tempfile.mkdtemp())


def entry():
    """The console script."""
    tf.app.run(main)


if __name__ == '__main__':
    entry()
