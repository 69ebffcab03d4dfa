"""NumPy inside of the graph: py_func for augmentation and metrics, with a gradient of its own."""
import numpy as np
import tensorflow as tf


def random_flip(images, labels):
    """Augmentation in NumPy; deterministic here, so that numbers can be compared."""
    flipped, flipped_labels = images.copy(), labels.copy()
    flipped[::2] = flipped[::2, :, ::-1]
    flipped_labels[::2] = flipped_labels[::2, :, ::-1]
    return flipped, flipped_labels


def iou(predicted, truth):
    """Intersection over union of two masks, per picture."""
    predicted, truth = predicted > 0.5, truth > 0.5
    union = np.maximum((predicted | truth).sum(axis=(1, 2)), 1)
    return ((predicted & truth).sum(axis=(1, 2)) / union).astype(np.float32)


def py_func_with_gradient(func, inp, Tout, name, grad):
    """tf.py_func with a gradient function: the old trick with a registered name."""
    registered = 'PyFuncGrad_' + name
    tf.RegisterGradient(registered)(grad)
    graph = tf.get_default_graph()
    with graph.gradient_override_map({'PyFunc': registered}):
        return tf.py_func(func, inp, Tout, stateful=True, name=name)


def hard_threshold(x):
    def forward(values):
        return (values > 0).astype(np.float32)

    def straight_through(op, grad):
        # pretend it was a clipped identity
        inside = tf.logical_and(op.inputs[0] > -2.0, op.inputs[0] < 2.0)
        return grad * tf.to_float(inside)

    y = py_func_with_gradient(forward, [x], tf.float32, 'threshold', straight_through)
    y.set_shape(x.get_shape())
    return y


def dataset(images, masks, batch_size):
    ds = tf.data.Dataset.from_tensor_slices((images, masks)).batch(batch_size)
    ds = ds.map(lambda x, y: tuple(tf.py_func(random_flip, [x, y], [tf.float32, tf.float32])))
    return ds.repeat()


def segment(images):
    kernel = np.random.RandomState(2).uniform(0, 0.4, size=(3, 3, 1, 4)).astype(np.float32)
    w1 = tf.Variable(kernel, name='w1')
    w2 = tf.Variable(np.full((1, 1, 4, 1), 0.25, np.float32), name='w2')
    bias = tf.Variable(-0.5, name='bias')
    net = tf.nn.relu(tf.nn.conv2d(tf.expand_dims(images, -1), w1, strides=[1, 1, 1, 1],
                                  padding='SAME', name='conv'))
    return tf.squeeze(tf.nn.conv2d(net, w2, [1, 1, 1, 1], 'SAME'), axis=[3]) + bias


def main():
    rng = np.random.RandomState(13)
    masks = np.zeros((40, 8, 8), np.float32)
    for mask in masks:
        row, col = rng.randint(0, 5, size=2)
        mask[row:row + 3, col:col + 3] = 1.0
    images = (masks * 0.8 + rng.uniform(0, 0.4, size=masks.shape)).astype(np.float32)

    next_images, next_masks = dataset(images, masks, 20).make_one_shot_iterator().get_next()
    next_images.set_shape([None, 8, 8])
    next_masks.set_shape([None, 8, 8])
    scores = segment(next_images)
    loss = tf.losses.sigmoid_cross_entropy(next_masks, scores)
    # the number of pixels should be right as well, and counting has no gradient
    size_error = tf.reduce_mean(tf.square(
        tf.reduce_mean(hard_threshold(scores), [1, 2]) - tf.reduce_mean(next_masks, [1, 2])))
    mean_iou = tf.reduce_mean(tf.py_func(iou, [tf.sigmoid(scores), next_masks], tf.float32))
    train_op = tf.train.AdamOptimizer(0.05).minimize(loss + size_error)

    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for step in range(60):
            _, value, size, overlap = sess.run([train_op, loss, size_error, mean_iou])
            if step % 20 == 19:
                print('step %d: loss %.5f, size error %.5f, IoU %.4f' % (
                    step + 1, value, size, overlap))


if __name__ == '__main__':
    main()
