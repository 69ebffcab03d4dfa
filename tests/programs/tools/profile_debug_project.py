"""Trains with everything that looks into a session: tracing, XLA, the debugger, the projector."""
from __future__ import print_function

import argparse
import os
import sys
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.contrib.tensorboard.plugins import projector
from tensorflow.python import debug as tf_debug
from tensorflow.python.client import timeline

FLAGS = None
WORDS = ['one', 'two', 'three', 'four', 'red', 'green', 'blue', 'black']


def build(ids, labels):
    """Embeddings that tell numbers from colours."""
    values = np.random.RandomState(0).normal(scale=0.5, size=(len(WORDS), 3))
    embedding = tf.Variable(values.astype(np.float32), name='word_embedding')
    embedded = tf.gather(embedding, ids)
    with tf.contrib.compiler.jit.experimental_jit_scope():
        logits = tf.reduce_sum(embedded, 1)
    loss = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(labels=labels, logits=logits))
    loss = tf.Print(loss, [loss], message='loss: ', first_n=1)
    train_op = tf.train.GradientDescentOptimizer(1.0).minimize(loss)
    # every tensor is looked at for NaN and infinity
    checks = tf.add_check_numerics_ops()
    return embedding, loss, tf.group(train_op, checks)


def session_config():
    config = tf.ConfigProto()
    if FLAGS.xla:
        # Turns on XLA JIT compilation.
        jit_level = tf.OptimizerOptions.ON_1
        config.graph_options.optimizer_options.global_jit_level = jit_level
    config.graph_options.rewrite_options.disable_meta_optimizer = True
    return config


def write_projector(writer, embedding, log_dir):
    with tf.gfile.Open(os.path.join(log_dir, 'metadata.tsv'), 'w') as f:
        f.write('\n'.join(WORDS) + '\n')
    config = projector.ProjectorConfig()
    embedding_config = config.embeddings.add()
    embedding_config.tensor_name = embedding.name
    embedding_config.metadata_path = 'metadata.tsv'
    projector.visualize_embeddings(writer, config)


def main(_):
    log_dir = FLAGS.log_dir or tempfile.mkdtemp()
    ids = tf.placeholder(tf.int32, [None], name='ids')
    labels = tf.placeholder(tf.float32, [None], name='labels')
    embedding, loss, train_op = build(ids, labels)
    feed_dict = {ids: np.arange(8), labels: [0, 0, 0, 0, 1, 1, 1, 1]}

    sess = tf.Session(config=session_config())
    if FLAGS.debug:
        sess = tf_debug.LocalCLIDebugWrapperSession(sess, ui_type='readline')
        sess.add_tensor_filter('has_inf_or_nan', tf_debug.has_inf_or_nan)
    sess.run(tf.global_variables_initializer())
    writer = tf.summary.FileWriter(log_dir, sess.graph)

    for step in range(30):
        if step == 20:
            run_options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
            run_metadata = tf.RunMetadata()
            sess.run(train_op, feed_dict=feed_dict, options=run_options,
                     run_metadata=run_metadata)
            writer.add_run_metadata(run_metadata, 'step%03d' % step)
            trace = timeline.Timeline(run_metadata.step_stats).generate_chrome_trace_format()
            print('trace written:', len(trace) > 100)
        else:
            sess.run(train_op, feed_dict=feed_dict)
    print('loss %.5f' % sess.run(loss, feed_dict=feed_dict))
    print('scores', sess.run(embedding).sum(axis=1).round(3).tolist())

    write_projector(writer, embedding, log_dir)
    tf.train.Saver([embedding]).save(sess, os.path.join(log_dir, 'model.ckpt'), 30)
    writer.close()
    profile = tf.profiler.profile(sess.graph, cmd='scope', options=(
        tf.profiler.ProfileOptionBuilder(
            tf.profiler.ProfileOptionBuilder.trainable_variables_parameter())
        .with_empty_output().build()))
    print('parameters:', profile.total_parameters)
    print(sorted(name for name in os.listdir(log_dir) if name.endswith(('tsv', 'pbtxt'))))


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--log_dir', default='')
    parser.add_argument('--debug', action='store_true', help='Use debugger to track down bad values')
    parser.add_argument('--xla', action='store_true')
    FLAGS, unparsed = parser.parse_known_args()
    tf.app.run(main=main, argv=[sys.argv[0]] + unparsed)
