"""Lifting: a graph program becomes eager code with ``tf.function`` and ``tf.GradientTape``."""

from tfmigrate.lifting.lift import Blocked, Lifted, lift

__all__ = ["Blocked", "Lifted", "lift"]
