"""A linear classifier with every kind of categorical column."""
import numpy as np
import tensorflow as tf

COLORS = ['red', 'green', 'blue']


def data(count, seed):
    rng = np.random.RandomState(seed)
    people = {
        'age': rng.randint(17, 80, size=count).astype(np.float32),
        'hours': rng.normal(40, 10, size=count).astype(np.float32),
        'color': rng.choice(COLORS + ['pink'], size=count),
        'job': rng.choice(['Sales', 'Tech', 'Farming', 'Clerk'], size=count),
        'klass': rng.randint(0, 4, size=count).astype(np.int64),
    }
    score = people['age'] / 30 + (people['color'] == 'red') * 2.0 + (people['job'] == 'Sales')
    return people, (score > 2.4).astype(np.int32)


def build_columns():
    age = tf.feature_column.numeric_column('age')
    hours = tf.feature_column.numeric_column('hours', normalizer_fn=lambda h: (h - 40.0) / 10.0)
    color = tf.feature_column.categorical_column_with_vocabulary_list('color', COLORS)
    job = tf.feature_column.categorical_column_with_hash_bucket('job', hash_bucket_size=10)
    klass = tf.feature_column.categorical_column_with_identity('klass', num_buckets=4)
    buckets = tf.feature_column.bucketized_column(age, boundaries=[18, 25, 30, 40, 65])
    crossed = tf.feature_column.crossed_column([buckets, 'job', color], hash_bucket_size=50)
    crossed2 = tf.feature_column.crossed_column(['color', 'job'], hash_bucket_size=20)
    return [hours, color, job, klass, buckets, crossed, crossed2]


def input_fn(people, labels, epochs):
    dataset = tf.data.Dataset.from_tensor_slices((people, labels))
    return dataset.repeat(epochs).batch(40)


model = tf.estimator.LinearClassifier(feature_columns=build_columns())
train, test = data(400, 0), data(100, 1)
for n in range(2):
    model.train(input_fn=lambda: input_fn(train[0], train[1], 2))
    results = model.evaluate(input_fn=lambda: input_fn(test[0], test[1], 1))
    for key in sorted(results):
        print('%s: %.5f' % (key, results[key]))
for i, p in enumerate(model.predict(input_fn=lambda: input_fn(test[0], test[1], 1))):
    if i < 3:
        print(p['probabilities'], p['class_ids'], p['classes'], p['logistic'])
