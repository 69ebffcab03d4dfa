"""A small language model; the state of one batch is fed to the next."""
import numpy as np
import tensorflow as tf

vocab_size, embed_size, hidden_size, num_layers = 14, 10, 16, 2
batch_size, num_steps, num_epochs = 5, 6, 2
keep_prob = 0.8


def words(length, seed):
    rng = np.random.RandomState(seed)
    found = [1]
    for _ in range(length - 1):
        follows = (found[-1] * 3 + 2) % vocab_size
        found.append(follows if rng.uniform() < 0.85 else rng.randint(vocab_size))
    return np.array(found, dtype=np.int32)


def batches(data):
    rows = data[: len(data) // batch_size * batch_size].reshape(batch_size, -1)
    for start in range(0, rows.shape[1] - num_steps, num_steps):
        yield rows[:, start:start + num_steps], rows[:, start + 1:start + num_steps + 1]


input_data = tf.placeholder(tf.int32, [batch_size, num_steps])
targets = tf.placeholder(tf.int32, [batch_size, num_steps])

with tf.device("/cpu:0"):
    embedding = tf.get_variable("embedding", [vocab_size, embed_size])
    inputs = tf.nn.embedding_lookup(embedding, input_data)

cells = []
for i in range(num_layers):
    cell = tf.nn.rnn_cell.LSTMCell(hidden_size, forget_bias=0.0)
    cells.append(cell)
stacked = tf.nn.rnn_cell.MultiRNNCell(cells)
initial_state = stacked.zero_state(batch_size, tf.float32)

outputs, final_state = tf.nn.dynamic_rnn(stacked, inputs, initial_state=initial_state)
output = tf.reshape(outputs, [-1, hidden_size])
softmax_w = tf.get_variable("softmax_w", [hidden_size, vocab_size])
softmax_b = tf.get_variable("softmax_b", [vocab_size], initializer=tf.zeros_initializer())
logits = tf.matmul(output, softmax_w) + softmax_b
losses = tf.nn.sparse_softmax_cross_entropy_with_logits(
    labels=tf.reshape(targets, [-1]), logits=logits)
cost = tf.reduce_sum(losses) / batch_size

tvars = tf.trainable_variables()
grads, _ = tf.clip_by_global_norm(tf.gradients(cost, tvars), 5.0)
optimizer = tf.train.GradientDescentOptimizer(0.5)
train_op = optimizer.apply_gradients(zip(grads, tvars))

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for epoch in range(num_epochs):
        state = sess.run(initial_state)
        costs, iters = 0.0, 0
        for x, y in batches(words(400, 0)):
            batch_cost, state, _ = sess.run(
                [cost, final_state, train_op],
                feed_dict={input_data: x, targets: y, initial_state: state})
            costs += batch_cost
            iters += num_steps
        print("epoch %d perplexity %.4f" % (epoch, np.exp(costs / iters)))

    state = sess.run(initial_state)
    costs, iters = 0.0, 0
    for x, y in batches(words(200, 1)):
        batch_cost, state = sess.run([cost, final_state], {input_data: x, targets: y, initial_state: state})
        costs += batch_cost
        iters += num_steps
    print("valid perplexity %.4f, h %.5f" % (np.exp(costs / iters), np.abs(state[1].h).mean()))
