"""Softmax regression on two dimensional blobs, the way the first tutorial does it."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import numpy as np
import tensorflow as tf

# Parameters
learning_rate = 0.5
training_epochs = 20
batch_size = 50
display_step = 5

# Network parameters
n_input = 2
n_classes = 3

# Synthetic data: three blobs
rng = np.random.RandomState(42)
centers = np.array([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
labels = rng.randint(0, n_classes, size=600)
train_X = (centers[labels] + rng.normal(scale=0.8, size=(600, 2))).astype(np.float32)
train_Y = np.eye(n_classes, dtype=np.float32)[labels]
test_X, test_Y = train_X[500:], train_Y[500:]
train_X, train_Y = train_X[:500], train_Y[:500]

# tf Graph input
x = tf.placeholder("float", [None, n_input])
y = tf.placeholder("float", [None, n_classes])

# Set model weights
W = tf.Variable(tf.zeros([n_input, n_classes]), name="weights")
b = tf.Variable(tf.zeros([n_classes]), name="bias")

# Construct model
pred = tf.nn.softmax(tf.matmul(x, W) + b)  # Softmax

# Minimize error using cross entropy
cost = tf.reduce_mean(-tf.reduce_sum(y * tf.log(pred), reduction_indices=1))
# Gradient descent
optimizer = tf.train.GradientDescentOptimizer(learning_rate).minimize(cost)

# Test model
correct_prediction = tf.equal(tf.argmax(pred, 1), tf.argmax(y, 1))
accuracy = tf.reduce_mean(tf.cast(correct_prediction, tf.float32))

# Initialize the variables (i.e. assign their default value)
init = tf.global_variables_initializer()

# Start training
with tf.Session() as sess:

    # Run the initializer
    sess.run(init)

    # Training cycle
    for epoch in range(training_epochs):
        avg_cost = 0.
        total_batch = int(len(train_X) / batch_size)
        # Loop over all batches
        for i in range(total_batch):
            batch_xs = train_X[i * batch_size:(i + 1) * batch_size]
            batch_ys = train_Y[i * batch_size:(i + 1) * batch_size]
            # Run optimization op (backprop) and cost op (to get loss value)
            _, c = sess.run([optimizer, cost], feed_dict={x: batch_xs,
                                                          y: batch_ys})
            # Compute average loss
            avg_cost += c / total_batch
        # Display logs per epoch step
        if (epoch + 1) % display_step == 0:
            print("Epoch:", '%04d' % (epoch + 1), "cost=", "{:.6f}".format(avg_cost))

    print("Optimization Finished!")
    print("Weights:", sess.run(W).round(4).tolist())
    print("Accuracy:", accuracy.eval({x: test_X, y: test_Y}))
