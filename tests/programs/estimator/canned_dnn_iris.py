"""DNNClassifier on flowers that were never picked: canned estimator and feature columns."""
from __future__ import absolute_import, division, print_function

import argparse
import tempfile

import numpy as np
import tensorflow as tf

COLUMNS = ['SepalLength', 'SepalWidth', 'PetalLength', 'PetalWidth']
SPECIES = ['Setosa', 'Versicolor', 'Virginica']

parser = argparse.ArgumentParser()
parser.add_argument('--batch_size', default=50, type=int, help='batch size')
parser.add_argument('--train_steps', default=200, type=int, help='number of training steps')


def load_data(count=150, seed=0):
    """Three kinds of flowers around three means."""
    rng = np.random.RandomState(seed)
    means = np.array([[5.0, 3.4, 1.5, 0.2], [5.9, 2.8, 4.3, 1.3], [6.6, 3.0, 5.6, 2.0]])
    species = np.arange(count) % 3
    values = means[species] + rng.normal(scale=0.3, size=(count, 4))
    return {name: values[:, i].astype(np.float32) for i, name in enumerate(COLUMNS)}, species


def train_input_fn(features, labels, batch_size):
    """An input function for training"""
    # Convert the inputs to a Dataset.
    dataset = tf.data.Dataset.from_tensor_slices((dict(features), labels))
    # Shuffle, repeat, and batch the examples.
    dataset = dataset.shuffle(1000, seed=1).repeat().batch(batch_size)
    # Return the read end of the pipeline.
    return dataset.make_one_shot_iterator().get_next()


def eval_input_fn(features, labels, batch_size):
    """An input function for evaluation or prediction"""
    features = dict(features)
    inputs = features if labels is None else (features, labels)
    return tf.data.Dataset.from_tensor_slices(inputs).batch(batch_size)


def main(argv):
    args = parser.parse_args(argv[1:])
    (train_x, train_y), (test_x, test_y) = load_data(), load_data(60, seed=1)

    # Feature columns describe how to use the input.
    my_feature_columns = []
    for key in train_x.keys():
        my_feature_columns.append(tf.feature_column.numeric_column(key=key))

    config = tf.estimator.RunConfig(tf_random_seed=1, save_checkpoints_steps=1000,
                                    model_dir=tempfile.mkdtemp())
    # Build 2 hidden layer DNN with 16, 16 units respectively.
    classifier = tf.estimator.DNNClassifier(
        feature_columns=my_feature_columns,
        hidden_units=[16, 16],
        n_classes=3,
        optimizer=tf.train.AdamOptimizer(0.02),
        config=config)

    classifier.train(input_fn=lambda: train_input_fn(train_x, train_y, args.batch_size),
                     steps=args.train_steps)

    eval_result = classifier.evaluate(
        input_fn=lambda: eval_input_fn(test_x, test_y, args.batch_size))
    print('\nTest set accuracy: {accuracy:0.3f} after {global_step} steps\n'.format(**eval_result))

    predict_x = {
        'SepalLength': [5.1, 5.9, 6.9],
        'SepalWidth': [3.3, 3.0, 3.1],
        'PetalLength': [1.7, 4.2, 5.4],
        'PetalWidth': [0.5, 1.5, 2.1],
    }
    predictions = classifier.predict(
        input_fn=lambda: eval_input_fn(predict_x, labels=None, batch_size=args.batch_size))
    for pred_dict, expected in zip(predictions, SPECIES):
        class_id = pred_dict['class_ids'][0]
        probability = pred_dict['probabilities'][class_id]
        print('Prediction is "{}" ({:.1f}%), expected "{}"'.format(
            SPECIES[class_id], 100 * probability, expected))


if __name__ == '__main__':
    tf.logging.set_verbosity(tf.logging.WARN)
    tf.app.run(main)
