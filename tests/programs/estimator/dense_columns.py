"""Dense layers over feature columns, three classes, a model directory."""
import numpy as np
import tensorflow as tf

fc = tf.feature_column
rng = np.random.RandomState(0)
N = 120
x = {'a': rng.normal(size=N).astype(np.float32), 'b': rng.normal(size=[N, 2]).astype(np.float32),
     'c': rng.choice(['x', 'y', 'z'], size=N), 'd': rng.randint(0, 5, size=N)}
y = ((x['a'] > 0) * 1 + (x['c'] == 'x') * 1).astype(np.int64)
c = fc.categorical_column_with_vocabulary_list('c', ['x', 'y', 'z'])
d = fc.categorical_column_with_identity('d', 5)
columns = [fc.numeric_column('a'), fc.numeric_column('b', shape=[2]), fc.indicator_column(c),
           fc.embedding_column(d, dimension=3), fc.bucketized_column(fc.numeric_column('b', shape=2), [-1., 0., 1.])]
classifier = tf.estimator.DNNClassifier(hidden_units=[8, 4], feature_columns=columns, n_classes=3, model_dir='./dnn')
train_fn = tf.estimator.inputs.numpy_input_fn(x, y, batch_size=30, num_epochs=None, shuffle=False)
test_fn = tf.estimator.inputs.numpy_input_fn(x, y, batch_size=50, num_epochs=1, shuffle=False)
classifier.train(train_fn, steps=20)
classifier.train(train_fn, steps=10)
print({k: round(float(v), 5) for k, v in sorted(classifier.evaluate(test_fn).items())})
for p in list(classifier.predict(test_fn))[:3]:
    print(p['probabilities'], p['class_ids'][0], p['logits'])
