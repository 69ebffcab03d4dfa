"""TensorFlow 1 code on TensorFlow 2: ``tensorflow`` is ``tf.compat.v1``, in graph mode."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import types
from typing import Any

LEGACY = "TF_USE_LEGACY_KERAS"


def prefer_keras_2() -> None:
    """Let TensorFlow 2 use Keras 2, if ``tf_keras`` is installed: it has ``tf.layers`` and cells.

    To be called before TensorFlow is imported.
    """
    if importlib.util.find_spec("tf_keras") is not None:
        os.environ.setdefault(LEGACY, "1")
        importlib.import_module("tf_keras")


def install() -> None:
    """Make ``import tensorflow`` give ``tf.compat.v1``, with the behaviour of version 2 off.

    What ``tf.compat.v1`` has not got, such as contrib, is not there. TensorFlow 1 stays as it is.
    """
    import tensorflow

    if tensorflow.__version__.startswith("1."):
        return
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
        compat=tensorflow.compat,
        python=sys.modules.get("tensorflow.python"),
        core=sys.modules.get("tensorflow.core"),
    )
    sys.modules["tensorflow"] = module
