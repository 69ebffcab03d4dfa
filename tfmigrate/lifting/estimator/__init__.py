"""Estimators: a ``model_fn`` and what is done with it, as a class with its own training loop."""
