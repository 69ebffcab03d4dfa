"""The catalogue: what to say, and do, about each retired symbol and pattern."""

from tfmigrate.catalogue.catalogue import Catalogue, load
from tfmigrate.catalogue.rows import Argument, CatalogueError, Match, Pattern, Row

__all__ = ["Argument", "Catalogue", "CatalogueError", "Match", "Pattern", "Row", "load"]
