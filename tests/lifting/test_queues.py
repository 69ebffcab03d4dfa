"""Input queues become datasets: the same examples in the same order, without threads."""

from __future__ import annotations

import pytest

from tfmigrate.engine import context
from tfmigrate.lifting import Blocked, Lifted, lift


def lifted(text: str) -> str:
    """The lifted text of a program."""
    result = lift(text, context.load("2.21"))
    assert isinstance(result, Lifted), getattr(result, "findings", None)
    return result.text


def reason(text: str) -> str:
    """Why a program is not lifted."""
    result = lift(text, context.load("2.21"))
    assert isinstance(result, Blocked)
    return result.findings[0].message


CSV = """import tensorflow as tf
filenames = tf.train.string_input_producer(["data.csv"], num_epochs=1, shuffle=False)
reader = tf.TextLineReader()
_, line = reader.read(filenames)
# one row
index, value, label = tf.decode_csv(line, record_defaults=[[0], [0.0], [0]])
values, labels = tf.train.batch(
    [value * 10.0, label], batch_size=4, num_threads=1, allow_smaller_final_batch=True
)
"""
SESSION = """with tf.Session() as sess:
    sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(sess=sess, coord=coord)
    try:
        while not coord.should_stop():
            v, l = sess.run([values, labels])
            print(v, l)
    except tf.errors.OutOfRangeError:
        print("done")
    finally:
        coord.request_stop()
    coord.join(threads)
"""


def test_lines_of_a_file() -> None:
    """A reader, a parser and batches, under a coordinator."""
    assert (
        lifted(CSV + SESSION)
        == """import tensorflow as tf


def parse(line):
    # one row
    index, value, label = tf.decode_csv(line, record_defaults=[[0], [0.0], [0]])
    return value * 10.0, label


dataset = tf.data.TextLineDataset(["data.csv"])
dataset = dataset.map(parse)
dataset = dataset.batch(4)
for v, l in dataset.as_numpy_iterator():
    print(v, l)
print("done")
"""
    )


# what makes `values` and `labels`, and the lines of the dataset that it becomes
PIPELINES = {
    "slices": (
        """x, y = tf.train.slice_input_producer([xs, ys], num_epochs=2, shuffle=False)
values, labels = tf.train.batch([x, y], batch_size=4)
""",
        """dataset = tf.data.Dataset.from_tensor_slices((xs, ys))
dataset = dataset.repeat(2)
dataset = dataset.batch(4, drop_remainder=True)
""",
    ),
    "slices that are shuffled, for ever": (
        """x, y = tf.train.slice_input_producer([xs, ys])
values, labels = tf.train.shuffle_batch([x, y], 4, capacity=50, min_after_dequeue=10, seed=1)
""",
        """dataset = tf.data.Dataset.from_tensor_slices((xs, ys))
dataset = dataset.shuffle(len(dataset))
dataset = dataset.repeat()
dataset = dataset.shuffle(50, seed=1)
dataset = dataset.batch(4, drop_remainder=True)
""",
    ),
    "numbers": (
        """index = tf.train.range_input_producer(9, shuffle=False).dequeue()
values, labels = tf.train.batch([tf.gather(xs, index), index], 3)
""",
        """def parse(index):
    return tf.gather(xs, index), index


dataset = tf.data.Dataset.range(9, output_type=tf.int32)
dataset = dataset.repeat()
dataset = dataset.map(parse)
dataset = dataset.batch(3, drop_remainder=True)
""",
    ),
    "headers": (
        """queue = tf.train.string_input_producer(files, shuffle=False)
reader = tf.TextLineReader(skip_header_lines=1)
key, line = reader.read(queue)
a, b = tf.decode_csv(line, [[0], [0]])
values, labels = tf.train.batch([a, b], 4)
""",
        """def parse(line):
    a, b = tf.decode_csv(line, [[0], [0]])
    return a, b


dataset = tf.data.Dataset.from_tensor_slices(files)
dataset = dataset.flat_map(lambda file: tf.data.TextLineDataset(file).skip(1))
dataset = dataset.repeat()
dataset = dataset.map(parse)
dataset = dataset.batch(4, drop_remainder=True)
""",
    ),
    "records of several files": (
        """queue = tf.train.string_input_producer(files, num_epochs=3)
_, record = tf.TFRecordReader().read(queue)
a, b = tf.decode_csv(record, [[0], [0]])
values, labels = tf.train.batch([a, b], 4, dynamic_pad=True, allow_smaller_final_batch=True)
""",
        """def parse(record):
    a, b = tf.decode_csv(record, [[0], [0]])
    return a, b


dataset = tf.data.Dataset.from_tensor_slices(files)
dataset = dataset.shuffle(len(dataset))
dataset = dataset.repeat(3)
dataset = tf.data.TFRecordDataset(dataset)
dataset = dataset.map(parse)
dataset = dataset.padded_batch(4)
""",
    ),
    "whole files": (
        """queue = tf.train.string_input_producer(files, num_epochs=1, shuffle=False)
name, content = tf.WholeFileReader().read(queue)
values, labels = tf.train.batch([content, name], 4)
""",
        """def parse(name):
    content = tf.io.read_file(name)
    return content, name


dataset = tf.data.Dataset.from_tensor_slices(files)
dataset = dataset.map(parse)
dataset = dataset.batch(4, drop_remainder=True)
""",
    ),
    "records of a fixed length": (
        """queue = tf.train.string_input_producer(files, num_epochs=1, shuffle=False)
reader = tf.FixedLengthRecordReader(record_bytes=4)
_, record = reader.read(queue)
values, labels = tf.train.batch([record, tf.decode_raw(record, tf.uint8)], 4)
""",
        """def parse(record):
    return record, tf.decode_raw(record, tf.uint8)


dataset = tf.data.FixedLengthRecordDataset(files, 4)
dataset = dataset.map(parse)
dataset = dataset.batch(4, drop_remainder=True)
""",
    ),
}
HEAD = "import tensorflow as tf\nxs, ys, files = [1, 2], [3, 4], ['a', 'b']\n"


@pytest.mark.parametrize("name", PIPELINES)
def test_pipelines(name: str) -> None:
    """Each source and each kind of batch."""
    made, wanted = PIPELINES[name]
    result = lifted(HEAD + made + SESSION)
    assert f"\n{wanted}for v, l in dataset.as_numpy_iterator():\n" in result


def test_functions_that_make_pipelines() -> None:
    """The pipeline in functions, as most programs have it; what is computed stays a function."""
    result = lifted(
        """import tensorflow as tf
def read_and_decode(filename_queue):
    reader = tf.TFRecordReader()
    _, serialized = reader.read(filename_queue)
    features = tf.parse_single_example(
        serialized, {"image": tf.FixedLenFeature([], tf.string)})
    image = tf.decode_raw(features["image"], tf.uint8)
    image.set_shape([784])
    return image
def inputs(name, batch_size):
    with tf.name_scope("input"):
        filename_queue = tf.train.string_input_producer([name], num_epochs=2)
        image = read_and_decode(filename_queue)
        images = tf.train.batch([image], batch_size=batch_size)
        return images
images = inputs("train.tfrecords", 10)
total = tf.reduce_sum(images)
with tf.Session() as sess:
    sess.run(tf.local_variables_initializer())
    coord = tf.train.Coordinator()
    threads = tf.train.start_queue_runners(coord=coord)
    for i in range(3):
        print(sess.run(total))
    coord.request_stop()
    coord.join(threads)
"""
    )
    assert "    image_2.set_shape([784])\n    return image_2\n" in result.replace(
        "image.", "image_2."
    ).replace("return image\n", "return image_2\n")
    assert "dataset = tf.data.TFRecordDataset(['train.tfrecords'])" in result.replace('"', "'")
    assert result.endswith("for i in range(3):\n    print(total(next(iterator)).numpy())\n")


def test_an_example_without_a_batch() -> None:
    """A reader whose records are run one at a time."""
    result = lifted(
        """import tensorflow as tf
queue = tf.train.string_input_producer(["a.txt"], num_epochs=1, shuffle=False)
key, line = tf.TextLineReader().read(queue)
length = tf.size(tf.string_split([line]).values)
with tf.Session() as sess:
    sess.run(tf.local_variables_initializer())
    threads = tf.train.start_queue_runners()
    print(sess.run(length))
"""
    )
    assert "dataset = tf.data.TextLineDataset(['a.txt'])" in result.replace('"', "'")
    assert "print(length(next(iterator)).numpy())" in result


def test_errors_that_a_coordinator_is_told() -> None:
    """``except Exception as e: coord.request_stop(e)``: the end is no error, others come out."""
    body = SESSION.replace(
        """    except tf.errors.OutOfRangeError:
        print("done")
""",
        """    except Exception as e:
        coord.request_stop(e)
""",
    )
    result = lifted(CSV + body)
    assert result.endswith("for v, l in dataset.as_numpy_iterator():\n    print(v, l)\n")


REFUSED = {
    "a queue of its own": "values = labels = tf.FIFOQueue(3, tf.float32).dequeue()\n",
    "an example that is used beside its batches": """x, y = tf.train.slice_input_producer([xs, ys])
values, labels = tf.train.batch([x, y], 4)
single = x + 1
""",
    "the key of a line": """queue = tf.train.string_input_producer(files)
key, line = tf.TextLineReader().read(queue)
values, labels = tf.train.batch([key, line], 4)
""",
    "several readers": """x, y = tf.train.slice_input_producer([xs, ys])
values, labels = tf.train.batch_join([[x, y]], 4)
""",
    "shuffled if asked": """x, y = tf.train.slice_input_producer([xs, ys], shuffle=len(xs) > 3)
values, labels = tf.train.batch([x, y], 4)
""",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    """What has no dataset for a counterpart."""
    assert "no dataset for a counterpart" in reason(HEAD + REFUSED[name] + SESSION)
