"""train_and_evaluate with iterators, a schedule and batch normalization."""
import numpy as np
import tensorflow as tf

tf.logging.set_verbosity(tf.logging.INFO)


def make_data(count, seed):
    rng = np.random.RandomState(seed)
    x = rng.normal(size=(count, 5)).astype(np.float32)
    y = (x.sum(axis=1) > 0).astype(np.int32)
    return x, y


def net(features, hidden, is_training):
    x = features['inputs']
    for i, units in enumerate(hidden):
        x = tf.layers.dense(x, units, activation=tf.nn.relu, name='dense_%d' % i,
                            kernel_initializer=tf.constant_initializer(0.1))
    x = tf.layers.batch_normalization(x, training=is_training)
    return tf.layers.dense(x, 2, kernel_initializer=tf.zeros_initializer())


def my_model(features, labels, mode, params):
    is_training = (mode == tf.estimator.ModeKeys.TRAIN)
    n_classes = 2
    logits = net(features, params['hidden'], is_training)
    predicted_classes = tf.argmax(logits, 1)
    predictions = {
        'class_ids': predicted_classes[:, tf.newaxis],
        'probabilities': tf.nn.softmax(logits),
        'logits': logits,
    }
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions=predictions)

    # Compute loss.
    loss = tf.losses.sparse_softmax_cross_entropy(labels=labels, logits=logits)

    # Compute evaluation metrics.
    accuracy = tf.metrics.accuracy(labels=labels, predictions=predicted_classes, name='acc_op')
    metrics = {'accuracy': accuracy,
               'precision': tf.metrics.precision(labels, predicted_classes)}
    tf.summary.scalar('accuracy', accuracy[1])

    if mode == tf.estimator.ModeKeys.EVAL:
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops=metrics)

    # Create training op.
    assert mode == tf.estimator.ModeKeys.TRAIN
    global_step = tf.train.get_or_create_global_step()
    learning_rate = tf.train.exponential_decay(params['learning_rate'], global_step, 20, 0.9, staircase=True)
    optimizer = tf.train.AdagradOptimizer(learning_rate=learning_rate)
    update_ops = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.control_dependencies(update_ops):
        train_op = optimizer.minimize(loss, global_step=global_step)
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train_op)


def train_input_fn(x, y, batch_size):
    dataset = tf.data.Dataset.from_tensor_slices(({'inputs': x}, y))
    dataset = dataset.repeat().batch(batch_size)
    iterator = dataset.make_one_shot_iterator()
    features, labels = iterator.get_next()
    return features, labels


def eval_input_fn(x, y=None, batch_size=32):
    if y is None:
        inputs = {'inputs': x}
    else:
        inputs = ({'inputs': x}, y)
    dataset = tf.data.Dataset.from_tensor_slices(inputs)
    return dataset.batch(batch_size)


def main():
    x, y = make_data(200, 0)
    test_x, test_y = make_data(60, 1)
    classifier = tf.estimator.Estimator(
        model_fn=my_model,
        params={'hidden': [8, 4], 'learning_rate': 0.1})
    train_spec = tf.estimator.TrainSpec(input_fn=lambda: train_input_fn(x, y, 20), max_steps=50)
    eval_spec = tf.estimator.EvalSpec(input_fn=lambda: eval_input_fn(test_x, test_y), steps=None)
    tf.estimator.train_and_evaluate(classifier, train_spec, eval_spec)
    result = classifier.evaluate(input_fn=lambda: eval_input_fn(test_x, test_y))
    print('Test set accuracy: {accuracy:0.3f} loss {loss:0.4f} precision {precision:.3f} step {global_step}'.format(**result))
    predictions = classifier.predict(input_fn=lambda: eval_input_fn(test_x[:3]))
    for p in predictions:
        print(p['class_ids'][0], p['probabilities'])


if __name__ == '__main__':
    main()
