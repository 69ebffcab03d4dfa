"""Distillation with two graphs and two sessions that live at the same time."""
from __future__ import print_function

import numpy as np
import tensorflow as tf


def dense(inputs, units, name, seed, activation=None):
    """Fully connected layer with its own variables under a scope."""
    n_in = inputs.get_shape().as_list()[-1]
    init = np.random.RandomState(seed).normal(scale=1.0 / np.sqrt(n_in), size=(n_in, units))
    with tf.variable_scope(name):
        w = tf.get_variable('w', [n_in, units], initializer=tf.constant_initializer(init))
        b = tf.get_variable('b', [units], initializer=tf.zeros_initializer())
    outputs = tf.matmul(inputs, w) + b
    return activation(outputs) if activation is not None else outputs


data_rng = np.random.RandomState(11)
inputs_np = data_rng.normal(size=(256, 6)).astype(np.float32)
labels_np = (np.sin(inputs_np[:, 0] * 2) + inputs_np[:, 1] > 0).astype(np.int32)

teacher_graph = tf.Graph()
with teacher_graph.as_default():
    teacher_x = tf.placeholder(tf.float32, (None, 6), 'x')
    teacher_y = tf.placeholder(tf.int32, (None,), 'y')
    net = dense(teacher_x, 32, 'fc1', 0, tf.nn.tanh)
    net = dense(net, 32, 'fc2', 1, tf.nn.tanh)
    teacher_logits = dense(net, 2, 'logits', 2)
    teacher_loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(
        labels=teacher_y, logits=teacher_logits))
    teacher_train = tf.train.AdamOptimizer(0.01).minimize(teacher_loss)
    teacher_soft = tf.nn.softmax(teacher_logits / 2.0)
    teacher_init = tf.global_variables_initializer()
    print('teacher variables:', len(tf.trainable_variables()))

student_graph = tf.Graph()
with student_graph.as_default():
    student_x = tf.placeholder(tf.float32, (None, 6), 'x')
    student_soft = tf.placeholder(tf.float32, (None, 2), 'soft_targets')
    student_logits = dense(dense(student_x, 8, 'fc', 3, tf.nn.relu), 2, 'logits', 4)
    student_loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits_v2(
        labels=student_soft, logits=student_logits))
    student_train = tf.train.AdamOptimizer(0.02).minimize(student_loss)
    student_prediction = tf.argmax(student_logits, axis=1)
    student_init = tf.global_variables_initializer()
    print('student variables:', len(tf.trainable_variables()))

teacher_sess = tf.Session(graph=teacher_graph)
teacher_sess.run(teacher_init)
for i in range(60):
    _, value = teacher_sess.run([teacher_train, teacher_loss],
                                feed_dict={teacher_x: inputs_np, teacher_y: labels_np})
print('teacher loss: %.5f' % value)
soft_targets = teacher_sess.run(teacher_soft, feed_dict={teacher_x: inputs_np})

with tf.Session(graph=student_graph) as student_sess:
    student_sess.run(student_init)
    for i in range(100):
        student_sess.run(student_train, feed_dict={student_x: inputs_np,
                                                   student_soft: soft_targets})
    predicted, value = student_sess.run(
        (student_prediction, student_loss),
        feed_dict={student_x: inputs_np, student_soft: soft_targets})
print('student loss: %.5f, agrees with the labels: %.4f' % (value, np.mean(predicted == labels_np)))
teacher_sess.close()
