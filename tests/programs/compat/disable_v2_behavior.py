"""Graph mode on a newer TensorFlow: compat.v1 imported as tf, version 2 behaviour switched off."""
import numpy as np
import tensorflow.compat.v1 as tf
from tensorflow.compat.v1 import keras as tfk

tf.disable_v2_behavior()


class PolicyGradient:
    """REINFORCE on a bandit that depends on a state."""

    def __init__(self, n_states, n_actions, learning_rate=0.2):
        self.states = tf.placeholder(tf.int32, [None], 'states')
        self.actions = tf.placeholder(tf.int32, [None], 'actions')
        self.advantages = tf.placeholder(tf.float32, [None], 'advantages')

        with tf.variable_scope('policy', use_resource=True):
            self.table = tf.get_variable('table', [n_states, n_actions],
                                         initializer=tf.zeros_initializer())
            logits = tf.gather(self.table, self.states)
        self.probabilities = tf.nn.softmax(logits)
        neglogp = tf.nn.sparse_softmax_cross_entropy_with_logits(logits=logits,
                                                                 labels=self.actions)
        entropy = -tf.reduce_sum(self.probabilities * tf.log(self.probabilities), 1)
        self.loss = tf.reduce_mean(neglogp * self.advantages) - 0.01 * tf.reduce_mean(entropy)
        self.train_op = tf.train.GradientDescentOptimizer(learning_rate).minimize(self.loss)


class Baseline:
    """Mean reward a state, in a graph of its own variables."""

    def __init__(self, n_states):
        self.states = tf.placeholder(tf.int32, [None])
        self.rewards = tf.placeholder(tf.float32, [None])
        with tf.variable_scope('baseline'):
            values = tf.get_variable('values', [n_states], initializer=tf.zeros_initializer())
        self.value = tf.gather(values, self.states)
        error = self.rewards - tf.stop_gradient(self.value)
        self.update = tf.scatter_add(values, self.states, 0.1 * error)


def main():
    rng = np.random.RandomState(21)
    n_states, n_actions = 3, 4
    rewards = rng.uniform(size=(n_states, n_actions))
    policy, baseline = PolicyGradient(n_states, n_actions), Baseline(n_states)

    config = tf.ConfigProto(intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)
    with tf.Session(config=config) as sess:
        sess.run(tf.global_variables_initializer())
        for episode in range(150):
            states = rng.randint(n_states, size=16)
            probabilities = sess.run(policy.probabilities, {policy.states: states})
            actions = np.array([rng.choice(n_actions, p=p / p.sum())
                                for p in probabilities.astype(np.float64)])
            reward = rewards[states, actions] + rng.normal(scale=0.05, size=16)
            values, _ = sess.run([tf.identity(baseline.value), baseline.update],
                                 {baseline.states: states, baseline.rewards: reward})
            sess.run(policy.train_op, {policy.states: states, policy.actions: actions,
                                       policy.advantages: reward - values})
        table = policy.table.eval()
        print('greedy', table.argmax(axis=1).tolist(), 'best', rewards.argmax(axis=1).tolist())

        # a Keras layer in the same graph
        layer = tfk.layers.Dense(2, kernel_initializer='ones', use_bias=False)
        output = layer(tf.constant([[1.0, 2.0]]))
        sess.run(tf.variables_initializer(layer.weights))
        print(sess.run(output).tolist(), tf.executing_eagerly())


if __name__ == '__main__':
    main()
