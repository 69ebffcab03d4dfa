"""Text generation with an eager GRU, in the way of the notebooks of 2018."""
from __future__ import absolute_import, division, print_function

import os
import tempfile

import numpy as np
import tensorflow as tf

tf.enable_eager_execution()

text = ('the quick brown fox jumps over the lazy dog and the dog runs after the fox ' * 12)
unique = sorted(set(text))
char2idx = {u: i for i, u in enumerate(unique)}
idx2char = {i: u for i, u in enumerate(unique)}

max_length = 20
vocab_size = len(unique)
embedding_dim = 8
units = 16
BATCH_SIZE = 4
BUFFER_SIZE = 100

input_text = []
target_text = []
for f in range(0, len(text) - max_length, max_length):
    inps = text[f:f + max_length]
    targ = text[f + 1:f + 1 + max_length]
    input_text.append([char2idx[i] for i in inps])
    target_text.append([char2idx[t] for t in targ])

dataset = tf.data.Dataset.from_tensor_slices((np.array(input_text), np.array(target_text)))
dataset = dataset.apply(tf.contrib.data.batch_and_drop_remainder(BATCH_SIZE))


class Model(tf.keras.Model):
    def __init__(self, vocab_size, embedding_dim, units, batch_size):
        super(Model, self).__init__()
        self.units = units
        self.batch_sz = batch_size

        self.embedding = tf.keras.layers.Embedding(vocab_size, embedding_dim)
        if tf.test.is_gpu_available():
            self.gru = tf.keras.layers.CuDNNGRU(self.units,
                                                return_sequences=True,
                                                return_state=True,
                                                recurrent_initializer='glorot_uniform')
        else:
            self.gru = tf.keras.layers.GRU(self.units,
                                           return_sequences=True,
                                           return_state=True,
                                           recurrent_activation='sigmoid',
                                           recurrent_initializer='glorot_uniform')
        self.fc = tf.keras.layers.Dense(vocab_size)

    def call(self, x, hidden):
        x = self.embedding(x)
        # output shape == (batch_size, max_length, hidden_size)
        output, states = self.gru(x, initial_state=hidden)
        # reshaping the output so that we can pass it to the Dense layer
        output = tf.reshape(output, (-1, output.shape[2]))
        x = self.fc(output)
        return x, states


model = Model(vocab_size, embedding_dim, units, BATCH_SIZE)
optimizer = tf.train.AdamOptimizer()


# using sparse_softmax_cross_entropy so that we don't have to create one-hot vectors
def loss_function(real, preds):
    return tf.losses.sparse_softmax_cross_entropy(labels=real, logits=preds)


checkpoint_dir = tempfile.mkdtemp()
checkpoint_prefix = os.path.join(checkpoint_dir, "ckpt")
checkpoint = tf.train.Checkpoint(optimizer=optimizer, model=model)

EPOCHS = 4
for epoch in range(EPOCHS):
    # initializing the hidden state at the start of every epoch
    hidden = tf.zeros([BATCH_SIZE, units])

    for (batch, (inp, target)) in enumerate(dataset):
        with tf.GradientTape() as tape:
            # feeding the hidden state back into the model
            predictions, hidden = model(inp, hidden)
            target = tf.reshape(target, (-1,))
            loss = loss_function(target, predictions)

        grads = tape.gradient(loss, model.variables)
        optimizer.apply_gradients(zip(grads, model.variables))

        if batch % 4 == 0:
            print('Epoch {} Batch {} Loss {:.4f}'.format(epoch + 1, batch, loss))
    # saving (checkpoint) the model every 2 epochs
    if (epoch + 1) % 2 == 0:
        checkpoint.save(file_prefix=checkpoint_prefix)

checkpoint.restore(tf.train.latest_checkpoint(checkpoint_dir))

num_generate = 10
start_string = 'q'
input_eval = [char2idx[s] for s in start_string]
input_eval = tf.expand_dims(input_eval, 0)
hidden = [tf.zeros((1, units))]
generated = []
for i in range(num_generate):
    predictions, hidden = model(input_eval, hidden)
    predicted_id = tf.argmax(predictions[-1]).numpy()
    input_eval = tf.expand_dims([predicted_id], 0)
    generated.append(int(predicted_id))
print(generated)
