"""Random numbers that are a function of what is drawn: kind, shape and dtype, and of nothing else.

TensorFlow 1.15 graphs, ``tf.compat.v1`` graphs, eager code, ``tf.function`` and Keras all draw
through the generated wrappers of the random operations. Those are replaced, so that initial
weights, noise and dropout masks are the same on both sides; means, deviations, ranges and rates are
still applied by TensorFlow's own Python, so that a mistake in one of them shows.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

_MASK = 2**32 - 1
_SPREAD = 0x9E3779B1
_FACTOR = 0x45D9F3B
_TWO_PI = 6.283185307179586

NORMAL, TRUNCATED, UNIFORM, INTEGER, CHOICE = range(5)
"""The kinds of draws: what a number depends on besides its place and the shape."""


def install() -> None:
    """Replace the random operations of the TensorFlow that is installed."""
    from tensorflow.python.ops import (
        gen_random_ops,
        gen_stateful_random_ops,
        gen_stateless_random_ops,
    )

    modules = [gen_random_ops, gen_stateful_random_ops, gen_stateless_random_ops]
    try:
        from tensorflow.python.ops import gen_stateless_random_ops_v2
    except ImportError:  # TensorFlow 1.15
        pass
    else:
        modules.append(gen_stateless_random_ops_v2)
    for module in modules:
        for name, replacement in _replacements(Draws()).items():
            if hasattr(module, name):
                setattr(module, name, replacement)
    _samplers()
    _shuffles()
    _keras_seeds()


class Draws:
    """Tensors of numbers that look random, by integer operations that are exact everywhere."""

    def __init__(self) -> None:
        from tensorflow.python.framework import dtypes, ops
        from tensorflow.python.ops import array_ops, bitwise_ops, math_ops

        self.dtypes, self.ops = dtypes, ops
        self.array, self.bits, self.math = array_ops, bitwise_ops, math_ops

    def integer(self, value: Any) -> Any:
        """``value`` as an int64 tensor."""
        return self.math.cast(self.ops.convert_to_tensor(value), self.dtypes.int64)

    def mixed(self, value: Any) -> Any:
        """The bits of 32-bit numbers, held as int64, in a stir."""
        sixteen, mask = self.integer(16), self.integer(_MASK)
        for _ in range(2):
            value = self.bits.bitwise_xor(value, self.bits.right_shift(value, sixteen))
            value = self.bits.bitwise_and(value * self.integer(_FACTOR), mask)
        return self.bits.bitwise_xor(value, self.bits.right_shift(value, sixteen))

    def unit(self, shape: Any, kind: int) -> Any:
        """float64 numbers between 0 and 1, neither included."""
        shape = self.integer(shape)
        place = self.math.range(self.integer(self.array.size(shape)))
        salt = self.math.reduce_sum(shape * (place * self.integer(40503) + self.integer(2654435)))
        start = self.mixed(
            self.bits.bitwise_and(salt + self.integer(kind * 7368787), self.integer(_MASK))
        )
        index = self.math.range(self.math.reduce_prod(shape))
        bits = self.bits.bitwise_and(index * self.integer(_SPREAD) + start, self.integer(_MASK))
        value = self.math.cast(self.mixed(bits), self.dtypes.float64)
        half = self.math.cast(0.5, self.dtypes.float64)
        return self.array.reshape((value + half) / float(_MASK + 1), shape)

    def normal(self, shape: Any, kind: int = NORMAL) -> Any:
        """float64 numbers of the standard normal distribution."""
        radius = self.math.sqrt(self.math.log(self.unit(shape, kind)) * -2.0)
        return radius * self.math.cos(self.unit(shape, kind + 100) * _TWO_PI)

    def truncated(self, shape: Any) -> Any:
        """float64 numbers of the normal distribution, within two deviations."""
        value = self.normal(shape, TRUNCATED)
        return self.math.sign(value) * self.math.floormod(self.math.abs(value), 2.0)

    def floats(self, shape: Any, dtype: Any) -> Any:
        """Numbers of ``dtype`` from 0 up to, but without, 1."""
        value = self.math.cast(self.unit(shape, UNIFORM), dtype)
        below_one = {2: 1.0 - 2.0**-8, 4: 1.0 - 2.0**-24, 8: 1.0 - 2.0**-53}[value.dtype.size]
        return self.math.minimum(value, self.math.cast(below_one, value.dtype))

    def integers(self, shape: Any, low: Any, high: Any) -> Any:
        """Whole numbers from ``low`` up to, but without, ``high``."""
        low, high = self.ops.convert_to_tensor(low), self.ops.convert_to_tensor(high)
        width = self.math.cast(high - low, self.dtypes.float64)
        return low + self.math.cast(self.math.floor(self.unit(shape, INTEGER) * width), low.dtype)

    def choices(self, logits: Any, samples: Any) -> Any:
        """One of the classes of each row of ``logits``, ``samples`` times."""
        logits = self.math.cast(self.ops.convert_to_tensor(logits), self.dtypes.float64)
        shape = self.integer(self.array.shape(logits))
        count = self.array.reshape(self.integer(samples), [1])
        unit = self.unit(self.array.concat([shape[:1], count, shape[1:]], 0), CHOICE)
        noise = -self.math.log(-self.math.log(unit))
        return self.math.argmax(self.array.expand_dims(logits, 1) + noise, axis=2)

    def around(self, shape: Any, mean: Any) -> tuple[Any, Any]:
        """Standard normal numbers for each of several means, and the means."""
        mean = self.ops.convert_to_tensor(mean)
        each = self.array.concat([self.integer(shape), self.integer(self.array.shape(mean))], 0)
        return self.math.cast(self.normal(each), mean.dtype), mean


def _dtype(draws: Draws, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
    """The dtype among the arguments of a random operation."""
    for value in (named.get("dtype"), *given):
        try:
            return draws.dtypes.as_dtype(value)
        except TypeError:
            continue
    return draws.dtypes.float32


def _replacements(draws: Draws) -> dict[str, Callable[..., Any]]:
    """What stands in for each of the generated wrappers, by its name."""
    cast = draws.math.cast

    def normal(shape: Any, *args: Any, **named: Any) -> Any:
        return cast(draws.normal(shape), _dtype(draws, args, named))

    def truncated(shape: Any, *args: Any, **named: Any) -> Any:
        return cast(draws.truncated(shape), _dtype(draws, args, named))

    def uniform(shape: Any, *args: Any, **named: Any) -> Any:
        return draws.floats(shape, _dtype(draws, args, named))

    def after(draw: Callable[..., Any]) -> Callable[..., Any]:
        # a resource and an algorithm stand before the shape
        return lambda resource, algorithm, shape, *args, **named: draw(shape, *args, **named)

    def within(shape: Any, means: Any, stdevs: Any, minvals: Any, maxvals: Any, **_: Any) -> Any:
        value = cast(draws.truncated(shape), means.dtype) * stdevs + means
        return draws.math.minimum(draws.math.maximum(value, minvals), maxvals)

    def categorical(logits: Any, num_samples: Any, *_: Any, **named: Any) -> Any:
        dtype = named.get("output_dtype") or draws.dtypes.int64
        return cast(draws.choices(logits, num_samples), dtype)

    def gamma(shape: Any, alpha: Any, *_: Any, **__: Any) -> Any:
        # the cube of a normal number is near enough (Wilson and Hilferty)
        value, alpha = draws.around(shape, alpha)
        cube = (1.0 - 1.0 / (9.0 * alpha) + value / (3.0 * draws.math.sqrt(alpha))) ** 3
        return draws.math.maximum(alpha * cube, cast(1e-6, alpha.dtype))

    def poisson(shape: Any, rate: Any, *_: Any, **named: Any) -> Any:
        value, rate = draws.around(shape, rate)
        count = draws.math.floor(rate + draws.math.sqrt(rate) * value + cast(0.5, rate.dtype))
        count = draws.math.maximum(count, cast(0, rate.dtype))
        return cast(count, named.get("dtype") or rate.dtype)

    def same(value: Any, *_: Any, **__: Any) -> Any:
        return draws.array.identity(value)

    return {
        "random_standard_normal": normal,
        "stateless_random_normal": normal,
        "stateless_random_normal_v2": normal,
        "stateful_standard_normal": after(normal),
        "stateful_standard_normal_v2": after(normal),
        "truncated_normal": truncated,
        "stateless_truncated_normal": truncated,
        "stateless_truncated_normal_v2": truncated,
        "stateful_truncated_normal": after(truncated),
        "parameterized_truncated_normal": within,
        "random_uniform": uniform,
        "stateless_random_uniform": uniform,
        "stateless_random_uniform_v2": uniform,
        "stateful_uniform": after(uniform),
        "random_uniform_int": lambda shape, low, high, *_, **__: draws.integers(shape, low, high),
        "stateless_random_uniform_int": (
            lambda shape, seed, minval, maxval, **_: draws.integers(shape, minval, maxval)
        ),
        "stateless_random_uniform_int_v2": (
            lambda shape, key, counter, alg, minval, maxval, **_: draws.integers(
                shape, minval, maxval
            )
        ),
        "stateful_uniform_int": (
            lambda resource, algorithm, shape, minval, maxval, **_: draws.integers(
                shape, minval, maxval
            )
        ),
        "multinomial": categorical,
        "stateless_multinomial": categorical,
        "random_gamma": gamma,
        "random_poisson": poisson,
        "random_poisson_v2": poisson,
        "random_shuffle": same,
        "stateless_shuffle": same,
    }


def _samplers() -> None:
    """The candidates of sampled losses are the first classes, with their true probabilities."""
    from tensorflow.python.framework import dtypes, ops
    from tensorflow.python.ops import candidate_sampling_ops, math_ops

    def sample(
        true_classes: Any,
        num_true: Any,
        num_sampled: Any,
        unique: Any,
        range_max: Any,
        *_: Any,
        **__: Any,
    ) -> Any:
        count = math_ops.cast(num_sampled, dtypes.int64)
        sampled = math_ops.floormod(math_ops.range(count), math_ops.cast(range_max, dtypes.int64))
        whole = math_ops.log(math_ops.cast(range_max, dtypes.float32) + 1.0)

        def expected(classes: Any) -> Any:
            number = math_ops.cast(ops.convert_to_tensor(classes), dtypes.float32)
            share = math_ops.log((number + 2.0) / (number + 1.0)) / whole
            return share * math_ops.cast(count, dtypes.float32)

        return sampled, expected(true_classes), expected(sampled)

    wrappers = candidate_sampling_ops.gen_candidate_sampling_ops
    for kind in ("uniform", "log_uniform", "learned_unigram"):
        setattr(wrappers, kind + "_candidate_sampler", sample)


def _shuffles() -> None:
    """Input pipelines keep the order of their data."""
    import tensorflow as tf
    from tensorflow.python.data.ops import dataset_ops
    from tensorflow.python.training import input as queues

    for name in ("Dataset", "DatasetV1", "DatasetV2"):
        if hasattr(dataset_ops, name):
            getattr(dataset_ops, name).shuffle = lambda self, *_, **__: self

    def repeat(buffer_size: Any, count: Any = None, seed: Any = None) -> Any:
        return lambda dataset: dataset.repeat(count)

    def batch(tensors: Any, batch_size: Any, *_: Any, **named: Any) -> Any:
        kept = ("enqueue_many", "shapes", "allow_smaller_final_batch", "shared_name", "name")
        return queues.batch(tensors, batch_size, **{k: v for k, v in named.items() if k in kept})

    for api in (tf, tf.compat.v1):
        api.data.experimental.shuffle_and_repeat = repeat
        if hasattr(api.train, "shuffle_batch"):
            api.train.shuffle_batch = batch
    _feeds(tf)


def _feeds(tf: Any) -> None:
    """``numpy_input_fn`` keeps the order, too, and reads with one thread."""
    try:
        inputs = [tf.compat.v1.estimator.inputs]
        inputs += [tf.estimator.inputs] if hasattr(tf.estimator, "inputs") else []
    except AttributeError:  # there are no Estimators any more
        return
    real = inputs[0].numpy_input_fn

    def numpy_input_fn(
        x: Any,
        y: Any = None,
        batch_size: int = 128,
        num_epochs: int = 1,
        shuffle: Any = None,
        queue_capacity: int = 1000,
        num_threads: int = 1,
    ) -> Any:
        return real(x, y, batch_size, num_epochs, False, queue_capacity, 1)

    for each in inputs:
        each.numpy_input_fn = numpy_input_fn


def _keras_seeds() -> None:
    """Keras 3 takes its seeds from the global ``random``, which programs seed and use."""
    try:
        from keras.src.random import seed_generator
    except ImportError:
        return
    seed_generator.python_random = random.Random(0)
