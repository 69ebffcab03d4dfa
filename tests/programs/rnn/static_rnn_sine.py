"""Next value of a noisy sine by an unrolled LSTM (static_rnn over a list of steps)."""
import numpy as np
import tensorflow as tf
from tensorflow.contrib import rnn

# Training parameters
learning_rate = 0.02
training_steps = 80
batch_size = 32

# Network parameters
num_input = 1
timesteps = 10
num_hidden = 12

signal = np.sin(np.arange(600) * 0.3) + np.random.RandomState(0).normal(scale=0.05, size=600)


def windows(start, count):
    rows = [signal[i:i + timesteps + 1] for i in range(start, start + count)]
    rows = np.array(rows, dtype=np.float32)
    return rows[:, :-1, np.newaxis], rows[:, -1:]


# tf Graph input
X = tf.placeholder("float", [None, timesteps, num_input])
Y = tf.placeholder("float", [None, 1])

# Define weights
out_values = np.random.RandomState(1).normal(scale=0.3, size=(num_hidden, 1))
weights = {'out': tf.Variable(out_values.astype(np.float32))}
biases = {'out': tf.Variable(tf.zeros([1]))}


def kernel_initializer(shape, dtype=tf.float32, partition_info=None):
    values = np.random.RandomState(2).uniform(-0.3, 0.3, size=[int(n) for n in shape])
    return tf.constant(values, dtype)


def RNN(x, weights, biases):
    # Unstack to get a list of 'timesteps' tensors of shape (batch_size, n_input)
    x = tf.unstack(x, timesteps, 1)

    # Define a lstm cell with tensorflow
    with tf.variable_scope('lstm', initializer=kernel_initializer):
        lstm_cell = rnn.BasicLSTMCell(num_hidden, forget_bias=1.0)
        # Get lstm cell output
        outputs, states = rnn.static_rnn(lstm_cell, x, dtype=tf.float32)

    # Linear activation, using rnn inner loop last output
    return tf.matmul(outputs[-1], weights['out']) + biases['out'], states


prediction, states = RNN(X, weights, biases)

# Define loss and optimizer
loss_op = tf.losses.mean_squared_error(Y, prediction)
optimizer = tf.train.RMSPropOptimizer(learning_rate=learning_rate, decay=0.9, epsilon=1e-6)
train_op = optimizer.minimize(loss_op)

# Initialize the variables (i.e. assign their default value)
init = tf.global_variables_initializer()

with tf.Session() as sess:
    sess.run(init)
    for step in range(1, training_steps + 1):
        batch_x, batch_y = windows((step * batch_size) % 400, batch_size)
        sess.run(train_op, feed_dict={X: batch_x, Y: batch_y})
        if step % 20 == 0 or step == 1:
            loss = sess.run(loss_op, feed_dict={X: batch_x, Y: batch_y})
            print("Step " + str(step) + ", Minibatch Loss= " + "{:.5f}".format(loss))

    print("Optimization Finished!")
    test_x, test_y = windows(450, 100)
    loss, final = sess.run([loss_op, states], feed_dict={X: test_x, Y: test_y})
    print("Test loss: %.5f, mean |c|: %.4f, mean |h|: %.4f" % (
        loss, np.abs(final.c).mean(), np.abs(final.h).mean()))
