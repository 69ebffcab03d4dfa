"""Between-graph replication: parameter servers and workers, synchronous or not.

Start one process for each task, for example
    python parameter_server.py --ps_hosts=localhost:2222 --worker_hosts=localhost:2223 \
        --job_name=ps --task_index=0
"""
from __future__ import print_function

import math
import tempfile
import time

import numpy as np
import tensorflow as tf

flags = tf.app.flags
flags.DEFINE_string("ps_hosts", "localhost:2222", "Comma-separated list of hostname:port pairs")
flags.DEFINE_string("worker_hosts", "localhost:2223,localhost:2224",
                    "Comma-separated list of hostname:port pairs")
flags.DEFINE_string("job_name", None, "job name: worker or ps")
flags.DEFINE_integer("task_index", None, "Worker task index, should be >= 0.")
flags.DEFINE_integer("hidden_units", 20, "Number of units in the hidden layer")
flags.DEFINE_integer("train_steps", 200, "Number of (global) training steps to perform")
flags.DEFINE_float("learning_rate", 0.01, "Learning rate")
flags.DEFINE_boolean("sync_replicas", False, "Use the sync_replicas (synchronized) mode")
FLAGS = flags.FLAGS

INPUT_SIZE = 10


def next_batch(rng, size=50):
    xs = rng.normal(size=(size, INPUT_SIZE))
    return xs, (xs[:, :1] > xs[:, 1:2]).astype(np.float32)


def main(unused_argv):
    if FLAGS.job_name is None or FLAGS.job_name == "":
        raise ValueError("Must specify an explicit `job_name`")
    if FLAGS.task_index is None:
        raise ValueError("Must specify an explicit `task_index`")

    # Construct the cluster and start the server
    ps_spec = FLAGS.ps_hosts.split(",")
    worker_spec = FLAGS.worker_hosts.split(",")
    num_workers = len(worker_spec)
    cluster = tf.train.ClusterSpec({"ps": ps_spec, "worker": worker_spec})
    server = tf.train.Server(cluster, job_name=FLAGS.job_name, task_index=FLAGS.task_index)
    if FLAGS.job_name == "ps":
        server.join()

    is_chief = (FLAGS.task_index == 0)
    worker_device = "/job:worker/task:%d" % FLAGS.task_index
    with tf.device(tf.train.replica_device_setter(
            worker_device=worker_device, ps_device="/job:ps/cpu:0", cluster=cluster)):
        global_step = tf.Variable(0, name="global_step", trainable=False)

        hid_w = tf.Variable(tf.truncated_normal([INPUT_SIZE, FLAGS.hidden_units],
                                                stddev=1.0 / math.sqrt(INPUT_SIZE)), name="hid_w")
        hid_b = tf.Variable(tf.zeros([FLAGS.hidden_units]), name="hid_b")
        sm_w = tf.Variable(tf.truncated_normal([FLAGS.hidden_units, 1], stddev=0.1), name="sm_w")

        x = tf.placeholder(tf.float32, [None, INPUT_SIZE])
        y_ = tf.placeholder(tf.float32, [None, 1])
        hid = tf.nn.relu(tf.nn.xw_plus_b(x, hid_w, hid_b))
        logits = tf.matmul(hid, sm_w)
        cross_entropy = tf.reduce_mean(
            tf.nn.sigmoid_cross_entropy_with_logits(labels=y_, logits=logits))

        opt = tf.train.AdamOptimizer(FLAGS.learning_rate)
        if FLAGS.sync_replicas:
            opt = tf.train.SyncReplicasOptimizer(
                opt, replicas_to_aggregate=num_workers, total_num_replicas=num_workers)
        train_step = opt.minimize(cross_entropy, global_step=global_step)

        if FLAGS.sync_replicas:
            local_init_op = opt.chief_init_op if is_chief else opt.local_step_init_op
            ready_for_local_init_op = opt.ready_for_local_init_op
            chief_queue_runner = opt.get_chief_queue_runner()
            sync_init_op = opt.get_init_tokens_op()

        init_op = tf.global_variables_initializer()
        logdir = tempfile.mkdtemp()
        if FLAGS.sync_replicas:
            sv = tf.train.Supervisor(
                is_chief=is_chief, logdir=logdir, init_op=init_op, local_init_op=local_init_op,
                ready_for_local_init_op=ready_for_local_init_op, recovery_wait_secs=1,
                global_step=global_step)
        else:
            sv = tf.train.Supervisor(is_chief=is_chief, logdir=logdir, init_op=init_op,
                                     recovery_wait_secs=1, global_step=global_step)

        sess_config = tf.ConfigProto(
            allow_soft_placement=True, log_device_placement=False,
            device_filters=["/job:ps", "/job:worker/task:%d" % FLAGS.task_index])
        print("Worker %d: waiting for session to be initialized" % FLAGS.task_index)
        sess = sv.prepare_or_wait_for_session(server.target, config=sess_config)

        if FLAGS.sync_replicas and is_chief:
            # Chief worker will start the chief queue runner and call the init op.
            sess.run(sync_init_op)
            sv.start_queue_runners(sess, [chief_queue_runner])

        # Perform training
        rng = np.random.RandomState(FLAGS.task_index)
        time_begin = time.time()
        local_step = 0
        while not sv.should_stop():
            batch_xs, batch_ys = next_batch(rng)
            _, step = sess.run([train_step, global_step], feed_dict={x: batch_xs, y_: batch_ys})
            local_step += 1
            if local_step % 50 == 0:
                print("Worker %d: step %d done (global step: %d)" % (
                    FLAGS.task_index, local_step, step))
            if step >= FLAGS.train_steps:
                break
        print("Training elapsed time: %f s" % (time.time() - time_begin))
        batch_xs, batch_ys = next_batch(rng, 500)
        print("cross entropy = %g" % sess.run(
            cross_entropy, feed_dict={x: batch_xs, y_: batch_ys}))


if __name__ == "__main__":
    tf.app.run()
