"""Checkpoints and summaries: Saver, latest_checkpoint, FileWriter, merge_all, restore, resume."""
from __future__ import print_function

import os
import tempfile

import numpy as np
import tensorflow as tf

LOG_DIR = tempfile.mkdtemp(prefix='mnist_with_summaries_')


def variable_summaries(var):
    """Attach a lot of summaries to a Tensor (for TensorBoard visualization)."""
    with tf.name_scope('summaries'):
        mean = tf.reduce_mean(var)
        tf.summary.scalar('mean', mean)
        with tf.name_scope('stddev'):
            stddev = tf.sqrt(tf.reduce_mean(tf.square(var - mean)))
        tf.summary.scalar('stddev', stddev)
        tf.summary.scalar('max', tf.reduce_max(var))
        tf.summary.histogram('histogram', var)


def nn_layer(input_tensor, input_dim, output_dim, layer_name, seed, act=tf.nn.relu):
    """Reusable code for making a simple neural net layer."""
    with tf.name_scope(layer_name):
        with tf.name_scope('weights'):
            initial = np.random.RandomState(seed).normal(scale=0.3, size=(input_dim, output_dim))
            weights = tf.Variable(initial.astype(np.float32), name='w')
            variable_summaries(weights)
        with tf.name_scope('biases'):
            biases = tf.Variable(tf.constant(0.1, shape=[output_dim]), name='b')
        with tf.name_scope('Wx_plus_b'):
            preactivate = tf.matmul(input_tensor, weights) + biases
            tf.summary.histogram('pre_activations', preactivate)
        return act(preactivate, name='activation')


def build():
    x = tf.placeholder(tf.float32, [None, 10], name='x-input')
    y_ = tf.placeholder(tf.int64, [None], name='y-input')
    hidden1 = nn_layer(x, 10, 12, 'layer1', seed=0)
    y = nn_layer(hidden1, 12, 3, 'layer2', seed=1, act=tf.identity)
    with tf.name_scope('cross_entropy'):
        cross_entropy = tf.losses.sparse_softmax_cross_entropy(labels=y_, logits=y)
    tf.summary.scalar('cross_entropy', cross_entropy)
    tf.summary.image('weights', tf.reshape(hidden1, [1, -1, 12, 1]), max_outputs=1)
    global_step = tf.Variable(0, name='global_step', trainable=False)
    train_step = tf.train.AdamOptimizer(0.01).minimize(cross_entropy, global_step=global_step)
    accuracy = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(y, 1), y_), tf.float32))
    tf.summary.scalar('accuracy', accuracy)
    return x, y_, cross_entropy, train_step, accuracy, global_step


def make_data(n, seed):
    rng = np.random.RandomState(seed)
    labels = rng.randint(3, size=n)
    values = rng.normal(size=(n, 10))
    values[np.arange(n), labels] += 2.0
    return values.astype(np.float32), labels


def train(steps, resume=False):
    tf.reset_default_graph()
    x, y_, cross_entropy, train_step, accuracy, global_step = build()
    merged = tf.summary.merge_all()
    saver = tf.train.Saver(tf.global_variables(), max_to_keep=3)
    train_xs, train_ys = make_data(300, seed=3)
    test_xs, test_ys = make_data(100, seed=4)
    checkpoint_path = os.path.join(LOG_DIR, 'model.ckpt')

    with tf.Session() as sess:
        # two writers in one folder within a second would write the same file
        run = 'train_resumed' if resume else 'train'
        train_writer = tf.summary.FileWriter(os.path.join(LOG_DIR, run), sess.graph)
        test_writer = tf.summary.FileWriter(os.path.join(LOG_DIR, 'test'))
        if resume:
            ckpt = tf.train.get_checkpoint_state(LOG_DIR)
            if ckpt and ckpt.model_checkpoint_path:
                saver.restore(sess, ckpt.model_checkpoint_path)
                print('resumed at step', sess.run(global_step))
        else:
            tf.global_variables_initializer().run()

        for i in range(steps):
            if i % 20 == 0:  # Record summaries and test-set accuracy
                summary, acc = sess.run([merged, accuracy], feed_dict={x: test_xs, y_: test_ys})
                test_writer.add_summary(summary, i)
                print('Accuracy at step %s: %.4f' % (i, acc))
            summary, _, step = sess.run([merged, train_step, global_step],
                                        feed_dict={x: train_xs, y_: train_ys})
            train_writer.add_summary(summary, global_step=step)
        extra = tf.Summary(value=[tf.Summary.Value(tag='steps', simple_value=steps)])
        train_writer.add_summary(extra, steps)
        train_writer.close()
        test_writer.close()
        save_path = saver.save(sess, checkpoint_path, global_step=global_step)
        print('Model saved in file: %s' % os.path.basename(save_path))
        return sess.run(cross_entropy, feed_dict={x: train_xs, y_: train_ys})


def main(_):
    print('loss %.5f' % train(60))
    print('loss %.5f' % train(40, resume=True))
    latest = tf.train.latest_checkpoint(LOG_DIR)
    reader = tf.train.NewCheckpointReader(latest)
    print(sorted(name for name in reader.get_variable_to_shape_map() if 'Adam' not in name))
    events = tf.gfile.Glob(os.path.join(LOG_DIR, 'train*', 'events*'))
    count = sum(len(e.summary.value) for f in events for e in tf.train.summary_iterator(f))
    print('summary values written:', count)


if __name__ == '__main__':
    tf.app.run(main=main)
