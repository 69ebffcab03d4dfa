"""Losses that a program reads from the collection that ``tf.losses`` adds them to.

Where it does (``tf.losses.get_total_loss()``), a loss function is more than the number that it
returns: rewritten by itself, its number would be missing from the total. Only lifting, which sees
both ends, can rewrite it.
"""

from __future__ import annotations

import re

from tfmigrate.model import Finding

_READS = re.compile(
    r"get_total_loss|get_losses\b|GraphKeys\.LOSSES\b|get_collection\(\s*['\"]losses"
)
_MODULES = ("tf.losses.", "tf.compat.v1.losses.", "tf.contrib.losses.", "tf.contrib.slim.losses.")
_KEPT = ("get_", "Reduction")


def is_collected(finding: Finding, text: str) -> bool:
    """Whether a finding is about a loss function whose loss the program reads elsewhere."""
    symbol = finding.symbol or ""
    if not symbol.startswith(_MODULES) or symbol.rpartition(".")[2].startswith(_KEPT):
        return False
    return _READS.search(text) is not None
