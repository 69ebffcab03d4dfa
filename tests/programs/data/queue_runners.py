"""Input queues of TensorFlow 0.x and 1.x: slice_input_producer, shuffle_batch, FIFOQueue."""
from __future__ import print_function

import threading

import numpy as np
import tensorflow as tf

NUM_EXAMPLES = 120
BATCH_SIZE = 20
NUM_EPOCHS = 4

data_rng = np.random.RandomState(6)
features = data_rng.uniform(-1, 1, size=(NUM_EXAMPLES, 3)).astype(np.float32)
targets = (features.dot([[1.0], [2.0], [-1.0]]) + 0.3).astype(np.float32)


def input_pipeline(batch_size, num_epochs):
    """One example at a time from the arrays, then batches from a queue."""
    x, y = tf.train.slice_input_producer(
        [tf.constant(features), tf.constant(targets)], num_epochs=num_epochs, shuffle=False)
    return tf.train.batch([x, y], batch_size=batch_size, num_threads=1, capacity=64)


def shuffled_pipeline(batch_size):
    index = tf.train.range_input_producer(NUM_EXAMPLES, shuffle=True, seed=1).dequeue()
    x = tf.gather(features, index)
    y = tf.gather(targets, index)
    return tf.train.shuffle_batch([x, y], batch_size=batch_size, capacity=100,
                                  min_after_dequeue=40, seed=2)


def model(x):
    with tf.variable_scope('model', reuse=tf.AUTO_REUSE):
        w = tf.get_variable('w', [3, 1], initializer=tf.zeros_initializer())
        b = tf.get_variable('b', [1], initializer=tf.zeros_initializer())
        return tf.nn.bias_add(tf.matmul(x, w), b)


x_batch, y_batch = input_pipeline(BATCH_SIZE, NUM_EPOCHS)
loss = tf.reduce_mean(tf.square(model(x_batch) - y_batch))
global_step = tf.Variable(0, trainable=False, name='global_step')
train_op = tf.train.GradientDescentOptimizer(0.3).minimize(loss, global_step=global_step)

x_shuffled, y_shuffled = shuffled_pipeline(40)
shuffled_error = tf.reduce_mean(tf.abs(model(x_shuffled) - y_shuffled))

# a queue of our own, filled by a thread
queue_input = tf.placeholder(tf.float32, [3])
queue = tf.FIFOQueue(capacity=10, dtypes=[tf.float32], shapes=[[3]])
enqueue_op = queue.enqueue([queue_input])
close_op = queue.close()
dequeued = queue.dequeue_many(5)
squares = tf.train.QueueRunner(queue, [enqueue_op])
print('queue runner for', squares.name)


def load_and_enqueue(sess, coord):
    for row in features[:10]:
        if coord.should_stop():
            return
        sess.run(enqueue_op, feed_dict={queue_input: row})
    sess.run(close_op)


init_op = tf.group(tf.global_variables_initializer(),
                   # num_epochs is counted in a local variable
                   tf.local_variables_initializer())

with tf.Session() as sess:
    sess.run(init_op)
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess=sess, coord=coord)
    losses = []
    try:
        while not coord.should_stop():
            _, value = sess.run([train_op, loss])
            losses.append(value)
    except tf.errors.OutOfRangeError:
        print('Done training for %d epochs, %d steps.' % (NUM_EPOCHS, sess.run(global_step)))
    print('first loss %.5f, last loss %.5f' % (losses[0], losses[-1]))
    print('error on shuffled examples below one:', sess.run(shuffled_error) < 1.0)

    thread = threading.Thread(target=load_and_enqueue, args=(sess, coord))
    thread.daemon = True
    thread.start()
    print('dequeued %.5f' % sess.run(dequeued).sum(), '%.5f' % sess.run(dequeued).sum())
    thread.join()
    # When done, ask the threads to stop.
    coord.request_stop()
    coord.join(threads)
