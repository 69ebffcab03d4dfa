"""Wide & Deep on an invented census, with flags and every kind of feature column."""
from __future__ import absolute_import, division, print_function

import shutil
import tempfile

import numpy as np
import tensorflow as tf

from absl import app as absl_app
from absl import flags

fc = tf.feature_column

flags.DEFINE_enum('model_type', 'wide_deep', ['wide', 'deep', 'wide_deep'], 'which model')
flags.DEFINE_integer('train_epochs', 2, 'epochs between evaluations')
flags.DEFINE_integer('epochs_between', 2, 'how often to train and evaluate')
FLAGS = flags.FLAGS

EDUCATION = ['Bachelors', 'HS-grad', 'Masters', 'Some-college']
RELATION = ['Husband', 'Wife', 'Own-child', 'Unmarried']


def build_model_columns():
  """Builds a set of wide and deep feature columns."""
  # Continuous columns
  age = fc.numeric_column('age')
  hours_per_week = fc.numeric_column('hours_per_week', normalizer_fn=lambda h: (h - 40.0) / 10.0)

  education = fc.categorical_column_with_vocabulary_list('education', EDUCATION)
  relationship = fc.categorical_column_with_vocabulary_list('relationship', RELATION)
  # To show an example of hashing:
  occupation = fc.categorical_column_with_hash_bucket('occupation', hash_bucket_size=20)
  workclass = fc.categorical_column_with_identity('workclass', num_buckets=4, default_value=0)

  # Transformations.
  age_buckets = fc.bucketized_column(age, boundaries=[18, 25, 30, 35, 40, 45, 50, 55, 60, 65])

  base_columns = [education, relationship, workclass, occupation, age_buckets]
  crossed_columns = [
      fc.crossed_column(['education', 'occupation'], hash_bucket_size=50),
      fc.crossed_column([age_buckets, 'education'], hash_bucket_size=50),
  ]
  wide_columns = base_columns + crossed_columns
  deep_columns = [
      age,
      hours_per_week,
      fc.indicator_column(workclass),
      fc.indicator_column(education),
      fc.embedding_column(occupation, dimension=4,
                          initializer=tf.truncated_normal_initializer(stddev=0.1, seed=1)),
  ]
  return wide_columns, deep_columns


def build_estimator(model_dir, model_type):
  """Build an estimator appropriate for the given model type."""
  wide_columns, deep_columns = build_model_columns()
  hidden_units = [16, 8]
  # Create a tf.estimator.RunConfig to ensure the model is run on CPU
  run_config = tf.estimator.RunConfig(tf_random_seed=1).replace(
      session_config=tf.ConfigProto(device_count={'GPU': 0}))

  if model_type == 'wide':
    return tf.estimator.LinearClassifier(
        model_dir=model_dir, feature_columns=wide_columns, config=run_config)
  elif model_type == 'deep':
    return tf.estimator.DNNClassifier(
        model_dir=model_dir, feature_columns=deep_columns,
        hidden_units=hidden_units, config=run_config)
  return tf.estimator.DNNLinearCombinedClassifier(
      model_dir=model_dir,
      linear_feature_columns=wide_columns,
      linear_optimizer=tf.train.FtrlOptimizer(0.1, l1_regularization_strength=0.001),
      dnn_feature_columns=deep_columns,
      dnn_hidden_units=hidden_units,
      dnn_optimizer=tf.train.ProximalAdagradOptimizer(0.05),
      config=run_config)


def make_people(count, seed):
  rng = np.random.RandomState(seed)
  people = {
      'age': rng.randint(17, 80, size=count).astype(np.float32),
      'hours_per_week': rng.normal(40, 10, size=count).astype(np.float32),
      'education': rng.choice(EDUCATION, size=count),
      'relationship': rng.choice(RELATION, size=count),
      'occupation': rng.choice(['Sales', 'Tech-support', 'Farming', 'Clerk'], size=count),
      'workclass': rng.randint(0, 4, size=count).astype(np.int64),
  }
  score = (people['age'] / 30 + (people['education'] == 'Masters') * 2.0
           + (people['occupation'] == 'Sales') + people['hours_per_week'] / 20)
  return people, (score > 4.4).astype(np.int32)


def input_fn(people, labels, num_epochs, shuffle, batch_size=40):
  dataset = tf.data.Dataset.from_tensor_slices((people, labels))
  if shuffle:
    dataset = dataset.shuffle(buffer_size=500, seed=2)
  # We call repeat after shuffling to prevent separate epochs from blending together.
  return dataset.repeat(num_epochs).batch(batch_size)


def export_model(model, export_dir):
  wide_columns, deep_columns = build_model_columns()
  feature_spec = fc.make_parse_example_spec(wide_columns + deep_columns)
  receiver = tf.estimator.export.build_parsing_serving_input_receiver_fn(feature_spec)
  return model.export_savedmodel(export_dir, receiver)


def main(_):
  model_dir = tempfile.mkdtemp()
  model = build_estimator(model_dir, FLAGS.model_type)
  train, test = make_people(800, 0), make_people(200, 1)
  for n in range(FLAGS.epochs_between):
    model.train(input_fn=lambda: input_fn(train[0], train[1], FLAGS.train_epochs, True))
    results = model.evaluate(input_fn=lambda: input_fn(test[0], test[1], 1, False))
    print('Results at epoch %d: accuracy %.3f, auc %.3f' % (
        (n + 1) * FLAGS.train_epochs, results['accuracy'], results['auc']))
  path = export_model(model, tempfile.mkdtemp())
  print('exported:', tf.gfile.Exists(path))
  shutil.rmtree(model_dir)


if __name__ == '__main__':
  tf.logging.set_verbosity(tf.logging.ERROR)
  absl_app.run(main)
