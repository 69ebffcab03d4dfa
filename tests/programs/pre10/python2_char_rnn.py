# Character RNN, TensorFlow 0.8 and Python 2
import sys
import numpy as np
import tensorflow as tf
from tensorflow.models.rnn import rnn, rnn_cell, seq2seq

text = u'hello world, hello tensor, hello flow. ' * 20
chars = sorted(set(text))
vocab = dict((c, i) for i, c in enumerate(chars))
seq_length, batch_size, rnn_size = 10, 8, 32


def batches():
    ids = np.array(map(vocab.get, text), dtype=np.int32)
    for _ in xrange(50):
        starts = np.random.randint(0, len(ids) - seq_length - 1, batch_size)
        x = np.array([ids[s:s + seq_length] for s in starts])
        y = np.array([ids[s + 1:s + seq_length + 1] for s in starts])
        yield x, y


class Model():
    def __init__(self):
        cell = rnn_cell.MultiRNNCell([rnn_cell.BasicLSTMCell(rnn_size)] * 2)
        self.input_data = tf.placeholder(tf.int32, [batch_size, seq_length])
        self.targets = tf.placeholder(tf.int32, [batch_size, seq_length])
        self.initial_state = cell.zero_state(batch_size, tf.float32)

        with tf.variable_scope('rnnlm'):
            softmax_w = tf.get_variable('softmax_w', [rnn_size, len(chars)])
            softmax_b = tf.get_variable('softmax_b', [len(chars)])
            embedding = tf.get_variable('embedding', [len(chars), rnn_size])
            inputs = tf.split(1, seq_length, tf.nn.embedding_lookup(embedding, self.input_data))
            inputs = [tf.squeeze(i, [1]) for i in inputs]

        outputs, states = seq2seq.rnn_decoder(inputs, self.initial_state, cell, scope='rnnlm')
        output = tf.reshape(tf.concat(1, outputs), [-1, rnn_size])
        self.logits = tf.nn.xw_plus_b(output, softmax_w, softmax_b)
        loss = seq2seq.sequence_loss_by_example(
            [self.logits], [tf.reshape(self.targets, [-1])],
            [tf.ones([batch_size * seq_length])], len(chars))
        self.cost = tf.reduce_sum(loss) / batch_size / seq_length
        self.train_op = tf.train.AdamOptimizer(0.01).minimize(self.cost)


model = Model()
with tf.Session() as sess:
    tf.initialize_all_variables().run()
    for b, (x, y) in enumerate(batches()):
        try:
            cost, _ = sess.run([model.cost, model.train_op],
                               {model.input_data: x, model.targets: y})
        except ValueError, error:
            print >>sys.stderr, 'batch %d: %s' % (b, error)
            raise
        if b % 10 == 0:
            print 'batch', b, 'cost', cost
