"""Skip-gram embeddings as written for TensorFlow 0.9: the names went away with 1.0."""
from __future__ import absolute_import
from __future__ import division
from __future__ import print_function

import collections
import math
import random

import numpy as np
import tensorflow as tf

sentences = ["the quick brown fox jumps over the lazy dog",
             "the lazy dog sleeps all day long",
             "the quick fox runs all night long"] * 40
words = " ".join(sentences).split()
count = collections.Counter(words).most_common()
dictionary = {word: i for i, (word, _) in enumerate(count)}
data = [dictionary[word] for word in words]
vocabulary_size = len(dictionary)

batch_size = 16
embedding_size = 8
num_sampled = 4
num_steps = 1000


def generate_batch():
    centers = np.array([random.randint(1, len(data) - 2) for _ in range(batch_size)])
    batch = np.array([data[i] for i in centers], dtype=np.int32)
    labels = np.array([[data[i + random.choice([-1, 1])]] for i in centers], dtype=np.int32)
    return batch, labels


graph = tf.Graph()
with graph.as_default():
    train_inputs = tf.placeholder(tf.int32, shape=[batch_size])
    train_labels = tf.placeholder(tf.int32, shape=[batch_size, 1])

    with tf.variable_op_scope([train_inputs], None, "embedding"):
        embeddings = tf.Variable(
            tf.random_uniform([vocabulary_size, embedding_size], -1.0, 1.0))
        embed = tf.nn.embedding_lookup(embeddings, train_inputs)

    nce_weights = tf.Variable(
        tf.truncated_normal([vocabulary_size, embedding_size],
                            stddev=1.0 / math.sqrt(embedding_size)))
    nce_biases = tf.Variable(tf.zeros([vocabulary_size]))

    # before 1.0 the inputs came ahead of the labels
    loss = tf.reduce_mean(
        tf.nn.nce_loss(nce_weights, nce_biases, embed, train_labels,
                       num_sampled, vocabulary_size))
    regularizer = tf.mul(1e-4, tf.nn.l2_loss(tf.sub(embeddings, 0.0)))
    tf.scalar_summary("loss", loss)
    tf.histogram_summary("embeddings", embeddings)
    optimizer = tf.train.GradientDescentOptimizer(1.0).minimize(loss + regularizer)

    # Compute the cosine similarity between minibatch examples and all embeddings.
    norm = tf.sqrt(tf.reduce_sum(tf.square(embeddings), 1, keep_dims=True))
    normalized_embeddings = tf.div(embeddings, norm)
    halves = tf.split(1, 2, normalized_embeddings)
    swapped = tf.concat(1, [halves[1], halves[0]])
    stacked = tf.pack([normalized_embeddings, swapped])
    first, second = tf.unpack(stacked)
    similarity = tf.batch_matmul(tf.expand_dims(first, 0),
                                 tf.expand_dims(second, 0), adj_y=True)
    positive = tf.select(tf.greater(similarity, 0.0), similarity, tf.neg(similarity))
    top = tf.complex_abs(tf.complex(positive, tf.zeros_like(positive)))

    merged = tf.merge_all_summaries()
    init = tf.initialize_all_variables()

with tf.Session(graph=graph) as session:
    writer = tf.train.SummaryWriter("/tmp/word2vec", session.graph)
    init.run()
    average_loss = 0
    for step in range(num_steps):
        batch_inputs, batch_labels = generate_batch()
        feed_dict = {train_inputs: batch_inputs, train_labels: batch_labels}
        _, loss_val, summary = session.run([optimizer, loss, merged], feed_dict=feed_dict)
        writer.add_summary(summary, step)
        average_loss += loss_val
        if step % 200 == 199:
            print("Average loss at step ", step, ": ", average_loss / 200)
            average_loss = 0
    print("similarity", top.eval().mean())
