"""Library code that supports several TensorFlow releases: try/except, hasattr, getattr."""
from __future__ import print_function

from distutils.version import LooseVersion

import numpy as np
import tensorflow as tf

try:
    import tensorflow.compat.v1 as tf_v1
except ImportError:
    tf_v1 = tf

try:
    # moved in 1.2
    from tensorflow.contrib.rnn import BasicLSTMCell, MultiRNNCell
except ImportError:
    from tensorflow.python.ops.rnn_cell import BasicLSTMCell, MultiRNNCell

try:
    from tensorflow.contrib.framework import nest
except (ImportError, AttributeError):
    from tensorflow import nest

try:
    concat_v2 = tf.concat_v2
except AttributeError:
    concat_v2 = tf.concat

if LooseVersion(tf.__version__) >= LooseVersion('1.5'):
    softmax_cross_entropy = tf.nn.softmax_cross_entropy_with_logits_v2
else:
    softmax_cross_entropy = tf.nn.softmax_cross_entropy_with_logits

global_variables = (tf.global_variables if hasattr(tf, 'global_variables')
                    else tf.all_variables)
initialize = getattr(tf, 'global_variables_initializer', None) or tf.initialize_all_variables
_ACTIVATIONS = {name: getattr(tf.nn, name) for name in ('relu', 'elu', 'tanh')}


def get_activation(name):
    """An activation by name; anything of tf.nn may be asked for."""
    return _ACTIVATIONS.get(name) or getattr(tf.nn, name)


def log(x, tf=None):
    """A parameter named tf is not TensorFlow."""
    return tf.log(x) if tf is not None else float(np.log(x))


class NumpyBackend:
    @staticmethod
    def log(x):
        return float(np.log(x))


def session_config():
    """Growth of the GPU memory, in the spelling of the release at hand."""
    gpu_options = tf.GPUOptions(per_process_gpu_memory_fraction=0.5, allow_growth=True)
    return tf.ConfigProto(gpu_options=gpu_options)


def build(x, y, hidden=6):
    def const(value):
        return tf.constant_initializer(value)

    stacked = MultiRNNCell([BasicLSTMCell(hidden) for _ in range(2)])
    with tf.variable_scope('rnn', initializer=const(0.05)):
        outputs, state = tf.nn.dynamic_rnn(stacked, x, dtype=tf.float32)
    flat_state = nest.flatten(state)
    features = concat_v2([outputs[:, -1]] + flat_state, 1)
    features = get_activation('elu')(features)
    features = get_activation('softsign')(features)
    weights = np.linspace(-0.5, 0.5, 5 * hidden * 2).reshape(5 * hidden, 2)
    logits = tf.layers.dense(features, 2, kernel_initializer=const(weights), name='logits')
    return logits, tf.reduce_mean(softmax_cross_entropy(labels=y, logits=logits))


def main():
    rng = np.random.RandomState(19)
    sequences = rng.normal(size=(64, 7, 2)).cumsum(axis=1)
    target = np.eye(2)[(sequences[:, -1, 0] > 0).astype(int)]

    x = tf_v1.placeholder(tf.float32, [None, 7, 2])
    y = tf_v1.placeholder(tf.float32, [None, 2])
    logits, loss = build(x, y)
    train_op = tf_v1.train.AdamOptimizer(0.02).minimize(loss)
    predicted = tf_v1.arg_max(logits, 1) if hasattr(tf_v1, 'arg_max') else tf.argmax(logits, 1)

    sess = tf_v1.Session(config=session_config())
    sess.run(initialize())
    feed = {x: sequences, y: target}
    for step in range(60):
        _, value = sess.run([train_op, loss], feed)
        if step % 20 == 0:
            print('step %d loss %.5f' % (step, value))
    print('accuracy %.4f' % np.mean(sess.run(predicted, feed) == target.argmax(axis=1)))
    print('variables', len(global_variables()), 'log %.3f %.3f' % (log(2.0), log(2.0, NumpyBackend)))
    sess.close()


if __name__ == '__main__':
    main()
