"""A language model in functions; the state of every layer is fed by itself."""
import collections
import numpy as np
import tensorflow as tf

Config = collections.namedtuple("Config", "batch steps size layers vocab keep lr epochs")
config = Config(batch=4, steps=5, size=12, layers=2, vocab=11, keep=0.9, lr=0.7, epochs=2)


def data(length=300):
    rng = np.random.RandomState(5)
    ids = np.cumsum(rng.randint(1, 3, size=length)) % config.vocab
    return ids.astype(np.int32)[: length // config.batch * config.batch].reshape(config.batch, -1)


def main(_):
    tokens = data()
    x = tf.placeholder(tf.int32, [config.batch, config.steps], name="x")
    y = tf.placeholder(tf.int32, [config.batch, config.steps], name="y")

    def lstm_cell():
        return tf.nn.rnn_cell.BasicLSTMCell(config.size, forget_bias=0.0, state_is_tuple=True)

    attn_cell = lstm_cell
    if config.keep < 1:
        def attn_cell():
            return tf.nn.rnn_cell.DropoutWrapper(lstm_cell(), output_keep_prob=config.keep)

    cell = tf.nn.rnn_cell.MultiRNNCell([attn_cell() for _ in range(config.layers)], state_is_tuple=True)
    initial_state = cell.zero_state(config.batch, tf.float32)
    embedding = tf.get_variable("embedding", [config.vocab, config.size], dtype=tf.float32)
    inputs = tf.nn.embedding_lookup(embedding, x)
    inputs = tf.nn.dropout(inputs, config.keep)
    outputs, state = tf.nn.dynamic_rnn(cell, inputs, initial_state=initial_state)
    output = tf.reshape(outputs, [-1, config.size])
    logits = tf.layers.dense(output, config.vocab)
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.reshape(y, [-1]), logits=logits))
    tvars = tf.trainable_variables()
    grads, _ = tf.clip_by_global_norm(tf.gradients(loss, tvars), 1.0)
    train_op = tf.train.GradientDescentOptimizer(config.lr).apply_gradients(zip(grads, tvars))

    with tf.Session() as sess:
        tf.global_variables_initializer().run()
        for epoch in range(config.epochs):
            costs = 0.0
            values = sess.run(initial_state)
            for i in range((tokens.shape[1] - 1) // config.steps):
                feed_dict = {x: tokens[:, i * config.steps:(i + 1) * config.steps],
                             y: tokens[:, i * config.steps + 1:(i + 1) * config.steps + 1]}
                for k, (c, h) in enumerate(initial_state):
                    feed_dict[c] = values[k].c
                    feed_dict[h] = values[k].h
                cost, values, _ = sess.run([loss, state, train_op], feed_dict)
                costs += cost
            print("epoch %d cost %.5f" % (epoch, costs))


if __name__ == "__main__":
    main(None)
