"""What stands in for a name in graph mode, where TensorFlow has not kept it. Data only.

Sources: the signatures of 1.15.5 and of 2.21.0, and runs on 2.21.0 with ``disable_v2_behavior()``:
``tf.layers``, ``tf.nn.rnn_cell`` and the Keras of 1.15 work there with ``tf_keras`` and
``TF_USE_LEGACY_KERAS``; ``tf_slim`` 1.1.0 (its last release) has the names listed here with the
signatures that ``tf.contrib`` had.
"""

from __future__ import annotations

from collections.abc import Mapping

KERAS_2 = "2.15"
"""The release whose ``tf.compat.v1.keras`` has what ``tf_keras`` has (tried name by name)."""
LEGACY = ("tf.keras", "tf.layers", "tf.nn.rnn_cell")
"""Namespaces that come from ``tf_keras`` under ``TF_USE_LEGACY_KERAS``."""
WITHOUT_LEGACY = ("tf.keras.datasets", "tf.keras.utils.to_categorical")
"""Of these, what Keras 3 does just as well: it builds no graph."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SLIM = _words("""
    GDN RevBlock VariableDeviceChooser add_arg_scope add_model_variable apply_regularization
    arg_scope arg_scoped_arguments assert_global_step assert_or_get_global_step
    assign_from_checkpoint assign_from_checkpoint_fn assign_from_values assign_from_values_fn
    avg_pool2d avg_pool3d batch_norm bias_add conv1d conv2d conv2d_in_plane conv2d_transpose conv3d
    conv3d_transpose convolution convolution1d convolution2d convolution2d_in_plane
    convolution2d_transpose convolution3d convolution3d_transpose create_global_step
    current_arg_scope dense_to_sparse dropout elu filter_variables flatten fully_connected gdn
    get_global_step get_local_variables get_model_variables get_or_create_global_step
    get_trainable_variables get_unique_variable get_variable_full_name get_variables
    get_variables_by_name get_variables_by_suffix get_variables_to_restore global_variable
    group_norm has_arg_scope images_to_sequence instance_norm l1_l2_regularizer l1_regularizer
    l2_regularizer layer_norm legacy_fully_connected legacy_linear legacy_relu linear
    local_variable max_pool2d max_pool3d maxout model_variable one_hot_encoding optimize_loss pool
    recompute_grad relu relu6 repeat rev_block scale_gradient separable_conv2d
    separable_convolution2d sequence_to_images softmax spatial_softmax stack sum_regularizer
    summarize_activation summarize_activations summarize_biases summarize_collection
    summarize_tensor summarize_tensors summarize_variables summarize_weights unit_norm variable
    variance_scaling_initializer xavier_initializer xavier_initializer_conv2d
    data_decoder dataset dataset_data_provider parallel_reader prefetch_queue tfexample_decoder
    learning losses metrics queues evaluation model_analyzer summaries utils
    """)
_SLIM_LOSSES = _words("""
    absolute_difference add_loss compute_weighted_loss cosine_distance get_losses
    get_regularization_losses get_total_loss hinge_loss log_loss mean_pairwise_squared_error
    mean_squared_error sigmoid_cross_entropy softmax_cross_entropy sparse_softmax_cross_entropy
    """)
_SLIM_METRICS = _words("""
    accuracy aggregate_metric_map aggregate_metrics auc_using_histogram cohen_kappa count f1_score
    precision_at_recall recall_at_precision streaming_accuracy streaming_auc streaming_concat
    streaming_covariance streaming_false_negatives streaming_false_positives streaming_mean
    streaming_mean_absolute_error streaming_mean_cosine_distance streaming_mean_iou
    streaming_mean_relative_error streaming_mean_squared_error streaming_mean_tensor
    streaming_pearson_correlation streaming_percentage_less streaming_precision
    streaming_precision_at_thresholds streaming_recall streaming_recall_at_k
    streaming_recall_at_thresholds streaming_root_mean_squared_error
    streaming_sensitivity_at_specificity streaming_sparse_precision_at_k
    streaming_sparse_recall_at_k streaming_specificity_at_sensitivity streaming_true_negatives
    streaming_true_positives
    """)
_SLIM_LEARNING = _words("""
    add_gradients_summaries clip_gradient_norms create_train_op multiply_gradients train train_step
    """)
_SLIM_TRAINING = _words(
    "add_gradients_summaries clip_gradient_norms create_train_op multiply_gradients train"
)
_SLIM_EVALUATION = _words("""
    StopAfterNEvalsHook SummaryAtEndHook checkpoints_iterator evaluate_repeatedly
    evaluation_loop get_or_create_eval_step wait_for_new_checkpoint
    """)

SLIM: Mapping[str, tuple[str, frozenset[str]]] = {
    "tf.contrib.framework": ("tf_slim", _SLIM),
    "tf.contrib.layers": ("tf_slim", _SLIM),
    "tf.contrib.losses": ("tf_slim.losses", _SLIM_LOSSES),
    "tf.contrib.metrics": ("tf_slim.metrics", _SLIM_METRICS),
    "tf.contrib.slim": ("tf_slim", _SLIM),
    "tf.contrib.training": ("tf_slim.training", _SLIM_TRAINING),
    **{
        f"tf.contrib.slim.{module}": (f"tf_slim.{module}", names)
        for module, names in {
            "dataset": _words("Dataset"),
            "dataset_data_provider": _words("DatasetDataProvider"),
            "evaluation": _SLIM_EVALUATION,
            "learning": _SLIM_LEARNING,
            "losses": _SLIM_LOSSES,
            "metrics": _SLIM_METRICS,
            "model_analyzer": _words("analyze_ops analyze_vars tensor_description"),
            "nets.alexnet": _words("alexnet_v2 alexnet_v2_arg_scope"),
            "nets.inception": _words(
                "inception_v1 inception_v1_arg_scope inception_v1_base inception_v2"
                " inception_v2_arg_scope inception_v2_base inception_v3 inception_v3_arg_scope"
                " inception_v3_base"
            ),
            "nets.overfeat": _words("overfeat overfeat_arg_scope"),
            "nets.resnet_utils": _words(
                "Block conv2d_same resnet_arg_scope stack_blocks_dense subsample"
            ),
            "nets.resnet_v1": _words(
                "bottleneck resnet_arg_scope resnet_v1 resnet_v1_101 resnet_v1_152 resnet_v1_200"
                " resnet_v1_50 resnet_v1_block"
            ),
            "nets.resnet_v2": _words(
                "bottleneck resnet_arg_scope resnet_v2 resnet_v2_101 resnet_v2_152 resnet_v2_200"
                " resnet_v2_50 resnet_v2_block"
            ),
            "nets.vgg": _words("vgg_16 vgg_19 vgg_a vgg_arg_scope vgg_d vgg_e"),
            "parallel_reader": _words(
                "ParallelReader get_data_files parallel_read single_pass_read"
            ),
            "prefetch_queue": _words("prefetch_queue"),
            "queues": _words("NestedQueueRunnerError QueueRunners"),
            "summaries": _words(
                "add_histogram_summaries add_histogram_summary add_image_summaries"
                " add_image_summary add_scalar_summaries add_scalar_summary"
                " add_zero_fraction_summaries add_zero_fraction_summary"
            ),
            "tfexample_decoder": _words(
                "BackupHandler BoundingBox Image ItemHandler ItemHandlerCallback LookupTensor"
                " SparseTensor TFExampleDecoder Tensor"
            ),
            "utils": _words(
                "append_tensor_alias channel_dimension collect_named_outputs constant_value"
                " convert_collection_to_dict gather_tensors_aliases get_tensor_aliases"
                " get_variable_collections last_dimension n_positive_integers smart_cond"
                " static_cond two_element_tuple"
            ),
        }.items()
    },
}
"""For a namespace of ``tf.contrib``: the module of ``tf_slim``, and the names it has of it."""

PATHS: Mapping[str, str] = {
    "tf.contrib.layers.python.layers.utils": "tf.contrib.slim.utils",
    "tf.contrib.slim.python.slim.nets": "tf.contrib.slim.nets",
}
"""Modules by their files that are public under a name which their path does not tell."""

EVALUATION = ("tf_slim.evaluation", _SLIM_EVALUATION)
"""What ``tf.contrib.training`` had of this is elsewhere in ``tf_slim``."""

SLIM_PLAIN = _words("""
    add_arg_scope apply_regularization arg_scope arg_scoped_arguments current_arg_scope
    filter_variables flatten get_local_variables get_model_variables get_trainable_variables
    get_unique_variable get_variable_full_name get_variables get_variables_by_name
    get_variables_by_suffix get_variables_to_restore has_arg_scope l1_l2_regularizer l1_regularizer
    l2_regularizer one_hot_encoding sum_regularizer variance_scaling_initializer
    xavier_initializer xavier_initializer_conv2d
    """)
"""What of ``tf_slim`` works as it is; the rest looks for names where 2.21 has not kept them."""
RESTORED = '''
def restore_names_for_tf_slim():
    """Put back what tf_slim 1.1 looks for where TensorFlow 1 had it."""
    from tensorflow.python.framework import ops
    from tensorflow.python.layers import normalization
    from tensorflow.python.ops import array_ops, control_flow_ops, variable_scope

    ops.IndexedSlices, ops.Tensor = {tf}.IndexedSlices, {tf}.Tensor
    array_ops.stack, array_ops.unstack = {tf}.stack, {tf}.unstack
    control_flow_ops.Assert, control_flow_ops.case = {tf}.Assert, {tf}.case
    control_flow_ops.cond, control_flow_ops.while_loop = {tf}.cond, {tf}.while_loop
    variable_scope.variable = {tf}.Variable
    normalization.BatchNormalization = {tf}.layers.BatchNormalization


restore_names_for_tf_slim()
'''
"""Those names (tried on 2.21.0: every private name that ``tf_slim`` 1.1.0 uses is there then)."""


def _spelled(namespace: str, into: str, names: str) -> dict[str, str]:
    return {f"tf.contrib.{namespace}.{name}": f"tf.{into}.{name}" for name in names.split()}


CORE: Mapping[str, str] = {
    "tf.audio_summary": "tf.summary.audio",
    "tf.batch_cholesky": "tf.cholesky",
    "tf.batch_fft": "tf.fft",
    "tf.batch_ifft": "tf.ifft",
    "tf.batch_matmul": "tf.matmul",
    "tf.batch_matrix_determinant": "tf.matrix_determinant",
    "tf.batch_matrix_inverse": "tf.matrix_inverse",
    "tf.batch_matrix_solve": "tf.matrix_solve",
    "tf.complex_abs": "tf.abs",
    "tf.concat_v2": "tf.concat",
    "tf.histogram_summary": "tf.summary.histogram",
    "tf.image_summary": "tf.summary.image",
    "tf.inv": "tf.reciprocal",
    "tf.listdiff": "tf.setdiff1d",
    "tf.merge_all_summaries": "tf.summary.merge_all",
    "tf.merge_summary": "tf.summary.merge",
    "tf.mul": "tf.multiply",
    "tf.neg": "tf.negative",
    "tf.nn.bidirectional_rnn": "tf.nn.static_bidirectional_rnn",
    "tf.nn.rnn": "tf.nn.static_rnn",
    "tf.nn.state_saving_rnn": "tf.nn.static_state_saving_rnn",
    "tf.pack": "tf.stack",
    "tf.pywrap_tensorflow.NewCheckpointReader": "tf.train.NewCheckpointReader",
    "tf.scalar_summary": "tf.summary.scalar",
    "tf.select": "tf.where",
    "tf.sub": "tf.subtract",
    "tf.train.SummaryWriter": "tf.summary.FileWriter",
    "tf.unpack": "tf.unstack",
    "tf.contrib.checkpoint.CheckpointManager": "tf.train.CheckpointManager",
    "tf.contrib.framework.TensorSpec": "tf.TensorSpec",
    "tf.contrib.framework.argsort": "tf.argsort",
    "tf.contrib.framework.assert_same_float_dtype": "tf.debugging.assert_same_float_dtype",
    "tf.contrib.framework.assert_scalar": "tf.debugging.assert_scalar",
    "tf.contrib.framework.assert_global_step": "tf.train.assert_global_step",
    "tf.contrib.framework.create_global_step": "tf.train.create_global_step",
    "tf.contrib.framework.get_global_step": "tf.train.get_global_step",
    "tf.contrib.framework.get_or_create_global_step": "tf.train.get_or_create_global_step",
    "tf.contrib.framework.is_tensor": "tf.is_tensor",
    "tf.contrib.framework.list_variables": "tf.train.list_variables",
    "tf.contrib.framework.load_checkpoint": "tf.train.load_checkpoint",
    "tf.contrib.framework.load_variable": "tf.train.load_variable",
    "tf.contrib.framework.init_from_checkpoint": "tf.train.init_from_checkpoint",
    "tf.contrib.framework.nest.is_sequence": "tf.nest.is_nested",
    "tf.contrib.eager.in_eager_mode": "tf.executing_eagerly",
    "tf.contrib.eager.executing_eagerly": "tf.executing_eagerly",
    "tf.contrib.framework.sort": "tf.sort",
    "tf.contrib.slim.get_global_step": "tf.train.get_global_step",
    "tf.contrib.slim.get_or_create_global_step": "tf.train.get_or_create_global_step",
    "tf.contrib.nn.conv1d_transpose": "tf.nn.conv1d_transpose",
    "tf.contrib.summary.initialize": "tf.summary.initialize",
    "tf.contrib.tpu.CrossShardOptimizer": "tf.tpu.CrossShardOptimizer",
    "tf.contrib.tpu.bfloat16_scope": "tf.tpu.bfloat16_scope",
    "tf.contrib.tpu.core": "tf.tpu.core",
    "tf.contrib.tpu.cross_replica_sum": "tf.tpu.cross_replica_sum",
    "tf.contrib.tpu.initialize_system": "tf.tpu.initialize_system",
    "tf.contrib.tpu.rewrite": "tf.tpu.rewrite",
    "tf.contrib.tpu.shutdown_system": "tf.tpu.shutdown_system",
    "tf.contrib.util.constant_value": "tf.get_static_value",
    "tf.contrib.util.make_ndarray": "tf.make_ndarray",
    "tf.contrib.util.make_tensor_proto": "tf.make_tensor_proto",
    **_spelled(
        "rnn",
        "nn.rnn_cell",
        "BasicLSTMCell BasicRNNCell DeviceWrapper DropoutWrapper GRUCell LSTMCell LSTMStateTuple"
        " MultiRNNCell RNNCell ResidualWrapper",
    ),
    **_spelled("rnn", "nn", "static_bidirectional_rnn static_rnn static_state_saving_rnn"),
    **_spelled(
        "data",
        "data.experimental",
        "Counter CsvDataset Optional RandomDataset Reducer SqlDataset TFRecordWriter"
        " bucket_by_sequence_length choose_from_datasets copy_to_device dense_to_sparse_batch"
        " enumerate_dataset get_next_as_optional get_single_element group_by_reducer"
        " group_by_window ignore_errors make_batched_features_dataset make_csv_dataset"
        " make_saveable_from_iterator map_and_batch parallel_interleave parse_example_dataset"
        " prefetch_to_device rejection_resample sample_from_datasets scan shuffle_and_repeat"
        " unbatch unique",
    ),
    **_spelled(
        "distributions",
        "distributions",
        "Bernoulli Beta Categorical Dirichlet DirichletMultinomial Distribution Exponential"
        " FULLY_REPARAMETERIZED Gamma Laplace Multinomial NOT_REPARAMETERIZED Normal RegisterKL"
        " ReparameterizationType StudentT Uniform kl_divergence",
    ),
    **_spelled(
        "signal",
        "signal",
        "frame hamming_window hann_window inverse_stft inverse_stft_window_fn"
        " linear_to_mel_weight_matrix mfccs_from_log_mel_spectrograms overlap_and_add stft",
    ),
    **_spelled(
        "lookup",
        "lookup",
        "KeyValueTensorInitializer TextFileIndex TextFileInitializer",
    ),
    **_spelled(
        "framework.nest",
        "nest",
        "assert_same_structure flatten is_nested map_structure pack_sequence_as",
    ),
    **_spelled(
        "cluster_resolver",
        "distribute.cluster_resolver",
        "ClusterResolver GCEClusterResolver KubernetesClusterResolver SimpleClusterResolver"
        " SlurmClusterResolver TFConfigClusterResolver TPUClusterResolver",
    ),
    **_spelled("metrics", "sets", "set_difference set_intersection set_size set_union"),
    **_spelled("proto", "io", "decode_proto encode_proto"),
    **_spelled(
        "feature_column",
        "feature_column",
        "sequence_categorical_column_with_hash_bucket sequence_categorical_column_with_identity"
        " sequence_categorical_column_with_vocabulary_file"
        " sequence_categorical_column_with_vocabulary_list sequence_numeric_column",
    ),
}
"""What ``tf.compat.v1`` has under another name, called in the same way: old name to new."""

MODULES: Mapping[str, str] = {
    "tf.contrib.cluster_resolver": "tf.compat.v1.distribute.cluster_resolver",
    "tf.contrib.data": "tf.compat.v1.data.experimental",
    "tf.contrib.distributions": "tf.compat.v1.distributions",
    "tf.contrib.feature_column": "tf.compat.v1.feature_column",
    "tf.contrib.framework": "tf_slim",
    "tf.contrib.framework.nest": "tf.compat.v1.nest",
    "tf.contrib.lookup": "tf.compat.v1.lookup",
    "tf.contrib.rnn": "tf.compat.v1.nn.rnn_cell",
    "tf.contrib.signal": "tf.compat.v1.signal",
    "tf.contrib.slim.nets": "tf_slim.nets",
    "tf.contrib.tensorboard.plugins.projector": "tensorboard.plugins.projector",
    **{old: new for old, (new, _) in SLIM.items()},
}
"""The module that takes the place of a module, as far as it has the names that are used."""

SIMPLE: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "tf.contrib.layers.flatten": ("tf.layers.flatten", ("inputs",), ()),
    "tf.contrib.layers.xavier_initializer": (
        "tf.glorot_uniform_initializer",
        (),
        ("seed", "dtype"),
    ),
    "tf.contrib.layers.xavier_initializer_conv2d": (
        "tf.glorot_uniform_initializer",
        (),
        ("seed", "dtype"),
    ),
}
"""What core TensorFlow does as well if no more than these is passed: positional, by keyword."""

SUPPORT: Mapping[str, tuple[str, str]] = {
    "tf.contrib.learn.datasets.mnist.read_data_sets": ("mnist", "read_data_sets"),
    "tf.contrib.training.HParams": ("hparams", "HParams"),
    "tf.examples.tutorials.mnist.input_data.read_data_sets": ("mnist", "read_data_sets"),
}
"""What a block of ``rules/support`` does: the block, and the name that it defines."""

LITERALS: Mapping[str, str] = {
    f"{owner}.{name}": f'"{value}"'
    for owner in ("tf.contrib.learn.ModeKeys", "tf.estimator.ModeKeys")
    for name, value in (
        ("EVAL", "eval"),
        ("INFER", "infer"),
        ("PREDICT", "infer"),
        ("TRAIN", "train"),
    )
}
"""Constants that are strings, and nothing more."""

EAGER = _words("""
    tf.enable_eager_execution tf.contrib.eager.enable_eager_execution tf.enable_v2_behavior
    """)
"""Who says this is not in graph mode, and must not be put there."""
