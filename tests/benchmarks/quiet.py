"""Quiet: what is found in packages that are written for TensorFlow 2.

    python tests/benchmarks/quiet.py [--show]

Whether a finding is right is for a reader to decide: ``--show`` prints each of them.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import corpora

from tfmigrate import api
from tfmigrate.config import Config
from tfmigrate.report.paint import Paint
from tfmigrate.report.text import concise


def main() -> int:
    """Print the table, and every finding if it is wanted."""
    show = "--show" in sys.argv[1:]
    print(f"{'package':<38}{'files':>7}{'TensorFlow':>12}{'findings':>10}")
    for requirement in corpora.NATIVE:
        root = corpora.fetch(requirement)
        report = api.check([str(root)], Config(root=root, target_version="2.21"), cached=False)
        using = sum(file.dialect.value != "none" for file in report.files)
        codes = Counter(finding.code for _, finding in report.findings())
        said = ", ".join(f"{code} {count}" for code, count in codes.most_common())
        total = sum(codes.values())
        print(f"{requirement:<38}{len(report.files):>7,}{using:>12,}{total:>10,}  {said}")
        if show:
            for line in concise(report, Paint()):
                print(f"  {line.replace(str(root), requirement)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
