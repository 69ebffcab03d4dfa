"""Dataset pipelines with one-shot iterators, and what was in contrib.data at that time."""
from __future__ import print_function

import numpy as np
import tensorflow as tf

rng = np.random.RandomState(12)
SEQUENCES = [list(range(1, n + 1)) for n in rng.randint(2, 8, size=24)]


def parse(values, label):
    """Per example preprocessing: scale, add a column."""
    values = tf.to_float(values) / 10.0
    return tf.concat([values, tf.expand_dims(tf.reduce_max(values), 0)], 0), label


def sequence_generator():
    for i, sequence in enumerate(SEQUENCES):
        yield sequence, i % 2


def padded_batches(batch_size):
    dataset = tf.data.Dataset.from_generator(
        sequence_generator, (tf.int64, tf.int64), (tf.TensorShape([None]), tf.TensorShape([])))
    dataset = dataset.map(parse, num_parallel_calls=2)
    dataset = dataset.padded_batch(batch_size, padded_shapes=([None], []))
    return dataset.prefetch(1)


def dense_batches(batch_size):
    points = np.linspace(-1, 1, 60).astype(np.float32)
    dataset = tf.data.Dataset.from_tensor_slices((points, points ** 2))
    dataset = dataset.apply(tf.contrib.data.shuffle_and_repeat(60, count=3, seed=5))
    dataset = dataset.apply(tf.contrib.data.map_and_batch(
        lambda x, y: (tf.stack([x, tf.ones_like(x)]), y), batch_size=batch_size,
        drop_remainder=True))
    return dataset


def main():
    dataset = padded_batches(6)
    print('types', dataset.output_types, 'shapes', [str(s) for s in dataset.output_shapes])
    values, labels = dataset.make_one_shot_iterator().get_next()
    lengths = tf.count_nonzero(values, axis=1)

    # an iterator can be made by the function, too
    iterator = tf.data.make_one_shot_iterator(dense_batches(10))
    x, y = iterator.get_next()
    w = tf.Variable([[0.5], [0.1]], name='w')
    prediction = tf.matmul(x, w)[:, 0]
    loss = tf.losses.huber_loss(labels=y, predictions=prediction, delta=0.5)
    train_op = tf.train.AdagradOptimizer(0.1).minimize(loss)

    numbers = tf.data.Dataset.range(10).filter(lambda i: tf.equal(i % 3, 0)).repeat(2)
    next_number = numbers.make_one_shot_iterator().get_next()

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())

        total = 0
        while True:
            try:
                batch, counts = sess.run([values, lengths])
                total += batch.shape[0]
                print('padded to %d, nonzero %s' % (batch.shape[1], counts.tolist()))
            except tf.errors.OutOfRangeError:
                break
        print('sequences:', total)

        steps = 0
        try:
            while True:
                sess.run(train_op)
                steps += 1
        except tf.errors.OutOfRangeError:
            print('%d steps; a constant fits a parabola best: %s' % (
                steps, bool(abs(sess.run(w)[0, 0]) < 0.6)))
        print([int(sess.run(next_number)) for _ in range(6)])


if __name__ == '__main__':
    main()
