"""Text classification on top of a Hub module (needs tensorflow_hub and a network)."""
import numpy as np
import tensorflow as tf
import tensorflow_hub as hub

MODULE = "https://tfhub.dev/google/nnlm-en-dim128/1"
TEXTS = ["what a lovely film", "awful, I left early", "great actors", "boring and long"]
LABELS = [1, 0, 1, 0]


def embed_once(texts):
    """Embeds sentences in a graph of its own."""
    with tf.Graph().as_default():
        module = hub.Module(MODULE)
        embeddings = module(texts)
        with tf.Session() as session:
            session.run([tf.global_variables_initializer(), tf.tables_initializer()])
            return session.run(embeddings)


def fine_tune(texts, labels, steps=20):
    with tf.Graph().as_default():
        sentences = tf.placeholder(tf.string, [None])
        targets = tf.placeholder(tf.int64, [None])
        module = hub.Module(MODULE, trainable=True, tags=set())
        print(module.get_signature_names(), module.get_input_info_dict())
        features = module(dict(text=sentences), signature="default", as_dict=True)["default"]
        logits = tf.layers.dense(features, 2, kernel_initializer=tf.zeros_initializer())
        loss = tf.losses.sparse_softmax_cross_entropy(labels=targets, logits=logits)
        train_op = tf.train.AdagradOptimizer(0.05).minimize(loss)
        with tf.train.MonitoredSession() as session:
            for _ in range(steps):
                _, value = session.run([train_op, loss],
                                       feed_dict={sentences: texts, targets: labels})
    return value


def estimator():
    column = hub.text_embedding_column(key="sentence", module_spec=MODULE, trainable=False)
    classifier = tf.estimator.DNNClassifier(
        hidden_units=[16], feature_columns=[column], n_classes=2,
        optimizer=tf.train.AdagradOptimizer(learning_rate=0.003))
    input_fn = tf.estimator.inputs.numpy_input_fn(
        {"sentence": np.array(TEXTS)}, np.array(LABELS), num_epochs=None, shuffle=True)
    classifier.train(input_fn, steps=20)
    return classifier.evaluate(input_fn, steps=1)["accuracy"]


if __name__ == "__main__":
    tf.logging.set_verbosity(tf.logging.ERROR)
    print("embeddings", embed_once(TEXTS).shape)
    print("loss %.4f" % fine_tune(TEXTS, LABELS))
    print("accuracy %.4f" % estimator())
