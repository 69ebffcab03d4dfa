"""All benchmarks, one table after the other: ``python tests/benchmarks``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_BENCHMARKS = ("complete", "quiet", "fixed", "lifted", "fast")


def main() -> int:
    """Run each in a process of its own; fails if one does."""
    codes = []
    for name in _BENCHMARKS:
        print(f"\n{name}", flush=True)
        script = Path(__file__).with_name(f"{name}.py")
        codes.append(subprocess.call([sys.executable, str(script)]))
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
