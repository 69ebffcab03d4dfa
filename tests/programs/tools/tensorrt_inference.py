"""Optimises a frozen graph with TensorRT and measures it (needs a GPU)."""
import argparse
import time

import numpy as np
import tensorflow as tf
import tensorflow.contrib.tensorrt as trt
from tensorflow.python.compiler.tensorrt import trt_convert


def read_graph(path):
    graph_def = tf.GraphDef()
    with tf.gfile.GFile(path, 'rb') as f:
        graph_def.ParseFromString(f.read())
    return graph_def


def optimize(graph_def, output, batch_size, precision):
    """A graph in which parts are replaced by TensorRT engines."""
    return trt.create_inference_graph(
        input_graph_def=graph_def, outputs=[output], max_batch_size=batch_size,
        max_workspace_size_bytes=1 << 30, precision_mode=precision, minimum_segment_size=5)


def optimize_saved_model(path, target):
    converter = trt_convert.TrtGraphConverter(input_saved_model_dir=path, precision_mode='FP16')
    converter.convert()
    converter.save(target)


def benchmark(graph_def, input_name, output_name, batch, runs=100):
    tf.reset_default_graph()
    images, = tf.import_graph_def(graph_def, return_elements=[input_name + ':0'], name='')
    output = tf.get_default_graph().get_tensor_by_name(output_name + ':0')
    gpu_options = tf.GPUOptions(per_process_gpu_memory_fraction=0.5)
    with tf.Session(config=tf.ConfigProto(gpu_options=gpu_options)) as sess:
        sess.run(output, feed_dict={images: batch})
        started = time.time()
        for _ in range(runs):
            sess.run(output, feed_dict={images: batch})
    return runs * len(batch) / (time.time() - started)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('graph')
    parser.add_argument('--input', default='images')
    parser.add_argument('--output', default='probabilities')
    parser.add_argument('--batch_size', type=int, default=8)
    args = parser.parse_args()

    batch = np.random.RandomState(0).uniform(size=(args.batch_size, 224, 224, 3))
    graph_def = read_graph(args.graph)
    print('plain: %.1f pictures a second' % benchmark(graph_def, args.input, args.output, batch))
    for precision in ('FP32', 'FP16'):
        optimized = optimize(graph_def, args.output, args.batch_size, precision)
        engines = len([n for n in optimized.node if n.op == 'TRTEngineOp'])
        print('%s: %d engines, %.1f pictures a second' % (
            precision, engines, benchmark(optimized, args.input, args.output, batch)))


if __name__ == '__main__':
    main()
