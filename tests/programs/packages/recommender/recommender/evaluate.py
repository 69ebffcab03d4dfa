"""Evaluates a model in a running session, or a checkpoint from disk."""
from __future__ import print_function

import argparse

import tensorflow as tf

from recommender import data
from recommender.model import NeuMF


def evaluate_model(sess, model, batches, num_batches):
    """Accuracy and AUC over a number of batches."""
    sess.run(model.reset_metrics)
    for _ in range(num_batches):
        sess.run(model.update_metrics, feed_dict=model.feed(next(batches)))
    accuracy, auc = sess.run([model.accuracy, model.auc])
    return accuracy, auc


def evaluate_checkpoint(checkpoint_dir, hparams):
    """Restores the newest checkpoint into a fresh graph and evaluates it."""
    interactions = data.make_interactions()
    graph = tf.Graph()
    with graph.as_default():
        model = NeuMF(interactions.num_users, interactions.num_items, hparams)
        saver = tf.train.Saver()
    with tf.Session(graph=graph) as sess:
        sess.run(tf.variables_initializer(graph.get_collection('local_variables')))
        path = tf.train.latest_checkpoint(checkpoint_dir)
        if not path or not tf.gfile.Exists(path + '.index'):
            raise IOError('no checkpoint in %s' % checkpoint_dir)
        saver.restore(sess, path)
        source = data.batches(interactions, 64, seed=2)
        return evaluate_model(sess, model, source, 5)


if __name__ == '__main__':
    from recommender.train import default_hparams

    parser = argparse.ArgumentParser()
    parser.add_argument('--checkpoint_dir', required=True)
    args = parser.parse_args()
    print('accuracy %.4f, AUC %.4f' % evaluate_checkpoint(args.checkpoint_dir, default_hparams()))
