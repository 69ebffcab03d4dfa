"""Encoder and decoder by two dynamic_rnn: the decoder begins where the encoder ended."""
import numpy as np
import tensorflow as tf

PAD, EOS, vocab_size, embedding_size, hidden_units = 0, 1, 10, 6, 14

encoder_inputs = tf.placeholder(shape=(None, None), dtype=tf.int32, name='encoder_inputs')
decoder_inputs = tf.placeholder(shape=(None, None), dtype=tf.int32, name='decoder_inputs')
decoder_targets = tf.placeholder(shape=(None, None), dtype=tf.int32, name='decoder_targets')

embeddings = tf.Variable(tf.random_uniform([vocab_size, embedding_size], -1.0, 1.0), dtype=tf.float32)
encoder_inputs_embedded = tf.nn.embedding_lookup(embeddings, encoder_inputs)
decoder_inputs_embedded = tf.nn.embedding_lookup(embeddings, decoder_inputs)

encoder_cell = tf.contrib.rnn.LSTMCell(hidden_units)
encoder_outputs, encoder_final_state = tf.nn.dynamic_rnn(
    encoder_cell, encoder_inputs_embedded, dtype=tf.float32, time_major=True)
del encoder_outputs

decoder_cell = tf.contrib.rnn.LSTMCell(hidden_units)
decoder_outputs, decoder_final_state = tf.nn.dynamic_rnn(
    decoder_cell, decoder_inputs_embedded, initial_state=encoder_final_state,
    dtype=tf.float32, time_major=True, scope="plain_decoder")

decoder_logits = tf.contrib.layers.linear(decoder_outputs, vocab_size)
decoder_prediction = tf.argmax(decoder_logits, 2)

stepwise_cross_entropy = tf.nn.softmax_cross_entropy_with_logits(
    labels=tf.one_hot(decoder_targets, depth=vocab_size, dtype=tf.float32), logits=decoder_logits)
loss = tf.reduce_mean(stepwise_cross_entropy)
train_op = tf.train.AdamOptimizer().minimize(loss)


def batch(rng, size):
    source = rng.randint(2, vocab_size, size=(4, size))
    targets = np.concatenate([source, np.full((1, size), EOS)])
    inputs = np.concatenate([np.full((1, size), EOS), source])
    return {encoder_inputs: source, decoder_inputs: inputs, decoder_targets: targets}


rng = np.random.RandomState(0)
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for i in range(40):
        _, l = sess.run([train_op, loss], batch(rng, 20))
        if i % 10 == 0:
            print('batch', i, 'loss', l)
    fd = batch(rng, 2)
    print(sess.run(decoder_prediction, fd).T)
