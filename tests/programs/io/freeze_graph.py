"""Freezes a checkpoint into one GraphDef, imports it elsewhere, converts it for phones."""
import os
import sys
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.python.framework import graph_util
from tensorflow.python.tools import freeze_graph, optimize_for_inference_lib

WORK_DIR = tempfile.mkdtemp()
CHECKPOINT = os.path.join(WORK_DIR, 'net.ckpt')
OUTPUT_NODE = 'net/probabilities'


def build_net(is_training):
    rng = np.random.RandomState(42)
    images = tf.placeholder(tf.float32, [None, 6, 6, 1], name='images')
    with tf.variable_scope('net'):
        kernel = tf.get_variable('kernel', initializer=tf.constant(
            rng.normal(scale=0.3, size=(3, 3, 1, 4)).astype('f')))
        net = tf.nn.relu(tf.nn.conv2d(images, kernel, [1, 2, 2, 1], 'SAME'))
        if is_training:
            net = tf.nn.dropout(net, keep_prob=0.9)
        net = tf.contrib.layers.flatten(net)
        dense = tf.get_variable('dense', initializer=tf.constant(
            rng.normal(scale=0.3, size=(36, 2)).astype('f')))
        logits = tf.matmul(net, dense)
        tf.nn.softmax(logits, name='probabilities')
    return images, logits


def save_checkpoint():
    with tf.Graph().as_default(), tf.Session() as sess:
        build_net(is_training=False)
        sess.run(tf.global_variables_initializer())
        tf.train.Saver().save(sess, CHECKPOINT)
        tf.train.write_graph(sess.graph_def, WORK_DIR, 'graph.pbtxt')


def freeze_by_meta_graph():
    """Import the meta graph, restore, and turn the variables into constants."""
    tf.reset_default_graph()
    saver = tf.train.import_meta_graph(CHECKPOINT + '.meta', clear_devices=True)
    graph = tf.get_default_graph()
    input_graph_def = graph.as_graph_def()
    with tf.Session() as sess:
        saver.restore(sess, CHECKPOINT)
        output_graph_def = graph_util.convert_variables_to_constants(
            sess, input_graph_def, [OUTPUT_NODE])
        output_graph_def = tf.graph_util.remove_training_nodes(output_graph_def)
    path = os.path.join(WORK_DIR, 'frozen.pb')
    with tf.gfile.GFile(path, 'wb') as f:
        f.write(output_graph_def.SerializeToString())
    print('%d ops in the final graph.' % len(output_graph_def.node))
    return path


def freeze_by_tool():
    path = os.path.join(WORK_DIR, 'frozen_by_tool.pb')
    freeze_graph.freeze_graph(
        input_graph=os.path.join(WORK_DIR, 'graph.pbtxt'), input_saver='', input_binary=False,
        input_checkpoint=CHECKPOINT, output_node_names=OUTPUT_NODE,
        restore_op_name='save/restore_all', filename_tensor_name='save/Const:0',
        output_graph=path, clear_devices=True, initializer_nodes='')
    return path


def load_graph(frozen_graph_filename):
    # Load the protobuf file from the disk and parse it to retrieve the graph_def
    with tf.gfile.FastGFile(frozen_graph_filename, 'rb') as f:
        graph_def = tf.GraphDef()
        graph_def.ParseFromString(f.read())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name='prefix')
    return graph, graph_def


def main():
    save_checkpoint()
    pictures = np.random.RandomState(0).uniform(size=(3, 6, 6, 1)).astype(np.float32)
    for path in (freeze_by_meta_graph(), freeze_by_tool()):
        graph, graph_def = load_graph(path)
        images = graph.get_tensor_by_name('prefix/images:0')
        probabilities = graph.get_tensor_by_name('prefix/%s:0' % OUTPUT_NODE)
        with tf.Session(graph=graph) as sess:
            result = sess.run(probabilities, feed_dict={images: pictures})
        print(os.path.basename(path), result[:, 0].round(5).tolist())

    optimized = optimize_for_inference_lib.optimize_for_inference(
        graph_def, ['images'], [OUTPUT_NODE], tf.float32.as_datatype_enum)
    print('optimized away:', len(graph_def.node) - len(optimized.node) >= 0)

    # toco_from_protos is a script beside the interpreter
    os.environ['PATH'] = os.path.dirname(sys.executable) + os.pathsep + os.environ.get('PATH', '')
    converter = tf.lite.TFLiteConverter.from_frozen_graph(
        os.path.join(WORK_DIR, 'frozen.pb'), ['images'], [OUTPUT_NODE],
        input_shapes={'images': [1, 6, 6, 1]})
    model = converter.convert()
    interpreter = tf.lite.Interpreter(model_content=model)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]['index'], pictures[:1])
    interpreter.invoke()
    output = interpreter.get_tensor(interpreter.get_output_details()[0]['index'])
    print('tflite', output[:, 0].round(4).tolist())


if __name__ == '__main__':
    main()
