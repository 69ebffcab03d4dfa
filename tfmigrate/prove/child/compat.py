"""TensorFlow 1 code on TensorFlow 2: ``tensorflow`` is ``tf.compat.v1``, in graph mode."""

from __future__ import annotations

import sys
import types
from typing import Any


def install() -> Any:
    """Make ``import tensorflow`` give ``tf.compat.v1``, with the behaviour of version 2 off.

    What ``tf.compat.v1`` has not got, such as contrib, is not there. TensorFlow 1 stays as it is.
    """
    import tensorflow

    if tensorflow.__version__.startswith("1."):
        return tensorflow
    compat = tensorflow.compat.v1
    compat.disable_v2_behavior()

    class Module(types.ModuleType):
        def __getattr__(self, name: str) -> Any:
            return getattr(compat, name)

        def __dir__(self) -> list[str]:
            return dir(compat)

    module = Module("tensorflow")
    module.__dict__.update(
        __path__=list(tensorflow.__path__),
        __file__=tensorflow.__file__,
        __version__=tensorflow.__version__,
        # code behind the public names is found where it always was
        python=sys.modules.get("tensorflow.python"),
        core=sys.modules.get("tensorflow.core"),
    )
    sys.modules["tensorflow"] = module
    return module
