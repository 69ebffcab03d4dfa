"""Trains a line and exports it for serving: builder, signatures, simple_save, loader."""
from __future__ import print_function

import os
import sys
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.python.saved_model import signature_constants
from tensorflow.python.saved_model import tag_constants

tf.app.flags.DEFINE_integer('training_iteration', 50, 'number of training iterations.')
tf.app.flags.DEFINE_integer('model_version', 1, 'version number of the model.')
tf.app.flags.DEFINE_string('work_dir', '', 'Working directory; temporary if empty.')
FLAGS = tf.app.flags.FLAGS

CLASSES = ['low', 'medium', 'high']


def train(sess):
    """Trains the softmax model and returns its tensors."""
    rng = np.random.RandomState(1)
    values = rng.uniform(0, 3, size=(150, 1)).astype(np.float32)
    labels = np.minimum(values[:, 0].astype(np.int64), 2)

    x = tf.placeholder(tf.float32, [None, 1], name='x')
    labels_ph = tf.placeholder(tf.int64, [None])
    hinges = tf.concat([x, tf.nn.relu(x - 1.0), tf.nn.relu(x - 2.0)], 1)
    w = tf.Variable(tf.zeros([3, 3]), name='w')
    b = tf.Variable(tf.zeros([3]), name='b')
    y = tf.nn.softmax(tf.matmul(hinges, w) + b, name='y')
    cross_entropy = -tf.reduce_mean(
        tf.reduce_sum(tf.one_hot(labels_ph, 3) * tf.log(y + 1e-9), reduction_indices=[1]))
    train_step = tf.train.AdamOptimizer(0.3).minimize(cross_entropy)

    sess.run(tf.global_variables_initializer())
    for _ in range(FLAGS.training_iteration):
        train_step.run(feed_dict={x: values, labels_ph: labels}, session=sess)
    print('training cross entropy %.5f' % cross_entropy.eval({x: values, labels_ph: labels}, sess))
    return x, y


def export(sess, x, y, export_path):
    scores, indices = tf.nn.top_k(y, 3)
    table = tf.contrib.lookup.index_to_string_table_from_tensor(tf.constant(CLASSES))
    prediction_classes = table.lookup(tf.to_int64(indices))

    builder = tf.saved_model.builder.SavedModelBuilder(export_path)

    # Build the signature_def_map.
    tensor_info_x = tf.saved_model.utils.build_tensor_info(x)
    tensor_info_y = tf.saved_model.utils.build_tensor_info(y)
    classes = tf.saved_model.utils.build_tensor_info(prediction_classes)

    prediction_signature = tf.saved_model.signature_def_utils.build_signature_def(
        inputs={'inputs': tensor_info_x},
        outputs={'scores': tensor_info_y, 'classes': classes},
        method_name=tf.saved_model.signature_constants.PREDICT_METHOD_NAME)
    default_signature = tf.saved_model.signature_def_utils.predict_signature_def(
        inputs={'x': x}, outputs={'y': y})

    legacy_init_op = tf.group(tf.tables_initializer(), name='legacy_init_op')
    builder.add_meta_graph_and_variables(
        sess, [tf.saved_model.tag_constants.SERVING],
        signature_def_map={
            'predict_classes': prediction_signature,
            signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: default_signature,
        },
        main_op=legacy_init_op)
    builder.save()
    print('Done exporting!', sorted(os.listdir(export_path)))


def serve(export_path, values):
    """Loads the model again and asks it, as a server would."""
    with tf.Session(graph=tf.Graph()) as sess:
        meta_graph = tf.saved_model.loader.load(sess, [tag_constants.SERVING], export_path)
        signature = meta_graph.signature_def['predict_classes']
        classes, scores = sess.run(
            [signature.outputs['classes'].name, signature.outputs['scores'].name],
            feed_dict={signature.inputs['inputs'].name: values})
    return [row[0].decode() for row in classes], scores.max(axis=1)


def main(_):
    if FLAGS.model_version <= 0:
        print('Please specify a positive value for version number.')
        sys.exit(-1)
    work_dir = FLAGS.work_dir or tempfile.mkdtemp()
    sess = tf.InteractiveSession()
    x, y = train(sess)
    export_path = os.path.join(tf.compat.as_bytes(work_dir),
                               tf.compat.as_bytes(str(FLAGS.model_version)))
    export(sess, x, y, export_path)
    tf.saved_model.simple_save(sess, os.path.join(work_dir, 'simple'), {'x': x}, {'y': y})
    sess.close()

    for value, name, score in zip((0.2, 1.5, 2.9), *serve(export_path, [[0.2], [1.5], [2.9]])):
        print('%.1f is %s (%.4f)' % (value, name, score))
    predictor = tf.contrib.predictor.from_saved_model(os.path.join(work_dir, 'simple'))
    print('predictor: %s' % np.round(predictor({'x': [[0.2]]})['y'], 4).tolist())


if __name__ == '__main__':
    tf.app.run()
