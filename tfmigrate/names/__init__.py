"""Name resolution over ``ast``: which names are TensorFlow, and which symbols they are."""

from tfmigrate.names.knowledge import Knowledge, Types, plain
from tfmigrate.names.resolver import resolve
from tfmigrate.names.values import Instance, Names, Reference, Role, Symbol

__all__ = [
    "Instance",
    "Knowledge",
    "Names",
    "Reference",
    "Role",
    "Symbol",
    "Types",
    "plain",
    "resolve",
]
