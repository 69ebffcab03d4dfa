# Deep MNIST for experts, on small synthetic pictures instead of the real digits
import numpy as np
import tensorflow as tf

sess = tf.InteractiveSession()

# 8x8 pictures with a horizontal or a vertical bar
rng = np.random.RandomState(0)


def next_batch(n):
    labels = rng.randint(0, 2, n)
    pictures = rng.uniform(0, 0.3, size=(n, 8, 8))
    for picture, label in zip(pictures, labels):
        where = rng.randint(1, 7)
        if label:
            picture[where, :] += 0.7
        else:
            picture[:, where] += 0.7
    return pictures.reshape(n, 64).astype(np.float32), np.eye(2, dtype=np.float32)[labels]


def weight_variable(shape):
    fan_in = int(np.prod(shape[:-1]))
    initial = rng.normal(scale=np.sqrt(2.0 / fan_in), size=shape).astype(np.float32)
    return tf.Variable(initial)


def bias_variable(shape):
    initial = tf.constant(0.1, shape=shape)
    return tf.Variable(initial)


def conv2d(x, W):
    return tf.nn.conv2d(x, W, strides=[1, 1, 1, 1], padding='SAME')


def max_pool_2x2(x):
    return tf.nn.max_pool(x, ksize=[1, 2, 2, 1],
                          strides=[1, 2, 2, 1], padding='SAME')


x = tf.placeholder(tf.float32, shape=[None, 64])
y_ = tf.placeholder(tf.float32, shape=[None, 2])
keep_prob = tf.placeholder(tf.float32)

# First convolutional layer
W_conv1 = weight_variable([3, 3, 1, 4])
b_conv1 = bias_variable([4])
x_image = tf.reshape(x, [-1, 8, 8, 1])
h_conv1 = tf.nn.relu(conv2d(x_image, W_conv1) + b_conv1)
h_pool1 = max_pool_2x2(h_conv1)

# Second convolutional layer
W_conv2 = weight_variable([3, 3, 4, 8])
b_conv2 = bias_variable([8])
h_conv2 = tf.nn.relu(conv2d(h_pool1, W_conv2) + b_conv2)
h_pool2 = max_pool_2x2(h_conv2)

# Densely connected layer
W_fc1 = weight_variable([2 * 2 * 8, 16])
b_fc1 = bias_variable([16])
h_pool2_flat = tf.reshape(h_pool2, [-1, 2 * 2 * 8])
h_fc1 = tf.nn.relu(tf.matmul(h_pool2_flat, W_fc1) + b_fc1)

# Dropout
h_fc1_drop = tf.nn.dropout(h_fc1, keep_prob)

# Readout layer
W_fc2 = weight_variable([16, 2])
b_fc2 = bias_variable([2])
y_conv = tf.matmul(h_fc1_drop, W_fc2) + b_fc2

# Train and evaluate the model
cross_entropy = tf.reduce_mean(
    tf.nn.softmax_cross_entropy_with_logits(labels=y_, logits=y_conv))
train_step = tf.train.AdamOptimizer(1e-2).minimize(cross_entropy)
correct_prediction = tf.equal(tf.argmax(y_conv, 1), tf.argmax(y_, 1))
accuracy = tf.reduce_mean(tf.cast(correct_prediction, tf.float32))
sess.run(tf.global_variables_initializer())
for i in range(60):
    batch = next_batch(50)
    if i % 20 == 0:
        train_accuracy = accuracy.eval(feed_dict={
            x: batch[0], y_: batch[1], keep_prob: 1.0})
        print("step %d, training accuracy %g" % (i, train_accuracy))
    train_step.run(feed_dict={x: batch[0], y_: batch[1], keep_prob: 1.0})

test_images, test_labels = next_batch(200)
print("test accuracy %g" % accuracy.eval(feed_dict={
    x: test_images, y_: test_labels, keep_prob: 1.0}))
print("test loss %.5f" % cross_entropy.eval({x: test_images, y_: test_labels, keep_prob: 1.0}))
sess.close()
