"""Low rank factorisation of a ratings matrix with early stopping.

Sessions are run wherever a number is needed: in conditions, in a comprehension, in a format string.
"""
import sys

import numpy as np
import tensorflow as tf

RANK = 3
TOLERANCE = 0.05
MAX_ITERATIONS = 400

rng = np.random.RandomState(7)
true_users = rng.normal(size=(30, RANK))
true_items = rng.normal(size=(20, RANK))
ratings = true_users.dot(true_items.T).astype(np.float32)
mask = (rng.uniform(size=ratings.shape) < 0.7).astype(np.float32)

tf.reset_default_graph()
tf.set_random_seed(1)

users = tf.get_variable("users", initializer=rng.normal(scale=0.5, size=(30, RANK)).astype("float32"))
items = tf.get_variable("items", initializer=rng.normal(scale=0.5, size=(20, RANK)).astype("float32"))
R = tf.constant(ratings)
M = tf.constant(mask)

estimate = tf.matmul(users, items, transpose_b=True)
squared = tf.square(R - estimate)
train_loss = tf.reduce_sum(squared * M) / tf.reduce_sum(M)
held_out = tf.reduce_sum(squared * (1 - M)) / tf.reduce_sum(1 - M)
penalty = 1e-4 * (tf.nn.l2_loss(users) + tf.nn.l2_loss(items))

iteration = tf.Variable(0, trainable=False, dtype=tf.int32)
increment = tf.assign_add(iteration, 1)
optimizer = tf.train.MomentumOptimizer(learning_rate=0.3, momentum=0.9)
train = optimizer.minimize(train_loss + penalty)

init = tf.global_variables_initializer()

with tf.Session() as sess:
    init.run()
    if not np.isfinite(sess.run(train_loss)):
        sys.exit("bad initial values")

    # train until it is good enough, or time is up
    while sess.run(train_loss) > TOLERANCE and sess.run(iteration) < MAX_ITERATIONS:
        sess.run(train)
        sess.run(increment)
        if iteration.eval() % 20 == 0:
            print("iteration %d: train %.4f, held out %.4f" % (
                sess.run(iteration), sess.run(train_loss), sess.run(held_out)))

    print("stopped after {} iterations, loss {:.5f}".format(*sess.run([iteration, train_loss])))

    # recommendations: best unrated item for the first five users
    scores = sess.run(estimate - 100.0 * M)
    best = [int(np.argmax(row)) for row in scores[:5]]
    print("best items", best)
    norms = [float(sess.run(tf.norm(items[i]))) for i in range(3)]
    print("norms " + ", ".join("%.4f" % norm for norm in norms))
    summary = {name: sess.run(value) for name, value in [("train", train_loss), ("test", held_out)]}
    print("better on train" if summary["train"] < summary["test"] else "suspicious")
    assert sess.run(iteration) > 0, "nothing was trained, loss %f" % train_loss.eval(session=sess)
