"""Run every layer function on TensorFlow 1.15.5 and print what comes out, as JSON.

``python record_layers.py > recorded_layers.json`` with an interpreter that has it (Python 3.7).
``test_layers_numbers.py`` runs what the functions become on TensorFlow 2 with the same weights.

A case is code that binds ``y``, and the shape of ``x``. Code that reads ``is_training`` is run both
ways. Variables are set to ``weights``, unless the case is about initial values: ``initial`` compares
them, ``drawn`` how far they are spread.
"""

import json
import math
import sys

import numpy as np

D1, D2, D3, D4 = (4, 6), (3, 8, 5), (2, 6, 6, 3), (2, 5, 5, 4, 2)
HEAD = """\
import numpy as np
import tensorflow as tf
from tensorflow.contrib import layers as tcl, slim
"""

CASES = [
    # tf.layers
    (D1, "y = tf.layers.dense(x, 4)"),
    (D1, "y = tf.layers.dense(x, 4, tf.nn.relu, False)"),
    (D3, "y = tf.layers.dense(inputs=x, units=4, activation=tf.tanh, name='a/b')"),
    (D1, "y = tf.layers.dense(x, 4, kernel_regularizer=tcl.l2_regularizer(0.3))"),
    (D1, "y = tf.layers.dense(x, 4, bias_regularizer=tcl.l1_regularizer(0.2), name='d')"),
    (D1, "y = tf.layers.dense(x, 4, kernel_regularizer=tcl.l1_l2_regularizer(0.2, 0.1))"),
    (D1, "y = tf.layers.dense(x, 4, kernel_regularizer=tf.keras.regularizers.l2(0.2))"),
    (D1, "y = tf.layers.dense(x, 4, kernel_regularizer=lambda w: tf.reduce_sum(w) * 0.1)"),
    (D1, "y = tf.layers.dense(x, 4, trainable=False)"),
    (D2, "y = tf.layers.conv1d(x, 4, 3, padding='same', activation=tf.nn.relu)"),
    (D2, "y = tf.layers.conv1d(x, 4, [3], 2)"),
    (D2, "y = tf.layers.conv1d(x, 4, 3, dilation_rate=2)"),
    (D3, "y = tf.layers.conv2d(x, 4, 3)"),
    (D3, "y = tf.layers.conv2d(x, 4, [3, 2], (2, 1), 'SAME', activation=tf.nn.elu)"),
    (D3, "y = tf.layers.conv2d(x, filters=4, kernel_size=(2, 2), dilation_rate=(2, 2), use_bias=False)"),
    (D4, "y = tf.layers.conv3d(x, 4, 3, padding='same')"),
    (D4, "y = tf.layers.conv3d(x, 4, [2, 2, 2], strides=2, activation=tf.nn.relu)"),
    (D3, "y = tf.layers.conv2d_transpose(x, 4, 3)"),
    (D3, "y = tf.layers.conv2d_transpose(x, 4, 3, strides=2, padding='same')"),
    (D3, "y = tf.layers.conv2d_transpose(x, 4, [4, 4], strides=(2, 2), padding='valid')"),
    (D3, "y = tf.layers.conv2d_transpose(x, 4, 2, 3)"),
    (D3, "y = tf.layers.conv2d_transpose(x, 4, 5, 2, 'same', activation=tf.nn.sigmoid)"),
    (D4, "y = tf.layers.conv3d_transpose(x, 4, 3, strides=2, padding='same')"),
    (D4, "y = tf.layers.conv3d_transpose(x, 4, 2, strides=(1, 2, 2), activation=tf.nn.relu)"),
    (D2, "y = tf.layers.separable_conv1d(x, 4, 3, depth_multiplier=2)"),
    (D2, "y = tf.layers.separable_conv1d(x, 4, 3, 2, 'same', activation=tf.nn.relu)"),
    (D3, "y = tf.layers.separable_conv2d(x, 4, 3, depth_multiplier=2)"),
    (D3, "y = tf.layers.separable_conv2d(x, 4, 3, 2, 'same', pointwise_regularizer=tcl.l2_regularizer(0.1))"),
    (D3, "y = tf.layers.separable_conv2d(x, 4, 3, dilation_rate=2, activation=tf.nn.relu)"),
    (D2, "y = tf.layers.max_pooling1d(x, 2, 2)"),
    (D2, "y = tf.layers.max_pooling1d(x, pool_size=3, strides=2, padding='same')"),
    (D2, "y = tf.layers.average_pooling1d(x, 3, 1, 'SAME')"),
    (D3, "y = tf.layers.max_pooling2d(x, 2, 2)"),
    (D3, "y = tf.layers.max_pooling2d(inputs=x, pool_size=[3, 2], strides=[2, 1], padding='same')"),
    (D3, "y = tf.layers.max_pooling2d(x, (2, 2), (2, 2), data_format='channels_last', name='p')"),
    (D3, "y = tf.layers.average_pooling2d(x, 3, 1, padding='same')"),
    (D3, "y = tf.layers.average_pooling2d(x, 3, strides=2, data_format=str('channels_last'))"),
    (D4, "y = tf.layers.max_pooling3d(x, 2, 2)"),
    (D4, "y = tf.layers.average_pooling3d(x, 2, 1, padding='same')"),
    (D1, "y = tf.layers.batch_normalization(x, training=is_training)"),
    (D2, "y = tf.layers.batch_normalization(x, training=is_training, momentum=0.9)"),
    (D3, "y = tf.layers.batch_normalization(x, training=is_training, fused=False)"),
    (D3, "y = tf.layers.batch_normalization(x, -1, 0.8, 1e-2, scale=False, training=is_training)"),
    (D3, "y = tf.layers.batch_normalization(x, axis=1, training=is_training, fused=False)"),
    (D3, "y = tf.layers.batch_normalization(x, gamma_regularizer=tcl.l2_regularizer(0.1))"),
    (D1, "y = tf.layers.batch_normalization(x, center=False, training=True, renorm=False)"),
    (D1, "y = tf.layers.dropout(x, 0.4)"),
    (D1, "y = tf.layers.dropout(x, 0.4, training=False)"),
    (D3, "y = tf.layers.flatten(x)"),
    (D3, "y = tf.layers.flatten(x, name='f', data_format='channels_first')"),
    ((5,), "y = tf.layers.flatten(x)"),
    # objects of tf.layers
    (D1, "y = tf.layers.Dense(4, tf.nn.relu, name='d')(x)"),
    (D1, "y = tf.layers.Dense(units=4, dtype=tf.float32, _reuse=False)(x)"),
    (D2, "y = tf.layers.Conv1D(4, 3)(x)"),
    (D3, "y = tf.layers.Conv2D(4, 3, 2, 'SAME', activation=tf.nn.relu)(x)"),
    (D4, "y = tf.layers.Conv3D(4, 3)(x)"),
    (D3, "y = tf.layers.Conv2DTranspose(4, 3, (2, 2), 'same')(x)"),
    (D4, "y = tf.layers.Conv3DTranspose(4, 3)(x)"),
    (D2, "y = tf.layers.SeparableConv1D(4, 3)(x)"),
    (D3, "y = tf.layers.SeparableConv2D(4, 3)(x)"),
    (D1, "y = tf.layers.BatchNormalization(-1, 0.9, fused=None)(x, training=is_training)"),
    (D1, "y = tf.layers.Dropout()(x, training=False)"),
    (D3, "y = tf.layers.Flatten()(x)"),
    (D2, "y = tf.layers.MaxPooling1D(2, 2)(x)"),
    (D3, "y = tf.layers.MaxPooling2D(pool_size=2, strides=1, padding='same')(x)"),
    (D4, "y = tf.layers.MaxPooling3D(2, 2)(x)"),
    (D2, "y = tf.layers.AveragePooling1D(2, 2)(x)"),
    (D3, "y = tf.layers.AveragePooling2D((2, 2), (1, 1))(x)"),
    (D4, "y = tf.layers.AveragePooling3D(2, 2, 'same')(x)"),
    # tf.contrib.layers and slim
    (D1, "y = slim.fully_connected(x, 4)"),
    (D3, "y = tcl.fully_connected(x, num_outputs=4, activation_fn=None, scope='fc')"),
    (D1, "y = slim.fully_connected(x, 4, tf.tanh, biases_initializer=None)"),
    (D1, "y = slim.fully_connected(x, 4, weights_regularizer=slim.l2_regularizer(0.3))"),
    (D1, "y = slim.fully_connected(x, 4, normalizer_fn=slim.layer_norm)"),
    (D1, "y = slim.fully_connected(x, 4, normalizer_fn=slim.batch_norm, normalizer_params={'is_training': False})"),
    (D1, "y = tcl.linear(x, 4)"),
    (D1, "y = tcl.relu(x, 4)"),
    (D1, "y = tcl.relu6(x, 4)"),
    (D1, "y = tcl.elu(x, 4)"),
    (D3, "y = tcl.legacy_fully_connected(x, 4)"),
    (D1, "y = tcl.legacy_linear(x, 4, bias_init=None)"),
    (D1, "y = tcl.legacy_relu(x, 4, weight_regularizer=tcl.l2_regularizer(0.2))"),
    (D2, "y = tcl.conv1d(x, 4, 3)"),
    (D2, "y = slim.convolution1d(x, 4, 3, stride=2, padding='VALID', activation_fn=None)"),
    (D3, "y = slim.conv2d(x, 4, [3, 3])"),
    (D3, "y = slim.conv2d(x, 4, 3, stride=2, scope='conv1')"),
    (D3, "y = slim.convolution2d(x, 4, [3, 3], 2, 'VALID', activation_fn=tf.nn.elu)"),
    (D3, "y = slim.conv2d(x, num_outputs=4, kernel_size=3, rate=2, biases_initializer=None)"),
    (D3, "y = slim.conv2d(x, 4, 3, normalizer_fn=slim.batch_norm, normalizer_params={'is_training': is_training, 'decay': 0.9, 'fused': False})"),
    (D3, "y = slim.conv2d(x, 4, 3, activation_fn=None, normalizer_fn=tcl.layer_norm)"),
    (D3, "y = slim.conv2d(x, 4, 3, normalizer_fn=tcl.instance_norm, activation_fn=lambda t: t * 2)"),
    (D3, "y = slim.conv2d(x, 4, 3, normalizer_fn=tcl.group_norm, normalizer_params=dict(groups=2))"),
    (D4, "y = slim.conv3d(x, 4, 3)"),
    (D3, "y = slim.conv2d_transpose(x, 4, [3, 3], stride=2)"),
    (D3, "y = slim.conv2d_transpose(x, 4, 4, 2, 'VALID', activation_fn=None)"),
    (D4, "y = tcl.conv3d_transpose(x, 4, 3, stride=2)"),
    (D3, "y = slim.separable_conv2d(x, 4, [3, 3], depth_multiplier=2)"),
    (D3, "y = slim.separable_conv2d(x, 4, 3, 1, 2, activation_fn=None, weights_regularizer=slim.l2_regularizer(0.1))"),
    (D3, "y = slim.separable_conv2d(x, None, [3, 3], depth_multiplier=2, stride=2)"),
    (D3, "y = slim.separable_convolution2d(x, None, 3, 1, rate=2, biases_initializer=None)"),
    (D3, "y = slim.separable_conv2d(x, None, 3, normalizer_fn=slim.batch_norm, normalizer_params={'is_training': False})"),
    (D3, "y = slim.max_pool2d(x, 2)"),
    (D3, "y = slim.max_pool2d(x, [3, 3], stride=2, padding='SAME', scope='pool')"),
    (D3, "y = slim.avg_pool2d(x, kernel_size=[3, 3], stride=1)"),
    (D4, "y = tcl.max_pool3d(x, 2)"),
    (D4, "y = tcl.avg_pool3d(x, [2, 2, 2], 1)"),
    (D2, "y = tcl.batch_norm(x, is_training=is_training)"),
    (D3, "y = slim.batch_norm(x, is_training=is_training, fused=False)"),
    (D3, "y = slim.batch_norm(x, 0.9, True, True, 1e-2, tf.nn.relu, is_training=is_training, fused=False)"),
    (D3, "y = slim.batch_norm(x, fused=False, param_initializers={'beta': tf.constant_initializer(0.5)})"),
    (D3, "y = slim.batch_norm(x, fused=False, data_format='NCHW')"),
    (D3, "y = slim.batch_norm(x, scale=True, param_regularizers={'gamma': slim.l2_regularizer(0.2)}, is_training=False)"),
    (D1, "y = slim.batch_norm(x, is_training=is_training, updates_collections=None, fused=False)"),
    (D1, "y = tcl.layer_norm(x)"),
    (D2, "y = tcl.layer_norm(x)"),
    (D3, "y = tcl.layer_norm(x, center=False, activation_fn=tf.nn.relu)"),
    (D3, "y = tcl.layer_norm(x, begin_norm_axis=-1)"),
    (D3, "y = tcl.instance_norm(x)"),
    (D3, "y = tcl.instance_norm(x, scale=False, data_format='NCHW', epsilon=1e-3)"),
    ((2, 4, 4, 8), "y = tcl.group_norm(x, 4)"),
    ((2, 4, 4, 32), "y = tcl.group_norm(x, activation_fn=tf.nn.relu, reduction_axes=[1, 2])"),
    (D1, "y = slim.dropout(x, 0.5, is_training=False)"),
    (D3, "y = slim.flatten(x, scope='flat')"),
    (D1, "y = slim.one_hot_encoding(tf.argmax(x, 1), 6)"),
    (D1, "y = slim.one_hot_encoding(tf.argmax(x, 1), num_classes=6, on_value=0.9, off_value=0.1)"),
    (D1, "y = slim.softmax(x)"),
    (D3, "y = tcl.softmax(x, scope='s')"),
    (D3, "y = tcl.unit_norm(x, 1)"),
    (D1, "y = tcl.unit_norm(x, dim=1, epsilon=1e-3)"),
    (D1, "y = tcl.embed_sequence(tf.cast(tf.abs(x) * 4, tf.int32), 10, 3)"),
    (D1, "y = tcl.embed_sequence(tf.cast(tf.abs(x) * 4, tf.int32), vocab_size=10, embed_dim=3, regularizer=tcl.l2_regularizer(0.1))"),
    (D3, "y = slim.repeat(x, 2, slim.conv2d, 4, [3, 3], scope='conv')"),
    (D1, "y = slim.repeat(x, 3, slim.fully_connected, 5, activation_fn=None)"),
    (D1, "y = slim.stack(x, slim.fully_connected, [4, 3], scope='fc')"),
    (D3, "y = slim.stack(x, slim.conv2d, [(4, [3, 3]), (2, 1)], normalizer_fn=slim.layer_norm)"),
]

INITIAL = [
    (D1, "y = tf.layers.dense(x, 4, kernel_initializer=tf.constant_initializer(0.1))"),
    (D1, "y = tf.layers.dense(x, 4, kernel_initializer=tf.ones_initializer(), bias_initializer=tf.ones_initializer)"),
    (D1, "y = tf.layers.dense(x, 6, kernel_initializer=tf.initializers.identity(2.0, dtype=tf.float32))"),
    (D1, "y = tf.layers.dense(x, 2, kernel_initializer=tf.constant_initializer(np.arange(12).reshape(6, 2)))"),
    (D1, "y = slim.fully_connected(x, 4, weights_initializer=tf.zeros_initializer(), biases_initializer=tf.constant_initializer(0.5, dtype=tf.float32))"),
    (D1, "y = slim.batch_norm(x, scale=True, is_training=False, param_initializers={'beta': tf.ones_initializer(), 'gamma': tf.constant_initializer(3.0), 'moving_mean': tf.constant_initializer(0.5), 'moving_variance': tf.constant_initializer(2.0)})"),
    (D1, "y = tf.layers.batch_normalization(x, gamma_initializer=tf.constant_initializer(2.0), moving_mean_initializer=tf.ones_initializer())"),
    (D3, "y = slim.layer_norm(x)"),
    (D3, "y = tcl.instance_norm(x, param_initializers={'gamma': tf.constant_initializer(2.0)})"),
]

WIDE = (2, 160)
IMAGE = (1, 4, 4, 48)
DRAWN = [
    (WIDE, "y = tf.layers.dense(x, 128)"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=None)"),
    (WIDE, "y = tf.layers.dense(x, 4096, bias_initializer=None)"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tf.truncated_normal_initializer())"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tf.truncated_normal_initializer(stddev=0.1))"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tf.random_normal_initializer())"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tf.random_normal_initializer)"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tf.random_normal_initializer(0.5, 0.02))"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tf.random_uniform_initializer())"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tf.random_uniform_initializer(-0.2, 0.4))"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tf.uniform_unit_scaling_initializer(1.4))"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tf.orthogonal_initializer())"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tf.variance_scaling_initializer())"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tf.glorot_normal_initializer())"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tf.glorot_uniform_initializer())"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tf.keras.initializers.he_normal())"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tf.initializers.lecun_uniform())"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tcl.xavier_initializer())"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tcl.xavier_initializer(uniform=False))"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tcl.variance_scaling_initializer())"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tcl.variance_scaling_initializer(1.0, 'FAN_AVG', True))"),
    (WIDE, "y = tf.layers.dense(x, 128, kernel_initializer=tcl.variance_scaling_initializer(mode='FAN_OUT'))"),
    (WIDE, "y = slim.fully_connected(x, 128)"),
    (WIDE, "y = slim.fully_connected(x, 128, weights_initializer=None)"),
    (WIDE, "y = tcl.legacy_linear(x, 128)"),
    (IMAGE, "y = tf.layers.conv2d(x, 40, 3)"),
    (IMAGE, "y = tf.layers.conv2d_transpose(x, 64, 3)"),
    (IMAGE, "y = tf.layers.separable_conv2d(x, 200, 4, depth_multiplier=8)"),
    (IMAGE, "y = slim.conv2d(x, 40, 3, weights_initializer=tcl.variance_scaling_initializer(factor=1.0, mode='FAN_IN'))"),
    (IMAGE, "y = slim.conv2d_transpose(x, 64, 3)"),
    (IMAGE, "y = slim.separable_conv2d(x, 200, 4, 8)"),
    (IMAGE, "y = slim.separable_conv2d(x, None, 4, 8)"),
    (WIDE, "y = tcl.embed_sequence(tf.cast(tf.abs(x), tf.int32), 400, 50)"),
    # the share of zeros and the largest value of dropout
    ((100, 100), "y = tf.layers.dropout(tf.ones_like(x), 0.3, training=is_training)"),
    ((100, 100), "y = tf.layers.dropout(tf.ones_like(x), training=True)"),
    ((100, 100), "y = tf.layers.Dropout(0.2)(tf.ones_like(x), training=True)"),
    ((100, 100), "y = slim.dropout(tf.ones_like(x), 0.8, is_training=is_training)"),
    ((100, 100), "y = slim.dropout(tf.ones_like(x))"),
]


def weights(role, shape, index):
    """The values of a weight: any, but the same on both sides."""
    values = np.sin(np.arange(int(np.prod(shape))) * 0.7 + index + len(role)).reshape(shape)
    if role in ("moving_variance", "gamma"):
        values = 0.5 + values * values
    return values.astype(np.float32)


def data(shape):
    """The input of a case."""
    return np.cos(np.arange(int(np.prod(shape))) * 0.9).reshape(shape).astype(np.float32) * 2


def role_of(name):
    """What a variable is to its layer, in the words of Keras."""
    last = name.split(":")[0].split("/")[-1]
    words = {"weights": "kernel", "biases": "bias", "depthwise_weights": "depthwise_kernel"}
    words["pointwise_weights"] = "pointwise_kernel"
    return words.get(last, last)


def listed(value):
    """Numbers as JSON has them, a sample of them if they are many."""
    numbers = np.asarray(value, np.float64).ravel()
    return np.round(numbers[:: max(1, numbers.size // 29)], 6).tolist()


def spread(value):
    """How numbers are spread: mean, standard deviation, smallest, largest, share of zeros."""
    value = np.asarray(value, np.float64)
    zeros = float(np.mean(value == 0))
    every = [value.mean(), value.std(), value.min(), value.max(), zeros]
    return [round(float(each), 5) for each in every]


def run(tf, kind, shape, code, is_training):
    """What one case gives: the output, the penalty, and the moving averages after a step."""
    from tensorflow.contrib import layers, slim

    tf.reset_default_graph()
    tf.set_random_seed(1)
    names = {"tf": tf, "np": np, "tcl": layers, "slim": slim, "is_training": is_training}
    names["x"] = tf.placeholder(tf.float32, (None,) + shape[1:])
    exec(code, names)
    counts, assigned = {}, []
    for variable in tf.global_variables():
        role = role_of(variable.name)
        counts[role] = counts.get(role, -1) + 1
        if kind == "set":
            value = weights(role, variable.shape.as_list(), counts[role])
            assigned.append(tf.assign(variable, value))
    penalties = tf.losses.get_regularization_losses()
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    feed = {names["x"]: data(shape)}
    found = {}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(assigned)
        if kind == "drawn":
            every = {role_of(each.name): sess.run(each) for each in tf.global_variables()}
            every = every or {"y": sess.run(names["y"], feed)}
            return {role: spread(value) for role, value in every.items()}
        if kind == "initial":
            for each in tf.global_variables():
                found["initial " + role_of(each.name)] = listed(sess.run(each))
        found["penalty"] = round(float(sum(sess.run(each) for each in penalties)), 6)
        output = sess.run([names["y"], updates], feed)[0]
        found["shape"], found["output"] = list(output.shape), listed(output)
        found["trainable"] = len(tf.trainable_variables())
        for each in tf.global_variables():
            if "moving_" in each.name:
                found[role_of(each.name)] = listed(sess.run(each))
    return found


def main():
    """Print every case with what came of it."""
    import tensorflow as tf

    tf.logging.set_verbosity(tf.logging.ERROR)
    cases = []
    for kind, rows in (("set", CASES), ("initial", INITIAL), ("drawn", DRAWN)):
        for shape, code in rows:
            ways = [True, False] if "is_training" in code.replace("is_training=True", "") else [None]
            if "'is_training': False" in code or "is_training=False" in code:
                ways = [None]
            for way in ways:
                got = run(tf, kind, shape, code, way)
                assert all(math.isfinite(each) for each in got.get("output", []))
                case = {"kind": kind, "shape": shape, "code": code, "is_training": way, "got": got}
                cases.append(json.dumps(case))
                print(code, file=sys.stderr)
    print('{"tensorflow": "%s", "cases": [' % tf.__version__)
    print(",\n".join(cases))
    print("]}")


if __name__ == "__main__":
    main()
