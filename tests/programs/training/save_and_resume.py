"""Saves while it trains, resumes from the latest checkpoint, and keeps the best one apart."""
from __future__ import print_function

import os
import tempfile

import numpy as np
import tensorflow as tf

folder = tempfile.mkdtemp()
best_path = os.path.join(folder, 'best.ckpt')

rng = np.random.RandomState(8)
inputs = rng.normal(size=(64, 5)).astype(np.float32)
targets = (inputs[:, :1] * 2 - inputs[:, 1:2]).astype(np.float32)
kernel = rng.normal(scale=0.2, size=(5, 6)).astype(np.float32)

x = tf.placeholder(tf.float32, [None, 5])
y = tf.placeholder(tf.float32, [None, 1])
hidden = tf.layers.dense(x, 6, tf.nn.relu, kernel_initializer=tf.constant_initializer(kernel))
weights = {'out': tf.Variable(tf.fill([6, 1], 0.1)), 'bias': tf.Variable(tf.zeros([1]))}
prediction = tf.matmul(hidden, weights['out']) + weights['bias']
loss = tf.reduce_mean(tf.square(prediction - y))
global_step = tf.Variable(0, trainable=False, name='global_step')
train_op = tf.train.AdamOptimizer(0.05).minimize(loss, global_step=global_step)

saver = tf.train.Saver(max_to_keep=2)
# only what the prediction is made with
best_saver = tf.train.Saver(weights)
init = tf.global_variables_initializer()


def run(sess, steps, best):
    for _ in range(steps):
        value, _ = sess.run([loss, train_op], feed_dict={x: inputs, y: targets})
        if value < best:
            best = value
            best_saver.save(sess, best_path)
    return best


print('first session')
with tf.Session() as sess:
    sess.run(init)
    best = 1e9
    for epoch in range(3):
        best = run(sess, 4, best)
        path = saver.save(sess, os.path.join(folder, 'model.ckpt'), global_step=global_step)
        print('saved', os.path.basename(path), 'best %.5f' % best)
    print('kept', [os.path.basename(each) for each in saver.last_checkpoints])

print('second session')
with tf.Session() as sess:
    sess.run(init)
    checkpoint = tf.train.get_checkpoint_state(folder)
    saver.restore(sess, checkpoint.model_checkpoint_path)
    print('step', sess.run(global_step))
    best = run(sess, 4, best)
    print('best %.5f' % best)
    best_saver.restore(sess, best_path)
    print('loss %.5f' % sess.run(loss, feed_dict={x: inputs, y: targets}))
