"""Feeds in every shape: built up in a variable, updated, passed on as kwargs, partial, overriding.

A tiny collaborative filter with side information. The side information may be left out, the
learning rate has a default, and hidden activations are fed by hand to look at the output layer.
"""
import argparse

import numpy as np
import tensorflow as tf

N_USERS, N_ITEMS, N_SIDE, DIM = 12, 9, 3, 4


def build_graph(rng):
    graph = {}
    graph['user'] = tf.placeholder(tf.int32, [None], name='user')
    graph['item'] = tf.placeholder(tf.int32, [None], name='item')
    graph['rating'] = tf.placeholder(tf.float32, [None], name='rating')
    graph['lr'] = tf.placeholder_with_default(0.5, shape=[], name='lr')
    graph['side'] = tf.placeholder_with_default(
        np.zeros([1, N_SIDE], np.float32), shape=[None, N_SIDE], name='side')

    P = tf.Variable(rng.normal(scale=.3, size=(N_USERS, DIM)).astype(np.float32), name='P')
    Q = tf.Variable(rng.normal(scale=.3, size=(N_ITEMS, DIM)).astype(np.float32), name='Q')
    S = tf.Variable(np.zeros((N_SIDE, DIM), np.float32), name='S')

    p = tf.nn.embedding_lookup(P, graph['user']) + tf.matmul(graph['side'], S)
    q = tf.gather(Q, graph['item'])
    graph['hidden'] = tf.multiply(p, q, name='hidden')
    graph['score'] = tf.reduce_sum(graph['hidden'], 1)
    graph['loss'] = tf.reduce_mean(tf.square(graph['score'] - graph['rating']))
    graph['train'] = tf.train.GradientDescentOptimizer(graph['lr']).minimize(graph['loss'])
    return graph


def run_epoch(session, graph, data, extra=None, train=True):
    feed = {
        graph['user']: data['user'],
        graph['item']: data['item'],
    }
    feed[graph['rating']] = data['rating']
    if extra:
        feed.update(extra)
    fetches = {'loss': graph['loss']}
    if train:
        fetches['train'] = graph['train']
    results = session.run(fetches, feed_dict=feed)
    return results['loss']


def main(args):
    rng = np.random.RandomState(args.seed)
    users = np.repeat(np.arange(N_USERS), N_ITEMS)
    items = np.tile(np.arange(N_ITEMS), N_USERS)
    ratings = np.cos(users * 0.7) * np.sin(items * 0.9 + 0.3)
    data = dict(user=users, item=items, rating=ratings)
    side = np.stack([users % 2, users % 3, items % 2], axis=1)

    graph = build_graph(rng)
    config = tf.ConfigProto()
    config.gpu_options.allow_growth = True
    with tf.Session(config=config) as session:
        session.run(tf.global_variables_initializer())
        print('before: %.6f' % run_epoch(session, graph, data, train=False))
        for epoch in range(args.epochs):
            # the learning rate is fed only later in training; side information only sometimes
            extra = {graph['lr']: 0.25} if epoch > args.epochs // 2 else {}
            if epoch % 2:
                extra[graph['side']] = side
            loss = run_epoch(session, graph, data, extra)
        print('after:  %.6f' % loss)

        # no rating needed for a prediction
        options = dict(feed_dict={graph['user']: [0, 1], graph['item']: [3, 3]})
        print('scores', session.run(graph['score'], **options).round(4).tolist())

        # any tensor can be fed, not just placeholders
        hidden = np.array([[0.1, 0.2, 0.3, 0.4]], dtype=np.float32)
        print('fed hidden: %.3f' % session.run(graph['score'], {graph['hidden']: hidden})[0])
        # and by name
        print('by name: %.4f' % session.run('hidden:0', {'user:0': [2], 'item:0': [5]}).sum())

        predict = session.make_callable(graph['score'], feed_list=[graph['user'], graph['item']])
        print('callable: %.4f' % predict([4], [4])[0])


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seed', type=int, default=3)
    parser.add_argument('--epochs', type=int, default=40)
    main(parser.parse_args())
