"""Interactions of users with items, with negative sampling; no TensorFlow in here."""
import collections

import numpy as np

Interactions = collections.namedtuple('Interactions', 'users items num_users num_items')
Batch = collections.namedtuple('Batch', 'users items labels')


def make_interactions(num_users=40, num_items=30, per_user=8, seed=0):
    """Users like items whose number is close to theirs, on a circle."""
    rng = np.random.RandomState(seed)
    users = np.repeat(np.arange(num_users), per_user)
    centers = users * num_items // num_users
    items = (centers + rng.randint(-3, 4, size=len(users))) % num_items
    return Interactions(users, items, num_users, num_items)


def batches(interactions, batch_size, num_negatives=3, seed=0):
    """Endless batches: each positive comes with a few negatives."""
    rng = np.random.RandomState(seed)
    positives = set(zip(interactions.users.tolist(), interactions.items.tolist()))
    while True:
        rows = rng.randint(len(interactions.users), size=batch_size)
        users = np.repeat(interactions.users[rows], 1 + num_negatives)
        items = rng.randint(interactions.num_items, size=len(users))
        items[::1 + num_negatives] = interactions.items[rows]
        labels = [float(pair in positives) for pair in zip(users.tolist(), items.tolist())]
        yield Batch(users, items, np.array(labels, np.float32))
