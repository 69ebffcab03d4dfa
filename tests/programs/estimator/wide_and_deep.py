"""Wide and deep: two optimizers, and columns that a function makes."""
import numpy as np
import tensorflow as tf

fc = tf.feature_column
rng = np.random.RandomState(0)
N = 120
x = {'a': rng.normal(size=N).astype(np.float32), 'b': rng.normal(size=N).astype(np.float32),
     'c': rng.choice(['x', 'y', 'z'], size=N), 'd': rng.randint(0, 5, size=N)}
y = ((x['a'] > 0) * 1 + (x['c'] == 'x') * 1 > 1).astype(np.int64)


def build(model_dir):
    a = fc.numeric_column('a')
    c = fc.categorical_column_with_vocabulary_list('c', ['x', 'y', 'z'])
    d = fc.categorical_column_with_identity('d', 5)
    wide = [c, d, fc.crossed_column(['c', 'd'], hash_bucket_size=20)]
    deep = [a, fc.numeric_column('b'), fc.indicator_column(c), fc.embedding_column(d, dimension=3)]
    return tf.estimator.DNNLinearCombinedClassifier(
        model_dir=model_dir, linear_feature_columns=wide, dnn_feature_columns=deep,
        linear_optimizer=tf.train.FtrlOptimizer(0.1, l1_regularization_strength=0.01),
        dnn_hidden_units=[8, 4], dnn_optimizer='Adagrad')


model = build(None)
train_fn = tf.estimator.inputs.numpy_input_fn(x, y, batch_size=30, num_epochs=None, shuffle=False)
test_fn = tf.estimator.inputs.numpy_input_fn(x, y, batch_size=50, num_epochs=1, shuffle=False)
for n in range(2):
    model.train(train_fn, steps=20)
    for name, value in sorted(model.evaluate(test_fn).items()):
        print(name, round(float(value), 5))
for p in list(model.predict(test_fn))[:3]:
    print(p['probabilities'], p['class_ids'][0], p['logits'])
