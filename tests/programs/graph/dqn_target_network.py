"""Deep Q-learning on a corridor: evaluation and target network, copied by assign ops."""
import collections
import random

import numpy as np
import tensorflow as tf

np.random.seed(1)
tf.set_random_seed(1)
random.seed(1)

Transition = collections.namedtuple('Transition', 's a r s_ done')


class Corridor(object):
    """Walk right to win; six cells, one-hot observations."""
    n_states, n_actions = 6, 2

    def reset(self):
        self.cell = 0
        return np.eye(self.n_states)[self.cell]

    def step(self, action):
        self.cell = max(0, self.cell - 1) if action == 0 else self.cell + 1
        done = self.cell == self.n_states - 1
        return np.eye(self.n_states)[self.cell], (1.0 if done else -0.05), done


# Deep Q Network off-policy
class DeepQNetwork:
    def __init__(self, n_actions, n_features, learning_rate=0.05, reward_decay=0.9,
                 e_greedy=0.8, replace_target_iter=20, memory_size=200, batch_size=16):
        self.n_actions = n_actions
        self.n_features = n_features
        self.lr = learning_rate
        self.gamma = reward_decay
        self.epsilon = e_greedy
        self.replace_target_iter = replace_target_iter
        self.memory = collections.deque(maxlen=memory_size)
        self.batch_size = batch_size
        self.learn_step_counter = 0
        self._build_net()

        t_params = tf.get_collection('target_net_params')
        e_params = tf.get_collection('eval_net_params')
        self.replace_target_op = [tf.assign(t, e) for t, e in zip(t_params, e_params)]

        self.sess = tf.Session()
        self.sess.run(tf.global_variables_initializer())
        self.cost_his = []

    def _layers(self, s, c_names):
        rng = np.random.RandomState(5)
        w1_init = tf.constant_initializer(rng.normal(0., 0.3, size=(self.n_features, 10)))
        w2_init = tf.constant_initializer(rng.normal(0., 0.3, size=(10, self.n_actions)))
        b_init = tf.constant_initializer(0.1)
        with tf.variable_scope('l1'):
            w1 = tf.get_variable('w1', [self.n_features, 10], initializer=w1_init,
                                 collections=c_names)
            b1 = tf.get_variable('b1', [1, 10], initializer=b_init, collections=c_names)
            l1 = tf.nn.relu(tf.matmul(s, w1) + b1)
        with tf.variable_scope('l2'):
            w2 = tf.get_variable('w2', [10, self.n_actions], initializer=w2_init,
                                 collections=c_names)
            b2 = tf.get_variable('b2', [1, self.n_actions], initializer=b_init,
                                 collections=c_names)
            return tf.matmul(l1, w2) + b2

    def _build_net(self):
        # ------------------ build evaluate_net ------------------
        self.s = tf.placeholder(tf.float32, [None, self.n_features], name='s')
        self.q_target = tf.placeholder(tf.float32, [None, self.n_actions], name='Q_target')
        with tf.variable_scope('eval_net'):
            self.q_eval = self._layers(
                self.s, ['eval_net_params', tf.GraphKeys.GLOBAL_VARIABLES])
        with tf.variable_scope('loss'):
            self.loss = tf.reduce_mean(tf.squared_difference(self.q_target, self.q_eval))
        with tf.variable_scope('train'):
            self._train_op = tf.train.GradientDescentOptimizer(self.lr).minimize(
                self.loss, var_list=tf.get_collection('eval_net_params'))

        # ------------------ build target_net ------------------
        self.s_ = tf.placeholder(tf.float32, [None, self.n_features], name='s_')
        with tf.variable_scope('target_net'):
            self.q_next = self._layers(
                self.s_, ['target_net_params', tf.GraphKeys.GLOBAL_VARIABLES])

    def choose_action(self, observation):
        observation = observation[np.newaxis, :]
        if np.random.uniform() < self.epsilon:
            actions_value = self.sess.run(self.q_eval, feed_dict={self.s: observation})
            return int(np.argmax(actions_value))
        return np.random.randint(0, self.n_actions)

    def learn(self):
        # check to replace target parameters
        if self.learn_step_counter % self.replace_target_iter == 0:
            self.sess.run(self.replace_target_op)

        batch = Transition(*map(np.array, zip(*random.sample(self.memory, self.batch_size))))
        q_next, q_eval = self.sess.run(
            [self.q_next, self.q_eval], feed_dict={self.s_: batch.s_, self.s: batch.s})
        q_target = q_eval.copy()
        rows = np.arange(self.batch_size)
        q_target[rows, batch.a] = batch.r + self.gamma * q_next.max(axis=1) * (1 - batch.done)
        _, cost = self.sess.run([self._train_op, self.loss],
                                feed_dict={self.s: batch.s, self.q_target: q_target})
        self.cost_his.append(cost)
        self.learn_step_counter += 1


if __name__ == "__main__":
    env = Corridor()
    RL = DeepQNetwork(env.n_actions, env.n_states)
    for episode in range(40):
        observation, done, steps = env.reset(), False, 0
        while not done and steps < 50:
            action = RL.choose_action(observation)
            observation_, reward, done = env.step(action)
            RL.memory.append(Transition(observation, action, reward, observation_, done))
            if len(RL.memory) > RL.batch_size:
                RL.learn()
            observation = observation_
            steps += 1
    print('updates:', RL.learn_step_counter, 'last cost: %.6f' % RL.cost_his[-1])
    values = RL.sess.run(RL.q_eval, {RL.s: np.eye(env.n_states)})
    print('greedy policy:', values.argmax(axis=1)[:-1].tolist())
    print('values:', values.max(axis=1).round(4).tolist())
