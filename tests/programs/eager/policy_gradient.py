"""REINFORCE on a little corridor, with implicit gradients accumulated over an episode."""
from __future__ import print_function

import numpy as np
import tensorflow as tf
from tensorflow.contrib import eager as tfe

tf.enable_eager_execution()


class Corridor(object):
    """Five cells; the right end pays."""

    def reset(self):
        self.at = 2
        return self.observe()

    def observe(self):
        return np.eye(5, dtype=np.float32)[self.at]

    def step(self, action):
        self.at = int(np.clip(self.at + (1 if action else -1), 0, 4))
        done = self.at in (0, 4)
        return self.observe(), float(self.at == 4), done


class Agent(object):
    def __init__(self, size, learning_rate):
        self.policy = tf.keras.Sequential([
            tf.keras.layers.Dense(8, activation='relu', input_shape=(size,)),
            tf.keras.layers.Dense(2),
        ])
        self.optimizer = tf.train.AdamOptimizer(learning_rate)
        self.loss_and_grads = tfe.implicit_value_and_gradients(self.loss)

    def loss(self, observations, actions, returns):
        logits = self.policy(observations)
        log_prob = -tf.nn.sparse_softmax_cross_entropy_with_logits(labels=actions, logits=logits)
        return -tf.reduce_sum(log_prob * returns)

    def act(self, observation, rng):
        probabilities = tf.nn.softmax(self.policy(observation[np.newaxis])).numpy()[0]
        return int(rng.uniform() < probabilities[1])

    def learn(self, episode):
        observations, actions, rewards = zip(*episode)
        returns = np.cumsum(rewards[::-1])[::-1].astype(np.float32)
        value, grads_and_vars = self.loss_and_grads(
            np.array(observations), np.array(actions), returns - 0.3)
        self.optimizer.apply_gradients(grads_and_vars,
                                       global_step=tf.train.get_or_create_global_step())
        return float(value)


def main():
    env = Corridor()
    agent = Agent(5, 0.05)
    rng = np.random.RandomState(7)
    total, losses = 0., []
    for number in range(30):
        observation, done, episode = env.reset(), False, []
        while not done and len(episode) < 20:
            action = agent.act(observation, rng)
            following, reward, done = env.step(action)
            episode.append((observation, action, reward))
            observation = following
        total += sum(step[2] for step in episode)
        losses.append(agent.learn(episode))
        if (number + 1) % 10 == 0:
            print("episode %d: reward %.1f, loss %.4f, steps %d" % (
                number + 1, total, np.mean(losses), tf.train.get_global_step().numpy()))
            total, losses = 0., []


if __name__ == '__main__':
    main()
