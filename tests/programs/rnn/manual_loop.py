"""An LSTM unrolled by the program, step by step, with one set of variables."""
import numpy as np
import tensorflow as tf

batch_size, num_steps, num_inputs, size = 8, 5, 3, 6

x = tf.placeholder(tf.float32, [batch_size, num_steps, num_inputs])
y = tf.placeholder(tf.float32, [batch_size, 1])

lstm = tf.contrib.rnn.BasicLSTMCell(size)
state = lstm.zero_state(batch_size, tf.float32)
outputs = []
with tf.variable_scope("RNN", initializer=tf.constant_initializer(0.2)):
    for time_step in range(num_steps):
        if time_step > 0:
            tf.get_variable_scope().reuse_variables()
        (cell_output, state) = lstm(x[:, time_step, :], state)
        outputs.append(cell_output)

W = tf.Variable(np.linspace(-0.5, 0.5, size).reshape(size, 1), dtype=tf.float32)
prediction = tf.matmul(outputs[-1], W)
loss = tf.reduce_mean(tf.square(prediction - y))
train_step = tf.train.AdagradOptimizer(0.1).minimize(loss)

rng = np.random.RandomState(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(25):
        bx = rng.normal(size=(batch_size, num_steps, num_inputs))
        by = bx[:, :, 0].sum(axis=1, keepdims=True)
        _, value = sess.run([train_step, loss], feed_dict={x: bx, y: by})
        if i % 6 == 0:
            print(i, value)
    print(sess.run(prediction, feed_dict={x: bx}).ravel())
