"""Proof: run a program before and after a change under TensorFlow, and compare what came of it.

``tfmigrate.prove.child`` runs in the other interpreter, which may be a Python 3.7 with TensorFlow
1.15; so nothing is imported here.
"""
