"""Programs that were eager on TensorFlow 1 already, made native: all of a file or nothing.

What a row cannot say of ``tf.contrib.eager`` and of optimizers is said here, because it takes the
whole program: a Keras optimizer is the same as that of ``tf.train`` once it is known that
gradients are only applied, and not minimized in a graph.
"""

from __future__ import annotations

from tfmigrate.lifting.eager.program import Kept, Native, is_eager, native

__all__ = ["Kept", "Native", "is_eager", "native"]
