"""Sequence tagging with a bidirectional GRU, sequence lengths and masking."""
import numpy as np
import tensorflow as tf

VOCAB, TAGS, MAX_LEN = 30, 3, 9


class Tagger(object):

    def __init__(self, embedding_dim=8, hidden=10, cell='gru', crf=False):
        self.words = tf.placeholder(tf.int32, [None, None], 'words')
        self.tags = tf.placeholder(tf.int32, [None, None], 'tags')
        self.lengths = tf.placeholder(tf.int32, [None], 'lengths')
        self._seed = 0

        self.add_embedding(embedding_dim)
        self.add_rnn(cell, hidden)
        self.add_logits(hidden)
        self.add_loss(crf)
        self.add_train_op()

    def initializer(self, shape, dtype=tf.float32, partition_info=None):
        self._seed += 1
        values = np.random.RandomState(self._seed).uniform(
            -0.4, 0.4, size=[int(n) for n in shape])
        return tf.constant(values, dtype=dtype)

    def add_embedding(self, dim):
        with tf.variable_scope('words'):
            table = tf.get_variable('embeddings', [VOCAB, dim], tf.float32,
                                    initializer=self.initializer)
            self.embedded = tf.nn.embedding_lookup(table, self.words, name='word_embeddings')

    def add_rnn(self, cell, hidden):
        make = {'gru': tf.contrib.rnn.GRUCell, 'lstm': tf.contrib.rnn.LSTMCell}[cell]
        with tf.variable_scope('bi-rnn', initializer=self.initializer):
            cell_fw = make(hidden)
            cell_bw = make(hidden)
            (output_fw, output_bw), self.states = tf.nn.bidirectional_dynamic_rnn(
                cell_fw, cell_bw, self.embedded, sequence_length=self.lengths,
                dtype=tf.float32)
        self.output = tf.concat([output_fw, output_bw], axis=-1)

    def add_logits(self, hidden):
        with tf.variable_scope('proj'):
            W = tf.get_variable('W', dtype=tf.float32, shape=[2 * hidden, TAGS],
                                initializer=self.initializer)
            b = tf.get_variable('b', shape=[TAGS], dtype=tf.float32,
                                initializer=tf.zeros_initializer())
            nsteps = tf.shape(self.output)[1]
            output = tf.reshape(self.output, [-1, 2 * hidden])
            self.logits = tf.reshape(tf.matmul(output, W) + b, [-1, nsteps, TAGS])
        self.predicted = tf.cast(tf.argmax(self.logits, axis=-1), tf.int32)

    def add_loss(self, crf):
        if crf:
            self.transitions = tf.get_variable('transitions', [TAGS, TAGS],
                                               initializer=self.initializer)
            log_likelihood, _ = tf.contrib.crf.crf_log_likelihood(
                self.logits, self.tags, self.lengths, self.transitions)
            self.loss = tf.reduce_mean(-log_likelihood)
            return
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(logits=self.logits,
                                                                labels=self.tags)
        mask = tf.sequence_mask(self.lengths)
        self.loss = tf.reduce_mean(tf.boolean_mask(losses, mask))

    def add_train_op(self):
        with tf.variable_scope('train_step'):
            optimizer = tf.train.AdadeltaOptimizer(learning_rate=2.0)
            gradients, variables = zip(*optimizer.compute_gradients(self.loss))
            gradients, norm = tf.clip_by_global_norm(gradients, 1.0)
            self.train_op = optimizer.apply_gradients(zip(gradients, variables))


def sentences(count, seed):
    """The tag says whether a word is larger than the next one, smaller, or the last."""
    rng = np.random.RandomState(seed)
    words = rng.randint(1, VOCAB, size=(count, MAX_LEN))
    lengths = rng.randint(3, MAX_LEN + 1, size=count)
    tags = np.zeros_like(words)
    for row, tag, n in zip(words, tags, lengths):
        row[n:] = 0
        tag[:n - 1] = np.where(row[:n - 1] > row[1:n], 0, 1)
        tag[n - 1] = 2
    return words, tags, lengths


def evaluate(sess, model, words, tags, lengths):
    predicted = sess.run(model.predicted, feed_dict={model.words: words, model.lengths: lengths})
    right = sum((p[:n] == t[:n]).sum() for p, t, n in zip(predicted, tags, lengths))
    return right / float(lengths.sum())


def main():
    train, test = sentences(320, seed=0), sentences(80, seed=1)
    for crf in (False, True):
        tf.reset_default_graph()
        model = Tagger(crf=crf)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            for epoch in range(6):
                for i in range(0, 320, 32):
                    fd = dict(zip((model.words, model.tags, model.lengths),
                                  (part[i:i + 32] for part in train)))
                    _, loss = sess.run([model.train_op, model.loss], feed_dict=fd)
            print('%s: loss %.4f, accuracy %.4f' % ('crf' if crf else 'softmax', loss,
                                                    evaluate(sess, model, *test)))


if __name__ == '__main__':
    main()
