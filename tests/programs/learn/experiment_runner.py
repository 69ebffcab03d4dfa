"""The older spelling of train_and_evaluate: Experiment, learn_runner and sparse columns."""
import argparse
import tempfile

import numpy as np
import tensorflow as tf
import tensorflow.contrib.learn as tflearn
from tensorflow.contrib import layers
from tensorflow.contrib.learn.python.learn import learn_runner
from tensorflow.contrib.learn.python.learn.utils import input_fn_utils

CITIES = ['berlin', 'lagos', 'lima', 'osaka']


def generate(count, seed):
    """Rents: area in square metres, distance to the centre, city."""
    rng = np.random.RandomState(seed)
    area = rng.uniform(20, 120, size=count).astype(np.float32)
    distance = rng.exponential(4.0, size=count).astype(np.float32)
    city = rng.choice(CITIES, size=count)
    factor = np.array([CITIES.index(name) for name in city]) + 1.0
    rent = area * 0.1 * factor - 0.3 * distance + 5
    return {'area': area / 100.0, 'distance': distance / 10.0, 'city': city}, rent / 20.0


def make_input_fn(count, seed):
    features, labels = generate(count, seed)

    def _input_fn():
        continuous = {name: tf.constant(features[name][:, np.newaxis])
                      for name in ('area', 'distance')}
        categorical = {'city': tf.SparseTensor(
            indices=[[i, 0] for i in range(count)],
            values=features['city'],
            dense_shape=[count, 1])}
        feature_cols = dict(continuous.items())
        feature_cols.update(categorical)
        return feature_cols, tf.constant(labels.astype(np.float32)[:, np.newaxis])
    return _input_fn


def feature_columns():
    area = layers.real_valued_column('area')
    distance = layers.real_valued_column('distance')
    city = layers.sparse_column_with_keys('city', keys=CITIES)
    area_buckets = layers.bucketized_column(area, boundaries=[0.4, 0.6, 0.8, 1.0])
    wide = [city, area_buckets, layers.crossed_column([city, area_buckets], hash_bucket_size=100)]
    deep = [area, distance, layers.embedding_column(city, dimension=3)]
    return wide, deep


def generate_experiment_fn(args):
    def _experiment_fn(output_dir):
        wide, deep = feature_columns()
        estimator = tflearn.DNNLinearCombinedRegressor(
            model_dir=output_dir,
            linear_feature_columns=wide,
            dnn_feature_columns=deep,
            dnn_hidden_units=[8, 4],
            config=tflearn.RunConfig(tf_random_seed=2, save_summary_steps=100))
        spec = layers.create_feature_spec_for_parsing(wide + deep)
        serving = input_fn_utils.build_parsing_serving_input_fn(spec)
        return tf.contrib.learn.Experiment(
            estimator,
            train_input_fn=make_input_fn(200, 0),
            eval_input_fn=make_input_fn(80, 1),
            train_steps=args.train_steps,
            eval_steps=1,
            eval_delay_secs=0,
            min_eval_frequency=None,
            export_strategies=[tflearn.utils.saved_model_export_utils.make_export_strategy(
                serving, exports_to_keep=1)])
    return _experiment_fn


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--output_dir', default=None)
    parser.add_argument('--train_steps', type=int, default=60)
    args = parser.parse_args()
    tf.logging.set_verbosity(tf.logging.ERROR)

    metrics, exports = learn_runner.run(
        generate_experiment_fn(args), args.output_dir or tempfile.mkdtemp(),
        schedule='train_and_evaluate')
    print('loss %.4f at step %d' % (metrics['loss'], metrics['global_step']))
    print('exported %d model' % len(exports))
