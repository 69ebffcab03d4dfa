"""Reads what a TensorFlow release publishes from its Python files, without running any of them.

``wheels`` gets the files, ``interpreter`` evaluates the module level of each (imports, definitions,
assignments, deletions, in the order Python would), ``walk`` lists what is then reachable under
``tf``, and ``private`` what is in the modules behind it.
"""
