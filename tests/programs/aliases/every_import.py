"""One model, imported in as many ways as people have found."""
import tensorflow as T
import tensorflow.contrib.slim as slim
import tensorflow.contrib.layers as tcl
from tensorflow import flags, gfile, placeholder
from tensorflow import Session as TFSession
from tensorflow.contrib import rnn as contrib_rnn, layers as contrib_layers
from tensorflow.contrib.framework.python.ops import add_arg_scope, arg_scope as scope_of
from tensorflow.python.framework import dtypes, ops
from tensorflow.python.ops import array_ops, init_ops, math_ops, nn_ops, variable_scope as vs
from tensorflow.python.platform import tf_logging as logging
from tensorflow.python.training import moving_averages
import numpy as np

layers = T.layers
nn, train = T.nn, T.train
xent = nn.sparse_softmax_cross_entropy_with_logits
optimizers = {'sgd': train.GradientDescentOptimizer, 'adam': train.AdamOptimizer}
log = T.log

flags.DEFINE_string('optimizer', 'adam', 'sgd or adam')
FLAGS = flags.FLAGS


class Ops(object):
    """Keeps the module, so that another backend could be put in its place."""

    def __init__(self, tf):
        # a parameter called tf: whatever the caller passes
        self.tf = tf

    def log_softmax(self, x):
        return self.tf.log(self.tf.nn.softmax(x))


@add_arg_scope
def leaky_dense(inputs, num_outputs, alpha=0.2, seed=0, scope=None):
    n_in = inputs.get_shape()[-1].value
    values = np.random.RandomState(seed).normal(scale=0.5, size=(n_in, num_outputs))
    with vs.variable_scope(scope, 'leaky_dense', [inputs]):
        w = vs.get_variable('w', [n_in, num_outputs],
                            initializer=init_ops.constant_initializer(values))
        out = math_ops.matmul(inputs, w)
        return nn_ops.relu(out) - alpha * nn_ops.relu(-out)


def build():
    x = placeholder(dtypes.float32, [None, 5], name='x')
    y = placeholder(dtypes.int32, [None], name='y')
    with scope_of([leaky_dense], alpha=0.1):
        net = leaky_dense(x, 8, seed=1)
        net = leaky_dense(net, 8, seed=2, alpha=0.0)
    # three spellings of a fully connected layer
    net = layers.dense(net, 6, nn.tanh, kernel_initializer=T.constant_initializer(0.1))
    net = tcl.fully_connected(net, 6, activation_fn=None,
                              weights_initializer=T.initializers.identity())
    net = slim.fully_connected(net, 6, activation_fn=None,
                               weights_initializer=init_ops.identity_initializer())
    logits = contrib_layers.linear(array_ops.concat([net, x], 1), 3,
                                   weights_initializer=T.zeros_initializer())
    loss = math_ops.reduce_mean(xent(labels=y, logits=logits))
    decay = vs.get_variable('running_loss', [], trainable=False,
                            initializer=init_ops.zeros_initializer())
    update = moving_averages.assign_moving_average(decay, loss, 0.9, zero_debias=False)
    ops.add_to_collection(ops.GraphKeys.UPDATE_OPS, update)
    return x, y, logits, loss, decay


def recurrent(x):
    cell = contrib_rnn.GRUCell(3, kernel_initializer=T.constant_initializer(0.2))
    outputs, _ = nn.dynamic_rnn(cell, T.expand_dims(x, -1), dtype=T.float32)
    return outputs[:, -1]


def main(_):
    logging.set_verbosity(logging.ERROR)
    rng = np.random.RandomState(0)
    data = rng.normal(size=(90, 5))
    target = (data[:, 0] > 0).astype(int) + (data[:, 1] > 0)

    x, y, logits, loss, running = build()
    with T.control_dependencies(T.get_collection(T.GraphKeys.UPDATE_OPS)):
        step = optimizers[FLAGS.optimizer](0.05).minimize(loss)
    last = recurrent(x)
    log_probabilities = Ops(T).log_softmax(logits)
    spread = getattr(T, 'reduce_max')(logits) - getattr(T.math, 'reduce_min')(logits)
    total = log(T.to_float(T.size(logits)))

    with TFSession() as sess:
        sess.run(T.global_variables_initializer())
        for i in range(40):
            sess.run(step, {x: data, y: target})
        value, average, width = sess.run([loss, running, spread], {x: data, y: target})
        print('loss %.5f, running %.3f, spread is positive: %s' % (value, average, width > 0))
        print('log p', sess.run(log_probabilities, {x: data[:1]}).round(4).tolist())
        print('gru', sess.run(last, {x: data[:1]}).round(5).tolist(), '%.4f' % total.eval({x: data}))
    print(gfile.Exists('/no/such/file'))


if __name__ == '__main__':
    T.app.run(main)
