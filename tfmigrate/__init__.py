"""tfmigrate: takes TensorFlow 1 code to native TensorFlow 2."""

__version__ = "0.1.0"
