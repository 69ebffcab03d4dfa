"""Generated facts: which TensorFlow symbols exist in which release, and how they are called.

``load()`` gives the atlas. The data are made by ``python -m tfmigrate.atlas.build`` and checked
against a live TensorFlow by ``python -m tfmigrate.atlas.check``; neither is used at run time.
"""

from tfmigrate.atlas.atlas import Atlas, load
from tfmigrate.atlas.facts import AtlasError, Entry, Kind, Parameter, Signature

__all__ = ["Atlas", "AtlasError", "Entry", "Kind", "Parameter", "Signature", "load"]
