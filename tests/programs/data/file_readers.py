"""Reading CSV lines and TFRecords with the reader classes, from files written here."""
import os
import tempfile

import numpy as np
import tensorflow as tf

tmp_dir = tempfile.mkdtemp()


def write_files():
    rng = np.random.RandomState(5)
    csv = os.path.join(tmp_dir, 'houses.csv')
    with open(csv, 'w') as f:
        f.write('area,rooms,kind,price\n')
        for _ in range(30):
            area, rooms = rng.uniform(20, 150), rng.randint(1, 6)
            f.write('%.2f,%d,%s,%.3f\n' % (area, rooms, rng.choice(['flat', 'house']),
                                          0.5 * area + 10 * rooms))

    records = os.path.join(tmp_dir, 'images.tfrecords')
    writer = tf.python_io.TFRecordWriter(records)
    for i in range(12):
        image = rng.randint(0, 256, size=(4, 4)).astype(np.uint8)
        example = tf.train.Example(features=tf.train.Features(feature={
            'image_raw': tf.train.Feature(bytes_list=tf.train.BytesList(value=[image.tobytes()])),
            'label': tf.train.Feature(int64_list=tf.train.Int64List(value=[i % 3])),
        }))
        writer.write(example.SerializeToString())
    writer.close()
    return csv, records


def read_csv(filename_queue):
    reader = tf.TextLineReader(skip_header_lines=1)
    key, value = reader.read(filename_queue)
    record_defaults = [[0.0], [0], ['flat'], [0.0]]
    area, rooms, kind, price = tf.decode_csv(value, record_defaults=record_defaults)
    is_house = tf.to_float(tf.equal(kind, 'house'))
    features = tf.stack([area / 100.0, tf.to_float(rooms), is_house])
    return features, price / 100.0


def read_and_decode(filename_queue):
    reader = tf.TFRecordReader()
    _, serialized_example = reader.read(filename_queue)
    features = tf.parse_single_example(
        serialized_example,
        features={
            'image_raw': tf.FixedLenFeature([], tf.string),
            'label': tf.FixedLenFeature([], tf.int64),
        })
    image = tf.decode_raw(features['image_raw'], tf.uint8)
    image.set_shape([16])
    # Convert from [0, 255] -> [-0.5, 0.5] floats.
    image = tf.cast(image, tf.float32) * (1. / 255) - 0.5
    return image, tf.to_int32(features['label'])


def main():
    csv, records = write_files()

    csv_queue = tf.train.string_input_producer([csv], shuffle=False)
    features, price = read_csv(csv_queue)
    feature_batch, price_batch = tf.train.batch([features, price], batch_size=10)
    weights = tf.Variable(tf.zeros([3, 1]), name='weights')
    prediction = tf.matmul(feature_batch, weights)[:, 0]
    loss = tf.losses.mean_squared_error(price_batch, prediction)
    train = tf.train.GradientDescentOptimizer(0.02).minimize(loss)

    record_queue = tf.train.string_input_producer(
        tf.train.match_filenames_once(os.path.join(tmp_dir, '*.tfrecords')), num_epochs=1,
        shuffle=False)
    image, label = read_and_decode(record_queue)
    images, labels = tf.train.batch([image, label], 5, allow_smaller_final_batch=True)
    means = tf.segment_mean(tf.reduce_mean(images, 1), tf.sort(labels))

    init = tf.group(tf.initialize_all_variables(), tf.initialize_local_variables())
    with tf.Session() as sess:
        sess.run(init)
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(coord=coord)

        for step in range(30):
            _, value = sess.run([train, loss])
        print('csv loss %.5f' % value)
        print('weights', weights.eval().ravel().round(4).tolist())

        count = 0
        try:
            while True:
                values, batch = sess.run([means, labels])
                count += len(batch)
                print('batch of %d, mean of class 0: %.4f' % (len(batch), values[0]))
        except tf.errors.OutOfRangeError:
            print('read %d pictures' % count)
        finally:
            coord.request_stop()
            coord.join(threads)
    # the simplest way to look into a file
    first = next(tf.python_io.tf_record_iterator(records))
    print('label of the first:', tf.train.Example.FromString(first).features.feature['label'])


if __name__ == '__main__':
    main()
