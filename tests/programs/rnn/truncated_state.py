"""Truncated backpropagation: the state of all layers in one placeholder."""
from __future__ import print_function, division

import numpy as np
import tensorflow as tf

num_epochs, series_length, truncated_length = 2, 600, 10
state_size, num_classes, echo_step, batch_size, num_layers = 5, 2, 3, 5, 2
num_batches = series_length // batch_size // truncated_length


def generate_data(rng):
    x = np.array(rng.choice(2, series_length, p=[0.5, 0.5]))
    y = np.roll(x, echo_step)
    y[0:echo_step] = 0
    return x.reshape((batch_size, -1)), y.reshape((batch_size, -1))


batchX_placeholder = tf.placeholder(tf.float32, [batch_size, truncated_length])
batchY_placeholder = tf.placeholder(tf.int32, [batch_size, truncated_length])
init_state = tf.placeholder(tf.float32, [num_layers, 2, batch_size, state_size])

state_per_layer_list = tf.unstack(init_state, axis=0)
rnn_tuple_state = tuple(
    [tf.nn.rnn_cell.LSTMStateTuple(state_per_layer_list[idx][0], state_per_layer_list[idx][1])
     for idx in range(num_layers)]
)

W2 = tf.Variable(np.random.RandomState(3).rand(state_size, num_classes), dtype=tf.float32)
b2 = tf.Variable(np.zeros((1, num_classes)), dtype=tf.float32)

# Unpack columns
labels_series = tf.unstack(batchY_placeholder, axis=1)

# Forward passes
stacked_rnn = []
for _ in range(num_layers):
    stacked_rnn.append(tf.nn.rnn_cell.LSTMCell(state_size, state_is_tuple=True))
cell = tf.nn.rnn_cell.MultiRNNCell(stacked_rnn, state_is_tuple=True)
with tf.variable_scope("layers", initializer=tf.constant_initializer(0.1)):
    states_series, current_state = tf.nn.dynamic_rnn(
        cell, tf.expand_dims(batchX_placeholder, -1), initial_state=rnn_tuple_state)
states_series = tf.reshape(states_series, [-1, state_size])
logits = tf.matmul(states_series, W2) + b2
labels = tf.reshape(batchY_placeholder, [-1])
losses = tf.nn.sparse_softmax_cross_entropy_with_logits(logits=logits, labels=labels)
total_loss = tf.reduce_mean(losses)
train_step = tf.train.AdagradOptimizer(0.3).minimize(total_loss)

rng = np.random.RandomState(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    loss_list = []
    for epoch_idx in range(num_epochs):
        x, y = generate_data(rng)
        _current_state = np.zeros((num_layers, 2, batch_size, state_size))
        for batch_idx in range(num_batches):
            start_idx = batch_idx * truncated_length
            end_idx = start_idx + truncated_length
            batchX = x[:, start_idx:end_idx]
            batchY = y[:, start_idx:end_idx]
            _total_loss, _train_step, _current_state = sess.run(
                [total_loss, train_step, current_state],
                feed_dict={
                    batchX_placeholder: batchX,
                    batchY_placeholder: batchY,
                    init_state: _current_state
                })
            loss_list.append(_total_loss)
        print("Epoch", epoch_idx, "loss", _total_loss, "state", np.abs(_current_state).mean())
