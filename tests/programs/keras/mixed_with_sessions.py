"""tf.keras as it was used beside sessions: K.get_session, fit_generator, lr and decay arguments."""
from __future__ import print_function

import os
import tempfile

import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K
from tensorflow.keras.layers import BatchNormalization, Dense, Dropout, Input, LSTM
from tensorflow.python.keras.callbacks import LambdaCallback

config = tf.ConfigProto(allow_soft_placement=True)
K.set_session(tf.Session(config=config))


def weights(rows, columns, seed):
    values = np.random.RandomState(seed).normal(scale=rows ** -0.5, size=(rows, columns))
    return keras.initializers.Constant(values)


def build_model(n_features, lr=0.01):
    inputs = Input(shape=(n_features,), name='features')
    x = Dense(12, activation='relu', kernel_initializer=weights(n_features, 12, 0),
              kernel_regularizer=keras.regularizers.l2(l=1e-4))(inputs)
    x = BatchNormalization(momentum=0.9)(x)
    x = Dropout(0.0)(x)
    outputs = Dense(1, activation='sigmoid', kernel_initializer=weights(12, 1, 1))(x)
    model = keras.models.Model(inputs=inputs, outputs=outputs)
    model.compile(optimizer=keras.optimizers.Adam(lr=lr, decay=1e-4),
                  loss='binary_crossentropy', metrics=['acc', f1])
    return model


def f1(y_true, y_pred):
    """F1 score of a batch, in backend functions."""
    positive = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
    precision = positive / (K.sum(K.round(y_pred)) + K.epsilon())
    recall = positive / (K.sum(y_true) + K.epsilon())
    return 2 * precision * recall / (precision + recall + K.epsilon())


def generator(x, y, batch_size):
    while True:
        for start in range(0, len(x), batch_size):
            yield x[start:start + batch_size], y[start:start + batch_size]


def gradients_of(model, x):
    """How the output depends on the input, by a backend function."""
    grads = K.gradients(model.output, model.input)[0]
    fetch = K.function([model.input, K.learning_phase()], [grads])
    return np.abs(fetch([x, 0])[0]).mean(axis=0)


def sequence_model():
    model = keras.Sequential()
    model.add(LSTM(4, input_shape=(5, 1), implementation=1,
                   kernel_initializer='ones', recurrent_initializer='zeros'))
    model.add(Dense(1, kernel_initializer='ones'))
    return model


def main():
    rng = np.random.RandomState(5)
    x = rng.normal(size=(256, 6)).astype(np.float32)
    y = (x[:, :1] + x[:, 1:2] * x[:, 2:3] > 0).astype(np.float32)

    model = build_model(6)
    losses = []
    remember = LambdaCallback(on_epoch_end=lambda epoch, logs: losses.append(logs['loss']))
    model.fit_generator(generator(x, y, 32), steps_per_epoch=8, epochs=10, verbose=0,
                        callbacks=[remember])
    print('loss %.5f -> %.5f' % (losses[0], losses[-1]))
    loss, accuracy, score = model.evaluate_generator(generator(x, y, 64), steps=4)
    print('accuracy %.4f, f1 %.3f' % (accuracy, score))
    print('saliency', gradients_of(model, x).round(4).tolist())

    sess = K.get_session()
    predicted = sess.run(model.output, feed_dict={model.input: x[:3], K.learning_phase(): 0})
    print('by session', predicted.ravel().round(4).tolist())
    print('equal to predict:', bool(np.allclose(predicted, model.predict(x[:3]), atol=1e-5)))
    print('step', int(K.get_value(model.optimizer.iterations)),
          'rate %.4f' % K.eval(model.optimizer.lr))

    path = os.path.join(tempfile.mkdtemp(), 'model.h5')
    model.save_weights(path)
    yaml_or_json = model.to_json()
    print(len(yaml_or_json) > 100, os.path.getsize(path) > 1000)
    print('lstm %.4f' % sequence_model().predict(np.ones((1, 5, 1)))[0, 0])
    K.clear_session()


if __name__ == '__main__':
    main()
