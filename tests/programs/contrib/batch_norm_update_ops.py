"""contrib.layers with batch_norm as normalizer_fn, UPDATE_OPS and optimize_loss."""
import numpy as np
import tensorflow as tf
import tensorflow.contrib.layers as tcl
from tensorflow.contrib.framework import arg_scope

BN_DECAY = 0.9


def numpy_init(seed, scale=0.3):
    rng = np.random.RandomState(seed)

    def initializer(shape, dtype=tf.float32, partition_info=None):
        return tf.constant(rng.normal(scale=scale, size=[int(d) for d in shape]), dtype=dtype)
    return initializer


class ResidualMLP(object):
    def __init__(self, width=16, blocks=2):
        self.width = width
        self.blocks = blocks
        self.name = 'residual_mlp'

    def __call__(self, x, is_training, reuse=False):
        with tf.variable_scope(self.name) as scope:
            if reuse:
                scope.reuse_variables()
            bn_params = {'decay': BN_DECAY, 'scale': True, 'is_training': is_training,
                         'updates_collections': tf.GraphKeys.UPDATE_OPS}
            with arg_scope([tcl.fully_connected],
                           normalizer_fn=tcl.batch_norm,
                           normalizer_params=bn_params,
                           weights_regularizer=tcl.l2_regularizer(1e-3)):
                net = tcl.fully_connected(x, self.width, weights_initializer=numpy_init(0),
                                          scope='stem')
                for i in range(self.blocks):
                    branch = tcl.fully_connected(net, self.width, scope='block%d' % i,
                                                 weights_initializer=numpy_init(1 + i))
                    net = tf.nn.relu(net + branch)
            # instead of another batch norm, before the head
            net = tcl.layer_norm(net, scope='norm')
            return tcl.fully_connected(net, 1, activation_fn=None, scope='head',
                                       weights_initializer=numpy_init(9))

    @property
    def vars(self):
        return [var for var in tf.global_variables() if self.name in var.name]


rng = np.random.RandomState(8)
X_data = rng.normal(loc=2.0, scale=3.0, size=(300, 5)).astype(np.float32)
y_data = (X_data[:, :1] * 0.5 - np.abs(X_data[:, 1:2]) + 1.0).astype(np.float32)

x = tf.placeholder(tf.float32, [None, 5])
y = tf.placeholder(tf.float32, [None, 1])
phase = tf.placeholder(tf.bool, [], name='phase')

net = ResidualMLP()
prediction = net(x, phase)
data_loss = tf.losses.mean_squared_error(labels=y, predictions=prediction)
reg_losses = tf.get_collection(tf.GraphKeys.REGULARIZATION_LOSSES)
loss = data_loss + tf.add_n(reg_losses)

update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
assert len(update_ops) == 6, 'moving mean and variance of three layers'
global_step = tf.contrib.framework.get_or_create_global_step()
with tf.control_dependencies(update_ops):
    train_op = tcl.optimize_loss(loss, global_step, learning_rate=0.02, optimizer='Adam',
                                 clip_gradients=10.0, summaries=[])

sess = tf.Session()
sess.run(tf.group(tf.global_variables_initializer(), tf.local_variables_initializer()))
for epoch in range(25):
    order = rng.permutation(300)
    for start in range(0, 300, 60):
        rows = order[start:start + 60]
        sess.run(train_op, feed_dict={x: X_data[rows], y: y_data[rows], phase: True})
    if (epoch + 1) % 5 == 0:
        train_loss, test_loss = [
            sess.run(data_loss, feed_dict={x: X_data, y: y_data, phase: flag})
            for flag in (True, False)]
        print('epoch %2d: batch statistics %.4f, moving averages %.4f' % (
            epoch + 1, train_loss, test_loss))

moving_mean = [v for v in net.vars if v.name.endswith('stem/BatchNorm/moving_mean:0')][0]
print('moving mean', np.round(sess.run(moving_mean)[:4], 4).tolist())
print('steps', global_step.eval(session=sess), 'regularizers', len(reg_losses))
