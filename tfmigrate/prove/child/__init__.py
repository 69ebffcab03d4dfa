"""What runs in the other interpreter, beside the program.

It may be a Python 3.7 with TensorFlow 1.15, or a Python 3.13 with today's: these modules keep to
what both understand, and need nothing but TensorFlow and what TensorFlow needs.
"""
