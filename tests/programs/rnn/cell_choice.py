"""Which cell it is says an option, as in many character models."""
import argparse
import numpy as np
import tensorflow as tf
from tensorflow.contrib import rnn

parser = argparse.ArgumentParser()
parser.add_argument("--model", type=str, default="gru")
parser.add_argument("--rnn_size", type=int, default=8)
parser.add_argument("--num_layers", type=int, default=2)
args = parser.parse_args()

if args.model == "rnn":
    cell_fn = rnn.BasicRNNCell
elif args.model == "gru":
    cell_fn = rnn.GRUCell
else:
    cell_fn = rnn.BasicLSTMCell

cells = []
for _ in range(args.num_layers):
    cell = cell_fn(args.rnn_size)
    cells.append(cell)
cell = rnn.MultiRNNCell(cells, state_is_tuple=True)

x = tf.placeholder(tf.float32, [None, 5, 3])
y = tf.placeholder(tf.float32, [None, 1])
outputs, last_state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
w = tf.get_variable("w", [args.rnn_size, 1])
loss = tf.reduce_mean(tf.square(tf.matmul(outputs[:, -1, :], w) - y))
train = tf.train.RMSPropOptimizer(0.01).minimize(loss)
rng = np.random.RandomState(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(15):
        bx = rng.normal(size=(10, 5, 3))
        _, value = sess.run([train, loss], {x: bx, y: bx[:, 0, :1]})
    print("loss", value)
    states = sess.run(last_state, {x: bx})
    print(len(states), np.abs(states[1]).mean())
