"""Converts a folder of text files to TFRecords, and reads them back with a Dataset."""
from __future__ import absolute_import, division, print_function

import collections
import os
import tempfile

import numpy as np
import six
import tensorflow as tf

tf.flags.DEFINE_string("data_dir", "", "folder with one sub-folder a class; made up if empty")
tf.flags.DEFINE_integer("num_shards", 2, "number of files to write")
FLAGS = tf.flags.FLAGS

VOCABULARY = ["<unk>", "good", "bad", "plot", "actor", "boring", "great", "the"]


def _int64_feature(value):
  if not isinstance(value, list):
    value = [value]
  return tf.train.Feature(int64_list=tf.train.Int64List(value=value))


def _bytes_feature(value):
  return tf.train.Feature(bytes_list=tf.train.BytesList(value=[tf.compat.as_bytes(value)]))


def make_corpus(data_dir):
  rng = np.random.RandomState(0)
  for label, words in (("neg", ["bad", "boring", "plot", "the"]),
                       ("pos", ["good", "great", "actor", "the"])):
    folder = os.path.join(data_dir, label)
    tf.gfile.MakeDirs(folder)
    for i in range(6):
      with tf.gfile.FastGFile(os.path.join(folder, "%d.txt" % i), "w") as f:
        f.write(" ".join(rng.choice(words, size=rng.randint(3, 7))) + "\n")


def find_files(data_dir):
  pairs = []
  for label_id, label in enumerate(sorted(tf.gfile.ListDirectory(data_dir))):
    if not tf.gfile.IsDirectory(os.path.join(data_dir, label)):
      continue
    for path in sorted(tf.gfile.Glob(os.path.join(data_dir, label, "*.txt"))):
      pairs.append((path, label_id))
  return pairs


def to_example(path, label):
  with tf.gfile.Open(path) as f:
    words = f.read().split()
  ids = [VOCABULARY.index(w) if w in VOCABULARY else 0 for w in words]
  feature = collections.OrderedDict()
  feature["path"] = _bytes_feature(os.path.basename(path))
  feature["ids"] = _int64_feature(ids)
  feature["label"] = _int64_feature(label)
  return tf.train.Example(features=tf.train.Features(feature=feature))


def convert(data_dir, output_dir, num_shards):
  pairs = find_files(data_dir)
  options = tf.python_io.TFRecordOptions(tf.python_io.TFRecordCompressionType.GZIP)
  paths = []
  for shard in six.moves.range(num_shards):
    path = os.path.join(output_dir, "reviews-%05d-of-%05d" % (shard, num_shards))
    with tf.python_io.TFRecordWriter(path, options=options) as writer:
      for file_path, label in pairs[shard::num_shards]:
        writer.write(to_example(file_path, label).SerializeToString())
    paths.append(path)
    tf.logging.info("wrote %s", path)
  return paths


def count_records(path):
  options = tf.python_io.TFRecordOptions(tf.python_io.TFRecordCompressionType.GZIP)
  return sum(1 for _ in tf.python_io.tf_record_iterator(path, options=options))


def parse(serialized):
  parsed = tf.parse_single_example(serialized, {
      "ids": tf.VarLenFeature(tf.int64),
      "label": tf.FixedLenFeature([], tf.int64),
  })
  ids = tf.sparse_tensor_to_dense(parsed["ids"])
  histogram = tf.bincount(tf.to_int32(ids), minlength=len(VOCABULARY), maxlength=len(VOCABULARY))
  return histogram, parsed["label"]


def main(_):
  data_dir = FLAGS.data_dir
  if not data_dir:
    data_dir = tempfile.mkdtemp()
    make_corpus(data_dir)
  output_dir = tempfile.mkdtemp()
  paths = convert(data_dir, output_dir, FLAGS.num_shards)
  for path in paths:
    print(os.path.basename(path), count_records(path), "records,",
          tf.gfile.Stat(path).length > 0)

  dataset = tf.data.TFRecordDataset(paths, compression_type="GZIP").map(parse).batch(100)
  histograms, labels = dataset.make_one_shot_iterator().get_next()
  by_class = tf.unsorted_segment_sum(histograms, labels, 2)
  with tf.Session() as sess:
    counts = sess.run(by_class)
  for name, row in zip(("neg", "pos"), counts.tolist()):
    print(name, {word: n for word, n in zip(VOCABULARY, row) if n})

  tf.gfile.Copy(paths[0], os.path.join(output_dir, "copy"), overwrite=True)
  tf.gfile.Rename(os.path.join(output_dir, "copy"), os.path.join(output_dir, "renamed"))
  tf.gfile.Remove(os.path.join(output_dir, "renamed"))
  print("files left:", len(list(tf.gfile.Walk(output_dir))[0][2]))
  tf.gfile.DeleteRecursively(output_dir)


if __name__ == "__main__":
  tf.app.run()
