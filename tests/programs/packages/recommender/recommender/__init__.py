"""Implicit feedback recommender."""
__version__ = '0.3.1'
