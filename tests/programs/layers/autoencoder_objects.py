"""Denoising autoencoder with layer objects: made once, called several times."""
import numpy as np
import tensorflow as tf

layers = tf.layers


class Autoencoder(object):

    def __init__(self, n_input, n_hidden, n_code, tied_decoder_bias=True):
        rng = np.random.RandomState(9)

        def init(rows, columns):
            bound = np.sqrt(6.0 / (rows + columns))
            return tf.constant_initializer(rng.uniform(-bound, bound, size=(rows, columns)))

        regularizer = tf.contrib.layers.l2_regularizer(scale=1e-4)
        self.encoder = [
            layers.Dense(n_hidden, activation=tf.nn.elu, name='encoder_1',
                         kernel_initializer=init(n_input, n_hidden),
                         kernel_regularizer=regularizer),
            layers.Dense(n_code, name='encoder_2', kernel_initializer=init(n_hidden, n_code)),
        ]
        self.decoder = [
            layers.Dense(n_hidden, activation=tf.nn.elu, name='decoder_1',
                         kernel_initializer=init(n_code, n_hidden),
                         kernel_regularizer=regularizer),
            layers.Dense(n_input, use_bias=tied_decoder_bias, name='decoder_2',
                         kernel_initializer=init(n_hidden, n_input)),
        ]

    def encode(self, x):
        for layer in self.encoder:
            x = layer(x)
        return x

    def decode(self, code):
        for layer in self.decoder:
            code = layer.apply(code)
        return tf.sigmoid(code)

    @property
    def losses(self):
        return sum((layer.losses for layer in self.encoder + self.decoder), [])


# rank-3 patterns of 16 bits
rng = np.random.RandomState(1)
basis = rng.uniform(size=(3, 16)) > 0.5
patterns = (rng.randint(0, 2, size=(400, 3)).dot(basis) % 2).astype(np.float32)

clean = tf.placeholder(tf.float32, [None, 16], 'clean')
noisy = tf.placeholder(tf.float32, [None, 16], 'noisy')
autoencoder = Autoencoder(16, 12, 3)

code = autoencoder.encode(noisy)
reconstruction = autoencoder.decode(code)
# the same layers again, on the clean input
code_of_clean = autoencoder.encode(clean)
stability = tf.reduce_mean(tf.square(code - code_of_clean))

reconstruction_loss = tf.losses.mean_squared_error(clean, reconstruction)
loss = reconstruction_loss + tf.add_n(autoencoder.losses) + 0.01 * stability
train = tf.train.AdamOptimizer(0.01).minimize(loss)

session = tf.Session()
session.run(tf.global_variables_initializer())
for epoch in range(30):
    for start in range(0, 400, 100):
        batch = patterns[start:start + 100]
        flips = rng.uniform(size=batch.shape) < 0.05
        session.run(train, {clean: batch, noisy: np.abs(batch - flips)})
    if epoch % 10 == 9:
        print('epoch %2d reconstruction %.5f total %.5f' % (
            (epoch + 1,) + tuple(session.run([reconstruction_loss, loss],
                                             {clean: patterns, noisy: patterns}))))

codes = session.run(code_of_clean, feed_dict={clean: patterns[:4]})
print('codes', np.round(codes, 3).tolist())
# decode codes that nothing was encoded to
decoded = session.run(reconstruction, feed_dict={code: [[0.0, 0.0, 0.0]]})
print('decoded zero: %.4f' % decoded.mean())
for layer in autoencoder.encoder:
    print(layer.name, layer.kernel.shape.as_list(), [v.op.name for v in layer.trainable_variables])
session.close()
