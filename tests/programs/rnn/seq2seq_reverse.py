"""Encoder-decoder that reverses a sequence, with attention, from tf.contrib.seq2seq."""
import numpy as np
import tensorflow as tf
from tensorflow.contrib import seq2seq
from tensorflow.contrib.rnn import LSTMCell
from tensorflow.python.layers.core import Dense

PAD, SOS, EOS = 0, 1, 2
VOCAB = 12
UNITS = 24
LENGTH = 5


class Seq2Seq(object):
    def __init__(self, learning_rate=0.01):
        self.learning_rate = learning_rate
        self._make_inputs()
        self._make_encoder()
        self._make_decoder()
        self._make_train_op()

    def _make_inputs(self):
        self.inputs = tf.placeholder(tf.int32, (None, None), 'inputs')
        self.targets = tf.placeholder(tf.int32, (None, None), 'targets')
        self.source_lengths = tf.placeholder(tf.int32, (None,), 'source_lengths')
        self.target_lengths = tf.placeholder(tf.int32, (None,), 'target_lengths')
        self.batch_size = tf.shape(self.inputs)[0]

    def _make_encoder(self):
        with tf.variable_scope('encoder'):
            embedded = tf.contrib.layers.embed_sequence(self.inputs, VOCAB, 8)
            cell = LSTMCell(UNITS, initializer=tf.orthogonal_initializer(seed=1))
            self.encoder_outputs, self.encoder_state = tf.nn.dynamic_rnn(
                cell, embedded, sequence_length=self.source_lengths, dtype=tf.float32)

    def _make_decoder(self):
        with tf.variable_scope('decoder'):
            self.embedding = tf.get_variable(
                'embedding', [VOCAB, 8], initializer=tf.random_uniform_initializer(-1, 1, seed=2))
            attention = seq2seq.LuongAttention(
                UNITS, self.encoder_outputs, memory_sequence_length=self.source_lengths)
            cell = seq2seq.AttentionWrapper(
                LSTMCell(UNITS, initializer=tf.orthogonal_initializer(seed=3)),
                attention, attention_layer_size=UNITS)
            initial_state = cell.zero_state(self.batch_size, tf.float32).clone(
                cell_state=self.encoder_state)
            projection = Dense(VOCAB, use_bias=False)

            # teacher forcing: the target, shifted by one, with a start symbol
            go = tf.fill([self.batch_size, 1], SOS)
            decoder_inputs = tf.concat([go, self.targets[:, :-1]], 1)
            helper = seq2seq.TrainingHelper(
                tf.nn.embedding_lookup(self.embedding, decoder_inputs), self.target_lengths)
            decoder = seq2seq.BasicDecoder(cell, helper, initial_state, projection)
            outputs, _, _ = seq2seq.dynamic_decode(decoder, impute_finished=True)
            self.logits = outputs.rnn_output

            greedy = seq2seq.GreedyEmbeddingHelper(
                self.embedding, tf.fill([self.batch_size], SOS), EOS)
            decoder = seq2seq.BasicDecoder(cell, greedy, initial_state, projection)
            outputs, _, _ = seq2seq.dynamic_decode(decoder, maximum_iterations=LENGTH + 1)
            self.decoded = outputs.sample_id

    def _make_train_op(self):
        weights = tf.sequence_mask(self.target_lengths, dtype=tf.float32)
        self.loss = seq2seq.sequence_loss(self.logits, self.targets, weights)
        optimizer = tf.train.AdamOptimizer(self.learning_rate)
        gvs = optimizer.compute_gradients(self.loss)
        capped = [(tf.clip_by_value(grad, -1., 1.), var) for grad, var in gvs if grad is not None]
        self.train_op = optimizer.apply_gradients(capped)


def batch(rng, size):
    source = rng.randint(3, VOCAB, size=(size, LENGTH))
    target = np.concatenate([source[:, ::-1], np.full((size, 1), EOS)], axis=1)
    return source, target, np.full(size, LENGTH), np.full(size, LENGTH + 1)


if __name__ == '__main__':
    tf.set_random_seed(7)
    model = Seq2Seq()
    rng = np.random.RandomState(0)
    losses = []
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.tables_initializer()])
        for step in range(150):
            source, target, source_lengths, target_lengths = batch(rng, 64)
            _, loss = sess.run([model.train_op, model.loss], {
                model.inputs: source,
                model.targets: target,
                model.source_lengths: source_lengths,
                model.target_lengths: target_lengths,
            })
            losses.append(loss)
        print('loss went down:', losses[-1] < 0.7 * losses[0])
        source, target, lengths, _ = batch(rng, 3)
        decoded = sess.run(model.decoded, {model.inputs: source, model.source_lengths: lengths})
        for row, answer in zip(source.tolist(), decoded.tolist()):
            print(row, '->', len(answer), 'symbols')
